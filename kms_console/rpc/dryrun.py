"""Dry runs: an operation that works on key material is run, and only its verdict is told.

A request with `DryRun=true` always fails. The code says how the same request without it would have
ended: DryRunOperationError (it would succeed), AccessDeniedError, or ValidationError (any other
refusal). A fault of ours is no verdict: it stays the 5xx that it is.
"""

from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from kms_console.core.errors import InvalidParameter, Kind, KmsError
from kms_console.rpc.binding import boolean
from kms_console.rpc.errors import DryRunDenied, DryRunInvalid, DryRunSucceeded

DRY_RUN = "DryRun"

_VERDICTS: Mapping[Kind, type[KmsError]] = {
    Kind.DENIED: DryRunDenied,
    Kind.INVALID: DryRunInvalid,
    Kind.NOT_FOUND: DryRunInvalid,
    Kind.CONFLICT: DryRunInvalid,
}
"""What is told of a refusal, by its kind; the kinds that are not here are no verdicts."""


def is_asked_for(params: Mapping[str, str]) -> bool:
    """Tell whether a request is a dry run. Raises InvalidParameter for neither true nor false."""
    text = params.get(DRY_RUN)
    if not text:
        return False
    try:
        return boolean(text)
    except ValueError:
        raise InvalidParameter(name=DRY_RUN) from None


def rehearse(work: Callable[[], Mapping[str, Any]]) -> NoReturn:
    """Do the work and drop its result. Raises the verdict, and what `work` raises beside refusals.

    Verdicts name the key in `subject`, for the trail alone, as refusals and results do.
    """
    try:
        key_id = work().get("KeyId", "")
    except KmsError as refusal:
        verdict = _VERDICTS.get(refusal.kind)
        if verdict is None:
            raise
        raise verdict(code=refusal.code, message=refusal.message).about(refusal.subject) from None
    raise DryRunSucceeded().about(key_id)
