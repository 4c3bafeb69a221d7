"""The form "Fehler melden" in a real browser: no barrier in any mode, by keyboard alone, without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from hub.web.app import create_app
from hub.web.mailbag import Away, Mailbag
from tests.browser.modes import MODES
from tests.support.board_jobs import ALL
from tests.support.board_rows import fill, own_database
from tests.support.web import NAMES, TODAY, serving

pytestmark = pytest.mark.browser

FORM = "/fehler-melden?stelle=borken:T-1"


class Box(Mailbag):
    """Keeps what Kafka would get; lets nothing in while it is away."""

    def __init__(self) -> None:
        super().__init__("nowhere:1")
        self.remarks: list[Mapping[str, Any]] = []
        self.away = False

    async def put(self, jobcenter: str, remark: dict[str, Any]) -> None:
        if self.away:
            raise Away
        self.remarks.append(remark)


@pytest.fixture
def box() -> Box:
    return Box()


@pytest.fixture
def address(database_url: str, box: Box) -> Iterator[str]:
    with own_database(database_url) as url:
        fill(url, *ALL)
        with serving(create_app(url, TODAY, jobcenters=NAMES, mailbag=box)) as address:
            yield address


def test_the_form_has_no_barrier_the_machine_can_see(browser: Browser, address: str, box: Box) -> None:
    found: dict[str, list[str]] = {}
    box.away = True
    for mode, options in MODES.items():
        with browser.new_context(base_url=address, locale="de-DE", **options) as context:
            page = context.new_page()
            page.goto(FORM)
            found[f"{mode}, empty"] = [one["id"] for one in Axe().run(page).response["violations"]]
            page.get_by_label("Etwas anderes").check()
            page.get_by_role("button", name="Hinweis senden").click()
            expect(page.get_by_role("alert")).to_contain_text("konnte gerade nicht angenommen werden")
            found[f"{mode}, refused"] = [one["id"] for one in Axe().run(page).response["violations"]]
            assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate("window.innerWidth")
            page.goto(f"{FORM}&gesendet=1")
            found[f"{mode}, sent"] = [one["id"] for one in Axe().run(page).response["violations"]]

    assert {where: ids for where, ids in found.items() if ids} == {}


def test_it_is_sent_by_keyboard_and_without_javascript(browser: Browser, address: str, box: Box) -> None:
    with browser.new_context(base_url=address, locale="de-DE", java_script_enabled=False) as context:
        page = context.new_page()
        page.goto("/stellen/borken:T-1")
        page.get_by_role("link", name="Fehler melden").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Fehler melden")
        page.get_by_label("Die Stelle ist schon besetzt").focus()
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
        page.keyboard.type("Seit Montag vergeben.")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("Vielen Dank")
        page.reload()

    assert [(one["reason"], one["text"]) for one in box.remarks] == [("FILLED", "Seit Montag vergeben.")]
