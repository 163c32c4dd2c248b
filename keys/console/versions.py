"""The versions of a key on its page: what each is, and whether anybody still needs it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from hsm import leases
from hsm.domain.specs import COUNTED
from keys.console.actions import Action, address_of, managed_reason
from keys.console.rows import KeyRow
from keys.console.timeline import Timeline, timeline
from keys.domain.specs import KeyUsage
from keys.domain.states import KeyState
from keys.models import Key, KeyVersion
from keys.selectors import allows
from kms_console.audit.usage import Usage, usage_of_versions
from kms_console.core.actor import Actor
from kms_console.core.clock import utc_now

SHOWN = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRow:
    """`usage` is None for a version that was not used yet.

    `may_retire`: it is not the primary one, and opened nothing in 30 days.
    """

    version: KeyVersion
    is_primary: bool
    usage: Usage | None
    may_retire: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How much of what a version's cipher may seal was used: at most `used` of `limit`."""

    used: int
    limit: int
    block: int

    @property
    def share(self) -> str:
        return f"{100 * self.used / self.limit:.4f}%"

    @property
    def is_high(self) -> bool:
        return 2 * self.used >= self.limit


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionTable:
    """`decrypts` tells whether versions of this key open ciphertexts at all."""

    rows: Sequence[VersionRow]
    total: int
    decrypts: bool
    timeline: Timeline | None
    budget: Budget | None
    creation: Action | None


def version_table(actor: Actor, shown: KeyRow) -> VersionTable | None:
    """The newest versions first; None where the reader may not list them."""
    key = shown.key
    if not allows(actor, "kms:ListKeyVersions", key):
        return None
    versions = list(key.versions.order_by("-number")[:SHOWN])
    usage = usage_of_versions([str(version.id) for version in versions], utc_now())
    line = timeline(versions, shown.rotation, actor.now) if shown.is_symmetric else None
    return VersionTable(
        rows=[_row(key, version, usage) for version in versions],
        total=versions[0].number if versions else 0,
        decrypts=key.usage == KeyUsage.ENCRYPT_DECRYPT,
        timeline=line,
        budget=_budget(key),
        creation=None if shown.is_symmetric else _creation(key, shown.state),
    )


def _row(key: Key, version: KeyVersion, usages: Mapping[str, Usage]) -> VersionRow:
    usage = usages.get(str(version.id))
    is_primary = version.id == key.primary_version
    opens_nothing = usage is None or usage.decrypts_30_days == 0
    is_old = key.primary_version is not None and not is_primary
    return VersionRow(
        version=version,
        is_primary=is_primary,
        usage=usage,
        may_retire=is_old and opens_nothing,
    )


def _budget(key: Key) -> Budget | None:
    """Of the version that encrypts: the others seal nothing any more."""
    if key.spec not in COUNTED or key.primary_version is None:
        return None
    used = leases.uses_of(key.primary_version)
    return Budget(used=used, limit=leases.LIMIT, block=leases.LEASE)


def _creation(key: Key, state: KeyState) -> Action:
    not_enabled = "" if state is KeyState.ENABLED else _("The key is not enabled.")
    return Action(
        name="create-version",
        label=_("Create key version"),
        icon="plus",
        address=address_of(key, "create-version"),
        reason=managed_reason(key) or not_enabled,
    )
