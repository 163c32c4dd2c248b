"""Import tokens to the byte, and the place of a wrapping pair."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations
from uuid import UUID, uuid4

import pytest

from hsm.domain.imports import LIFETIME, ImportToken, PairPlace

PAIR = UUID("00112233-4455-4677-8899-aabbccddeeff")
KEY = UUID("1234abcd-12ab-4cd5-86ef-12345678abcd")
EXPIRES = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
TOKEN = ImportToken(PAIR, KEY, int(EXPIRES.timestamp()), bytes(range(32)))
PLACE = PairPlace(
    account_id="1234567890123456",
    region="cn-hangzhou",
    key_id=KEY,
    spec="RSA_2048",
    algorithm="RSAES_OAEP_SHA_1",
)
ROW = uuid4()


def test_a_token_has_the_layout_that_is_written_down() -> None:
    data = TOKEN.to_bytes()
    assert len(data) == 73
    assert data[:1] == b"\x01"
    assert data[1:17] == PAIR.bytes
    assert data[17:33] == KEY.bytes
    assert data[33:41] == int(EXPIRES.timestamp()).to_bytes(8, "big")
    assert data[41:] == bytes(range(32))


def test_a_token_that_was_written_is_read() -> None:
    read = ImportToken.from_bytes(TOKEN.to_bytes())
    assert read == TOKEN
    assert read.expires_at == EXPIRES


@pytest.mark.parametrize("size", [0, 1, 41, 72, 74, 1_000_000])
def test_what_has_another_length_is_no_token(size: int) -> None:
    with pytest.raises(ValueError, match="not a token"):
        ImportToken.from_bytes((TOKEN.to_bytes() + bytes(1_000_000))[:size])


@pytest.mark.parametrize("format_number", [0, 2, 255])
def test_what_has_another_format_is_no_token(format_number: int) -> None:
    with pytest.raises(ValueError, match="not a token"):
        ImportToken.from_bytes(bytes([format_number]) + TOKEN.to_bytes()[1:])


def test_every_moment_of_64_bits_is_read_and_compared() -> None:
    for expires, is_past in ((0, True), (2**64 - 1, False)):
        token = ImportToken.from_bytes(replace(TOKEN, expires=expires).to_bytes())
        assert token.expires == expires
        assert token.is_past(EXPIRES) is is_past


def test_a_token_ends_at_its_second_and_not_before() -> None:
    assert timedelta(hours=24) == LIFETIME
    assert not TOKEN.is_past(EXPIRES - timedelta(microseconds=1))
    assert TOKEN.is_past(EXPIRES)
    assert TOKEN.is_past(EXPIRES + timedelta(days=365))


def test_the_tag_covers_every_other_field_and_whose_token_it_is() -> None:
    def signed(token: ImportToken, account: str = "1", region: str = "cn-hangzhou") -> bytes:
        return token.signed(account, region)

    different = [
        signed(TOKEN),
        signed(replace(TOKEN, pair_id=KEY)),
        signed(replace(TOKEN, key_id=PAIR)),
        signed(replace(TOKEN, expires=TOKEN.expires + 1)),
        signed(TOKEN, account="2"),
        signed(TOKEN, region="cn-beijing"),
        signed(TOKEN, account="1cn", region="-hangzhou"),
    ]
    assert all(one != two for one, two in combinations(different, 2))
    assert signed(TOKEN) == signed(replace(TOKEN, tag=b""))


def test_a_token_does_not_print_its_tag() -> None:
    assert "tag" not in repr(TOKEN)


@pytest.mark.parametrize(
    "change",
    [
        {"account_id": "6543210987654321"},
        {"region": "cn-beijing"},
        {"key_id": uuid4()},
        {"spec": "EC_SM2"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_field_changes_the_place_of_a_pair(change: dict[str, object]) -> None:
    moved = replace(PLACE, **change)  # type: ignore[arg-type]  # parametrised by field
    at, elsewhere = (place.of_row(ROW, "software").to_bytes() for place in (PLACE, moved))
    assert at != elsewhere


def test_the_row_and_the_module_belong_to_the_place_of_a_pair() -> None:
    at = PLACE.of_row(ROW, "software")
    assert at.column == "hsm_importpair.sealed"
    assert at != PLACE.of_row(uuid4(), "software")
    assert at != PLACE.of_row(ROW, "embedded")
