"""The schema registry, asked by a stock client and by hand as other clients ask."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.schema_registry.error import SchemaRegistryError
from confluent_kafka.schema_registry.schema_registry_client import Schema
from confluent_kafka.serialization import MessageField, SerializationContext

from schemas.codec import SCHEMAS, avsc, codec, locked_ids
from tests.support import events
from tests.support.web import board_app, serving

pytestmark = pytest.mark.integration

MEDIA_TYPE = "application/vnd.schemaregistry.v1+json"
VACANCY = "jobhub.vacancy.v1"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A registry needs no database: schemas are part of the release."""
    with serving(board_app("postgresql://nobody@127.0.0.1:1/none")) as address:
        yield f"{address}/registry"


@pytest.fixture(scope="module")
def client(address: str) -> Iterator[SchemaRegistryClient]:
    with SchemaRegistryClient({"url": address}) as client:
        yield client


@pytest.mark.parametrize(
    "event, topic",
    [
        ("vacancy", VACANCY),
        ("vacancy", "jobhub.internal.vacancy.v1"),
        ("vacancy", "jobhub.raw.borken.vacancy.v1"),
        ("measure", "jobhub.measure.v1"),
        ("placement", "jobhub.placement.v1"),
    ],
)
def test_a_stock_deserializer_reads_what_the_hub_writes(client: SchemaRegistryClient, event: Any, topic: str) -> None:
    record = events.PLAIN[event]()
    read = AvroDeserializer(client)(codec(event).encode(record), SerializationContext(topic, MessageField.VALUE))

    assert read == record


def test_a_stock_deserializer_with_the_latest_version_reads_too(client: SchemaRegistryClient) -> None:
    record = events.vacancy()
    reader = AvroDeserializer(client, conf={"use.latest.version": True})

    assert reader(codec("vacancy").encode(record), SerializationContext(VACANCY, MessageField.VALUE)) == record


def test_the_stock_client_finds_every_schema(client: SchemaRegistryClient) -> None:
    subjects = client.get_subjects()

    assert f"{VACANCY}-value" in subjects
    assert "jobhub.receipts.muenster.v1-value" in subjects
    for subject in subjects:
        latest = client.get_latest_version(subject)
        assert client.get_versions(subject) == [1]
        assert (
            client.lookup_schema(subject, Schema(str(latest.schema.schema_str), "AVRO")).schema_id == latest.schema_id
        )


def test_ids_are_those_on_the_wire(client: SchemaRegistryClient) -> None:
    for name in SCHEMAS:
        text = client.get_schema(locked_ids()[name]["id"]).schema_str
        assert json.loads(str(text)) == avsc(name)


def test_a_schema_that_is_there_may_be_registered_again_and_no_other(client: SchemaRegistryClient) -> None:
    subject = f"{VACANCY}-value"
    same = Schema(json.dumps(avsc("vacancy"), indent=2), "AVRO")

    assert client.register_schema(subject, same) == locked_ids()["vacancy"]["id"]
    with pytest.raises(SchemaRegistryError) as refused:
        client.register_schema(subject, Schema('{"type": "record", "name": "X", "fields": []}', "AVRO"))
    assert (refused.value.http_status_code, refused.value.error_code) == (403, 40301)


@pytest.mark.parametrize(
    "path, status, code",
    [
        ("/associations/resources/-/jobhub.vacancy.v1?resourceType=topic&associationType=value", 404, 40410),
        ("/subjects/unbekannt-value/versions", 404, 40401),
        ("/subjects/jobhub.vacancy.v1/versions", 404, 40401),
        ("/subjects/jobhub.state.v1-value/versions/latest", 404, 40401),
        ("/subjects/jobhub.raw.borken.unsinn.v1-value/versions", 404, 40401),
        ("/subjects/kreis%2F%C3%BC%3Ax-value/versions", 404, 404),
        (f"/subjects/{VACANCY}-value/versions/2", 404, 40402),
        (f"/subjects/{VACANCY}-value/versions/0", 422, 42202),
        (f"/subjects/{VACANCY}-value/versions/neueste", 422, 42202),
        ("/schemas/ids/0", 404, 40403),
        ("/schemas/ids/99999", 404, 40403),
        ("/schemas/ids/eins", 404, 40403),
        (f"/config/{VACANCY}-value", 404, 40408),
        (f"/mode/{VACANCY}-value", 404, 40409),
        ("/gibt/es/nicht", 404, 404),
    ],
)
def test_what_is_not_there_has_the_code_clients_branch_on(address: str, path: str, status: int, code: int) -> None:
    answer = httpx2.get(address + path)

    assert (answer.status_code, answer.json()["error_code"]) == (status, code)
    assert set(answer.json()) == {"error_code", "message"}
    assert answer.headers["content-type"] == MEDIA_TYPE


