"""A real Chromium, and pages of it that remember what went wrong on them."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.requirements import missing

Language = Literal["zh-hans", "en"]
Theme = Literal["light", "dark"]

DESKTOP, PHONE = (1440, 900), (390, 844)
_PROGRAMS = ("/usr/bin/chromium", "chromium", "chromium-browser", "google-chrome")
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_STATUS = re.compile(r"(?:a status of|Status Error Code) (\d+)")
_REFUSED_FORM = 422
"""Chromium logs each refused form; that is how dialogs say what is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a page is looked at."""

    language: Language = "en"
    theme: Theme = "light"
    size: tuple[int, int] = DESKTOP
    script: bool = True


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium; no browser is ever downloaded."""
    program = next(filter(None, map(shutil.which, _PROGRAMS)), None)
    if program is None:
        missing("Chromium is not installed.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=_FLAGS)
        yield browser
        browser.close()


class Profiles:
    """Profiles of the browser for one site: they keep what was loaded, and nobody's cookies."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.url = url
        self._browser = browser
        self._free: dict[tuple[tuple[int, int], bool], list[BrowserContext]] = {}

    def take(self, look: Look) -> BrowserContext:
        """One that nobody uses now, of the look's size and with or without scripts."""
        free = self._free.setdefault((look.size, look.script), [])
        return free.pop() if free else self._make(look)

    def give_back(self, look: Look, context: BrowserContext) -> None:
        """Make it as good as new for the next test."""
        for page in context.pages:
            page.close()
        context.clear_cookies()
        context.clear_permissions()
        self._free[look.size, look.script].append(context)

    def _make(self, look: Look) -> BrowserContext:
        width, height = look.size
        context = self._browser.new_context(
            viewport={"width": width, "height": height},
            base_url=self.url,
            java_script_enabled=look.script,
            accept_downloads=True,
            reduced_motion="reduce",
        )
        context.set_default_timeout(10_000)
        return context


@dataclass(slots=True)
class Windows:
    """Opens pages of one installation, with or without a session, and collects their complaints.

    Statuses that are `expected` are no complaint.
    """

    profiles: Profiles
    complaints: list[str] = field(default_factory=list)
    expected: set[int] = field(default_factory=lambda: {_REFUSED_FORM})
    _taken: list[tuple[Look, BrowserContext]] = field(default_factory=list)

    def open(self, session: str = "", look: Look | None = None) -> Page:
        """A page in a window of its own; `session` is the value of a session's cookie."""
        seen = look or Look()
        context = self.profiles.take(seen)
        self._taken.append((seen, context))
        cookies = {"kms_language": seen.language, "kms_theme": seen.theme, "kms_session": session}
        for name, value in cookies.items():
            if value:
                context.add_cookies([{"name": name, "value": value, "url": self.profiles.url}])
        page = context.new_page()
        self._listen(page)
        return page

    def close(self) -> None:
        for look, context in self._taken:
            self.profiles.give_back(look, context)
        self._taken.clear()

    def _listen(self, page: Page) -> None:
        def hear(message: ConsoleMessage) -> None:
            self._hear(message)

        page.on("console", hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _hear(self, message: ConsoleMessage) -> None:
        status = _STATUS.search(message.text)
        is_expected = status is not None and int(status[1]) in self.expected
        if message.type == "error" and not is_expected:
            self.complaints.append(message.text)


def download(page: Page, words: str, folder: Path) -> Path:
    """Click the link or button of these words and keep the file that it gives."""
    with page.expect_download() as waited:
        page.get_by_text(words, exact=True).click()
    target = folder / waited.value.suggested_filename
    waited.value.save_as(target)
    return target
