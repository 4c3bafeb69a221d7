"""One job that two Jobcenters tell differently: everything the matcher has to see through."""

from __future__ import annotations

import datetime

from tests.match import words
from tests.match.writer import JOBCENTERS, ONE, TODAY, Case, Make, Writer, employer_of


def plain(w: Writer) -> Case:
    job = w.job()
    return Case("plain", [job, w.again(job)], ONE)


def title_reworded(w: Writer) -> Case:
    job = w.job()
    return Case("title reworded", [job, w.again(job, title=w.other_title(job))], ONE)


def all_reworded(w: Writer) -> Case:
    job = w.job()
    twin = w.again(job, title=w.other_title(job), description=w.reworded(job["description"]))
    return Case("title and text reworded", [job, twin], ONE)


def abbreviated(w: Writer) -> Case:
    long, short = w.pick.choice(words.ABBREVIATED)
    fitting = [(kldb, title) for kldb, titles in words.OCCUPATIONS.items() for title in titles if long in title]
    kldb, title = w.pick.choice(fitting)
    job = w.job()
    job |= {"kldb2010": kldb, "title": title, "description": w.text(kldb, job["workplace"]["place"])}
    return Case("title abbreviated", [job, w.again(job, title=title.replace(long, short))], ONE)


def no_number(w: Writer) -> Case:
    job = w.job()
    twin = w.again(job, employer=employer_of(job, w.respelt(job["employer"]["name"]), None), title=w.other_title(job))
    return Case("no Betriebsnummer", [job, twin], ONE)


def no_number_at_all(w: Writer) -> Case:
    job = w.job()
    job["employer"]["betriebsnummer"] = None
    twin = w.again(job, employer=employer_of(job, w.respelt(job["employer"]["name"])), contact=None)
    return Case("no Betriebsnummer, no contact", [job, twin], ONE)


def respelt(w: Writer) -> Case:
    job = w.job()
    twin = w.again(
        job, employer=employer_of(job, w.respelt(job["employer"]["name"])), description=w.reworded(job["description"])
    )
    return Case("employer respelt", [job, twin], ONE)


def start_at_once(w: Writer) -> Case:
    job = w.job()
    job["start_on"] = TODAY + datetime.timedelta(days=7)
    return Case("start: at once", [job, w.again(job, start_on=None)], ONE)


def start_of_month(w: Writer) -> Case:
    job = w.job()
    job["start_on"] = datetime.date(2027, w.pick.randrange(1, 5), w.pick.randrange(2, 28))
    twin = w.again(job, start_on=job["start_on"].replace(day=1), description=w.reworded(job["description"]))
    return Case("start: month only", [job, twin], ONE)


def few_facts(w: Writer) -> Case:
    job = w.job()
    twin = w.again(job, weekly_hours=None, pay=None, published_until=None, contract_term="UNKNOWN")
    return Case("few facts", [job, twin], ONE)


def by_reference(w: Writer) -> Case:
    job = w.job()
    number = {"system": "BA", "id": f"10000-{w.pick.randrange(10**9)}-S"}
    job["external_references"] = [number]
    twin = w.again(job, title=w.other_title(job), description=w.text(job["kldb2010"], job["workplace"]["place"]),
                   external_references=[{"system": "ba", "id": number["id"].lower()}], pay=None,
                   start_on=None, employer=employer_of(job, w.respelt(job["employer"]["name"]), None))  # fmt: skip
    return Case("same reference", [job, twin], ONE)


def coded_otherwise(w: Writer) -> Case:
    job = w.job()
    kldb = job["kldb2010"]
    other = {"51311": "51321", "51312": "51322", "62102": "62112", "54101": "54131", "29302": "29312"}.get(kldb, kldb)
    return Case("occupation coded otherwise", [job, w.again(job, kldb2010=other)], ONE)


def no_key_of_town(w: Writer) -> Case:
    job = w.job()
    twin = w.again(job, workplace={**job["workplace"], "ags": None, "street": None}, title=w.other_title(job))
    return Case("no AGS, no street", [job, twin], ONE)


def three_offices(w: Writer) -> Case:
    job = w.job()
    others = w.pick.sample([name for name in JOBCENTERS if name != job["jobcenter"]], 2)
    twins = [w.again(job, jobcenter=name, title=w.other_title(job)) for name in others]
    return Case("three Jobcenters", [job, *twins], {(0, 1), (0, 2), (1, 2)})


def both_anonymous(w: Writer) -> Case:
    job = w.job()
    job["visibility"] = "ANONYMOUS"
    return Case("both anonymous", [job, w.again(job)], ONE)


def everything_at_once(w: Writer) -> Case:
    """Told by telephone: other words, other spelling, no number, half of the facts."""
    job = w.job()
    known = w.pick.sample(["weekly_hours", "pay", "published_until", "start_on"], 2)
    twin = w.again(job, title=w.other_title(job), description=w.reworded(job["description"]),
                   employer=employer_of(job, w.respelt(job["employer"]["name"]), None),
                   **dict.fromkeys(known))  # fmt: skip
    return Case("everything at once", [job, twin], ONE)


def no_text(w: Writer) -> Case:
    job = w.job()
    return Case("no text", [job, w.again(job, description=None, title=w.other_title(job))], ONE)


SAME: list[Make] = [
    plain,
    title_reworded,
    all_reworded,
    abbreviated,
    no_number,
    no_number_at_all,
    respelt,
    start_at_once,
    start_of_month,
    few_facts,
    by_reference,
    coded_otherwise,
    no_key_of_town,
    three_offices,
    both_anonymous,
    everything_at_once,
    no_text,
]
