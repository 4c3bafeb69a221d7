"""A batch on its way to a Faust agent and back: the item a channel carries."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager

from hub.steps.batch import Batch, Known, Outcome
from hub.stream.exits import FlowFailed, describe


class Question:
    """What becomes of this batch? Answered once; a second answer is dropped."""

    def __init__(self, batch: Batch, known: Known, looking: AbstractContextManager[None]) -> None:
        self.batch, self.known, self._looking = batch, known, looking
        self.answered: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()

    def answer(self, run: Callable[[Batch, Known], Outcome]) -> None:
        """Run the flow. If it raises, the waiting task hears of it too, and both end.

        Raises:
            FlowFailed: in place of the error, whose text may hold values of a record.
        """
        if self.answered.done():
            return
        try:
            with self._looking:
                outcome = run(self.batch, self.known)
        except Exception as error:
            failed = FlowFailed(f"{self.batch.event}: {describe(error)}")
            self.answered.set_exception(failed)
            raise failed from None
        self.answered.set_result(outcome)
