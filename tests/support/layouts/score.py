"""How many fields of a layout are proposed as a person would map them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from connectors.recognise.recognised import recognise
from tests.support.layouts.write import Layout
from tests.support.layouts.write_json import JsonLayout


@dataclass(frozen=True, slots=True)
class Score:
    """Right fields of all fields, what was wrong, and whether the file itself was read as written."""

    layout: str
    right: int
    fields: int
    wrong: dict[str, tuple[str | None, str | None]]
    """Field -> (gold, proposal)."""
    written_as_is: bool

    @property
    def share(self) -> float:
        """Right fields of all."""
        return self.right / self.fields


def score(layout: Layout | JsonLayout, folder: Path) -> Score:
    """Write the layout, recognise it, compare. A field mapped that no person would map counts as wrong too."""
    path = folder / "export.csv"
    layout.write(path)
    found = recognise(path)
    mine = dict(found.proposal.column_of())
    if found.proposal.key:
        mine["key"] = re.findall(r"\{([^{}]+)\}", found.proposal.key)[-1]
    gold = layout.gold
    for derived, origin in (("employment_kind", "working_time"), ("contract_term", "term_until")):
        # Made of a column that has its own field already: not a guess about another column.
        if derived not in gold and mine.get(derived) is not None and mine.get(derived) == gold.get(origin):
            del mine[derived]
    mine.pop("organisational_unit", None)
    wrong = {
        field: (gold.get(field), mine.get(field)) for field in {*gold, *mine} if gold.get(field) != mine.get(field)
    }
    right = sum(gold[field] == mine.get(field) for field in gold)
    fields = len(gold) + sum(field not in gold for field in wrong)
    return Score(layout.name, right, fields, wrong, layout.is_read_as_written(found.sample))


def table(scores: list[Score]) -> str:
    """The scores as text."""
    lines = [f"{one.right:3}/{one.fields:<3} {one.share:6.1%}  {one.layout}  {one.wrong or ''}" for one in scores]
    right, fields = sum(one.right for one in scores), sum(one.fields for one in scores)
    return "\n".join([*lines, f"{right:3}/{fields:<3} {right / fields:6.1%}  together"])
