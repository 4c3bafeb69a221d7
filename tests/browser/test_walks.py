"""The whole way of a visitor: search, filter, detail, print, watch list; in any mode, by keyboard, without scripts."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.modes import MODES, open_context

pytestmark = pytest.mark.browser

_TITLE = "Verkäufer:in im Einzelhandel"


def _walk(page: Page, *, narrow: bool = False) -> None:
    page.goto("/")
    page.get_by_label("Was?").fill("Verkäufer")
    page.get_by_role("button", name="Stellen suchen").click()
    expect(page.locator("#treffer")).to_have_text("2 Stellen gefunden")
    if narrow:
        page.get_by_text("Ergebnis eingrenzen").click()
    page.get_by_label("Minijob").check()
    page.get_by_role("button", name="Filter anwenden").click()
    expect(page.locator("#treffer")).to_have_text("1 Stelle gefunden")
    expect(page.locator("#treffer")).to_be_focused()
    page.get_by_role("link", name=_TITLE).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(_TITLE)

    page.get_by_role("button", name=f"Merken {_TITLE}").click()
    expect(page.get_by_role("button", name=f"Gemerkt {_TITLE}")).to_be_visible()
    page.get_by_role("link", name="Druckansicht").click()
    expect(page.get_by_role("img", name="QR-Code mit der Adresse dieser Stelle")).to_be_visible()
    expect(page.get_by_role("button", name="Drucken")).to_be_visible()
    page.get_by_role("link", name="Merkliste (1)").click()
    expect(page.get_by_role("status")).to_have_text("1 Stelle gemerkt")
    expect(page.get_by_text("noch offen")).to_be_visible()
    page.get_by_role("link", name=_TITLE).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(_TITLE)


@pytest.mark.parametrize(
    "mode", ["narrow", *(pytest.param(mode, marks=pytest.mark.matrix) for mode in MODES if mode != "narrow")]
)
def test_from_the_search_to_the_watch_list(browser: Browser, address: str, mode: str) -> None:
    with open_context(browser, address, **MODES[mode]) as context:
        _walk(context.new_page(), narrow=mode == "narrow")


@pytest.mark.parametrize(
    "mode", ["light", *(pytest.param(mode, marks=pytest.mark.matrix) for mode in ("narrow", "dark"))]
)
def test_the_same_way_without_javascript(browser: Browser, address: str, mode: str) -> None:
    with open_context(browser, address, java_script_enabled=False, **MODES[mode]) as context:
        page = context.new_page()
        page.goto("/")
        page.get_by_label("Was?").fill("Verkäufer")
        page.get_by_role("button", name="Stellen suchen").click()
        expect(page.locator("#treffer")).to_have_text("2 Stellen gefunden")
        page.get_by_label("Minijob").check()
        page.get_by_role("button", name="Filter anwenden").click()
        expect(page.locator("#treffer")).to_have_text("1 Stelle gefunden")
        page.get_by_role("link", name=_TITLE).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(_TITLE)
        expect(page.locator(".jh-watch")).to_be_hidden()
        page.get_by_role("link", name="Druckansicht").click()
        expect(page.get_by_text("Drucken mit Strg + P.")).to_be_visible()
        expect(page.get_by_role("button", name="Drucken")).to_be_hidden()
        page.get_by_role("link", name="Merkliste").first.click()

        expect(page.get_by_text("Die Merkliste braucht JavaScript.")).to_be_visible()


_IN_SIGHT = """e => { const r = e.getClientRects()[0];
const at = document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2);
return at !== null && (e === at || e.contains(at) || at.contains(e)) }"""


class _Keys:
    """Somebody who has a keyboard only: goes on with Tab until the wanted element has the focus."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def go_to(self, wanted: Locator) -> None:
        expect(wanted).to_be_visible()
        for _ in range(120):
            if wanted.evaluate("element => element === document.activeElement"):
                break
            self._page.keyboard.press("Tab")
        expect(wanted).to_be_focused()
        # WCAG 2.4.7 and 2.4.11: the focus is seen, and nothing covers it.
        assert wanted.evaluate(
            "e => getComputedStyle(e).outlineStyle !== 'none' || getComputedStyle(e).boxShadow !== 'none'"
        )
        self._page.wait_for_function(_IN_SIGHT, arg=wanted.element_handle())  # it may still be scrolling

    def press(self, key: str) -> None:
        self._page.keyboard.press(key)


def test_the_same_way_by_keyboard_only(page: Page) -> None:
    keys = _Keys(page)
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Zum Inhalt springen")
    keys.press("Enter")
    keys.press("Tab")
    expect(page.locator(":focus")).to_have_attribute("name", "was")
    page.keyboard.type("Verkäufer")
    keys.press("Enter")
    expect(page.locator("#treffer")).to_have_text("2 Stellen gefunden")
    keys.go_to(page.get_by_label("Minijob"))
    keys.press("Space")
    keys.go_to(page.get_by_role("button", name="Filter anwenden"))
    keys.press("Enter")
    expect(page.locator("#treffer")).to_have_text("1 Stelle gefunden")
    expect(page.locator("#treffer")).to_be_focused()
    keys.go_to(page.get_by_role("link", name=_TITLE))
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(_TITLE)
    keys.go_to(page.get_by_role("button", name=f"Merken {_TITLE}"))
    keys.press("Enter")
    keys.go_to(page.get_by_role("link", name="Druckansicht"))
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Druckansicht")
    keys.go_to(page.get_by_role("link", name="Merkliste (1)"))
    keys.press("Enter")
    keys.go_to(page.get_by_role("button", name=f"Entfernen {_TITLE}"))
    keys.press("Enter")

    expect(page.get_by_role("status")).to_have_text("Die Merkliste ist leer.")
    expect(page.get_by_role("status")).to_be_focused()


def test_the_other_language_is_one_click_away_and_keeps_the_search(page: Page) -> None:
    page.goto("/stellen?was=Verkäufer")
    page.get_by_role("link", name="English").click()
    expect(page.locator("#treffer")).to_have_text("2 jobs found")
    page.get_by_label("Minijob").check()
    page.get_by_role("button", name="Apply filters").click()
    expect(page.locator("#treffer")).to_have_text("1 job found")
    assert "/en/stellen?" in page.url
    page.get_by_role("link", name=_TITLE).click()
    page.get_by_role("button", name=f"Save {_TITLE}").click()
    page.get_by_role("link", name="Watch list (1)").click()
    expect(page.get_by_text("still open", exact=True)).to_be_visible()
    page.get_by_role("link", name="Deutsch").click()

    expect(page.get_by_role("status")).to_have_text("1 Stelle gemerkt")


def test_somebody_who_wants_no_motion_gets_none(browser: Browser, address: str) -> None:
    with open_context(browser, address, reduced_motion="reduce") as context:
        page = context.new_page()
        page.goto("/stellen")
        moving: list[Any] = page.evaluate(
            """[...document.querySelectorAll('*')].filter(e => { const s = getComputedStyle(e);
            return s.transitionDuration !== '0s' && s.transitionProperty !== 'none' && s.transitionProperty !== 'all'
            || s.animationName !== 'none' }).map(e => e.className)"""
        )

        assert moving == []


def test_each_sheet_of_three_is_one_page_of_paper(page: Page) -> None:
    page.goto("/druck?stelle=borken:T-1&stelle=coesfeld:T-3&stelle=muenster:T-5")
    paper = page.pdf(format="A4", margin={"top": "15mm", "bottom": "15mm", "left": "15mm", "right": "15mm"})

    assert paper.count(b"/Type /Page\n") == 3
