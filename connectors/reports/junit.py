"""A check as JUnit XML: one test case for the file and one for each cause, as a CI server shows them."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from connectors.causes import causes_of
from connectors.checked import Checked
from connectors.reports.wording import place
from schemas.codes import Language, explain

_LINES_MAX = 200
# What XML 1.0 cannot hold.
_UNPRINTABLE = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 65534, 65535), "?")


def write_junit(path: Path, found: Checked, rule_set: str, language: Language) -> None:
    """Write the report. Notes are cases that pass and say what they have to say."""
    causes = causes_of(found.findings)
    failures = sum(cause.is_error for cause in causes)
    suite = ElementTree.Element(
        "testsuite",
        name=f"jobhub check {found.file}",
        tests=str(len(causes) + 1),
        failures=str(failures),
        errors="0",
        skipped="0",
    )
    properties = ElementTree.SubElement(suite, "properties")
    for name, value in (("rows", found.rows), ("valid", found.valid), ("rule_set", rule_set)):
        ElementTree.SubElement(properties, "property", name=name, value=str(value))
    ElementTree.SubElement(suite, "testcase", classname=found.file, name="read")
    for cause in causes:
        entry = explain(cause.code)
        name = " ".join(part for part in (cause.code, cause.column) if part).translate(_UNPRINTABLE)
        case = ElementTree.SubElement(suite, "testcase", classname=found.file, name=name)
        told = [f"{entry.text(language)} {entry.next_step(language)}"]
        told += [place(one, language) + (f": {one.shown}" if one.shown else "") for one in cause.findings[:_LINES_MAX]]
        if cause.is_error:
            failure = ElementTree.SubElement(case, "failure", message=entry.text(language), type=cause.code)
            failure.text = "\n".join(told).translate(_UNPRINTABLE)
        else:
            ElementTree.SubElement(case, "system-out").text = "\n".join(told).translate(_UNPRINTABLE)
    ElementTree.ElementTree(suite).write(path, encoding="utf-8", xml_declaration=True)
