"""An account with a year behind it, filled through the services: what screenshots show."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from aliases.domain.names import AliasName
from aliases.services.creation import key_create_named
from aliases.services.lifecycle import alias_create
from keys.domain.deletion import PendingWindow
from keys.domain.description import Description
from keys.domain.refs import KeyRef
from keys.domain.rotation import RotationInterval
from keys.domain.specs import KeySpec, KeyUsage, Origin, ProtectionLevel
from keys.models import Key
from keys.services.deletion import deletion_schedule
from keys.services.lifecycle import NewKey, key_disable
from keys.services.rotation import key_rotate
from kms_console.core.actor import UNRESTRICTED, Actor
from kms_console.core.clock import utc_now
from kms_console.iam.actors import host_actor
from kms_console.iam.models import User
from tests.e2e.house import RICH

_DAY = 86_400
_HSM, _SOFTWARE = ProtectionLevel.HSM, ProtectionLevel.SOFTWARE
_AES, _SM4 = KeySpec.ALIYUN_AES_256, KeySpec.ALIYUN_SM4


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A key of the demo; it was made `age` days ago and rotates every `days`."""

    alias: str = ""
    age: int
    spec: KeySpec = _AES
    usage: KeyUsage | None = None
    level: ProtectionLevel = _SOFTWARE
    origin: Origin = Origin.ALIYUN_KMS
    days: int = 0
    text: str = ""


_KEYS: Sequence[Wanted] = (
    Wanted(alias="alias/MyAppKey", age=330),
    Wanted(alias="alias/chain/wallet", age=300, spec=KeySpec.EC_P256K, level=_HSM),
    Wanted(alias="alias/sandbox/tmp", age=200, days=30),
    Wanted(alias="alias/reports/old", age=180, days=365),
    Wanted(age=150, spec=KeySpec.RSA_2048, usage=KeyUsage.ENCRYPT_DECRYPT),
    Wanted(alias="alias/release/code-sign", age=120, spec=KeySpec.EC_P256, level=_HSM),
    Wanted(alias="alias/gov/archive-sm4", age=77, spec=_SM4, level=_HSM, days=180),
    Wanted(alias="alias/byok/finance", age=30, level=_HSM, origin=Origin.EXTERNAL),
    Wanted(alias=RICH, age=346, level=_HSM, days=90, text="订单库字段级加密主密钥"),
)


def fill() -> None:
    """Make the keys, let time pass for them, and leave two of them on their way out."""
    owner, now = _owner(), utc_now()
    made = {wanted.alias: _make(owner, wanted, now) for wanted in _KEYS}
    alias_create(
        actor=replace(owner, now=now - timedelta(days=3)),
        name=AliasName.parse("alias/orders/archive"),
        ref=KeyRef.of(made[RICH].id),
    )
    key_disable(actor=owner, ref=KeyRef.of(made["alias/sandbox/tmp"].id))
    leaving = KeyRef.of(made["alias/reports/old"].id)
    deletion_schedule(actor=owner, ref=leaving, window=PendingWindow(7))


def _owner() -> Actor:
    user = User.objects.get(is_owner=True)
    actor = host_actor(str(user.account_id))
    return replace(
        actor,
        user_id=user.id,
        user_name=user.name,
        region="cn-hangzhou",
        source_ip="10.0.0.7",
        authority=UNRESTRICTED,
    )


def _make(owner: Actor, wanted: Wanted, now: datetime) -> Key:
    born = now - timedelta(days=wanted.age)
    new = NewKey(
        spec=wanted.spec,
        usage=wanted.usage,
        origin=wanted.origin,
        protection_level=wanted.level,
        description=Description.parse(wanted.text),
        rotation=RotationInterval(wanted.days * _DAY) if wanted.days else None,
    )
    alias = AliasName.parse(wanted.alias) if wanted.alias else None
    key = key_create_named(actor=replace(owner, now=born), new=new, alias=alias)
    _let_pass(key, now)
    return key


def _let_pass(key: Key, now: datetime) -> None:
    """Rotate the key on each day it was due."""
    due = key.next_rotation_at
    while due is not None and due < now:
        timer = replace(host_actor(key.account_id), user_name="timer", region=key.region, now=due)
        key_rotate(actor=timer, key_id=key.id, due=due)
        key.refresh_from_db()
        due = key.next_rotation_at