@pytest.mark.parametrize(
    "path, expected",
    [
        ("/", {}),
        ("/schemas/types", ["AVRO"]),
        ("/config", {"compatibilityLevel": "FULL_TRANSITIVE"}),
        (f"/config/{VACANCY}-value?defaultToGlobal=True", {"compatibilityLevel": "FULL_TRANSITIVE"}),
        ("/mode", {"mode": "READONLY"}),
        (f"/subjects/{VACANCY}-value/versions", [1]),
        (f"/subjects/{VACANCY}-value/versions/-1/referencedby", []),
        ("/contexts", ["."]),
        ("/subjects?subjectPrefix=jobhub.vacancy", [f"{VACANCY}-value"]),
        ("/schemas/ids/3/subjects?deleted=False", [
            "jobhub.placement.v1-value",
            *(f"jobhub.raw.{jobcenter}.placement.v1-value"
              for jobcenter in ("borken", "coesfeld", "muenster", "steinfurt", "warendorf")),
        ]),
    ],
)  # fmt: skip
def test_reads_answer_in_the_shapes_of_the_api(address: str, path: str, expected: object) -> None:
    answer = httpx2.get(address + path, headers={"Accept": "*/*"})

    assert (answer.status_code, answer.json()) == (200, expected)
    assert answer.headers["content-type"] == MEDIA_TYPE


def test_a_version_has_no_field_a_strict_client_would_choke_on(address: str) -> None:
    for version in ("1", "latest", "-1"):
        answer = httpx2.get(f"{address}/subjects/{VACANCY}-value/versions/{version}").json()
        assert set(answer) == {"subject", "version", "id", "schema"}
        assert (answer["version"], answer["id"], type(answer["schema"])) == (1, 1, str)
    assert set(httpx2.get(f"{address}/schemas/ids/1?fetchMaxId=false&subject=x&format=").json()) == {"schema"}
    assert {"subject": f"{VACANCY}-value", "version": 1} in httpx2.get(f"{address}/schemas/ids/1/versions").json()


def test_a_participant_that_is_not_listed_is_known_all_the_same(address: str) -> None:
    answer = httpx2.get(f"{address}/subjects/jobhub.raw.hamm.vacancy.v1-value/versions/latest")

    assert (answer.status_code, answer.json()["id"]) == (200, 1)


@pytest.mark.parametrize(
    "method, path",
    [
        ("PUT", "/config"),
        ("PUT", f"/config/{VACANCY}-value"),
        ("PUT", "/mode"),
        ("DELETE", f"/subjects/{VACANCY}-value"),
        ("DELETE", f"/subjects/{VACANCY}-value/versions/1?permanent=true"),
        ("DELETE", f"/config/{VACANCY}-value"),
        ("POST", "/contexts"),
    ],
)
def test_writing_is_refused(address: str, method: str, path: str) -> None:
    answer = httpx2.request(method, address + path, json={})

    assert (answer.status_code, answer.json()["error_code"]) == (403, 40301)


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b'{"schema": "kein Avro"}', b'{"schema": "{\\"type\\": \\"x\\"}"}']
)
def test_a_body_that_is_no_schema_is_told(address: str, body: bytes) -> None:
    answer = httpx2.post(f"{address}/subjects/{VACANCY}-value?normalize=False&deleted=True", content=body)

    assert (answer.status_code, answer.json()["error_code"]) == (422, 42201)


def test_the_lookup_takes_other_white_space_and_unknown_fields(address: str) -> None:
    body = {"schema": json.dumps(avsc("vacancy"), indent=4), "schemaType": "AVRO", "metadata": None, "ruleSet": None}
    answer = httpx2.post(f"{address}/subjects/{VACANCY}-value", content=json.dumps(body))

    assert (answer.status_code, answer.json()["id"], answer.json()["version"]) == (200, 1, 1)
