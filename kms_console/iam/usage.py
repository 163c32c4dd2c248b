"""When access keys were last used: learnt from the audit journal, not written per request."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from kms_console.audit.record import AuditRecord
from kms_console.iam.models import AccessKey


def record_last_used(records: Sequence[AuditRecord]) -> None:
    """A listener of `audit.shipping`: one update per access key of the batch, only forward."""
    latest: dict[str, datetime] = {}
    for record in records:
        if record.access_key_id:
            seen = latest.get(record.access_key_id, record.time)
            latest[record.access_key_id] = max(seen, record.time)
    for access_key_id, moment in latest.items():
        older = Q(last_used_at=None) | Q(last_used_at__lt=moment)
        AccessKey.objects.filter(older, pk=access_key_id).update(last_used_at=moment)
