"""Reading an account's events by place: newest first, a page at a time, at a bounded cost."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from kms_console.audit import chain, events
from kms_console.audit.checking import entries_check
from kms_console.audit.events import Asked, Place, events_look_up, events_stream
from kms_console.audit.models import AuditEvent
from kms_console.audit.record import AuditRecord
from kms_console.audit.trail import event_of
from kms_console.core.actor import UNRESTRICTED, Actor, Decision, Facts
from kms_console.core.errors import NoPermission
from tests.audit.samples import RECORD

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 7, 4, 12, tzinfo=UTC)
ACTOR = Actor(
    account_id=RECORD.account_id,
    user_id=RECORD.user_id,
    user_name="owner",
    access_key_id="",
    region="cn-hangzhou",
    source_ip="127.0.0.1",
    secure_transport=False,
    request_id="r",
    now=NOON,
    authority=UNRESTRICTED,
)


class Nothing:
    """The authority of somebody without policies."""

    def decide(self, action: str, resource: str, facts: Facts) -> Decision:
        return Decision.SILENT


def _record(minute: int, **changes: str) -> AuditRecord:
    return replace(RECORD, time=NOON + timedelta(minutes=minute), **changes)  # type: ignore[arg-type]


def _keep(*records: AuditRecord, writer: str = "trail-1") -> None:
    last = AuditEvent.objects.filter(writer=writer).order_by("-n").first()
    head = chain.Head(writer, last.n, bytes(last.hash)) if last else chain.start(writer)
    for record in records:
        head = head.then(record.canonical())
        event_of(head, record).save(force_insert=True)


def _minutes(asked: Asked, *, size: int = 10) -> list[int]:
    """The minutes of all events that fit, leafing through pages of `size`."""
    found: list[int] = []
    after: Place | None = None
    while True:
        seen = events_look_up(actor=ACTOR, asked=asked, after=after, size=size)
        assert len(seen.events) <= size
        found += [round((event.time - NOON).total_seconds() / 60) for event in seen.events]
        after = Place.parse(str(seen.next)) if seen.next else None
        if after is None:
            return found


def test_pages_follow_each_other_without_gap_or_repetition() -> None:
    _keep(*(_record(n) for n in range(7)), _record(3))
    assert _minutes(Asked(), size=2) == [6, 5, 4, 3, 3, 2, 1, 0]


def test_filters_go_together() -> None:
    _keep(
        _record(1, action="Decrypt", outcome="Rejected.Disabled"),
        _record(2, action="Decrypt"),
        _record(3, action="Encrypt", user_name="alice"),
        _record(4, action="Decrypt", user_name="alice", outcome="Forbidden.NoPermission"),
    )
    assert _minutes(Asked(action="Decrypt")) == [4, 2, 1]
    assert _minutes(Asked(outcome="refused")) == [4, 1]
    assert _minutes(Asked(outcome="OK", user="alice")) == [3]
    since = NOON + timedelta(minutes=2)
    assert _minutes(Asked(since=since, until=since + timedelta(minutes=2))) == [3, 2]


def test_a_subject_and_a_request_are_found_wherever_they_are() -> None:
    _keep(_record(1, subject="a"), _record(2, subject="b"), _record(3, request_id="R"))
    assert _minutes(Asked(subjects=("a", "b"))) == [2, 1]
    assert _minutes(Asked(subjects=("a",), request_id="R"), size=1) == [3, 1]


def test_a_question_that_few_events_fit_is_answered_in_steps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(events, "MOST_LOOKED_AT", 3)
    _keep(_record(0, action="Rare"), *(_record(n) for n in range(1, 9)))
    first = events_look_up(actor=ACTOR, asked=Asked(action="Rare"), after=None, size=5)
    assert first.events == []
    assert first.is_cut
    assert _minutes(Asked(action="Rare")) == [0]
    assert _minutes(Asked(subjects=(RECORD.subject,), action="Rare")) == [0]


def test_another_accounts_events_are_not_seen() -> None:
    _keep(_record(1, account_id="2222222222222222", subject="a", request_id="R"))
    assert _minutes(Asked()) == _minutes(Asked(subjects=("a",), request_id="R")) == []


def test_a_file_ends_where_it_is_told_to() -> None:
    _keep(*(_record(n) for n in range(5)))
    assert len(list(events_stream(actor=ACTOR, asked=Asked(), most=3))) == 3
    assert len(list(events_stream(actor=ACTOR, asked=Asked(), most=30))) == 5


def test_who_has_no_policy_reads_nothing() -> None:
    nobody = replace(ACTOR, authority=Nothing())
    with pytest.raises(NoPermission):
        events_look_up(actor=nobody, asked=Asked(), after=None, size=1)
    with pytest.raises(NoPermission):
        entries_check(actor=nobody, after=None, until=NOON)


def _problems() -> list[str]:
    found: list[str] = []
    after: Place | None = None
    while True:
        checked = entries_check(actor=ACTOR, after=after, until=NOON + timedelta(days=1))
        found += checked.problems
        after = checked.next
        if after is None:
            return found


def test_an_untouched_trail_has_no_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kms_console.audit.checking.BATCH", 2)
    _keep(*(_record(n) for n in range(5)))
    _keep(_record(9, account_id="2222222222222222"), writer="trail-2")
    assert _problems() == []


def test_an_altered_entry_is_told() -> None:
    _keep(*(_record(n) for n in range(3)))
    AuditEvent.objects.filter(n=2).update(user_name="somebody else")
    assert _problems() == ["Entry 2 of trail-1 was altered."]


def test_a_removed_entry_is_told_by_both_its_neighbours() -> None:
    _keep(*(_record(n) for n in range(4)))
    AuditEvent.objects.filter(n=2).delete()
    assert _problems() == [
        "Entry 1 of trail-1: the entry after it is missing.",
        "Entry 3 of trail-1: the entry before it is missing.",
    ]
