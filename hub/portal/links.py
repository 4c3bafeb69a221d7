"""Signed links in place of accounts: what stands in one was written by us, for one purpose, and not too long ago."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

CONFIRM_WITHIN = timedelta(hours=48)
"""For so long a report may be confirmed; then it is deleted."""
_MANAGE_WITHIN = timedelta(days=400)
_DESK_WITHIN = timedelta(hours=12)


class BadLink(Exception):
    """Not a link of ours, or one for something else."""


class OldLink(BadLink):
    """A link of ours whose time is over."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """Whose link it is: number of the job, and the random key that only its own links hold."""

    number: int
    key: str


class Links:
    """Makes and reads links. Each purpose has a salt of its own, so that no link serves another purpose."""

    def __init__(self, secret: str, public_url: str) -> None:
        self._secret, self._base = secret, public_url.rstrip("/")

    def confirm(self, ticket: Ticket) -> str:
        """Address at which a report is confirmed."""
        return f"{self._base}/arbeitgeber/bestaetigen/{self._sign('confirm', [ticket.number, ticket.key])}"

    def manage(self, ticket: Ticket) -> str:
        """Address at which a job is changed and ended."""
        return f"{self._base}/arbeitgeber/stelle/{self.manage_token(ticket)}"

    def manage_token(self, ticket: Ticket) -> str:
        """The part of that address that is the link."""
        return self._sign("manage", [ticket.number, ticket.key])

    def desk(self, jobcenter: str) -> str:
        """Address of a Jobcenter's work list. Not secret."""
        return f"{self._base}/mitarbeitende/{jobcenter}/stellen"

    def confirming(self, token: str) -> Ticket:
        """Whose report is to be confirmed.

        Raises:
            OldLink: after 48 hours.
            BadLink: it is none.
        """
        return self._ticket("confirm", token, CONFIRM_WITHIN)

    def managing(self, token: str) -> Ticket:
        """Whose job it is.

        Raises:
            BadLink: it is none, or is too old.
        """
        return self._ticket("manage", token, _MANAGE_WITHIN)

    def form_token(self, jobcenter: str, staff: str, number: int, revision: int) -> str:
        """What a form of the work list holds, so that no other site can send it in a member of staff's name."""
        return self._sign("desk", [jobcenter, staff, number, revision])

    def form_is_ours(self, token: str, jobcenter: str, staff: str, number: int, revision: int) -> bool:
        """Whether a form was made by us for this person, job and state."""
        try:
            return bool(self._read("desk", token, _DESK_WITHIN) == [jobcenter, staff, number, revision])
        except BadLink:
            return False

    def _sign(self, purpose: str, value: Any) -> str:
        return str(self._serializer(purpose).dumps(value))

    def _ticket(self, purpose: str, token: str, within: timedelta) -> Ticket:
        value = self._read(purpose, token, within)
        if not (isinstance(value, list) and len(value) == 2 and type(value[0]) is int and isinstance(value[1], str)):
            raise BadLink
        return Ticket(value[0], value[1])

    def _read(self, purpose: str, token: str, within: timedelta) -> Any:
        try:
            return self._serializer(purpose).loads(token[:2000], max_age=int(within.total_seconds()))
        except SignatureExpired:
            raise OldLink from None
        except BadSignature:
            raise BadLink from None

    def _serializer(self, purpose: str) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self._secret, salt=f"jobhub.portal.{purpose}")
