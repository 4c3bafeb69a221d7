"""Events of a delivery as they lie on the wire. Most headers are the same for all of them and written once."""

from __future__ import annotations

from datetime import datetime

from schemas.envelope import Headers, new_traceparent, time_text
from schemas.wire import header, sized, varint

# Where events of one delivery differ, in the order of their headers; not every event has a line.
_GAPS = ("ce_id", "ce_time", "ce_subject", "traceparent", "jobhub_line")


class EventWire:
    """Headers with gaps where events of one delivery differ."""

    def __init__(self, headers: Headers) -> None:
        """Takes the headers of any event of the delivery."""
        pieces = [varint[len(headers)]]
        for name, value in headers:
            if name in _GAPS:
                pieces[-1] += sized(name.encode())
                pieces.append(b"")
            else:
                pieces[-1] += header((name, value))
        self._to_id, self._to_time, self._to_subject, self._to_trace, *rest = pieces
        self._to_line, self._end = rest[0], rest[1] if len(rest) > 1 else None
        self._time: datetime | None = None

    def __call__(self, key: bytes, value: bytes, event_id: str, time: datetime, line: int | None) -> bytes:
        """One event; its key is its subject."""
        if time is not self._time:
            self._time, self._between = time, self._to_time + sized(time_text(time).encode()) + self._to_subject
        subject, id_, trace = varint[len(key)] + key, event_id.encode(), new_traceparent().encode()
        known = (subject, varint[len(value)], value, self._to_id, varint[len(id_)], id_, self._between, subject)
        traced = (self._to_trace, varint[len(trace)], trace, self._to_line)
        if self._end is None:
            return b"".join((*known, *traced))
        number = b"%d" % line if line is not None else b""
        return b"".join((*known, *traced, varint[len(number)], number, self._end))
