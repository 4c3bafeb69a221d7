"""The map of towns in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.modes import open_context

pytestmark = pytest.mark.browser


def test_from_the_list_to_a_town_by_keyboard_and_without_javascript(browser: Browser, address: str) -> None:
    with open_context(browser, address, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto("/stellen?was=Verkäufer")
        page.get_by_role("link", name="Auf der Karte zeigen").click()
        town = page.get_by_role("group").get_by_role("link", name="Coesfeld: 1 Stelle")
        expect(town).to_be_visible()  # the page is there; before, Tab would go nowhere
        for _ in range(40):
            page.keyboard.press("Tab")
            if page.locator(":focus").get_attribute("aria-label") == "Coesfeld: 1 Stelle":
                break
        expect(town).to_be_focused()
        expect(town).to_be_in_viewport()
        page.keyboard.press("Enter")

        expect(page.locator("#treffer")).to_have_text("1 Stelle gefunden in Coesfeld")


def test_a_circle_can_be_clicked_and_names_lie_on_the_sheet(page: Page) -> None:
    page.goto("/karte")
    sheet = page.locator(".jh-map__sheet").bounding_box()
    assert sheet is not None
    for text in page.locator(".jh-map text").all():
        box = text.bounding_box()
        assert box is not None
        assert sheet["x"] <= box["x"]
        assert box["x"] + box["width"] <= sheet["x"] + sheet["width"] + 1
    page.locator(".jh-map__town .jh-map__dot").first.click()

    expect(page.locator("#treffer")).to_contain_text("gefunden in")


def test_it_can_be_skipped(page: Page) -> None:
    page.goto("/karte")
    page.get_by_role("link", name="Karte überspringen").click()

    expect(page.get_by_role("heading", name="Stellen nach Orten")).to_be_in_viewport()
