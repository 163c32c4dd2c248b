"""Pages beyond single keys: managed HSMs, the overview, the search, the trail, the playground."""

import re

from playwright.sync_api import Page, expect

from kms_console.core.regions import REGIONS
from tests.e2e.dialogs import dialog, submit
from tests.e2e.house import REGION, House, fresh, keys

HERE = f"/console/{REGION}/"


def test_G10_the_15_regions_of_managed_hsms_have_their_exact_names(either: Page) -> None:
    either.goto(f"{HERE}hsm/")
    listed = [one for one in REGIONS.values() if one.cloud_hsm]
    rows = either.locator("table tbody tr:not(.grp)")
    expect(rows).to_have_count(len(listed))
    for region in listed:
        row = rows.filter(has=either.get_by_role("cell", name=region.id, exact=True))
        expect(row).to_contain_text(region.name_en)
        expect(row).to_contain_text(region.city_en)


def test_G11_the_page_says_what_holds_hsm_keys_and_claims_nothing(either: Page) -> None:
    either.goto(f"{HERE}hsm/")
    expect(either.get_by_role("heading", name="embedded module, no hardware")).to_be_visible()
    expect(either.get_by_text("This server has no certified HSM.")).to_be_visible()


def test_a_text_goes_there_and_back_through_the_playground(either: Page, house: House) -> None:
    alias = f"alias/{fresh('play')}"
    house.key(alias=alias)
    either.goto(f"{HERE}playground/?key={alias}")
    either.locator("[name=content]").fill("6222 0210")
    either.locator("[name=context_name]").fill("tenant")
    either.locator("[name=context_value]").fill("acme")
    either.locator("#play-form .btn-primary").click()
    either.get_by_role("button", name="Decrypt this").click()
    either.wait_for_url("**/playground/decrypt/")
    either.locator("#play-form .btn-primary").click()
    expect(either.locator("pre.blob")).to_have_text("6222 0210")


def test_the_same_call_follows_what_is_typed(page: Page) -> None:
    page.goto(f"{HERE}playground/")
    page.locator("[name=key]").fill("alias/followed")
    expect(page.locator("#snippet .is-cli")).to_contain_text("--KeyId alias/followed")


def test_creating_a_key_shows_the_command_that_does_the_same(page: Page) -> None:
    page.goto(keys("create/"))
    page.locator("[name=alias]").fill("shown/beside")
    expect(page.locator(".dlg-side")).to_contain_text("--AliasName alias/shown/beside")


def test_a_slash_leads_to_the_search_and_on_to_the_key(page: Page, house: House) -> None:
    name = fresh("found")
    key = house.key(alias=f"alias/{name}")
    page.goto(HERE)
    page.keyboard.press("/")
    page.keyboard.type(name)
    page.locator("#found").get_by_text(f"alias/{name}").click()
    page.wait_for_url(f"**/keys/{key}/")


def test_several_keys_are_disabled_at_once(either: Page, house: House) -> None:
    made = [house.key(alias=f"alias/{fresh('bulk')}") for _ in range(2)]
    either.goto(keys())
    for key in made:
        either.locator(f"table [name=id][value='{key}']").check()
    either.locator("#bulk").get_by_role("button", name="Disable").click()
    expect(dialog(either)).to_contain_text("2 keys are chosen.")
    submit(either)
    expect(either.get_by_text("Done for 2 of 2 keys.")).to_be_visible()
    assert {house.state(key) for key in made} == {"Disabled"}


def test_the_chain_is_checked_to_its_end(either: Page, house: House) -> None:
    house.key()
    either.goto(f"{HERE}audit/")
    either.get_by_role("button", name="Verify now").click()
    done, further = (
        either.get_by_role("heading", name="Nothing is wrong"),
        either.get_by_role("button", name="Continue"),
    )
    expect(done.or_(further)).to_be_visible()
    while not done.is_visible() and either.evaluate("typeof htmx") == "undefined":
        further.click()  # five hundred entries a step: a script takes the next one by itself
    expect(done).to_be_visible()


def test_an_event_opens_in_its_row(either: Page, house: House) -> None:
    key = house.key()
    either.goto(f"{HERE}audit/?q={key}")
    either.locator("table .tw").first.click()
    expect(either.locator("tr.x")).to_contain_text(re.compile(r"trail-\w+ #\d+"))
