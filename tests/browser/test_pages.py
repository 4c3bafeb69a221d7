"""The pages in a real browser: nothing from elsewhere, nothing too wide or too small, usable without JavaScript."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.modes import open_context
from tests.support.board_jobs import OPEN_TITLES
from tests.support.pages import PAGES

pytestmark = pytest.mark.browser


def test_nothing_is_wider_than_a_small_screen(browser: Browser, address: str) -> None:
    with open_context(browser, address, viewport={"width": 320, "height": 640}) as context:
        page = context.new_page()
        widths = {}
        for path in PAGES:
            page.goto(path)
            widths[path] = page.evaluate("document.documentElement.scrollWidth")

    assert {path: width for path, width in widths.items() if width > 320} == {}


def test_no_page_breaks_its_own_policy_or_asks_elsewhere(browser: Browser, address: str) -> None:
    complaints: list[str] = []
    with open_context(browser, address) as context:
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda one: None if one.url.startswith((address, "data:")) else complaints.append(one.url))
        for path in PAGES:
            page.goto(path)

    expected = re.compile("the server responded with a status of (404|410|422)")
    assert [one for one in complaints if not expected.search(one)] == []


def test_a_search_works_without_javascript(browser: Browser, address: str) -> None:
    with open_context(browser, address, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto("/")
        page.get_by_label("Was?").fill("Köchin")
        page.get_by_role("button", name="Stellen suchen").click()
        expect(page.get_by_role("heading", name="1 Stelle gefunden")).to_be_visible()
        page.get_by_role("link", name="Koch/Köchin").click()

        expect(page.get_by_role("heading", level=1)).to_have_text("Koch/Köchin (m/w/d)")


def test_filters_work_without_javascript(browser: Browser, address: str) -> None:
    with open_context(browser, address, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto("/stellen")
        page.get_by_label("Minijob").check()
        page.get_by_role("button", name="Filter anwenden").click()
        expect(page.get_by_role("heading", name="1 Stelle gefunden")).to_be_visible()
        page.get_by_role("link", name="Filter entfernen: Minijob").click()

        expect(page.locator("#treffer")).to_have_text(f"{len(OPEN_TITLES)} Stellen gefunden")


def test_a_search_with_javascript_changes_address_and_results_and_moves_the_focus(page: Page) -> None:
    page.goto("/stellen")
    page.evaluate("window.sameDocument = true")
    page.get_by_label("Was?").fill("Verkäufer")
    page.get_by_role("button", name="Stellen suchen").click()

    expect(page.locator("#treffer")).to_have_text("2 Stellen gefunden")
    expect(page.locator("#treffer")).to_be_focused()
    assert page.evaluate("window.sameDocument") is True
    assert "was=Verk" in page.url
    page.go_back()
    expect(page.locator("#treffer")).to_have_text(f"{len(OPEN_TITLES)} Stellen gefunden")


def test_filters_are_folded_away_on_a_narrow_screen(browser: Browser, address: str) -> None:
    with open_context(browser, address, viewport={"width": 390, "height": 800}) as context:
        page = context.new_page()
        page.goto("/stellen")
        expect(page.get_by_label("Minijob")).to_be_hidden()
        page.get_by_text("Ergebnis eingrenzen").click()

        expect(page.get_by_label("Minijob")).to_be_visible()


def test_every_target_is_large_enough(page: Page) -> None:
    page.goto("/stellen?size=1&arbeitszeit=vz;tz")
    small = page.evaluate(
        """[...document.querySelectorAll('a, button, input, select, summary')]
        .filter(e => !e.closest('p') && !e.classList.contains('jh-skip'))
        .map(e => [e.textContent.trim() || e.name, e.getBoundingClientRect()])
        .filter(([, r]) => r.height > 0 && (r.height < 24 || r.width < 24)).map(([text]) => text)"""
    )

    assert small == []
