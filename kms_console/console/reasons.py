"""为什么被拒绝: what a refusal means, and what would make the request pass.

A card tells nothing that the refusal does not: of what another account owns it knows no more than
of what does not exist.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kms_console.console.refusals import reason
from kms_console.core.errors import Kind, KmsError, NoPermission

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Reason:
    """The rule that refused, what would make the request pass, and the state it was about."""

    rule: Words
    remedy: Words
    state: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a page or a dialog shows of a refusal."""

    code: str
    message: str
    kind: Kind
    rule: Words
    remedy: Words
    state: str = ""
    action: str = ""
    resource: str = ""
    is_explicit: bool = False
    snippet: str = ""


def card(refusal: KmsError) -> Card:
    """The card of any refusal."""
    if isinstance(refusal, NoPermission):
        return _of_permission(refusal)
    return of_code(refusal.code, reason(refusal), refusal.kind)


def of_code(code: str, message: str = "", kind: Kind = Kind.INTERNAL) -> Card:
    """The card of a code; of that alone in the audit trail, which keeps no more."""
    found = _REASONS.get(code) or _BY_KIND.get(kind, _UNKNOWN)
    return Card(
        code=code,
        message=message,
        kind=kind,
        rule=found.rule,
        remedy=found.remedy,
        state=found.state,
    )


def statement_for(action: str, resource: str) -> str:
    """The statement of a policy that would allow exactly this."""
    return json.dumps({"Effect": "Allow", "Action": action, "Resource": resource}, indent=2)


def _of_permission(refusal: NoPermission) -> Card:
    found = _DENIED if refusal.is_explicit else _SILENT
    known = bool(refusal.action and refusal.subject.startswith("acs:"))
    return Card(
        code=refusal.code,
        message=reason(refusal),
        kind=refusal.kind,
        rule=found.rule if known else _NOT_FOR_POLICIES.rule,
        remedy=found.remedy if known else _NOT_FOR_POLICIES.remedy,
        action=refusal.action,
        resource=refusal.subject if known else "",
        is_explicit=refusal.is_explicit,
        snippet=statement_for(refusal.action, refusal.subject)
        if known and not refusal.is_explicit
        else "",
    )


_SILENT = Reason(
    _("No policy allows it (implicit deny): what no statement allows is denied."),
    _("Ask your administrator to add this statement to one of your policies."),
)
_DENIED = Reason(
    _("A statement of a policy denies it, and an explicit deny wins over every allow."),
    _("Ask your administrator to narrow or remove the statement that denies this."),
)
_NOT_FOR_POLICIES = Reason(
    _("Only the owner of the account may do this, whatever policies say."),
    _("Ask the owner of the account."),
)
_UNKNOWN = Reason(
    _("The request could not be completed."),
    _("Try again; if it stays like this, give the operator the request id."),
)

_BY_KIND: Mapping[Kind, Reason] = {
    Kind.INVALID: Reason(
        _("Something in the request is not what this operation takes."),
        _("Correct it as the message says, and try again."),
    ),
    Kind.NOT_FOUND: Reason(
        _("In this account and region there is nothing of that name."),
        _("Check the name and the region at the top left."),
    ),
    Kind.CONFLICT: Reason(
        _("It does not go together with what is there already."),
        _("Look at the present state, and change that first."),
    ),
    Kind.THROTTLED: Reason(
        _("A limit on requests is used up for now."), _("Wait a moment, then try again.")
    ),
    Kind.UNAVAILABLE: Reason(
        _("The server cannot answer at the moment."), _("Try again in a minute.")
    ),
    Kind.INTERNAL: _UNKNOWN,
}

_REASONS: Mapping[str, Reason] = {
    "Forbidden.NoPermission": Reason(
        _("No policy of the caller allows the action on the resource, or one denies it."),
        _("Attach a policy to the user or its group that allows exactly this action and resource."),
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
    "Rejected.Throttling": Reason(
        _("The request limit that the operator has set was reached."),
        _("Call again later, and less often; cache data keys instead of asking for new ones."),
    ),
    "Rejected.Disabled": Reason(
        _("A disabled key encrypts, decrypts, signs and verifies nothing."),
        _("Enable the key."),
        "Disabled",
    ),
    "Rejected.PendingDeletion": Reason(
        _("A key that is pending deletion can be looked at and nothing else."),
        _("Cancel the deletion of the key; then it is enabled again."),
        "PendingDeletion",
    ),
    "Rejected.PendingImport": Reason(
        _("The key has no key material: it was not imported yet, or it expired or was deleted."),
        _("Import the key material. What was encrypted before needs the same material again."),
        "PendingImport",
    ),
    "Rejected.StateModifiedFailed": Reason(
        _("The state of the key, or its deletion protection, does not allow this change."),
        _("Look at the state of the key and at its deletion protection."),
    ),
    "Rejected.UnsupportedOperation": Reason(
        _("Keys of this spec, usage or origin do not have this operation."),
        _("Use a key of another spec or usage; neither can be changed later."),
    ),
    "Unsupported.Origin": Reason(
        _("The operation goes with the key material's origin, and this key has the other one."),
        _("Create a key whose material origin is the one that the operation needs."),
    ),
    "Unsupported.ProtectionLevel": Reason(
        _("Not every spec exists at every protection level in every region."),
        _("Choose another protection level, spec or region."),
    ),
    "Forbidden.KeyNotFound": Reason(
        _("In this account and region there is no such key."),
        _("Check the key ID and the region at the top left."),
    ),
    "Forbidden.AliasNotFound": Reason(
        _("In this account and region there is no such alias."),
        _("Check the alias and the region at the top left. Aliases are case-sensitive."),
    ),
    "AliasAlreadyExists": Reason(
        _("An alias is unique in its account and region."),
        _("Choose another alias, or delete the one that is there."),
    ),
    "Rejected.LimitExceeded": Reason(
        _("The operator of this server has limited how many there may be."),
        _("Delete what is not needed any more, or ask the operator for a higher limit."),
    ),
    "InvalidKeyMaterial": Reason(
        _(
            "The material was not wrapped for this key, is of another length, or is not the one "
            "that was imported before."
        ),
        _("Wrap it again with the public key and the algorithm of the newest import parameters."),
    ),
    "InvalidImportToken": Reason(
        _("The token does not belong to this key and its newest import parameters."),
        _("Get new import parameters, and use the token and public key of the same download."),
    ),
    "ExpiredImportToken": Reason(
        _("An import token and its public key are good for 24 hours."),
        _("Get new import parameters, and wrap the material with the new public key."),
    ),
    "LimitExceeded.User.AccessKey": Reason(
        _("A user has at most two access keys: one in use, and one to change to."),
        _("Delete an access key that is not used any more."),
    ),
    "DeleteConflict.Group.User": Reason(
        _("Only an empty group can be deleted."), _("Take the users out of the group first.")
    ),
    "DeleteConflict.Group.Policy": Reason(
        _("Only an empty group can be deleted."), _("Detach its policies first.")
    ),
    "DeleteConflict.Policy.Entity": Reason(
        _("A policy that somebody has cannot be deleted."),
        _("Detach it from all users and groups first."),
    ),
    "MalformedPolicyDocument": Reason(
        _("A policy is understood completely, or it is refused."),
        _("Correct the lines that the editor marks."),
    ),
}
