"""What the audit trail is told of an alias: its subject, and its row as facts."""

from collections.abc import Mapping

from aliases.models import Alias
from kms_console.audit.record import Json, rfc3339

SUBJECT_KIND = "alias"

REMOVED: Mapping[str, Json] = {"status": "Deleted"}
"""What stands in place of the facts once the row is gone."""


def alias_subject(account_id: str, region: str, name: str) -> str:
    """`alias/<account>/<region>/<name>`; the name keeps its own prefix. Below 320 characters."""
    return f"{SUBJECT_KIND}/{account_id}/{region}/{name}"


def subject_of(alias: Alias) -> str:
    """The subject of a row."""
    return alias_subject(alias.account_id, alias.region, alias.name)


def alias_facts(alias: Alias) -> Mapping[str, Json]:
    """All of the row, to be equal to the last audit event's facts."""
    return {
        "account": alias.account_id,
        "region": alias.region,
        "name": alias.name,
        "key": str(alias.key_id),
        "serial": alias.serial,
        "created_at": rfc3339(alias.created_at),
    }
