"""What the links of an employer's letters open, and what is said when they do not."""

from __future__ import annotations

from hub.portal import store
from hub.portal.links import BadLink, OldLink, Ticket
from hub.portal.setup import Portal
from hub.portal.store import Job
from hub.web.errors import Trouble


def confirming(portal: Portal, token: str) -> Ticket:
    """What the link of the first letter holds."""
    try:
        return portal.links.confirming(token)
    except OldLink:
        raise Trouble(
            410,
            "link-expired",
            "Dieser Link gilt nicht mehr: er musste innerhalb von 48 Stunden benutzt werden."
            " Die Angaben sind gelöscht; bitte melden Sie die Stelle noch einmal.",
            "This link was valid for 48 hours. Please report the job again.",
        ) from None
    except BadLink:
        raise _no_link() from None


async def managed(portal: Portal, connection: store.Connection, token: str) -> Job:
    """The job of a link that its employer keeps."""
    try:
        job = await store.find(connection, portal.links.managing(token))
    except BadLink:
        job = None
    if job is None or job.state == "UNCONFIRMED":
        raise _no_link()
    return job


def _no_link() -> Trouble:
    return Trouble(
        404,
        "no-such-link",
        "Diesen Link kennen wir nicht. Wurde er beim Kopieren aus der E-Mail abgeschnitten?",
        "This link is unknown. Was it cut off when it was copied?",
    )


def used() -> Trouble:
    """The link of the first letter works once."""
    return Trouble(
        409,
        "link-used",
        "Dieser Link ist schon benutzt worden oder die Angaben sind nach 48 Stunden gelöscht worden."
        " Haben Sie schon bestätigt, dann finden Sie in Ihrem Postfach einen neuen Link zu Ihrer Stelle.",
        "This link was used before, or the data has been deleted after 48 hours.",
    )


def moved() -> Trouble:
    """Something else happened to the job meanwhile."""
    return Trouble(
        409,
        "job-moved-on",
        "Das geht jetzt nicht mehr: die Stelle hat sich inzwischen geändert. Bitte öffnen Sie Ihren Link noch einmal.",
        "The job has changed meanwhile. Please open your link again.",
    )
