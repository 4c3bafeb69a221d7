"""What the talk with Kafka means: are we let in, are its brokers known, may we write our topics and nothing else."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Iterable

from connectors.doctor.broker import Talk
from connectors.doctor.letters import Sender, to_hub, to_network
from connectors.doctor.reach import Server, resolve
from connectors.doctor.rights import Right, Topic
from connectors.doctor.verdict import Check, Letter, Text, failure, ok, skipped, warning
from schemas.kafka_access import KafkaAccess, refusal
from schemas.secret import Secret

_CHANGES = frozenset({Right.WRITE, Right.CREATE, Right.DELETE, Right.ALTER})


def is_loopback(host: str) -> bool:
    """Whether an address stays on this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def origin(secret: Secret) -> Text:
    """Where a secret came from, never the secret."""
    return {
        "environment": Text(f"Kennwort aus der Variablen {secret.where}", f"password from the variable {secret.where}"),
        "file": Text(f"Kennwort aus der Datei {secret.where}", f"password from the file {secret.where}"),
        "keyring": Text(
            f"Kennwort aus dem Anmeldespeicher, Eintrag {secret.where}",
            f"password from the keyring, entry {secret.where}",
        ),
    }[secret.origin]


def check_sign_in(talk: Talk, access: KafkaAccess, secret: Secret | None, sender: Sender) -> Check:
    """Whether Kafka lets us in."""
    how = _how(access, secret)
    if talk.error is None and talk.later_error is None:
        return ok("sign_in", how.de, how.en, account=access.username, origin=secret.origin if secret else None)
    error = talk.error or talk.later_error
    assert error is not None  # noqa: S101 - tells mypy what the line above means
    if (reason := refusal(error)) is not None and reason.code == "E402":
        return _refused(error, access, how, sender)
    kind = type(error).__name__
    letter = to_hub(
        sender,
        Text("unter der Adresse antwortet kein Kafka", "no Kafka answers at the address"),
        Text(
            f"der Port ist offen, aber die Anmeldung kommt nicht zustande ({kind}). Eingestellt ist "
            f"{access.security_protocol}. Welcher Port und welches Verfahren gelten für uns?",
            f"the port is open, but no sign-in comes about ({kind}). Set is {access.security_protocol}. "
            "Which port and which protocol are ours?",
        ),
    )
    return failure(
        "sign_in",
        "E412",
        f"Der Port ist offen, aber dort antwortet kein Kafka, der {access.security_protocol} spricht ({kind}).",
        f"The port is open, but no Kafka that speaks {access.security_protocol} answers there ({kind}).",
        letter=letter,
        reason=kind,
    )


def _how(access: KafkaAccess, secret: Secret | None) -> Text:
    if secret is not None:
        told = origin(secret)
        return Text(
            f'{access.sasl_mechanism} als "{access.username}" ({told.de})',
            f'{access.sasl_mechanism} as "{access.username}" ({told.en})',
        )
    if access.cert_file is not None:
        return Text(f"mit dem Zertifikat {access.cert_file}", f"with the certificate {access.cert_file}")
    return Text("ohne Anmeldung", "without signing in")


def _refused(error: BaseException, access: KafkaAccess, how: Text, sender: Sender) -> Check:
    letter = to_hub(
        sender,
        Text(f"Anmeldung als {access.username} abgelehnt", f"sign-in as {access.username} is refused"),
        Text(
            f'Kafka lehnt unser Konto "{access.username}" ab ({access.sasl_mechanism}). Gibt es das Konto, ist es für '
            "dieses Verfahren eingerichtet, und wurde das Kennwort geändert? Bitte schicken Sie ein neues Kennwort "
            "nicht per E-Mail.",
            f'Kafka refuses our account "{access.username}" ({access.sasl_mechanism}). Does it exist, is it set up for '
            "this mechanism, and was its password changed? Please do not send a new password by e-mail.",
        ),
    )
    todo = Text(
        "Konto und Kennwort mit den Angaben des Hubs vergleichen; auf Groß- und Kleinschreibung und auf Leerzeichen am "
        "Ende achten.",
        "Compare account and password with what the hub gave out; mind upper case and blanks at the end.",
    )
    if isinstance(error, ssl.SSLError):
        todo = Text(
            "Der Hub verlangt ein eigenes Zertifikat (JOBHUB_KAFKA_CERT_FILE) oder nimmt unseres nicht an.",
            "The hub asks for a certificate of ours (JOBHUB_KAFKA_CERT_FILE), or does not accept it.",
        )
    return failure(
        "sign_in",
        "E402",
        f"Kafka lehnt die Anmeldung ab: {how.de}.",
        f"Kafka refuses the sign-in: {how.en}.",
        todo=todo,
        letter=letter,
        reason=type(error).__name__,
    )


