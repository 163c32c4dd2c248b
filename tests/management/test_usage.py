"""`manage.py usage`."""

import json
from dataclasses import replace
from typing import Any

import pytest
from django.core.management import CommandError

from keys.models import Key
from keys.services.lifecycle import NewKey, key_create
from kms_console.audit.counting import count_usage
from kms_console.core import clock
from kms_console.iam.actors import host_actor
from tests.audit.test_counting import _call
from tests.iam.test_command_line import run, run_json

pytestmark = pytest.mark.django_db


@pytest.fixture
def key() -> Key:
    account = run_json("account", "create", "--name", "acme")["account_id"]
    return key_create(actor=replace(host_actor(account), region="cn-hangzhou"), new=NewKey())


def _usage(account_id: str, key_id: str) -> Any:
    asked = ("--account", account_id, "--key", key_id, "--format", "json")
    return json.loads(run("usage", *asked))


def test_each_version_has_a_row(key: Key) -> None:
    used = {"version_id": str(key.primary_version), "subject": str(key.id)}
    now = clock.utc_now()
    count_usage([_call("Encrypt", now, **used), _call("Decrypt", now, **used)])
    assert _usage(key.account_id, str(key.id)) == [
        {
            "version_id": str(key.primary_version),
            "number": 1,
            "calls": 2,
            "decrypts": 1,
            "last_used_at": clock.wire(now),
            "calls_30_days": 2,
            "decrypts_30_days": 1,
        }
    ]


def test_a_key_that_was_never_used_has_no_date(key: Key) -> None:
    (row,) = _usage(key.account_id, str(key.id))
    assert (row["calls"], row["last_used_at"]) == (0, None)


def test_another_accounts_key_is_not_found(key: Key) -> None:
    other = run_json("account", "create", "--name", "other")["account_id"]
    for name in (str(key.id), "nonsense"):
        with pytest.raises(CommandError, match="KeyNotFound"):
            _usage(other, name)
