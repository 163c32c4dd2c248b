"""Refusals in the reader's language: the API's sentences, known to the catalogue."""

from django.utils.translation import gettext, gettext_noop

from kms_console.core.errors import KmsError

SENTENCES = (
    gettext_noop('The parameter "{name}" is needed but not provided.'),
    gettext_noop('The specified parameter "{name}" is not valid.'),
    gettext_noop("This operation is forbidden by permission system."),
    gettext_noop("The specified Key is not found."),
    gettext_noop("The specified Alias is not found."),
    gettext_noop("The specified Key version is not found."),
    gettext_noop("The request was rejected because the key state is Disabled."),
    gettext_noop("The request was rejected because the key state is PendingDeletion."),
    gettext_noop("The request was rejected because the key state is PendingImport."),
    gettext_noop(
        "The request was rejected because the state of the key does not allow this change."
    ),
    gettext_noop("Unsupported operation."),
    gettext_noop("The operation does not support keys of this origin."),
    gettext_noop("An alias cannot take the place of the key id in this operation."),
    gettext_noop("The request was rejected because deletion protection of the key is enabled."),
    gettext_noop("The specified Alias already exists."),
    gettext_noop("The request was rejected because the limit of {limit} {things} is reached."),
    gettext_noop("QPS Limit Exceeded"),
    gettext_noop("The protection level is not supported here. {reason}"),
    gettext_noop("The key material is not valid."),
    gettext_noop("The import token is not valid."),
    gettext_noop("The import token has expired."),
    gettext_noop("The request processing has failed due to some unknown error."),
    gettext_noop("The request has failed due to a temporary failure of the server."),
    gettext_noop("The server is sealed: its root key is not available."),
    gettext_noop("The HTTP request is malformed or ambiguous."),
    gettext_noop("The request body is too large."),
    gettext_noop("The request body did not arrive in time."),
    gettext_noop("The policy document is not valid: {reason}"),
    gettext_noop("The account does not exist."),
    gettext_noop("The user does not exist."),
    gettext_noop('The login "{login}" is taken.'),
    gettext_noop("The access key does not exist."),
    gettext_noop("A user has at most {limit} access keys."),
    gettext_noop("The policy does not exist."),
    gettext_noop("A policy of this name exists."),
    gettext_noop("The policy is not attached to the user."),
    gettext_noop("A user has at most {limit} policies of this kind."),
    gettext_noop("The group does not exist."),
    gettext_noop("A group of this name exists."),
    gettext_noop("An account has at most {limit} groups."),
    gettext_noop("The group has users."),
    gettext_noop("Policies are attached to the group."),
    gettext_noop("The user is not in the group."),
    gettext_noop("A user is in at most {limit} groups."),
    gettext_noop("The policy is not attached to the group."),
    gettext_noop("A group has at most {limit} policies of this kind."),
    gettext_noop("The policy is attached to users or groups."),
    gettext_noop("The user may not sign in to the console."),
    gettext_noop("The code is not valid."),
    gettext_noop("Too many wrong codes. Codes of this user are refused for {minutes} minutes."),
    gettext_noop("The user has a second factor."),
    gettext_noop("The user has no second factor."),
)
"""Every template of `kms_console.core.errors`, for `make messages` alone."""


def reason(refusal: KmsError) -> str:
    """Why it was refused, in the reader's language; the API says it in English."""
    return gettext(refusal.template).format(**refusal.values)