def check_brokers(talk: Talk, reachable: Iterable[Server], seconds: float, sender: Sender) -> Check:
    """Whether the addresses the cluster gives out are known here: an open door that leads to unknown rooms."""
    known = set(reachable)
    lost = [one for one in talk.brokers.values() if one not in known and not resolve(one.host, seconds)]
    names = ", ".join(str(one) for one in talk.brokers.values())
    if not lost:
        count = len(talk.brokers)
        return ok("brokers", f"{count} Broker: {names}", f"{count} brokers: {names}", brokers=names.split(", "))
    told = ", ".join(str(one) for one in lost)
    letter = to_network(
        sender,
        Text("weitere Namen des Hubs nicht auflösbar", "further names of the hub cannot be resolved"),
        Text(
            f"der Hub verweist auf {told}; diese Namen sind von {sender.host} aus nicht bekannt. Sie müssen aufgelöst "
            "werden können, und die Ports müssen ausgehend frei sein.",
            f"the hub points to {told}; these names are not known on {sender.host}. They must be resolved, and the "
            "ports must be open outwards.",
        ),
    )
    return failure(
        "brokers",
        "E411",
        f"Kafka verweist auf {told}; diesen Namen kennt hier niemand.",
        f"Kafka points to {told}; nobody here knows this name.",
        letter=letter,
        brokers=names.split(", "),
    )


def check_permission(talk: Talk, jobcenter: str, access: KafkaAccess, sender: Sender) -> Check:
    """Whether the account may write the raw topics of its Jobcenter, and nothing else. Asked, not tried."""
    own = f"jobhub.raw.{jobcenter}."
    forbidden = [topic.name for topic in talk.needed if topic.is_forbidden]
    mute = [
        topic.name
        for topic in talk.needed
        if not topic.is_forbidden and not topic.is_missing and Right.WRITE not in topic.rights
    ]
    if forbidden or mute:
        return _forbidden([*forbidden, *mute], own, access, sender)
    missing = [topic.name for topic in talk.needed if topic.is_missing]
    if missing:
        names = ", ".join(missing)
        letter = to_hub(
            sender,
            Text("Topics fehlen", "topics are missing"),
            Text(
                f"diese Topics fehlen noch: {names}. Bitte mit „jobhub topics apply“ anlegen.",
                f'these topics are missing: {names}. Please create them with "jobhub topics apply".',
            ),
        )
        return failure("permission", "E413", f"Es fehlen: {names}.", f"Missing: {names}.", letter=letter)
    deaf = [topic.name for topic in talk.needed if Right.READ not in topic.rights]
    if deaf:
        return _deaf(deaf, own, access, sender)
    return _beyond(talk.visible, [topic.name for topic in talk.needed], own, access, sender)


