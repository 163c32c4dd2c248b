"""The overview, the search and the page about managed HSMs, as their readers see them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from aliases.domain.names import AliasName
from aliases.services.creation import key_create_named
from keys.domain.deletion import PendingWindow
from keys.domain.refs import KeyRef
from keys.domain.specs import ProtectionLevel
from keys.models import Key
from keys.services.deletion import deletion_schedule
from keys.services.lifecycle import NewKey
from kms_console.audit.calls import slot_of
from kms_console.audit.models import CallSlot
from kms_console.core.actor import Actor
from kms_console.core.clock import utc_now
from kms_console.core.regions import REGIONS
from tests.keys.console.conftest import RamVisitor
from tests.keys.console.reading import text_of

HOME = "/console/cn-hangzhou/"
SEARCH = f"{HOME}search/"
HSM = f"{HOME}hsm/"


def _named(actor: Actor, name: str, level: ProtectionLevel = ProtectionLevel.SOFTWARE) -> Key:
    new = NewKey(protection_level=level)
    return key_create_named(actor=actor, new=new, alias=AliasName.parse(f"alias/{name}"))


def test_an_account_without_keys_is_told_where_to_start(visitor: Client) -> None:
    text = text_of(visitor.get(HOME))
    assert "Start here" in text
    assert "Create your first key" in text


def test_home_leads_to_the_overview(visitor: Client) -> None:
    assert visitor.get("/console/")["Location"] == HOME


def test_states_and_what_is_due_are_told(visitor: Client, actor: Actor) -> None:
    today = replace(actor, now=utc_now())
    _named(today, "orders", ProtectionLevel.HSM)
    old = _named(today, "reports/old")
    deletion_schedule(actor=today, ref=KeyRef.of(old.id), window=PendingWindow(7))
    text = text_of(visitor.get(HOME))
    assert "All keys 2 1 HSM · 1 Software" in text
    assert "Permanent deletion alias/reports/old in 6 days" in text
    assert "Next 30 days 1 item" in text


def test_calls_and_errors_are_drawn_without_a_style_or_a_script(
    visitor: Client, actor: Actor, key: Key
) -> None:
    for hours, errors in ((1, 0), (5, 3)):
        CallSlot.objects.create(
            account_id=actor.account_id,
            region="cn-hangzhou",
            slot=slot_of(utc_now()) - timedelta(hours=hours),
            calls=10,
            errors=errors,
        )
    page = visitor.get(HOME).content.decode()
    assert "<b>20</b> calls" in page
    assert "<b>3</b> errors" in page
    assert page.count('class="eb"') == 1
    assert "style=" not in page
    assert page.count("<script ") == page.count("<script src") + page.count("<script defer")


def test_a_user_sees_what_the_policies_allow(ram_visitor: RamVisitor, key: Key) -> None:
    reader = text_of(ram_visitor("actiontrail:LookupEvents").get(HOME))
    assert "All keys" not in reader
    assert "Calls, last 24 hours" in reader


def test_a_user_without_policies_is_told_which_are_missing(ram_visitor: RamVisitor) -> None:
    text = text_of(ram_visitor("kms:Encrypt").get(HOME))
    assert "kms:ListKeys" in text
    assert "actiontrail:LookupEvents" in text


def test_the_overview_costs_the_same_with_many_keys(visitor: Client, actor: Actor) -> None:
    _named(actor, "first")
    visitor.get(HOME)
    with CaptureQueriesContext(connection) as few:
        visitor.get(HOME)
    for n in range(12):
        _named(actor, f"more/{n}")
    with CaptureQueriesContext(connection) as many:
        visitor.get(HOME)
    assert len(many) == len(few)


def test_a_key_is_found_by_alias_id_and_description(visitor: Client, actor: Actor) -> None:
    found = _named(actor, "orders/db")
    for text in ("orders", "alias/orders/db", str(found.id)):
        assert "alias/orders/db" in text_of(visitor.get(SEARCH, {"q": text}))
    assert "Nothing fits" in text_of(visitor.get(SEARCH, {"q": "invoices"}))


def test_htmx_gets_the_menu_alone(visitor: Client, actor: Actor) -> None:
    _named(actor, "orders/db")
    part = visitor.get(SEARCH, {"q": "ord"}, headers={"hx-request": "true"}).content.decode()
    assert "alias/orders/db" in part
    assert "<html" not in part


def test_what_was_searched_for_is_escaped(visitor: Client) -> None:
    page = visitor.get(SEARCH, {"q": '"><script>x</script>'}).content.decode()
    assert "<script>x" not in page


@pytest.mark.parametrize("text", ["x" * 301, "a\x00b"])
def test_what_no_form_sends_is_refused(visitor: Client, text: str) -> None:
    assert visitor.get(SEARCH, {"q": text}).status_code == 400


def test_g10_the_table_has_the_15_regions_of_the_guide(visitor: Client) -> None:
    visitor.cookies["kms_language"] = "zh-hans"
    page = visitor.get(HSM).content.decode()
    listed = [one for one in REGIONS.values() if one.cloud_hsm]
    assert len(listed) == 15
    for region in listed:
        assert f'<td class="mono">{region.id}</td>' in page
        assert region.name_zh in page
        assert region.city_zh in page


def test_g11_the_page_names_the_module_and_claims_no_certificate(
    visitor: Client, actor: Actor
) -> None:
    _named(actor, "vault", ProtectionLevel.HSM)
    text = text_of(visitor.get(HSM))
    assert "embedded module, no hardware" in text
    assert "This server has no certified HSM." in text
    assert "HSM keys 1" in text
