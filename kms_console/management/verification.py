"""What `verify` runs, in order: each check streams one line per problem."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from django.conf import settings

from hsm import verification as hsm_verification
from keys import verification as keys_verification
from kms_console.audit import verification as audit_verification
from kms_console.iam import verification as iam_verification

Facts = Iterable[tuple[str, Mapping[str, object]]]


def checks() -> Iterator[tuple[str, Iterator[str]]]:
    """Name and problems of each check. Memory stays flat: nothing is collected but the problems."""
    yield "the audit trail", audit_verification.problems(settings.KMS.data_dir)
    yield "sealed records", hsm_verification.sealed_problems(keys_verification.materials())
    yield "access keys", iam_verification.sealed_problems()
    yield "keys and versions", keys_verification.problems()
    yield "facts against the audit trail", fact_problems()


def fact_problems() -> Iterator[str]:
    """Rows whose unsealed facts differ from what the last audited change left (decision 0009)."""
    for subject, facts in chain(iam_verification.facts(), keys_verification.facts()):
        recorded = audit_verification.last_facts(subject)
        if recorded is None:
            yield f"{subject}: no audit event tells how it came to be"
        elif recorded != facts:
            names = sorted(n for n in {*recorded, *facts} if recorded.get(n) != facts.get(n))
            yield f"{subject}: {', '.join(names)} differ from the last audit event"
