"""Same job, one card, in searches: of the members of a card that are hits, the first by precedence stands for all.

What is counted is cards. A card none of whose leading members is a hit is shown by the one that is, so that a filter
by Jobcenter still finds what that Jobcenter reported.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import LiteralString

MEMBERS: LiteralString = "SELECT hits.*, card, precedence FROM hits JOIN board.card_member USING (entity)"
"""Hits that share a card with other jobs; few, so whatever is counted of them costs little."""

ALSO_REPORTED: LiteralString = """ARRAY(
    SELECT other.entity FROM board.card_member AS own JOIN board.card_member AS other USING (card)
    JOIN board.job AS known ON known.entity = other.entity
    WHERE own.entity = job.entity AND other.entity <> job.entity AND NOT known.ended AND NOT known.removed
    AND known.visibility = job.visibility ORDER BY other.precedence
) AS also_reported"""
"""Other open jobs of the card of `job`. One that has ended, or hides its employer since, is none even before the
matcher knows."""

LEAD: LiteralString = """(
    SELECT known.entity FROM board.card_member AS own JOIN board.job AS known ON known.entity = own.lead_entity
    WHERE own.entity = job.entity AND NOT known.ended AND NOT known.removed AND known.visibility = job.visibility
) AS lead_entity"""
"""The job that stands for the card of `job`; NULL: itself."""


LEADS: LiteralString = (
    "NOT EXISTS (SELECT FROM board.card_member AS own WHERE own.entity = job.entity AND precedence > 0)"
)
"""Whether the row of board.job stands for itself or for its card."""


def first_of_its_card(flags: Iterable[str]) -> str:
    """Whether no member before this one passes these flags too."""
    passes = " AND ".join(("true", *(f"earlier.{flag}" for flag in flags)))
    return _FIRST.format(passes)


_FIRST = (
    "entity NOT IN (SELECT later.entity FROM members AS later JOIN members AS earlier USING (card)"
    " WHERE earlier.precedence < later.precedence AND {})"
)

NONE_BEFORE: LiteralString = (
    "(entity NOT IN (SELECT entity FROM board.card_member WHERE precedence > 0) OR NOT EXISTS ("
    "SELECT FROM board.card_member AS own JOIN board.card_member AS earlier USING (card)"
    " JOIN (SELECT entity FROM board.job WHERE {}) AS passing ON passing.entity = earlier.entity"
    # Otherwise all cards would be gone through, and not only those of the page.
    " WHERE own.entity = job.entity AND earlier.precedence < own.precedence OFFSET 0))"
)
"""Whether no member before the row of board.job fulfils a condition, without looking at all hits."""


COUNT: LiteralString = (
    "SELECT count(*) - (SELECT count(*) - count(DISTINCT card) FROM board.card_member"
    " JOIN (SELECT entity FROM board.job WHERE {0}) AS hits USING (entity)) FROM board.job WHERE {0}"
)
"""How many cards fulfil a condition."""
