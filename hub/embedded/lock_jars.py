"""Write the pins anew: `python -m hub.embedded.lock_jars`, by a developer who changed the versions below."""

import json
import warnings
from dataclasses import asdict

from jgo.maven import Artifact

from hub.embedded.fetch import repositories
from hub.embedded.pins import LOCK_FILE, Jar, file_sha256

KAFKA = "4.4.0"
LOG4J = "2.25.5"


def main() -> None:
    """Resolve the tree of dependencies, fetch it into jgo's own cache, write name, size and SHA-256 of each jar.

    Raises ValueError when the tree mixes versions.
    """
    # One call each. Given "a+b", jgo takes every root as a bill of materials, and then log4j's parent decides: it would
    # put kafka-clients 3.9.1 beside a 4.4.0 broker, silently.
    kafka = _resolve(f"org.apache.kafka:kafka_2.13:{KAFKA}")
    # Kafka speaks slf4j 1.7; without this one jar a broker that fails says nothing.
    bridge = _resolve(f"org.apache.logging.log4j:log4j-slf4j-impl:{LOG4J}")
    artifacts = kafka + [artifact for artifact in bridge if artifact.artifactId == "log4j-slf4j-impl"]
    for group, version in (("org.apache.kafka", KAFKA), ("org.apache.logging.log4j", LOG4J)):
        if (found := {a.version for a in artifacts if a.groupId == group}) != {version}:
            raise ValueError(f"{group} is resolved as {sorted(found)}, not {version} alone; look at jgo's resolution")
    jars = sorted((_pin(artifact) for artifact in artifacts), key=lambda jar: jar.file)
    LOCK_FILE.write_text(json.dumps([asdict(jar) for jar in jars], indent=1) + "\n", encoding="utf-8")


def _resolve(endpoint: str) -> list[Artifact]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import jgo

        return list(jgo.resolve(endpoint, repositories=repositories()))


def _pin(artifact: Artifact) -> Jar:
    path = artifact.resolve()
    return Jar(
        artifact.groupId,
        artifact.artifactId,
        artifact.version,
        artifact.filename,
        path.stat().st_size,
        file_sha256(path),
    )


if __name__ == "__main__":
    main()
