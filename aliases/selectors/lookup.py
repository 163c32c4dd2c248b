"""Finding one alias."""

from aliases.domain.names import AliasName
from aliases.models import Alias
from keys.domain.states import is_past_deletion
from kms_console.core.actor import Actor
from kms_console.core.errors import AliasNotFound


def alias_get(actor: Actor, name: AliasName, *, lock: bool = False) -> Alias:
    """The alias, its row locked until the transaction ends if `lock` is set.

    Raises AliasNotFound for what the actor's account does not have in the actor's region, in the
    same words whether it exists elsewhere or not. An alias whose key's date of deletion has come
    is not there any more, as the key is not. It authorises nothing.
    """
    # No join with the key: PostgreSQL, having waited for the lock, would look for the new key of
    # the alias in the row of the old one, and find no alias.
    aliases = Alias.objects.select_for_update() if lock else Alias.objects.all()
    alias = aliases.filter(account_id=actor.account_id, region=actor.region, name=name).first()
    if alias is None or is_past_deletion(alias.key.delete_at, actor.now):
        raise AliasNotFound().about(name)
    return alias
