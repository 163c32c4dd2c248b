"""What is no refusal becomes one here: the caller learns a code, the log learns where."""

import traceback

import structlog
from django.db import InterfaceError, OperationalError

from kms_console.core.errors import InternalFailure, KmsError, ServiceUnavailable

_log = structlog.get_logger("kms.rpc")


def refusal_of(error: Exception, request_id: str) -> KmsError:
    """The refusal to answer `error` with; logged when it is a fault of ours.

    The log gets the type and the lines of code, not the exception's text: that may quote what the
    caller sent.
    """
    if isinstance(error, KmsError):
        return error
    is_database = isinstance(error, OperationalError | InterfaceError)
    _log.error(
        "database_failed" if is_database else "request_failed",
        request_id=request_id,
        error=type(error).__name__,
        where="".join(traceback.format_tb(error.__traceback__)),
    )
    return ServiceUnavailable() if is_database else InternalFailure()
