"""The command by which an operator says that the clocks are right."""

import json
from io import StringIO

import pytest
from django.core.management import call_command

from keys.models import ClockHold
from kms_console.core.clock import utc_now

pytestmark = pytest.mark.django_db


def _run(*words: str) -> object:
    out = StringIO()
    call_command("clock", *words, "--format=json", stdout=out)
    return json.loads(out.getvalue())


def test_holds_are_shown_and_released() -> None:
    assert _run("show") == []
    ClockHold.objects.create(host="host", reason="why", held_at=utc_now())
    shown = _run("show")
    assert isinstance(shown, list)
    assert (shown[0]["host"], shown[0]["reason"]) == ("host", "why")
    assert _run("confirm") == {"released": 1}
    assert _run("show") == []
