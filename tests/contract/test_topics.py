"""Names of topics: legal, told apart, and each with its schema."""

from __future__ import annotations

import re
import string

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from schemas import topics
from schemas.codec import SCHEMAS
from schemas.topics import EVENTS

JOBCENTERS = st.from_regex(r"[a-z][a-z0-9]{1,30}", fullmatch=True)


def all_topics(jobcenter: str) -> dict[str, str | None]:
    """Every topic of the hub with the schema its values are written with."""
    return {
        **{topics.raw(jobcenter, event): event for event in EVENTS},
        **{topics.curated(event): event for event in EVENTS},
        topics.delivery(jobcenter): "delivery",
        topics.rejected(jobcenter): "rejected",
        topics.receipts(jobcenter): "receipt",
        topics.remark(jobcenter): "remark",
        topics.INTERNAL_VACANCY: "vacancy",
        topics.MATCH: "match",
        topics.STATE: None,
        topics.PROBE: None,
    }


@given(JOBCENTERS)
def test_every_topic_has_the_schema_its_name_says(jobcenter: str) -> None:
    expected = all_topics(jobcenter)

    assert expected == {topic: topics.schema_of(topic) for topic in expected}
    assert set(SCHEMAS) == set(filter(None, expected.values()))


@given(JOBCENTERS)
def test_every_name_is_one_kafka_takes_without_a_warning(jobcenter: str) -> None:
    # Dots only: Kafka makes metric names of them, in which a dot and an underscore collide.
    assert all(re.fullmatch(r"[a-z][a-z0-9.]{0,247}[a-z0-9]", topic) for topic in all_topics(jobcenter))
    assert len(all_topics(jobcenter)) == 2 * len(EVENTS) + 8


@given(JOBCENTERS, JOBCENTERS)
def test_two_jobcenters_share_the_curated_topics_and_no_other(one: str, other: str) -> None:
    assume(one != other)
    expected = {*(topics.curated(event) for event in EVENTS), topics.INTERNAL_VACANCY, topics.MATCH}
    expected |= {topics.STATE, topics.PROBE}

    assert expected == all_topics(one).keys() & all_topics(other).keys()


@given(JOBCENTERS)
def test_a_raw_topic_names_its_jobcenter(jobcenter: str) -> None:
    for event in EVENTS:
        assert topics.RawTopic(jobcenter, event) == topics.parse_raw(topics.raw(jobcenter, event))
    assert topics.RawTopic(jobcenter, "delivery") == topics.parse_raw(topics.delivery(jobcenter))


STRANGERS = [
    "jobhub.raw.borken.evil.v1",
    "jobhub.raw.borken.vacancy.v2",
    "jobhub.raw.borken.vacancy.v1\n",
    "jobhub.raw.Borken.vacancy.v1",
    "jobhub.raw.bor.ken.vacancy.v1",
    "jobhub.raw..vacancy.v1",
    "xjobhub.raw.borken.vacancy.v1",
    "jobhub.raw.borken-x.vacancy.v1",
    "jobhub.raw.1borken.vacancy.v1",
    "",
]


@pytest.mark.parametrize("topic", STRANGERS)
def test_a_stranger_is_no_raw_topic_and_has_no_schema(topic: str) -> None:
    assert topics.schema_of(topic) is None
    with pytest.raises(ValueError, match="not a raw topic"):
        topics.parse_raw(topic)


@pytest.mark.parametrize(
    "topic",
    [
        "other.vacancy.v1",
        "jobhub.vacancy.v2",
        "jobhub.receipts.Borken.v1",
        "jobhub.other.borken.v1",
        "jobhub.internal.measure.v1",
    ],
)
def test_a_stranger_among_the_curated_topics_has_no_schema(topic: str) -> None:
    assert topics.schema_of(topic) is None


@given(st.text(string.printable, max_size=40))
def test_any_text_is_a_jobcenter_or_not_and_never_both(text: str) -> None:
    assert (topics.JOBCENTER_ID.match(text) is not None) == (re.fullmatch(r"[a-z][a-z0-9]{1,30}", text) is not None)


def test_a_line_feed_is_no_part_of_a_jobcenter() -> None:
    assert topics.JOBCENTER_ID.match("borken\n") is None


@given(*[st.from_regex(r"[^\s\x00-\x1f\x7f-\x9f]{1,12}", fullmatch=True)] * 4)
def test_a_pair_has_one_key_in_either_order_and_no_other_pair_has_it(a: str, b: str, c: str, d: str) -> None:
    assert topics.pair_key(a, b) == topics.pair_key(b, a)
    assert ({a, b} == {c, d}) == (topics.pair_key(a, b) == topics.pair_key(c, d))


def test_the_subject_of_a_topic_is_the_one_stock_clients_ask_for() -> None:
    assert "jobhub.vacancy.v1-value" == topics.subject(topics.curated("vacancy"))
