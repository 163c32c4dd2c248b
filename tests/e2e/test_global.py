"""What every page has, and the pages that list and show keys (G01 to G09)."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browsing import Language, Look, Windows
from tests.e2e.dialogs import choose, dialog, submit, wait_for_key
from tests.e2e.house import PASSWORD, House, fresh, keys
from tests.e2e.words import said


@pytest.mark.parametrize("script", [True, False])
def test_G01_sign_in_leads_to_the_page_that_was_asked_for(
    windows: Windows, house: House, script: bool
) -> None:
    page = windows.open(look=Look(script=script))
    page.goto(keys(region="cn-beijing"))
    expect(page).to_have_url(re.compile(r"/console/login/\?next="))
    page.locator("[name=login]").fill(house.login)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main button[type=submit]").click()
    expect(page).to_have_url(re.compile(r"/console/cn-beijing/keys/$"))


def test_G01_a_wrong_password_is_told_in_place(windows: Windows, house: House) -> None:
    page = windows.open()
    page.goto("/console/login/")
    page.locator("[name=login]").fill(house.login)
    page.locator("[name=password]").fill("not the password")
    page.locator("main button[type=submit]").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator("[name=login]")).to_have_value(house.login)
    expect(page.locator("[name=password]")).to_have_value("")


def test_G02_regions_are_chosen_top_left_and_keys_belong_to_one(either: Page, house: House) -> None:
    alias = f"alias/{fresh('region')}"
    house.key(alias=alias)
    either.goto(keys())
    expect(either.get_by_role("link", name=alias)).to_be_visible()
    button = either.locator("header [popovertarget=m-region]")
    box = button.bounding_box()
    assert box is not None
    assert box["x"] < 400
    assert box["y"] < 60
    button.click()
    either.locator("#m-region").get_by_text("cn-shanghai", exact=True).click()
    either.wait_for_url("**/cn-shanghai/keys/")
    expect(either.get_by_role("link", name=alias)).to_have_count(0)


def test_G02_the_menu_names_all_regions_by_their_names(worded: Page, language: Language) -> None:
    worded.goto(keys())
    worded.locator("header [popovertarget=m-region]").click()
    menu = worded.locator("#m-region")
    assert menu.locator("a").count() > 15
    name = {"en": "China (Hangzhou)", "zh-hans": "华东1（杭州）"}[language]
    expect(menu.get_by_role("link", name=f"{name} cn-hangzhou")).to_be_visible()


def test_G03_the_left_navigation_has_the_master_keys(worded: Page, language: Language) -> None:
    worded.goto("/console/password/")
    worded.goto(keys())
    entry = worded.locator("nav.side").get_by_role(
        "link", name={"en": "Master keys", "zh-hans": "用户主密钥"}[language]
    )
    entry.click()
    expect(worded.locator("h1")).to_have_text(said(language, "Customer master keys"))


def test_G04_the_list_has_the_guides_buttons_and_columns(
    worded: Page, house: House, language: Language
) -> None:
    alias = f"alias/{fresh('list')}"
    house.key(alias=alias)
    house.key()
    worded.goto(keys())
    expect(worded.locator(".head").get_by_text(said(language, "Create key"))).to_be_visible()
    row = worded.get_by_role("row", name=alias)
    expect(row.get_by_text(said(language, "Disable"), exact=True)).to_be_visible()
    expect(row.get_by_text(said(language, "More"))).to_be_visible()
    last = worded.locator("thead th").last
    expect(last).to_have_text(said(language, "Actions"))
    nameless = worded.get_by_role("row").filter(has=worded.locator("td.c-name .lnk")).first
    expect(nameless.get_by_text(said(language, "Create alias"), exact=True).first).to_be_visible()


def test_G05_an_alias_leads_to_the_keys_page_with_its_areas(
    worded: Page, house: House, language: Language
) -> None:
    alias = f"alias/{fresh('page')}"
    house.key(alias=alias)
    worded.goto(keys())
    worded.get_by_role("link", name=alias, exact=True).click()
    wait_for_key(worded)
    expect(worded.locator("h1")).to_have_text(alias)
    heading = worded.get_by_role("heading", name=said(language, "Aliases"), exact=True)
    expect(heading).to_be_visible()


def test_G06_the_protection_level_is_seen_in_list_and_page(
    worded: Page, house: House, language: Language
) -> None:
    alias = f"alias/{fresh('level')}"
    house.key(alias=alias, ProtectionLevel="HSM")
    worded.goto(keys())
    label = said(language, "Protection level")
    expect(worded.locator("th").get_by_text(label, exact=True)).to_be_visible()
    expect(worded.get_by_role("row", name=alias).locator(".chip")).to_have_text("HSM")
    worded.get_by_role("link", name=alias, exact=True).click()
    shown = worded.locator("dl.dl > div").filter(has_text=label)
    expect(shown.locator("dd")).to_have_text("HSM")


def test_G07_a_new_key_shows_id_state_and_level(worded: Page, language: Language) -> None:
    worded.goto(keys("create/"))
    choose(dialog(worded), "level", "HSM")
    submit(worded)
    key_id = wait_for_key(worded)
    expect(worded.locator("dl.dl").get_by_text(key_id, exact=True)).to_be_visible()
    expect(worded.locator(".head .st")).to_have_text(said(language, "Enabled"))
    expect(worded.locator(".head .chip-hsm")).to_have_text("HSM")
    expect(worded.locator("dl.dl dt").first).to_have_text(said(language, "Key ID"))


def test_G08_states_have_the_guides_words_and_a_shape_each(
    worded: Page, house: House, language: Language
) -> None:
    off, gone = house.key(), house.key()
    waiting = house.key(Origin="EXTERNAL")
    house.api.call("DisableKey", KeyId=off)
    house.api.call("ScheduleKeyDeletion", KeyId=gone, PendingWindowInDays="7")
    shown = {
        house.key(): ("Enabled", "st-ok"),
        off: ("Disabled", "st-off"),
        gone: ("Pending deletion", "st-bad"),
        waiting: ("Pending import", "st-warn"),
    }
    worded.goto(keys())
    for key_id, (words, shape) in shown.items():
        cell = worded.get_by_role("row", name=key_id).locator(".st")
        expect(cell).to_have_text(said(language, words))
        expect(cell).to_have_class(re.compile(shape))


def test_G09_notices_have_levels(worded: Page, house: House, language: Language) -> None:
    key_id = house.key()
    worded.goto(keys(f"{key_id}/schedule-deletion/"))
    note = worded.locator(".note-bad")
    expect(note.locator("b")).to_have_text(said(language, "Danger"))
    expect(note.locator("svg")).to_be_visible()
