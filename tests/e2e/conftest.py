"""One server a worker and one browser a file; a test gets windows that must not complain."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.e2e.browsing import Language, Look, Profiles, Windows, chromium
from tests.e2e.house import House
from tests.serving import Server


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    server = Server(tmp_path_factory.mktemp("e2e"), workers=1).start()
    yield House.of(server)
    assert server.stop() == 0, server.log


@pytest.fixture(scope="module")
def profiles(house: House) -> Iterator[Profiles]:
    """Playwright's event loop runs as long as its browser: other rooms' tests must not meet it."""
    with chromium() as browser:
        yield Profiles(browser, house.server.url)


@pytest.fixture
def windows(profiles: Profiles) -> Iterator[Windows]:
    """Windows of the installation. An error in a browser's console fails the test."""
    opened = Windows(profiles)
    yield opened
    opened.close()
    assert opened.complaints == []


@pytest.fixture
def page(windows: Windows, house: House) -> Page:
    """A window of the owner, in English."""
    return windows.open(house.session)


@pytest.fixture(params=["zh-hans", "en"])
def language(request: pytest.FixtureRequest) -> Language:
    chosen: Language = request.param
    return chosen


@pytest.fixture
def worded(windows: Windows, house: House, language: Language) -> Page:
    """A window of the owner, in each language in turn."""
    return windows.open(house.session, Look(language=language))


@pytest.fixture(params=[True, False], ids=["script", "no-script"])
def either(windows: Windows, house: House, request: pytest.FixtureRequest) -> Page:
    """A window of the owner, with scripts and without."""
    return windows.open(house.session, Look(script=request.param))
