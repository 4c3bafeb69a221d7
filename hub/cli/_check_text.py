"""A check as text: what the file was taken for, then what is wrong by cause, then what to do next."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from hub.cli._check_json import severity
from hub.cli.output import language, stdout, t
from schemas.codes import explain
from schemas.rule_set import rule_set

if TYPE_CHECKING:
    from connectors.causes import Cause
    from connectors.checked import Checked, CheckFinding
    from connectors.recognise.kinds import Profile
    from connectors.recognise.proposal import Proposal
    from connectors.recognise.recognised import Recognised
    from hub.cli.check import Result

_EVENTS = {
    "vacancy": ("Stellen", "vacancies"),
    "measure": ("Maßnahmen", "measures"),
    "placement": ("Vermittlungen", "placements"),
}
_HEAD, _INDENT = 12, " " * 8
_VALUES_MAX, _LINES_MAX, _NAMES_MAX = 5, 8, 10


def show(result: Result, limit: int, mapping: bool) -> None:
    """Print one file's result."""
    from connectors.causes import causes_of

    found = result.found
    causes = causes_of(found.findings)
    lines = [*_head(result, mapping), ""]
    for cause in causes[:limit]:
        lines += [*_cause(cause, found), ""]
    if len(causes) > limit:
        rest = len(causes) - limit
        lines += [t(f"… und {rest} weitere Ursachen (--limit)", f"… and {rest} more causes (--limit)"), ""]
    lines += [*_totals(found, causes), *_storm(result, causes), _pair(t("Weiter", "Next"), result.next)]
    stdout().print("\n".join(lines), markup=False)


# ---------------------------------------------------------------------------------------------- what it is


def _head(result: Result, mapping: bool) -> list[str]:
    from connectors.reports.wording import rows_word

    found, recognised = result.found, result.recognised
    size = f"{_megabytes(found.size)} · {_number(found.rows)} {rows_word(found, language())}"
    lines = [_pair(t("Datei", "File"), f"{found.file} · {size}")]
    if found.refused is not None and not found.format:
        return lines
    lines += [_pair(t("Format", "Format"), _format(found, recognised))]
    kind, load = t(*_EVENTS[found.event]), t("Vollabzug", "full load")
    load = load if found.load == "full" else t("nur Änderungen", "changes only")
    if recognised is None:
        lines.append(_pair(t("Inhalt", "Content"), f"{kind}, {load} ({found.jobcenter} / {found.source})"))
    else:
        load = t("Vollabzug oder Änderungen: fragt jobhub init", "full load or changes: jobhub init asks")
        lines.append(_pair(t("Inhalt", "Content"), f"{kind} ({load})"))
    lines += _mapping(found, recognised, mapping)
    if found.unmapped or (recognised and recognised.proposal.ignore):
        names = [*found.unmapped, *(recognised.proposal.ignore if recognised else [])]
        shown = ", ".join(dict.fromkeys(names[:_NAMES_MAX])) + (" …" if len(names) > _NAMES_MAX else "")
        lines.append(_pair(t("Ungelesen", "Unread"), f"{shown}  {t('HINWEIS', 'NOTE')}  W310"))
    if recognised is not None:
        lines += _doubts(recognised.proposal)
    return lines


def _format(found: Checked, recognised: Recognised | None) -> str:
    if recognised is None:
        return found.format
    options, encoding = recognised.sample.options, recognised.sample.encoding
    parts = [found.format]
    if options.get("header_row", 1) != 1:
        row = options["header_row"]
        parts.append(t(f"Überschriften in Zeile {row}", f"headers in line {row}"))
    if "items" in options:
        parts.append(t(f"Datensätze unter {options['items']}", f"items under {options['items']}"))
    if "total" in options:
        parts.append(t(f"{options['total']} nennt ihre Anzahl", f"{options['total']} tells their number"))
    if "footer" in options:
        parts.append(t("letzte Zeile nennt die Anzahl oder das Ende", "last line names the count or the end"))
    if encoding is None:
        return ", ".join(parts)
    why = t(encoding.why_de, encoding.why_en)
    return ", ".join(parts) + f"\n{'':{_HEAD}}{t('Zeichensatz', 'Encoding')} {encoding.name}: {why}"


def _mapping(found: Checked, recognised: Recognised | None, every: bool) -> list[str]:
    from connectors.recognise.labels import label

    missing = [] if recognised is None else recognised.proposal.missing
    fields = {path: columns for path, columns in found.mapping.items() if path not in missing}
    said = t(f"{len(fields)} Felder aus Spalten der Datei", f"{len(fields)} fields from columns of the file")
    if recognised is not None:
        said = t("Vorschlag: ", "proposal: ") + said
        said += t(", alle Pflichtfelder da", ", all mandatory fields present") if not missing else ""
    lines = [_pair(t("Zuordnung", "Mapping"), said + ("" if every else t(" (alle: --mapping)", " (all: --mapping)")))]
    if every and recognised is not None and recognised.proposal.key:
        lines.append(f"{'':{_HEAD}}{recognised.proposal.key} → {label('key', language())}")
    if every:
        lines += [f"{'':{_HEAD}}{', '.join(names)} → {label(path, language())}" for path, names in fields.items()]
    return lines


