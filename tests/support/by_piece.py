"""Gives out work by pieces (lines.py), and goes on when a process dies. Needs pytest-xdist."""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

from tests.support.lines import piece_of


class ByPiece(LoadScopeScheduling):  # type: ignore[misc]  # pytest-xdist ships no types
    """As its parent, which would try a test that killed its process again and again, and wait for a process forever."""

    def _split_scope(self, nodeid: str) -> str:
        return piece_of(nodeid.partition("::")[0])

    def remove_node(self, node: WorkerController) -> str | None:
        """A process has ended: the test that killed it, if one did. Others do what is left of its pieces."""
        left = {piece: tests for piece, tests in self.assigned_work[node].items() if not all(tests.values())}
        killer = next((test for tests in left.values() for test, done in tests.items() if not done), None)
        for tests in left.values():
            if killer in tests:
                tests[killer] = True
        self.assigned_work[node] = {piece: tests for piece, tests in left.items() if not all(tests.values())}
        super().remove_node(node)
        return killer

    def _reschedule(self, node: WorkerController) -> None:
        super()._reschedule(node)
        if (
            not self.workqueue and not node.shutting_down
        ):  # a process keeps its last test until it has heard that no more is to come
            node.shutdown()
