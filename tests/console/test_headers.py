"""What every page tells browsers, and whom it does not listen to."""

import pytest
from django.test import Client, override_settings

from keys.models import Key
from tests.console.people import KEYS

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}


def _policy(header: str) -> dict[str, str]:
    return dict(part.strip().split(" ", 1) for part in header.split(";"))


@pytest.mark.parametrize("path", ["/console/login/", KEYS, "/console/nowhere/"])
def test_the_policy_of_content_is_the_strict_one(client: Client, path: str) -> None:
    assert _policy(client.get(path)["Content-Security-Policy"]) == POLICY


@pytest.mark.parametrize("path", ["/console/login/", KEYS, "/console/nowhere/"])
def test_pages_are_not_framed_guessed_or_told_of(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"


def test_pages_have_no_script_or_style_of_their_own(client: Client) -> None:
    page = client.get(KEYS).content.decode()
    assert "<style" not in page
    assert " style=" not in page
    assert " onclick=" not in page
    assert "hx-on" not in page


@override_settings(ALLOWED_HOSTS=["kms.example"])
def test_another_host_name_is_refused(client: Client) -> None:
    answer = client.get(KEYS, headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert b"evil.example" not in answer.content


@pytest.mark.parametrize("path", ["/console/login/", "/console/logout/", f"{KEYS}create/"])
def test_a_form_that_was_not_given_out_is_refused(visitor: Client, db: None, path: str) -> None:
    answer = visitor.post(path, {"spec": "Aliyun_AES_256"})
    assert answer.status_code == 403
    assert not Key.objects.exists()


def test_a_form_from_another_site_is_refused(client: Client) -> None:
    client.handler.enforce_csrf_checks = True
    answer = client.post(
        f"{KEYS}create/", {"spec": "Aliyun_AES_256"}, headers={"Origin": "https://evil.example"}
    )
    assert answer.status_code == 403
    assert not Key.objects.exists()
