"""Uses are leased from a row and spent in memory: the count never falls behind the truth."""

import asyncio
import logging
import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from uuid import UUID, uuid4

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from hsm import leases, vault
from hsm.domain.module import Cipher, MaterialPlace
from hsm.domain.specs import AES_256, COUNTED, SM4
from hsm.leases import LEASE, LIMIT, RESERVE, CountedCipher
from hsm.models import Material, VersionUses
from hsm.modules.ciphers import Sm4Cipher, XaesCipher
from kms_console.core import generation
from kms_console.core.errors import LimitExceeded
from kms_console.core.snapshots import Cold

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sealer")]


class Counting:
    """A cipher that counts what it seals, and does nothing else."""

    algorithm = 3
    uses_are_counted = True

    def __init__(self) -> None:
        self.sealed = 0

    def seal(self, plaintext: bytes, aad: bytes) -> bytes:
        self.sealed += 1
        return plaintext

    def open(self, sealed: bytes, aad: bytes) -> bytes:
        return sealed


@pytest.fixture
def at(place: MaterialPlace) -> MaterialPlace:
    return replace(place, spec=SM4)


@pytest.fixture
def material(at: MaterialPlace) -> Material:
    """Fresh SM4 material."""
    return Material.objects.get(pk=vault.material_create(place=at, protection="HSM"))


@pytest.fixture
def cipher(material: Material, at: MaterialPlace) -> Cipher:
    """Its cipher, as the vault loads it."""
    return vault.cipher_load(material.id, at)


@pytest.fixture
def inner() -> Counting:
    return Counting()


@pytest.fixture
def counted(at: MaterialPlace, inner: Counting) -> Cipher:
    """The uses of a version, spent on a cipher that only counts."""
    return CountedCipher(inner, at.version_id)


def uses(at: MaterialPlace) -> int:
    row = VersionUses.objects.filter(pk=at.version_id).first()
    return row.uses if row else 0


def set_uses(at: MaterialPlace, count: int) -> None:
    VersionUses.objects.update_or_create(version_id=at.version_id, defaults={"uses": count})


def seal(cipher: Cipher, times: int) -> None:
    for _ in range(times):
        cipher.seal(b"x", b"")


async def seal_on_the_loop(cipher: Cipher) -> bytes:
    return cipher.seal(b"x", b"")


def test_ciphers_that_are_good_for_any_number_are_not_counted(place: MaterialPlace) -> None:
    aes = vault.cipher_load(vault.material_create(place=place, protection="HSM"), place)
    assert not aes.uses_are_counted
    with CaptureQueriesContext(connection) as queries:
        aes.seal(b"x", b"")
    assert len(queries) == 0


def test_a_counted_cipher_is_the_one_it_counts_for(cipher: Cipher) -> None:
    assert (cipher.algorithm, cipher.uses_are_counted) == (3, True)
    assert cipher.open(cipher.seal(b"plaintext", b"aad"), b"aad") == b"plaintext"
    assert not hasattr(cipher, "__dict__")


def test_a_lease_is_taken_once_and_spent_without_a_query(at: MaterialPlace, cipher: Cipher) -> None:
    for lease in (1, 2):
        with CaptureQueriesContext(connection) as taking:
            cipher.seal(b"x", b"")
        with CaptureQueriesContext(connection) as spending:
            seal(cipher, LEASE - 1)
        assert len(taking) <= 5  # the row is read and added to, and made at first
        assert len(spending) == 0
        assert uses(at) == lease * LEASE


def test_opening_costs_nothing(at: MaterialPlace, cipher: Cipher) -> None:
    sealed = cipher.seal(b"x", b"")
    with CaptureQueriesContext(connection) as queries:
        for _ in range(100):
            cipher.open(sealed, b"")
    assert len(queries) == 0
    seal(cipher, LEASE - 1)
    assert uses(at) == LEASE


