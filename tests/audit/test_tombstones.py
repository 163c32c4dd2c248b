"""The file of what was destroyed: signed line by line, whole after any death."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from kms_console.audit import tombstones
from kms_console.audit.tombstones import (
    Tombstone,
    TombstoneLog,
    TombstoneUnreadable,
    audit_signature,
    complete_lines,
    parse_line,
)
from kms_console.core.errors import Sealed
from tests.audit.conftest import SigningSealer

NOW = datetime(2026, 11, 24, 8, 30, 15, 250_000, tzinfo=UTC)


def _tombstone(key_id: UUID | None = None) -> Tombstone:
    return Tombstone(
        key_id=key_id or uuid4(),
        account_id="1234567890123456",
        region="cn-hangzhou",
        destroyed_at=NOW,
        time=NOW,
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tombstones.log_path(tmp_path)


@pytest.fixture
def log(path: Path) -> TombstoneLog:
    return TombstoneLog(path)


def _lines(path: Path) -> list[Tombstone]:
    with path.open("rb") as file:
        return [parse_line(text, audit_signature) for text in complete_lines(file)]


def test_a_line_is_read_as_it_was_written(log: TombstoneLog, path: Path) -> None:
    made = [_tombstone(), _tombstone()]
    for one in made:
        log.append(one)
    assert _lines(path) == made
    assert tombstones.known(log.path) == {one.key_id for one in made}
    assert path.stat().st_mode & 0o777 == 0o600


def test_every_changed_byte_of_a_line_is_noticed() -> None:
    line = _tombstone().line(audit_signature)
    for place in range(len(line)):
        changed = bytearray(line)
        changed[place] ^= 1
        with pytest.raises(TombstoneUnreadable):
            parse_line(bytes(changed), audit_signature)


@pytest.mark.parametrize("text", [b"", b"\n", b"{}\n", b"[]\n", b'{"tombstone":{"key":1}}\n'])
def test_what_is_no_tombstone_is_refused(text: bytes) -> None:
    with pytest.raises(TombstoneUnreadable):
        parse_line(text, audit_signature)


def test_a_line_of_another_installation_is_refused(sealer: SigningSealer) -> None:
    line = _tombstone().line(audit_signature)
    sealer.key = b"other" * 6
    with pytest.raises(TombstoneUnreadable, match="audit key"):
        parse_line(line, audit_signature)


def test_half_a_line_at_the_end_is_cut_off_before_the_next(log: TombstoneLog, path: Path) -> None:
    first, second = _tombstone(), _tombstone()
    log.append(first)
    whole = path.read_bytes()
    for size in range(1, len(whole)):
        path.write_bytes(whole + whole[:size])
        log.append(second)
        assert _lines(path) == [first, second]


def test_a_file_without_any_line_feed_is_half_a_line(path: Path, log: TombstoneLog) -> None:
    path.parent.mkdir()
    path.write_bytes(b"x" * 200_000)
    log.append(made := _tombstone())
    assert _lines(path) == [made]


def test_what_is_missing_is_made_up_for_once(log: TombstoneLog, path: Path) -> None:
    made = [_tombstone() for _ in range(5)]
    log.append(made[2])
    assert log.complete(5, lambda: made) == 4
    assert {one.key_id for one in _lines(path)} == {one.key_id for one in made}
    assert log.complete(5, lambda: made) == 0
    assert len(_lines(path)) == 5


def test_nothing_is_read_again_while_nothing_has_changed(log: TombstoneLog, path: Path) -> None:
    made = [_tombstone()]
    asked: list[int] = []

    def every() -> list[Tombstone]:
        asked.append(1)
        return made

    for _ in range(3):
        log.complete(1, every)
    assert len(asked) == 1
    made.append(_tombstone())
    assert log.complete(2, every) == 1
    path.unlink()
    assert log.complete(2, every) == 2
    assert len(asked) == 3


def test_a_line_that_nobody_signed_stands_for_nothing(log: TombstoneLog, path: Path) -> None:
    made = _tombstone()
    log.append(made)
    path.write_bytes(path.read_bytes().replace(b"cn-hangzhou", b"cn-shanghai"))
    assert tombstones.known(log.path) == set()
    assert log.complete(1, lambda: [made]) == 1
    assert tombstones.known(log.path) == {made.key_id}


def test_lines_that_nobody_vouches_for_are_named(log: TombstoneLog, path: Path) -> None:
    assert list(tombstones.problems(path)) == []
    for _ in range(2):
        log.append(_tombstone())
    path.write_bytes(path.read_bytes().replace(b"cn-hangzhou", b"cn-shanghai", 1) + b"{}\n{")
    assert list(tombstones.problems(path)) == [
        "Line 1 of the tombstone file is not signed by the audit key.",
        "Line 3 of the tombstone file is not a tombstone.",
    ]


def test_a_file_that_is_not_there_knows_nothing(path: Path) -> None:
    assert tombstones.known(path) == set()


def test_writers_at_once_leave_whole_lines(path: Path) -> None:
    made = [_tombstone() for _ in range(60)]
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda one: TombstoneLog(path).append(one), made))
    assert {one.key_id for one in _lines(path)} == {one.key_id for one in made}


def test_a_sealed_server_writes_nothing(
    log: TombstoneLog, path: Path, sealer: SigningSealer
) -> None:
    sealer.is_sealed = True
    with pytest.raises(Sealed):
        log.append(_tombstone())
    assert not path.exists()


def test_a_time_without_an_offset_is_refused() -> None:
    naive = replace(_tombstone(), time=NOW.replace(tzinfo=None))
    with pytest.raises(ValueError, match="offset"):
        naive.line(audit_signature)


def test_a_process_without_a_file_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tombstones, "_installed", None)
    with pytest.raises(RuntimeError):
        tombstones.current()
