"""What happens at a Jobcenter over the days: jobs come, change, leave, return; some rows are wrong, some odd."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import date, timedelta

from tests.support.synthetic import content, spoil
from tests.support.synthetic.model import Change, Job

Number = Callable[[int], tuple[str, str]]
"""Makes the id, and its tenant if there are tenants, from a running number."""

TENANTS = ["05558004", "05558008", "05558012"]


class Story:
    """One Jobcenter's jobs."""

    def __init__(
        self, pick: random.Random, jobcenter: str, today: date, rows: int, switches: Collection[str], spoilt: list[str]
    ) -> None:
        self.pick, self.jobcenter, self.today, self.switches = pick, jobcenter, today, switches
        self._next = pick.randrange(20_000, 30_000)
        self._pending = [self.sound() for _ in range(rows)]
        self._spoilt = spoilt
        self.bad: list[Job] = []
        self.good: dict[str, Job] = {}
        self.gone: list[Job] = []

    def sound(self) -> Job:
        self._next += self.pick.randrange(1, 4)
        key, tenant = self._key(self._next)
        return content.job(self.pick, self.jobcenter, self._next, key, self.today, tenant)

    def _key(self, number: int) -> tuple[str, str]:
        tenant = self.pick.choice(TENANTS)
        return {
            "borken": (f"BOR-{number:07}", ""),
            "coesfeld": (f"{tenant}-{number}", tenant),
            "steinfurt": (f"18935-{number}-S", ""),
        }.get(self.jobcenter, (str(number), ""))

    def _mine(self, name: str) -> bool:
        return name in self.switches

    # --------------------------------------------------------------------------------------------- what happens

    def first_day(self) -> list[Job]:
        """Sound ones, one of each defect and oddity, repeats and contradictions."""
        jobs = self._pending
        self.bad = [change(self.sound()) for name, change in spoil.DEFECTS.items() if self._mine(name)]
        for variant in self._spoilt:
            if self._mine(variant):
                code = {"nul": "E107", "latin": "E108"}.get(variant, "E207")
                self.bad.append(replace(self.sound(), variant=variant, code=code))
        jobs += [change(self.sound()) for name, change in spoil.ODDITIES.items() if self._mine(name)]
        if self._mine("same number at another tenant") and self.jobcenter == "coesfeld":
            twin = next(job for job in jobs if job.visibility == "PUBLIC")
            tenant = next(name for name in TENANTS if name != twin.tenant)
            jobs.append(replace(self.sound(), number=twin.number, id=f"{tenant}-{twin.number}", tenant=tenant))
        self.good = {job.id: job for job in jobs}
        return [*jobs, *self.bad]

    def next_day(self) -> list[Job]:
        """Some leave, some change, some arrive; a wrong row is mended, a right one spoilt, one comes back."""
        pick = self.pick
        # An open quote makes a whole list doubtful; it is mended at once.
        self.bad = [job for job in self.bad if job.variant != "unclosed"]
        public = [job for job in self.good.values() if not job.variant]
        leaving = pick.sample(public, max(1, min(4, len(public) // 12)))
        for job in leaving:
            del self.good[job.id]
        staying = [job for job in public if job not in leaving]
        ways: list[Callable[[Job], Job]] = [
            lambda job: replace(job, text=f"{job.text} Jetzt auch mit Firmenrad.".strip(), openings=job.openings + 1),
            lambda job: replace(job, title=f"{job.title} Süd", most=job.most + 1),
            lambda job: replace(job, until=self.today + timedelta(days=77)),
            lambda job: replace(job, visibility="ANONYMOUS", employer=f"Verborgenhof{job.number} GmbH", email=""),
            lambda job: replace(job, visibility="INTERNAL", title=f"Nurintern{job.number}"),
        ]
        for job, way in zip(pick.sample(staying, min(len(staying), 10)), ways * 2, strict=False):
            self.good[job.id] = way(job)
        for job in [job for job in self.good.values() if job.visibility == "INTERNAL" and not job.variant][:1]:
            self.good[job.id] = replace(job, visibility="PUBLIC", title="Wieder für alle")
        if self.bad and self._mine("mended next day"):
            mended = self.bad.pop(0)
            self.good[mended.id] = replace(self._like(mended), code=None, variant="")
        for job in (self.sound() for _ in range(6)):
            self.good[job.id] = job
        if self.gone:
            back = self.gone.pop()
            self.good[back.id] = replace(back, text="Wieder da.")
        self.gone += leaving
        rows = list(self.good.values())
        if self._mine("spoilt next day"):
            victim = pick.choice([job for job in rows if not job.variant])
            rows[rows.index(victim)] = replace(victim, title="", code="E101")
        return [*rows, *self.bad]

    def _like(self, job: Job) -> Job:
        return replace(self.sound(), id=job.id, number=job.number, tenant=job.tenant)


def with_repeats(rows: list[Job], switches: Collection[str]) -> list[Job]:
    """Some rows twice: as they are, and with other content."""
    sound = [row for row in rows if row.code is None and not row.variant]
    extra: list[Job] = []
    if "row twice" in switches:
        extra += sound[:2]
    if "same id, other content" in switches:
        extra.append(replace(sound[3], title="Etwas anderes"))
    return [*rows, *extra]


def as_changes(rows: list[Job], before: dict[str, tuple[int, Job]]) -> list[Change]:
    """The changes that lead to the day's list. `before`: id -> version and row; it is brought up to date."""
    changes: list[Change] = []
    for row in rows:
        version, last = before.get(row.id, (0, None))
        if last is not None and replace(last, variant="") == replace(row, variant=""):
            continue
        changes.append(Change("N" if last is None else "A", version + 1, row))
        before[row.id] = (version + 1, row)
    for key in sorted(before.keys() - {row.id for row in rows}):
        version, last = before[key]
        if last is None or last.code or last.title == "ENDED":
            continue
        reason = ("FILLED", "WITHDRAWN", "EXPIRED", "UNKNOWN")[version % 4]
        changes.append(Change("L", version + 1, last, reason))
        before[key] = (version + 1, replace(last, title="ENDED"))
    return changes
