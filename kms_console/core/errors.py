"""Every refusal of the product: a class with a stable code and a kind; HTTP is a door's business.

Codes are those of the Alibaba Cloud KMS API 2016-01-20, where it documents one.
"""

from enum import StrEnum
from typing import ClassVar, Self


class Kind(StrEnum):
    """What sort of refusal it is; each door maps kinds to its own statuses."""

    INVALID = "invalid"
    UNAUTHENTICATED = "unauthenticated"
    DENIED = "denied"
    NOT_FOUND = "not-found"
    CONFLICT = "conflict"
    THROTTLED = "throttled"
    TOO_LARGE = "too-large"
    TOO_SLOW = "too-slow"
    INTERNAL = "internal"
    UNAVAILABLE = "unavailable"


class KmsError(Exception):
    """Base of all refusals. `message` is public: it never holds a secret or a cause.

    `values` are what `template` was filled with, for who says it in another language. `subject`
    names the resource it is about, for the audit trail alone; `audited` tells that the
    trail already holds it.
    """

    code: ClassVar[str]
    kind: ClassVar[Kind]
    template: ClassVar[str]

    def __init__(self, **values: object) -> None:
        self.values = values
        self.message = self.template.format(**values)
        self.subject = ""
        self.audited = False
        super().__init__(self.message)

    def about(self, subject: str) -> Self:
        """Name the resource this refusal is about, for the audit trail; returns itself."""
        self.subject = subject
        return self


class MissingParameter(KmsError):
    code = "MissingParameter"
    kind = Kind.INVALID
    template = 'The parameter "{name}" is needed but not provided.'


class InvalidParameter(KmsError):
    code = "InvalidParameter"
    kind = Kind.INVALID
    template = 'The specified parameter "{name}" is not valid.'


class NoPermission(KmsError):
    """`action` is what was missing on the subject; `is_explicit`: a statement denies it.

    Both are for pages that help whoever was refused; the API's message never changes.
    """

    code = "Forbidden.NoPermission"
    kind = Kind.DENIED
    template = "This operation is forbidden by permission system."

    def __init__(self, *, action: str = "", is_explicit: bool = False) -> None:
        super().__init__()
        self.action = action
        self.is_explicit = is_explicit


class KeyNotFound(KmsError):
    code = "Forbidden.KeyNotFound"
    kind = Kind.NOT_FOUND
    template = "The specified Key is not found."


class AliasNotFound(KmsError):
    code = "Forbidden.AliasNotFound"
    kind = Kind.NOT_FOUND
    template = "The specified Alias is not found."


class KeyVersionNotFound(KmsError):
    code = "Forbidden.KeyVersionNotFound"
    kind = Kind.NOT_FOUND
    template = "The specified Key version is not found."


class KeyDisabled(KmsError):
    code = "Rejected.Disabled"
    kind = Kind.CONFLICT
    template = "The request was rejected because the key state is Disabled."


class KeyPendingDeletion(KmsError):
    code = "Rejected.PendingDeletion"
    kind = Kind.CONFLICT
    template = "The request was rejected because the key state is PendingDeletion."


class KeyPendingImport(KmsError):
    code = "Rejected.PendingImport"
    kind = Kind.CONFLICT
    template = "The request was rejected because the key state is PendingImport."


class StateModifiedFailed(KmsError):
    code = "Rejected.StateModifiedFailed"
    kind = Kind.CONFLICT
    template = "The request was rejected because the state of the key does not allow this change."


class UnsupportedOperation(KmsError):
    code = "Rejected.UnsupportedOperation"
    kind = Kind.INVALID
    template = "Unsupported operation."


class UnsupportedOrigin(KmsError):
    code = "Unsupported.Origin"
    kind = Kind.INVALID
    template = "The operation does not support keys of this origin."


class UnsupportedAlias(KmsError):
    code = "Unsupported.Alias"
    kind = Kind.INVALID
    template = "An alias cannot take the place of the key id in this operation."


class DeletionProtected(KmsError):
    """The documents name no code for this; the state's is the nearest."""

    code = "Rejected.StateModifiedFailed"
    kind = Kind.CONFLICT
    template = "The request was rejected because deletion protection of the key is enabled."


class AliasAlreadyExists(KmsError):
    code = "AliasAlreadyExists"
    kind = Kind.INVALID
    template = "The specified Alias already exists."


class LimitExceeded(KmsError):
    """A quota that the operator has set is used up."""

    code = "Rejected.LimitExceeded"
    kind = Kind.INVALID
    template = "The request was rejected because the limit of {limit} {things} is reached."


class RequestsThrottled(KmsError):
    """A request limit that the operator has set is used up; `retry_after` is in milliseconds."""

    code = "Rejected.Throttling"
    kind = Kind.THROTTLED
    template = "QPS Limit Exceeded"

    def __init__(self, *, retry_after: int) -> None:
        super().__init__()
        self.retry_after = max(1, retry_after)


class UnsupportedProtectionLevel(KmsError):
    """A spec and a protection level that this region or this server does not have together."""

    code = "Unsupported.ProtectionLevel"
    kind = Kind.INVALID
    template = "The protection level is not supported here. {reason}"


class InvalidKeyMaterial(KmsError):
    """Material that cannot be imported. One refusal for all reasons: it must not be an oracle."""

    code = "InvalidKeyMaterial"
    kind = Kind.INVALID
    template = "The key material is not valid."


class InvalidImportToken(KmsError):
    code = "InvalidImportToken"
    kind = Kind.INVALID
    template = "The import token is not valid."


