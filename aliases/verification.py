"""What the database says about aliases, for `manage.py verify` to hold against other records.

Every function streams, and what is compared was read by one statement: a running server raises no
alarm.
"""

from collections.abc import Iterator, Mapping
from itertools import chain

from django.db.models import (
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)
from django.db.models.functions import Coalesce

from aliases.models import Alias
from aliases.selectors import alias_facts, subject_of
from aliases.selectors.facts import SUBJECT_KIND
from keys.models import BLOCK_SIZE, ListBlock, Listed
from kms_console.audit.record import Json

_BATCH = 500


def facts() -> Iterator[tuple[str, Mapping[str, Json]]]:
    """Each alias' subject and facts, to be equal to those of its last audit event."""
    for alias in Alias.objects.order_by("id").iterator(_BATCH):
        yield subject_of(alias), alias_facts(alias)


def facts_of(subject: str) -> Mapping[str, Json] | None:
    """The same of one alias as it is now; None when there is none with this subject."""
    kind, _, place = subject.partition("/")
    if kind != SUBJECT_KIND or place.count("/") < 2:
        return None
    account_id, region, name = place.split("/", 2)
    alias = Alias.objects.filter(account_id=account_id, region=region, name=name).first()
    return alias_facts(alias) if alias else None


def problems() -> Iterator[str]:
    """Sentences about aliases and their list that cannot be right; none is the only good answer."""
    return chain(_astray(), _unlisted(), _miscounted())


def _astray() -> Iterator[str]:
    at_home = Q(key__account=F("account"), key__region=F("region"))
    for alias in Alias.objects.filter(~at_home).iterator(_BATCH):
        yield f"Alias {subject_of(alias)} names a key of another account or region."


def _unlisted() -> Iterator[str]:
    block = _blocks().filter(
        account=OuterRef("account"),
        region=OuterRef("region"),
        number=OuterRef("serial") / BLOCK_SIZE,
        taken__gt=OuterRef("serial") % BLOCK_SIZE,
    )
    for alias in Alias.objects.filter(~Exists(block)).iterator(_BATCH):
        yield f"Alias {subject_of(alias)} has place {alias.serial}, which was never given."


def _miscounted() -> Iterator[str]:
    rows = Alias.objects.filter(
        account=OuterRef("account"),
        region=OuterRef("region"),
        serial__gte=OuterRef("number") * BLOCK_SIZE,
        serial__lt=(OuterRef("number") + 1) * BLOCK_SIZE,
    )
    counts = rows.order_by().values("account").annotate(n=Count("pk")).values("n")
    counted = _blocks().annotate(there=Coalesce(Subquery(counts, IntegerField()), 0))
    for block in counted.exclude(filled=F("there")).iterator(_BATCH):
        yield (
            f"List block {block.number} of aliases of {block.account_id} in {block.region} "
            f"counts {block.filled}, and there are {block.there}."
        )


def _blocks() -> QuerySet[ListBlock]:
    return ListBlock.objects.filter(listed=Listed.ALIASES)
