"""TLS: whether an encrypted connection comes about, whose certificate it is, and how long that is valid."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID

from connectors.doctor.letters import Sender, to_hub
from connectors.doctor.reach import Server
from connectors.doctor.verdict import Check, Letter, Text, failure, ok, warning

_NOT_YET_VALID, _EXPIRED = 9, 10
_SELF_SIGNED = (18, 19)
_OTHER_NAME, _OTHER_ADDRESS = 62, 64


@dataclass(frozen=True, slots=True)
class Certificate:
    """What people compare of a certificate."""

    subject: str
    issuer: str
    names: tuple[str, ...]
    begins: datetime
    ends: datetime
    fingerprint: str

    @classmethod
    def read(cls, der: bytes) -> Certificate:
        """From its bytes.

        Raises:
            ValueError: they are no certificate.
        """
        found = x509.load_der_x509_certificate(der)
        try:
            names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
            said = tuple(str(name.value) for name in names)
        except x509.ExtensionNotFound:
            said = ()
        return cls(
            _common(found.subject),
            _common(found.issuer),
            said,
            found.not_valid_before_utc,
            found.not_valid_after_utc,
            found.fingerprint(SHA256()).hex(":").upper(),
        )


def check_tls(server: Server, context: ssl.SSLContext, seconds: float, warn_days: int, sender: Sender) -> Check:
    """Shake hands as the connector would. The password is not told: sign-in comes later."""
    try:
        certificate, version = _shake_hands(server, context, seconds)
    except ssl.SSLCertVerificationError as error:
        return _not_trusted(server, error, _shown(server, seconds), sender)
    except ssl.SSLError as error:
        reason = error.reason or "TLS"
        return _not_tls(server, reason, sender)
    except OSError as error:
        return _not_tls(server, type(error).__name__, sender)
    left = (certificate.ends - datetime.now(UTC)).days
    day, count = certificate.ends, _days(left)
    de = f"{version}, Zertifikat gültig bis {day:%d.%m.%Y} (noch {count.de}), ausgestellt von {certificate.issuer}"
    en = f"{version}, certificate valid until {day:%Y-%m-%d} ({count.en} left), issued by {certificate.issuer}"
    facts: dict[str, Any] = {
        "version": version,
        "not_after": certificate.ends.isoformat(),
        "days_left": left,
        "issuer": certificate.issuer,
        "names": list(certificate.names),
        "sha256": certificate.fingerprint,
    }
    if left >= warn_days:
        return ok("tls", de, en, **facts)
    letter = to_hub(
        sender,
        Text(f"Zertifikat läuft am {day:%d.%m.%Y} ab", f"certificate expires on {day:%Y-%m-%d}"),
        Text(
            f"das Zertifikat von {server} ist nur noch {count.de} gültig. Bitte erneuern und uns sagen, ob sich die "
            f"Zertifizierungsstelle ändert.\nSHA-256: {certificate.fingerprint}",
            f"the certificate of {server} is valid for {count.en} only. Please renew it, and tell us whether the "
            f"certificate authority changes.\nSHA-256: {certificate.fingerprint}",
        ),
    )
    return warning("tls", "W411", de, en, letter=letter, **facts)


def _days(count: int) -> Text:
    return Text("1 Tag", "1 day") if count == 1 else Text(f"{count} Tage", f"{count} days")


def _shake_hands(server: Server, context: ssl.SSLContext, seconds: float) -> tuple[Certificate, str]:
    with (
        socket.create_connection((server.host, server.port), seconds) as plain,
        context.wrap_socket(plain, server_hostname=server.host) as secure,
    ):
        return Certificate.read(secure.getpeercert(binary_form=True) or b""), (secure.version() or "TLS")


def _shown(server: Server, seconds: float) -> Certificate | None:
    """The certificate nobody vouches for, only to tell people what it says. Nothing is sent to who shows it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        return _shake_hands(server, context, seconds)[0]
    except (OSError, ValueError):
        return None


def _not_trusted(
    server: Server, error: ssl.SSLCertVerificationError, certificate: Certificate | None, sender: Sender
) -> Check:
    why = _reason(server, error.verify_code, certificate)
    facts: dict[str, Any] = {"reason": error.verify_message}
    if certificate:
        facts |= {
            "issuer": certificate.issuer,
            "not_after": certificate.ends.isoformat(),
            "sha256": certificate.fingerprint,
        }
    todo = _todo(error.verify_code)
    return failure("tls", "E402", why.de, why.en, todo=todo, letter=_ask(server, why, certificate, sender), **facts)


