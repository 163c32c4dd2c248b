"""The dialog 创建密钥 (C01 to C16)."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browsing import Language
from tests.e2e.dialogs import choose, dialog, submit, wait_for_key
from tests.e2e.house import House, fresh, keys
from tests.e2e.words import said

ASYMMETRIC = ("RSA_2048", "EC_P256", "EC_P256K", "EC_SM2")


def _open(page: Page) -> None:
    page.goto(keys())
    page.locator(".head .btn-primary").click()
    dialog(page).wait_for()


def _specs(page: Page, group: int) -> list[str]:
    options = dialog(page).locator(f"select[name=spec] optgroup:nth-of-type({group}) option")
    return options.all_inner_texts()


def _segments(page: Page, name: str) -> list[str]:
    return dialog(page).locator(f"label:has([name={name}]) span").all_inner_texts()


def test_C01_the_button_opens_a_dialog_of_its_name(worded: Page, language: Language) -> None:
    _open(worded)
    expect(worded.get_by_role("dialog", name=said(language, "Create key"))).to_be_visible()


def test_C02_key_types_are_the_guides_and_aes_is_the_first(
    worded: Page, language: Language
) -> None:
    _open(worded)
    spec = dialog(worded).get_by_label(said(language, "Key spec"))
    expect(spec).to_have_value("Aliyun_AES_256")
    assert _specs(worded, 1) == ["Aliyun_AES_256", "Aliyun_SM4"]
    assert set(ASYMMETRIC) <= set(_specs(worded, 2))


def test_C03_where_chinese_algorithms_are_served_is_said(worded: Page, language: Language) -> None:
    _open(worded)
    words = "Aliyun_SM4 and EC_SM2 are available only in Chinese mainland regions with Managed HSM."
    expect(dialog(worded).get_by_text(said(language, words))).to_be_visible()


def test_C04_usages_are_encrypting_and_signing(worded: Page, language: Language) -> None:
    _open(worded)
    expect(dialog(worded).get_by_role("radiogroup").first).to_be_visible()
    assert _segments(worded, "usage") == ["Encrypt/Decrypt", "Sign/Verify"]
    meant = {
        "en": "Encrypt/Decrypt (encrypt and decrypt data)",
        "zh-hans": "Encrypt/Decrypt（数据加密和解密）, Sign/Verify（产生和验证数字签名）",
    }[language]
    expect(dialog(worded).get_by_text(meant)).to_be_visible()


def test_C05_an_alias_is_optional(either: Page, house: House) -> None:
    _open(either)
    submit(either)
    key_id = wait_for_key(either)
    assert house.api.call("ListAliasesByKeyId", KeyId=key_id)["TotalCount"] == 0


def test_C05_an_alias_is_taken_with_the_key(either: Page, house: House) -> None:
    alias = fresh("create")
    _open(either)
    dialog(either).locator("[name=alias]").fill(alias)
    submit(either)
    wait_for_key(either)
    expect(either.locator("h1")).to_have_text(f"alias/{alias}")


def test_C06_protection_levels_are_explained(worded: Page, language: Language) -> None:
    _open(worded)
    assert _segments(worded, "level") == ["Software", "HSM"]
    meant = {
        "en": "Software (the key is protected by a software module)",
        "zh-hans": "Software（通过软件模块对密钥进行保护）",
    }[language]
    expect(dialog(worded).get_by_text(meant)).to_be_visible()


def test_C07_a_description_is_kept(either: Page) -> None:
    _open(either)
    dialog(either).locator("[name=description]").fill("订单库 <b>master</b>")
    submit(either)
    wait_for_key(either)
    expect(either.locator("dl.dl").get_by_text("订单库 <b>master</b>")).to_be_visible()


def test_C08_periods_are_the_guides_in_its_order(worded: Page, language: Language) -> None:
    _open(worded)
    english = ["30 days", "90 days", "180 days", "365 days", "Off", "Custom (7–730 days)"]
    assert _segments(worded, "period") == [said(language, words) for words in english]


@pytest.mark.parametrize(("days", "is_good"), [("6", False), ("7", True), ("731", False)])
def test_C08_a_custom_period_has_7_to_730_days(
    page: Page, house: House, days: str, is_good: bool
) -> None:
    _open(page)
    choose(dialog(page), "period", "custom")
    dialog(page).locator("[name=days]").fill(days)
    submit(page)
    if is_good:
        assert house.describe(wait_for_key(page))["RotationInterval"] == "604800s"
    else:
        expect(dialog(page).locator(".err")).to_be_visible()


def test_C09_key_pairs_cannot_have_a_period(worded: Page, language: Language) -> None:
    _open(worded)
    words = (
        "Only symmetric keys of the spec Aliyun_AES_256 or Aliyun_SM4 can have a rotation period."
    )
    expect(dialog(worded).get_by_text(said(language, words))).to_be_visible()
    choose(dialog(worded), "period", "90")
    dialog(worded).locator("[name=spec]").select_option("RSA_2048")
    expect(dialog(worded).locator("[name=period][value=off]")).to_be_checked()
    expect(dialog(worded).locator("[name=period][value='90']")).to_be_hidden()


def test_C10_origins_lie_under_advanced_options(worded: Page, language: Language) -> None:
    _open(worded)
    expect(dialog(worded).locator("[name=origin]").first).to_be_hidden()
    dialog(worded).get_by_text(said(language, "Advanced options")).click()
    assert _segments(worded, "origin") == [said(language, "KMS"), said(language, "External")]
    made = said(language, "KMS generates the key material.")
    expect(dialog(worded).get_by_text(made, exact=True)).to_be_visible()
    choose(dialog(worded), "origin", "EXTERNAL")
    own = {
        "en": "KMS generates no key material: you import your own.",
        "zh-hans": "KMS将不会生成密钥材料，您需要将自己的密钥材料导入KMS",
    }[language]
    expect(dialog(worded).get_by_text(own)).to_be_visible()


def test_C11_ack_required(worded: Page, language: Language) -> None:
    _open(worded)
    dialog(worded).locator("summary").click()
    choose(dialog(worded), "origin", "EXTERNAL")
    submit(worded)
    expect(dialog(worded).locator(".if-ext .err")).to_be_visible()
    words = "I understand the implications of using the external key materials"
    dialog(worded).get_by_label(said(language, words)).check()
    submit(worded)
    wait_for_key(worded)


def test_C11_ack_required_without_script(either: Page) -> None:
    either.goto(keys("create/"))
    dialog(either).locator("summary").click()
    choose(dialog(either), "origin", "EXTERNAL")
    submit(either)
    expect(dialog(either).locator(".if-ext .err")).to_be_visible()
    expect(dialog(either).locator("[name=origin][value=EXTERNAL]")).to_be_checked()


def test_C12_the_buttons_confirm_and_cancel(worded: Page, language: Language) -> None:
    _open(worded)
    confirm = dialog(worded).get_by_role("button", name=said(language, "Confirm"), exact=True)
    expect(confirm).to_be_visible()
    dialog(worded).get_by_text(said(language, "Cancel"), exact=True).click()
    expect(worded.locator("dialog[open]")).to_have_count(0)


def test_C13_a_key_is_enabled_or_waits_for_its_material(worded: Page, language: Language) -> None:
    _open(worded)
    submit(worded)
    wait_for_key(worded)
    expect(worded.locator(".head .st")).to_have_text(said(language, "Enabled"))
    _open(worded)
    dialog(worded).locator("summary").click()
    choose(dialog(worded), "origin", "EXTERNAL")
    dialog(worded).locator("[name=understood]").check()
    submit(worded)
    worded.wait_for_url(lambda address: not address.endswith("/keys/"))
    expect(worded.locator(".head .st")).to_have_text(said(language, "Pending import"))


def test_C14_symmetric_keys_do_not_sign(page: Page) -> None:
    _open(page)
    expect(dialog(page).locator("[name=usage][value='SIGN/VERIFY']")).to_be_hidden()


@pytest.mark.parametrize("spec", ["EC_P256", "EC_P256K"])
def test_C14_curves_only_sign(page: Page, house: House, spec: str) -> None:
    _open(page)
    dialog(page).locator("[name=spec]").select_option(spec)
    expect(dialog(page).locator("[name=usage][value='SIGN/VERIFY']")).to_be_checked()
    expect(dialog(page).locator("[name=usage][value='ENCRYPT/DECRYPT']")).to_be_hidden()
    submit(page)
    assert house.describe(wait_for_key(page))["KeyUsage"] == "SIGN/VERIFY"


@pytest.mark.parametrize("spec", ["RSA_2048", "EC_SM2"])
def test_C14_rsa_and_sm2_do_either(page: Page, spec: str) -> None:
    _open(page)
    dialog(page).locator("[name=spec]").select_option(spec)
    for usage in ("SIGN/VERIFY", "ENCRYPT/DECRYPT"):
        choose(dialog(page), "usage", usage)
        expect(dialog(page).locator(f"[name=usage][value='{usage}']")).to_be_checked()


def test_C14_sm4_is_for_hsm_alone(page: Page, house: House) -> None:
    _open(page)
    dialog(page).locator("[name=spec]").select_option("Aliyun_SM4")
    expect(dialog(page).locator("[name=level][value=HSM]")).to_be_checked()
    expect(dialog(page).locator("[name=level][value=SOFTWARE]")).to_be_hidden()
    submit(page)
    assert house.describe(wait_for_key(page))["ProtectionLevel"] == "HSM"


def test_C14_what_a_browser_sends_all_the_same_is_refused_in_place(either: Page) -> None:
    either.goto(keys("create/", region="ap-southeast-1"))
    dialog(either).locator("[name=spec]").select_option("Aliyun_SM4")
    choose(dialog(either), "level", "HSM")
    submit(either)
    expect(dialog(either).locator(".err")).to_have_count(1)
    expect(dialog(either).locator("[name=spec]")).to_have_value("Aliyun_SM4")


def test_C15_the_short_path_works(either: Page, house: House) -> None:
    alias = fresh("short")
    _open(either)
    within = dialog(either)
    within.locator("[name=alias]").fill(alias)
    choose(within, "level", "HSM")
    within.locator("[name=description]").fill("short")
    submit(either)
    made = house.describe(wait_for_key(either))
    assert (made["ProtectionLevel"], made["Description"]) == ("HSM", "short")


def test_C16_a_period_of_an_external_key_is_not_sent(either: Page, house: House) -> None:
    either.goto(keys("create/"))
    within = dialog(either)
    choose(within, "period", "90")
    within.locator("summary").click()
    choose(within, "origin", "EXTERNAL")
    within.locator("[name=understood]").check()
    submit(either)
    made = house.describe(wait_for_key(either))
    assert made["Origin"] == "EXTERNAL"
    assert made.get("AutomaticRotation", "Disabled") == "Disabled"
    either.goto(keys())
    row = either.locator("tr").filter(has_text=str(made["KeyId"]))
    expect(row.get_by_text("Not supported")).to_be_visible()
