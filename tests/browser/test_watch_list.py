"""The watch list: in this browser alone, and honest about jobs that are over."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.modes import open_context

pytestmark = pytest.mark.browser

_KEY = "jobhub.merkliste"


def _keep(page: Page, *entries: dict[str, Any] | str) -> None:
    page.goto("/impressum")
    page.evaluate("([key, text]) => localStorage.setItem(key, text)", [_KEY, json.dumps(entries)])


def _kept(page: Page) -> list[str]:
    return [one["id"] for one in page.evaluate(f"JSON.parse(localStorage.getItem('{_KEY}') ?? '[]')")]


def test_jobs_are_added_and_removed_on_cards(page: Page) -> None:
    page.goto("/stellen?sort=datum")
    page.get_by_role("button", name="Merken Verkäuferin").click()
    page.get_by_role("button", name="Merken IT-Systemadministrator").click()
    expect(page.get_by_role("link", name="Merkliste (2)")).to_be_visible()
    assert _kept(page) == ["muenster:T-5", "borken:T-2"]
    page.get_by_role("button", name="Gemerkt Verkäuferin").click()

    expect(page.get_by_role("link", name="Merkliste (1)")).to_be_visible()
    assert _kept(page) == ["muenster:T-5"]


def test_buttons_work_in_results_that_came_later(page: Page) -> None:
    page.goto("/stellen")
    page.get_by_label("Was?").fill("Verkäufer")
    page.get_by_role("button", name="Stellen suchen").click()
    expect(page.locator("#treffer")).to_have_text("2 Stellen gefunden")
    page.get_by_role("button", name="Merken Verkäuferin").click()

    expect(page.get_by_role("button", name="Gemerkt Verkäuferin")).to_be_visible()


def test_a_job_that_ended_is_shown_as_ended_and_is_not_printed(page: Page) -> None:
    _keep(
        page,
        {"id": "borken:T-ENDED", "title": "Beendete Stelle", "employer": "Linde", "place": "48624 Schöppingen"},
        {"id": "borken:T-2", "title": "Verkäuferin", "employer": "Terhechte", "place": "48653 Coesfeld"},
    )
    page.goto("/merkliste")
    ended, current = (
        page.get_by_role("listitem").filter(has_text="Beendete"),
        page.get_by_role("listitem").filter(has_text="Verkäuferin"),
    )
    expect(ended.get_by_text("beendet", exact=True)).to_be_visible()
    expect(current.get_by_text("noch offen")).to_be_visible()
    expect(ended.get_by_role("link")).to_have_count(0)
    page.wait_for_selector("[data-asked=yes]")

    expect(page.get_by_role("link", name="Offene Stellen drucken")).to_have_attribute(
        "href", "/druck?stelle=borken%3AT-2"
    )


def test_nothing_is_claimed_when_the_board_cannot_be_asked(page: Page) -> None:
    _keep(page, {"id": "borken:T-2", "title": "Verkäuferin"})
    page.route("**/api/v1/jobs/**", lambda route: route.abort())
    page.goto("/merkliste")

    expect(page.get_by_text("ließ sich gerade nicht feststellen")).to_be_visible()


def test_a_long_list_is_printed_in_parts(page: Page) -> None:
    _keep(page, *({"id": f"borken:T-{number}", "title": f"Nr. {number}"} for number in range(1, 46)))
    page.route("**/api/v1/jobs/**", lambda route: route.fulfill(status=200, body="{}"))
    page.goto("/merkliste")
    page.wait_for_selector("[data-asked=yes]")

    assert page.locator("[data-watch-print] a").all_inner_texts() == [
        "Drucken: 1 bis 20",
        "Drucken: 21 bis 40",
        "Drucken: 41 bis 45",
    ]
    page.get_by_role("link", name="Drucken: 41 bis 45").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Druckansicht")


def test_all_can_be_removed_at_once(page: Page) -> None:
    _keep(page, {"id": "borken:T-1", "title": "Koch"}, {"id": "borken:T-2", "title": "Verkäuferin"})
    page.goto("/merkliste")
    page.get_by_role("button", name="Alle entfernen").click()

    expect(page.get_by_role("status")).to_have_text("Die Merkliste ist leer.")
    expect(page.get_by_text("Noch ist nichts gemerkt.")).to_be_visible()
    assert _kept(page) == []


@pytest.mark.parametrize("content", ['"text"', "{", '[1, null, {"id": 5}, {"title": "ohne"}]'])
def test_foreign_content_in_the_storage_does_no_harm(page: Page, content: str) -> None:
    page.goto("/impressum")
    page.evaluate("([key, text]) => localStorage.setItem(key, text)", [_KEY, content])
    page.goto("/merkliste")

    expect(page.get_by_role("status")).to_have_text("Die Merkliste ist leer.")


def test_it_stays_in_this_browser(browser: Browser, address: str) -> None:
    asked: list[tuple[str, str]] = []
    with open_context(browser, address) as context:
        page = context.new_page()
        page.on("request", lambda one: asked.append((one.method, one.url)))
        page.goto("/stellen")
        page.get_by_role("button", name="Merken Verkäuferin").click()
        page.goto("/merkliste")
        page.wait_for_selector("[data-asked=yes]")

        assert context.cookies() == []
        assert {method for method, _ in asked} == {"GET"}
        assert [url for _, url in asked if not url.startswith((address, "data:"))] == []
    with open_context(browser, address) as other:
        page = other.new_page()
        page.goto("/merkliste")
        expect(page.get_by_role("status")).to_have_text("Die Merkliste ist leer.")


def test_a_browser_that_allows_no_storage_shows_no_buttons(browser: Browser, address: str) -> None:
    with open_context(browser, address) as context:
        context.add_init_script("Object.defineProperty(window, 'localStorage', {get() { throw new Error('no') }})")
        page = context.new_page()
        page.goto("/stellen/borken:T-2")

        expect(page.locator("h1")).to_have_text("Verkäuferin")
        expect(page.locator(".jh-watch")).to_be_hidden()
