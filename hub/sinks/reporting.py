"""Figures: vacancies of every visibility without employer, contact and text; measures; placements."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from hub.sinks.engine.entities import entity_target
from hub.sinks.engine.target import Sink
from hub.store import rows
from hub.store.tables import measure, placement, vacancy
from schemas.topics import INTERNAL_VACANCY, curated


def vacancy_fields(event: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of reporting.vacancy."""
    return {**rows.offer(event), "organisational_unit": event["organisational_unit"]}


SINK = Sink(
    routes=(
        (re.escape(INTERNAL_VACANCY), entity_target("vacancy", vacancy, vacancy_fields)),
        (re.escape(curated("measure")), entity_target("measure", measure, rows.measure)),
        (re.escape(curated("placement")), entity_target("placement", placement, rows.placement)),
    ),
    counts_origins=True,
)
