"""Policies as RAM writes them, and the pure evaluator of them.

A document is `{"Version": "1", "Statement": [{"Effect", "Action", "Resource", "Condition"?}]}`;
that of a resource also names principals, see `resource`. An explicit Deny in any policy wins,
otherwise any Allow, otherwise silence is a denial. What the evaluator does not know it does not
guess: such a document is refused when it is saved.
"""

from kms_console.iam.policy.compiled import (
    DENIED_TO_ALL,
    DENY_ALL,
    CompiledPolicy,
    CompiledResourcePolicy,
)
from kms_console.iam.policy.document import LARGEST_DOCUMENT, Document, Statement, parse
from kms_console.iam.policy.resource import parse_resource_policy

__all__ = [
    "DENIED_TO_ALL",
    "DENY_ALL",
    "LARGEST_DOCUMENT",
    "CompiledPolicy",
    "CompiledResourcePolicy",
    "Document",
    "Statement",
    "parse",
    "parse_resource_policy",
]
