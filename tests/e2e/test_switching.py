"""Disabling a key and enabling it again (X01 to X03)."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.calling import Refused
from tests.e2e.browsing import Language
from tests.e2e.dialogs import dialog, submit, wait_for_key
from tests.e2e.house import House, fresh, keys
from tests.e2e.words import said


def test_X01_disabling_asks_once_and_says_so_in_the_guides_words(
    worded: Page, house: House, language: Language
) -> None:
    alias = f"alias/{fresh('off')}"
    key_id = house.key(alias=alias)
    worded.goto(keys())
    row = worded.get_by_role("row", name=alias)
    row.get_by_text(said(language, "Disable"), exact=True).click()
    asked = worded.get_by_role("dialog", name=said(language, "Disable key"))
    confirm = {"en": "OK", "zh-hans": "确定"}[language]
    asked.get_by_role("button", name=confirm, exact=True).click()
    wait_for_key(worded)
    expect(worded.locator(".head .st")).to_have_text(said(language, "Disabled"))
    assert house.state(key_id) == "Disabled"


def test_X01_disabling_works_in_any_browser(either: Page, house: House) -> None:
    key_id = house.key()
    either.goto(keys(f"{key_id}/"))
    either.locator(".head .actions").get_by_text("Disable", exact=True).click()
    submit(either)
    expect(either.locator(".head .st")).to_have_text("Disabled")
    assert house.state(key_id) == "Disabled"


def test_X02_a_disabled_key_does_nothing_and_the_dialog_says_so(page: Page, house: House) -> None:
    key_id = house.key()
    page.goto(keys(f"{key_id}/disable/"))
    expect(dialog(page)).to_contain_text("neither to encrypt nor to decrypt")
    submit(page)
    page.wait_for_url(f"**{keys(f'{key_id}/')}")
    with pytest.raises(Refused, match=r"Rejected\.Disabled"):
        house.api.call("Encrypt", KeyId=key_id, Plaintext="aGk=")


def test_X03_a_disabled_key_is_enabled_again(either: Page, house: House) -> None:
    key_id = house.key()
    house.api.call("DisableKey", KeyId=key_id)
    either.goto(keys(f"{key_id}/"))
    either.locator(".head .actions").get_by_text("Enable", exact=True).click()
    submit(either)
    expect(either.locator(".head .st")).to_have_text("Enabled")
    assert house.state(key_id) == "Enabled"


def test_X03_what_cannot_be_done_says_why(page: Page, house: House) -> None:
    key_id = house.key(Origin="EXTERNAL")
    page.goto(keys(f"{key_id}/"))
    button = page.locator(".head .actions").get_by_text("Disable", exact=True)
    expect(button).to_have_attribute("aria-disabled", "true")
    expect(button).to_have_attribute("title", re.compile("material"))
