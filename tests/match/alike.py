"""Two jobs that look like one: everything the matcher must not fall for."""

from __future__ import annotations

import datetime

from tests.match import words
from tests.match.writer import JOBCENTERS, TODAY, Case, Make, Writer, employer_of


def other_job_ofemployer_of(w: Writer) -> Case:
    """Two openings of one occupation at one employer, of which little is known; only the texts tell them apart."""
    job = w.job()
    job |= {"weekly_hours": None, "start_on": None, "published_until": None}
    twin = w.again(job, title=w.other_title(job), description=w.text(job["kldb2010"], job["workplace"]["place"]),
                   pay=None, working_time=[],
                   published_from=job["published_from"] + datetime.timedelta(days=60))  # fmt: skip
    return Case("other job, little known", [job, twin])


def other_town(w: Writer) -> Case:
    job = w.job()
    return Case("other town", [job, w.again(job, workplace=w.elsewhere(job))])


def other_town_without_key(w: Writer) -> Case:
    job = w.job()
    twin = w.again(job, workplace={**w.elsewhere(job), "ags": None})
    return Case("other town, no AGS", [job, twin])


def other_shift(w: Writer) -> Case:
    job = w.job()
    one, other = w.pick.sample(["Frühschicht", "Spätschicht", "Nachtschicht"], 2)
    title = job["title"].split(" (")[0].removesuffix(" m/w/d")
    job |= {"title": f"{title} {one}"}
    return Case("other shift", [job, w.again(job, title=f"{title} {other} (m/w/d)")])


def other_shift_in_text(w: Writer) -> Case:
    job = w.job()
    one, other = w.pick.sample(["Frühdienst", "Spätdienst", "Nachtdienst"], 2)
    text = job["description"]
    job["description"] = f"{text} Sie arbeiten im {one}."
    return Case("other shift, in the text", [job, w.again(job, description=f"{text} Sie arbeiten im {other}.")])


def other_level(w: Writer) -> Case:
    job = w.job()
    level = "2" if job["kldb2010"][4] == "1" else "3"
    return Case("other level", [job, w.again(job, kldb2010=job["kldb2010"][:4] + level)])


def training(w: Writer) -> Case:
    job = w.job()
    twin = w.again(job, offer_type="AUSBILDUNG", employment_kind="AUSBILDUNG")
    return Case("training and work", [job, twin])


def chain_store(w: Writer) -> Case:
    """Two shops of one chain in one town: everything alike but street and establishment."""
    job = w.job()
    name = w.pick.choice(words.CHAINS)
    job |= {"employer": employer_of(job, name), "kldb2010": "62102", "title": "Verkäufer (m/w/d)"}
    street = f"{w.pick.choice([one for one in words.STREETS if not job['workplace']['street'].startswith(one)])} 7"
    twin = w.again(job, employer=employer_of(job, name, f"{w.pick.randrange(10**7, 10**8)}"),
                   workplace={**job["workplace"], "street": street})  # fmt: skip
    return Case("chain, other shop", [job, twin])


def chain_without_numbers(w: Writer) -> Case:
    case = chain_store(w)
    for job in case.jobs:
        job["employer"]["betriebsnummer"] = None
    return Case("chain, no numbers", case.jobs)


def chain_in_other_town(w: Writer) -> Case:
    job = w.job()
    job |= {"employer": employer_of(job, w.pick.choice(words.CHAINS), None), "kldb2010": "62102", "title": "Verkäufer"}
    return Case("chain, other town", [job, w.again(job, workplace=w.elsewhere(job))])


def openings_split(w: Writer) -> Case:
    """Ten openings as one vacancy here, as single ones there: none of the single ones is the ten."""
    job = w.job()
    job["openings"] = 10
    elsewhere = w.pick.choice([name for name in JOBCENTERS if name != job["jobcenter"]])
    single = [w.again(job, jobcenter=elsewhere, openings=1) for _ in range(4)]
    return Case("openings split", [job, *single])


def twice_at_one(w: Writer) -> Case:
    job = w.job()
    return Case("twice at one Jobcenter", [job, w.again(job, jobcenter=job["jobcenter"])])


def other_pay(w: Writer) -> Case:
    job = w.job()
    more = {name: job["pay"][name] + 4 for name in ("minimum", "maximum")}
    return Case("other pay", [job, w.again(job, pay={**job["pay"], **more})])


def other_start(w: Writer) -> Case:
    job = w.job()
    job["start_on"] = datetime.date(2026, 12, 1)
    return Case("other start", [job, w.again(job, start_on=datetime.date(2027, w.pick.randrange(2, 6), 1))])


def other_hours(w: Writer) -> Case:
    job = w.job()
    job |= {"working_time": ["VOLLZEIT"], "weekly_hours": 40.0}
    return Case("full and part time", [job, w.again(job, working_time=["TEILZEIT"], weekly_hours=20.0)])


def minijob(w: Writer) -> Case:
    job = w.job()
    job["weekly_hours"] = None
    return Case("Minijob", [job, w.again(job, working_time=["MINIJOB"], employment_kind="GERINGFUEGIG_ENTLOHNT")])


def other_occupation(w: Writer) -> Case:
    job = w.job()
    kldb = w.pick.choice(
        [one for one in words.OCCUPATIONS if one[:3] != job["kldb2010"][:3] and one[4] == job["kldb2010"][4]]
    )
    return Case("other occupation", [job, w.again(job, kldb2010=kldb, title=w.pick.choice(words.OCCUPATIONS[kldb]))])


def otheremployer_of(w: Writer) -> Case:
    """Two farms or restaurants that use one text."""
    job, other = w.job(), w.job()
    twin = w.again(job, employer=other["employer"], contact=other["contact"], workplace={
        **job["workplace"], "street": other["workplace"]["street"]})  # fmt: skip
    return Case("other employer", [job, twin])


def one_anonymous(w: Writer) -> Case:
    job = w.job()
    return Case("one of them anonymous", [job, w.again(job, visibility="ANONYMOUS")])


def other_anonymous(w: Writer) -> Case:
    """Two hidden employers with one boilerplate text in one town."""
    job, other = w.job(), w.job()
    job["visibility"] = "ANONYMOUS"
    twin = w.again(job, pay=other["pay"], start_on=TODAY + datetime.timedelta(days=200), weekly_hours=12.0,
                   working_time=["TEILZEIT"],
                   description=w.text(job["kldb2010"], job["workplace"]["place"]))  # fmt: skip
    return Case("other anonymous employer", [job, twin])


ALIKE: list[Make] = [
    other_job_ofemployer_of,
    other_town,
    other_town_without_key,
    other_shift,
    other_shift_in_text,
    other_level,
    training,
    chain_store,
    chain_without_numbers,
    chain_in_other_town,
    openings_split,
    twice_at_one,
    other_pay,
    other_start,
    other_hours,
    minijob,
    other_occupation,
    otheremployer_of,
    one_anonymous,
    other_anonymous,
]
