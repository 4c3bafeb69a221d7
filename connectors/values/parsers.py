"""Parsers of values by the name a Jobcenter's file gives them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connectors.values.days import (
    date_any_excel,
    date_compact,
    date_de,
    date_iso,
    day_of_timestamp,
    local_timestamp,
    month,
    timestamp_iso,
)
from connectors.values.keys import ags_excel, ba_reference, betriebsnummer_excel, code, kldb, wz_excel
from connectors.values.numbers import decimal_de, decimal_excel, decimal_point, integer
from connectors.values.pay import euro_de, money, pay_range
from connectors.values.texts import short_text, text
from connectors.values.truths import boolean_de

Parser = Callable[[Any], Any]

PARSERS: dict[str, Parser] = {
    parser.__name__: parser
    for parser in (
        text,
        short_text,
        date_de,
        date_iso,
        date_any_excel,
        date_compact,
        day_of_timestamp,
        decimal_de,
        decimal_point,
        decimal_excel,
        money,
        euro_de,
        integer,
        boolean_de,
        month,
        code,
        kldb,
        ags_excel,
        betriebsnummer_excel,
        wz_excel,
        pay_range,
        local_timestamp,
        timestamp_iso,
        ba_reference,
    )
} | {"plz": code, "ags": code}
"""Parsers by the name a Jobcenter's file gives them under `parse`."""
