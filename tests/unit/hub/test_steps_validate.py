"""Whose a record is, which entity it is, and which rule is named when several are broken."""

from __future__ import annotations

from typing import Any

from hub.steps.batch import Batch
from hub.steps.decode import decode
from hub.steps.validate import validate
from schemas.codec import codec
from schemas.codes import Finding
from tests.support.events import vacancy
from tests.support.raw import batch_of, raw_of


def _validate(batch: Batch) -> list[Any]:
    return validate(batch.event, batch.parts, decode(codec(batch.event), batch.parts))


def test_a_record_that_claims_to_be_another_jobcenters_is_refused() -> None:
    batch = batch_of("vacancy", raw_of("vacancy", vacancy(jobcenter="coesfeld")), jobcenter="borken")

    assert [Finding("E520", "jobcenter")] == _validate(batch)


def test_a_kafka_key_that_is_not_the_entity_is_refused() -> None:
    keys = [b"borken:other", b"BOR-0025147", None, b"\xff\xfe"]
    batch = batch_of("vacancy", *[raw_of("vacancy", vacancy(), key=key) for key in keys])

    assert [Finding("E521", "source_id")] * 4 == _validate(batch)


def test_a_broken_rule_hits_its_own_record_and_not_the_neighbours() -> None:
    bad = vacancy(kldb2010="99999")
    stranger = vacancy(jobcenter="coesfeld", kldb2010="99999")
    records = [vacancy(), stranger, bad, vacancy(title="Koch"), bad, vacancy()]
    batch = batch_of("vacancy", *[raw_of("vacancy", record) for record in records])

    refused = Finding("E110", "kldb2010")
    assert [vacancy(), Finding("E520", "jobcenter"), refused, vacancy(title="Koch"), refused, vacancy()] == _validate(
        batch
    )


def test_client_data_outweighs_other_findings() -> None:
    leaky = vacancy(title="Koch für 31102BG0012345", kldb2010="99999")

    assert [Finding("E510", "title")] == _validate(batch_of("vacancy", raw_of("vacancy", leaky)))
