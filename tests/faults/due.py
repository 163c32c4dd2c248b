"""`python -m tests.faults.due fill COUNT [KIND …]` and `… count`: keys for timers to look after;
`… until LEFT` waits until timers have left so many rotations.

Of each kind COUNT, or of those named: rotations that are due, deletions that are due, deletions
that were cancelled, and keys whose time has not come. Their material is real.
"""

import json
import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import django

django.setup()

from django.db import transaction  # noqa: E402
from django.db.models import Count  # noqa: E402

from hsm.models import Material  # noqa: E402
from keys.domain.specs import KeySpec, KeyUsage, Origin, ProtectionLevel  # noqa: E402
from keys.domain.states import KeyState  # noqa: E402
from keys.models import Key, KeyVersion, ListBlock, Listed  # noqa: E402
from keys.selectors.due import late  # noqa: E402
from keys.services.versions import MadeVersion, versions_make  # noqa: E402
from keys.verification import problems  # noqa: E402
from kms_console.core.clock import utc_now  # noqa: E402
from kms_console.iam.models import Account  # noqa: E402

KINDS = ("rotation", "deletion", "cancelled", "later")
BATCH = 500
WEEK = 7 * 86_400


def fill(count: int, kinds: Sequence[str] = KINDS) -> None:
    account = Account.objects.get()
    total = count * len(kinds)
    for start in range(0, total, BATCH):
        numbers = range(start, min(start + BATCH, total))
        keys = [_key(account, number, kinds[number % len(kinds)]) for number in numbers]
        with transaction.atomic():
            _store(keys, versions_make(keys))
    for number, first in enumerate(range(0, total, 1000)):
        filled = min(1000, total - first)
        ListBlock.objects.create(
            account=account,
            region="cn-hangzhou",
            listed=Listed.KEYS,
            number=number,
            taken=filled,
            filled=filled,
        )


def _key(account: Account, number: int, kind: str) -> Key:
    now = utc_now()
    last = now - timedelta(days=8) if kind == "rotation" else now
    rotates = kind in {"rotation", "later"}
    return Key(
        account=account,
        region="cn-hangzhou",
        spec=KeySpec.ALIYUN_AES_256,
        usage=KeyUsage.ENCRYPT_DECRYPT,
        origin=Origin.ALIYUN_KMS,
        protection_level=ProtectionLevel.SOFTWARE,
        state=KeyState.PENDING_DELETION if kind == "deletion" else KeyState.ENABLED,
        description=kind,
        creator=account.id,
        created_at=last,
        last_rotation_at=last,
        automatic_rotation=rotates,
        rotation_interval=WEEK if rotates else None,
        next_rotation_at=last + timedelta(seconds=WEEK) if rotates else None,
        delete_at=now - timedelta(seconds=1) if kind == "deletion" else None,
        serial=number,
    )


def _store(keys: list[Key], made: list[MadeVersion]) -> None:
    Material.objects.bulk_create(
        Material(
            id=one.material.id,
            domain_key_id=one.material.domain_key_id,
            spec=one.material.spec,
            sealed=one.material.sealed,
        )
        for one in made
    )
    for key, one in zip(keys, made, strict=True):
        key.primary_version = one.id
    Key.objects.bulk_create(keys)
    KeyVersion.objects.bulk_create(
        KeyVersion(
            id=one.id,
            key=key,
            number=1,
            material_id=one.material.id,
            created_at=key.created_at,
        )
        for key, one in zip(keys, made, strict=True)
    )


def count() -> dict[str, Any]:
    """Of each kind: keys by their number of versions and by whether they are destroyed.

    Also what `verify` would say of keys.
    """
    found: dict[str, Any] = {kind: {} for kind in KINDS}
    rows = Key.objects.annotate(n=Count("versions")).values_list("description", "n", "destroyed_at")
    for kind, versions, destroyed_at in rows:
        name = f"{versions} versions{'' if destroyed_at is None else ', destroyed'}"
        found[kind][name] = found[kind].get(name, 0) + 1
    return {**found, "problems": list(problems())}


def until(left: int) -> None:
    """Return when no more than `left` rotations are due."""
    accounts = Account.objects.all()
    while late(utc_now(), accounts)["rotations"][0] > left:
        time.sleep(0.5)


if __name__ == "__main__":
    if sys.argv[1] == "fill":
        fill(int(sys.argv[2]), sys.argv[3:] or KINDS)
    elif sys.argv[1] == "until":
        until(int(sys.argv[2]))
    else:
        sys.stdout.write(json.dumps(count()))
