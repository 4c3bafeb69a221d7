"""Who sees what: public, anonymous and internal vacancies, ends, small counts, headers, time stamps."""

from __future__ import annotations

from typing import Any

import pytest

from hub.steps.fan_out import Views, fan_out, without_name
from schemas import topics
from schemas.codec import codec
from schemas.topics import Event
from tests.support.events import ended, measure, placement, vacancy
from tests.support.raw import NOW_MS, batch_of, raw_of

PUBLIC, INTERNAL = topics.curated("vacancy"), topics.INTERNAL_VACANCY


def _fan_out(event: Event, record: dict[str, Any], *, had_public_view: bool = False, **raw: Any) -> Views:
    batch = batch_of(event, raw_of(event, record, **raw), jobcenter=record["jobcenter"], first=17)
    [part] = batch.parts
    return fan_out(batch, part, part.records[0], record, had_public_view)


def _values(views: Views, event: Event = "vacancy") -> dict[str, Any]:
    return {topic: codec(event).decode(row.value) if row.value is not None else None for topic, row in views.rows}


def test_a_public_vacancy_goes_out_as_its_original_bytes() -> None:
    views = _fan_out("vacancy", vacancy())

    original = codec("vacancy").encode(vacancy())
    assert [(INTERNAL, original), (PUBLIC, original)] == [(topic, row.value) for topic, row in views.rows]
    assert (views.public_view, views.public) == (True, True)


def test_an_anonymous_vacancy_names_the_employer_nowhere() -> None:
    record = vacancy(
        visibility="ANONYMOUS",
        organisational_unit="05554052",
        title="Lagerkraft bei TERHECHTE LOGISTIK",
        description="Die Terhechte  Logistik GmbH & Co. KG sucht. Terhechte Logistiks Team freut sich.",
    )

    views = _fan_out("vacancy", record)

    public = _values(views)[PUBLIC]
    assert record == _values(views)[INTERNAL]
    assert {
        **record,
        "employer": None,
        "contact": None,
        "workplace": {**record["workplace"], "street": None},
        "organisational_unit": None,
        "external_references": [],
        "title": "Lagerkraft bei [Arbeitgeber]",
        "description": "Die [Arbeitgeber] sucht. [Arbeitgeber] Team freut sich.",
    } == public
    assert b"erhechte" not in codec("vacancy").encode(public)


@pytest.mark.parametrize(
    "name, text, expected",
    [
        ("Bau GmbH", "Hochbau, Bau, Bau GmbH", "Hochbau, Bau, [Arbeitgeber]"),
        ("Müller & Söhne e.K.", "bei Müller & Söhne", "bei [Arbeitgeber]"),
        ("Haus gGmbH", "Haushalt im Haus", "Haushalt im [Arbeitgeber]"),
        ("Kortmann UG (haftungsbeschränkt)", "Kortmanns Küche, Kortmann UG", "[Arbeitgeber] Küche, [Arbeitgeber] UG"),
        ("Caritasverband e.V.", "Der Caritasverband e.V. stellt ein", "Der [Arbeitgeber] stellt ein"),
        ("A+B (Service) AG", "A+B (Service) AG", "[Arbeitgeber]"),
        (None, "bleibt", "bleibt"),
    ],
)
def test_a_name_is_replaced_whole_and_without_its_legal_form(name: str | None, text: str, expected: str) -> None:
    assert expected == without_name(text, name)


def test_a_long_title_stays_within_its_limit() -> None:
    title = "Kort " * 60
    views = _fan_out(
        "vacancy", vacancy(visibility="ANONYMOUS", title=title, employer={"name": "Kort", "betriebsnummer": None})
    )

    assert len(_values(views)[PUBLIC]["title"]) == 300


def test_an_internal_vacancy_stays_inside() -> None:
    record = vacancy(visibility="INTERNAL")

    views = _fan_out("vacancy", record)

    assert {INTERNAL: record} == _values(views)
    assert (views.public_view, views.public) == (False, False)


