"""`audited()`: a change and its audit row commit together, or neither does (decision 0006)."""

import os
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from django.db import Error, InterfaceError, OperationalError, connection, transaction

from kms_console.audit import chain
from kms_console.audit.models import AuditEvent
from kms_console.audit.record import AuditRecord, Json
from kms_console.core import generation
from kms_console.core.actor import Actor
from kms_console.core.errors import InternalFailure, KmsError, ServiceUnavailable


class Entry:
    """What a service tells the trail about the change it is making."""

    def __init__(self, actor: Actor, action: str, subject: str) -> None:
        self._actor = actor
        self._action = action
        self._given = subject
        self._subject = ""
        self._version_id = ""
        self._detail: dict[str, Json] = {}
        self._facts: Mapping[str, Json] | None = None
        self._happened = True
        self._is_tried_again = False
        self._parts: list[Entry] = []

    def did_nothing(self) -> None:
        """Leave no row of a success: nobody asked for it, and nothing was changed."""
        self._happened = False

    def tried_again_one_by_one(self) -> None:
        """Leave no row of a failure: the same is tried again for each subject, and those tell."""
        self._is_tried_again = True

    def of(self, subject: str) -> "Entry":
        """The entry of one of several subjects that change together; each leaves its own row."""
        self._parts.append(Entry(self._actor, self._action, subject))
        return self._parts[-1]

    def about(self, subject: str) -> None:
        """Name the resource by its id, once it is known, in place of what the caller said."""
        self._subject = subject

    def note(self, *, version_id: str = "", **details: Json) -> None:
        """Add to the detail. Never a secret: the trail is read by people."""
        self._version_id = version_id or self._version_id
        self._detail.update(details)

    def after(self, facts: Mapping[str, Json]) -> None:
        """What is true of the subject from now on; `verify` compares it with the row."""
        self._facts = facts

    def succeeded(self) -> list[AuditRecord]:
        """The records of the change, if there was one. Facts stand under `after` in the detail."""
        if not self._happened:
            return []
        if self._parts:
            return [record for part in self._parts for record in part.succeeded()]
        facts = {} if self._facts is None else {"after": self._facts}
        return [self._record(subject=self._subject or self._given, detail=self._detail | facts)]

    def refused(self, refusal: KmsError) -> list[AuditRecord]:
        """The record of a change that was refused."""
        if self._is_tried_again:
            return []
        subject = self._subject or refusal.subject or self._given
        return [self._record(subject=subject, outcome=refusal.code, detail=self._detail)]

    def failed(self) -> list[AuditRecord]:
        """The record of a change that met a fault. Details may be the fault: they stay out."""
        if self._is_tried_again:
            return []
        return [self._record(subject=self._subject or self._given, outcome=InternalFailure.code)]

    def _record(
        self, *, subject: str, outcome: str = "OK", detail: Mapping[str, Json] | None = None
    ) -> AuditRecord:
        return AuditRecord.of(
            self._actor,
            self._action,
            subject=subject,
            version_id=self._version_id,
            outcome=outcome,
            detail=detail,
        )


@contextmanager
def audited(
    actor: Actor, action: str, subject: str = "", *, stripes: tuple[int, ...] = ()
) -> Iterator[Entry]:
    """Run the block in a transaction whose last insert is its audit row, or that of each subject.

    Snapshots of the actor's account, and those of `stripes`, are void afterwards in all
    processes of all hosts. A KmsError or any other exception of the block rolls the change back,
    is recorded in a transaction of its own, and goes on; not so Django's OperationalError and
    InterfaceError, as there is no database to record it in. Raises ServiceUnavailable: with nothing
    changed when the row cannot be written, and with the change made when nobody can tell whether
    all hosts have heard of it.

    Inside an outer transaction the row shares the outer one's fate, a refusal's row too.
    """
    stamps = (generation.stripe_of(actor.account_id), *stripes)
    entry = Entry(actor, action, subject)
    with generation.current().changing(*stamps):
        if connection.in_atomic_block:
            transaction.on_commit(lambda: _void(stamps))
        try:
            with _recorded(entry.succeeded, stamps):
                yield entry
        except KmsError as refusal:
            _record_alone(entry.refused(refusal))
            refusal.audited = True
            raise
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            _record_alone(entry.failed())
            raise


@contextmanager
def noted() -> Iterator[list[AuditRecord]]:
    """Run the block in a transaction whose last inserts are the rows of what it collects.

    For what is told and changes nothing: no snapshot is void afterwards. An exception of the block
    rolls it back and goes on. Raises ServiceUnavailable when the rows cannot be written.
    """
    records: list[AuditRecord] = []
    with _recorded(lambda: records):
        yield records


def _void(stripes: tuple[int, ...]) -> None:
    generation.current().bump(*stripes)
    generation.current().heard()


def _record_alone(records: list[AuditRecord]) -> None:
    try:
        with _recorded(lambda: records):
            pass
    except Error as failure:
        raise ServiceUnavailable from failure


@contextmanager
def _recorded(
    make_records: Callable[[], Sequence[AuditRecord]], stripes: tuple[int, ...] = ()
) -> Iterator[None]:
    """The block and its records' rows in one transaction, and the chain that much further.

    What the records tell of is announced to other hosts as a change of `stripes`, if of any.
    """
    # What an outer transaction may still undo gets a chain to itself: no gap can be left.
    life = _Life() if connection.in_atomic_block else _own.current()
    in_doubt = False
    try:
        with transaction.atomic():
            yield
            records = make_records()
            if records and stripes:
                generation.current().announce(stripes)
            in_doubt = True
            head = _insert(life.head, records)
    except BaseException:
        if in_doubt:  # an error of a commit does not tell whether it happened
            _own.life = None
        raise
    life.head = head


def _insert(head: chain.Head, records: Sequence[AuditRecord]) -> chain.Head:
    events = []
    for record in records:
        tidy = record.tidied()
        head = head.then(tidy.canonical())
        events.append(event_of(head, tidy))
    try:
        AuditEvent.objects.bulk_create(events)
    except Error as failure:
        raise ServiceUnavailable from failure
    return head


def event_of(head: chain.Head, record: AuditRecord) -> AuditEvent:
    """The unsaved row of a tidy record that `head` ends with."""
    return AuditEvent(
        writer=head.writer,
        n=head.n,
        hash=head.digest,
        has_facts="after" in record.detail,
        **record.columns(),
    )


class _Life:
    """A writer of rows and how far its chain is."""

    def __init__(self) -> None:
        self.head = chain.start(f"trail-{secrets.token_hex(12)}")


class _Own(threading.local):
    """The thread's own life."""

    life: _Life | None = None
    pid = 0

    def current(self) -> _Life:
        """The life at hand, or a new one: a forked child may not live its parent's."""
        if self.life is None or self.pid != os.getpid():
            self.life = _Life()
            self.pid = os.getpid()
        return self.life


_own = _Own()
