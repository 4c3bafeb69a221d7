"""No page has a barrier that a machine can see, in any mode and language (axe, WCAG 2.2 A and AA)."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser.modes import MODES, open_context
from tests.support.pages import PAGES

pytestmark = pytest.mark.browser

_RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}
_SOME = ["/stellen", "/karte", "/stellen/borken:T-1", "/druck?stelle=borken:T-1", "/barriere-melden"]


def _violations(page: Page) -> list[str]:
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:120]}"
        for one in Axe().run(page, options=_RULES).response["violations"]
    ]


def _found(browser: Browser, address: str, mode: str, paths: list[str]) -> dict[str, list[str]]:
    found = {}
    with open_context(browser, address, **MODES[mode]) as context:
        page = context.new_page()
        for path in paths:
            page.goto(path)
            found[path] = _violations(page)
    return {path: ids for path, ids in found.items() if ids}


@pytest.mark.parametrize("mode", MODES)
def test_the_pages_people_use_most_have_no_barrier(browser: Browser, address: str, mode: str) -> None:
    assert _found(browser, address, mode, _SOME) == {}


@pytest.mark.matrix
@pytest.mark.parametrize("language", ["", "/en"])
@pytest.mark.parametrize("mode", MODES)
def test_no_page_has_a_barrier(browser: Browser, address: str, mode: str, language: str) -> None:
    assert _found(browser, address, mode, [language + path for path in PAGES]) == {}


def test_the_check_sees_a_barrier(page: Page) -> None:
    page.goto("/")
    page.evaluate("document.querySelector('label[for=was]').remove()")

    assert [one for one in _violations(page) if one.startswith("label:")] != []


def test_a_form_with_faults_and_a_filled_watch_list_have_no_barrier(page: Page) -> None:
    page.goto("/stellen")
    page.get_by_role("button", name="Merken Verkäuferin").click()
    page.goto("/merkliste")
    page.wait_for_selector("[data-asked=yes]")
    assert _violations(page) == []

    page.goto("/barriere-melden")
    page.get_by_label("Was geht nicht?").fill(" ")
    page.get_by_label("Ihre E-Mail-Adresse").fill("nur@halb")
    page.get_by_role("button", name="Nachricht senden").click()
    page.get_by_role("alert").wait_for()
    assert _violations(page) == []


def test_texts_may_be_spaced_out(browser: Browser, address: str) -> None:
    """WCAG 1.4.12: nothing is cut off or overlaps when a reader widens lines, words and letters."""
    with open_context(browser, address, **MODES["narrow"]) as context:
        page = context.new_page()
        page.goto("/stellen/borken:T-1")
        for name, value in (("line-height", "1.5"), ("letter-spacing", "0.12em"), ("word-spacing", "0.16em")):
            page.evaluate(
                "([n, v]) => document.querySelectorAll('body *').forEach(e => e.style.setProperty(n, v, 'important'))",
                [name, value],
            )
        cut = page.evaluate(
            """[...document.querySelectorAll('main *')].filter(e => getComputedStyle(e).overflow === 'hidden'
            && !e.classList.contains('kern-sr-only') && (e.scrollHeight > e.clientHeight + 1)).map(e => e.className)"""
        )

        assert cut == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
