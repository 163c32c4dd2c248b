"""Checkpoints state what is true, in both places, whatever happens in between."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine

from kms_console.audit import checkpoints, verification
from kms_console.audit.checkpoints import CheckpointUnreadable, checkpoint, log_path
from kms_console.audit.models import AuditEvent, Checkpoint, JournalPosition
from kms_console.audit.shipping import ship
from kms_console.audit.trail import audited
from kms_console.core import clock
from kms_console.core.actor import Actor
from kms_console.core.errors import Sealed
from tests.audit.conftest import Appender, SigningSealer
from tests.audit.samples import small_disk

pytestmark = pytest.mark.django_db


def work(actor: Actor, count: int = 1) -> None:
    for _ in range(count):
        with audited(actor, "EnableKey"):
            pass


def file_lines(tmp_path: Path) -> list[bytes]:
    return log_path(tmp_path).read_bytes().splitlines(keepends=True)


@contextmanager
def later(**ahead: float) -> Iterator[None]:
    with time_machine.travel(clock.utc_now() + timedelta(**ahead)):
        yield


def test_the_first_states_all_heads_in_both_places(actor: Actor, tmp_path: Path) -> None:
    work(actor, 2)
    made = checkpoint(tmp_path)
    heads = {e.writer: [e.n, bytes(e.hash).hex()] for e in AuditEvent.objects.all()}
    assert (made.number, made.heads) == (1, heads)
    assert bytes(made.previous) == checkpoints.FIRST_PREVIOUS
    assert made.seen == AuditEvent.objects.latest("id").id
    assert file_lines(tmp_path) == [checkpoints.line_of(Checkpoint.objects.get())]
    assert log_path(tmp_path).stat().st_mode & 0o777 == 0o600


def test_nothing_to_state_is_a_statement_once(tmp_path: Path) -> None:
    assert (checkpoint(tmp_path).number, checkpoint(tmp_path).number) == (1, 1)


def test_each_follows_the_one_before(actor: Actor, tmp_path: Path) -> None:
    first = checkpoint(tmp_path)
    work(actor)
    second = checkpoint(tmp_path)
    assert second.number == 2
    assert bytes(second.previous) == checkpoints.digest_of(first)
    assert len(file_lines(tmp_path)) == 2


def test_only_heads_that_moved_are_stated(
    actor: Actor, append: Appender, journals: Path, tmp_path: Path
) -> None:
    work(actor)
    checkpoint(tmp_path)
    append(2)
    ship(journals)
    made = checkpoint(tmp_path)
    position = JournalPosition.objects.get()
    assert made.heads == {position.writer: [2, bytes(position.hash).hex()]}
    assert position.checkpointed == 2
    assert checkpoint(tmp_path).number == made.number


def test_an_event_that_was_committed_late_is_stated(actor: Actor, tmp_path: Path) -> None:
    work(actor, 2)
    late = AuditEvent.objects.earliest("id")
    AuditEvent.objects.filter(id=late.id).delete()
    checkpoint(tmp_path)
    late.save(force_insert=True)
    assert checkpoint(tmp_path).heads == {late.writer: [1, bytes(late.hash).hex()]}


def test_old_events_are_not_looked_at_again(actor: Actor, tmp_path: Path) -> None:
    work(actor, 2)
    checkpoint(tmp_path)
    with later(minutes=2):
        work(actor)
        assert len(checkpoint(tmp_path).heads) == 1
        assert checkpoints._moved_heads(clock.utc_now())[0] == {}


def test_a_file_that_was_left_behind_is_caught_up(actor: Actor, tmp_path: Path) -> None:
    for _ in range(3):
        work(actor)
        checkpoint(tmp_path)
    whole = log_path(tmp_path).read_bytes()
    for kept in (0, len(whole) // 2, len(whole) - 1):
        log_path(tmp_path).write_bytes(whole[:kept])
        checkpoint(tmp_path)
        assert log_path(tmp_path).read_bytes() == whole
    log_path(tmp_path).unlink()
    checkpoint(tmp_path)
    assert log_path(tmp_path).read_bytes() == whole


def test_a_long_last_line_is_found(actor: Actor, tmp_path: Path) -> None:
    checkpoint(tmp_path)
    work(actor, 1000)
    checkpoint(tmp_path)
    assert len(file_lines(tmp_path)[1]) > checkpoints._TAIL
    work(actor)
    checkpoint(tmp_path)
    assert list(verification.problems(tmp_path)) == []


def test_numbers_of_a_restored_database_go_on_after_the_file(actor: Actor, tmp_path: Path) -> None:
    for _ in range(3):
        work(actor)
        checkpoint(tmp_path)
    Checkpoint.objects.filter(number__gt=1).delete()
    work(actor)
    made = checkpoint(tmp_path)
    assert made.number == 4
    before = checkpoints.parse_line(file_lines(tmp_path)[2])
    assert bytes(made.previous) == checkpoints.digest_of(before)
    assert len(file_lines(tmp_path)) == 4


def test_nothing_is_built_on_a_damaged_file(actor: Actor, tmp_path: Path) -> None:
    checkpoint(tmp_path)
    with log_path(tmp_path).open("ab") as file:
        file.write(b"{}\n")
    work(actor)
    with pytest.raises(CheckpointUnreadable):
        checkpoint(tmp_path)
    assert Checkpoint.objects.count() == 1


def test_without_the_audit_key_nothing_is_stated(
    actor: Actor, tmp_path: Path, sealer: SigningSealer
) -> None:
    sealer.is_sealed = True
    work(actor)
    with pytest.raises(Sealed):
        checkpoint(tmp_path)
    assert Checkpoint.objects.count() == 0
    assert file_lines(tmp_path) == []


@pytest.mark.parametrize("room", [0, 8192])
def test_a_full_disk_is_told_and_made_up_for(actor: Actor, tmp_path: Path, room: int) -> None:
    disk = tmp_path / "disk"
    work(actor, 200)
    with small_disk(disk):
        log_path(disk).parent.mkdir()
        with pytest.raises(OSError, match="No space"):
            (disk / "ballast").write_bytes(bytes(4 * 1024 * 1024))
        os.truncate(disk / "ballast", (disk / "ballast").stat().st_size - room)
        with pytest.raises(OSError, match=r"No space|cannot be written"):
            checkpoint(disk)
        assert log_path(disk).stat().st_size == room
        (disk / "ballast").unlink()
        checkpoint(disk)
        assert file_lines(disk) == [checkpoints.line_of(Checkpoint.objects.get())]


@pytest.mark.parametrize(
    "change",
    [
        (b'"number":1', b'"number":1.0'),
        (b'"number":1', b'"number":true'),
        (b'"heads":{}', b'"heads":[]'),
        (b'"heads":{}', b'"heads":{"w":1}'),
        (b'"heads":{}', b'"heads": {}'),
        (b'"time":"2', b'"time":"x'),
        (b'"mac":"', b'"mac":"zz'),
        (b'"mac"', b'"Mac"'),
        (b"\n", b""),
    ],
)
def test_a_line_means_one_checkpoint_only(change: tuple[bytes, bytes], tmp_path: Path) -> None:
    checkpoint(tmp_path)
    (line,) = file_lines(tmp_path)
    assert change[0] in line
    with pytest.raises(CheckpointUnreadable):
        checkpoints.parse_line(line.replace(*change))
