"""What must be true of an installation after all the abuse: inspected once, when it is over."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path

from tests.abuse.house import House

_GREETING_ENDS = "Serving on http://"
_SHOWN_ONCE = "initial-credentials.json"

_RECORDED = """
import contextlib, json
from pathlib import Path
from django.conf import settings
from kms_console.audit.models import AuditEvent
for journal in Path(settings.KMS.data_dir, "journal").glob("*.journal"):
    with contextlib.suppress(FileNotFoundError):  # shipped meanwhile
        print(journal.read_text(), end="")
for request_id, outcome in AuditEvent.objects.values_list("request_id", "outcome").iterator():
    print(json.dumps({"request_id": request_id, "outcome": outcome}))
"""


def inspect(house: House) -> None:
    """Stop the server and raise AssertionError for whatever it should not have done."""
    try:
        missing = missing_entries(house)
        verified = house.server.manage_json("verify", check=False)
        everything = _dump(house)
    finally:
        status = house.server.stop()
    log = house.server.log
    assert status == 0, log
    assert verified["clean"], verified
    assert not missing
    assert "Traceback" not in log
    assert "request_failed" not in log
    assert "POST&%2F&" not in log
    assert "GET&%2F&" not in log
    assert leaks(house, log.split(_GREETING_ENDS, 1)[1].encode() + everything) == []


def missing_entries(house: House) -> dict[str, str]:
    """Refusals of known callers of which neither journals nor database hold the entry."""
    printed = house.server.manage("shell", "--no-imports", "-c", _RECORDED).stdout
    found = {}
    for line in printed.splitlines():
        entry = json.loads(line)
        entry = entry.get("record", entry)
        found[entry["request_id"]] = entry["outcome"]
    return {
        request_id: code for request_id, code in house.owed.items() if found.get(request_id) != code
    }


def leaks(house: House, *written: bytes) -> list[str]:
    """Where a canary was found, and in which spelling."""
    files = [path for path in _files(house) if path.name != _SHOWN_ONCE]
    places = {str(path): path.read_bytes() for path in files}
    places |= {f"text {number}": text for number, text in enumerate(written)}
    spellings = {spelling: canary for canary in house.canaries for spelling in spellings_of(canary)}
    return [
        f"{canary[:8]!r}… in {place} as {spelling[:16]!r}"
        for place, text in places.items()
        for spelling, canary in spellings.items()
        if spelling in text
    ]


def _files(house: House) -> Iterator[Path]:
    return (path for path in (house.server.folder / "var").rglob("*") if path.is_file())


def _dump(house: House) -> bytes:
    """All rows as JSON, where the database is not a file of the data folder."""
    if not house.server.environment.get("DATABASE_URL", "").startswith("postgres"):
        return b""
    return house.server.manage("dumpdata").stdout.encode()


def spellings_of(secret: bytes) -> Iterator[bytes]:
    """Raw, hex, and base64 wherever the secret may begin within a group of three bytes."""
    yield secret
    yield secret.hex().encode()
    yield secret.hex().upper().encode()
    for offset in range(3):
        text = base64.b64encode(bytes(offset) + secret)
        # The first and last characters share bits with what is around the secret.
        yield text[(offset * 4 + 2) // 3 : -4]
