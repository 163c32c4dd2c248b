"""Sealed until the right root key is there; then secrets open where they belong, and only there."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from time import monotonic
from uuid import uuid4

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from hsm import rootkey
from hsm import sealer as sealer_module
from hsm.models import DomainKey
from hsm.sealer import WRONG_ROOT, RootSealer, installed, is_root_of_database, root_status
from kms_console.core import sealing
from kms_console.core.errors import Sealed
from kms_console.core.sealing import Place, Purpose, SealBroken
from kms_console.core.snapshots import Cold
from kms_console.settings.env import Environment, read_environment

PLACE = Place(column="iam_accesskey.sealed_secret", row="LTAI5t", account="1234567890123456")

pytestmark = pytest.mark.django_db


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def on_event_loop(call: Callable[[], object]) -> object:
    async def run() -> object:
        return call()

    return asyncio.run(run())


def test_a_sealed_secret_opens_in_its_place(sealer: RootSealer) -> None:
    record = sealer.seal(Purpose.ACCESS_KEY, b"secret", PLACE)
    assert b"secret" not in record
    assert sealer.open(Purpose.ACCESS_KEY, record, PLACE) == b"secret"


def test_a_restarted_server_opens_what_was_sealed_before(
    sealer: RootSealer, environment: Environment
) -> None:
    record = sealer.seal(Purpose.ACCESS_KEY, b"secret", PLACE)
    mac = sealer.mac(Purpose.AUDIT, b"message")
    restarted = RootSealer(environment)
    assert restarted.open(Purpose.ACCESS_KEY, record, PLACE) == b"secret"
    assert restarted.mac(Purpose.AUDIT, b"message") == mac


def test_each_purpose_has_one_key_of_its_own(sealer: RootSealer) -> None:
    record = sealer.seal(Purpose.ACCESS_KEY, b"secret", PLACE)
    sealer.seal(Purpose.ACCESS_KEY, b"secret", PLACE)
    sealer.mac(Purpose.AUDIT, b"message")
    rows = DomainKey.objects.values_list("purpose", "region", "module")
    assert sorted(rows) == [("access-key", "", "system"), ("audit", "", "system")]
    with pytest.raises(SealBroken):
        sealer.open(Purpose.AUDIT, record, PLACE)
    assert sealer.mac(Purpose.AUDIT, b"") != sealer.mac(Purpose.ACCESS_KEY, b"")


def test_older_generations_of_a_key_still_open_their_records(sealer: RootSealer) -> None:
    record = sealer.seal(Purpose.ACCESS_KEY, b"secret", PLACE)
    retired = DomainKey.objects.get()
    root = sealer._root.get()
    retired.module = "system-1"
    key = root.unwrap(bytes(retired.sealed), sealer_place(retired, "system"))
    retired.sealed = root.wrap(key, retired.place())
    retired.save()
    newer = sealer.seal(Purpose.ACCESS_KEY, b"secret", PLACE)
    assert newer[1:17] != record[1:17]
    assert sealer.open(Purpose.ACCESS_KEY, record, PLACE) == b"secret"
    assert sealer.open(Purpose.ACCESS_KEY, newer, PLACE) == b"secret"


def sealer_place(row: DomainKey, module: str) -> Place:
    return Place(column="hsm_domainkey.sealed", row=str(row.id), module=module, spec=row.purpose)


def test_a_record_that_names_no_domain_key_does_not_open(sealer: RootSealer) -> None:
    record = bytearray(sealer.seal(Purpose.ACCESS_KEY, b"secret", PLACE))
    record[1:17] = uuid4().bytes
    for junk in (bytes(record), b"", b"\x01" * 60):
        with pytest.raises(SealBroken):
            sealer.open(Purpose.ACCESS_KEY, junk, PLACE)


def test_opening_is_free_of_queries_once_the_domain_key_is_known(sealer: RootSealer) -> None:
    record = sealer.seal(Purpose.ACCESS_KEY, b"secret", PLACE)
    with CaptureQueriesContext(connection) as queries:
        sealer.open(Purpose.ACCESS_KEY, record, PLACE)
    assert len(queries) == 0


def test_the_cache_of_domain_keys_is_bounded(
    sealer: RootSealer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealer_module, "_LARGEST_CACHE", 2)
    for region in ("cn-hangzhou", "cn-beijing", "cn-shanghai"):
        sealer.kek_for("material", region, "software")
    assert len(sealer._keks) == 2
    assert sealer.kek_for("material", "cn-hangzhou", "software").region == "cn-hangzhou"


def test_a_rolled_back_domain_key_is_made_anew(sealer: RootSealer) -> None:
    with transaction.atomic():
        lost = sealer.kek_for("material", "cn-hangzhou", "software").id
        transaction.set_rollback(True)
    kept = sealer.kek_for("material", "cn-hangzhou", "software").id
    assert kept != lost
    assert DomainKey.objects.get().id == kept


def test_whoever_loses_the_race_for_a_domain_key_takes_the_winners(sealer: RootSealer) -> None:
    root = sealer._root.get()
    with transaction.atomic():
        first, second = (
            sealer_module._insert(root, "material", "cn-hangzhou", "software") for _ in range(2)
        )
        assert first.id == second.id == DomainKey.objects.get().id


@pytest.mark.django_db(transaction=True)
def test_threads_that_need_the_same_domain_key_at_once_get_one(sealer: RootSealer) -> None:
    start = Barrier(4)

    def need() -> object:
        start.wait()
        try:
            with transaction.atomic():
                return sealer.kek_for("material", "cn-hangzhou", "software").id
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        found = {future.result() for future in [pool.submit(need) for _ in range(4)]}
    assert found == {DomainKey.objects.get().id}


def test_a_server_without_a_root_key_is_sealed_until_the_file_is_there(
    environment: Environment, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    sealer = RootSealer(environment, clock)
    with caplog.at_level(logging.ERROR, "hsm.sealer"):
        for _ in range(3):
            clock.now += 1
            with pytest.raises(Sealed):
                sealer.seal(Purpose.ACCESS_KEY, b"secret", PLACE)
            with pytest.raises(Sealed):
                sealer.open(Purpose.ACCESS_KEY, b"\x01" * 60, PLACE)
            with pytest.raises(Sealed):
                sealer.mac(Purpose.AUDIT, b"message")
    assert sealer.status() == f"The root key file {environment.root_key_file} does not exist."
    assert [record.message for record in caplog.records] == [
        f"The server is sealed. The root key file {environment.root_key_file} does not exist."
    ]
    rootkey.create(environment.root_key_file)
    clock.now += 1
    assert sealer.status() == "ok"
    sealer.seal(Purpose.ACCESS_KEY, b"secret", PLACE)


def test_a_sealed_server_looks_for_its_root_key_once_a_second(environment: Environment) -> None:
    clock = Clock()
    sealer = RootSealer(environment, clock)
    assert sealer.status() != "ok"
    rootkey.create(environment.root_key_file)
    clock.now += 0.9
    assert sealer.status() != "ok"
    clock.now += 0.1
    assert sealer.status() == "ok"


def test_threads_that_waited_for_a_failed_look_do_not_look_again(
    environment: Environment,
) -> None:
    sealer = RootSealer(environment)

    def look() -> str:
        try:
            return sealer.status()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        reasons = {future.result() for future in [pool.submit(look) for _ in range(8)]}
    assert reasons == {f"The root key file {environment.root_key_file} does not exist."}


def test_a_thread_that_waited_for_a_successful_look_takes_its_root_key(
    sealer: RootSealer,
) -> None:
    root = sealer._root.get()
    assert sealer._root._load() is root


@pytest.fixture
def wrong(sealer: RootSealer, tmp_path: Path) -> Environment:
    """Another installation's root key, over a database that has keys."""
    sealer.seal(Purpose.ACCESS_KEY, b"secret", PLACE)
    other = read_environment({"KMS_DATA_DIR": str(tmp_path / "other")})
    rootkey.create(other.root_key_file)
    return other


