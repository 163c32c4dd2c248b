"""The events that a reader sees, as a file: JSON Lines to check with, CSV to read."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping

import orjson
from django.core.exceptions import BadRequest
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase

from kms_console.access.console.trail.asking import question_of
from kms_console.audit.events import events_stream, require_reading
from kms_console.audit.models import AuditEvent
from kms_console.audit.record import FIELDS, AuditRecord
from kms_console.console.reading import page
from kms_console.core.actor import Actor
from kms_console.core.clock import utc_now

MOST = 10_000
"""Events of one file; the next begins where it ends (`to`)."""

_COLUMNS = tuple(name for name in FIELDS if name != "detail")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def json_line(event: AuditEvent) -> bytes:
    """An event with its place in its chain; `record` is the canonical form that was hashed."""
    record = AuditRecord(**{name: getattr(event, name) for name in FIELDS}).canonical()
    place = {"writer": event.writer, "n": event.n, "hash": bytes(event.hash).hex()}
    return orjson.dumps({**place, "record": orjson.Fragment(record)}) + b"\n"


def csv_line(event: AuditEvent) -> bytes:
    """The columns as text; what a spreadsheet would take for a formula is quoted."""
    record = AuditRecord(**{name: getattr(event, name) for name in FIELDS})
    members = orjson.loads(record.canonical())
    return _csv([_plain(str(members[name])) for name in _COLUMNS])


def _plain(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _csv(cells: list[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue().encode()


_FORMATS: Mapping[str, tuple[str, bytes, Callable[[AuditEvent], bytes]]] = {
    "jsonl": ("application/jsonl", b"", json_line),
    "csv": ("text/csv; charset=utf-8", _csv(list(_COLUMNS)), csv_line),
}


@page("ExportEvents")
def export(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Up to 10,000 events of the filters of the address. Raises NoPermission."""
    require_reading(actor)
    chosen = _FORMATS.get(request.GET.get("format", ""))
    if chosen is None:
        raise BadRequest
    content_type, head, line_of = chosen
    now = utc_now()
    asked = question_of(request, actor, now).asked

    def lines() -> Iterator[bytes]:
        yield head
        for event in events_stream(actor=actor, asked=asked, most=MOST):
            yield line_of(event)

    name = f"audit-{actor.account_id}-{now:%Y%m%dT%H%M%SZ}.{request.GET['format']}"
    response = StreamingHttpResponse(lines(), content_type=content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
