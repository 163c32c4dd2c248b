"""Importing key material with the real `openssl` between download and upload (I01 to I13)."""

import base64
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browsing import Language
from tests.e2e.dialogs import choose, dialog, state, submit, wait_for_key
from tests.e2e.house import House, keys
from tests.e2e.importing import PUBLIC, TOKEN, WRAPPED, bring, get_parameters, give, wrap
from tests.e2e.words import said


@pytest.fixture
def waiting(house: House) -> str:
    """A key that waits for its material."""
    return house.key(Origin="EXTERNAL")


def imported(page: Page, house: House, key_id: str, folder: Path) -> None:
    get_parameters(page, key_id, folder)
    wrap(page, folder)
    bring(page, key_id, folder)
    wait_for_key(page)
    assert house.state(key_id) == "Enabled"


def test_I01_external_keys_have_an_area_with_three_buttons(
    worded: Page, house: House, waiting: str, language: Language
) -> None:
    worded.goto(keys(f"{waiting}/"))
    area = worded.locator("#material")
    expect(area.get_by_role("heading")).to_have_text(said(language, "Key material"))
    for words in ("Get import parameters", "Import key material"):
        expect(area.get_by_role("link", name=said(language, words), exact=True)).to_be_visible()
    deletion = area.get_by_role("button", name=said(language, "Delete key material"))
    expect(deletion).to_have_attribute("aria-disabled", "true")
    worded.goto(keys(f"{house.key()}/"))
    expect(worded.locator("#material")).to_have_count(0)


def test_I02_step_one_chooses_the_algorithm_with_the_guides_default(
    worded: Page, waiting: str, language: Language
) -> None:
    worded.goto(keys(f"{waiting}/"))
    worded.locator("#material").get_by_text(said(language, "Get import parameters")).click()
    asked = worded.get_by_role("dialog", name=said(language, "Get import parameters"))
    expect(asked.get_by_text(said(language, "Wrapping algorithm"))).to_be_visible()
    assert asked.locator("[name=algorithm]").evaluate_all("all => all.map(one => one.value)") == [
        "RSAES_PKCS1_V1_5",
        "RSAES_OAEP_SHA_1",
        "RSAES_OAEP_SHA_256",
    ]
    expect(asked.locator("[value=RSAES_PKCS1_V1_5]")).to_be_checked()
    asked.get_by_role("button", name=said(language, "Next step"), exact=True).click()
    expect(asked.get_by_text(said(language, "Download import token"))).to_be_visible()


def test_I03_step_two_gives_both_files_and_closes(
    worded: Page, waiting: str, language: Language, tmp_path: Path
) -> None:
    get_parameters(worded, waiting, tmp_path, language=language)
    assert wait_for_key(worded) == waiting
    assert base64.b64decode((tmp_path / TOKEN).read_text(), validate=True)


def test_I04_the_public_key_is_rsa_of_2048_bits_in_der(
    page: Page, waiting: str, tmp_path: Path
) -> None:
    get_parameters(page, waiting, tmp_path)
    (tmp_path / "key.der").write_bytes(base64.b64decode((tmp_path / PUBLIC).read_text()))
    read = ["openssl", "pkey", "-pubin", "-inform", "DER", "-in", "key.der", "-noout", "-text"]
    shown = subprocess.run(read, cwd=tmp_path, check=True, capture_output=True, text=True)
    assert "2048 bit" in shown.stdout
    page.goto(keys(f"{waiting}/import-parameters/"))
    expect(page.locator("main [value=SM2PKE]")).to_have_count(0)


@pytest.mark.parametrize(
    "algorithm", ["RSAES_PKCS1_V1_5", "RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"]
)
def test_I05_the_commands_beside_the_buttons_work_as_they_stand(
    page: Page, house: House, waiting: str, tmp_path: Path, algorithm: str
) -> None:
    get_parameters(page, waiting, tmp_path, algorithm)
    wrap(page, tmp_path)
    bring(page, waiting, tmp_path)
    wait_for_key(page)
    assert house.state(waiting) == "Enabled"


def test_I06_files_and_an_expiration_are_given_in_the_dialog(
    worded: Page, house: House, waiting: str, language: Language, tmp_path: Path
) -> None:
    get_parameters(worded, waiting, tmp_path, language=language)
    wrap(worded, tmp_path)
    worded.locator("#material").get_by_text(
        said(language, "Import key material"), exact=True
    ).click()
    asked = worded.get_by_role("dialog", name=said(language, "Import key material"))
    asked.get_by_label(said(language, "Encrypted key material")).set_input_files(tmp_path / WRAPPED)
    asked.get_by_label(said(language, "Import token")).set_input_files(tmp_path / TOKEN)
    expect(asked.get_by_text(said(language, "Key material expiration"))).to_be_visible()
    choose(asked, "expiry", "custom")
    moment = datetime.now(UTC) + timedelta(days=40)
    asked.locator("[name=moment]").fill(f"{moment:%Y-%m-%dT%H:%M}")
    asked.get_by_role("button", name=said(language, "Confirm"), exact=True).click()
    expect(worded.locator("#material .chip-ok")).to_be_visible()
    assert house.describe(waiting)["MaterialExpireTime"] == f"{moment:%Y-%m-%dT%H:%M}:00Z"


