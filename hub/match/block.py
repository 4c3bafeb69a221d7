"""Which jobs are worth comparing: those that share a key. Two jobs of one employer share at least one."""

from __future__ import annotations

from collections.abc import Iterator

from hub.match.job import Job

# Words that many employers have in their names; alone they would put a whole town into one block.
_COMMON = frozenset(
    word
    for line in (
        "gasthof hotel praxis dr kita st seniorenstift baeckerei autohaus metallbau haustechnik logistik sicherheit",
        "gebaeudedienste software moebelwerk gartenbau bauunternehmung bau pflege kuechen service handel",
    )
    for word in line.split()
)
_SHORTEST_WORD = 3


def keys(job: Job) -> frozenset[str]:
    """Blocking keys: reference, establishment, contact; employer or, if that is hidden, occupation in a town."""
    return frozenset(_keys(job))


def _keys(job: Job) -> Iterator[str]:
    for reference in job.references:
        yield f"ref|{reference}"
    if job.betriebsnummer:
        yield f"bbnr|{job.betriebsnummer}"
    for contact in job.contacts:
        yield f"contact|{contact}"
    if not job.employer:
        for town in job.towns:
            yield f"kldb|{job.visibility}|{job.kldb2010[:4]}|{town}"
        return
    words = [word for word in job.employer.split() if len(word) >= _SHORTEST_WORD]
    for word in [word for word in words if word not in _COMMON] or words or [job.employer]:
        for town in job.towns:
            yield f"employer|{word[:6]}|{town}"
