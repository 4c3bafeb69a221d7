"""The end of the process. Nothing goes on in an undefined state; whoever takes over settles what was open."""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path
from typing import NoReturn

from aiokafka.errors import KafkaError

from schemas.kafka_access import refusal

UNHEALTHY = 10
NOT_ALLOWED = 4


class StreamError(Exception):
    """What we say ourselves: never with a value of a record, so its text may be shown."""


class Hole(StreamError):
    """Records between our position and the next one are missing, again and again."""


class Alarm(StreamError):
    """What we read contradicts what must be true; a human has to look."""


class Stalled(StreamError):
    """Work waits and nothing moves."""


class FlowFailed(StreamError):
    """hub/flow.py raised. Says the type of the error and where; its text may hold values and is not repeated."""


def describe(error: BaseException) -> str:
    """An error for a log: type, place, and its text only where no value of a record can be in it."""
    text = f": {error}" if isinstance(error, StreamError | KafkaError | OSError) else ""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno} in {frames[-1].name}" if frames else ""
    return f"{type(error).__name__}{text}{place}"


def die(what: str, error: BaseException) -> NoReturn:
    """End the process at once: one line on stderr, exit code 10; 4 if Kafka does not let us do something.

    Not by raising: an orderly stop would wait for the very task whose state is unknown.
    """
    refused = refusal(error)
    code = f" [{refused.code}]" if refused else ""
    line = f"jobhub worker: {what} failed, the process ends. {describe(error)}{code}\n"
    sys.stdout.flush()
    os.write(2, line.encode(errors="replace"))
    os._exit(NOT_ALLOWED if refused else UNHEALTHY)
