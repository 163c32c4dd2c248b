"""`python -m tests.e2e.screenshots`: every page in both languages, into docs/screenshots/.

With `all`, every page in both themes and sizes as well.
"""

import sys
import tempfile
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page

from tests.commanding import CommandLine
from tests.e2e.browsing import DESKTOP, PHONE, Look, Profiles, Windows, chromium
from tests.e2e.house import RICH, House
from tests.e2e.places import Place, places
from tests.serving import ROOT, Server

FOLDER = ROOT / "docs" / "screenshots"
EXAMPLES = ("login", "keys", "create-key", "key", "schedule-deletion")
"""The places that are also shown dark and on a phone."""

_QUALITY = 82


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        server = Server(Path(folder), workers=1).start()
        try:
            _take_all(House.of(server), Profiles(browser, server.url))
        finally:
            server.stop()


def _take_all(house: House, profiles: Profiles) -> None:
    with CommandLine(house.server) as command:
        command.execute("from tests.e2e.demo import fill; fill()")
    rich = str(house.describe(RICH)["KeyId"])
    for name, place in places(house, rich).items():
        for look in _looks(name):
            windows = Windows(profiles)
            page = windows.open(house.session if place.signed_in else "", look)
            _take(page, place, FOLDER / f"{name}-{_suffix(look)}.webp")
            windows.close()


def _looks(name: str) -> Iterator[Look]:
    yield Look(language="zh-hans")
    yield Look(language="en")
    if name in EXAMPLES or "all" in sys.argv:
        yield Look(language="zh-hans", theme="dark")
        yield Look(language="zh-hans", size=PHONE)
    if "all" in sys.argv:
        yield Look(language="en", theme="dark")
        yield Look(language="en", size=PHONE)
        yield Look(language="zh-hans", theme="dark", size=PHONE)
        yield Look(language="en", theme="dark", size=PHONE)


def _suffix(look: Look) -> str:
    language = "en" if look.language == "en" else "zh"
    theme = "-dark" if look.theme == "dark" else ""
    return f"{language}{theme}{'' if look.size == DESKTOP else '-phone'}"


def _take(page: Page, place: Place, target: Path) -> None:
    """As WebP, which Chromium writes and Playwright does not offer."""
    place.visit(page)
    page.wait_for_load_state("networkidle")
    session = page.context.new_cdp_session(page)
    options = {"format": "webp", "quality": _QUALITY}
    taken = session.send("Page.captureScreenshot", options)
    target.write_bytes(b64decode(taken["data"]))


if __name__ == "__main__":
    main()
