"""The policy of a key: shown and replaced, effective at once."""

from keys.domain.policies import compile_policy, default_policy
from keys.domain.refs import KeyRef
from keys.domain.states import KeyState, require_not_pending_deletion
from keys.models import Key
from keys.selectors import authorize, key_get
from keys.services.changes import key_change, require_own
from kms_console.core.actor import Actor


def key_policy_get(*, actor: Actor, ref: KeyRef) -> str:
    """GetKeyPolicy: the document as it was set, or the default.

    Raises UnsupportedAlias, KeyNotFound, NoPermission, UnsupportedOperation for a key of a cloud
    product.
    """
    key = key_get(actor, ref.without_alias())
    authorize(actor, "kms:GetKeyPolicy", key)
    require_own(key)
    return key.policy or default_policy(key.account_id)


def key_policy_set(*, actor: Actor, ref: KeyRef, document: str) -> None:
    """SetKeyPolicy: replace the document.

    Raises UnsupportedAlias, KeyNotFound, NoPermission, UnsupportedOperation for a key of a cloud
    product, KeyPendingDeletion, PolicyInvalid.
    """
    with key_change(actor, "SetKeyPolicy", ref) as key:
        require_own(key)
        require_not_pending_deletion(KeyState(key.state))
        _put(key, document)


def key_policy_give(actor: Actor, key: Key, document: str) -> None:
    """Give a key that was just created its policy, in the transaction of its creation.

    Needs `kms:SetKeyPolicy` beside `kms:CreateKey`: else whoever is denied the one would do it by
    the other. Raises NoPermission, PolicyInvalid.
    """
    authorize(actor, "kms:SetKeyPolicy", key)
    _put(key, document)


def _put(key: Key, document: str) -> None:
    compile_policy(document, key.account_id)
    key.policy = document
    key.save(update_fields=["policy"])
