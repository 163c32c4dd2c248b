"""A change and its audit row commit together, or neither does."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, OperationalError, connection, transaction

from kms_console.audit import chain, trail, verification
from kms_console.audit.models import AuditEvent
from kms_console.audit.trail import audited, noted
from kms_console.core import generation
from kms_console.core.actor import Actor
from kms_console.core.errors import KeyNotFound, ServiceUnavailable
from tests.audit.samples import RECORD


def change(name: str = "changed") -> None:
    """Any row of any table."""
    ContentType.objects.create(app_label="trail-test", model=name)


def changes() -> int:
    return ContentType.objects.filter(app_label="trail-test").count()


def attempt(actor: Actor, error: Exception, about: str = "", **details: Any) -> None:
    """Make a change that ends with `error`."""
    with audited(actor, "DisableKey", "alias/app") as entry:
        change()
        if about:
            entry.about(about)
        entry.note(**details)
        entry.after({"state": "Disabled"})
        raise error


def stamp(actor: Actor) -> int:
    return generation.current().read(generation.stripe_of(actor.account_id))


def whole(tmp_path: Path) -> bool:
    return list(verification.problems(tmp_path)) == []


@pytest.mark.django_db(transaction=True)
class TestOnItsOwn:
    """Where audited() holds the outermost transaction, as it does behind every door."""

    def test_a_change_is_recorded_with_what_the_service_told(self, actor: Actor) -> None:
        with audited(actor, "DisableKey", "alias/app") as entry:
            change()
            entry.about("key-1")
            entry.note(version_id="version-1", reason="asked")
            entry.note(days=7)
            entry.after({"state": "Disabled"})
        event = AuditEvent.objects.get()
        assert (event.action, event.subject, event.version_id) == (
            "DisableKey",
            "key-1",
            "version-1",
        )
        assert event.detail == {"reason": "asked", "days": 7, "after": {"state": "Disabled"}}
        assert (event.outcome, event.has_facts) == ("OK", True)
        assert (event.account_id, event.request_id) == (actor.account_id, actor.request_id)
        assert changes() == 1

    def test_what_the_caller_said_is_kept_until_it_is_known(self, actor: Actor) -> None:
        with audited(actor, "DisableKey", "alias/app"):
            pass
        event = AuditEvent.objects.get()
        assert (event.subject, event.detail, event.has_facts) == ("alias/app", {}, False)

    def test_a_refusal_takes_the_change_back_and_is_recorded(self, actor: Actor) -> None:
        with pytest.raises(KeyNotFound) as refused:
            attempt(actor, KeyNotFound(), tried=True)
        event = AuditEvent.objects.get()
        assert (event.subject, event.outcome) == ("alias/app", "Forbidden.KeyNotFound")
        assert (event.detail, event.has_facts) == ({"tried": True}, False)
        assert refused.value.audited
        assert changes() == 0

    def test_a_refusal_may_name_its_subject(self, actor: Actor) -> None:
        with pytest.raises(KeyNotFound):
            attempt(actor, KeyNotFound().about("key-1"))
        with pytest.raises(KeyNotFound):
            attempt(actor, KeyNotFound().about("acs:kms:…"), about="key-2")
        subjects = AuditEvent.objects.order_by("id").values_list("subject", flat=True)
        assert list(subjects) == ["key-1", "key-2"]

    def test_a_fault_is_recorded_as_internal(self, actor: Actor) -> None:
        with pytest.raises(ZeroDivisionError):
            attempt(actor, ZeroDivisionError(), text="may be the fault")
        event = AuditEvent.objects.get()
        assert (event.outcome, event.detail) == ("InternalFailure", {})
        assert changes() == 0

    def test_a_detail_that_is_not_json_takes_the_change_back(self, actor: Actor) -> None:
        def disable(odd: Any) -> None:
            with audited(actor, "DisableKey", "key-1") as entry:
                change()
                entry.note(odd=odd)

        with pytest.raises(TypeError):
            disable(object())
        assert AuditEvent.objects.get().outcome == "InternalFailure"
        assert changes() == 0

    def test_without_a_database_nothing_is_tried(self, actor: Actor) -> None:
        with pytest.raises(OperationalError, match="gone"):
            attempt(actor, OperationalError("gone"))
        assert (AuditEvent.objects.count(), changes()) == (0, 0)

    def test_a_conflict_of_rows_is_a_fault(self, actor: Actor) -> None:
        change()
        with pytest.raises(IntegrityError), audited(actor, "CreateKey"):
            change()
        assert AuditEvent.objects.get().outcome == "InternalFailure"

    def test_a_failing_trail_takes_the_change_back(self, actor: Actor) -> None:
        with (
            failing_trail(),
            pytest.raises(ServiceUnavailable) as refused,
            audited(actor, "DisableKey", "key-1"),
        ):
            change()
        assert not refused.value.audited
        assert (AuditEvent.objects.count(), changes()) == (0, 0)

    def test_a_refusal_that_cannot_be_recorded_is_not_told(self, actor: Actor) -> None:
        with failing_trail(), pytest.raises(ServiceUnavailable):
            attempt(actor, KeyNotFound())

    def test_a_fault_that_cannot_be_recorded_is_not_told(self, actor: Actor) -> None:
        with failing_trail(), pytest.raises(ServiceUnavailable):
            attempt(actor, ZeroDivisionError())

    def test_a_refusal_without_a_database_is_not_told(self, actor: Actor) -> None:
        def refuse(*_: object) -> None:
            raise OperationalError("gone")

        def lose_the_database(gone: ExitStack) -> None:
            gone.enter_context(connection.execute_wrapper(refuse))
            raise KeyNotFound

        with (
            ExitStack() as gone,
            pytest.raises(ServiceUnavailable),
            audited(actor, "DisableKey"),
        ):
            lose_the_database(gone)

    def test_a_failed_commit_is_recorded_in_another_life(
        self, actor: Actor, tmp_path: Path
    ) -> None:
        with audited(actor, "EnableKey"):
            pass
        with pytest.raises(IntegrityError), audited(actor, "DisableKey"):
            # Foreign keys are checked when a transaction commits.
            Permission.objects.create(content_type_id=10**9, codename="dangling")
        assert not Permission.objects.filter(codename="dangling").exists()
        first, second = AuditEvent.objects.order_by("id")
        assert (second.outcome, second.n) == ("InternalFailure", 1)
        assert first.writer != second.writer
        assert whole(tmp_path)

    def test_a_failed_insert_begins_another_life(self, actor: Actor, tmp_path: Path) -> None:
        with audited(actor, "EnableKey"):
            pass
        with failing_trail(), pytest.raises(ServiceUnavailable), audited(actor, "EnableKey"):
            pass
        with audited(actor, "EnableKey"):
            pass
        first, second = AuditEvent.objects.order_by("id")
        assert first.writer != second.writer
        assert whole(tmp_path)

    def test_a_thread_writes_one_chain(self, actor: Actor, tmp_path: Path) -> None:
        def work(_: int) -> None:
            for number in range(4):
                with audited(actor, "EnableKey"):
                    pass
                with pytest.raises(KeyNotFound), audited(actor, f"DisableKey{number}"):
                    raise KeyNotFound
            connection.close()

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(work, range(4)))
        places = AuditEvent.objects.values_list("writer", "n")
        assert AuditEvent.objects.count() == 32
        writers = {writer for writer, _ in places}
        assert len(writers) <= 4
        for writer in writers:
            numbers = sorted(n for w, n in places if w == writer)
            assert numbers == list(range(1, len(numbers) + 1))
        assert whole(tmp_path)

    def test_a_life_of_a_parent_is_not_lived_by_its_child(self) -> None:
        before = trail._own.current()
        assert trail._own.current() is before
        trail._own.pid = os.getpid() + 1
        assert trail._own.current().head.writer != before.head.writer

    def test_stamps_move_before_and_after(self, actor: Actor) -> None:
        before = stamp(actor)
        other = generation.current().read(generation.GLOBAL)
        with audited(actor, "DisableKey", stripes=(generation.GLOBAL,)):
            assert stamp(actor) == before + 1
        assert stamp(actor) == before + 2
        assert generation.current().read(generation.GLOBAL) == other + 2
        with pytest.raises(KeyNotFound), audited(actor, "DisableKey"):
            raise KeyNotFound
        assert stamp(actor) == before + 4

    def test_an_outer_transaction_voids_snapshots_when_it_commits(self, actor: Actor) -> None:
        with transaction.atomic():
            with audited(actor, "CreateAccount"):
                change()
            inside = stamp(actor)
        assert stamp(actor) == inside + 1

    def test_what_an_outer_transaction_undoes_leaves_no_gap(
        self, actor: Actor, tmp_path: Path
    ) -> None:
        with audited(actor, "First"):
            pass
        with transaction.atomic():
            with audited(actor, "Undone"):
                change()
            transaction.set_rollback(True)
        with audited(actor, "Last"), audited(actor, "Inner"):
            pass
        actions = AuditEvent.objects.order_by("id").values_list("action", flat=True)
        assert list(actions) == ["First", "Inner", "Last"]
        assert whole(tmp_path)

    def test_a_text_no_column_holds_does_not_stop_the_trail(
        self, actor: Actor, tmp_path: Path
    ) -> None:
        odd = replace(actor, user_name="o\x00wner\ud800" + "x" * 1000)
        with pytest.raises(KeyNotFound), audited(odd, "DisableKey", "\x00" * 1000):
            raise KeyNotFound
        assert AuditEvent.objects.get().outcome == "Forbidden.KeyNotFound"
        assert whole(tmp_path)


@pytest.mark.django_db
class TestInsideAnotherTransaction:
    def test_changes_and_refusals_are_recorded(self, actor: Actor, tmp_path: Path) -> None:
        with audited(actor, "EnableKey", "key-1"):
            change("enabled")
        with pytest.raises(KeyNotFound):
            attempt(actor, KeyNotFound())
        outcomes = AuditEvent.objects.order_by("id").values_list("outcome", flat=True)
        assert list(outcomes) == ["OK", "Forbidden.KeyNotFound"]
        assert changes() == 1
        assert whole(tmp_path)


def test_a_change_that_was_not_needed_leaves_no_row_and_no_gap(actor: Actor, db: None) -> None:
    for did_something in (True, False, True):
        with audited(actor, "RotateKey", "key-1") as entry:
            if not did_something:
                entry.did_nothing()
    rows = AuditEvent.objects.order_by("n").values_list("n", "outcome")
    assert [outcome for _, outcome in rows] == ["OK", "OK"]


def test_subjects_that_change_together_leave_a_row_each(
    actor: Actor, tmp_path: Path, db: None
) -> None:
    with audited(actor, "RotateKey") as entry:
        for subject in ("key-1", "key-2"):
            one = entry.of(subject)
            one.note(version_id=f"version of {subject}")
            one.after({"state": "Enabled"})
    rows = AuditEvent.objects.order_by("n").values_list("subject", "version_id", "has_facts", "n")
    first = rows[0][3]
    assert list(rows) == [
        ("key-1", "version of key-1", True, first),
        ("key-2", "version of key-2", True, first + 1),
    ]
    assert whole(tmp_path)


@pytest.mark.parametrize("error", [KeyNotFound(), RuntimeError("fault")])
def test_a_failure_of_what_is_tried_again_one_by_one_leaves_no_row(
    actor: Actor, db: None, error: Exception
) -> None:
    def fail() -> None:
        with audited(actor, "RotateKey") as entry:
            entry.tried_again_one_by_one()
            change()
            raise error

    with pytest.raises(type(error)):
        fail()
    assert (changes(), AuditEvent.objects.count()) == (0, 0)


def test_a_row_continues_the_chain_of_its_writer(actor: Actor) -> None:
    entry = trail.Entry(actor, "DisableKey", "key-1")
    (made,) = entry.succeeded()
    record = made.tidied()
    head = chain.start("w").then(record.canonical())
    row = trail.event_of(head, record)
    assert (row.writer, row.n, row.hash) == ("w", 1, head.digest)


@contextmanager
def failing_trail() -> Iterator[None]:
    """No row gets into the audit table."""
    make, drop = FAILING[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(make)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(drop)


_ON_SQLITE = """
CREATE TRIGGER refuse BEFORE INSERT ON audit_auditevent
BEGIN SELECT RAISE(ABORT, 'refused'); END
"""
_ON_POSTGRESQL = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql
AS 'BEGIN RAISE EXCEPTION ''refused''; END';
CREATE TRIGGER refuse BEFORE INSERT ON audit_auditevent FOR EACH ROW EXECUTE FUNCTION refuse()
"""
FAILING = {
    "sqlite": (_ON_SQLITE, "DROP TRIGGER refuse"),
    "postgresql": (_ON_POSTGRESQL, "DROP FUNCTION refuse() CASCADE"),
}


@pytest.mark.django_db(transaction=True)
def test_several_records_are_one_transaction_and_go_on_in_one_chain(tmp_path: Path) -> None:
    with noted() as records:
        records += [replace(RECORD, subject=str(number)) for number in range(3)]
    with noted() as records:
        records.append(replace(RECORD, subject="3"))
    with noted():
        pass
    events = list(AuditEvent.objects.order_by("id"))
    assert [event.subject for event in events] == ["0", "1", "2", "3"]
    assert len({event.writer for event in events}) == 1
    numbers = [event.n for event in events]
    assert numbers == list(range(numbers[0], numbers[0] + 4))
    assert whole(tmp_path)


@pytest.mark.django_db(transaction=True)
def test_what_is_noted_goes_back_with_the_block_that_fails() -> None:
    def fail() -> None:
        with noted() as records:
            records.append(RECORD)
            change()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert changes() == 0
    assert not AuditEvent.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_what_is_noted_voids_no_snapshot() -> None:
    stripe = generation.stripe_of(RECORD.account_id)
    before = generation.current().read(stripe)
    with noted() as records:
        records.append(RECORD)
    assert generation.current().read(stripe) == before