def _doubts(proposal: Proposal) -> list[str]:
    from connectors.recognise.labels import label

    lines: list[str] = []
    doubts = proposal.doubts
    for doubt in doubts[:_NAMES_MAX]:
        name = label(doubt.about, language())
        taken = doubt.proposal or t("nichts; solche Zeilen werden abgelehnt", "nothing; such rows are refused")
        if doubt.value == "":
            what = t(
                f"Spalte {doubt.column}, leere Zellen ({name}): angenommen {taken}",
                f"Column {doubt.column}, empty cells ({name}): taken as {taken}",
            )
        elif doubt.value is not None:
            what = t(
                f'Spalte {doubt.column}, Wert "{doubt.value}" ({name}): angenommen {taken}',
                f'Column {doubt.column}, value "{doubt.value}" ({name}): taken as {taken}',
            )
        else:
            what = t(f"{name}: keine Spalte, angenommen {taken}", f"{name}: no column, taken as {taken}")
            if doubt.column is not None:
                what = t(f"{name}: angenommen Spalte {taken}", f"{name}: taken from column {taken}")
            if doubt.about in proposal.candidates:
                what += "\n" + _candidate(proposal.candidates[doubt.about].column)
        lines.append(_pair(t("Offen", "Open") if not lines else "", what))
    if len(doubts) > _NAMES_MAX:
        lines.append(_pair("", "…"))
    return lines


def _candidate(column: Profile) -> str:
    values = list(column.values)
    told = t(
        f"Kandidat: Spalte {column.header} mit den Werten {', '.join(values)}",
        f"Candidate: column {column.header} with the values {', '.join(values)}",
    )
    how, code = t("Bedeutung nennen", "tell what they mean"), f'"{column.header}:{values[0]}=PUBLIC"'
    return f"{'':{_HEAD}}{told}\n{'':{_HEAD}}{how}: jobhub init … --code {code}"


# ---------------------------------------------------------------------------------------------- what is wrong


def _cause(cause: Cause, found: Checked) -> list[str]:
    from connectors.reports.detail import in_words
    from connectors.reports.wording import column_word, place, rows_word

    entry, places, rows = explain(cause.code), cause.places, rows_word(found, language())
    word = {"error": t("FEHLER", "ERROR"), "warning": t("WARNUNG", "WARNING"), "note": t("HINWEIS", "NOTE")}
    first = f"{word[severity(cause.findings[0])]:8}{cause.code}  "
    if len(cause.findings) == 1:
        value = f": {_value(cause.findings[0])}" if cause.findings[0].shown else ""
        told = [f"{first}{place(cause.findings[0], language())}{value}"]
    else:
        column = f" · {column_word(cause.findings[0], language())} {cause.column}" if cause.column else ""
        count = _number(len(cause.findings))
        told = [f"{first}{t('1 Ursache', '1 cause')}, {count} {rows}{column}"]
    told.append(f"{_INDENT}{entry.text(language())}")
    if found.refused and cause.code in found.codes and not places:
        told.append(f"{_INDENT}{in_words(found.refused, language())}")
    if len(cause.findings) > 1:
        values = Counter(_value(finding) for finding in cause.findings if finding.shown).most_common()
        if values:
            shown = ", ".join(f"{value} {_number(count)}×" for value, count in values[:_VALUES_MAX])
            told.append(f"{_INDENT}{t('Werte:', 'Values:'):8} {shown}{' …' if len(values) > _VALUES_MAX else ''}")
        if places:
            shown = ", ".join(map(str, places[:_LINES_MAX]))
            told_as = t("Nummern:", "Numbers:") if found.by_item else t("Zeilen:", "Lines:")
            told.append(f"{_INDENT}{told_as:8} {shown}{' …' if len(places) > _LINES_MAX else ''}")
    told.append(f"{_INDENT}{t('Tun:', 'Do:'):8} {entry.next_step(language())}")
    return told


def _value(finding: CheckFinding) -> str:
    """A value in quotes; of one that is not shown, its shape or its length between other marks."""
    return f'"{finding.value}"' if finding.value is not None else f"‹{finding.masked}›"


def _totals(found: Checked, causes: list[Cause]) -> list[str]:
    from connectors.reports.wording import rows_valid

    errors = sum(cause.is_error for cause in causes)
    notes = len(causes) - errors
    if found.refused is not None:
        said = t("Die Datei kann so nicht gelesen werden.", "The file cannot be read like this.")
    else:
        said = rows_valid(found, language(), _number) + ". "
        said += t(
            f"{_count(errors, 'Fehlerursache', 'Fehlerursachen')}, {_count(notes, 'Hinweis', 'Hinweise')}.",
            f"{_count(errors, 'cause of errors', 'causes of errors')}, {_count(notes, 'remark', 'remarks')}.",
        )
    return [said, _pair(t("Regelwerk", "Rule set"), rule_set())]


def _storm(result: Result, causes: list[Cause]) -> list[str]:
    """That `run` would stop such a delivery is said here, not first when it does."""
    from schemas.expect import Expect

    found, place = result.found, result.place
    expect = place.jobcenter.sources[place.source].expect if place.jobcenter and place.source else Expect()
    refused = max((len(set(cause.places)) for cause in causes if cause.is_error), default=0)
    if found.refused is not None or not expect.refused.is_storm(refused, found.rows):
        return []
    return [
        _pair(
            "E503",
            t("So würde diese Lieferung gestoppt: ", "This delivery would be stopped: ")
            + explain("E503").text(language()),
        )
    ]


def _count(count: int, one: str, many: str) -> str:
    return f"{_number(count)} {one if count == 1 else many}"


def _pair(name: str, value: str) -> str:
    return f"{name:{_HEAD}}{value}"


def _number(value: int) -> str:
    return f"{value:,}" if language() == "en" else f"{value:,}".replace(",", ".")


def _megabytes(size: int) -> str:
    if size < 100_000:
        return f"{_number(max(size // 1000, 1))} kB"
    return t(f"{size / 1e6:.1f}".replace(".", ","), f"{size / 1e6:.1f}") + " MB"
