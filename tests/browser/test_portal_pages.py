"""The employer portal in a real browser: the whole way without JavaScript, and what JavaScript adds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.modes import MODES
from tests.support.board_jobs import ALL, JOBS
from tests.support.board_rows import fill, own_database
from tests.support.portal import PUBLIC, STAFF, Office, setup
from tests.support.web import board_app, serving

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def desk(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    outbox: Path = tmp_path_factory.mktemp("outbox")
    with own_database(database_url) as url:
        fill(url, *ALL)
        app = board_app(url, portal=setup(outbox))
        with serving(app) as address, httpx2.Client(base_url=address, trust_env=False) as client:
            yield Office(client, app.state.site.portal, outbox, url)


def _barriers(page: Page) -> list[str]:
    violations = Axe().run(page).response["violations"]
    wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    return [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in violations] + (["too wide"] if wide else [])


def _fill_in(page: Page, title: str = "Koch (m/w/d)") -> None:
    for label, text in {
        "Name des Arbeitgebers": "Gasthof Zur Linde GmbH", "Ihre E-Mail-Adresse": "kueche@linde.example",
        "Titel der Stelle": title, "Postleitzahl des Arbeitsorts": "48624",
        "Beschreibung": "Sie kochen gern.", "Telefon für Bewerbungen": "02555 000000",
    }.items():  # fmt: skip
        page.get_by_label(label).fill(text)
    page.get_by_label("Vollzeit", exact=True).check()
    page.locator("#contract_term").select_option("UNBEFRISTET")


@pytest.mark.parametrize(
    "mode", ["narrow", *(pytest.param(mode, marks=pytest.mark.matrix) for mode in MODES if mode != "narrow")]
)
def test_the_whole_way_without_javascript_and_without_a_barrier(browser: Browser, desk: Office, mode: str) -> None:
    found: dict[str, list[str]] = {}
    base = str(desk.client.base_url)
    options: dict[str, Any] = {"base_url": base, "locale": "de-DE", **MODES[mode]}
    before = len(desk.letters())
    # axe itself is a script; pages of ours run none without htmx, which is kept away here.
    with browser.new_context(**options) as context:
        context.route(re.compile(r".*/static/.*\.js.*"), lambda route: route.abort())
        page = context.new_page()
        page.goto("/arbeitgeber")
        page.get_by_role("link", name="Stelle melden").click()
        page.get_by_role("button", name="Weiter: Angaben prüfen").click()
        expect(page.get_by_role("heading", name="Bitte prüfen Sie diese Angaben")).to_be_visible()
        found["faults"] = _barriers(page)
        page.get_by_role("link", name="Titel der Stelle").click()
        expect(page.locator("#title")).to_be_focused()
        _fill_in(page)
        page.get_by_role("button", name="Weiter: Angaben prüfen").click()
        page.get_by_label("Köche/Köchinnen (ohne Spezialisierung) – fachlich", exact=False).check()
        page.get_by_role("button", name="Weiter: Angaben prüfen").click()
        expect(page.get_by_role("heading", name="Stimmt alles?")).to_be_visible()
        expect(page.get_by_role("link", name=JOBS[0]["title"])).to_be_visible()
        found["review"] = _barriers(page)
        page.get_by_role("button", name="Zurück zum Formular").click()
        expect(page.get_by_label("Beschreibung")).to_have_value("Sie kochen gern.")
        page.get_by_role("button", name="Weiter: Angaben prüfen").click()
        page.get_by_role("button", name="Absenden").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Bitte sehen Sie in Ihr Postfach")
        confirm = desk.link("bestaetigen", desk.letters()[before])
        page.goto(confirm)
        found["confirm"] = _barriers(page)
        page.get_by_role("button", name="Ja, an das Jobcenter geben").click()
        expect(page.get_by_text("Wird geprüft")).to_be_visible()
        found["manage"] = _barriers(page)
    with browser.new_context(**options, extra_http_headers=STAFF) as context:
        page = context.new_page()
        page.goto("/mitarbeitende/borken/stellen")
        found["list"] = _barriers(page)
        page.get_by_role("link", name="Koch (m/w/d)").first.click()
        found["job"] = _barriers(page)
        page.get_by_role("button", name="Ablehnen").click()
        expect(page.get_by_role("heading", name="Bitte prüfen Sie diese Angaben")).to_be_visible()
        found["refusal"] = _barriers(page)
        page.get_by_role("button", name="Annehmen").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Gemeldete Stellen")

    assert {name: barriers for name, barriers in found.items() if barriers} == {}
    assert PUBLIC not in confirm


def test_occupations_and_likely_duplicates_appear_while_somebody_types(browser: Browser, desk: Office) -> None:
    with browser.new_context(base_url=str(desk.client.base_url), locale="de-DE") as context:
        page = context.new_page()
        page.goto("/arbeitgeber/stelle-melden")
        page.get_by_label("Name des Arbeitgebers").fill("Gasthof Zur Linde GmbH")
        page.get_by_label("Postleitzahl des Arbeitsorts").fill("48624")
        page.get_by_label("Titel der Stelle").fill("Köchin (m/w/d)")
        page.get_by_label("Titel der Stelle").blur()

        expect(page.locator("#aehnlich").get_by_role("link", name="Koch/Köchin")).to_be_visible()
        expect(page.get_by_label("Köche/Köchinnen (ohne Spezialisierung) – fachlich", exact=False)).to_be_visible()
