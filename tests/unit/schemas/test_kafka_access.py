"""Sign-in to Kafka: every combination of the variables, what is refused, and what a refusal by the broker is called."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from aiokafka import errors

from schemas import secret
from schemas.jobcenter import ConfigurationError
from schemas.kafka_access import MECHANISMS, KafkaAccess, refusal, why_refused

SECRET = "korrekt-pferd"


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in KafkaAccess.model_fields:
        monkeypatch.delenv(f"JOBHUB_KAFKA_{name.upper()}", raising=False)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate that vouches for itself, with its key in one file and apart."""
    folder = tmp_path_factory.mktemp("tls")
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=kafka.example"]
    subprocess.run(
        [*command, "-keyout", folder / "key.pem", "-out", folder / "cert.pem"], check=True, capture_output=True
    )
    both = folder / "both.pem"
    both.write_bytes((folder / "key.pem").read_bytes() + (folder / "cert.pem").read_bytes())
    for file in folder.iterdir():
        file.chmod(0o600)
    return folder


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    file = tmp_path / "password"
    file.write_text(SECRET + "\n", "utf-8")
    file.chmod(0o600)
    return file


def options(monkeypatch: pytest.MonkeyPatch, **variables: object) -> dict[str, Any]:
    for name, value in variables.items():
        monkeypatch.setenv(f"JOBHUB_KAFKA_{name.upper()}", str(value))
    return KafkaAccess().options()


@contextmanager
def refused(variable: str, part: str) -> Iterator[None]:
    with pytest.raises(ConfigurationError) as caught:
        yield
    assert ("E701", f"JOBHUB_KAFKA_{variable}") == (caught.value.code, caught.value.where)
    assert part in caught.value.what
    assert SECRET not in str(caught.value)


# ------------------------------------------------------------------------------------------------- what is accepted


def test_without_variables_the_connection_is_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    assert {"security_protocol": "PLAINTEXT"} == options(monkeypatch)


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    empty = dict.fromkeys(KafkaAccess.model_fields, "")

    assert {"security_protocol": "PLAINTEXT"} == options(monkeypatch, **empty)


@pytest.mark.parametrize("mechanism", [None, *MECHANISMS])
def test_user_and_password_sign_in_by_each_mechanism(monkeypatch: pytest.MonkeyPatch, mechanism: str | None) -> None:
    chosen = {"sasl_mechanism": mechanism} if mechanism else {}
    given = options(monkeypatch, security_protocol="SASL_PLAINTEXT", username="borken", password=SECRET, **chosen)

    assert {
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": mechanism or "SCRAM-SHA-512",
        "sasl_plain_username": "borken",
        "sasl_plain_password": SECRET,
    } == given


def test_the_password_may_lie_in_a_file(monkeypatch: pytest.MonkeyPatch, password_file: Path) -> None:
    given = options(monkeypatch, security_protocol="SASL_SSL", username="borken", password_file=password_file)

    assert SECRET == given["sasl_plain_password"]


@pytest.mark.parametrize("mode", [0o400, 0o440, 0o600, 0o640])
def test_a_password_file_of_ours_or_of_our_group_is_taken(
    monkeypatch: pytest.MonkeyPatch, password_file: Path, mode: int
) -> None:
    password_file.chmod(mode)

    assert options(monkeypatch, security_protocol="SASL_SSL", username="b", password_file=password_file)


@pytest.mark.parametrize("protocol", ["SSL", "SASL_SSL"])
def test_encrypted_means_that_certificate_and_name_are_checked(
    monkeypatch: pytest.MonkeyPatch, certificate: Path, protocol: str
) -> None:
    signed_in = {"username": "b", "password": SECRET} if protocol == "SASL_SSL" else {}
    given = options(monkeypatch, security_protocol=protocol, ca_file=certificate / "cert.pem", **signed_in)

    context: ssl.SSLContext = given["ssl_context"]
    assert (True, ssl.CERT_REQUIRED, True) == (
        context.check_hostname,
        context.verify_mode,
        context.minimum_version >= ssl.TLSVersion.TLSv1_2,
    )
    assert ["kafka.example"] == [found["subject"][0][0][1] for found in context.get_ca_certs()]
    assert (protocol == "SASL_SSL") == ("sasl_mechanism" in given)


@pytest.mark.parametrize("files", [{"cert_file": "cert.pem", "key_file": "key.pem"}, {"cert_file": "both.pem"}])
def test_our_own_certificate_is_loaded(
    monkeypatch: pytest.MonkeyPatch, certificate: Path, files: dict[str, str]
) -> None:
    loaded: list[object] = []
    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", lambda _, *files, **__: loaded.extend(files))

    options(monkeypatch, security_protocol="SSL", **{name: certificate / file for name, file in files.items()})

    expected = [certificate / files["cert_file"], certificate / files["key_file"] if "key_file" in files else None]
    assert expected == loaded


def test_the_password_is_not_shown_with_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOBHUB_KAFKA_PASSWORD", SECRET)

    assert SECRET not in repr(KafkaAccess()) + str(KafkaAccess())


