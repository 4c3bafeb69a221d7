"""A check as one page of HTML: causes first, then every finding. No script, nothing fetched from anywhere."""

from __future__ import annotations

from html import escape
from pathlib import Path

from connectors.causes import Cause, causes_of
from connectors.checked import Checked
from connectors.reports.wording import place, rows_valid, rows_word
from schemas.codes import Language, explain

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem;color:#1b1b1b;background:#fff}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.4rem .6rem;
border-bottom:1px solid #ccc}.error{border-left:.4rem solid #b3261e}.note{border-left:.4rem solid #8a6d00}
code{background:#f1f1f1;padding:0 .2rem}
"""


def write_page(path: Path, found: Checked, rule_set: str, language: Language) -> None:
    """Write the report."""
    de = language == "de"
    causes = causes_of(found.findings)
    title = f"{'Prüfung' if de else 'Check'}: {found.file}"
    counted = f"{len(causes)} Ursachen. Regelwerk" if de else f"{len(causes)} causes. Rule set"
    said = f"{rows_valid(found, language)}, {counted} {rule_set}."
    head = ("Code", "Wo", "Was", "Was tun") if de else ("Code", "Where", "What", "What to do")
    parts = [
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{escape(title)}</title>',
        f"<style>{_STYLE}</style></head><body><h1>{escape(title)}</h1><p>{escape(said)}</p>",
        f"<h2>{'Ursachen' if de else 'Causes'}</h2><table><tr>{''.join(f'<th>{name}</th>' for name in head)}</tr>",
        *(_cause(cause, found, language) for cause in causes),
        f"</table><h2>{'Alle Befunde' if de else 'All findings'}</h2><ol>",
        *(
            f"<li>{escape(place(one, language))}: {f'<code>{escape(one.shown)}</code> ' if one.shown else ''}"
            f"{escape(explain(one.code).text(language))} <strong>{one.code}</strong></li>"
            for one in found.findings
        ),
        "</ol></body></html>\n",
    ]
    path.write_text("\n".join(parts), encoding="utf-8")


def _cause(cause: Cause, found: Checked, language: Language) -> str:
    entry = explain(cause.code)
    rows = f"{len(cause.places)} {rows_word(found, language)}" if len(cause.places) > 1 else ""
    where = place(cause.findings[0], language) if not rows else f"{escape(cause.column or '')} · {rows}"
    values = ", ".join(f"<code>{escape(value)}</code> {count}×" for value, count in cause.values[:5])
    kind = "error" if cause.is_error else "note"
    return (
        f'<tr class="{kind}"><td class="{kind}"><strong>{cause.code}</strong></td><td>{where}</td>'
        f"<td>{escape(entry.text(language))}<br>{values}</td><td>{escape(entry.next_step(language))}</td></tr>"
    )
