"""What tests ask of a page."""

import base64
import html
import re

from django.http import HttpResponse

from keys.models import Key


def page_of(key: Key, name: str = "") -> str:
    """The address of a key's page, or of one of its dialogs."""
    return f"/console/{key.region}/keys/{key.id}/{name}"


def text_of(response: object) -> str:
    """The page as its reader sees it: without markup, in single spaces."""
    assert isinstance(response, HttpResponse)
    plain = re.sub(r"<[^>]*>", " ", response.content.decode())
    return " ".join(html.unescape(plain).split())


def parcels_of(response: object) -> dict[str, str]:
    """The files that the page carries, by name."""
    assert isinstance(response, HttpResponse)
    found = re.findall(
        r'href="data:text/plain;base64,([^"]*)" download="([^"]*)"', response.content.decode()
    )
    return {name: base64.b64decode(data).decode() for data, name in found}
