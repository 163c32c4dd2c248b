"""Places in an account's lists: taken when a row is made, given back when it goes."""

from django.db.models import F, Sum

from keys.models import BLOCK_SIZE, ListBlock, Listed
from kms_console.core.actor import Actor
from kms_console.core.errors import LimitExceeded


def place_take(actor: Actor, listed: Listed, *, quota: int | None = None) -> int:
    """The serial of a new row, in the caller's transaction.

    Creations in one account and region wait for each other, so the quota is exact. Raises
    LimitExceeded when `quota` rows are there already.
    """
    blocks = ListBlock.objects.filter(
        account_id=actor.account_id, region=actor.region, listed=listed
    )
    first, _ = ListBlock.objects.get_or_create(
        account_id=actor.account_id, region=actor.region, listed=listed, number=0
    )
    # The first block is the lock: the newest one changes.
    ListBlock.objects.select_for_update().get(pk=first.pk)
    newest = blocks.order_by("-number")[0]
    if quota is not None and (blocks.aggregate(n=Sum("filled"))["n"] or 0) >= quota:
        raise LimitExceeded(limit=quota, things=listed.value)
    if newest.taken == BLOCK_SIZE:
        newest = blocks.create(
            account_id=actor.account_id,
            region=actor.region,
            listed=listed,
            number=newest.number + 1,
        )
    blocks.filter(pk=newest.pk).update(taken=F("taken") + 1, filled=F("filled") + 1)
    return newest.number * BLOCK_SIZE + newest.taken


def place_give_back(account_id: str, region: str, listed: Listed, serial: int) -> None:
    """Count a row out of its block; its serial is never given again."""
    ListBlock.objects.filter(
        account_id=account_id, region=region, listed=listed, number=serial // BLOCK_SIZE
    ).update(filled=F("filled") - 1)
