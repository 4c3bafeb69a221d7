"""200 texts that want to become scripts, in a real browser: none runs, and none gets as far as the policy."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.modes import open_context
from tests.support.board_jobs import ALL
from tests.support.board_rows import fill, own_database
from tests.support.payloads import FIELDS, VECTORS, hostile_addresses, hostile_jobs
from tests.support.web import board_app, serving

pytestmark = pytest.mark.browser

_LISTEN = """
window.ran = []; window.refused = [];
window.xss = () => window.ran.push(location.href);
for (const name of ['alert', 'confirm', 'prompt']) window[name] = window.xss;
document.addEventListener('securitypolicyviolation', e => window.refused.push(e.violatedDirective + ' ' + e.sample));
"""
_LISTS = ["/stellen?size=100", "/stellen?size=100&was=script"]
_SOME = range(0, len(VECTORS), 4)


@pytest.fixture(scope="module")
def hostile(database_url: str) -> Iterator[str]:
    with own_database(database_url) as url:
        fill(url, *ALL, *hostile_jobs())
        with serving(board_app(url, send_mail=lambda _: None)) as address:
            yield address


def _context(browser: Browser, address: str) -> BrowserContext:
    context = open_context(browser, address)
    context.add_init_script(_LISTEN)
    return context


def _look(page: Page, path: str) -> tuple[list[str], list[str]]:
    """What ran on a page and what its policy had to refuse."""
    page.goto(path, wait_until="load")
    page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
    assert page.locator("a[href^='javascript' i], a[href^='data' i]").count() == 0
    return page.evaluate("window.ran"), page.evaluate("window.refused")


def _details(numbers: range) -> list[str]:
    ids = [f"borken:X-{number}" for number in numbers]
    sheets = [
        "/druck?" + "&".join(f"stelle={one}" for one in ids[first : first + 20]) for first in range(0, len(ids), 20)
    ]
    return [f"/stellen/{one}" for one in ids] + sheets


def _carried(vectors: list[str]) -> list[str]:
    return [address.replace("{}", quote(vector, safe="")) for vector in vectors for address in hostile_addresses()]


def _found(browser: Browser, address: str, paths: list[str]) -> dict[str, tuple[list[str], list[str]]]:
    with _context(browser, address) as context:
        page = context.new_page()
        found = {path: _look(page, path) for path in paths}
    return {path: seen for path, seen in found.items() if seen != ([], [])}


def _found_on_watch_list(browser: Browser, address: str, path: str) -> tuple[list[str], list[str]]:
    with _context(browser, address) as context:
        page = context.new_page()
        page.goto("/stellen?size=100&wo=48624")
        page.evaluate("document.querySelectorAll('[data-watch]').forEach(button => button.click())")
        seen = _look(page, path)
        page.wait_for_selector("[data-asked=yes]")
        assert page.locator("[data-watch-items] > li").count() > len(VECTORS) / 2
        return seen


def test_there_are_two_hundred() -> None:
    assert len(VECTORS) * len(FIELDS) == 200
    assert len(set(VECTORS)) == len(VECTORS)


def test_some_texts_run_nowhere(browser: Browser, hostile: str) -> None:
    assert _found(browser, hostile, [*_LISTS, *_details(_SOME), *_carried(VECTORS[:2])]) == {}


@pytest.mark.matrix
@pytest.mark.parametrize("language", ["", "/en"])
def test_none_of_all_texts_runs_on_any_page(browser: Browser, hostile: str, language: str) -> None:
    paths = [*_LISTS, *_details(range(len(VECTORS))), *_carried(VECTORS)]

    assert _found(browser, hostile, [language + path for path in paths]) == {}


def test_texts_on_the_watch_list_do_not_run_either(browser: Browser, hostile: str) -> None:
    assert _found_on_watch_list(browser, hostile, "/merkliste") == ([], [])


def test_without_escaping_the_check_is_red_and_the_policy_still_holds(browser: Browser, database_url: str) -> None:
    with own_database(database_url) as url:
        fill(url, *hostile_jobs())
        app = board_app(url)
        for renderer in app.state.site.renderers.values():
            renderer._environment.autoescape = False
        with serving(app) as address:
            found = _found(browser, address, ["/stellen/borken:X-0", "/stellen/borken:X-7"])

    assert len(found) == 2
    assert [ran for ran, _ in found.values()] == [[], []]
    assert [bool(refused) for _, refused in found.values()] == [True, True]


def test_without_escaping_and_policy_they_would_run(
    browser: Browser, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.web.security.content_security_policy", lambda _="": "default-src * 'unsafe-inline'")
    with own_database(database_url) as url:
        fill(url, *hostile_jobs())
        app = board_app(url)
        for renderer in app.state.site.renderers.values():
            renderer._environment.autoescape = False
        with serving(app) as address:
            found = _found(browser, address, ["/stellen/borken:X-0", "/stellen/borken:X-7"])

    assert [bool(ran) for ran, _ in found.values()] == [True, True]
