"""The sessions of people who have signed in."""

from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models


class Session(AbstractBaseSession):
    """One browser of one user. `session_key` is a digest: who reads the table can enter nothing.

    The other columns are what a user is shown of the own sessions.
    """

    user_id = models.CharField(max_length=18, blank=True, default="", db_index=True)
    address = models.CharField(max_length=45, blank=True, default="")
    agent = models.CharField(max_length=200, blank=True, default="")
    began_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)

    @classmethod
    def get_session_store_class(cls) -> type:
        from kms_console.console.sessions import SessionStore  # noqa: PLC0415  # it needs the model

        return SessionStore