def test_each_version_has_its_own_count(counted: Cipher, at: MaterialPlace) -> None:
    other = replace(at, version_id=uuid4())
    counted.seal(b"x", b"")
    assert (uses(at), uses(other)) == (LEASE, 0)


def test_the_last_lease_is_spent_to_the_last_use_and_then_nothing_is_sealed(
    at: MaterialPlace, counted: Cipher, inner: Counting
) -> None:
    set_uses(at, LIMIT - LEASE)
    seal(counted, LEASE)
    assert uses(at) == LIMIT
    for _ in range(3):
        with pytest.raises(LimitExceeded, match="4294967296 encryptions with one key version"):
            counted.seal(b"x", b"")
    assert inner.sealed == LEASE
    assert uses(at) == LIMIT


def test_less_than_a_lease_is_no_lease(at: MaterialPlace, counted: Cipher, inner: Counting) -> None:
    set_uses(at, LIMIT - LEASE + 1)
    with pytest.raises(LimitExceeded):
        counted.seal(b"x", b"")
    assert inner.sealed == 0
    assert uses(at) == LIMIT - LEASE + 1


def test_what_is_used_up_still_opens(at: MaterialPlace, cipher: Cipher) -> None:
    sealed = cipher.seal(b"x", b"")
    set_uses(at, LIMIT)
    seal(cipher, LEASE - 1)
    with pytest.raises(LimitExceeded):
        cipher.seal(b"x", b"")
    assert cipher.open(sealed, b"") == b"x"


def test_a_database_that_was_put_back_takes_uses_for_granted(
    at: MaterialPlace, counted: Cipher, inner: Counting
) -> None:
    """Also of a version that had not been used by then, and never beyond the limit."""
    unused, used_up = (replace(at, version_id=uuid4()) for _ in range(2))
    set_uses(at, LEASE)
    set_uses(used_up, LIMIT - 1)
    leases.reserve(place.version_id for place in (at, unused, used_up))
    assert [uses(place) for place in (at, unused, used_up)] == [LEASE + RESERVE, RESERVE, LIMIT]
    for _ in range(3):
        leases.reserve([at.version_id])
    with pytest.raises(LimitExceeded):
        seal(counted, 1)
    assert inner.sealed == 0


def test_the_specs_that_are_counted_are_those_whose_ciphers_say_so(place: MaterialPlace) -> None:
    counted = set()
    for spec in (AES_256, SM4):
        there = replace(place, spec=spec)
        cipher = vault.cipher_load(vault.material_create(place=there, protection="HSM"), there)
        counted |= {spec} if cipher.uses_are_counted else set()
    assert counted == leases.COUNTED


