"""What becomes of aliases when their key is destroyed."""

from uuid import UUID

from aliases.models import Alias
from aliases.selectors import REMOVED, subject_of
from keys.models import Listed
from keys.services.listing import place_give_back
from kms_console.audit.trail import audited
from kms_console.core import generation
from kms_console.core.actor import Actor


def aliases_of_destroyed_key_delete(actor: Actor, key_id: UUID) -> None:
    """Remove the aliases of a key that `actor`, perhaps a timer, destroys in this transaction.

    The key's row is locked, so that none is added meanwhile. Each removal has an audit row of its
    own, which shares the fate of the destruction. For `core.events.key_destroyed`.
    """
    aliases = list(Alias.objects.select_for_update().filter(key_id=key_id).order_by("serial"))
    # All places first, see `lifecycle`.
    for alias in aliases:
        place_give_back(alias.account_id, alias.region, Listed.ALIASES, alias.serial)
    for alias in aliases:
        _delete(actor, alias)


def _delete(actor: Actor, alias: Alias) -> None:
    stripe = generation.stripe_of(alias.account_id)
    with audited(actor, "DeleteAlias", subject_of(alias), stripes=(stripe,)) as entry:
        entry.note(old_key=str(alias.key_id), reason="the key was destroyed")
        alias.delete()
        entry.after(REMOVED)
