"""What tests do in dialogs, whether they lie over the page or are one."""

import re

from playwright.sync_api import Locator, Page

_KEY_PAGE = re.compile(r"/keys/[0-9a-f-]{36}/$")


def dialog(page: Page) -> Locator:
    """The open dialog, or without a script the page that is one."""
    return page.locator("dialog[open], main .dlg-flat")


def choose(within: Locator, name: str, value: str) -> None:
    """Take one of the segments of a choice."""
    within.locator(f"input[name={name}][value='{value}']").check()


def submit(page: Page) -> None:
    """Press the dialog's last button: what it stands for."""
    dialog(page).locator("button[type=submit]").click()


def wait_for_key(page: Page) -> str:
    """Wait for a key's page; its id."""
    page.wait_for_url(_KEY_PAGE)
    return page.url.rstrip("/").rsplit("/", 1)[1]


def open_menu(page: Page, entry: str) -> None:
    """In the menu 更多 of a key's page, take the entry of these words."""
    page.locator("[popovertarget=m-key]").click()
    page.locator("#m-key").get_by_text(entry, exact=True).click()


def state(page: Page) -> str:
    """The state that a key's page shows."""
    return page.locator(".head .st").inner_text()
