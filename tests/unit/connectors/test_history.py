"""What can be traced of a row is what was noted of it: each event tells of itself, everything else has a row."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors import fates
from connectors.compare import Decision, Outcome
from connectors.events import Traces
from connectors.outgoing import Content, Outgoing
from tests.support.deliveries import DELTA, DELTA_HEADER, Connector, connector, csv_text, row, small_jobcenter
from tests.unit.connectors.test_columns_equal_rows import jobcenter_in, planted

Fate = tuple[str, str, str | None, str | None, int | None, int | None, int | None]


class Noted(defaultdict[str, list[Fate]]):
    """Notes of every row that is settled, kept by the words of `Outgoing`: a row of its own for each."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(list)
        send, first, note, back = Outgoing.send, Outgoing.send_first, Outgoing.note, Outgoing.take_back

        def noted_send(out: Outgoing, key: str, decision: Any, made: Any, **how: Any) -> Any:
            sent = send(out, key, decision, made, **how)
            number = sent.record
            self._add(key, (out.file, decision.outcome.value, None, None, how["line"], decision.version, number))
            return sent

        def noted_first(out: Outgoing, keys: Any, *columns: Any) -> None:
            number, lines = out._next(), columns[-3]
            first(out, keys, *columns)
            for at, (key, line) in enumerate(zip(keys, lines, strict=True), number):
                self._add(key, (out.file, "new", None, None, line, 1, at))

        def noted(out: Outgoing, key: str | None, outcome: Outcome, **how: Any) -> None:
            note(out, key, outcome, **how)
            if key is not None and outcome is not Outcome.OTHER:
                told = (how.get("code"), how.get("column"), how.get("line"), how.get("version"), None)
                self._add(key, (out.file, outcome.value, *told))

        def taken_back(out: Outgoing, key: str, before: Any) -> None:
            back(out, key, before)
            self[key] = [one for one in self[key] if one[0] != out.file or one[1] == "rejected"]

        monkeypatch.setattr(Outgoing, "send", noted_send)
        monkeypatch.setattr(Outgoing, "send_first", noted_first)
        monkeypatch.setattr(Outgoing, "note", noted)
        monkeypatch.setattr(Outgoing, "take_back", taken_back)

    def _add(self, key: str, fate: Fate) -> None:
        self[key].append(fate)


def traced(one: Connector) -> dict[str, list[Fate]]:
    return {
        key: [
            (fate.file, fate.outcome, fate.code, fate.column, fate.line, fate.version, fate.offset)
            for fate in one.state.history(key)
        ]
        for key in one.state.keys()  # noqa: SIM118 - a method of the state, not of a dictionary
    }


def compared(one: Connector, noted: Noted, files: list[str | bytes]) -> tuple[Any, Any]:
    for day, content in enumerate(files, 20):
        one.write(f"stellen_2026-11-{day}.csv", content)
        one.take()
        one.acknowledge()  # each at the offset that is its number

    def order(fate: Fate) -> Any:
        return [(one is not None, one) for one in fate]

    return {key: sorted(some, key=order) for key, some in noted.items()}, {
        key: sorted(some, key=order) for key, some in traced(one).items()
    }


def full_files() -> list[str | bytes]:
    return [*planted(), planted()[0]]


def delta_files() -> list[str | bytes]:
    first = [row(Nr=str(number), Version="5", Aktion="N") for number in range(8)]
    second = [row(Nr="1", Version="6", Aktion="A", Titel="neu"), row(Nr="1", Version="4", Aktion="A", Titel="alt")]
    second += [row(Nr="2", Version="5", Aktion="N"), row(Nr="2", Version="5", Aktion="A", Titel="anders")]
    second += [row(Nr="3", Version="6", Aktion="L"), row(Nr="3", Version="7", Aktion="A"), row(Nr="9", Aktion="X")]
    second += [row(Nr="4", Version="8", Aktion="A"), row(Nr="4", Version="9", Aktion="A", PLZ="1")]
    return [csv_text(lines, DELTA_HEADER) for lines in (first, second, first)]


FILES = {"full": full_files, "delta": delta_files}


def outcome(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> tuple[Any, Any]:
    jobcenter = jobcenter_in("utf-8") if kind == "full" else small_jobcenter(**DELTA)
    with connector(tmp_path, jobcenter) as one:
        return compared(one, Noted(monkeypatch), FILES[kind]())


@pytest.mark.parametrize("kind", FILES)
def test_history_is_what_was_noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    noted, told = outcome(tmp_path, monkeypatch, kind)

    assert noted == told
    assert {"new", "changed", "ended", "rejected", "duplicate"} <= {one[1] for some in noted.values() for one in some}


def _no_previous(stored: bytes, count: int, at: int) -> Any:
    return (*_one(stored, count, at)[:3], 0)


_one = Traces.one


@pytest.mark.parametrize(
    ("owner", "name", "broken"),
    [(Traces, "one", staticmethod(_no_previous)), (fates, "_noted", lambda *_: [])],
    ids=["events before the last one forgotten", "rows without an event forgotten"],
)
def test_a_history_with_a_gap_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, broken: Any
) -> None:
    monkeypatch.setattr(owner, name, broken)
    noted, told = outcome(tmp_path, monkeypatch, "full")

    assert noted != told


def test_rows_that_end_an_offer_and_then_contradict_that_leave_it_as_it_was(tmp_path: Path) -> None:
    delta = {"load": "delta", "action": DELTA["action"]}
    header = [name for name in DELTA_HEADER if name != "Version"]
    with connector(tmp_path, small_jobcenter(**delta)) as one:
        one.take_file("stellen_2026-11-20.csv", csv_text([row(Aktion="N")], header))
        one.acknowledge()
        one.take_file("stellen_2026-11-21.csv", csv_text([row(Aktion="L"), row(Aktion="A", Titel="anders")], header))

        assert [] == one.outbox()
        [known] = one.state.remembered("vacancy", ["1"]).values()
        assert (1, False) == (known.known.version, known.known.ended)
        assert one.state.bodies({known.record: "1"})
        assert ["new", "rejected", "rejected"] == [fate.outcome for fate in one.state.history("1")]


def test_records_put_between_an_event_and_its_number_are_noticed(tmp_path: Path) -> None:
    with connector(tmp_path, small_jobcenter()) as one, one.state.transaction():
        out = Outgoing(one.state, "testa", "vacancy", "stellen", 0, 1, "d", "f")
        how: dict[str, Any] = {"is_end": False, "line": 1, "row_hash": None, "last": None}
        made = Content(b"a", b"b", "0" * 32)
        out.send("1", Decision(Outcome.NEW, 1), made, time=datetime.now(UTC), **how)
        one.state.put("t", "k", b"v", [], 1)

        with pytest.raises(RuntimeError, match="events numbered from 1 were put as 2"):
            out.flush()
