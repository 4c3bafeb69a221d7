"""Sends a script at a steady rate with a stock client, and tells the ledger what is known of each record."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import confluent_kafka

from tests.chaos.ledger import Intent, Ledger

ID = "chaos_id"
_BURST_SECS = 0.05
_REFUSED = {"MSG_SIZE_TOO_LARGE", "_MSG_SIZE_TOO_LARGE", "TOPIC_AUTHORIZATION_FAILED"}


class Feed:
    """One producer at a time; a new one after a fatal error, as after a restart of a connector."""

    def __init__(self, bootstrap: str, ledger: Ledger, intents: Iterable[Intent], rate: float, delivery_secs: float):
        self.bootstrap, self.ledger, self.rate = bootstrap, ledger, rate
        self._settings = {"delivery.timeout.ms": int(delivery_secs * 1000)}
        self._intents: Iterator[Intent] = iter(intents)
        self._producer: Any = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.sent = 0
        self.error: BaseException | None = None

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def await_sent(self, count: int, patience: float = 120) -> None:
        """Block until so many were handed to the client."""
        end = time.monotonic() + patience
        while self.sent < count and not self.error:
            assert time.monotonic() < end, f"the load stands still at {self.sent} of {count}"
            time.sleep(0.02)
        if self.error:
            raise self.error

    def stop(self) -> None:
        """Send no more, and settle whatever is unknown by sending it again."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()
        if self.error:
            raise self.error
        self.settle()

    def send_now(self, intents: Iterable[Intent]) -> None:
        """Send some at once, without regard to the rate."""
        waiting = iter(intents)
        while some := list(itertools.islice(waiting, 200)):
            self._send(some)
        self._flush()

    def settle(self, patience: float = 90) -> None:
        """Send again what has no answer, byte for byte, until everything has one."""
        end = time.monotonic() + patience
        while unsettled := self.ledger.unsettled():
            assert time.monotonic() < end, f"{len(unsettled)} records without an answer"
            self._drop()
            self._send(unsettled, write=False)
            self._flush()

    def _run(self) -> None:
        try:
            due = time.monotonic()
            while not self._stop.is_set():
                some = list(itertools.islice(self._intents, max(1, int(self.rate * _BURST_SECS))))
                if not some:
                    break
                self._send(some)
                due = max(due + len(some) / self.rate, time.monotonic() - 1)
                while (wait := due - time.monotonic()) > 0 and not self._stop.is_set():
                    self._open().poll(min(wait, 0.05))
            self._flush()
        except BaseException as error:  # told to whoever waits for us
            self.error = error

    def _send(self, intents: list[Intent], write: bool = True) -> None:
        if write:
            self.ledger.intend(intents, time.time())
        for intent in intents:
            while True:
                try:
                    self._open().produce(
                        intent.topic,
                        key=intent.key,
                        value=intent.value,
                        headers=headers(intent),
                        on_delivery=self._answered(intent.id),
                    )
                    break
                except BufferError:
                    self._open().poll(0.1)
                except confluent_kafka.KafkaException as error:
                    if not self._refused(intent.id, error.args[0]):
                        self._drop()  # a fatal error; what it had in hand is unknown
                        time.sleep(0.2)
                    else:
                        break
        self.sent += len(intents)
        self._open().poll(0)

    def _answered(self, identity: str) -> Callable[[Any, Any], None]:
        def answered(error: Any, message: Any) -> None:
            if error is None and message.offset() is None:
                self.ledger.unknown(identity, "no offset")  # librdkafka takes it for a repetition; is it there?
            elif error is None:
                self.ledger.ack(identity, message.topic(), message.partition(), message.offset())
            elif not self._refused(identity, error):
                self.ledger.unknown(identity, error.name())

        return answered

    def _refused(self, identity: str, error: Any) -> bool:
        if error.name() not in _REFUSED:
            return False
        self.ledger.refuse(identity, error.name())
        return True

    def _open(self) -> Any:
        if self._producer is None:
            self._producer = confluent_kafka.Producer(
                {
                    "bootstrap.servers": self.bootstrap,
                    "acks": "all",
                    "enable.idempotence": True,
                    "partitioner": "murmur2_random",
                    "linger.ms": 5,
                    "message.max.bytes": 30_000_000,
                    "reconnect.backoff.max.ms": 500,
                    "topic.metadata.refresh.interval.ms": 3000,
                    "socket.connection.setup.timeout.ms": 3000,
                    "log_level": 0,
                    **self._settings,
                }
            )
        return self._producer

    def _flush(self) -> None:
        if self._producer is not None:
            self._producer.flush(20)

    def _drop(self) -> None:
        if self._producer is not None:
            self._producer.flush(0.5)
            self._producer.purge()
            self._producer.flush(0.5)
            self._producer = None


def headers(intent: Intent) -> Any:
    """Headers as a connector writes them, and the id by which the checker knows the record again."""
    found: Mapping[str, str] = {
        "ce_specversion": "1.0",
        "ce_id": intent.id,
        "ce_type": "de.muensterland.jobcenter.chaos.v1",
        "ce_source": "/jobcenter/chaos",
        "ce_time": "2026-11-23T20:00:00.000Z",
        "content-type": "application/avro",
        "jobhub_delivery": f"chaos/{intent.id[0]}",
        ID: intent.id,
    }
    return [(name, value.encode()) for name, value in found.items()]