def _forbidden(names: list[str], own: str, access: KafkaAccess, sender: Sender) -> Check:
    told, account = ", ".join(names), access.username or "ANONYMOUS"
    rule = (
        f"  kafka-acls.sh --bootstrap-server … --add --allow-principal User:{account} \\\n"
        f"    --operation Write --operation Read --topic {own} --resource-pattern-type prefixed"
    )
    letter = to_hub(
        sender,
        Text(f"Schreibrecht für {own} fehlt", f"no permission to write {own}"),
        Text(
            f'das Konto "{account}" ist angemeldet, darf aber nicht schreiben: {told}.\n'
            f"Bitte diese Regel eintragen:\n{rule}",
            f'the account "{account}" is signed in but may not write: {told}.\nPlease add this rule:\n{rule}',
        ),
    )
    return failure(
        "permission",
        "E403",
        f'"{account}" darf nicht schreiben: {told}.',
        f'"{account}" may not write: {told}.',
        todo=Text(
            "Den Text unten an den Betrieb des Hubs schicken; hier im Haus ist nichts zu ändern.",
            "Send the text below to the operators of the hub; nothing is to be changed in your house.",
        ),
        letter=letter,
        topics=names,
    )


def _deaf(names: list[str], own: str, access: KafkaAccess, sender: Sender) -> Check:
    """It works, until a state file is lost."""
    account = access.username or "ANONYMOUS"
    letter = to_hub(
        sender,
        Text(f"Leserecht für {own} fehlt", f"no permission to read {own}"),
        Text(
            f'das Konto "{account}" darf {own} schreiben, aber nicht lesen. Geht die Zustandsdatei verloren, kann der '
            "Connector so nicht nachlesen, was er gesendet hat. Bitte Leserecht (Read) geben auf alle Topics, die mit "
            f"{own} oder jobhub.internal. beginnen, und auf jobhub.measure.v1.",
            f'the account "{account}" may write {own} but not read it. If the state file is lost, the connector cannot '
            "look up what it sent. Please grant the right to read (Read) all topics that begin with "
            f"{own} or jobhub.internal., and jobhub.measure.v1.",
        ),
    )
    return warning(
        "permission",
        "W415",
        f'"{account}" darf schreiben, aber nicht lesen: {", ".join(names)}.',
        f'"{account}" may write, but not read: {", ".join(names)}.',
        letter=letter,
        topics=names,
    )


def _beyond(visible: list[Topic], needed: list[str], own: str, access: KafkaAccess, sender: Sender) -> Check:
    names = ", ".join(needed)
    others = [topic for topic in visible if topic.name.startswith("jobhub.") and not topic.name.startswith(own)]
    more = sorted(
        topic.name
        for topic in others
        if topic.rights & _CHANGES or (Right.READ in topic.rights and topic.name.startswith("jobhub.raw."))
    )
    de, en = f"darf schreiben: {names}", f"may write: {names}"
    if not more:
        return ok("permission", f"{de}; sonst nichts", f"{en}; nothing else", topics=needed)
    few = ", ".join(more[:3]) + (" …" if len(more) > 3 else "")
    account = access.username
    if account is None and access.cert_file is None:
        return warning(
            "permission",
            "W412",
            f"{de}. Dieser Broker prüft keine Rechte: Jeder darf alles.",
            f"{en}. This broker checks no rights: everybody may do everything.",
            todo=Text(
                "Für eine Probe auf einem Rechner in Ordnung, für den Betrieb nicht.",
                "All right for a trial on one machine, not for production.",
            ),
            topics=needed,
            beyond=more,
        )
    return warning(
        "permission",
        "W412",
        f"{de}; darüber hinaus auch {few} ({len(more)} fremde Topics)",
        f"{en}; beyond that also {few} ({len(more)} topics of others)",
        letter=_too_much(account or "–", own, few, sender),
        topics=needed,
        beyond=more,
    )


def _too_much(account: str, own: str, few: str, sender: Sender) -> Letter:
    return to_hub(
        sender,
        Text(f"Konto {account} darf zu viel", f"account {account} may do too much"),
        Text(
            f'das Konto "{account}" braucht nur das Recht, {own} zu schreiben und zu lesen; es hat auch Rechte an '
            f"{few}. Bitte einschränken.",
            f'the account "{account}" needs the rights to write and read {own} only; it has rights on {few}, too. '
            "Please restrict it.",
        ),
    )


def not_talked(talk: Talk) -> Check | None:
    """Why nothing is known of rights; None if something is."""
    if talk.error is None and talk.later_error is None:
        return None
    return skipped("permission", "keine Anmeldung", "not signed in")
