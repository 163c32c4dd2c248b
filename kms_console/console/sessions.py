"""Sessions in the database, sealed: a copy of the table lets nobody in.

A row is found by the digest of the cookie, and its content is sealed under a key of the root's and
bound to the row. What does not open is no session.
"""

import json
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

from kms_console.console.models import Session
from kms_console.core.clock import utc_now
from kms_console.core.sealing import Place, Purpose, SealBroken, sealer

_COLUMN = "console_session.session_data"
BEGAN, SEEN, USER = "_began", "_seen", "_user_id"
"""Members of a session: its first and its latest moment (seconds since 1970), and whose it is."""

ADDRESS, AGENT = "_address", "_agent"

PROVED, FACTOR = "_proved", "_factor"
"""When somebody last proved to be the user, and whether a second factor was part of signing in."""


def row_key(cookie: str) -> str:
    """The 160-bit digest (hexadecimal) under which the session of a cookie is kept."""
    return sha256(f"kms console session\n{cookie}".encode()).hexdigest()[:40]


class SessionStore(DatabaseStore):
    """Django's database sessions, but for what is written."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def exists(self, session_key: str) -> bool:
        return super().exists(row_key(session_key))

    def delete(self, session_key: str | None = None) -> None:
        cookie = session_key or self.session_key
        if cookie is not None:
            Session.objects.filter(session_key=row_key(cookie)).delete()

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        cookie = self._get_or_create_session_key()  # type: ignore[attr-defined]  # the stubs miss it
        return Session(
            session_key=row_key(cookie),
            session_data=self.encode(data),
            expire_date=self.get_expiry_date(),
            user_id=data.get(USER, ""),
            address=data.get(ADDRESS, ""),
            agent=data.get(AGENT, ""),
            began_at=_moment(data.get(BEGAN)),
            seen_at=_moment(data.get(SEEN)),
        )

    def encode(self, session_dict: dict[str, Any]) -> str:
        body = json.dumps(session_dict, separators=(",", ":")).encode()
        return b64encode(sealer().seal(Purpose.SESSION, body, self._place())).decode()

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        try:
            sealed = b64decode(session_data, validate=True)
            opened = json.loads(sealer().open(Purpose.SESSION, sealed, self._place()))
        except (NotBase64, SealBroken, ValueError):
            return {}
        return dict(opened)

    def _get_session_from_db(self) -> Session | None:
        rows = Session.objects.filter(
            session_key=row_key(self.session_key or ""), expire_date__gt=utc_now()
        )
        found = rows.first()
        if found is None:
            self._session_key = None
        return found

    def _place(self) -> Place:
        return Place(column=_COLUMN, row=row_key(self.session_key or ""))


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