def _reason(server: Server, code: int, certificate: Certificate | None) -> Text:
    if certificate is None:
        return Text(f"Dem Zertifikat von {server} wird nicht vertraut.", f"The certificate of {server} is not trusted.")
    begins, ends = certificate.begins, certificate.ends
    if code == _EXPIRED:
        return Text(
            f"Das Zertifikat von {server} ist am {ends:%d.%m.%Y %H:%M} UTC abgelaufen.",
            f"The certificate of {server} expired on {ends:%Y-%m-%d %H:%M} UTC.",
        )
    if code == _NOT_YET_VALID:
        return Text(
            f"Das Zertifikat von {server} gilt erst ab {begins:%d.%m.%Y %H:%M} UTC.",
            f"The certificate of {server} is valid from {begins:%Y-%m-%d %H:%M} UTC on only.",
        )
    if code in (_OTHER_NAME, _OTHER_ADDRESS):
        names = ", ".join(certificate.names) or certificate.subject
        return Text(
            f"Das Zertifikat von {server} ist auf einen anderen Namen ausgestellt: {names}.",
            f"The certificate of {server} is made out to another name: {names}.",
        )
    if code in _SELF_SIGNED:
        return Text(
            f"Das Zertifikat von {server} (ausgestellt von {certificate.issuer}) oder das seiner Stelle ist "
            "selbst ausgestellt, und dieser Rechner kennt es nicht.",
            f"The certificate of {server} (issued by {certificate.issuer}), or that of its authority, is "
            "self-signed, and this machine does not know it.",
        )
    return Text(
        f"Wer das Zertifikat von {server} ausgestellt hat ({certificate.issuer}), kennt dieser Rechner nicht.",
        f"This machine does not know who issued the certificate of {server} ({certificate.issuer}).",
    )


def _todo(code: int) -> Text:
    if code == _EXPIRED:
        return Text("Der Betrieb des Hubs muss es erneuern.", "The operators of the hub must renew it.")
    if code == _NOT_YET_VALID:
        return Text("Zuerst die Uhr dieses Rechners prüfen.", "Check the clock of this machine first.")
    if code in (_OTHER_NAME, _OTHER_ADDRESS):
        return Text(
            "In JOBHUB_BOOTSTRAP_SERVERS den Namen eintragen, der im Zertifikat steht.",
            "Put the name that stands in the certificate into JOBHUB_BOOTSTRAP_SERVERS.",
        )
    return Text(
        "JOBHUB_KAFKA_CA_FILE muss auf die Datei mit den Zertifikaten zeigen, die der Hub ausgegeben hat. Ist der "
        "Aussteller eine Firewall oder ein Virenscanner, bricht das eigene Netz TLS auf: dort ausnehmen lassen.",
        "JOBHUB_KAFKA_CA_FILE must point to the file of certificates that the hub gave out. If the issuer is a "
        "firewall or a virus scanner, your own network opens TLS: have an exception made there.",
    )


def _ask(server: Server, why: Text, certificate: Certificate | None, sender: Sender) -> Letter:
    mark = certificate.fingerprint if certificate else "–"
    return to_hub(
        sender,
        Text("Zertifikat des Hubs wird nicht angenommen", "the hub's certificate is not accepted"),
        Text(
            f"der Connector verbindet sich nicht: {why.de}\nSHA-256: {mark}",
            f"the connector does not connect: {why.en}\nSHA-256: {mark}",
        ),
        Text(
            "Ist das Ihr Zertifikat? Wenn ja: Welche Datei mit CA-Zertifikaten sollen wir eintragen, und unter "
            "welchem Namen erreichen wir Kafka? Wenn nein, bricht ein Gerät die Verbindung auf; das klären wir.",
            "Is that your certificate? If so: which file of CA certificates shall we enter, and by which name do we "
            "reach Kafka? If not, the connection is opened on its way, and we settle that here.",
        ),
    )


def _not_tls(server: Server, reason: str, sender: Sender) -> Check:
    letter = to_hub(
        sender,
        Text("Port spricht kein TLS", "port does not speak TLS"),
        Text(
            f"unter {server} kommt keine verschlüsselte Verbindung zustande ({reason}). "
            "Welcher Port und welches JOBHUB_KAFKA_SECURITY_PROTOCOL gelten für uns?",
            f"no encrypted connection comes about at {server} ({reason}). "
            "Which port and which JOBHUB_KAFKA_SECURITY_PROTOCOL are ours?",
        ),
    )
    return failure(
        "tls",
        "E412",
        f"Unter {server} kommt keine verschlüsselte Verbindung zustande ({reason}).",
        f"No encrypted connection comes about at {server} ({reason}).",
        letter=letter,
        reason=reason,
    )


def _common(name: x509.Name) -> str:
    found = name.get_attributes_for_oid(NameOID.COMMON_NAME) or name.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    # A certificate is a stranger's text: no control characters of it reach the terminal.
    text = str(found[0].value) if found else name.rfc4514_string()
    return "".join(char for char in text if char.isprintable()) or "–"
