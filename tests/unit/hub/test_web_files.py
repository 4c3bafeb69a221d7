"""Files the web ships: those of other projects unchanged, texts complete in both languages."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import get_args

from hub.portal.form import VISIBILITIES
from hub.portal.lifecycle import State
from hub.web.remarks import REASONS
from hub.web.texts import LABELS, texts
from hub.web.vendor import LOCK, VENDOR, problems

WEB = VENDOR.parent.parent


def test_files_of_other_projects_are_those_of_the_lock() -> None:
    assert problems() == []


def test_a_changed_a_missing_and_a_foreign_file_are_noticed(tmp_path: Path) -> None:
    folder = tmp_path / "vendor"
    shutil.copytree(VENDOR, folder)
    (folder / "htmx" / "htmx.min.js").write_text("alert(1)")
    (folder / "htmx" / "LICENSE").unlink()
    (folder / "fremd.js").write_text("")

    assert problems(folder) == [
        "htmx/LICENSE: missing",
        "fremd.js: not in vendor.lock.json",
        "htmx/htmx.min.js: changed",
    ]


def test_every_vendored_package_has_version_and_licence() -> None:
    packages = json.loads((VENDOR / LOCK).read_text("utf-8"))["packages"]

    assert [one["name"] for one in packages if not (one["version"] and one["licence"] and one["files"])] == []


def _used() -> set[str]:
    """Names of texts that templates and modules ask for."""
    sources = [
        path.read_text("utf-8")
        for path in [*WEB.glob("templates/**/*.html"), *WEB.glob("*.py"), *WEB.parent.glob("portal/*.py")]
    ]
    return set(re.findall(r"[\"']([a-zA-Z_0-9]+)[\"']", "\n".join(sources)))


def test_every_text_is_there_in_both_languages() -> None:
    assert [name for name, text in texts().items() if set(text) != {"de", "en"} or not all(text.values())] == []


def test_every_text_a_template_names_exists() -> None:
    named = {
        name
        for path in WEB.glob("templates/**/*.html")
        for name in re.findall(r"\bt\([\"']([a-zA-Z_0-9]+)[\"']\)", path.read_text("utf-8"))
    }

    assert sorted(named - texts().keys()) == []


def test_no_text_is_left_over() -> None:
    from schemas import events

    enums = {
        value
        for kind in (events.WorkingTime, events.ContractTerm, events.OfferType, events.EmploymentKind, events.PayPeriod,
                     events.Theme)
        for value in get_args(kind)
    }  # fmt: skip
    funders = {f"FUNDED_{value}" for value in get_args(events.Funder)}
    errors = {f"error_{status}" for status in (404, 410, 413, 422, 429, 503)}
    remarks = {f"remark_{reason}" for reason in REASONS}

    told = {f"portal_told_{state}" for state in State if state is not State.UNCONFIRMED}
    portal = told | {f"portal_state_{state}" for state in State} | {f"portal_visibility_{one}" for one in VISIBILITIES}

    assert sorted(texts().keys() - _used() - enums - funders - errors - remarks - portal) == []
    assert sorted((enums | funders | errors | remarks | portal) - {"UNKNOWN"} - texts().keys()) == []


def test_a_page_of_long_text_is_there_in_both_languages() -> None:
    german, english = ({path.name for path in WEB.glob(f"templates/{one}/*.html")} for one in ("de", "en"))

    assert german == english


def test_labels_are_texts() -> None:
    assert [text for codes in LABELS.values() for text in codes.values() if text not in texts()] == []


def test_templates_ship_no_script_of_their_own_and_load_nothing_from_elsewhere() -> None:
    sources = {str(path): path.read_text("utf-8") for path in WEB.glob("templates/**/*.html")}

    assert [
        name for name, text in sources.items() if re.search(r"(?:src|href)=\"https?:|<style|\son[a-z]+=\"", text)
    ] == []
    assert [name for name, text in sources.items() if re.search(r"<script(?![^>]*(?:src=|ld\+json))", text)] == []
