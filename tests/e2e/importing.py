"""The owner of material between a download and an upload: a folder, and the `openssl` program."""

import subprocess
from pathlib import Path

from playwright.sync_api import Page

from tests.e2e.browsing import Language, download
from tests.e2e.dialogs import dialog, submit
from tests.e2e.house import keys
from tests.e2e.words import said

PUBLIC, TOKEN = "PublicKey_base64.txt", "ImportToken_base64.txt"
WRAPPED = "EncryptedKeyMaterial_base64.txt"


def get_parameters(
    page: Page,
    key_id: str,
    folder: Path,
    algorithm: str = "RSAES_OAEP_SHA_256",
    language: Language = "en",
) -> None:
    """获取导入密钥材料参数, from the key's page to both files, and 关闭."""
    page.goto(keys(f"{key_id}/"))
    page.locator("#material").get_by_text(said(language, "Get import parameters")).click()
    dialog(page).locator(f"[value={algorithm}]").check()
    submit(page)
    names = {
        said(language, "Download wrapping public key"): PUBLIC,
        said(language, "Download import token"): TOKEN,
    }
    for words, name in names.items():
        assert download(page, words, folder).name == name
    close = dialog(page).locator(".dlg-f").get_by_role("link", name=said(language, "Close"))
    close.click()


def wrap(page: Page, folder: Path) -> None:
    """Run the commands that stand beside the buttons; material that is there already stays."""
    shown = page.locator("#material [data-copy*=openssl]").get_attribute("data-copy") or ""
    commands = shown.splitlines()
    if (folder / "KeyMaterial.bin").exists():
        commands = commands[1:]
    subprocess.run(["bash", "-ec", "\n".join(commands)], cwd=folder, check=True)


def bring(page: Page, key_id: str, folder: Path, token: Path | None = None) -> None:
    """导入密钥材料 with the files of the folder, which never expires."""
    page.goto(keys(f"{key_id}/import-material/"))
    give(page, folder / WRAPPED, token or folder / TOKEN)
    submit(page)


def give(page: Page, material: Path, token: Path) -> None:
    """Choose both files in the dialog."""
    page.locator("[name=material]").set_input_files(material)
    page.locator("[name=token]").set_input_files(token)
