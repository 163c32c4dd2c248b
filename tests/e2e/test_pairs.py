"""Rotation by hand, key pairs, and tags (R05 to R07)."""

import subprocess
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.e2e.browsing import download
from tests.e2e.dialogs import dialog, submit, wait_for_key
from tests.e2e.house import House, fresh, keys


def test_R05_a_key_of_one_version_leads_to_rotation_by_hand(either: Page, house: House) -> None:
    alias = f"alias/{fresh('byok')}"
    key_id = house.key(alias=alias, Origin="EXTERNAL")
    either.goto(keys(f"{key_id}/"))
    either.get_by_text("Rotate a master key manually").click()
    shown = dialog(either)
    expect(shown.get_by_text("Create a new key")).to_be_visible()
    shown.get_by_text(alias).click()
    expect(dialog(either).locator("[name=key]")).to_be_visible()


def test_R06_a_key_pair_has_versions_without_a_primary_one(either: Page, house: House) -> None:
    key_id = house.key(KeySpec="EC_P256")
    either.goto(keys(f"{key_id}/"))
    expect(either.locator("#versions tbody tr")).to_have_count(1)
    either.get_by_text("Create key version").click()
    submit(either)
    expect(either.locator("#versions tbody tr")).to_have_count(2)
    expect(either.locator("#versions")).not_to_contain_text("Primary")


def test_R06_public_key_and_certificate_request_are_files(
    either: Page, house: House, tmp_path: Path
) -> None:
    either.goto(keys(f"{house.key(KeySpec='EC_P256')}/"))
    with either.expect_download() as waited:
        either.locator("#versions table").get_by_text("Download public key").click()
    assert waited.value.suggested_filename == "ec_p256_publickey_v1.pub"
    waited.value.save_as(tmp_path / "a.pub")
    run(tmp_path, "openssl pkey -pubin -in a.pub -noout")
    either.locator("#versions table").get_by_text("CSR").click()
    dialog(either).locator("[name=common_name]").fill("www.example.com")
    submit(either)
    made = download(either, "Download CSR", tmp_path)
    assert "CN = www.example.com" in run(
        tmp_path, f"openssl req -in {made.name} -verify -subject -noout"
    )


def test_R07_tags_come_change_and_go(either: Page, house: House) -> None:
    key_id = house.key()
    either.goto(keys(f"{key_id}/"))
    tags = either.locator("#tags")
    tags.get_by_text("Add tag").click()
    dialog(either).locator("[name=name]").fill("cost/center")
    dialog(either).locator("[name=value]").fill("42")
    submit(either)
    wait_for_key(either)
    expect(tags).to_contain_text("42")
    tags.get_by_text("Edit").click()
    dialog(either).locator("[name=value]").fill("43")
    submit(either)
    wait_for_key(either)
    expect(tags).to_contain_text("43")
    tags.get_by_text("Remove").click()
    submit(either)
    expect(tags).to_contain_text("This key has no tags.")


def run(folder: Path, command: str) -> str:
    asked = ["bash", "-ec", command]
    return subprocess.run(asked, cwd=folder, check=True, capture_output=True, text=True).stdout
