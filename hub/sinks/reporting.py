"""Figures: vacancies of every visibility without employer, contact and text; measures; placements."""

from __future__ import annotations

import re

from hub.sinks.engine.entities import entity_target
from hub.sinks.engine.target import Sink
from hub.store import rows
from hub.store.made import Columns, taken_over
from hub.store.tables import measure, placement, vacancy
from schemas.topics import INTERNAL_VACANCY, curated

VACANCY: Columns = {**rows.OFFER, **taken_over("organisational_unit")}
"""Columns of reporting.vacancy."""

SINK = Sink(
    routes=(
        (re.escape(INTERNAL_VACANCY), entity_target("vacancy", vacancy, VACANCY)),
        (re.escape(curated("measure")), entity_target("measure", measure, rows.MEASURE)),
        (re.escape(curated("placement")), entity_target("placement", placement, rows.PLACEMENT)),
    ),
    counts_origins=True,
)
