"""`manage.py usage`: how often the versions of a key were used."""

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from keys.models import Key, KeyVersion
from keys.selectors import versions_of
from kms_console.audit.usage import usage_of_version
from kms_console.core import clock
from kms_console.core.errors import KeyNotFound
from kms_console.iam.selectors import account_get
from kms_console.management.command_line import ACCOUNT, Argument, Printing, Row, add_format

_KEY = Argument("key", "the key's id")


class Command(Printing):
    """One row per version, oldest first; failed calls do not count."""

    help = "Tell how often the versions of a key were used. Calls of the last seconds are missing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_format(parser)
        for argument in (ACCOUNT, _KEY):
            argument.add_to(parser)

    def result(self, options: Mapping[str, Any]) -> list[Row]:
        account = account_get(options["account"])
        return [_row(version) for version in versions_of(_key(account.id, options["key"]))]


def _key(account_id: str, text: str) -> Key:
    """The account's key, in whatever region. Raises KeyNotFound."""
    try:
        return Key.objects.get(id=UUID(text), account_id=account_id)
    except (ValueError, Key.DoesNotExist):
        raise KeyNotFound() from None


def _row(version: KeyVersion) -> Row:
    usage = usage_of_version(str(version.id), clock.utc_now())
    return {
        "version_id": str(version.id),
        "number": version.number,
        "calls": usage.calls,
        "decrypts": usage.decrypts,
        "last_used_at": clock.wire(usage.last_used_at) if usage.last_used_at else None,
        "calls_30_days": usage.calls_30_days,
        "decrypts_30_days": usage.decrypts_30_days,
    }
