"""Whoever changes the trail behind the server's back is found out; nobody else is accused."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection
from django.db.models import F

from kms_console.audit import chain, checkpoints, lines, verification
from kms_console.audit.checkpoints import checkpoint, log_path
from kms_console.audit.journal import Journal
from kms_console.audit.models import AuditEvent, Checkpoint, JournalPosition
from kms_console.audit.shipping import ship
from kms_console.audit.trail import event_of
from kms_console.core.actor import Actor
from tests.audit.conftest import Appender, SigningSealer
from tests.audit.samples import RECORD
from tests.audit.test_checkpoints import file_lines, work

pytestmark = pytest.mark.django_db


def problems(tmp_path: Path) -> list[str]:
    return list(verification.problems(tmp_path))


def row(n: int) -> AuditEvent:
    return AuditEvent.objects.get(n=n)


def chain_of(count: int, writer: str = "w") -> None:
    """Rows of one writer, as a thread leaves them."""
    head, body = chain.start(writer), RECORD.canonical()
    for _ in range(count):
        head = head.then(body)
        event_of(head, RECORD).save()


def rewrite_chain(writer: str, action: str) -> None:
    """What someone does who can write the table and knows the hashes, but not the audit key."""
    head = chain.start(writer)
    for event in AuditEvent.objects.filter(writer=writer).order_by("n"):
        event.action = action
        record = type(RECORD)(**{name: getattr(event, name) for name in RECORD.columns()})
        head = head.then(record.canonical())
        event.hash = head.digest
        event.save()


@pytest.fixture
def three(append: Appender, journals: Path, tmp_path: Path) -> Path:
    """Three entries of a living journal, moved and vouched for by two checkpoints."""
    append(2)
    ship(journals)
    checkpoint(tmp_path)
    append(1)
    ship(journals)
    checkpoint(tmp_path)
    (path,) = lines.journals(journals)
    return path


def test_nothing_is_whole(tmp_path: Path) -> None:
    assert problems(tmp_path) == []


def test_a_trail_at_work_is_whole(
    actor: Actor, append: Appender, journals: Path, tmp_path: Path
) -> None:
    work(actor, 3)
    append(5)
    assert problems(tmp_path) == []
    ship(journals, limit=2)
    assert problems(tmp_path) == []
    checkpoint(tmp_path)
    work(actor, 2)
    ship(journals)
    assert problems(tmp_path) == []
    checkpoint(tmp_path)
    assert problems(tmp_path) == []


@pytest.mark.parametrize("column", sorted(RECORD.columns()))
def test_an_altered_column_is_found(column: str, three: Path, tmp_path: Path) -> None:
    changed: dict[str, object] = {"time": RECORD.time.replace(year=2025), "detail": {"x": 1}}
    AuditEvent.objects.filter(n=2).update(**{column: changed.get(column, "x")})
    assert problems(tmp_path) == [
        f"Entry 2 of {three.stem} (event {row(2).id}) was altered.",
    ]


def test_an_altered_hash_is_found(three: Path, tmp_path: Path) -> None:
    AuditEvent.objects.filter(n=1).update(hash=bytes(32))
    assert problems(tmp_path)[0] == f"Entry 1 of {three.stem} (event {row(1).id}) was altered."


def test_an_altered_mark_of_facts_is_found(three: Path, tmp_path: Path) -> None:
    AuditEvent.objects.filter(n=3).update(has_facts=True)
    assert problems(tmp_path) == [f"Entry 3 of {three.stem} (event {row(3).id}) was altered."]


def test_a_row_that_cannot_be_read_hides_no_other(
    three: Path, append: Appender, journals: Path, tmp_path: Path
) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL stores no such row.")
    append(1)
    ship(journals)
    AuditEvent.objects.filter(n=4).update(action="x")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_auditevent SET time = 'never' WHERE n = 1")
        cursor.execute("UPDATE audit_auditevent SET time = '', hash = 'text' WHERE n = 2")
    found = problems(tmp_path)
    assert f"Entry 1 of {three.stem} (event {row_id(1)}) cannot be read." in found
    assert f"Entry 2 of {three.stem} (event {row_id(2)}) cannot be read." in found
    assert f"Entry 4 of {three.stem} (event {row_id(4)}) was altered." in found


def row_id(n: int) -> int:
    return AuditEvent.objects.values_list("id", flat=True).get(n=n)


def test_a_removed_row_is_found(three: Path, tmp_path: Path) -> None:
    row(2).delete()
    assert problems(tmp_path)[0] == f"{three.stem} has no entries 2 to 2."


def test_a_removed_beginning_is_found(tmp_path: Path) -> None:
    chain_of(3)
    AuditEvent.objects.filter(n__lt=3).delete()
    assert problems(tmp_path) == ["w has no entries 1 to 2."]


def test_a_removed_tail_is_found_by_the_checkpoint(tmp_path: Path) -> None:
    chain_of(3)
    checkpoint(tmp_path)
    row(3).delete()
    assert problems(tmp_path) == ["w no longer holds its entry 3 as it was vouched for."]


def test_a_removed_chain_is_found_by_the_checkpoint(tmp_path: Path) -> None:
    chain_of(3)
    chain_of(2, "v")
    checkpoint(tmp_path)
    AuditEvent.objects.filter(writer="w").delete()
    assert problems(tmp_path) == ["w no longer holds its entry 3 as it was vouched for."]


def test_a_removed_tail_is_found_by_the_position(
    append: Appender, journals: Path, tmp_path: Path
) -> None:
    append(3)
    ship(journals)
    (path,) = lines.journals(journals)
    row(3).delete()
    assert problems(tmp_path) == [f"{path.stem} no longer holds its entry 3 as it was vouched for."]


def test_a_rewritten_chain_is_found_by_the_checkpoint(tmp_path: Path) -> None:
    chain_of(3)
    checkpoint(tmp_path)
    rewrite_chain("w", "Innocent")
    assert problems(tmp_path) == ["w no longer holds its entry 3 as it was vouched for."]


def test_a_chain_rewritten_with_its_checkpoint_lacks_the_signature(tmp_path: Path) -> None:
    chain_of(3)
    made = checkpoint(tmp_path)
    rewrite_chain("w", "Innocent")
    made.heads = {"w": [3, bytes(row(3).hash).hex()]}
    made.save()
    log_path(tmp_path).write_bytes(checkpoints.line_of(made))
    assert problems(tmp_path) == ["Checkpoint 1 is not signed by the audit key."]


def test_a_checkpoint_removed_from_the_database_is_found(three: Path, tmp_path: Path) -> None:
    Checkpoint.objects.filter(number=2).delete()
    assert problems(tmp_path) == ["Checkpoint 2 is missing from the database."]


def test_checkpoints_removed_with_the_tail_are_found_by_the_file(tmp_path: Path) -> None:
    chain_of(3)
    checkpoint(tmp_path)
    row(3).delete()
    Checkpoint.objects.all().delete()
    assert problems(tmp_path) == [
        "Checkpoint 1 is missing from the database.",
        "w no longer holds its entry 3 as it was vouched for.",
    ]


def test_a_checkpoint_removed_from_the_file_is_found(three: Path, tmp_path: Path) -> None:
    log_path(tmp_path).write_bytes(file_lines(tmp_path)[1])
    assert problems(tmp_path) == ["Checkpoint 1 is missing from the file."]


def test_the_newest_checkpoint_may_not_be_in_the_file_yet(three: Path, tmp_path: Path) -> None:
    log_path(tmp_path).write_bytes(file_lines(tmp_path)[0] + b'{"checkp')
    assert problems(tmp_path) == []


def test_a_removed_file_is_found(three: Path, tmp_path: Path) -> None:
    log_path(tmp_path).unlink()
    assert problems(tmp_path) == ["Checkpoint 1 is missing from the file."]


def test_checkpoints_removed_from_both_places_leave_a_gap(
    three: Path, actor: Actor, tmp_path: Path
) -> None:
    work(actor)
    checkpoint(tmp_path)
    Checkpoint.objects.filter(number=2).delete()
    text = file_lines(tmp_path)
    log_path(tmp_path).write_bytes(text[0] + text[2])
    assert problems(tmp_path) == ["Checkpoints 2 to 2 are missing."]


def test_a_broken_succession_is_found(three: Path, tmp_path: Path) -> None:
    made = Checkpoint.objects.get(number=2)
    made.previous = bytes(32)
    made.mac = checkpoints.mac_of(made)
    made.save()
    log_path(tmp_path).write_bytes(file_lines(tmp_path)[0] + checkpoints.line_of(made))
    assert problems(tmp_path) == ["Checkpoint 2 does not follow the one before it."]


def test_a_checkpoint_altered_in_one_place_is_found(three: Path, tmp_path: Path) -> None:
    Checkpoint.objects.filter(number=2).update(seen=F("seen") + 1)
    assert problems(tmp_path) == [
        "Checkpoint 2 differs between the database and the file.",
        "Checkpoint 2 is not signed by the audit key.",
    ]


def test_damaged_heads_are_found(three: Path, tmp_path: Path) -> None:
    Checkpoint.objects.filter(number=2).update(heads=[1])
    assert "Checkpoint 2 is not signed by the audit key." in problems(tmp_path)


def test_a_checkpoint_that_cannot_be_read_is_found(three: Path, tmp_path: Path) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL stores no such row.")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_checkpoint SET time = 'never' WHERE number = 2")
    assert problems(tmp_path) == [
        "Checkpoint 2 differs between the database and the file.",
        "Checkpoint 2 is not signed by the audit key.",
    ]


def test_damaged_and_doubled_lines_are_found(three: Path, tmp_path: Path) -> None:
    text = file_lines(tmp_path)
    log_path(tmp_path).write_bytes(text[0] + b"{}\n" + text[1] + text[1])
    assert problems(tmp_path) == [
        "Line 2 of the checkpoint file cannot be read.",
        "Line 4 of the checkpoint file is out of order.",
        "Checkpoint 2 is in the file more than once.",
    ]


def test_a_key_of_another_installation_signs_nothing(
    three: Path, tmp_path: Path, sealer: SigningSealer
) -> None:
    sealer.key = b"x" * 32
    assert problems(tmp_path) == [
        "Checkpoint 1 is not signed by the audit key.",
        "Checkpoint 2 is not signed by the audit key.",
    ]


def test_a_sealed_server_says_what_it_could_not_check(
    three: Path, tmp_path: Path, sealer: SigningSealer
) -> None:
    sealer.is_sealed = True
    row(2).delete()
    found = problems(tmp_path)
    assert found[0] == f"{three.stem} has no entries 2 to 2."
    assert found[1] == "The server is sealed: the signatures of checkpoints cannot be checked."


def test_a_removed_journal_is_found(three: Path, append: Appender, tmp_path: Path) -> None:
    append(1)
    three.unlink()
    assert problems(tmp_path) == [f"Journal {three.stem} is missing before all of it was moved."]


def test_a_journal_deleted_after_its_time_is_not_missed(
    three: Path, journal: Journal, journals: Path, tmp_path: Path
) -> None:
    journal.close()
    ship(journals)
    assert not three.exists()
    assert problems(tmp_path) == []


def test_a_cut_journal_is_found(three: Path, tmp_path: Path) -> None:
    three.write_bytes(three.read_bytes()[:-1])
    assert problems(tmp_path) == [f"Journal {three.stem} is shorter than what was moved out of it."]


def test_an_altered_line_is_found_before_it_is_moved(
    three: Path, append: Appender, tmp_path: Path
) -> None:
    append(1)
    three.write_bytes(three.read_bytes().replace(b"request-3", b"request-X"))
    assert problems(tmp_path) == [f"Journal {three.stem}: entry 4 does not continue the chain."]


def test_a_stopped_journal_is_told(
    three: Path, append: Appender, journals: Path, tmp_path: Path
) -> None:
    append(1)
    three.write_bytes(three.read_bytes().replace(b"request-3", b"request-X"))
    ship(journals)
    reason = "entry 4 does not continue the chain"
    assert problems(tmp_path) == [
        f"Journal {three.stem} is stopped: {reason}.",
        f"Journal {three.stem}: {reason}.",
    ]


def test_a_rewritten_journal_is_found(three: Path, tmp_path: Path) -> None:
    head, text = chain.start(three.stem), b""
    for _ in range(3):
        head = head.then(RECORD.canonical())
        text += lines.render(head.n, head.digest, RECORD.canonical())
    three.write_bytes(text)
    assert problems(tmp_path) == [f"Journal {three.stem} differs from what was moved out of it."]


def test_a_journal_that_vanishes_while_it_is_checked_is_no_problem(
    three: Path, journals: Path
) -> None:
    three.unlink()
    assert list(verification._journal_problems(three)) == []
    JournalPosition.objects.update(closed=True)
    assert list(verification._position_problems(journals)) == []


def test_a_journal_closed_while_others_are_checked_is_not_missed(journals: Path) -> None:
    for writer, problem in (("a", "damaged"), ("b", "")):
        JournalPosition.objects.create(writer=writer, hash=b"", problem=problem)
    found = verification._position_problems(journals)
    assert next(found) == "Journal a is stopped: damaged."
    JournalPosition.objects.update(closed=True)
    assert list(found) == []


@pytest.fixture
def facts() -> Callable[[str, object], None]:
    def tell(subject: str, state: object) -> None:
        head = chain.start(f"w-{AuditEvent.objects.count()}")
        detail = {"after": {"state": state}} if state else {}
        record = type(RECORD)(**RECORD.columns() | {"subject": subject, "detail": detail})
        event_of(head.then(record.canonical()), record).save()

    return tell


def test_the_last_facts_of_a_subject_count(facts: Callable[[str, object], None]) -> None:
    facts("key/a", "Enabled")
    facts("key/a", "Disabled")
    facts("key/b", "Enabled")
    facts("key/a", None)
    facts("user/d", "Active")
    facts("key/c", None)
    assert verification.last_facts(["key/a", "key/b", "key/c", "key/z"]) == {
        "key/a": {"state": "Disabled"},
        "key/b": {"state": "Enabled"},
    }
    assert sorted(verification.subjects()) == ["key/a", "key/b", "user/d"]
