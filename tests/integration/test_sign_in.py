"""The whole way over SASL_SSL with SCRAM and ACLs: the rights of docs/operations.md are enough, and less is refused."""

from __future__ import annotations

import asyncio
import datetime
from typing import Any

import pytest

from hub.audit.board import AUDITED
from hub.audit.topic import Truth
from hub.settings import Settings
from hub.web.mailbag import Away, Mailbag
from schemas import topics
from schemas.kafka_access import KafkaAccess
from tests.support.guarded import Guarded

pytestmark = pytest.mark.integration


def test_every_part_works_with_the_rights_written_down(guarded: Guarded) -> None:
    deliveries = str(Settings().deploy_folder / "demo" / "deliveries")

    assert 0 == guarded.starts_and_stops("sink", "sink")
    assert 0 == guarded.starts_and_stops("worker", "worker")
    code, said = guarded.jobhub("connector", "run", "borken", "--once", "--deliveries", deliveries)
    assert 0 == code, said
    assert (0, "") == guarded.jobhub("operator", "topics", "apply", "--jobcenters", "borken,hamm")
    code, said = guarded.jobhub("sink", "status")
    assert code in (0, 10), said


def _access(guarded: Guarded, user: str) -> dict[str, Any]:
    return KafkaAccess(
        security_protocol="SASL_SSL",
        username=user,
        password_file=guarded.password_of(user),
        ca_file=guarded.folder / "ca.pem",
    ).options()


def test_a_remark_and_an_audit_need_no_more_than_is_written_down(guarded: Guarded) -> None:
    remark = {
        "jobcenter": "borken", "source_id": "J", "epoch": 0, "version": 1, "reason": "FILLED", "text": None,
        "made_at": datetime.datetime.now(datetime.UTC),
    }  # fmt: skip

    async def put(user: str) -> None:
        mailbag = Mailbag(guarded.secure, _access(guarded, user))
        try:
            await mailbag.put("borken", remark)
        finally:
            await mailbag.close()

    async def audit() -> None:
        for event in AUDITED:
            async with Truth(guarded.secure, event, topics.curated(event), _access(guarded, "auditor")) as truth:
                await truth.catch_up()

    asyncio.run(put("web"))
    asyncio.run(audit())
    with pytest.raises(Away):
        asyncio.run(put("nobody"))
    assert 0 == guarded.jobhub("jobcenter", "remarks", "list", "borken")[0]
    code, said = guarded.jobhub("jobcenter", "remarks", "list", "coesfeld")
    assert code in (3, 4), said


def test_who_may_only_write_is_asked_for_an_epoch_when_the_state_is_lost(guarded: Guarded) -> None:
    deliveries = str(Settings().deploy_folder / "demo" / "deliveries")
    arguments = ("run", "borken", "--once", "--deliveries", deliveries)
    first = guarded.jobhub("connector", *arguments, JOBHUB_DATA=str(guarded.folder / "first"))
    lost = guarded.jobhub("writer", *arguments, JOBHUB_DATA=str(guarded.folder / "second"))
    healed = guarded.jobhub("connector", *arguments, JOBHUB_DATA=str(guarded.folder / "second"))

    assert (0, 0) == (first[0], healed[0]), (first, healed)
    assert (3, True, True) == (lost[0], "E714" in lost[1], "borken.vacancy.v1 may not be read" in lost[1]), lost
    assert "state completed from the topics" in healed[1]


WRONG = {
    "worker": ("worker",),
    "sink": ("sink",),
    "connector": ("run", "borken", "--once", "--deliveries", str(Settings().deploy_folder / "demo" / "deliveries")),
    "admin": ("topics", "plan"),
}


@pytest.mark.parametrize("user", WRONG)
def test_a_wrong_password_ends_with_4_and_says_so(guarded: Guarded, user: str) -> None:
    wrong = str(guarded.password_of("nobody"))
    data = str(guarded.folder / "wrong")

    code, said = guarded.jobhub(user, *WRONG[user], JOBHUB_KAFKA_PASSWORD_FILE=wrong, JOBHUB_DATA=data)

    assert (4, True) == (code, "E402" in said), said
    assert "secret of" not in said


@pytest.mark.parametrize(
    "verb, refused",
    [
        (("worker",), "topic jobhub."),
        (("sink",), "topic jobhub."),
        (("topics", "apply"), ""),
        (WRONG["connector"], "jobhub.raw.borken."),
    ],
)
def test_missing_rights_end_with_4_and_say_what_for(guarded: Guarded, verb: tuple[str, ...], refused: str) -> None:
    code, said = guarded.jobhub("nobody", *verb, JOBHUB_DATA=str(guarded.folder / "nobody"))

    assert (4, True, True) == (code, "E403" in said, refused in said), said


def test_a_broker_of_unknown_origin_is_not_told_the_password(guarded: Guarded) -> None:
    code, said = guarded.jobhub("admin", "topics", "plan", JOBHUB_KAFKA_CA_FILE="")

    assert (4, True, True) == (code, "E402" in said, "certificate is not to be trusted" in said), said


def test_the_name_on_the_certificate_counts(guarded: Guarded) -> None:
    by_name = guarded.secure.replace("127.0.0.1", "localhost")

    code, said = guarded.jobhub("admin", "topics", "plan", JOBHUB_BOOTSTRAP_SERVERS=by_name)

    assert (4, True) == (code, "E402" in said), said


def test_an_open_password_file_is_a_fault_of_the_configuration(guarded: Guarded) -> None:
    file = guarded.folder / "open.password"
    file.write_text("secret of admin")
    file.chmod(0o644)

    code, said = guarded.jobhub("admin", "topics", "plan", JOBHUB_KAFKA_PASSWORD_FILE=str(file))

    assert (3, True, True) == (code, "E701" in said, "JOBHUB_KAFKA_PASSWORD_FILE" in said), said
