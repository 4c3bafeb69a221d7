"""Writes jobs as Jobcenters would report them; a case is a few of them with the pairs that are one."""

from __future__ import annotations

import copy
import datetime
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import combinations
from typing import Any

from tests.match import words
from tests.support.events import vacancy

Record = dict[str, Any]
JOBCENTERS = list(words.TOWNS)
TODAY = datetime.date(2026, 11, 24)


@dataclass
class Case:
    """Jobs that belong together in one case. `same`: the pairs of them, by place in the list, that are one job."""

    kind: str
    jobs: list[Record]
    same: set[tuple[int, int]] = field(default_factory=set)

    def pairs(self) -> Iterator[tuple[str, str, bool]]:
        """Every pair of the case: both entities and whether they are one."""
        names = [f"{job['jobcenter']}:{job['source_id']}" for job in self.jobs]
        for one, other in combinations(range(len(names)), 2):
            yield names[one], names[other], (one, other) in self.same


class Writer:
    """Writes jobs. Each number is a new employer and a new job."""

    def __init__(self, seed: int) -> None:
        self.pick = random.Random(seed)
        self._number = self.pick.randrange(1000, 5000)

    def job(self, **changes: Any) -> Record:
        """A job of a new employer, as one Jobcenter reports it."""
        pick, number = self.pick, self._next()
        jobcenter = pick.choice(JOBCENTERS)
        plz, place, ags = pick.choice(words.TOWNS[jobcenter])
        kldb = pick.choice(list(words.OCCUPATIONS))
        full = pick.random() < 0.6
        low = Decimal(pick.randrange(1450, 2400, 25)) / 100
        start = pick.choice([None, TODAY + datetime.timedelta(days=pick.randrange(5, 120))])
        name = f"{pick.choice(words.SURNAMES)} {pick.choice(words.TRADES)}"
        email = f"bewerbung@{name.split()[0].casefold()}-{number}.example"
        return vacancy(
            jobcenter=jobcenter,
            source_id=f"L-{number}",
            title=pick.choice(words.OCCUPATIONS[kldb]) + pick.choice(words.GENDERS),
            description=self.text(kldb, place),
            kldb2010=kldb,
            employer={"name": f"{name} {pick.choice(words.FORMS)}", "betriebsnummer": f"{number * 7919 % 10**8:08}"},
            contact={"name": None, "phone": f"02{pick.randrange(500, 599)} {number}{number}", "email": email,
                     "website": None},
            workplace={"country": "DE", "plz": plz, "place": place, "ags": ags, "latitude": None, "longitude": None,
                       "street": f"{pick.choice(words.STREETS)} {pick.randrange(1, 120)}"},
            working_time=["VOLLZEIT" if full else "TEILZEIT"],
            weekly_hours=pick.choice([38.5, 39.0, 40.0]) if full else pick.choice([15.0, 20.0, 25.0, 30.0]),
            contract_term=pick.choice(["UNBEFRISTET", "UNBEFRISTET", "BEFRISTET"]),
            pay={"minimum": low, "maximum": low + pick.choice([0, 1, 2]), "currency": "EUR", "period": "HOUR"},
            openings=pick.choice([1, 1, 1, 2, 3]),
            start_on=start,
            published_from=TODAY - datetime.timedelta(days=pick.randrange(1, 40)),
            published_until=pick.choice([None, TODAY + datetime.timedelta(days=pick.randrange(20, 90))]),
            external_references=[],
            **changes,
        )  # fmt: skip

    def again(self, job: Record, **changes: Any) -> Record:
        """The same job told to another Jobcenter some days later, with the gender mark of that house."""
        twin = copy.deepcopy(job)
        twin["jobcenter"] = self.pick.choice([name for name in JOBCENTERS if name != job["jobcenter"]])
        twin["source_id"] = f"L-{self._next()}"
        twin["published_from"] = job["published_from"] + datetime.timedelta(days=self.pick.randrange(0, 6))
        twin["title"] = job["title"].split(" (")[0].removesuffix(" m/w/d") + self.pick.choice(words.GENDERS)
        twin.update(changes)
        return twin

    def text(self, kldb: str, place: str) -> str:
        """A description: opening, tasks, offers."""
        pick = self.pick
        tasks = [f"{task.strip('. ')}." for task in words.TASKS[kldb[0]].split(". ")]
        sentences = [pick.choice(words.OPENINGS).format(place=place), *pick.sample(tasks, 2)]
        return " ".join([*sentences, *pick.sample(words.OFFERS, pick.randrange(2, 5))])

    def reworded(self, text: str) -> str:
        """The sentences in another order, one of them changed or gone, as somebody types it from paper."""
        sentences = [part.strip() + "." for part in text.split(".") if part.strip()]
        self.pick.shuffle(sentences)
        if len(sentences) > 4:
            sentences.pop()
        return " ".join(sentences).replace("Wir suchen", "Gesucht wird").replace("Sie ", "Aufgabe: Sie ", 1)

    def respelt(self, name: str) -> str:
        """An employer's name in another spelling."""
        bare = name
        for form in sorted(words.FORMS, key=len, reverse=True):
            bare = bare.removesuffix(f" {form}")
        umlauts = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})
        ways: list[Callable[[], str]] = [
            lambda: f"Fa. {name}",
            lambda: name.upper(),
            lambda: bare,
            lambda: name.replace("&", "und"),
            lambda: name.translate(umlauts),
            lambda: "-".join(bare.split()) + name.removeprefix(bare),
            lambda: f"Firma {bare}",
            lambda: name.replace("GmbH", "Gmbh"),
        ]
        return self.pick.choice(ways)()

    def other_title(self, job: Record) -> str:
        """Another title in use for the same occupation, with what offices add to titles."""
        place, hours = job["workplace"]["place"], job["weekly_hours"]
        habit = self.pick.choice(words.HABITS).format(
            n=self.pick.randrange(100, 999), place=place, hours=int(hours or 20)
        )
        return self.pick.choice(words.OCCUPATIONS[job["kldb2010"]]) + self.pick.choice(words.GENDERS) + habit

    def elsewhere(self, job: Record) -> Record:
        """A workplace in another town, street and number the same."""
        towns = [town for towns in words.TOWNS.values() for town in towns if town[2] != job["workplace"]["ags"]]
        plz, place, ags = self.pick.choice(towns)
        return {**job["workplace"], "plz": plz, "place": place, "ags": ags}

    def _next(self) -> int:
        self._number += self.pick.randrange(1, 5)
        return self._number


ONE = {(0, 1)}
Make = Callable[[Writer], Case]


def employer_of(job: Record, name: str | None = None, number: str | None = "") -> Record:
    known = job["employer"]
    return {"name": name or known["name"], "betriebsnummer": known["betriebsnummer"] if number == "" else number}
