"""How a client signs in to Kafka: the JOBHUB_KAFKA_* variables, and why it was not let in.

Connectors and hub stand beside each other and know nothing of one another, yet both go through the same door: the same
names of variables, the same checks, the same words when the door stays shut. So it stands where all that both of them
keep to stands, beside the names of the topics. The command line reads it once and hands the options down.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.jobcenter import ConfigurationError
from schemas.secret import Secret, only_ours, read_secret

PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_SSL", "SASL_PLAINTEXT")
MECHANISMS = ("SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN")

_ANSWER_MS = 5_000
_SIGN_IN = {"sasl_mechanism", "username", "password", "password_file", "password_keyring"}
_TLS = {"ca_file", "cert_file", "key_file"}


class KafkaAccess(BaseSettings):
    """JOBHUB_KAFKA_* variables. None set: a plain connection, as inside one machine."""

    model_config = SettingsConfigDict(env_prefix="JOBHUB_KAFKA_", env_ignore_empty=True, extra="ignore", frozen=True)

    security_protocol: str = "PLAINTEXT"
    sasl_mechanism: str = "SCRAM-SHA-512"
    username: str | None = None
    password: SecretStr | None = None
    password_file: Path | None = None
    """File with the password and nothing else; a line feed at its end does not count."""
    password_keyring: str | None = None
    """Entry of the system's keyring, <service> or <service>/<account>; the account is by default the user's name."""
    ca_file: Path | None = None
    """Certificates that vouch for the brokers (PEM); by default those the system trusts."""
    cert_file: Path | None = None
    """Our own certificate (PEM), if brokers ask for one."""
    key_file: Path | None = None
    """Its private key, without a passphrase; by default it is in the same file."""

    def options(self) -> dict[str, Any]:
        """What every aiokafka client is given besides the address.

        Raises:
            ConfigurationError: variables that contradict each other, or a file that is missing or open to everybody.
        """
        protocol = self._one_of("security_protocol", PROTOCOLS)
        signs_in, encrypted = protocol.startswith("SASL_"), protocol.endswith("SSL")
        # A password that is not asked for, or a certificate nobody looks at, is a hole somebody believes closed.
        unused = (set() if signs_in else _SIGN_IN) | (set() if encrypted else _TLS)
        for name in sorted(unused & self.model_fields_set):
            raise _faulty(
                name,
                f"has no effect with {_variable('security_protocol')}={protocol}",
                f"wirkt nicht mit {_variable('security_protocol')}={protocol}",
            )
        options: dict[str, Any] = {"security_protocol": protocol}
        if encrypted:
            options["ssl_context"] = self._tls()
        if signs_in:
            options["sasl_mechanism"] = self._one_of("sasl_mechanism", MECHANISMS)
            options["sasl_plain_username"] = self.username or _missing("username")
            options["sasl_plain_password"] = self.secret().value
        return options

    def _one_of(self, name: str, known: tuple[str, ...]) -> str:
        value: str = getattr(self, name)
        if value not in known:
            names = ", ".join(known)
            raise _faulty(name, f"{value!r} is none of {names}", f"{value!r} ist keins von {names}")
        return value

    def secret(self) -> Secret:
        """The password and where it came from.

        Raises:
            ConfigurationError: it is missing, named twice, or cannot be read.
        """
        set_here = {
            _variable("password"): self.password.get_secret_value() if self.password else "",
            _variable("password_file"): str(self.password_file or ""),
            _variable("password_keyring"): self.password_keyring or "",
        }
        return read_secret(_variable("password"), account=self.username, environment=set_here)

    def _tls(self) -> ssl.SSLContext:
        """Checks the broker's certificate and that it is made out to the name we call."""
        try:
            context = ssl.create_default_context(cafile=self.ca_file)
        except OSError as error:
            raise _faulty(
                "ca_file",
                f"{self.ca_file} holds no certificates: {_reason(error)}",
                f"{self.ca_file} enthält keine Zertifikate: {_reason(error)}",
            ) from None
        if self.cert_file is not None:
            holder = "key_file" if self.key_file is not None else "cert_file"
            only_ours(_variable(holder), self.key_file or self.cert_file)
            try:
                context.load_cert_chain(self.cert_file, self.key_file, password=_no_passphrase)
            except (OSError, ValueError) as error:
                raise _faulty(
                    holder,
                    f"does not go with the certificate: {_reason(error)}",
                    f"passt nicht zum Zertifikat: {_reason(error)}",
                ) from None
        elif self.key_file is not None:
            _missing("cert_file")
        return context


class AccessRefused(Exception):
    """Kafka does not let us in (E402), or not do this (E403). Waiting would not help."""

    def __init__(self, code: str, what: str) -> None:
        super().__init__(f"{what} [{code}]")
        self.code, self.what = code, what


def refusal(error: BaseException) -> AccessRefused | None:
    """What an error of the Kafka client means, if it says that we may not."""
    from aiokafka import errors

    if isinstance(error, ssl.SSLCertVerificationError):
        return AccessRefused("E402", f"the broker's certificate is not to be trusted: {error.verify_message}")
    if isinstance(error, ssl.SSLError):
        return AccessRefused("E402", f"no encrypted connection comes about: {_reason(error)}")
    if isinstance(
        error,
        errors.SaslAuthenticationFailed
        | errors.AuthenticationFailedError
        | errors.AuthenticationMethodNotSupported
        | errors.UnsupportedSaslMechanismError
        | errors.IllegalSaslStateError,
    ):
        return AccessRefused("E402", f"Kafka refused the sign-in ({type(error).__name__})")
    if isinstance(
        error,
        errors.TopicAuthorizationFailedError
        | errors.GroupAuthorizationFailedError
        | errors.ClusterAuthorizationFailedError
        | errors.TransactionalIdAuthorizationFailed,
    ):
        return AccessRefused("E403", f"Kafka does not allow it ({type(error).__name__})")
    return None


async def why_refused(bootstrap_servers: str, options: Mapping[str, Any]) -> AccessRefused | None:
    """Knock once more at each server, and tell why none lets us in; None: one does, or none answers.

    A client that could not connect says only that; the reason it leaves in its log.
    """
    from aiokafka.conn import create_conn
    from aiokafka.errors import KafkaError

    found = None
    for server in bootstrap_servers.split(","):
        address = urlsplit(f"//{server.strip()}")
        try:
            connection = await create_conn(
                address.hostname, address.port or 9092, request_timeout_ms=_ANSWER_MS, **options
            )
        except (KafkaError, OSError, TimeoutError) as error:
            found = found or refusal(error)
        else:
            connection.close()
            return None
    return found


def _no_passphrase() -> str:
    raise ValueError("the key asks for a passphrase")


def _reason(error: Exception) -> str:
    """The reason of an error of TLS or of the system; no contents of a file are in it."""
    return getattr(error, "reason", None) or getattr(error, "strerror", None) or str(error)


def _missing(name: str) -> NoReturn:
    raise _faulty(name, "is missing", "fehlt")


def _variable(name: str) -> str:
    return f"JOBHUB_KAFKA_{name.upper()}"


def _faulty(name: str, what: str, de: str) -> ConfigurationError:
    return ConfigurationError(_variable(name), what, de=de)
