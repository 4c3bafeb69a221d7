"""Every source type keeps the contract of connectors/contract. Types are found by themselves; a sample is a must."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import stamina
from pydantic import ValidationError

import connectors.sources
from connectors.conformance import Sample, posix_only, try_source
from connectors.contract.delivery import Delivery
from connectors.contract.row import Broken, Row
from connectors.contract.source import Wanted
from connectors.registry import source_types
from connectors.sources import csv_file
from tests.support.source_samples import csv_file as csv_sample
from tests.support.source_samples.content import CANARY, WANTED

FOLDER = Path(next(iter(connectors.sources.__path__)))
each_type = pytest.mark.parametrize("kind", source_types())


@pytest.fixture(autouse=True)
def impatient() -> Iterator[None]:
    stamina.set_testing(True, attempts=2, cap=True)
    yield
    stamina.set_testing(False)


@each_type
def test_a_source_type_keeps_its_contract(kind: str, tmp_path: Path) -> None:
    module = importlib.import_module(f"tests.support.source_samples.{kind}")
    with module.sample(tmp_path) as sample:
        assert sample.spoil
        tried = try_source(sample)

    assert [] == tried.failures
    assert len(tried.checked) >= 15


@each_type
def test_a_source_type_runs_on_windows(kind: str) -> None:
    assert [] == posix_only((FOLDER / f"{kind}.py").read_text("utf-8"))


def test_nothing_of_the_connector_needs_posix() -> None:
    found = {path.name: posix_only(path.read_text("utf-8")) for path in FOLDER.parent.rglob("*.py")}

    assert {} == {name: names for name, names in found.items() if names}


@each_type
def test_an_option_nobody_knows_is_refused(kind: str) -> None:
    options: Any = importlib.import_module(f"connectors.sources.{kind}").Options
    with pytest.raises(ValidationError, match="niemandkennt"):
        options.model_validate({"niemandkennt": 1})


@each_type
def test_no_option_takes_a_secret_itself(kind: str) -> None:
    options: Any = importlib.import_module(f"connectors.sources.{kind}").Options
    names = [name for name in options.model_fields if any(word in name for word in ("token", "password", "secret"))]

    assert [] == [name for name in names if not name.endswith(("_env", "_file", "_header", "_prefix"))]


# ----------------------------------------------------------------------------------- sources that break their contract


class _Odd(csv_file.Source):
    """CSV, spoilt by a function."""

    spoilt: Any = None

    def read(self, delivery: Delivery) -> Any:
        return self.spoilt(super().read(delivery))


def _with(change: Any) -> Any:
    class Reading:
        def __init__(self, inner: Any) -> None:
            self.inner, self.load, self.description = inner, inner.load, inner.description
            self.unmapped = list[str]()
            self.complete = False

        def __iter__(self) -> Iterator[Row | Broken]:
            yield from change(self)

    return Reading


def _always_complete(reading: Any) -> Iterator[Row | Broken]:
    reading.complete = True
    yield from reading.inner


def _forgets_a_row(reading: Any) -> Iterator[Row | Broken]:
    yield from list(reading.inner)[1:]
    reading.complete = True


def _tells_values(reading: Any) -> Iterator[Row | Broken]:
    for row in reading.inner:
        if isinstance(row, Broken):
            raise ValueError(f"{CANARY} cannot be read")
        yield row
    reading.complete = reading.inner.complete


def _hands_out_more(reading: Any) -> Iterator[Row | Broken]:
    for row in reading.inner:
        yield Row(row.line, {**row.values, "Geheim": 1})
    reading.complete = reading.inner.complete


def _counts_from_nought(reading: Any) -> Iterator[Row | Broken]:
    for number, row in enumerate(reading.inner):
        yield Row(number, row.values)
    reading.complete = reading.inner.complete


def _raises_something(reading: Any) -> Iterator[Row | Broken]:
    for row in reading.inner:
        if isinstance(row, Broken):
            raise KeyError("x")
        yield row
    if not reading.inner.complete:
        raise KeyError("x")
    reading.complete = True


@pytest.mark.parametrize(
    "change, told",
    [
        (_always_complete, "complete is not said before the end"),
        (_forgets_a_row, "all rows come in their order"),
        (_tells_values, "no value is told"),
        (_hands_out_more, "only wanted columns"),
        (_counts_from_nought, "places count upwards from 1"),
        (_raises_something, "what cannot be read is Retry, Stop or broken rows"),
    ],
)
def test_a_source_that_breaks_its_contract_is_found(tmp_path: Path, change: Any, told: str) -> None:
    class Odd(_Odd):
        spoilt = staticmethod(_with(change))

    with csv_sample.sample(tmp_path) as sound:
        odd = Sample(
            lambda: Odd("s", {"encoding": "utf-8"}, WANTED, None, "full"),
            sound.folder, sound.columns, sound.rows, sound.canary, spoil=(_spoil_a_row(sound.folder), *sound.spoil),
        )  # fmt: skip
        failures = try_source(odd).failures

    assert [failure for failure in failures if told in failure]


def _spoil_a_row(folder: Path) -> Any:
    def spoil() -> None:
        path = folder / "a.csv"
        path.write_text(path.read_text("utf-8") + f"{CANARY};too;many;cells;here\n", "utf-8")

    return spoil


@pytest.mark.parametrize(
    "text, found",
    [
        ("import fcntl", ["fcntl"]),
        ("from pwd import getpwnam", ["pwd"]), ("os.open(p, os.O_NOFOLLOW)", ["O_NOFOLLOW"]),
        ("loop.add_signal_handler(1, f)", ["add_signal_handler"]), ("import os, stat", []),
    ],
)  # fmt: skip
def test_what_only_posix_has_is_found(text: str, found: list[str]) -> None:
    assert found == posix_only(text)


def test_a_type_without_a_sample_is_found() -> None:
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("tests.support.source_samples.no_such_type")
    assert isinstance(WANTED, Wanted)
