"""What the runner lends a source: a private folder beside the state file, and a way to ask what a row would become."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from connectors.contract.row import Broken, Row
from connectors.contract.workplace import Workplace
from connectors.examine import check_rules, identify, map_row
from connectors.file_hashes import FileHashes
from connectors.lookups import read_lookups
from connectors.mapping.row_mapping import RowMapping
from connectors.state import State
from schemas.jobcenter import Jobcenter


def workplace(jobcenter: Jobcenter, source: str, state: State, folder: Path, *, listens: bool = True) -> Workplace:
    """The workplace of one source.

    Args:
        jobcenter: its file.
        source: name of the source.
        state: the private folder lies in a folder of its file's name, and what files hash to stands in it.
        folder: where lookup tables lie.
        listens: whether ports may be opened.
    """

    def examine(rows: Sequence[Row | Broken]) -> list[tuple[str, str | None] | None]:
        mapping = RowMapping(jobcenter, source, read_lookups(jobcenter.lookups, folder))
        found = [identify(mapping, row) for row in rows]
        for one in found:
            map_row(mapping, one)
        check_rules(mapping, found)
        return [(one.code, one.column) if one.code and one.ending is None else None for one in found]

    return Workplace(private_folder(state.path, source), examine, FileHashes(source, state.sql), listens)


def private_folder(state_path: Path, source: str) -> Path:
    """Where a source keeps what it must not forget."""
    return state_path.with_suffix("") / source