def test_half_of_the_uses_is_told_once(
    at: MaterialPlace, counted: Cipher, caplog: pytest.LogCaptureFixture
) -> None:
    set_uses(at, LIMIT // 2 - 2 * LEASE)
    told = []
    with caplog.at_level(logging.WARNING, "hsm.leases"):
        for _ in range(4):
            seal(counted, LEASE)
            told.append(len(caplog.records))
    assert told == [0, 1, 1, 1]
    assert caplog.messages == [
        f"Key version {at.version_id} has done half of the encryptions it may do."
    ]


def test_on_the_event_loop_a_lease_is_spent_and_never_taken(
    at: MaterialPlace, counted: Cipher, inner: Counting
) -> None:
    with pytest.raises(Cold):
        asyncio.run(seal_on_the_loop(counted))
    assert (inner.sealed, uses(at)) == (0, 0)
    counted.seal(b"x", b"")
    assert asyncio.run(seal_on_the_loop(counted)) == b"x"
    seal(counted, LEASE - 2)
    with pytest.raises(Cold):
        asyncio.run(seal_on_the_loop(counted))
    assert inner.sealed == uses(at) == LEASE


def test_a_reload_after_a_change_does_not_lose_the_lease(
    material: Material, cipher: Cipher, at: MaterialPlace
) -> None:
    seal(cipher, 10)
    generation.current().bump(generation.stripe_of(at.account_id))
    again = vault.cipher_load(material.id, at)
    assert again is not cipher
    with CaptureQueriesContext(connection) as queries:
        seal(again, LEASE - 11)
        cipher.seal(b"x", b"")
    assert len(queries) == 0
    assert uses(at) == LEASE
    again.seal(b"x", b"")
    assert uses(at) == 2 * LEASE


def test_a_lease_that_another_thread_takes_meanwhile_is_not_lost(
    at: MaterialPlace, counted: Cipher, monkeypatch: pytest.MonkeyPatch
) -> None:
    take, overtaking = leases._take, iter([True])

    def take_and_be_overtaken(version_id: UUID) -> None:
        take(version_id)
        if next(overtaking, False):
            counted.seal(b"x", b"")

    monkeypatch.setattr(leases, "_take", take_and_be_overtaken)
    counted.seal(b"x", b"")
    assert uses(at) == 2 * LEASE
    with CaptureQueriesContext(connection) as queries:
        seal(counted, 2 * LEASE - 2)
    assert len(queries) == 0
    counted.seal(b"x", b"")
    assert uses(at) == 3 * LEASE


def test_a_process_that_knows_too_many_versions_gives_a_lease_up(
    at: MaterialPlace, counted: Cipher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "_LARGEST_CACHE", 3)
    monkeypatch.setattr(leases, "_leases", leases.Leases())
    counted.seal(b"x", b"")
    for _ in range(3):
        leases._leases.spend(uuid4())
    assert len(leases._leases._left) == 3
    counted.seal(b"x", b"")
    assert uses(at) == 2 * LEASE


def in_child(work: Callable[[], str]) -> str:
    """What `work` answers in a forked child, which may not touch its parent's database."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(30)  # one that waits for ever answers nothing
        try:
            os.write(writing, work().encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        said = answer.read().decode()
    os.waitpid(child, 0)
    return said


def spends(cipher: Cipher) -> str:
    """`spent`, or `cold` where a lease would have to be taken."""
    try:
        asyncio.run(seal_on_the_loop(cipher))
    except Cold:
        return "cold"
    return "spent"


def test_a_forked_child_does_not_spend_the_lease_of_its_parent(
    at: MaterialPlace, counted: Cipher
) -> None:
    counted.seal(b"x", b"")
    assert in_child(lambda: spends(counted)) == "cold"
    assert spends(counted) == "spent"
    assert uses(at) == LEASE


def test_a_child_that_was_forked_in_the_middle_of_a_use_does_not_wait_for_it(
    counted: Cipher,
) -> None:
    counted.seal(b"x", b"")
    with leases._leases._lock:
        assert in_child(lambda: spends(counted)) == "cold"


@pytest.mark.django_db(transaction=True)
def test_threads_that_race_spend_every_use_and_none_twice(at: MaterialPlace) -> None:
    set_uses(at, LIMIT - 2 * LEASE)
    threads, start = 4, Barrier(4)
    ciphers = [Counting() for _ in range(threads)]

    def spend(inner: Counting) -> None:
        counted = CountedCipher(inner, at.version_id)
        start.wait()
        try:
            with pytest.raises(LimitExceeded):
                seal(counted, 3 * LEASE)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(spend, ciphers))
    assert sum(cipher.sealed for cipher in ciphers) == 2 * LEASE
    assert uses(at) == LIMIT


def test_the_count_of_leased_uses_can_be_asked() -> None:
    version = uuid4()
    assert leases.uses_of(version) == 0
    VersionUses.objects.create(version_id=version, uses=3 * LEASE)
    assert leases.uses_of(version) == 3 * LEASE


@pytest.mark.parametrize(("cipher", "spec"), [(XaesCipher, AES_256), (Sm4Cipher, SM4)])
def test_the_table_of_specs_tells_which_ciphers_are_counted(
    cipher: type[XaesCipher] | type[Sm4Cipher], spec: str
) -> None:
    assert (spec in COUNTED) == cipher.uses_are_counted
