"""The way to a server: its name, then its port. Each step ends after seconds, whatever the network does."""

from __future__ import annotations

import socket
import threading
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from connectors.doctor.letters import Sender, to_network
from connectors.doctor.verdict import Check, Letter, Text, failure, ok, skipped, warning

_KAFKA_PORT = 9092


@dataclass(frozen=True, slots=True)
class Server:
    """One address of JOBHUB_BOOTSTRAP_SERVERS."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def servers_of(text: str) -> list[Server]:
    """The servers in `host:port,host:port`.

    Raises:
        ValueError: there is none, or one of them is no address.
    """
    found = []
    for one in (part.strip() for part in text.split(",")):
        if not one:
            continue
        address = urlsplit(f"//{one}")
        if not address.hostname or "/" in one or "@" in one:
            raise ValueError(one)
        found.append(Server(address.hostname, address.port or _KAFKA_PORT))
    if not found:
        raise ValueError(text)
    return found


def resolve(host: str, seconds: float) -> list[str]:
    """Addresses of a name, IPv4 first; empty if nobody knows it or no answer came in time.

    Asked in a thread of its own: the system's resolver knows no time limit, and nothing waits for the thread.
    """
    answer: list[str] = []

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return
        answer.extend(dict.fromkeys(str(entry[4][0]) for entry in sorted(found, key=lambda entry: entry[0])))

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(seconds)
    return list(answer)


def check_names(servers: list[Server], seconds: float, sender: Sender) -> tuple[Check, dict[Server, list[str]]]:
    """Whether the names are known here; and the addresses of those that are."""
    found = {server: resolve(server.host, seconds) for server in servers}
    known = {server: addresses for server, addresses in found.items() if addresses}
    lost = list(dict.fromkeys(server.host for server in servers if server not in known))
    told = "; ".join(dict.fromkeys(_told(server.host, addresses) for server, addresses in known.items()))
    if not lost:
        return ok("name_resolution", told, told, addresses=_by_host(known)), known
    names = ", ".join(lost)
    letter = to_network(
        sender,
        Text(f"Name {names} nicht auflösbar", f"name {names} cannot be resolved"),
        Text(
            f"von {sender.host} aus lässt sich der Name {names} nicht auflösen. Dorthin liefert unser Fachverfahren.\n"
            "Bitte den Namen im internen DNS bekannt machen oder weiterleiten lassen.",
            f"from {sender.host} the name {names} cannot be resolved. Our back office delivers there.\n"
            "Please make the name known in the internal DNS, or have it forwarded.",
        ),
    )
    de, en = f"{names}: diesen Namen kennt hier niemand.", f"{names}: nobody here knows this name."
    if known:
        made = warning(
            "name_resolution", "E411", f"{told}. {de}", f"{told}. {en}", letter=letter, addresses=_by_host(known)
        )
        return made, known
    return failure("name_resolution", "E411", de, en, letter=letter, addresses={}), known


def _told(host: str, addresses: list[str]) -> str:
    return host if addresses == [host] else f"{host} → {', '.join(addresses)}"


def check_ports(found: dict[Server, list[str]], seconds: float, sender: Sender) -> tuple[Check, list[Server]]:
    """Whether the ports can be reached; and the servers whose ports can."""
    if not found:
        return skipped("port", "der Name ist unbekannt", "the name is unknown"), []
    results = {server: _knock(server, addresses, seconds) for server, addresses in found.items()}
    there = [server for server, outcome in results.items() if isinstance(outcome, float)]
    away = {server: outcome for server, outcome in results.items() if isinstance(outcome, str)}
    times = ", ".join(f"{server} ({outcome * 1000:.0f} ms)" for server, outcome in results.items() if server in there)
    if not away:
        return ok("port", f"erreichbar: {times}", f"reachable: {times}", **_facts(results)), there
    parts = [_explained(server, outcome) for server, outcome in away.items()]
    de, en = " ".join(part.de for part in parts), " ".join(part.en for part in parts)
    letter = _letter(sender, away, found)
    if there:
        return warning("port", "E401", de, en, letter=letter, **_facts(results)), there
    return failure("port", "E401", de, en, letter=letter, todo=_todo(set(away.values())), **_facts(results)), []


def _knock(server: Server, addresses: list[str], seconds: float) -> float | str:
    """Seconds until the port opened, or what happened instead: refused, silent, unreachable."""
    outcome = "silent"
    until = time.monotonic() + seconds
    for address in addresses:
        begun = time.monotonic()
        try:
            with socket.create_connection((address, server.port), max(0.5, until - begun)):
                return time.monotonic() - begun
        except ConnectionRefusedError:
            outcome = "refused"
        except TimeoutError:
            outcome = "silent"
        except OSError:
            outcome = "unreachable"
        if time.monotonic() > until:
            break
    return outcome


_OUTCOMES = {
    "refused": Text("nimmt keine Verbindung an", "takes no connection"),
    "silent": Text("gibt keine Antwort", "gives no answer"),
    "unreachable": Text("ist von diesem Netz aus nicht zu erreichen", "cannot be reached from this network"),
}


def _explained(server: Server, outcome: str) -> Text:
    return Text(f"{server} {_OUTCOMES[outcome].de}.", f"{server} {_OUTCOMES[outcome].en}.")


def _todo(outcomes: set[str]) -> Text:
    if outcomes == {"refused"}:
        return Text(
            "Der Rechner ist da, aber unter diesem Port lauscht nichts: Port mit den Angaben des Hubs vergleichen. "
            "Stimmt er, läuft Kafka dort gerade nicht, oder eine Firewall weist ab.",
            "The machine is there, but nothing listens at this port: compare the port with what the hub stated. "
            "If it is right, Kafka is not running there just now, or a firewall refuses.",
        )
    return Text(
        "Meist lässt eine Firewall die Verbindung nicht durch. Kafka geht nicht über den Web-Proxy: Der Port muss "
        "direkt frei sein. Der Text unten hilft den Kollegen vom Netz.",
        "Mostly a firewall does not let the connection pass. Kafka does not go through the web proxy: the port must "
        "be open directly. The text below helps the colleagues who run the network.",
    )


def _letter(sender: Sender, away: dict[Server, str], found: dict[Server, list[str]]) -> Letter:
    ways = "\n".join(
        f"  {sender.host} → {server.host} ({', '.join(found[server])}), TCP {server.port}" for server in away
    )
    return to_network(
        sender,
        Text("bitte Firewall für Kafka freigeben", "please open the firewall for Kafka"),
        Text(
            "unser Fachverfahren liefert an den Hub der Jobcenter im Münsterland. Dazu muss diese Verbindung möglich "
            f"sein, ausgehend und auf Dauer:\n{ways}",
            "our back office delivers to the hub of the Jobcenters in the Münsterland. For that this connection must "
            f"be possible, outgoing and lasting:\n{ways}",
        ),
        Text(
            "Es ist kein HTTP: Ein Web-Proxy hilft nicht, und TLS darf unterwegs nicht aufgebrochen werden. "
            f"Zur Zeit: {' '.join(_explained(server, outcome).de for server, outcome in away.items())}",
            "It is not HTTP: a web proxy does not help, and TLS must not be opened on the way. "
            f"At present: {' '.join(_explained(server, outcome).en for server, outcome in away.items())}",
        ),
    )


def _by_host(known: dict[Server, list[str]]) -> dict[str, list[str]]:
    return {server.host: addresses for server, addresses in known.items()}


def _facts(results: dict[Server, float | str]) -> dict[str, Any]:
    return {
        "servers": {
            str(server): round(outcome, 3) if isinstance(outcome, float) else outcome
            for server, outcome in results.items()
        }
    }
