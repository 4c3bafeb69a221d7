"""The pages in a real browser: accessible in every mode, usable by keyboard and without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.support.board_jobs import ALL, OPEN_TITLES
from tests.support.board_rows import fill, own_database
from tests.support.portal import setup
from tests.support.web import board_app, serving

pytestmark = pytest.mark.browser

CHROMIUM = "/usr/bin/chromium"
MODES: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "narrow": {"viewport": {"width": 320, "height": 640}},
    "forced colours": {"forced_colors": "active"},
}
PAGES = [
    "/",
    "/stellen",
    "/stellen?was=Verkäufer&wo=48143&umkreis=50&arbeitszeit=tz&size=1",
    "/stellen?was=Krankenschwester&wo=Coesfeld&umkreis=5",
    "/stellen?wo=Koesfeld",
    "/stellen/borken:T-1",
    "/stellen/warendorf:T-ANON",
    "/stellen/borken:T-ENDED",
    "/arbeitgeber",
    "/arbeitgeber/stelle-melden",
    "/arbeitgeber/gesendet",
    "/massnahmen",
    "/massnahmen/coesfeld:M-2026-0815",
    "/barrierefreiheit",
    "/datenschutz",
    "/impressum",
    "/schnittstelle",
]


@pytest.fixture(scope="module")
def address(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with own_database(database_url) as url:
        fill(url, *ALL)
        with serving(board_app(url, setup(tmp_path_factory.mktemp("portal")))) as address:
            yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    with _context(browser, address) as context:
        yield context.new_page()


def _context(browser: Browser, address: str, **options: Any) -> BrowserContext:
    return browser.new_context(base_url=address, locale="de-DE", **options)


@pytest.mark.parametrize("mode", MODES)
def test_no_page_has_a_barrier_the_machine_can_see(browser: Browser, address: str, mode: str) -> None:
    found: dict[str, list[str]] = {}
    with _context(browser, address, **MODES[mode]) as context:
        page = context.new_page()
        for path in PAGES:
            page.goto(path)
            violations = Axe().run(page).response["violations"]
            found[path] = [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in violations]

    assert {path: ids for path, ids in found.items() if ids} == {}


def test_the_check_sees_a_barrier(page: Page) -> None:
    page.goto("/")
    page.evaluate("document.querySelector('label[for=was]').remove()")

    assert "label" in [one["id"] for one in Axe().run(page).response["violations"]]


def test_nothing_is_wider_than_a_small_screen(browser: Browser, address: str) -> None:
    with _context(browser, address, viewport={"width": 320, "height": 640}) as context:
        page = context.new_page()
        widths = {}
        for path in PAGES:
            page.goto(path)
            widths[path] = page.evaluate("document.documentElement.scrollWidth")

    assert {path: width for path, width in widths.items() if width > 320} == {}


def test_no_page_breaks_its_own_policy_or_asks_elsewhere(browser: Browser, address: str) -> None:
    complaints: list[str] = []
    with _context(browser, address) as context:
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda one: None if one.url.startswith((address, "data:")) else complaints.append(one.url))
        for path in PAGES:
            page.goto(path)

    expected = "the server responded with a status of 410"
    assert [one for one in complaints if expected not in one] == []


def test_a_search_works_without_javascript(browser: Browser, address: str) -> None:
    with _context(browser, address, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto("/")
        page.get_by_label("Was?").fill("Köchin")
        page.get_by_role("button", name="Stellen suchen").click()
        expect(page.get_by_role("heading", name="1 Stelle gefunden")).to_be_visible()
        page.get_by_role("link", name="Koch/Köchin").click()

        expect(page.get_by_role("heading", level=1)).to_have_text("Koch/Köchin (m/w/d)")


def test_filters_work_without_javascript(browser: Browser, address: str) -> None:
    with _context(browser, address, java_script_enabled=False) as context:
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


def test_the_whole_way_to_a_job_can_be_gone_by_keyboard(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Zum Inhalt springen")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_attribute("name", "was")
    page.keyboard.type("Buchhalter")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Buchhalter").focus()
    page.keyboard.press("Enter")

    expect(page.get_by_text("Arbeitgeber nicht öffentlich (Chiffre)").first).to_be_visible()


def test_filters_are_folded_away_on_a_narrow_screen(browser: Browser, address: str) -> None:
    with _context(browser, address, viewport={"width": 390, "height": 800}) as context:
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
