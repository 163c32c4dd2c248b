"""The door's own refusals: what can be wrong with a request before an operation sees it."""

from kms_console.core.errors import Kind, KmsError


class ParametersUnparsable(KmsError):
    code = "ParseRequestParameterException"
    kind = Kind.INVALID
    template = "The request parameters cannot be parsed."


class HttpMethodUnsupported(KmsError):
    code = "UnsupportedHTTPMethod"
    kind = Kind.INVALID
    template = "This http method is not supported."


class ActionNotFound(KmsError):
    code = "InvalidAction.NotFound"
    kind = Kind.NOT_FOUND
    template = "The specified action is not found."


class TimestampMissing(KmsError):
    code = "IllegalTimestamp"
    kind = Kind.UNAUTHENTICATED
    template = "The input parameter Timestamp is not supplied or illegal."


class TimestampMalformed(KmsError):
    code = "InvalidTimeStamp.Format"
    kind = Kind.UNAUTHENTICATED
    template = "Specified time stamp or date value is not well formatted."


class TimestampExpired(KmsError):
    code = "InvalidTimeStamp.Expired"
    kind = Kind.UNAUTHENTICATED
    template = "Specified time stamp or date value is expired."


class SignatureIncomplete(KmsError):
    code = "IncompleteSignature"
    kind = Kind.UNAUTHENTICATED
    template = "The request signature does not conform to Aliyun standards."


class SignatureDoesNotMatch(KmsError):
    """The signature is not that of the secret.

    Clients cut `message` at its only colon and compare the rest with the string they signed. That
    string holds plaintexts: it is in `message` alone, not in `str()`, `args` or a traceback.
    """

    code = "SignatureDoesNotMatch"
    kind = Kind.UNAUTHENTICATED
    template = "Specified signature is not matched with our calculation."

    def __init__(self, *, string_to_sign: str) -> None:
        super().__init__()
        self.message = f"{self.template} server string to sign is:{string_to_sign}"


class NonceUsed(KmsError):
    code = "SignatureNonceUsed"
    kind = Kind.UNAUTHENTICATED
    template = "Specified signature nonce was used already."


class AccessKeyUnknown(KmsError):
    code = "InvalidAccessKeyId.NotFound"
    kind = Kind.UNAUTHENTICATED
    template = "Specified access key is not found."


class AccessKeyInactive(KmsError):
    code = "Forbidden.AccessKey"
    kind = Kind.UNAUTHENTICATED
    template = "The access key is disabled."


class SecurityTokenUnsupported(KmsError):
    code = "Unsupported.SecurityToken"
    kind = Kind.INVALID
    template = "Temporary credentials of STS are not supported here. Use an access key."


class BearerTokenUnsupported(KmsError):
    code = "Unsupported.BearerToken"
    kind = Kind.INVALID
    template = "Bearer tokens are not supported here. Use an access key."


class SignatureAlgorithmUnsupported(KmsError):
    code = "Unsupported.SignatureAlgorithm"
    kind = Kind.INVALID
    template = "The signature algorithm is not supported here. Use HMAC-SHA1 or ACS3-HMAC-SHA256."


class DryRunSucceeded(KmsError):
    """The API's answer to a dry run that found nothing wrong: a failure as well."""

    code = "DryRunOperationError"
    kind = Kind.INVALID
    template = "The request would have succeeded, but DryRun is set."


class DryRunInvalid(KmsError):
    code = "ValidationError"
    kind = Kind.INVALID
    template = "The request would be refused with {code}: {message}"


class DryRunDenied(KmsError):
    code = "AccessDeniedError"
    kind = Kind.DENIED
    template = "The request would be refused with {code}: {message}"