def test_I06_a_wrong_token_is_named_in_place_and_the_other_file_stays(
    page: Page, house: House, waiting: str, tmp_path: Path
) -> None:
    other, theirs = house.key(Origin="EXTERNAL"), tmp_path / "theirs"
    theirs.mkdir()
    get_parameters(page, other, theirs)
    get_parameters(page, waiting, tmp_path)
    wrap(page, tmp_path)
    page.locator("#material").get_by_text("Import key material").click()
    give(page, tmp_path / WRAPPED, theirs / TOKEN)
    submit(page)
    expect(dialog(page).get_by_text(f"This token was made for {other}.")).to_be_visible()
    assert house.state(waiting) == "PendingImport"
    page.locator("[name=token]").set_input_files(tmp_path / TOKEN)
    submit(page)
    expect(page.locator("#material .chip-ok")).to_be_visible()
    assert house.state(waiting) == "Enabled"


def test_I07_a_key_that_waited_is_enabled(
    either: Page, house: House, waiting: str, tmp_path: Path
) -> None:
    either.goto(keys(f"{waiting}/"))
    assert state(either) == "Pending import"
    imported(either, house, waiting, tmp_path)
    assert state(either) == "Enabled"


def test_I08_a_token_counts_down_and_serves_again_until_then(
    page: Page, house: House, waiting: str, tmp_path: Path
) -> None:
    get_parameters(page, waiting, tmp_path)
    left = page.locator("#material [data-left]")
    first = left.inner_text()
    assert first.startswith("23:59:")
    page.wait_for_function(
        "text => document.querySelector('[data-left]').textContent < text", arg=first
    )
    wrap(page, tmp_path)
    for _ in range(2):
        bring(page, waiting, tmp_path)
        wait_for_key(page)
    assert house.state(waiting) == "Enabled"


def test_I09_the_same_material_comes_again_to_never_expire(
    page: Page, house: House, waiting: str, tmp_path: Path
) -> None:
    get_parameters(page, waiting, tmp_path)
    wrap(page, tmp_path)
    deliver(house, waiting, tmp_path, datetime.now(UTC) + timedelta(days=2))
    assert house.describe(waiting)["MaterialExpireTime"] != ""
    bring(page, waiting, tmp_path)
    wait_for_key(page)
    assert house.describe(waiting)["MaterialExpireTime"] == ""


def test_I10_a_key_is_bound_to_its_first_material(
    page: Page, house: House, waiting: str, tmp_path: Path
) -> None:
    imported(page, house, waiting, tmp_path)
    (tmp_path / "KeyMaterial.bin").unlink()
    page.goto(keys(f"{waiting}/"))
    wrap(page, tmp_path)
    bring(page, waiting, tmp_path)
    expect(dialog(page).get_by_role("alert")).to_contain_text("InvalidKeyMaterial")


def test_I11_deleting_asks_once_and_the_key_waits_again(
    worded: Page, house: House, waiting: str, language: Language, tmp_path: Path
) -> None:
    get_parameters(worded, waiting, tmp_path, language=language)
    wrap(worded, tmp_path)
    bring(worded, waiting, tmp_path)
    wait_for_key(worded)
    worded.locator("#material").get_by_text(said(language, "Delete key material")).click()
    asked = worded.get_by_role("dialog", name=said(language, "Delete key material"))
    assert house.state(waiting) == "Enabled"
    asked.get_by_role("button", name=said(language, "Confirm"), exact=True).click()
    expect(worded.locator(".head .st")).to_have_text(said(language, "Pending import"))
    assert house.state(waiting) == "PendingImport"


def test_I12_a_key_whose_material_has_expired_waits_for_the_same_one(
    page: Page, house: House, waiting: str, tmp_path: Path
) -> None:
    get_parameters(page, waiting, tmp_path)
    wrap(page, tmp_path)
    deliver(house, waiting, tmp_path, datetime.now(UTC) + timedelta(seconds=3))
    blob = house.api.call("Encrypt", KeyId=waiting, Plaintext="eA==")["CiphertextBlob"]
    until = time.monotonic() + 20
    while house.state(waiting) != "PendingImport":
        assert time.monotonic() < until
    page.goto(keys(f"{waiting}/"))
    assert state(page) == "Pending import"
    expect(page.locator("#material")).to_contain_text("material is gone")
    bring(page, waiting, tmp_path)
    wait_for_key(page)
    assert house.api.call("Decrypt", CiphertextBlob=blob)["Plaintext"] == "eA=="


def test_I13_keys_at_hsm_level_take_material(page: Page, house: House, tmp_path: Path) -> None:
    key_id = house.key(Origin="EXTERNAL", ProtectionLevel="HSM", KeySpec="Aliyun_SM4")
    imported(page, house, key_id, tmp_path)
    assert (tmp_path / "KeyMaterial.bin").stat().st_size == 16


def deliver(house: House, key_id: str, folder: Path, expires: datetime) -> None:
    """ImportKeyMaterial over the API, which knows seconds."""
    house.api.call(
        "ImportKeyMaterial",
        KeyId=key_id,
        EncryptedKeyMaterial=(folder / WRAPPED).read_text(),
        ImportToken=(folder / TOKEN).read_text(),
        KeyMaterialExpireUnix=str(int(expires.timestamp())),
    )
