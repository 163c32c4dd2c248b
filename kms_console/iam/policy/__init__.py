"""Policies as RAM writes them, and the pure evaluator of them.

A document is `{"Version": "1", "Statement": [{"Effect", "Action", "Resource", "Condition"?}]}`.
An explicit Deny in any policy wins, otherwise any Allow, otherwise silence is a denial. What the
evaluator does not know it does not guess: such a document is refused when it is saved.
"""

from kms_console.iam.policy.compiled import DENY_ALL, CompiledPolicy
from kms_console.iam.policy.document import LARGEST_DOCUMENT, Document, Statement, parse

__all__ = ["DENY_ALL", "LARGEST_DOCUMENT", "CompiledPolicy", "Document", "Statement", "parse"]
