"""A broker behind SASL_SSL with SCRAM and ACLs, whose users have the rights of docs/operations.md and no others."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._acl import AclBinding, AclOperation, AclPermissionType
from confluent_kafka.admin._resource import ResourcePatternType, ResourceType
from confluent_kafka.admin._scram import (
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialAlteration,
    UserScramCredentialUpsertion,
)

from hub.embedded import Services, kafka
from tests.support.spoken import next_line

TOPIC, GROUP, TRANSACTION = ResourceType.TOPIC, ResourceType.GROUP, ResourceType.TRANSACTIONAL_ID
READ, WRITE = AclOperation.READ, AclOperation.WRITE
CREATE, DESCRIBE_CONFIGS, ALTER_CONFIGS = (
    AclOperation.CREATE,
    AclOperation.DESCRIBE_CONFIGS,
    AclOperation.ALTER_CONFIGS,
)

# As docs/operations.md has them; all of them are prefixes.
RIGHTS = {
    "connector": [
        *((TOPIC, may, "jobhub.raw.borken.") for may in (WRITE, READ)),
        (TOPIC, READ, "jobhub.internal."),
        (TOPIC, READ, "jobhub.measure.v1"),
    ],
    "writer": [(TOPIC, WRITE, "jobhub.raw.borken.")],
    "worker": [
        (TOPIC, READ, "jobhub.raw."),
        *((TOPIC, WRITE, f"jobhub.{name}") for name in ("vacancy.v1", "measure.v1", "placement.v1", "internal.")),
        (TOPIC, WRITE, "jobhub.rejected."),
        *((TOPIC, may, f"jobhub.{name}") for name in ("receipts.", "state.v1", "probe.v1") for may in (READ, WRITE)),
        (GROUP, READ, "jobhub"),
        (TRANSACTION, WRITE, "jobhub-"),
    ],
    "sink": [(TOPIC, READ, "jobhub."), (GROUP, READ, "jobhub-sink-")],
    "web": [(TOPIC, WRITE, "jobhub.remark.")],
    "jobcenter": [(TOPIC, READ, "jobhub.remark.borken.")],
    "auditor": [(TOPIC, READ, "jobhub.vacancy.v1"), (TOPIC, READ, "jobhub.measure.v1")],
    "operator": [(TOPIC, may, "jobhub.") for may in (CREATE, DESCRIBE_CONFIGS, ALTER_CONFIGS)],
    "nobody": [],
}

# The plain listener stays for the one who sets up users and rights.
SECURE_PROPERTIES = """
listeners=PLAINTEXT://127.0.0.1:{port},SASL_SSL://127.0.0.1:SECURE_PORT,CONTROLLER://127.0.0.1:{controller_port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=\
org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.sasl_ssl.ssl.keystore.type=PEM
listener.name.sasl_ssl.ssl.keystore.location=broker.pem
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS;User:admin
"""


@dataclass(frozen=True)
class Guarded:
    """A broker that lets in whom it knows, and a database."""

    folder: Path
    plain: str
    secure: str
    database: str

    def password_of(self, user: str) -> Path:
        return self.folder / f"{user}.password"

    def environment(self, user: str, **changes: str) -> dict[str, str]:
        return {
            **os.environ,
            "JOBHUB_LANG": "en",
            "JOBHUB_DATA": str(self.folder / "data"),
            "JOBHUB_BOOTSTRAP_SERVERS": self.secure,
            "JOBHUB_DATABASE_URL": self.database,
            "JOBHUB_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
            "JOBHUB_KAFKA_USERNAME": user,
            "JOBHUB_KAFKA_PASSWORD_FILE": str(self.password_of(user)),
            "JOBHUB_KAFKA_CA_FILE": str(self.folder / "ca.pem"),
            **changes,
        }

    def jobhub(self, user: str, *arguments: str, **changes: str) -> tuple[int, str]:
        """Run a verb to its end: exit code and what it said on stderr."""
        ended = subprocess.run(
            [sys.executable, "-m", "hub.cli.main", *arguments],
            env=self.environment(user, **changes),
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        return ended.returncode, ended.stderr

    def starts_and_stops(self, user: str, *arguments: str) -> int:
        """Start a verb that runs for good, wait until it is ready, tell it to stop: its exit code."""
        command = [sys.executable, "-m", "hub.cli.main", *arguments]
        with subprocess.Popen(command, env=self.environment(user), stdout=subprocess.PIPE, text=True) as process:
            first = next_line(process)
            process.send_signal(signal.SIGTERM)
            code = process.wait(60)
        assert first == "ready\n"
        return code


@contextmanager
def guarded_broker() -> Iterator[Guarded]:
    """Start it, with a database and all topics; stop it afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="jobhub-test-"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    _certificate(folder)
    extra = SECURE_PROPERTIES.replace("SECURE_PORT", str(port)).replace("=broker.pem", f"={folder}/broker.pem")
    services = Services(folder / "services")
    try:
        with pytest.MonkeyPatch.context() as patch:  # for this start only: other brokers of the run are plain
            patch.setattr(kafka, "SERVER_PROPERTIES", kafka.SERVER_PROPERTIES + extra)
            ours = services.start()
        guarded = Guarded(folder, ours.bootstrap_servers, f"127.0.0.1:{port}", ours.database_url)
        _users(guarded)
        assert (0, "") == guarded.jobhub("admin", "topics", "apply")
        yield guarded
    finally:
        services.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _certificate(folder: Path) -> None:
    folder.chmod(0o755)  # the broker may run as another user
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=broker"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", f"{folder}/key.pem", "-out", f"{folder}/ca.pem"]
    subprocess.run(command, check=True, capture_output=True)
    broker = folder / "broker.pem"
    broker.write_bytes((folder / "key.pem").read_bytes() + (folder / "ca.pem").read_bytes())
    broker.chmod(0o644)


def _users(guarded: Guarded) -> None:
    admin = AdminClient({"bootstrap.servers": guarded.plain})
    users = [*RIGHTS, "admin"]
    for user in users:
        file = guarded.password_of(user)
        file.write_text(f"secret of {user}\n")
        file.chmod(0o600)
    how = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
    wanted: list[UserScramCredentialAlteration] = [
        UserScramCredentialUpsertion(user, how, f"secret of {user}".encode()) for user in users
    ]
    bindings = [
        AclBinding(kind, name, ResourcePatternType.PREFIXED, f"User:{user}", "*", may, AclPermissionType.ALLOW)
        for user, rights in RIGHTS.items()
        for kind, may, name in rights
    ]
    for done in [*admin.alter_user_scram_credentials(wanted).values(), *admin.create_acls(bindings).values()]:
        done.result(10)