def test_what_becomes_internal_is_taken_away_from_the_public() -> None:
    record = vacancy(visibility="INTERNAL", version=2)

    views = _fan_out("vacancy", record, had_public_view=True)

    assert {INTERNAL: record, PUBLIC: None} == _values(views)
    assert (views.public_view, views.public) == (False, False)


def test_an_end_is_a_skeleton_for_the_public_and_loses_text_and_contact_inside() -> None:
    record = ended(vacancy())

    views = _fan_out("vacancy", record, had_public_view=True)

    skeleton = {**record, "description": None, "employer": None, "contact": None}
    assert {INTERNAL: {**record, "description": None, "contact": None}, PUBLIC: skeleton} == _values(views)
    assert (views.public_view, views.public) == (True, True)


def test_an_end_the_public_never_saw_the_beginning_of_stays_inside() -> None:
    record = ended(vacancy())

    views = _fan_out("vacancy", record)

    assert {INTERNAL: {**record, "description": None, "contact": None}} == _values(views)
    assert (views.public_view, views.public) == (False, False)


@pytest.mark.parametrize("visibility", ["PUBLIC", "ANONYMOUS", "INTERNAL"])
@pytest.mark.parametrize("had", [True, False])
@pytest.mark.parametrize("has_ended", [True, False])
def test_a_record_is_called_public_exactly_when_it_gave_the_public_something(
    visibility: str, had: bool, has_ended: bool
) -> None:
    record = vacancy(visibility=visibility)

    views = _fan_out("vacancy", ended(record) if has_ended else record, had_public_view=had)

    shown = _values(views).get(PUBLIC) is not None
    assert (shown, shown) == (views.public, views.public_view)


@pytest.mark.parametrize(
    "counts, expected",
    [((23, 15, 3, 6), (23, 15, 3, 6)), ((2, 1, 0, None), (None, None, 0, None)), ((3, 2, 2, 1), (3, None, None, None))],
)
def test_counts_of_one_or_two_are_left_out(counts: tuple[int | None, ...], expected: tuple[int | None, ...]) -> None:
    names = ("entries", "exits", "early_exits", "employed_after_6_months")
    record = measure(outcomes=dict(zip(names, counts, strict=True)))

    views = _fan_out("measure", record)

    shown = _values(views, "measure")[topics.curated("measure")]
    assert {**record, "outcomes": dict(zip(names, expected, strict=True))} == shown


def test_a_placement_goes_out_as_it_is() -> None:
    [(topic, row)] = _fan_out("placement", placement()).rows

    assert (topics.curated("placement"), codec("placement").encode(placement())) == (topic, row.value)


def test_headers_carry_the_raw_coordinates_and_nothing_a_connector_slipped_in() -> None:
    raw = raw_of("vacancy", vacancy())
    slipped = [*raw.headers, ("note", b"31102BG0012345"), ("jobhub_origin_offset", b"9"), ("ce_id", None)]

    [(_, row), _] = _fan_out("vacancy", vacancy(), headers=slipped).rows

    names = ["ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time", "ce_subject", "content-type", "traceparent"]
    origin = [
        ("jobhub_origin_topic", b"jobhub.raw.borken.vacancy.v1"),
        ("jobhub_origin_partition", b"2"),
        ("jobhub_origin_offset", b"17"),
    ]
    assert names == [name for name, _ in row.headers[:-3]]
    assert origin == row.headers[-3:]


@pytest.mark.parametrize(
    "timestamp, expected", [(NOW_MS - 5, NOW_MS - 5), (NOW_MS + 10**12, NOW_MS), (-1, NOW_MS), (0, 0)]
)
def test_a_clock_that_runs_ahead_does_not_reach_the_broker(timestamp: int, expected: int) -> None:
    [(_, row), _] = _fan_out("vacancy", vacancy(), timestamp=timestamp).rows

    assert expected == row.timestamp_ms
