"""One operation of the data plane on behalf of a page: run, timed, and recorded as the API's is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Generic, Protocol, TypeVar
from uuid import UUID, uuid4

from kms_console.audit import journal
from kms_console.audit.record import OK, AuditRecord, Json
from kms_console.core.actor import Actor
from kms_console.core.errors import KmsError


class Used(Protocol):
    """A result that says what was used."""

    @property
    def key_id(self) -> UUID: ...

    @property
    def version_id(self) -> UUID: ...


U = TypeVar("U", bound=Used)


@dataclass(frozen=True, slots=True)
class Call(Generic[U]):
    """A result, its request's id, and how long it took in milliseconds."""

    result: U
    request_id: str
    milliseconds: float


def call(
    actor: Actor,
    action: str,
    subject: str,
    run: Callable[[Actor], U],
    detail: Callable[[U], Mapping[str, Json]] | None = None,
) -> Call[U]:
    """Run an operation under a request id of its own. Raises what it raises, once recorded."""
    actor = replace(actor, request_id=str(uuid4()).upper())
    started = perf_counter()
    try:
        result = run(actor)
    except KmsError as refusal:
        _record(actor, action, refusal.subject or subject, outcome=refusal.code)
        raise
    elapsed = 1000 * (perf_counter() - started)
    noted = detail(result) if detail else {}
    _record(actor, action, str(result.key_id), str(result.version_id), detail=noted)
    return Call(result, actor.request_id, elapsed)


def _record(
    actor: Actor,
    action: str,
    subject: str,
    version_id: str = "",
    *,
    outcome: str = OK,
    detail: Mapping[str, Json] | None = None,
) -> None:
    record = AuditRecord.of(
        actor, action, subject=subject, version_id=version_id, outcome=outcome, detail=detail
    )
    journal.current().append(record)
