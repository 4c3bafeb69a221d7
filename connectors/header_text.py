"""Headers as the state file keeps them. Most of them are the same for all events of a delivery and written once."""

from __future__ import annotations

from datetime import datetime

from connectors.state import quoted
from schemas.envelope import Headers, new_traceparent, time_text

_ID, _TIME, _SUBJECT, _TRACE, _LINE = "ce_id", "ce_time", "ce_subject", "traceparent", "jobhub_line"


class HeaderText:
    """Headers with gaps where events of one delivery differ: the text of `dump_headers`, put together."""

    def __init__(self, headers: Headers) -> None:
        """Takes the headers of any event of the delivery."""
        gaps = {_ID, _TIME, _SUBJECT, _TRACE, _LINE}
        pairs = [
            (quoted(name), f"%({name})s" if name in gaps else quoted(value.decode()).replace("%", "%%"))
            for name, value in headers
        ]
        self._text = "[" + ",".join([f"[{name},{value}]" for name, value in pairs]) + "]"
        self._time: datetime | None = None
        self._time_text = ""

    def __call__(self, event_id: str, time: datetime, subject: str, line: int | None) -> str:
        """The text for one event."""
        if time is not self._time:
            self._time, self._time_text = time, quoted(time_text(time))
        return self._text % {
            _ID: quoted(event_id),
            _TIME: self._time_text,
            _SUBJECT: quoted(subject),
            _TRACE: quoted(new_traceparent()),
            _LINE: quoted(str(line)),
        }
