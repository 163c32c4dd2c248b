"""The chain's arithmetic, against values made with sha256sum."""

from kms_console.audit import chain

SEED = "e810215db2b64ab0c0786ea009080658d18fcc778658d4a8e2722b01c9904802"
SECOND = "49f28a64a10995fe050a35df5610bce4af9a5aac632f5eb6e09320afe4533dc0"


def test_the_seed_is_the_hash_of_the_writer() -> None:
    # printf 'kms audit chainjournal-1' | sha256sum
    assert chain.seed("journal-1").hex() == SEED


def test_each_entry_commits_to_the_one_before() -> None:
    # (printf <seed> | xxd -r -p; printf '{}') | sha256sum, and once more with '{"a":1}'
    head = chain.start("journal-1").then(b"{}").then(b'{"a":1}')
    assert (head.writer, head.n, head.digest.hex()) == ("journal-1", 2, SECOND)


def test_a_head_depends_on_every_entry_and_their_order() -> None:
    start = chain.start("w")
    heads = {start.then(a).then(b).digest for a, b in [(b"1", b"2"), (b"2", b"1"), (b"1", b"1")]}
    assert len(heads) == 3
    assert chain.start("v").then(b"1").digest != start.then(b"1").digest
