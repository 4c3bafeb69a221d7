"""The system's chromium, and the ways people look at a page."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, BrowserContext

CHROMIUM = "/usr/bin/chromium"
MODES: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "narrow": {"viewport": {"width": 320, "height": 640}},  # also a screen of 1280 px at 400 % zoom
    "forced colours": {"forced_colors": "active"},
}


def open_context(browser: Browser, address: str, **options: Any) -> BrowserContext:
    """A fresh browser: no storage, nothing cached."""
    return browser.new_context(base_url=address, locale="de-DE", **options)
