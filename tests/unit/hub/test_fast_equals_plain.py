"""The fast way decides as the plain way does, to the byte; and each of its checks, taken away, is missed.

The long form: python -m tests.bench.fuzz_fast.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.fast import across, heads, judge, memory, readers, stamps, texts, walk
from hub.fast.raws import Raws
from hub.flow import Flow
from hub.steps.batch import Batch, Fate, Outcome
from schemas.topics import EVENTS, Event
from tests.support import random_events
from tests.support.events import PLAIN, Record, vacancy
from tests.support.mixed_raws import MixedRaws, differences, plain_flow, sure_share
from tests.support.mutations import MUTATIONS
from tests.support.raw import FakeRecord, batch_of, raw_of
from tests.support.tries import tries

SEED, BATCHES, RECORDS = 11, 12, 150


@cache
def _asked(event: Event) -> list[tuple[Batch, dict[bytes, bytes], Outcome]]:
    """Batches, what is known before each, and what the plain way makes of them."""
    plain, mixed = plain_flow(event), MixedRaws(event, SEED)
    asked, known = [], dict[bytes, bytes]()
    for _ in range(BATCHES):
        batch, before = mixed.batch(RECORDS), dict(known)
        asked.append((batch, before, plain.run(batch, before)))
        known.update(asked[-1][2].changes)
    return asked


def _differences(event: Event) -> Iterator[str]:
    fast = Flow(event, {})
    for batch, known, expected in _asked(event):
        yield from differences(expected, fast.run(batch, known))


@pytest.mark.parametrize("event", EVENTS)
def test_both_ways_bring_about_the_same(event: Event) -> None:
    assert [] == list(_differences(event))


@pytest.mark.parametrize("event", EVENTS)
def test_it_is_the_same_for_columns_and_for_objects(event: Event) -> None:
    fast, plain = Flow(event, {}), plain_flow(event)
    for batch, known, expected in _asked(event):
        columns = replace(batch, parts=[replace(part, records=Raws.of(part.records)) for part in batch.parts])

        assert [] == differences(expected, fast.run(columns, known)) + differences(expected, plain.run(columns, known))


@pytest.mark.parametrize("event", EVENTS)
def test_nearly_every_good_record_is_surely_good(event: Event) -> None:
    batch, _, expected = _asked(event)[0]
    accepted = sum(count for (_, _, fate), count in expected.counts.items() if fate is not Fate.REJECTED)

    assert sure_share(Flow(event, {}), batch)[True] > 0.85 * accepted


@pytest.mark.parametrize("event", EVENTS)
def test_every_broken_rule_is_in_doubt(event: Event) -> None:
    broken = {str(mutation): mutation.example() for mutation in MUTATIONS if mutation.event == event}
    raws = {what: raw for what, record in broken.items() if (raw := _writable(event, record)) is not None}
    batch = batch_of(event, *raws.values(), jobcenter=PLAIN[event]()["jobcenter"])
    verdicts = Flow(event, {})._judge.judge(batch)

    assert len(raws) >= judge.RECORDS_MIN
    assert [] == [what for what, verdict in zip(raws, verdicts, strict=True) if verdict is not None]


def _writable(event: Event, record: Record) -> FakeRecord | None:
    try:
        return raw_of(event, record)
    except Exception:
        return None  # no writer can write it: a missing field, a text in place of a day


@settings(max_examples=tries(40))
@given(st.sampled_from(EVENTS).flatmap(lambda event: st.tuples(st.just(event), random_events.valid(event))))
def test_any_valid_record_fares_the_same(told: tuple[Event, Record]) -> None:
    event, record = told
    batch = batch_of(
        event,
        *(raw_of(event, {**record, "jobcenter": "borken", "source_id": f"S-{n}"}) for n in range(judge.RECORDS_MIN)),
    )

    assert [] == differences(plain_flow(event).run(batch, {}), Flow(event, {}).run(batch, {}))


@pytest.mark.parametrize(
    "text",
    [
        "Wir suchen Sie vom 01.01.2027 bis zum 31.12.2027.",
        "Rufen Sie an: Tel. 02551/69-1234, Frau Beispiel.",
        "Referenz 18935-23183-S, A4, WZ2008, 38,5 Stunden, 2.500 bis 3.200 Euro, 48143 Münster",
        "10000 Schrauben | 200 Dübel | 30 % Rabatt",
    ],
)
def test_an_ordinary_text_raises_no_doubt(text: str) -> None:
    batch = batch_of("vacancy", *(raw_of("vacancy", vacancy(source_id=f"S-{n}", description=text)) for n in range(30)))

    assert {True: 30} == sure_share(Flow("vacancy", {}), batch)


def test_poison_is_not_looked_at() -> None:
    records = [raw_of("vacancy", vacancy(source_id=f"S-{n}")) for n in range(30)]
    batch = batch_of("vacancy", *records, poison={7})
    records[7].headers = None  # type: ignore[assignment]

    assert {True: 29, False: 1} == sure_share(Flow("vacancy", {}), batch)


def test_a_rule_nobody_knows_is_noticed_at_the_start() -> None:
    strange = {"type": "string", "pattern": "^x$", "contentEncoding": "base64"}
    model = {"properties": {"a": strange}}
    avro = {"fields": [{"name": "a", "type": "string"}]}

    with pytest.raises(readers.Unsupported, match="contentEncoding"):
        readers.Compiler(model, {}, ()).compile(avro)


def test_with_a_rule_nobody_knows_everything_goes_the_plain_way(monkeypatch: pytest.MonkeyPatch) -> None:
    def unsupported(path: str) -> Any:
        raise readers.Unsupported(path)

    monkeypatch.setattr(readers, "_boolean", unsupported)
    batch, known, expected = _asked("vacancy")[0]
    flow = Flow("vacancy", {})

    assert ({False: RECORDS}, []) == (sure_share(flow, batch), differences(expected, flow.run(batch, known)))


# ---------------------------------------------------------------------------------------------------------- mutants


def _never(*_: Any) -> Any:
    return None


def _no_digit(digits: Any, _: Any) -> Any:
    return np.zeros(len(digits), bool)


_limits, _finish, _string, _cents = readers._limits, walk.Walk.finish, readers._string, readers._cents
_side_by_side = heads._side_by_side


def _one_more(rule: Any, path: str) -> Any:
    return _limits({**rule, "maximum": rule["maximum"] + 1}, path)


def _one_less(rule: Any, path: str) -> Any:
    return _limits(
        {name: bound - 1 if "inimum" in name else bound for name, bound in rule.items() if name != "format"}, path
    )


def _not_read_to_the_end(self: Any) -> Any:
    self.at = self.end
    return _finish(self)


def _one_longer(rule: Any, known: Any, path: str) -> Any:
    return _string({**rule, "maxLength": 4 * rule.get("maxLength", 300)}, known, path)


def _may_be_empty(rule: Any, known: Any, path: str) -> Any:
    return _string({**rule, "minLength": 0}, known, path)


def _knows_all(self: Any, codes: Any) -> Any:
    return np.ones(len(codes), bool)


def _unchanged(table: Any, _: Any) -> Any:
    return np.ones(table.walk.count, bool)


def _without_doubt(walk: Any, *told: Any) -> Any:
    found = _side_by_side(walk, *told)
    walk.doubt[:] = False
    return found


MUTANTS: dict[str, tuple[Event, Any, str, Any]] = {
    "a range is one too long": ("vacancy", readers, "_limits", _one_more),
    "a range begins one too early": ("vacancy", readers, "_limits", _one_less),
    "a text may be four times too long": ("vacancy", readers, "_string", _one_longer),
    "a text may be empty": ("vacancy", readers, "_string", _may_be_empty),
    "control characters pass": ("vacancy", texts, "_control_characters", _never),
    "broken UTF-8 passes": ("vacancy", texts, "doubt_utf8", _never),
    "no client number is looked for": ("vacancy", texts, "_client_numbers", _never),
    "no number is looked for by its digits": ("measure", texts, "_as_in_a_number", _no_digit),
    "no IBAN is looked for": ("measure", texts, "_as_in_an_iban", _no_digit),
    "blanks in numbers are forgotten": ("vacancy", texts, "_BLANK", 0),
    "long blanks in numbers are forgotten": ("vacancy", texts, "_BLANKS", 1),
    "any code is known": ("vacancy", memory.Remembered, "_knows", _knows_all),
    "any long text is known": ("vacancy", memory.Remembered, "_long_passes", lambda *_: True),
    "what lies behind a record is not looked at": ("placement", walk.Walk, "finish", _not_read_to_the_end),
    "the key is not looked at": ("measure", judge, "_doubt_keys", _never),
    "no rule between fields is asked": ("vacancy", judge, "across", lambda _: _never),
    "an end needs no reason": ("vacancy", across, "_ended", _never),
    "pay is not looked at": ("vacancy", across, "_pay", _never),
    "a working time may be there twice": ("vacancy", across, "_not_twice", _never),
    "dates are not compared": ("vacancy", across, "_not_before", _never),
    "counts are not compared": ("measure", across, "_not_more", _never),
    "any funder will do": ("measure", across, "_funded", lambda *_: True),
    "the employer of an anonymous vacancy is told": ("vacancy", judge, "_UNCHANGED", dict.fromkeys(EVENTS, _unchanged)),
    "all have the headers of the first": ("placement", heads, "_side_by_side", _without_doubt),
    "an end is not remembered": ("placement", stamps, "_ENDED", stamps._OPEN),
    "small counts are told": ("measure", judge, "_UNCHANGED", dict.fromkeys(EVENTS, _unchanged)),
}


@pytest.mark.parametrize("what", MUTANTS)
def test_a_laxer_check_is_noticed(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    event, place, name, mutant = MUTANTS[what]
    monkeypatch.setattr(place, name, mutant)

    try:
        noticed = next(_differences(event), None)
    except Exception as error:  # what is not surely good may also break the steps that rely on it
        noticed = str(error)
    assert noticed
