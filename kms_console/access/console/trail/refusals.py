"""Why a call was refused, and what would make it pass, in the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Reason:
    """`rule` says what was held against the call, `remedy` what would change that."""

    rule: Promise
    remedy: Promise


_STATE = _("The state of the key allows no such call.")

REASONS: Mapping[str, Reason] = {
    "Forbidden.NoPermission": Reason(
        _("No policy of the caller allows the action on the resource, or one denies it."),
        _("Attach a policy to the user or its group that allows exactly this action and resource."),
    ),
    "Forbidden.KeyNotFound": Reason(
        _("The account has no such key in this region."),
        _("Check the key ID and the region. A key that was deleted does not come back."),
    ),
    "Forbidden.AliasNotFound": Reason(
        _("The account has no such alias in this region."),
        _("Create the alias, or name the key by its ID."),
    ),
    "Rejected.Disabled": Reason(
        _("The key is disabled. A disabled key can be used neither to encrypt nor to decrypt."),
        _("Enable the key."),
    ),
    "Rejected.PendingDeletion": Reason(
        _("The key is pending deletion and cannot be used."),
        _("Cancel the deletion, then enable the key."),
    ),
    "Rejected.PendingImport": Reason(
        _("The key has no key material, or it has expired."),
        _("Import the same key material again."),
    ),
    "Rejected.StateModifiedFailed": Reason(
        _STATE, _("Look at the state of the key: only some changes lead on from there.")
    ),
    "Rejected.UnsupportedOperation": Reason(
        _("Spec, usage or origin of the key do not offer this operation."),
        _("Use a key that was created for it: these three never change."),
    ),
    "Rejected.Throttling": Reason(
        _("The request limit that the operator has set was reached."),
        _("Call again later, and less often; cache data keys instead of asking for new ones."),
    ),
    "Rejected.LimitExceeded": Reason(
        _("A quota that the operator has set is used up."),
        _("Remove what is not needed, or ask the operator for more."),
    ),
    "InvalidParameter": Reason(
        _(
            "A parameter is not valid. For Decrypt: the ciphertext was altered, or the"
            " EncryptionContext is another one than at encryption."
        ),
        _("Give the ciphertext as it was returned, with the same EncryptionContext."),
    ),
    "MissingParameter": Reason(
        _("A parameter that is needed was not given."), _("Give all parameters of the operation.")
    ),
}

OTHER = Reason(
    _("The call was refused with this code."),
    _("See the documentation of the operation for what the code means."),
)


def reason_of(code: str) -> Reason:
    """The reason that belongs to an error code."""
    return REASONS.get(code, OTHER)
