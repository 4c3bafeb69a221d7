"""Secrets by name: from a variable, a file or the keyring; one way at a time; the value is never repeated."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from schemas.jobcenter import ConfigurationError
from schemas.kafka_access import KafkaAccess
from schemas.secret import is_variable, read_secret

VALUE = "korrekt-pferd"


class Keyring(ModuleType):
    """A keyring with one entry, or one that is locked."""

    def __init__(self, entries: dict[tuple[str, str], str] | None) -> None:
        super().__init__("keyring")
        self.entries = entries

    def get_password(self, service: str, account: str) -> str | None:
        if self.entries is None:
            raise RuntimeError(f"locked: {VALUE}")
        return self.entries.get((service, account))


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> Keyring:
    made = Keyring({("jobhub", "borken"): VALUE})
    monkeypatch.setitem(sys.modules, "keyring", made)
    return made


def refused(variable: str = "X", account: str | None = None, **environment: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        read_secret(variable, account=account, environment=environment)
    assert "E701" == caught.value.code
    assert VALUE not in str(caught.value) + caught.value.de
    return f"{caught.value.where}: {caught.value.what}"


def test_from_a_variable() -> None:
    found = read_secret("X", environment={"X": VALUE, "X_FILE": ""})

    assert (VALUE, "environment", "X") == (found.value, found.origin, found.where)
    assert VALUE not in repr(found)


@pytest.mark.parametrize("text", [VALUE, VALUE + "\n", VALUE + "\r\n", "\ufeff" + VALUE + "\r\n"])
def test_from_a_file_as_editors_of_windows_write_it_too(tmp_path: Path, text: str) -> None:
    file = tmp_path / "secret"
    file.write_bytes(text.encode())
    file.chmod(0o600)

    found = read_secret("X", environment={"X_FILE": str(file)})

    assert (VALUE, "file", str(file)) == (found.value, found.origin, found.where)


@pytest.mark.parametrize("entry, account", [("jobhub/borken", None), ("jobhub", "borken"), ("jobhub/borken", "other")])
def test_from_the_keyring(keyring: Keyring, entry: str, account: str | None) -> None:
    found = read_secret("X", account=account, environment={"X_KEYRING": entry})

    assert (VALUE, "keyring", "jobhub/borken") == (found.value, found.origin, found.where)


def test_kafka_takes_it_from_the_keyring_for_its_user(keyring: Keyring, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in KafkaAccess.model_fields:
        monkeypatch.delenv(f"JOBHUB_KAFKA_{name.upper()}", raising=False)
    monkeypatch.setenv("JOBHUB_KAFKA_SECURITY_PROTOCOL", "SASL_SSL")
    monkeypatch.setenv("JOBHUB_KAFKA_USERNAME", "borken")
    monkeypatch.setenv("JOBHUB_KAFKA_PASSWORD_KEYRING", "jobhub")

    assert VALUE == KafkaAccess().options()["sasl_plain_password"]


def test_none_and_two_are_refused() -> None:
    assert "X_FILE: is missing" in refused()
    assert "both set" in refused(X=VALUE, X_FILE="/x/y")
    assert "both set" in refused(X_KEYRING="a/b", X_FILE="/x/y")


def test_a_keyring_without_the_entry_or_locked_or_not_installed(
    keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "no such entry for coesfeld" in refused(X_KEYRING="jobhub/coesfeld")
    assert "names no account" in refused(X_KEYRING="jobhub")
    keyring.entries = None
    assert "does not answer (RuntimeError)" in refused(X_KEYRING="jobhub/borken")
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert "pip install 'muensterland-jobhub[keyring]'" in refused(X_KEYRING="jobhub/borken")


def test_a_password_where_its_file_should_be_named_is_not_repeated() -> None:
    assert "the file named there cannot be read" in refused(X_FILE=VALUE)


def test_a_path_that_is_wrong_is_named() -> None:
    assert "/nowhere/secret cannot be read: FileNotFoundError" in refused(X_FILE="/nowhere/secret")


@pytest.mark.parametrize(
    "text, expected",
    [("BORKEN_DB", True), ("A1", True), (VALUE, False), ("hunter2", False), ("", False), ("A\n", False)],
)
def test_a_name_of_a_variable_is_told_from_a_password(text: str, expected: bool) -> None:
    assert expected == is_variable(text)
