"""What filters tell apart, packed into one number per job: PostgreSQL groups hits by it and not by seven columns.

The lowest bits are one for each code of BA Jobsuche that a job may have, then temporary agency work and Quereinstieg;
above them stands the occupational field, three digits of the KldB 2010. PostgreSQL makes it when a job is written.
"""

from __future__ import annotations

from hub.search.query import CONTRACT_TERM, OFFER_TYPE, WORKING_TIME

_CONDITIONS: dict[tuple[str, str], str] = {
    **{("arbeitszeit", code): f"working_time @> ARRAY['{value}'::text]" for code, value in WORKING_TIME.items()},
    **{
        ("befristung", code): " OR ".join(f"contract_term = '{value}'" for value in values)
        for code, values in CONTRACT_TERM.items()
    },
    **{("angebotsart", code): f"offer_type = '{value}'" for code, value in OFFER_TYPE.items()},
    ("zeitarbeit", "true"): "temporary_agency_work",
    ("quereinstieg", "true"): "kldb2010 LIKE '____1' OR career_change",
}

BITS: dict[tuple[str, str], int] = {trait: 1 << place for place, trait in enumerate(_CONDITIONS)}
"""Parameter and code -> the bit that says that a job has it."""

FIELD_UNIT = 1 << len(_CONDITIONS)
"""The field (000 to 999) times this stands above the bits."""

NO_FIELD = 1000

EXPRESSION = " + ".join(
    (
        *(f"CASE WHEN {condition} THEN {BITS[trait]} ELSE 0 END" for trait, condition in _CONDITIONS.items()),
        f"coalesce(substring(kldb2010 from '^[0-9]{{3}}')::integer, {NO_FIELD}) * {FIELD_UNIT}",
    )
)
"""The number, in SQL. A change of it is a migration."""
