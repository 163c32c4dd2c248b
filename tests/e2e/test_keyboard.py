"""Everything is done without a mouse as well, and the script does its few things."""

import re

from playwright.sync_api import Page, expect

from tests.e2e.browsing import Windows
from tests.e2e.dialogs import dialog
from tests.e2e.house import House, keys


def test_the_first_stop_leads_past_the_bars(page: Page) -> None:
    page.goto(keys())
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"#main$"))


def test_a_slash_leads_to_the_search(page: Page) -> None:
    page.goto(keys())
    page.keyboard.press("/")
    search = page.locator(".gsearch [name=q]")
    expect(search).to_be_focused()
    page.keyboard.type("/")
    expect(search).to_have_value("/")


def test_a_dialog_takes_the_focus_and_gives_it_back(page: Page) -> None:
    page.goto(keys())
    button = page.locator(".head .btn-primary")
    button.focus()
    page.keyboard.press("Enter")
    expect(dialog(page).locator("[name=spec]")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(button).to_be_focused()


def test_a_refused_field_takes_the_focus(page: Page, house: House) -> None:
    page.goto(keys(f"{house.key()}/"))
    page.locator("#aliases .right a").click()
    dialog(page).locator("[name=alias]").fill("no alias")
    page.keyboard.press("Enter")
    expect(dialog(page).locator(".err")).to_be_visible()
    expect(dialog(page).locator("[name=alias]")).to_be_focused()


def test_a_menu_closes_by_escape(page: Page, house: House) -> None:
    page.goto(keys(f"{house.key()}/"))
    page.locator("[popovertarget=m-key]").press("Enter")
    expect(page.locator("#m-key")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#m-key")).to_be_hidden()


def test_an_id_is_copied(page: Page, house: House) -> None:
    key_id = house.key()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(keys(f"{key_id}/"))
    page.locator(".dl .copy").first.click()
    expect(page.locator(".toast-s")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == key_id


def test_a_dialog_that_is_refused_shows_why(page: Page, windows: Windows, house: House) -> None:
    windows.expected.add(404)
    key_id = house.key()
    page.goto(keys(f"{key_id}/"))
    nowhere = keys("00000000-0000-4000-8000-000000000000/disable/")
    page.locator(".head .actions > a").evaluate(
        "(link, to) => { link.setAttribute('hx-get', to); htmx.process(link) }", nowhere
    )
    page.locator(".head .actions > a").click()
    expect(page.locator(".deny .chip")).to_have_text("Forbidden.KeyNotFound")


def test_a_filter_is_sent_as_soon_as_it_is_chosen(page: Page) -> None:
    page.goto(keys())
    page.locator("select[name=spec]").select_option("EC_P256")
    page.wait_for_url("**spec=EC_P256**")
