"""The Aliyun door: one signed request in, one answer out.

The order is binding: method, parameters, protocol, action, access key, timestamp, signature, nonce,
access key's status, request limit, region, arguments, run, record, answer. A nonce is used up only
by a request that was signed with the right secret, so nobody can burn another's.

Until the caller is known, refusals go to the security log alone. After that every call has an audit
entry before it has an answer: a CHANGE through its service, all else in the journal. Of calls over
a request limit, one in each window has (decision 0023).
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from time import perf_counter
from typing import Any, Protocol, TypeVar

from kms_console.audit.record import OK, AuditRecord
from kms_console.core.actor import Actor
from kms_console.core.clock import utc_now
from kms_console.core.errors import InvalidParameter, KmsError
from kms_console.core.snapshots import Cold
from kms_console.iam import credentials
from kms_console.iam.credentials import Credential
from kms_console.rpc import params, render, signature
from kms_console.rpc.callers import actor_of, new_request_id, region_of
from kms_console.rpc.claims import Claim, is_unsigned, read_claim
from kms_console.rpc.errors import (
    AccessKeyInactive,
    AccessKeyUnknown,
    HttpMethodUnsupported,
    NonceUsed,
    SignatureDoesNotMatch,
    TimestampExpired,
    TimestampMalformed,
)
from kms_console.rpc.faults import refusal_of
from kms_console.rpc.nonces import NonceStore, Used
from kms_console.rpc.registry import ACTIONS, Action, Kind, Noted, Registry
from kms_console.rpc.render import Format
from kms_console.rpc.security_log import SecurityLog
from kms_console.rpc.wire import WireRequest, WireResponse

CONSOLE = "/console/"

# An unknown access key costs what a known one costs: the same work, with this.
_NOBODYS_SECRET = b"no access key has this secret"
_ACCESS_KEY_ID = re.compile(r"[A-Za-z0-9]{1,64}")

T = TypeVar("T")


class RunInThread(Protocol):
    """Runs work that may block, off the event loop."""

    def __call__(self, work: Callable[[], T]) -> Awaitable[T]: ...


class Journal(Protocol):
    """Where calls are recorded before they are answered: see `audit.journal.Journal`."""

    def append(self, record: AuditRecord) -> None: ...

    async def synced(self) -> None: ...


class OtherHosts(Protocol):
    """Those that answer from the same database: see `hosts.nonces.NonceTable`."""

    async def is_new(self, used: Used) -> bool:
        """Tell whether none of them used the nonce. Raises ServiceUnavailable: never a guess."""
        ...


class Meter(Protocol):
    """Counts what was answered; no name of a caller or key reaches it."""

    def answered(self, action: str, outcome: str, seconds: float) -> None: ...

    def turned_away(self, code: str) -> None: ...


class Throttle(Protocol):
    """Refuses what goes over a request limit: see `throttle.Throttle`."""

    def admit(self, kind: Kind, account_id: str) -> None: ...


@dataclass(slots=True)
class _Call:
    """What is known of a request so far."""

    request: WireRequest
    now: datetime
    request_id: str = field(default_factory=new_request_id)
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    fmt: Format = Format.JSON
    access_key_id: str = ""
    outcome: str = OK

    def refused(self, refusal: KmsError) -> WireResponse:
        self.outcome = refusal.code
        host = self.request.headers.get("host", "")
        return render.failure(refusal, request_id=self.request_id, host=host, fmt=self.fmt)


@dataclass(kw_only=True, slots=True)
class Door:
    """Answers requests to `/`. One per worker, used from its event loop."""

    nonces: NonceStore
    journal: Journal
    run_in_thread: RunInThread
    default_region: str
    credential_find: Callable[[str], Credential | None] = credentials.credential_find
    actions: Registry = ACTIONS
    other_hosts: OtherHosts | None = None
    throttle: Throttle | None = None
    meter: Meter | None = None
    security_log: SecurityLog = field(default_factory=SecurityLog)
    clock: Callable[[], datetime] = utc_now

    async def answer(self, request: WireRequest) -> WireResponse:
        """Answer one request. Whatever goes wrong has an answer."""
        call = _Call(request, self.clock())
        try:
            parsed = _read(call)
            if request.method == "GET" and is_unsigned(request, parsed):
                return render.redirect(CONSOLE)
            claim = read_claim(request, parsed)
            call.access_key_id = claim.access_key_id
            action = self.actions.find(claim.version, claim.action)
            credential = await self._authenticate(claim, call.now)
        except Exception as error:  # the last net
            return self._turn_away(call, refusal_of(error, call.request_id))
        return await self._measured(call, action, credential)

    def refuse(self, request: WireRequest, error: KmsError) -> WireResponse:
        """The answer to a request that the server could not read to its end."""
        return self._turn_away(_Call(request, self.clock()), error)

    async def _measured(self, call: _Call, action: Action, credential: Credential) -> WireResponse:
        started = perf_counter()
        response = await self._serve(call, action, credential)
        if self.meter is not None:
            self.meter.answered(action.name, call.outcome, perf_counter() - started)
        return response

    def _turn_away(self, call: _Call, refusal: KmsError) -> WireResponse:
        if self.meter is not None:
            self.meter.turned_away(refusal.code)
        self.security_log.refused(
            code=refusal.code,
            access_key_id=call.access_key_id,
            source_ip=call.request.peer,
            request_id=call.request_id,
        )
        return call.refused(refusal)

    async def _authenticate(self, claim: Claim, now: datetime) -> Credential:
        """Prove the claim, in the order of decision 15. Raises the refusal."""
        credential = await self._credential(claim.access_key_id)
        timestamp = _timely(claim.timestamp, now)
        secret = _NOBODYS_SECRET if credential is None else credential.secret.reveal()
        is_signed = claim.signature.is_made_with(secret)
        if credential is None or not is_signed:
            mismatch = SignatureDoesNotMatch(string_to_sign=claim.signature.string_to_sign())
            raise AccessKeyUnknown() if credential is None else mismatch
        used = self.nonces.use(credential.access_key_id, claim.nonce, timestamp, now)
        if self.other_hosts is not None and not await self.other_hosts.is_new(used):
            raise NonceUsed()
        if not credential.active:
            raise AccessKeyInactive()
        return credential

    async def _credential(self, access_key_id: str) -> Credential | None:
        if not _ACCESS_KEY_ID.fullmatch(access_key_id):
            return None
        try:
            return self.credential_find(access_key_id)
        except Cold:
            return await self.run_in_thread(partial(self.credential_find, access_key_id))

    async def _serve(self, call: _Call, action: Action, credential: Credential) -> WireResponse:
        """Run the operation for a known caller, and let no answer out without its entry."""
        host = call.request.headers.get("host", "")
        region = region_of(call.values, host, self.default_region)
        actor = actor_of(
            credential, call.request, region=region, request_id=call.request_id, now=call.now
        )
        refusal: KmsError | None = None
        result: Mapping[str, Any] = {}
        try:
            if self.throttle is not None:
                self.throttle.admit(action.kind, actor.account_id)
            result = await self._run(action, actor, call.values)
            response = render.success(action.name, result, request_id=call.request_id, fmt=call.fmt)
        except Exception as error:  # the last net
            refusal = refusal_of(error, call.request_id)
            response = call.refused(refusal)
        if action.kind is Kind.CHANGE if refusal is None else refusal.audited:
            return response
        record = _record(actor, action, call.values, result, refusal)
        return await self._recorded(call, record, response)

    async def _run(
        self, action: Action, actor: Actor, values: Mapping[str, str]
    ) -> Mapping[str, Any]:
        work = action.prepare(actor, values)
        if action.kind is not Kind.CRYPTO:
            return await self.run_in_thread(work)
        try:
            return work()
        except Cold:
            return await self.run_in_thread(work)

    async def _recorded(
        self, call: _Call, record: AuditRecord, response: WireResponse
    ) -> WireResponse:
        """`response`, once its entry is kept; else the refusal that says it could not be."""
        try:
            self.journal.append(record)
            await self.journal.synced()
        except Exception as error:  # the last net
            return call.refused(refusal_of(error, call.request_id))
        return response


def _read(call: _Call) -> params.WireParams:
    """Parse the request into `call`. Raises the refusal."""
    request = call.request
    if request.method not in {"GET", "POST"}:
        raise HttpMethodUnsupported()
    content_type = request.headers.get("content-type", "")
    parsed = params.parse(request.query, request.body, content_type)
    call.values = parsed.values
    call.fmt = _format(parsed.values.get("Format"))
    return parsed


def _format(text: str | None) -> Format:
    """JSON unless XML is asked for. Raises InvalidParameter; clients differ in case."""
    try:
        return Format(text.upper()) if text else Format.JSON
    except ValueError:
        raise InvalidParameter(name="Format") from None


def _timely(text: str, now: datetime) -> datetime:
    try:
        timestamp = signature.parse_timestamp(text)
    except ValueError:
        raise TimestampMalformed() from None
    if not signature.is_timely(timestamp, now):
        raise TimestampExpired()
    return timestamp


def _record(
    actor: Actor,
    action: Action,
    values: Mapping[str, str],
    result: Mapping[str, Any],
    refusal: KmsError | None,
) -> AuditRecord:
    """The entry of a call: about the key that was used, else about what the caller named."""
    subject = result.get("KeyId", "") if refusal is None else refusal.subject
    if not subject and action.names_key:
        subject = values.get("KeyId", "")
    return AuditRecord.of(
        actor,
        action.name,
        subject=subject,
        version_id=result.get("KeyVersionId", ""),
        outcome=OK if refusal is None else refusal.code,
        detail=result.detail if isinstance(result, Noted) else None,
    )
