"""Case 15: how long a refused import takes does not tell what was wrong with the padding."""

import secrets
import statistics
import time
from collections.abc import Mapping
from uuid import uuid4

import pytest

from hsm import imports
from hsm.domain.module import MaterialPlace
from hsm.imports import ImportOrder, ImportParameters
from keys.models import Key
from keys.selectors import material_place
from kms_console.core.actor import Actor
from kms_console.core.errors import InvalidKeyMaterial
from tests.abuse.imports.home import asked, external_key
from tests.abuse.imports.owner import PKCS1, pkcs1, power
from tests.faults.conftest import FULL

SAMPLES = 10_000 if FULL else 1_000
BOUND = 0.05 if FULL else 0.15
"""How far the medians may be apart."""

ATTEMPTS = 3
"""A neighbour's load can spoil one measurement, not three."""


def _wrong_padding(public: bytes) -> bytes:
    """Type 1 where type 2 belongs; the rest is as it should be."""
    filling = bytes(secrets.randbelow(255) + 1 for _ in range(221))
    block = b"\0\1" + filling + b"\0" + secrets.token_bytes(32)
    return power(public, int.from_bytes(block, "big"))


def _right_padding(public: bytes) -> bytes:
    """Only the length of what comes out is wrong."""
    return pkcs1(public, secrets.token_bytes(31))


class _Clock:
    """Takes the time of imports into one key that are refused."""

    def __init__(self, actor: Actor, key: Key, parameters: ImportParameters) -> None:
        self._now = actor.now
        self._token = parameters.token
        self._place: MaterialPlace = material_place(key, uuid4())

    def seconds(self, ciphertext: bytes) -> float:
        order = ImportOrder(
            token=self._token,
            ciphertext=ciphertext,
            protection="HSM",
            expected_check_value=b"\0\0\0",
            bound_to=b"",
        )
        began = time.perf_counter()
        with pytest.raises(InvalidKeyMaterial):
            imports.material_import(order, self._place, self._now)
        return time.perf_counter() - began


def _difference(clock: _Clock, public: bytes) -> float:
    """How much longer the median takes whose padding is right, as a share."""
    kinds = {_wrong_padding: "wrong padding", _right_padding: "right padding, wrong length"}
    taken: Mapping[str, list[float]] = {name: [] for name in kinds.values()}
    for _ in range(SAMPLES):
        for make, name in kinds.items():
            taken[name].append(clock.seconds(make(public)))
    medians = {name: statistics.median(samples) for name, samples in taken.items()}
    wrong, right = medians.values()
    shown = ", ".join(f"{name} {median * 1e6:.0f} µs" for name, median in medians.items())
    print(f"\nmedians of {SAMPLES}: {shown}: {right / wrong - 1:+.1%}")  # noqa: T201  # half the proof
    return right / wrong - 1


def test_wrong_padding_takes_as_long_as_right_padding(actor: Actor) -> None:
    key = external_key(actor)
    parameters = asked(actor, key, algorithm=PKCS1)
    clock = _Clock(actor, key, parameters)
    assert any(abs(_difference(clock, parameters.public_der)) < BOUND for _ in range(ATTEMPTS))
