"""One rule for all flows: each dialog is an address, with a script or without."""

import pytest
from django.test import Client

from keys.models import Key
from tests.console.people import KEYS

CREATE = f"{KEYS}create/"
PART = {"HX-Request": "true"}


def _form(**fields: str) -> dict[str, str]:
    given = {"spec": "Aliyun_AES_256", "level": "SOFTWARE", "origin": "Aliyun_KMS"}
    return {**given, **fields}


def test_an_address_draws_a_whole_page(client: Client) -> None:
    answer = client.get(CREATE)
    assert answer.content.startswith(b"<!doctype html>")
    assert b'hx-target="#dlg"' not in answer.content.split(b"<main")[1]


def test_htmx_gets_the_part_for_the_open_dialog(client: Client) -> None:
    answer = client.get(CREATE, headers=PART)
    assert b"<html" not in answer.content
    assert b'hx-post="/console/cn-hangzhou/keys/create/"' in answer.content


@pytest.mark.parametrize("headers", [{}, PART], ids=["page", "part"])
def test_a_refused_form_comes_back_with_the_reason(client: Client, headers: dict[str, str]) -> None:
    answer = client.post(CREATE, _form(spec="Aliyun_SM4", description="kept"), headers=headers)
    assert answer.status_code == 422
    assert b'class="err"' in answer.content
    assert b"kept" in answer.content
    assert not Key.objects.exists()


def test_success_leads_on(client: Client) -> None:
    answer = client.post(CREATE, _form())
    assert answer.status_code == 302
    assert answer["Location"] == f"{KEYS}{Key.objects.get().id}/"


def test_success_leads_the_whole_page_on_from_htmx(client: Client) -> None:
    answer = client.post(CREATE, _form(), headers=PART)
    assert answer.status_code == 204
    assert answer["HX-Redirect"] == f"{KEYS}{Key.objects.get().id}/"


def test_what_was_done_is_said_once(client: Client) -> None:
    page = client.post(CREATE, _form(), follow=True)
    assert b"The key is created." in page.content
    assert b"The key is created." not in client.get(KEYS).content


def test_a_refusal_of_the_service_is_told_in_the_dialog(client: Client) -> None:
    client.post(CREATE, _form(alias="taken"))
    key = Key.objects.get()
    answer = client.post(f"{KEYS}{key.id}/create-alias/", {"alias": "taken"}, headers=PART)
    assert answer.status_code == 422
    assert b"AliasAlreadyExists" in answer.content
    assert b"The specified Alias already exists." in answer.content
