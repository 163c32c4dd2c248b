"""The area 密钥材料 of an external key's page (seed chapter 2.1.3): where its owner stands."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from hsm import imports
from hsm.domain.specs import Algorithm
from hsm.imports import PairInForce
from keys.console.actions import Action, address_of
from keys.console.commands import Recipe, wrapping_recipe
from keys.domain.specs import KeySpec, Origin
from keys.domain.states import TRANSITIONS, Event, KeyState
from keys.models import Key


@dataclass(frozen=True, slots=True, kw_only=True)
class MaterialArea:
    """`step` is the one that comes next: 1 parameters, 2 wrapping, 3 import; 4 is done.

    `seconds_left` are those of the youngest import token in force.
    """

    step: int
    is_bound: bool
    has_material: bool
    check_value: str
    expires_at: datetime | None
    token: PairInForce | None
    seconds_left: int
    recipe: Recipe
    parameters: Action
    upload: Action
    deletion: Action


def material_area(key: Key, state: KeyState, now: datetime) -> MaterialArea | None:
    """None for a key whose material is made here. `key` is as `key_describe` gave it."""
    if key.origin != Origin.EXTERNAL:
        return None
    token = imports.pair_newest(key.id, now)
    has_material = state is not KeyState.PENDING_IMPORT and _has_row(key)
    algorithm = Algorithm(token.algorithm) if token else Algorithm.RSAES_OAEP_SHA_256
    return MaterialArea(
        step=4 if has_material else 2 if token else 1,
        is_bound=bool(key.material_binding),
        has_material=has_material,
        check_value=key.material_check_value,
        expires_at=key.material_expires_at,
        token=token,
        seconds_left=int((token.expires_at - now).total_seconds()) if token else 0,
        recipe=wrapping_recipe(KeySpec(key.spec), algorithm),
        parameters=_parameters(key),
        upload=_upload(key, state),
        deletion=_deletion(key, has_material=has_material),
    )


def _has_row(key: Key) -> bool:
    return any(version.material_id is not None for version in key.versions.all())


def _parameters(key: Key) -> Action:
    return Action(
        name="import-parameters",
        label=_("Get import parameters"),
        icon="download",
        address=address_of(key, "import-parameters"),
    )


def _upload(key: Key, state: KeyState) -> Action:
    is_allowed = (state, Event.IMPORT_MATERIAL) in TRANSITIONS
    return Action(
        name="import-material",
        label=_("Import key material"),
        icon="upload",
        address=address_of(key, "import-material"),
        reason="" if is_allowed else _("The key is pending deletion."),
    )


def _deletion(key: Key, *, has_material: bool) -> Action:
    return Action(
        name="delete-material",
        label=_("Delete key material"),
        icon="trash",
        address=address_of(key, "delete-material"),
        reason="" if has_material else _("The key has no material."),
        is_danger=True,
    )
