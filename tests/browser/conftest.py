"""One chromium and one board for all tests in the browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.modes import CHROMIUM, open_context
from tests.support.board_jobs import ALL
from tests.support.board_rows import fill, own_database
from tests.support.portal import setup
from tests.support.web import board_app, serving


@pytest.fixture(scope="package")
def address(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    portal = setup(tmp_path_factory.mktemp("portal"))
    with own_database(database_url) as url:
        fill(url, *ALL)
        with serving(board_app(url, send_mail=lambda _: None, portal=portal)) as address:
            yield address


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    with open_context(browser, address) as context:
        yield context.new_page()
