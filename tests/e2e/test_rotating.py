"""Versions of a key and its rotation (R01 to R04)."""

from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page, expect

from tests.e2e.browsing import Language
from tests.e2e.dialogs import choose, dialog, open_menu, submit, wait_for_key
from tests.e2e.house import House, keys
from tests.e2e.words import said


def _rotating(house: House, days: int = 90) -> str:
    return house.key(EnableAutomaticRotation="true", RotationInterval=f"{days}d")


def test_R01_versions_are_a_table_and_a_picture(
    worded: Page, house: House, language: Language
) -> None:
    key_id = _rotating(house)
    worded.goto(keys(f"{key_id}/"))
    version = house.api.call("ListKeyVersions", KeyId=key_id)["KeyVersions"]["KeyVersion"][0]
    row = worded.get_by_role("row", name=version["KeyVersionId"])
    expect(row.get_by_text(said(language, "Primary"), exact=True)).to_be_visible()
    expect(worded.locator("svg.tl")).to_be_visible()
    expect(worded.locator("svg.tl .lab").last).to_contain_text("v1")


def test_R01_the_pictures_labels_lie_apart(page: Page, house: House) -> None:
    page.goto(keys(f"{_rotating(house)}/"))
    boxes = [text.bounding_box() for text in page.locator("svg.tl > text").all()]
    shown = [box for box in boxes if box is not None]
    assert len(shown) >= 4
    for number, one in enumerate(shown):
        for other in shown[number + 1 :]:
            beside = (
                one["x"] + one["width"] <= other["x"] or other["x"] + other["width"] <= one["x"]
            )
            above = one["y"] + one["height"] <= other["y"] + 1 or (
                other["y"] + other["height"] <= one["y"] + 1
            )
            assert beside or above, (one, other)


def test_R02_the_policy_is_changed_in_a_dialog(
    worded: Page, house: House, language: Language
) -> None:
    key_id = house.key()
    worded.goto(keys(f"{key_id}/"))
    open_menu(worded, said(language, "Rotation policy"))
    choose(dialog(worded), "period", "180")
    submit(worded)
    wait_for_key(worded)
    expect(worded.locator(".card-h .chip-ok")).to_have_text(
        {"en": "Every 180 days", "zh-hans": "每180天"}[language]
    )
    assert house.describe(key_id)["AutomaticRotation"] == "Enabled"


def test_R02_the_policy_is_switched_off(either: Page, house: House) -> None:
    key_id = _rotating(house)
    either.goto(keys(f"{key_id}/rotation/"))
    expect(dialog(either).locator("[name=period][value='90']")).to_be_checked()
    choose(dialog(either), "period", "off")
    submit(either)
    wait_for_key(either)
    assert house.describe(key_id)["AutomaticRotation"] == "Disabled"


def test_R03_the_next_rotation_is_the_last_one_and_the_period(page: Page, house: House) -> None:
    page.goto(keys(f"{_rotating(house)}/"))
    expected = (datetime.now(UTC) + timedelta(days=90)).strftime("%Y-%m-%d")
    expect(page.locator(".legend")).to_contain_text(f"Next rotation on {expected}")


def test_R03_a_policy_of_a_disabled_key_is_suspended(
    worded: Page, house: House, language: Language
) -> None:
    key_id = _rotating(house)
    house.api.call("DisableKey", KeyId=key_id)
    worded.goto(keys(f"{key_id}/"))
    chip = worded.locator(".card-h .chip-warn")
    expect(chip).to_have_text({"en": "Suspended", "zh-hans": "已暂停"}[language])


def test_R04_the_policy_of_a_disabled_key_is_not_changed_and_resumes(
    page: Page, house: House
) -> None:
    key_id = _rotating(house)
    house.api.call("DisableKey", KeyId=key_id)
    page.goto(keys(f"{key_id}/"))
    button = page.locator(".card-h").get_by_text("Rotation policy", exact=True)
    expect(button).to_have_attribute("aria-disabled", "true")
    page.goto(keys(f"{key_id}/rotation/"))
    choose(dialog(page), "period", "30")
    submit(page)
    expect(dialog(page).get_by_role("alert")).to_contain_text("Rejected.Disabled")
    house.api.call("EnableKey", KeyId=key_id)
    page.goto(keys(f"{key_id}/"))
    expect(page.locator(".card-h .chip-ok")).to_have_text("Every 90 days")
