"""On every page and open dialog: nothing for axe to find, nothing wider than the window."""

from collections.abc import Mapping

import pytest
from playwright.sync_api import Page

from tests.e2e.axe import overflow, violations
from tests.e2e.browsing import DESKTOP, PHONE, Look, Windows
from tests.e2e.house import House, keys
from tests.e2e.places import Place, places

NAMES = (
    "login",
    "login-refused",
    "password",
    "not-found",
    "bad-request",
    "no-such-key",
    "keys",
    "keys-nothing-fits",
    "keys-empty",
    "region-menu",
    "user-menu",
    "create-key",
    "create-key-page",
    "create-external-key",
    "key",
    "key-menu",
    "key-disabled",
    "key-pending-deletion",
    "key-pending-import",
    "key-pair",
    "disable",
    "enable",
    "schedule-deletion",
    "cancel-deletion",
    "rotation",
    "create-alias",
    "create-alias-refused",
    "delete-alias",
    "import-parameters",
    "import-parameters-ready",
    "import-material",
    "import-material-refused",
    "delete-material",
    "manual-rotation",
    "create-version",
    "certificate-request",
    "certificate-request-refused",
    "description",
    "protection",
    "policy",
    "add-tag",
    "aliases",
    "aliases-nothing-fits",
    "aliases-empty",
    "update-alias",
)


@pytest.fixture(scope="module")
def all_places(house: House) -> Mapping[str, Place]:
    return places(house)


def test_every_place_is_looked_at(all_places: Mapping[str, Place]) -> None:
    assert set(NAMES) == set(all_places)


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_for_everybody(
    windows: Windows,
    house: House,
    all_places: Mapping[str, Place],
    name: str,
    size: tuple[int, int],
) -> None:
    place = all_places[name]
    windows.expected.add(place.status)
    session = house.session if place.signed_in else ""
    page = windows.open(session, Look(size=size, language="zh-hans"))
    place.visit(page)
    assert overflow(page) == 0
    assert violations(page) == []
    _darken(page)
    assert violations(page) == []


def test_the_navigation_of_a_phone_is_for_everybody(windows: Windows, house: House) -> None:
    page = windows.open(house.session, Look(size=PHONE, language="zh-hans"))
    page.goto(keys())
    page.locator(".hamb").click()
    page.locator("#m-nav").wait_for()
    assert violations(page) == []
    page.locator(f"#m-nav a[href='{keys()}']").click()
    page.wait_for_url(f"**{keys()}")


def _darken(page: Page) -> None:
    """What the server would send with the other theme's cookie."""
    page.evaluate("document.documentElement.dataset.bsTheme = 'dark'")