class ExpiredImportToken(KmsError):
    code = "ExpiredImportToken"
    kind = Kind.INVALID
    template = "The import token has expired."


class InternalFailure(KmsError):
    code = "InternalFailure"
    kind = Kind.INTERNAL
    template = "The request processing has failed due to some unknown error."


class ServiceUnavailable(KmsError):
    """The database, the journal or the nonce store cannot answer; trying again later may work."""

    code = "ServiceUnavailableTemporary"
    kind = Kind.UNAVAILABLE
    template = "The request has failed due to a temporary failure of the server."


class Sealed(ServiceUnavailable):
    """The root key is missing or is not the one this database was sealed with."""

    template = "The server is sealed: its root key is not available."


class MalformedRequest(KmsError):
    code = "InvalidRequest"
    kind = Kind.INVALID
    template = "The HTTP request is malformed or ambiguous."


class BodyTooLarge(KmsError):
    code = "RequestEntityTooLarge"
    kind = Kind.TOO_LARGE
    template = "The request body is too large."


class BodyTooSlow(KmsError):
    code = "RequestTimeout"
    kind = Kind.TOO_SLOW
    template = "The request body did not arrive in time."


class PolicyInvalid(KmsError):
    """A policy document cannot be read as one. `reason` is ours and says where."""

    code = "MalformedPolicyDocument"
    kind = Kind.INVALID
    template = "The policy document is not valid: {reason}"


class AccountNotFound(KmsError):
    code = "EntityNotExist.Account"
    kind = Kind.NOT_FOUND
    template = "The account does not exist."


class UserNotFound(KmsError):
    code = "EntityNotExist.User"
    kind = Kind.NOT_FOUND
    template = "The user does not exist."


class UserAlreadyExists(KmsError):
    code = "EntityAlreadyExists.User"
    kind = Kind.CONFLICT
    template = 'The login "{login}" is taken.'


class AccessKeyNotFound(KmsError):
    code = "EntityNotExist.User.AccessKey"
    kind = Kind.NOT_FOUND
    template = "The access key does not exist."


class AccessKeyLimitExceeded(KmsError):
    code = "LimitExceeded.User.AccessKey"
    kind = Kind.CONFLICT
    template = "A user has at most {limit} access keys."


class PolicyNotFound(KmsError):
    code = "EntityNotExist.Policy"
    kind = Kind.NOT_FOUND
    template = "The policy does not exist."


class PolicyAlreadyExists(KmsError):
    code = "EntityAlreadyExists.Policy"
    kind = Kind.CONFLICT
    template = "A policy of this name exists."


class PolicyNotAttached(KmsError):
    code = "EntityNotExist.User.Policy"
    kind = Kind.NOT_FOUND
    template = "The policy is not attached to the user."


class PolicyOfUserLimitExceeded(KmsError):
    code = "LimitExceeded.User.Policy"
    kind = Kind.CONFLICT
    template = "A user has at most {limit} policies of this kind."


class GroupNotFound(KmsError):
    code = "EntityNotExist.Group"
    kind = Kind.NOT_FOUND
    template = "The group does not exist."


class GroupAlreadyExists(KmsError):
    code = "EntityAlreadyExists.Group"
    kind = Kind.CONFLICT
    template = "A group of this name exists."


class GroupLimitExceeded(KmsError):
    code = "LimitExceeded.Group"
    kind = Kind.CONFLICT
    template = "An account has at most {limit} groups."


class GroupHasUsers(KmsError):
    code = "DeleteConflict.Group.User"
    kind = Kind.CONFLICT
    template = "The group has users."


class GroupHasPolicies(KmsError):
    code = "DeleteConflict.Group.Policy"
    kind = Kind.CONFLICT
    template = "Policies are attached to the group."


class NotInGroup(KmsError):
    code = "EntityNotExist.User.Group"
    kind = Kind.NOT_FOUND
    template = "The user is not in the group."


class MembershipLimitExceeded(KmsError):
    code = "LimitExceeded.User.Group"
    kind = Kind.CONFLICT
    template = "A user is in at most {limit} groups."


class PolicyNotAttachedToGroup(KmsError):
    code = "EntityNotExist.Group.Policy"
    kind = Kind.NOT_FOUND
    template = "The policy is not attached to the group."


class PolicyOfGroupLimitExceeded(KmsError):
    code = "LimitExceeded.Group.Policy"
    kind = Kind.CONFLICT
    template = "A group has at most {limit} policies of this kind."


class PolicyInUse(KmsError):
    code = "DeleteConflict.Policy.Entity"
    kind = Kind.CONFLICT
    template = "The policy is attached to users or groups."


class NoConsoleAccess(KmsError):
    """A password for somebody who may not sign in would be a password for nothing."""

    code = "EntityNotExist.User.LoginProfile"
    kind = Kind.NOT_FOUND
    template = "The user may not sign in to the console."


class SecondFactorRefused(KmsError):
    """A wrong code, one that was used, or one at the wrong time: not told apart."""

    code = "InvalidMFACode"
    kind = Kind.INVALID
    template = "The code is not valid."


class SecondFactorBlocked(KmsError):
    code = "Rejected.MFACode"
    kind = Kind.THROTTLED
    template = "Too many wrong codes. Codes of this user are refused for {minutes} minutes."


class SecondFactorExists(KmsError):
    code = "EntityAlreadyExists.User.MFADevice"
    kind = Kind.CONFLICT
    template = "The user has a second factor."


class SecondFactorNotFound(KmsError):
    code = "EntityNotExist.User.MFADevice"
    kind = Kind.NOT_FOUND
    template = "The user has no second factor."
