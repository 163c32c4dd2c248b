"""What somebody at a browser does: open pages, fill in forms, read codes off a phone."""

import re
from base64 import b32decode
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.test import Client
from django_otp.oath import TOTP

PASSWORD = "correct-horse-battery-9"
LOGIN = "/console/login/"
HOME = "/console/"
PART = {"HX-Request": "true"}


@dataclass(frozen=True, slots=True)
class Browser:
    """One client with its cookies."""

    client: Client

    def get(self, address: str, **headers: str) -> HttpResponse:
        return self.client.get(address, headers=headers)  # type: ignore[return-value]

    def post(self, address: str, *, address_of: str = "127.0.0.1", **form: str) -> HttpResponse:
        return self.client.post(address, form, REMOTE_ADDR=address_of)  # type: ignore[return-value]

    def sign_in(
        self, login: str, password: str = PASSWORD, *, address: str = "127.0.0.1"
    ) -> HttpResponse:
        return self.post(LOGIN, address_of=address, login=login, password=password)

    def is_in(self) -> bool:
        return self.get("/console/settings/").status_code == 200

    @property
    def cookie(self) -> str:
        morsel = self.client.cookies.get("kms_session")
        return morsel.value if morsel else ""

    def set_up_factor(self, moment: datetime) -> tuple[bytes, list[str]]:
        """Switch the second factor on; returns its secret and the recovery codes."""
        secret = secret_on(self.get("/console/settings/second-factor/"))
        answer = self.post("/console/settings/second-factor/", code=code_at(secret, moment))
        return secret, codes_on(answer)


def text_of(answer: HttpResponse) -> str:
    return answer.content.decode()


def secret_on(page: HttpResponse) -> bytes:
    """The secret that a page shows for typing."""
    found = re.search(r'<div class="sec"><span class="mono">([A-Z2-7 ]+)<', text_of(page))
    assert found
    return b32decode(found[1].replace(" ", ""))


def codes_on(page: HttpResponse) -> list[str]:
    """The recovery codes that a page shows."""
    return re.findall(r"<li>([2-9a-z]{4}(?:-[2-9a-z]{4}){3})</li>", text_of(page))


def code_at(secret: bytes, moment: datetime) -> str:
    """What an authenticator shows at a moment."""
    totp = TOTP(secret)
    totp.time = moment.timestamp()
    return f"{totp.token():06d}"
