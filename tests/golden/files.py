"""Broken files as they come in: each with one thing wrong, as far as that is possible."""

from __future__ import annotations

import json
import random
from collections.abc import Callable

HEADER = "Nr;Titel;Text;KldB;Sichtbarkeit;Arbeitgeber;PLZ;Ort;Arbeitszeit;Std;Lohn von;Lohn bis;Anzahl;Beginn;Online ab"
_GOOD = {
    "Nr": "4711",
    "Titel": "Bäcker (m/w/d)",
    "Text": "Brot und Brötchen.",
    "KldB": "29222",
    "Sichtbarkeit": "öffentlich",
    "Arbeitgeber": "Bäckerei Wessels",
    "PLZ": "48565",
    "Ort": "Steinfurt",
    "Arbeitszeit": "VZ",
    "Std": "39",
    "Lohn von": "15,50",
    "Lohn bis": "17,00",
    "Anzahl": "2",
    "Beginn": "01.12.2026",
    "Online ab": "20.11.2026",
}
_END = "\r\n"


def _line(**cells: str) -> str:
    return ";".join({**_GOOD, **{name.replace("_", " "): cell for name, cell in cells.items()}}.values())


def _text(*lines: str) -> str:
    return _END.join([HEADER, *lines]) + _END


def _good(count: int, first: int = 1) -> list[str]:
    return [_line(Nr=str(first + number)) for number in range(count)]


def _no_occupation() -> bytes:
    lines = _text(*_good(3)).split(_END)
    return _END.join(";".join(line.split(";")[:3] + line.split(";")[4:]) for line in lines).rstrip(";").encode("cp1252")


def _two_encodings() -> bytes:
    return _text(*_good(5)).encode() + (_line(Nr="6", Titel="Köchin (m/w/d)") + _END).encode("cp1252")


def _open_quote() -> bytes:
    return _text(*_good(2), _line(Nr="3", Text='"Wir suchen'), *_good(2, 4)).encode("cp1252")


def _columns() -> bytes:
    return _text(*_good(2), _line(Nr="3") + ";zu viel", "4;zu;wenig", *_good(1, 5)).encode("cp1252")


def _cut() -> bytes:
    return (_text(*_good(3)) + _line(Nr="4")[:40]).encode("cp1252")


def _contradiction() -> bytes:
    return _text(*_good(2), _line(Nr="2", Titel="Koch (m/w/d)")).encode("cp1252")


def _spreadsheet_damage() -> bytes:
    return _text(*[_line(Nr=str(n), PLZ="4856" if n % 3 else "1067") for n in range(1, 13)]).encode("cp1252")


def _many_faults_in_a_row() -> bytes:
    bad = _line(
        Nr="2", Beginn="31.02.2027", PLZ="4856", Std="390", Lohn_von="22,00", Lohn_bis="2,20", Anzahl="", KldB="99999"
    )
    return _text(*_good(1), bad, *_good(1, 3)).encode("cp1252")


def _client_data() -> bytes:
    told = _line(Nr="2", Text="Für Kunde 317B678114")
    return _text(*_good(1), told, _line(Nr="3", Text="IBAN DE02120300000000202051")).encode("cp1252")


def _count_differs() -> bytes:
    return (_text(*_good(3)) + "Anzahl Datensätze: 5" + _END).encode("cp1252")


def _item(**changed: object) -> dict[str, object]:
    return {
        "stellennr": "4711",
        "titel": "Bäcker (m/w/d)",
        "text": "Brot und Brötchen.",
        "kldb": "29222",
        "freigabe": "öffentlich",
        "arbeitgeber": {"name": "Bäckerei Wessels"},
        "arbeitsort": {"plz": "48565", "ort": "Steinfurt"},
        "wochenstunden": 38.5,
        "anzahl": 2,
        "beginn": "2026-12-01",
        "online_ab": "2026-11-20",
        **changed,
    }


def _items(*items: object, **beside: object) -> bytes:
    return json.dumps({**beside, "daten": {"stellen": items}}, ensure_ascii=False, indent=1).encode()


def _json_with_faults() -> bytes:
    place = {"plz": "4856", "ort": "Steinfurt"}
    bad = _item(stellennr="3", arbeitsort=place, beginn="2027-02-31")
    others = [_item(stellennr=number, arbeitsort=place) for number in ("5", "6")]
    return _items(_item(stellennr="1"), _item(stellennr="2"), bad, "kein Objekt", *others)


def _json_lines() -> bytes:
    lines = [json.dumps(_item(stellennr=str(number)), ensure_ascii=False) for number in range(1, 5)]
    return "\n".join([*lines[:2], lines[2][:60], lines[3], ""]).encode()


FILES: dict[str, Callable[[], bytes]] = {
    "ohne_beruf.csv": _no_occupation,
    "zwei_zeichensaetze.csv": _two_encodings,
    "utf16.csv": lambda: _text(*_good(2)).encode("utf-16"),
    "offenes_anfuehrungszeichen.csv": _open_quote,
    "spalten_verrutscht.csv": _columns,
    "abgeschnitten.csv": _cut,
    "kennung_doppelt.csv": _contradiction,
    "excel_hat_nullen_verschluckt.csv": _spreadsheet_damage,
    "viele_fehler_in_einer_zeile.csv": _many_faults_in_a_row,
    "sozialdaten.csv": _client_data,
    "anzahl_stimmt_nicht.csv": _count_differs,
    "leer.csv": lambda: b"\r\n",
    "json_mit_fehlern.json": _json_with_faults,
    "json_abgeschnitten.json": lambda: _items(_item(), _item(stellennr="2"))[:-40],
    "json_anzahl_stimmt_nicht.json": lambda: _items(_item(), _item(stellennr="2"), anzahl=412),
    "json_je_zeile.ndjson": _json_lines,
    "json_ohne_liste.json": lambda: json.dumps(_item()["arbeitsort"]).encode(),
    "kein_excel.xlsx": lambda: bytes(random.Random(1).randbytes(4096)),
    "ueberschrift_doppelt.csv": lambda: _text(*_good(2)).replace(";Online ab", ";Beginn").encode("cp1252"),
    "kein_export.csv": lambda: b"Sehr geehrte Damen und Herren,\r\nanbei die Liste.\r\nMit freundlichen Gruessen\r\n",
}
"""File name -> what makes its bytes."""
