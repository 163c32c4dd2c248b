"""What the navigation of every page says about keys."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

from keys.models import ListBlock, Listed
from kms_console.core import arn


def navigation(request: HttpRequest) -> Mapping[str, Any]:
    """A context processor; asked only where the navigation is drawn."""

    def key_count() -> int | None:
        """How many keys the region has, for who may list them."""
        actor = getattr(request, "actor", None)
        if actor is None:
            return None
        if not actor.may("kms:ListKeys", arn.key_container(actor.region, actor.account_id)):
            return None
        blocks = ListBlock.objects.filter(
            account_id=actor.account_id, region=actor.region, listed=Listed.KEYS
        )
        return sum(blocks.values_list("filled", flat=True))

    return {"key_count": key_count}
