"""Aliases in the list and on a key's page (A01 to A04, A07)."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browsing import Language, Windows
from tests.e2e.dialogs import dialog, submit, wait_for_key
from tests.e2e.house import PASSWORD, House, Person, fresh, keys
from tests.e2e.words import said


def _names(page: Page) -> list[str]:
    return page.locator("#aliases .alist .mono").all_inner_texts()


def test_A01_a_key_without_a_name_gets_one_in_the_list(
    worded: Page, house: House, language: Language
) -> None:
    key_id = house.key()
    alias = fresh("first")
    worded.goto(keys())
    row = worded.get_by_role("row", name=key_id)
    row.locator("td.c-name").get_by_text(said(language, "Create alias")).click()
    asked = worded.get_by_role("dialog", name=said(language, "Create alias"))
    asked.get_by_role("textbox", name=said(language, "Alias")).fill(alias)
    asked.get_by_role("button", name=said(language, "OK"), exact=True).click()
    wait_for_key(worded)
    assert _names(worded) == [f"alias/{alias}"]


def test_A02_a_key_has_several_names(either: Page, house: House) -> None:
    first, second = f"alias/{fresh('one')}", f"alias/{fresh('two')}"
    key_id = house.key(alias=first)
    either.goto(keys(f"{key_id}/"))
    either.locator("#aliases").get_by_text("Create alias").click()
    dialog(either).locator("[name=alias]").fill(second)
    submit(either)
    expect(either.locator("#aliases").get_by_text(second)).to_be_visible()
    assert set(_names(either)) == {first, second}


def test_A03_a_name_is_deleted_and_the_key_stays(
    worded: Page, house: House, language: Language
) -> None:
    alias = f"alias/{fresh('gone')}"
    key_id = house.key(alias=alias)
    worded.goto(keys(f"{key_id}/"))
    entry = worded.locator("#aliases li").filter(has_text=alias)
    entry.get_by_text(said(language, "Delete alias"), exact=True).click()
    asked = worded.get_by_role("dialog", name=said(language, "Delete alias"))
    expect(asked.get_by_text(alias)).to_be_visible()
    asked.get_by_role("button", name=said(language, "OK"), exact=True).click()
    wait_for_key(worded)
    expect(worded.locator("#aliases .alist")).to_have_count(0)
    assert house.state(key_id) == "Enabled"


def test_A03_deleting_works_in_any_browser(either: Page, house: House) -> None:
    alias = f"alias/{fresh('gone')}"
    either.goto(keys(f"{house.key(alias=alias)}/"))
    either.locator("#aliases").get_by_text("Delete alias").click()
    submit(either)
    expect(either.locator("#aliases .alist")).to_have_count(0)


@pytest.mark.parametrize("name", ["with space", "ünïcode", "a:b", "acs/reserved", "x" * 256])
def test_A04_what_is_no_alias_is_refused_in_place(page: Page, house: House, name: str) -> None:
    page.goto(keys(f"{house.key()}/create-alias/"))
    dialog(page).locator("[name=alias]").evaluate(
        "(field, text) => { field.removeAttribute('maxlength'); field.value = text }", name
    )
    submit(page)
    expect(dialog(page).locator(".err, .note-bad")).to_be_visible()


def test_A04_a_name_is_taken_once_in_a_region(either: Page, house: House) -> None:
    alias = f"alias/{fresh('once')}"
    house.key(alias=alias)
    either.goto(keys(f"{house.key()}/create-alias/"))
    dialog(either).locator("[name=alias]").fill(alias)
    submit(either)
    expect(dialog(either).get_by_role("alert")).to_contain_text("AliasAlreadyExists")


def test_A05_an_alias_is_pointed_at_another_key(
    worded: Page, house: House, language: Language
) -> None:
    alias = f"alias/{fresh('moves')}"
    house.key(alias=alias)
    target = house.key()
    worded.goto(f"/console/cn-hangzhou/aliases/?q={alias}")
    worded.locator("table").get_by_text(said(language, "Update alias")).click()
    asked = worded.get_by_role("dialog", name=said(language, "Update alias"))
    asked.locator("[name=key]").fill(target)
    asked.get_by_role("button", name=said(language, "Confirm"), exact=True).click()
    assert wait_for_key(worded) == target
    assert _names(worded) == [alias]


def test_A05_a_key_that_does_not_exist_is_told_in_place(either: Page, house: House) -> None:
    alias = f"alias/{fresh('stays')}"
    either.goto(keys(f"{house.key(alias=alias)}/"))
    either.locator("#aliases").get_by_text("Update alias").click()
    dialog(either).locator("[name=key]").fill("00000000-0000-4000-8000-000000000000")
    submit(either)
    expect(dialog(either).locator(".err")).to_contain_text("There is no such key")


def test_A06_all_aliases_stand_on_a_page_of_their_own(
    worded: Page, house: House, language: Language
) -> None:
    alias = f"alias/{fresh('listed')}"
    key_id = house.key(alias=alias)
    worded.goto(keys())
    worded.locator("nav.side").get_by_text(said(language, "Aliases")).click()
    row = worded.get_by_role("row").filter(has_text=alias)
    row.get_by_role("link", name=key_id).click()
    assert wait_for_key(worded) == key_id


@pytest.fixture(scope="module")
def reader(house: House) -> Person:
    """A RAM user who may see keys and nothing else."""
    account = house.server.credentials["account_id"]
    whose = ["--account", account]
    made = house.server.manage_json("user", "create", *whose, "--name", "reader", "--console")
    house.server.manage(
        "policy", "attach", *whose, "--user", "reader", "--policy", "AliyunKMSReadOnlyAccess"
    )
    person = Person(house.server.url)
    person.send("/console/login/", login=made["login"], password=made["password"])
    person.send("/console/password/", old=made["password"], new=PASSWORD, again=PASSWORD)
    return person


def test_A07_a_user_without_permission_is_told_so_in_the_dialog(
    windows: Windows, house: House, reader: Person
) -> None:
    page = windows.open(reader.session)
    key_id = house.key()
    page.goto(keys(f"{key_id}/"))
    page.locator("#aliases").get_by_text("Create alias").click()
    dialog(page).locator("[name=alias]").fill(fresh("denied"))
    submit(page)
    expect(dialog(page).get_by_role("alert")).to_contain_text("Forbidden.NoPermission")
