"""A journal's reader takes complete lines of an unbroken chain and nothing else."""

import io

import pytest

from kms_console.audit import chain, lines
from kms_console.audit.lines import LineBroken
from kms_console.audit.record import LARGEST_RECORD
from tests.audit.samples import RECORD


def written(count: int) -> bytes:
    head, text, body = chain.start("w"), b"", RECORD.canonical()
    for _ in range(count):
        head = head.then(body)
        text += lines.render(head.n, head.digest, body)
    return text


def read(text: bytes) -> list[lines.Line]:
    return list(lines.read(io.BytesIO(text), chain.start("w"), 0))


def test_lines_are_read_with_their_ends() -> None:
    found = read(written(3))
    assert [line.head.n for line in found] == [1, 2, 3]
    assert [line.record for line in found] == [RECORD] * 3
    assert found[-1].end == len(written(3))


def test_reading_goes_on_where_it_stopped() -> None:
    text = written(3)
    first = read(text)[0]
    rest = list(lines.read(io.BytesIO(text), first.head, first.end))
    assert [line.head.n for line in rest] == [2, 3]


def test_a_line_cut_off_anywhere_is_not_taken() -> None:
    text, one = written(2), len(written(1))
    for size in range(one, len(text)):
        assert [line.head.n for line in read(text[:size])] == [1]


def test_any_flipped_bit_breaks_the_line() -> None:
    text = written(1)
    for place in range(len(text) - 1):
        broken = bytearray(text)
        broken[place] ^= 1
        if broken[place] != ord("\n"):
            with pytest.raises(LineBroken):
                read(bytes(broken))


@pytest.mark.parametrize(
    "text",
    [b"\n", b"[]\n", b"5\n", b"{}\n", b"\x00\x00\n", b'{"record":1}\n', written(1)[:-1] + b" \n"],
)
def test_what_is_no_line_is_refused(text: bytes) -> None:
    with pytest.raises(LineBroken):
        read(text)


def test_a_removed_line_breaks_the_chain() -> None:
    text = written(3).splitlines(keepends=True)
    with pytest.raises(LineBroken, match="entry 2"):
        read(text[0] + text[2])


def test_a_line_without_end_is_not_read_into_memory() -> None:
    with pytest.raises(LineBroken, match="longer"):
        read(b"x" * (LARGEST_RECORD * 10))
