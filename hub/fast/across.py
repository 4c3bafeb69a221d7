"""Rules between fields and code lists (schemas/rules.py), asked of whole columns. Stricter in places, never laxer."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping
from itertools import count

import numpy as np

from hub.fast.columns import MISSING, Table
from hub.fast.memory import Passes, Remembered, number_of, packed
from schemas import codelists, rules
from schemas.topics import Event

Across = Callable[[Table], None]

_EPOCH = datetime.date(1970, 1, 1)
_REMEMBERED_MAX = 50_000


def _known_municipality(ags: str) -> bool:
    return ags[:5] not in codelists.REGION or ags in codelists.municipalities()


def _occupation(code: str) -> bool:
    return code in codelists.occupations()


LISTS: dict[Event, Mapping[str, Passes]] = {
    "vacancy": {
        "kldb2010": _occupation,
        "industry.code": codelists.known_industry,  # one of another edition is looked up here too
        "workplace.ags": _known_municipality,
    },
    "measure": {"instrument": lambda code: code in codelists.instruments(), "location.ags": _known_municipality},
    "placement": {"kldb3": _occupation},
}
"""Code lists by event and field."""


def across(event: Event) -> Across:
    """The rules between fields of one kind of event, with a memory of their own."""
    return {"vacancy": _vacancy, "measure": _measure, "placement": _placement}[event]()


def _vacancy() -> Across:
    address = _address("workplace")

    def look_at(table: Table) -> None:
        _ended(table)
        address(table)
        _not_twice(table, "working_time")
        _pay(table)
        _not_before(table, "published_until", "published_from")
        _not_before(table, "term_until", "start_on")
        start, published = table.numbers("start_on"), table.numbers("published_from")
        table.doubt((start != MISSING) & (start - published > 2 * 366))

    return look_at


def _measure() -> Across:
    address, instruments = _address("location"), _Instruments()

    def look_at(table: Table) -> None:
        _ended(table)
        address(table)
        instruments.look_at(table)
        _not_before(table, "end_on", "start_on")
        _not_more(table, "seats_free", "seats")
        _not_more(table, "outcomes.exits", "outcomes.entries")
        _not_more(table, "outcomes.early_exits", "outcomes.exits")
        _not_more(table, "outcomes.employed_after_6_months", "outcomes.exits")

    return look_at


def _placement() -> Across:
    def look_at(table: Table) -> None:
        _ended(table)
        for kind, subsidies in rules.SUBSIDIES.items():
            allowed = np.zeros(table.walk.count, bool)
            for subsidy in subsidies:
                allowed |= table.is_symbol("subsidy", subsidy)
            table.doubt(table.is_symbol("placement_type", kind) & ~allowed)

    return look_at


def _ended(table: Table) -> None:
    ended = table.is_symbol("status", "ENDED")
    table.doubt((ended != table.given("end_reason")) | (ended != table.given("ended_on")))


def _address(part: str) -> Across:
    """A postcode in the form of its country, or a place. Postcodes of far countries are for the plain way."""
    forms = {
        number_of("DE"): Remembered(lambda plz: re.fullmatch(r"[0-9]{5}", plz) is not None and plz != "00000"),
        number_of("NL"): Remembered(lambda plz: re.fullmatch(r"[0-9]{4} ?[A-Z]{2}", plz) is not None),
    }

    def look_at(table: Table) -> None:
        walk, named = table.walk, np.zeros(table.walk.count, bool)
        for name in ("plz", "place"):
            some, _, length = table.text(f"{part}.{name}")
            named[slice(None) if some is None else some] |= length > 0
        table.doubt(~named)
        some, at, length = table.text(f"{part}.plz")
        _, country_at, country_length = table.text(f"{part}.country")
        countries = packed(walk, country_at, np.minimum(country_length, 8))
        if some is not None:
            countries = countries[some]
        bad = np.ones(len(countries), bool)
        for code, form in forms.items():
            of_country = countries == code
            if of_country.any():
                bad[of_country] = form.fail(walk, at[of_country], length[of_country])
        walk.suspect(some, bad)

    return look_at


def _not_twice(table: Table, path: str) -> None:
    seen = np.zeros(table.walk.count, np.int64)
    for place in count():
        if f"{path}.{place}" not in table.columns:
            return
        symbol = table.numbers(f"{path}.{place}")
        bit = np.where(symbol == MISSING, 0, 1 << np.clip(symbol, 0, 62))
        table.doubt(seen & bit != 0)
        seen |= bit


def _pay(table: Table) -> None:
    least, most = table.numbers("pay.minimum"), table.numbers("pay.maximum")
    limit = np.zeros(table.walk.count, np.int64)
    for period, euros in rules.PAY_LIMIT.items():
        limit[table.is_symbol("pay.period", period)] = euros * 100
    for amount in (least, most):
        table.doubt((amount != MISSING) & ((amount <= 0) | (amount > limit)))
    table.doubt((least != MISSING) & (most != MISSING) & (least > most))


def _not_before(table: Table, later: str, earlier: str) -> None:
    after, before = table.numbers(later), table.numbers(earlier)
    table.doubt((after != MISSING) & (after < before))


def _not_more(table: Table, part: str, whole: str) -> None:
    some, every = table.numbers(part), table.numbers(whole)
    table.doubt((every != MISSING) & (some > every))


class _Instruments:
    """Which instrument, begun on which day, paid by whom: asked once for each combination."""

    def __init__(self) -> None:
        self._good: set[tuple[bytes, int, str]] = set()

    def look_at(self, table: Table) -> None:
        """Doubt what is not surely right."""
        _, at, length = table.text("instrument")
        codes = [table.walk.raw[a:b] for a, b in zip(at.tolist(), (at + length).tolist(), strict=True)]
        names = dict(enumerate(table.symbols("funder")))
        funders = [names.get(place, "") for place in table.numbers("funder").tolist()]
        found = list(zip(codes, table.numbers("start_on").tolist(), funders, strict=True))
        if len(self._good) > _REMEMBERED_MAX:
            self._good.clear()
        self._good |= {one for one in set(found) - self._good if _funded(*one)}
        table.doubt(np.fromiter((one not in self._good for one in found), bool, len(found)))


def _funded(code: bytes, day: int, funder: str) -> bool:
    """Whether the instrument exists on its first day, and whoever pays for it is named."""
    instrument = codelists.instruments().get(code.decode("utf-8", "replace"))
    if instrument is None or not 0 <= day <= 60_000:
        return False
    start = _EPOCH + datetime.timedelta(days=day)
    return instrument.valid_on(start) and funder == codelists.funder(instrument.code, start)
