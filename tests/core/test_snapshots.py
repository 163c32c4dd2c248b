"""A snapshot lives exactly as long as nothing in its stripe changed."""

import asyncio
from pathlib import Path

import pytest

from kms_console.core import generation
from kms_console.core.generation import Generation
from kms_console.core.snapshots import Cold, SnapshotCache, require_thread

STRIPE = 7


@pytest.fixture
def stamps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generation:
    monkeypatch.setattr(generation, "_installed", generation._Installed())
    generation.install(tmp_path / "generation")
    return generation.current()


@pytest.fixture
def cache(stamps: Generation) -> SnapshotCache[str, str]:
    return SnapshotCache(limit=2)


def test_a_loaded_value_is_kept(cache: SnapshotCache[str, str]) -> None:
    assert cache.get("a") is None
    assert cache.load("a", STRIPE, lambda: "value") == "value"
    assert cache.get("a") == "value"


def test_a_change_in_its_stripe_ends_a_snapshot_and_another_does_not(
    cache: SnapshotCache[str, str], stamps: Generation
) -> None:
    cache.load("a", STRIPE, lambda: "value")
    stamps.bump(STRIPE + 1)
    assert cache.get("a") == "value"
    stamps.bump(STRIPE)
    assert cache.get("a") is None


def test_a_change_while_loading_ends_the_snapshot_at_once(
    cache: SnapshotCache[str, str], stamps: Generation
) -> None:
    def loader() -> str:
        stamps.bump(STRIPE)
        return "stale"

    assert cache.load("a", STRIPE, loader) == "stale"
    assert cache.get("a") is None


def test_what_is_loaded_while_a_change_is_under_way_is_used_and_not_kept(
    cache: SnapshotCache[str, str], stamps: Generation
) -> None:
    with stamps.changing(STRIPE):
        assert cache.load("a", STRIPE, lambda: "old or new?") == "old or new?"
        assert cache.get("a") is None
    cache.load("a", STRIPE, lambda: "new")
    assert cache.get("a") == "new"


def test_reloading_replaces_the_value(cache: SnapshotCache[str, str], stamps: Generation) -> None:
    cache.load("a", STRIPE, lambda: "old")
    stamps.bump(STRIPE)
    cache.load("a", STRIPE, lambda: "new")
    assert cache.get("a") == "new"


def test_beyond_the_limit_the_oldest_goes(cache: SnapshotCache[str, str]) -> None:
    for key in ("a", "b", "a", "c"):
        cache.load(key, STRIPE, lambda: "value")
    assert [cache.get(key) for key in ("a", "b", "c")] == ["value", None, "value"]


def test_a_failed_load_is_passed_on_and_keeps_nothing(cache: SnapshotCache[str, str]) -> None:
    def loader() -> str:
        raise LookupError

    with pytest.raises(LookupError):
        cache.load("a", STRIPE, loader)
    assert cache.get("a") is None


def test_a_cleared_cache_is_empty(cache: SnapshotCache[str, str]) -> None:
    cache.load("a", STRIPE, lambda: "value")
    cache.clear()
    assert cache.get("a") is None


def test_on_an_event_loop_a_value_can_be_read_and_not_loaded(
    cache: SnapshotCache[str, str],
) -> None:
    cache.load("a", STRIPE, lambda: "value")

    async def run() -> None:
        assert cache.get("a") == "value"
        with pytest.raises(Cold):
            cache.load("b", STRIPE, lambda: "value")
        assert await asyncio.to_thread(cache.load, "b", STRIPE, lambda: "value") == "value"

    asyncio.run(run())


def test_a_plain_thread_may_wait_for_a_database() -> None:
    require_thread()