def test_a_wrong_root_key_seals_the_server_and_is_told_apart_before_any_unwrapping(
    wrong: Environment,
) -> None:
    DomainKey.objects.update(sealed=b"")  # unwrapping would say SealBroken
    began = monotonic()
    stranger = RootSealer(wrong)
    with pytest.raises(Sealed):
        stranger.kek(DomainKey.objects.get().id)
    assert stranger.status() == WRONG_ROOT
    assert monotonic() - began < 1


def test_a_server_under_the_wrong_root_key_makes_no_domain_key(wrong: Environment) -> None:
    stranger = RootSealer(wrong)
    with pytest.raises(Sealed):
        stranger.kek_for("material", "cn-hangzhou", "software")
    assert DomainKey.objects.count() == 1


def test_a_root_key_loaded_over_an_empty_database_does_not_mix_with_another(
    environment: Environment, root_key: Path, tmp_path: Path
) -> None:
    other = read_environment({"KMS_DATA_DIR": str(tmp_path / "other")})
    rootkey.create(other.root_key_file)
    early, stranger = RootSealer(environment), RootSealer(other)
    assert early.status() == stranger.status() == "ok"
    early.kek_for("material", "cn-hangzhou", "software")
    assert stranger.status() == WRONG_ROOT
    with pytest.raises(Sealed):
        stranger.kek_for("material", "cn-beijing", "software")
    with pytest.raises(SealBroken):
        stranger.kek_for("material", "cn-hangzhou", "software")


