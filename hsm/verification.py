"""Does everything sealed still open? The part of `manage.py verify` that only hsm can answer."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from heapq import merge
from itertools import groupby
from operator import itemgetter
from uuid import UUID

from hsm import imports, sealer, vault
from hsm.domain.module import MaterialPlace
from hsm.models import DomainKey, ImportPair, Material
from kms_console.core.errors import ServiceUnavailable
from kms_console.core.sealing import SealBroken

_CHUNK = 500  # rows

Claim = tuple[UUID, MaterialPlace]
"""What the owner of a material says of it: its id, and the place it belongs to."""


def sealed_problems(claims: Iterable[Claim]) -> Iterator[str]:
    """Name each domain key, import pair and material that does not open, is missing or unowned.

    `claims` come in the order of the material's id and lazily: both sides are streamed and joined,
    whatever their number. Give an iterator that queries when it is first advanced; on a running
    server it then sees every owner of the materials that were seen before. Raises Sealed, and
    ValueError for claims out of order.
    """
    broken: set[UUID] = set()
    for domain_key in DomainKey.objects.order_by("pk").iterator(_CHUNK):
        if not _unwraps(domain_key):
            broken.add(domain_key.id)
            yield f"Domain key {domain_key.id} does not open; nothing under it was checked."
    for material_id, rows, places in _joined(claims):
        problem = _problem(rows[0] if rows else _late(material_id), places, broken)
        if problem:
            yield f"Material {material_id} {problem}."
    for pair in ImportPair.objects.exclude(domain_key_id__in=broken).iterator(_CHUNK):
        if problem := _opening_problem(partial(imports.require_opens, pair)):
            yield f"Import pair {pair.id} {problem}."


def _unwraps(domain_key: DomainKey) -> bool:
    try:
        sealer.installed().check(domain_key)
    except SealBroken:
        return False
    return True


def _joined(
    claims: Iterable[Claim],
) -> Iterator[tuple[UUID, list[Material], list[MaterialPlace]]]:
    rows = Material.objects.order_by("pk").iterator(_CHUNK)
    stored: Iterator[tuple[UUID, Material | MaterialPlace]] = ((row.id, row) for row in rows)
    # The rows come first: merge() opens its inputs in this order, see sealed_problems.
    for material_id, group in groupby(
        merge(stored, _in_order(claims), key=itemgetter(0)), key=itemgetter(0)
    ):
        found = [item for _, item in group]
        yield (
            material_id,
            [item for item in found if isinstance(item, Material)],
            [item for item in found if isinstance(item, MaterialPlace)],
        )


def _in_order(claims: Iterable[Claim]) -> Iterator[Claim]:
    last = UUID(int=0)
    for claim in claims:
        if claim[0] < last:
            raise ValueError("Claims come in the order of the material's id.")
        last = claim[0]
        yield claim


def _late(material_id: UUID) -> Material | None:
    """A material that was committed after the rows began to stream."""
    return Material.objects.filter(pk=material_id).first()


def _problem(row: Material | None, places: list[MaterialPlace], broken: set[UUID]) -> str | None:
    if row is None:
        return "is missing"
    if len(places) > 1:
        return "belongs to more than one key version"
    if row.destroyed_at is not None or row.domain_key_id in broken:
        return None
    if not places:
        return "belongs to no key version"
    return _opening_problem(lambda: vault.require_opens(row, places[0]))


def _opening_problem(require_opens: Callable[[], None]) -> str | None:
    try:
        require_opens()
    except SealBroken:
        return "does not open"
    except ServiceUnavailable:
        return "is held by a module that this server does not run"
    return None
