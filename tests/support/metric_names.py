"""Which metrics the code really exports, found in every metrics.py, and which metrics an expression asks for."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import promql_parser
from prometheus_client.metrics import MetricWrapperBase

ROOT = Path(__file__).parents[2]
_SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "summary": ("_sum", "_count")}


@dataclass(frozen=True, slots=True)
class Exported:
    """A metric as Prometheus sees it."""

    name: str
    kind: str
    labels: tuple[str, ...]
    text: str

    @property
    def series(self) -> tuple[str, ...]:
        """Names its samples carry."""
        return (
            (self.name,)
            if self.kind == "counter"
            else tuple(self.name + end for end in _SUFFIXES.get(self.kind, ("",)))
        )


def exported() -> dict[str, Exported]:
    """All metrics of the code by name; counters with their _total."""
    return {metric.name: metric for module in _modules() for metric in _metrics_of(module)}


def series() -> dict[str, tuple[str, ...]]:
    """Names samples are exported under, with their labels."""
    return {name: metric.labels for metric in exported().values() for name in metric.series}


def asked_for(expression: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Metrics an expression selects, each with the labels it filters by."""
    found: list[tuple[str, frozenset[str]]] = []

    def visit(node: promql_parser.Expr) -> None:
        selector = node.vector_selector if isinstance(node, promql_parser.MatrixSelector) else node
        if isinstance(selector, promql_parser.VectorSelector):
            found.append((selector.name or "", frozenset(matcher.name for matcher in selector.matchers.matchers)))

    promql_parser.walk(promql_parser.parse(expression), visit)
    return iter(dict.fromkeys(found))


def unknown(expressions: Iterable[str], also: Iterable[str] = ()) -> list[str]:
    """Metrics and labels that the expressions ask for and nobody exports; `also` names recorded series."""
    known, others = series(), {"up", *also}
    wrong = set()
    for expression in expressions:
        for name, labels in asked_for(expression):
            if name not in known:
                wrong.update({name} - others)
            else:
                wrong.update(
                    f"{name}{{{label}}}" for label in labels.difference(known[name], {"le", "job", "instance"})
                )
    return sorted(wrong)


def _modules() -> Iterator[str]:
    for package in ("connectors", "hub"):
        for path in sorted((ROOT / package).rglob("metrics.py")):
            yield ".".join(path.relative_to(ROOT).with_suffix("").parts)


def _metrics_of(module: str) -> Iterator[Exported]:
    for value in vars(importlib.import_module(module)).values():
        if isinstance(value, MetricWrapperBase):
            metric = next(iter(value.describe()))
            name = f"{metric.name}_total" if metric.type == "counter" else metric.name
            yield Exported(name, metric.type, tuple(value._labelnames), metric.documentation)