def test_any_root_key_fits_an_empty_database() -> None:
    assert is_root_of_database(rootkey.Root(bytes(32)))


def test_one_damaged_domain_key_does_not_seal_the_server(sealer: RootSealer) -> None:
    good = sealer.kek_for("material", "cn-hangzhou", "software").id
    bad = sealer.kek_for("material", "cn-beijing", "software").id
    DomainKey.objects.filter(pk=bad).update(sealed=b"\x01" * 73)
    restarted = RootSealer(sealer._root._source)
    assert restarted.kek(good).id == good
    with pytest.raises(SealBroken):
        restarted.kek(bad)
    with pytest.raises(SealBroken):
        restarted.kek_for("material", "cn-beijing", "software")
    assert restarted.status() == "ok"


def test_on_the_event_loop_whatever_needs_the_database_is_cold(
    sealer: RootSealer, environment: Environment
) -> None:
    record = sealer.seal(Purpose.ACCESS_KEY, b"secret", PLACE)
    fresh = RootSealer(environment)
    with pytest.raises(Cold):
        on_event_loop(lambda: fresh.open(Purpose.ACCESS_KEY, record, PLACE))
    fresh.status()
    with pytest.raises(Cold):
        on_event_loop(lambda: fresh.open(Purpose.ACCESS_KEY, record, PLACE))
    fresh.open(Purpose.ACCESS_KEY, record, PLACE)
    opened = on_event_loop(lambda: fresh.open(Purpose.ACCESS_KEY, record, PLACE))
    assert opened == b"secret"
    with pytest.raises(Cold):
        on_event_loop(lambda: fresh.mac(Purpose.AUDIT, b"message"))


def test_on_the_event_loop_a_fresh_refusal_is_repeated_without_a_thread(
    environment: Environment,
) -> None:
    sealer = RootSealer(environment, Clock())
    sealer.status()
    with pytest.raises(Sealed):
        on_event_loop(lambda: sealer.mac(Purpose.AUDIT, b"message"))


def test_the_installed_sealer_is_found_with_its_status(sealer: RootSealer) -> None:
    assert installed() is sealer
    assert root_status() == "ok"


def test_a_foreign_sealer_is_not_taken_for_ours() -> None:
    before = sealing.sealer()
    sealing.install(object())  # type: ignore[arg-type]  # that is the point
    try:
        with pytest.raises(TypeError):
            installed()
    finally:
        sealing.install(before)
