"""Events of a delivery as they lie on the wire. Most headers are the same for all of them and written once."""

from __future__ import annotations

from datetime import datetime

from schemas.envelope import Headers, new_traceparent, time_text
from schemas.wire import header, sized, varint

_GAPS = frozenset({"ce_id", "ce_time", "ce_subject", "traceparent", "jobhub_line"})


class EventWire:
    """Headers with gaps where events of one delivery differ."""

    def __init__(self, headers: Headers) -> None:
        """Takes the headers of any event of the delivery."""
        pieces = [
            b"%b%%(%b)b" % (sized(name.encode()), name.encode())
            if name in _GAPS
            else header((name, value)).replace(b"%", b"%%")
            for name, value in headers
        ]
        self._headers = varint[len(headers)].replace(b"%", b"%%") + b"".join(pieces)
        self._time: datetime | None = None
        self._time_text = b""

    def __call__(self, key: bytes, value: bytes, event_id: str, time: datetime, line: int | None) -> bytes:
        """One event; its key is its subject."""
        if time is not self._time:
            self._time, self._time_text = time, sized(time_text(time).encode())
        subject = sized(key)
        headers = self._headers % {
            b"ce_id": sized(event_id.encode()),
            b"ce_time": self._time_text,
            b"ce_subject": subject,
            b"traceparent": sized(new_traceparent().encode()),
            b"jobhub_line": sized(b"%d" % (line or 0)),
        }
        return b"".join((subject, varint[len(value)], value, headers))
