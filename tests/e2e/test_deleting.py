"""Scheduling the deletion of a key, and changing one's mind (P01 to P06)."""

import pytest
from playwright.sync_api import Page, expect

from tests.calling import Refused
from tests.e2e.browsing import Language
from tests.e2e.dialogs import dialog, open_menu, submit, wait_for_key
from tests.e2e.house import House, fresh, keys
from tests.e2e.words import said


def _pending(house: House) -> str:
    key_id = house.key()
    house.api.call("ScheduleKeyDeletion", KeyId=key_id, PendingWindowInDays="7")
    return key_id


def test_P01_deletion_is_in_the_menu_of_the_list(
    worded: Page, house: House, language: Language
) -> None:
    alias = f"alias/{fresh('delete')}"
    house.key(alias=alias)
    worded.goto(keys())
    row = worded.get_by_role("row", name=alias)
    row.get_by_text(said(language, "More")).click()
    words = said(language, "Schedule key deletion")
    row.locator(".menu").get_by_text(words, exact=True).click()
    expect(worded.get_by_role("dialog", name=words)).to_be_visible()


def test_P02_the_window_is_30_days_unless_another_is_chosen(
    worded: Page, house: House, language: Language
) -> None:
    key_id = house.key()
    worded.goto(keys(f"{key_id}/"))
    open_menu(worded, said(language, "Schedule key deletion"))
    days = dialog(worded).get_by_label(said(language, "Pending window"))
    expect(days).to_have_value("30")
    confirm = dialog(worded).get_by_role("button", name=said(language, "OK"), exact=True)
    confirm.click()
    expect(worded.locator(".head .st")).to_have_text(said(language, "Pending deletion"))
    assert house.state(key_id) == "PendingDeletion"


@pytest.mark.parametrize("days", ["6", "31"])
def test_P02_other_windows_are_refused_in_place(either: Page, house: House, days: str) -> None:
    key_id = house.key()
    either.goto(keys(f"{key_id}/"))
    open_menu(either, "Schedule key deletion")
    dialog(either).locator("[name=days]").fill(days)
    submit(either)
    expect(dialog(either).locator(".err")).to_be_visible()
    assert house.state(key_id) == "Enabled"


def test_P03_a_key_that_waits_for_deletion_does_nothing(either: Page, house: House) -> None:
    key_id = house.key()
    either.goto(keys(f"{key_id}/schedule-deletion/"))
    dialog(either).locator("[name=days]").fill("7")
    submit(either)
    wait_for_key(either)
    for action in ("Encrypt", "GenerateDataKey"):
        with pytest.raises(Refused, match=r"Rejected\.PendingDeletion"):
            house.api.call(action, KeyId=key_id, Plaintext="aGk=")


def test_P04_the_menu_undoes_it(worded: Page, house: House, language: Language) -> None:
    key_id = _pending(house)
    worded.goto(keys(f"{key_id}/"))
    open_menu(worded, said(language, "Cancel key deletion"))
    submit(worded)
    expect(worded.locator(".head .st")).to_have_text(said(language, "Enabled"))
    assert house.state(key_id) == "Enabled"


def test_P04_undoing_works_in_any_browser(either: Page, house: House) -> None:
    key_id = _pending(house)
    either.goto(keys(f"{key_id}/"))
    open_menu(either, "Cancel key deletion")
    submit(either)
    expect(either.locator(".head .st")).to_have_text("Enabled")


def test_P05_the_dialog_warns_in_the_guides_words(
    worded: Page, house: House, language: Language
) -> None:
    worded.goto(keys(f"{house.key()}/schedule-deletion/"))
    warning = {
        "en": [
            "Once a master key is deleted it cannot be recovered",
            "We recommend that you disable the key instead",
        ],
        "zh-hans": [
            "主密钥一旦删除，将无法恢复，使用该主密钥加密的内容及产生的数据密钥也将无法解密",
            "推荐您使用禁用密钥功能",
        ],
    }[language]
    for words in warning:
        expect(worded.locator(".note-bad")).to_contain_text(words)


def test_P06_list_and_page_count_down(worded: Page, house: House, language: Language) -> None:
    key_id = _pending(house)
    words = {"en": "deleted in 6 days 23 hours", "zh-hans": "6天23小时后删除"}[language]
    worded.goto(keys())
    row = worded.get_by_role("row", name=key_id)
    expect(row.get_by_text(words)).to_be_visible()
    worded.goto(keys(f"{key_id}/"))
    expect(worded.locator(".head").get_by_text(words)).to_be_visible()


def test_P06_the_dialog_tells_the_use_of_the_key(page: Page, house: House) -> None:
    page.goto(keys(f"{house.key()}/schedule-deletion/"))
    facts = dialog(page).locator(".facts > div")
    expect(facts.filter(has_text="Last use")).to_contain_text("never")
    expect(facts.filter(has_text="Calls in 30 days")).to_contain_text("0")
