"""Open jobs on the board that are likely the one somebody is reporting."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import dict_row
from rapidfuzz import fuzz

from hub.search.fold import fold

MOST = 5
_ALIKE = 80
_ENOUGH = 2000

_SAME_PLACE = """
SELECT entity, title, employer_name, plz, place, jobcenter FROM board.job
WHERE NOT ended AND NOT removed AND visibility = 'PUBLIC' AND plz = %s
AND (published_until IS NULL OR published_until >= %s) ORDER BY published_from DESC, entity LIMIT %s
"""
_LEGAL_FORM = re.compile(
    r"\b(?:g?gmbh(?: und)?(?: co)?(?: kg)?|ug|haftungsbeschraenkt|ag|kgaa|kg|ohg|gbr|e k|e g|eg|ev|e v|mbh|co|aoer|fa"
    r"|firma|stiftung|und|u)\b"
)


async def likely_same(
    connection: AsyncConnection[Any], employer: str, plz: str, title: str, today: date
) -> list[dict[str, Any]]:
    """Open public jobs of the same employer in the same postcode whose title is spelt alike, best first.

    The one place that decides this; jobs whose employer is hidden are never compared, since a hit would name it.
    """
    if not (employer.strip() and title.strip() and plz.strip()):
        return []
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(_SAME_PLACE, (plz.strip()[:10], today, _ENOUGH))
        rows = await cursor.fetchall()
    wanted, name = fold(title), employer_key(employer)
    scored = [
        (fuzz.token_set_ratio(wanted, fold(row["title"])), row)
        for row in rows
        if row["employer_name"] and employer_key(row["employer_name"]) == name
    ]
    alike = sorted((one for one in scored if one[0] >= _ALIKE), key=lambda one: -one[0])
    return [row for _, row in alike[:MOST]]


def employer_key(name: str) -> str:
    """An employer's name without case, umlauts and legal form: "Fa. Müller GmbH & Co. KG" is "mueller"."""
    folded = fold(name)
    return " ".join(_LEGAL_FORM.sub(" ", folded).split()) or folded
