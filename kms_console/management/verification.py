"""What `verify` runs, in order: each check streams one line per problem."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice

from django.conf import settings

from aliases import verification as aliases_verification
from hsm import verification as hsm_verification
from keys import verification as keys_verification
from kms_console.audit import tombstones
from kms_console.audit import verification as audit_verification
from kms_console.iam import verification as iam_verification

Facts = Iterable[tuple[str, Mapping[str, object]]]

_BATCH = 500
_LOOKS = 100


def checks() -> Iterator[tuple[str, Iterator[str]]]:
    """Name and problems of each check. Only problems and the names of subjects are collected."""
    yield "the audit trail", audit_verification.problems(settings.KMS.data_dir)
    yield "sealed records", hsm_verification.sealed_problems(keys_verification.materials())
    yield "access keys", iam_verification.sealed_problems()
    yield "keys and versions", keys_verification.problems()
    yield "tombstones", tombstone_problems()
    yield "aliases", aliases_verification.problems()
    yield "facts against the audit trail", fact_problems()


def tombstone_problems() -> Iterator[str]:
    """What is wrong with the file that a restore will rely on."""
    log = tombstones.log_path(settings.KMS.data_dir)
    yield from tombstones.problems(log)
    yield from keys_verification.unnoted_problems(lambda: tombstones.known(log))


def fact_problems() -> Iterator[str]:
    """Rows that are not what, or not there though, the last audited change says (decision 0009)."""
    # Asked before the rows are read: what a running server makes meanwhile is in neither.
    unseen = set(audit_verification.subjects())
    rows = chain(iam_verification.facts(), keys_verification.facts(), aliases_verification.facts())
    while batch := dict(islice(rows, _BATCH)):
        unseen.difference_update(batch)
        recorded = audit_verification.last_facts(batch)
        for subject, facts in batch.items():
            if facts != recorded.get(subject):
                yield from _settled_problems(subject)
    yield from _gone_problems(iter(sorted(unseen)))


def _gone_problems(subjects: Iterator[str]) -> Iterator[str]:
    while batch := list(islice(subjects, _BATCH)):
        for subject, facts in sorted(audit_verification.last_facts(batch).items()):
            if not _is_deleted(facts):
                yield from _settled_problems(subject)


def _is_deleted(facts: Mapping[str, object]) -> bool:
    """What a service that removes a row leaves behind."""
    return facts == {"status": "Deleted"}


def _settled_problems(subject: str) -> Iterator[str]:
    """What is wrong with a subject, judged by a row that was read while no event was added.

    A running server changes rows between one look and the next: that is no problem.
    """
    event = audit_verification.last_change(subject)
    for _ in range(_LOOKS):
        facts = _facts_of(subject)
        before, event = event, audit_verification.last_change(subject)
        if event == before:
            yield from _differences(subject, facts, event[1] if event else None)
            return
    yield f"{subject}: it changes too often to be compared"


def _facts_of(subject: str) -> Mapping[str, object] | None:
    return (
        iam_verification.facts_of(subject)
        or keys_verification.facts_of(subject)
        or aliases_verification.facts_of(subject)
    )


def _differences(
    subject: str, facts: Mapping[str, object] | None, recorded: Mapping[str, object] | None
) -> Iterator[str]:
    if facts is None:
        if recorded is not None and not _is_deleted(recorded):
            yield f"{subject}: the row is gone, and no audit event tells why"
    elif recorded is None:
        yield f"{subject}: no audit event tells how it came to be"
    elif recorded != facts:
        names = sorted(n for n in {*recorded, *facts} if recorded.get(n) != facts.get(n))
        yield f"{subject}: {', '.join(names)} differ from the last audit event"
