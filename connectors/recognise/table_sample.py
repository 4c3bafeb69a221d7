"""A view in a database looked at: its columns, and rows as the database gives them, days and numbers as such."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any

from connectors.contract.delivery import Delivery
from connectors.contract.row import Row
from connectors.contract.source import Wanted
from connectors.recognise.recognised import Recognised, best
from connectors.recognise.sample import SAMPLE_ROWS, Sample
from connectors.sources import sql_table


def recognise_view(options: Mapping[str, Any]) -> Recognised:
    """Look at a view, told by the options of `sql_table`, and propose how it is read.

    Raises:
        Stop: it is not there, may not be read or cannot be taken for anything, or the address of its database is
            not as it should be.
        Retry: the database is away.
    """
    header = tuple(sql_table.columns_of(sql_table.Options.model_validate(dict(options))))
    view = str(options["view"])
    source = sql_table.Source("sample", options, Wanted(header, ()), None, "full")
    reading = source.read(Delivery("sample", view, None, None, None, "full"))
    rows = [tuple(row.values[name] for name in header) for row in islice(reading, SAMPLE_ROWS) if isinstance(row, Row)]
    return best([Sample("sql_table", dict(options), header, tuple(rows))], None, view)
