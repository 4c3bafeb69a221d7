"""Letters ready to copy: what the operators of the hub, or those who run the own network, need to know to help."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from connectors.doctor.verdict import Letter, Text


@dataclass(frozen=True, slots=True)
class Sender:
    """Who writes, about which address. All of it may be told to both recipients."""

    jobcenter: str | None
    host: str
    servers: str
    account: str | None

    @property
    def who(self) -> str:
        """Name in the subject of a letter."""
        return self.jobcenter or self.host


def to_hub(sender: Sender, subject: Text, *paragraphs: Text) -> Letter:
    """A letter to the operators of the hub."""
    return Letter("hub", _subject(sender, subject), _body(sender, paragraphs))


def to_network(sender: Sender, subject: Text, *paragraphs: Text) -> Letter:
    """A letter to the people who run the own network: they know firewall and DNS, and nothing of Kafka."""
    return Letter("network", _subject(sender, subject), _body(sender, paragraphs))


def _subject(sender: Sender, subject: Text) -> Text:
    return Text(f"Jobhub {sender.who}: {subject.de}", f"Jobhub {sender.who}: {subject.en}")


def _body(sender: Sender, paragraphs: tuple[Text, ...]) -> Text:
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    account = sender.account or "–"
    de = [
        "Guten Tag,",
        *(part.de for part in paragraphs),
        f"Geprüft mit „jobhub doctor“ am {now} von {sender.host} aus.\n"
        f"Ziel: {sender.servers}, Konto: {account}. Es wurde nichts gesendet.",
        "Mit freundlichen Grüßen",
    ]
    en = [
        "Hello,",
        *(part.en for part in paragraphs),
        f'Checked with "jobhub doctor" on {now} from {sender.host}.\n'
        f"Target: {sender.servers}, account: {account}. Nothing was sent.",
        "Kind regards",
    ]
    return Text("\n\n".join(de), "\n\n".join(en))
