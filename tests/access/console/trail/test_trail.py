"""The page about the trail: filters, detail, export, and the check of the chain."""

import csv
import io
import json
from pathlib import Path

import pytest
from django.http import StreamingHttpResponse
from django.test import Client

from keys.domain.refs import KeyRef
from keys.models import Key
from keys.services.lifecycle import key_disable
from kms_console.audit import chain, shipping
from kms_console.audit.models import AuditEvent
from kms_console.core.actor import Actor
from tests.keys.console.conftest import RamVisitor
from tests.keys.console.reading import text_of

TRAIL = "/console/cn-hangzhou/audit/"
EXPORT = f"{TRAIL}export/"
CHECK = f"{TRAIL}check/"


def _body(response: object) -> str:
    assert isinstance(response, StreamingHttpResponse)
    return b"".join(response).decode()


def test_changes_are_listed_and_open_in_place(visitor: Client, key: Key, actor: Actor) -> None:
    key_disable(actor=actor, ref=KeyRef.of(key.id))
    listed = visitor.get(TRAIL, {"q": str(key.id), "action": "DisableKey", "period": "all"})
    assert "DisableKey" in text_of(listed)
    event = AuditEvent.objects.get(action="DisableKey")
    opened = text_of(visitor.get(TRAIL, {"open": str(event.id), "period": "all"}))
    assert event.request_id in opened
    assert f"{event.writer} #{event.n}" in opened


def test_a_refusal_says_why_and_what_would_help(
    visitor: Client, key: Key, actor: Actor, tmp_path: Path
) -> None:
    key_disable(actor=actor, ref=KeyRef.of(key.id))
    fields = {"key": str(key.id), "content": "x", "format": "text"}
    assert visitor.post("/console/cn-hangzhou/playground/", fields).status_code == 422
    shipping.ship(tmp_path / "journal")
    event = AuditEvent.objects.get(outcome="Rejected.Disabled")
    text = text_of(visitor.get(TRAIL, {"outcome": "refused", "open": str(event.id)}))
    assert "Why it was refused" in text
    assert "Enable the key." in text


def test_a_reader_needs_the_trails_own_permission(ram_visitor: RamVisitor, key: Key) -> None:
    everything = ram_visitor("kms:*")
    for answer in (everything.get(TRAIL), everything.get(EXPORT, {"format": "csv"})):
        assert answer.status_code == 403
    assert everything.post(CHECK).status_code == 403


def test_a_reader_with_it_needs_no_other(ram_visitor: RamVisitor, key: Key) -> None:
    assert ram_visitor("actiontrail:LookupEvents").get(TRAIL).status_code == 200


def test_a_file_of_lines_proves_itself(visitor: Client, key: Key, actor: Actor) -> None:
    key_disable(actor=actor, ref=KeyRef.of(key.id))
    lines = _body(visitor.get(EXPORT, {"format": "jsonl", "period": "all"})).splitlines()
    exported = json.loads(lines[0])
    record = exported["record"]
    assert record["action"] == "DisableKey"
    body = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    # Within a test's transaction every entry begins a chain of its own.
    assert exported["n"] == 1
    assert chain.link(chain.seed(exported["writer"]), body).hex() == exported["hash"]


def test_a_table_holds_no_formula(visitor: Client, key: Key) -> None:
    AuditEvent.objects.update(user_name="=1+1")
    rows = list(csv.DictReader(io.StringIO(_body(visitor.get(EXPORT, {"format": "csv"})))))
    rows = rows or list(
        csv.DictReader(io.StringIO(_body(visitor.get(EXPORT, {"format": "csv", "period": "all"}))))
    )
    assert {row["user_name"] for row in rows} == {"'=1+1"}


def test_an_export_is_recorded(visitor: Client, key: Key, tmp_path: Path) -> None:
    visitor.get(EXPORT, {"format": "csv"})
    shipping.ship(tmp_path / "journal")
    assert AuditEvent.objects.filter(action="ExportEvents", outcome="OK").count() == 1


def test_the_check_goes_on_in_steps_until_it_is_through(
    visitor: Client, key: Key, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kms_console.audit.checking.BATCH", 1)
    key_disable(actor=actor, ref=KeyRef.of(key.id))
    assert "Verifying…" in text_of(visitor.post(CHECK))
    answers = [text_of(visitor.post(CHECK, {"step": "next"})) for _ in range(8)]
    assert "Nothing is wrong" in answers[-1]


def test_the_check_tells_of_an_altered_entry(visitor: Client, key: Key) -> None:
    AuditEvent.objects.update(user_name="somebody else")
    text = text_of(visitor.post(CHECK))
    assert "Something is wrong" in text
    assert "was altered" in text


@pytest.mark.parametrize(
    "query", [{"after": "x"}, {"period": "ever"}, {"from": "yesterday"}, {"q": "x" * 513}]
)
def test_what_no_link_asks_is_refused(visitor: Client, query: dict[str, str]) -> None:
    assert visitor.get(TRAIL, query).status_code == 400