# -------------------------------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize("name, value", [("security_protocol", "TLS"), ("sasl_mechanism", "GSSAPI")])
def test_an_unknown_word_is_refused_with_the_known_ones(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    variables = {"security_protocol": "SASL_SSL", "username": "b", "password": SECRET, name: value}

    with refused(name.upper(), f"{value!r} is none of"):
        options(monkeypatch, **variables)


@pytest.mark.parametrize(
    "name", ["username", "password", "password_file", "password_keyring", "sasl_mechanism", "ca_file", "key_file"]
)
def test_what_would_protect_nothing_is_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    with refused(name.upper(), "no effect with JOBHUB_KAFKA_SECURITY_PROTOCOL=PLAINTEXT"):
        options(monkeypatch, **{name: SECRET if name == "password" else "x"})


def test_a_sign_in_without_user_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with refused("USERNAME", "missing"):
        options(monkeypatch, security_protocol="SASL_SSL", password=SECRET)


def test_a_sign_in_without_password_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with refused("PASSWORD_FILE", "missing"):
        options(monkeypatch, security_protocol="SASL_SSL", username="b")


def test_two_passwords_are_refused(monkeypatch: pytest.MonkeyPatch, password_file: Path) -> None:
    with refused("PASSWORD", "both set"):
        options(monkeypatch, security_protocol="SASL_SSL", username="b", password=SECRET, password_file=password_file)


@pytest.mark.parametrize("mode", [0o604, 0o602, 0o644, 0o666])
def test_a_password_file_everybody_can_read_or_write_is_refused(
    monkeypatch: pytest.MonkeyPatch, password_file: Path, mode: int
) -> None:
    password_file.chmod(mode)

    with refused("PASSWORD_FILE", f"chmod 600 {password_file}"):
        options(monkeypatch, security_protocol="SASL_SSL", username="b", password_file=password_file)


def test_mutant_that_does_not_look_at_the_mode_is_noticed(monkeypatch: pytest.MonkeyPatch, password_file: Path) -> None:
    password_file.chmod(0o644)
    monkeypatch.setattr(secret, "only_ours", lambda *_: None)

    with pytest.raises(pytest.fail.Exception), refused("PASSWORD_FILE", "chmod"):
        options(monkeypatch, security_protocol="SASL_SSL", username="b", password_file=password_file)


def test_an_empty_or_missing_password_file_is_refused(monkeypatch: pytest.MonkeyPatch, password_file: Path) -> None:
    password_file.write_text("\n")
    with refused("PASSWORD_FILE", "is empty"):
        options(monkeypatch, security_protocol="SASL_SSL", username="b", password_file=password_file)
    password_file.unlink()
    with refused("PASSWORD_FILE", "FileNotFoundError"):
        options(monkeypatch, security_protocol="SASL_SSL", username="b", password_file=password_file)


def test_a_file_without_certificates_is_refused(monkeypatch: pytest.MonkeyPatch, password_file: Path) -> None:
    with refused("CA_FILE", "holds no certificates"):
        options(monkeypatch, security_protocol="SSL", ca_file=password_file)
    with refused("CA_FILE", "No such file"):
        options(monkeypatch, security_protocol="SSL", ca_file=password_file.with_name("gone"))


def test_a_key_needs_its_certificate_and_closed_doors(
    monkeypatch: pytest.MonkeyPatch, certificate: Path, password_file: Path, tmp_path: Path
) -> None:
    with refused("CERT_FILE", "missing"):
        options(monkeypatch, security_protocol="SSL", key_file=certificate / "key.pem")
    with refused("KEY_FILE", "does not go with the certificate"):
        options(monkeypatch, cert_file=certificate / "cert.pem", key_file=password_file)
    open_key = tmp_path / "open.pem"
    open_key.write_bytes((certificate / "key.pem").read_bytes())
    open_key.chmod(0o644)
    with refused("KEY_FILE", "chmod 600"):
        options(monkeypatch, key_file=open_key)


def test_a_key_with_a_passphrase_does_not_ask_on_the_terminal(
    monkeypatch: pytest.MonkeyPatch, certificate: Path, tmp_path: Path
) -> None:
    locked = tmp_path / "locked.pem"
    command = ["openssl", "rsa", "-aes256", "-passout", "pass:abcd", "-in", str(certificate / "key.pem")]
    subprocess.run([*command, "-out", locked], check=True, capture_output=True)
    locked.chmod(0o600)

    with refused("KEY_FILE", "passphrase"):
        options(monkeypatch, security_protocol="SSL", cert_file=certificate / "cert.pem", key_file=locked)


# ------------------------------------------------------------------------------------------ what the broker's no means


@pytest.mark.parametrize(
    "error, code",
    [
        (errors.SaslAuthenticationFailed(), "E402"),
        (errors.AuthenticationFailedError(), "E402"),
        (errors.UnsupportedSaslMechanismError(), "E402"),
        (errors.IllegalSaslStateError(), "E402"),
        (ssl.SSLError(1, "wrong version number"), "E402"),
        (errors.TopicAuthorizationFailedError(), "E403"),
        (errors.GroupAuthorizationFailedError(), "E403"),
        (errors.ClusterAuthorizationFailedError(), "E403"),
        (errors.TransactionalIdAuthorizationFailed(), "E403"),
        (errors.KafkaConnectionError(), None),
        (errors.NotLeaderForPartitionError(), None),
        (TimeoutError(), None),
        (OSError(), None),
    ],
)
def test_only_a_refusal_is_called_one(error: Exception, code: str | None) -> None:
    found = refusal(error)

    assert code == (found.code if found else None)


async def test_a_server_nobody_listens_at_is_no_refusal(unused_tcp_port: int) -> None:
    assert await why_refused(f"127.0.0.1:{unused_tcp_port}", {"security_protocol": "PLAINTEXT"}) is None


async def test_a_certificate_nobody_vouches_for_is_a_refusal(certificate: Path) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate / "both.pem")
    async with await asyncio.start_server(lambda *_: None, "127.0.0.1", 0, ssl=context) as server:
        port = server.sockets[0].getsockname()[1]
        found = await why_refused(
            f"127.0.0.1:{port}", {"security_protocol": "SSL", "ssl_context": ssl.create_default_context()}
        )

    assert found is not None
    assert ("E402", True) == (found.code, "certificate is not to be trusted" in found.what)
