"""One delivery at a time: what is sent, what is rejected, what is ended, and above all what is not ended."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from connectors import examine, intake, settle
from connectors import rows as rows_module
from connectors.approve import TooMany, approve
from connectors.compare import Decision, Outcome
from connectors.contract.source import Wanted
from connectors.errors import Retry
from connectors.file_hashes import SummedFile
from connectors.header import place_columns
from connectors.registry import build_source
from connectors.sources import csv_file
from connectors.state import State
from schemas import rules
from tests.support.deliveries import (
    DELTA_HEADER,
    HEADER,
    TODAY,
    VACANCY_COLUMNS,
    Connector,
    codes,
    connector,
    counts,
    csv_text,
    row,
    small_jobcenter,
)
from tests.support.outbox import rows_waiting


def change(number: str, version: int, action: str = "A", **values: str) -> dict[str, str]:
    return row(Nr=number, Version=str(version), Aktion=action, **values)


def many(count: int, **values: str) -> list[dict[str, str]]:
    return [row(Nr=str(number), **values) for number in range(1, count + 1)]


# ---------------------------------------------------------------------------------------------- rows


@pytest.mark.parametrize(
    "values, code, column",
    [
        ({"Titel": ""}, "E101", "Titel"),
        ({"Titel": "NULL"}, "E101", "Titel"),
        ({"Titel": "x" * 301}, "E106", "Titel"),
        ({"Beginn": "31.02.2027"}, "E102", "Beginn"),
        ({"Ab": ""}, "E101", "Ab"),
        ({"Ab": "00.00.0000"}, "E102", "Ab"),
        ({"Anzahl": "1_0"}, "E103", "Anzahl"),
        ({"Anzahl": "0"}, "E104", "Anzahl"),
        ({"Anzahl": "99999999999"}, "E104", "Anzahl"),
        ({"Sicht": "9"}, "E105", "Sicht"),
        ({"Sicht": ""}, "E101", "Sicht"),
        ({"Text": "a\x07b"}, "E107", "Text"),
        ({"Text": "StraÃŸe in MÃ¼nster"}, "E108", "Text"),
        ({"Nr": "a b"}, "E109", "Nr"),
        ({"Nr": ""}, "E208", "Nr"),
        ({"KldB": "99999"}, "E110", "KldB"),
        ({"PLZ": "4814"}, "E112", "PLZ"),
        ({"Beginn": "01.12.2029"}, "E204", "Beginn"),
        ({"Text": "Bewerber 31701BG0012345 kommt."}, "E510", "Text"),
        ({"Text": "Kunde 317B678114"}, "E511", "Text"),
        ({"Titel": "317B678114"}, "E511", "Titel"),
        ({"Text": "Lohn auf DE02120300000000202051"}, "E512", "Text"),
        ({"Nr": "317B678114"}, "E511", "Nr"),
    ],
)
def test_a_bad_row_gets_its_code_and_its_neighbours_arrive(
    full: Connector, values: dict[str, str], code: str, column: str
) -> None:
    rows = [row(Nr="vor"), row(**values), row(Nr="nach")]
    report = full.take_file("stellen_2026-11-22.csv", csv_text(rows))

    assert [{"code": code, "line": 3, "column": column}] == report["findings"]
    assert ["vor", "nach"] == [record["source_id"] for record in full.outbox()]


@pytest.mark.parametrize(
    "written",
    [
        "<script>alert(1)</script>",
        '=HYPERLINK("x";"y")'.replace(";", ","),
        "{{7*7}} ${jndi:ldap://x}",
        "', DROP TABLE entity",
        "-1+1",
        "Ünïcödé 漢字 🙂",
    ],
)
def test_harmless_oddities_are_taken_as_they_are(full: Connector, written: str) -> None:
    full.take_file("stellen_2026-11-22.csv", csv_text([row(Text=written)]))

    assert [written] == [record["description"] for record in full.outbox()]


def test_nothing_of_a_rejected_row_stays_on_disk(full: Connector) -> None:
    rows = [row(Nr="2", Text="Geheim: 317B678114 Mustermann", Titel="Sonderbarertitel"), row()]
    full.take_file("stellen_2026-11-22.csv", csv_text(rows))

    assert not [word for word in (b"317B678114", b"Mustermann", b"Sonderbarertitel") if word in full.bytes_on_disk()]


def test_with_the_leak_guard_off_that_would_be_seen(full: Connector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "leaks", lambda record: [])
    full.take_file("stellen_2026-11-22.csv", csv_text([row(Nr="2", Text="Geheim: 317B678114 Mustermann")]))

    assert b"317B678114" in full.bytes_on_disk()


def test_a_column_nobody_mapped_is_not_read_but_reported(full: Connector) -> None:
    rows = [row(Kundennummer="Kanarienvogel1")]
    report = full.take_file("stellen_2026-11-22.csv", csv_text(rows, [*HEADER, "Kundennummer"]))

    assert ["Kundennummer"] == report["unmapped_columns"]
    assert b"Kanarienvogel" not in full.bytes_on_disk()


def test_headers_may_come_decomposed_and_in_any_order(tmp_path: Path) -> None:
    columns = {**VACANCY_COLUMNS, "employer.name": "Träger"}
    with connector(tmp_path, small_jobcenter(columns=columns)) as one:
        decomposed = "Tra\u0308ger"
        rows = [{**row(), decomposed: "A GmbH"}]
        one.take_file("stellen_2026-11-22.csv", "\ufeff" + csv_text(rows, [decomposed, *reversed(HEADER)]))

        assert ["A GmbH"] == [record["employer"]["name"] for record in one.outbox()]


def test_the_same_row_twice_is_a_duplicate(full: Connector) -> None:
    assert {"rows_read": 2, "sent_new": 1, "duplicate": 1} == counts(
        full.take_file("stellen_1.csv", csv_text([row(), row()]))
    )


@pytest.mark.parametrize("first_known", [False, True])
def test_one_key_with_two_contents_keeps_both_out(full: Connector, first_known: bool) -> None:
    if first_known:
        full.take_file("stellen_2026-11-21.csv", csv_text([row(), row(Nr="2")]))
        full.acknowledge()
    filler = many(700)[2:]  # so that the two rows are in different batches
    rows = [row(Titel="Koch"), *filler, row(Titel="Köchin"), row(Nr="2")]
    report = full.take_file("stellen_2026-11-22.csv", csv_text(rows))

    assert ({"E209": 2}, 0) == (codes(report), report["sent_ended"])
    assert [2, len(rows)] == [finding["line"] for finding in report["findings"]]
    assert "1" not in [record["source_id"] for record in full.outbox()]
    known = full.state.remembered("vacancy", ["1"])
    assert [1] * first_known == [one.known.version for one in known.values()]


def test_one_key_unchanged_and_changed_keeps_both_out(full: Connector) -> None:
    full.take_file("stellen_2026-11-21.csv", csv_text([row()]))
    full.acknowledge()
    for number, rows in enumerate([[row(), row(Titel="Koch")], [row(Titel="Koch"), row()]]):
        report = full.take_file(f"stellen_2026-11-22_{number}.csv", csv_text(rows))

        assert {"rows_read": 2, "rejected": 2} == counts(report)
        assert [] == full.outbox()
        assert 1 == full.state.remembered("vacancy", ["1"])["1"].known.version


# ---------------------------------------------------------------------------------------------- full deliveries


def test_versions_rise_only_with_the_content(full: Connector) -> None:
    for day, title in enumerate(["Koch", "Koch", "Köchin", "Koch"], start=1):
        full.take_file(f"stellen_2026-11-0{day}.csv", csv_text([row(Titel=title)]))

    assert [(1, "Koch"), (2, "Köchin"), (3, "Koch")] == [(one["version"], one["title"]) for one in full.outbox()]


def test_what_is_not_listed_ends_and_comes_back_as_the_next_version(full: Connector) -> None:
    full.take_file("stellen_2026-11-01.csv", csv_text(many(3)))
    full.take_file("stellen_2026-11-02.csv", csv_text(many(2)))
    full.take_file("stellen_2026-11-03.csv", csv_text(many(3)))
    third = [one for one in full.outbox() if one["source_id"] == "3"]

    assert [(1, "ACTIVE", None, None), (2, "ENDED", "NOT_LISTED", date(2026, 11, 2)), (3, "ACTIVE", None, None)] == [
        (one["version"], one["status"], one["end_reason"], one["ended_on"]) for one in third
    ]


@pytest.mark.parametrize(
    "broken",
    [
        {"Beginn": "31.02.2027"},
        {"Text": "Kunde 317B678114"},
        {"Nr": "3", "Anzahl": "1;zuviel"},
        {"Titel": '"offen'},
        {"Text": "M\x00ll"},
    ],
)
def test_a_rejected_row_is_not_ended(full: Connector, broken: dict[str, str]) -> None:
    full.take_file("stellen_2026-11-01.csv", csv_text(many(10)))
    rows = many(10)
    rows[2] = row(**{"Nr": "3", **broken})
    report = full.take_file("stellen_2026-11-02.csv", csv_text(rows))

    assert ({"rows_read": 10, "unchanged": 9, "rejected": 1}, "COMPLETED") == (counts(report), report["state"])


def test_if_a_rejected_row_did_not_count_as_seen_its_job_would_be_ended(
    full: Connector, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forgetful(self: Any, key: str | None, code: str, column: str | None, line: int) -> None:
        self.tally.reject(code, line, column)

    monkeypatch.setattr(settle.Settle, "_refuse_row", forgetful)
    full.take_file("stellen_2026-11-01.csv", csv_text(many(10)))
    rows = many(10)
    rows[2] = row(Nr="3", Beginn="31.02.2027")

    assert 1 == full.take_file("stellen_2026-11-02.csv", csv_text(rows))["sent_ended"]


@pytest.mark.parametrize(
    "content, reason",
    [
        ("", "E306"),
        (csv_text([]), "E306"),
        (csv_text(many(10))[:-30], "E502"),
        (csv_text(many(8))[:-2], "E502"),
        (csv_text(many(5)), "E501"),
        (csv_text(many(9)) + "\x00" * 300, "E502"),
        (csv_text([*many(8), '9;"offen']), "E502"),
    ],
)
def test_empty_truncated_and_much_shorter_files_end_nothing(full: Connector, content: str, reason: str) -> None:
    full.take_file("stellen_2026-11-01.csv", csv_text(many(10)))
    report = full.take_file("stellen_2026-11-02.csv", content)

    if report["held"]:
        assert ("HELD", reason, 0) == (report["state"], report["reason"], report["sent_ended"])
    else:
        assert 0 == report["sent_ended"]
    assert 10 == len({*full.state.active("vacancy", "stellen")})


def lost_key(one: Connector) -> dict[str, Any]:
    """Ten offers; then the identifier of one is missing, and its row is still there."""
    rows = many(10)
    one.take_file("stellen_2026-11-01.csv", csv_text(rows))
    return one.take_file("stellen_2026-11-02.csv", csv_text([*rows[:-1], {**rows[-1], "Nr": ""}]))


def test_an_offer_whose_row_lost_its_key_is_not_ended(full: Connector) -> None:
    report = lost_key(full)

    assert ("HELD", "E502", 1, 0, 1) == tuple(
        report[name] for name in ("state", "reason", "held", "sent_ended", "rejected")
    )
    report = full.take_file("stellen_2026-11-03.csv", csv_text([*many(10), row(Nr="")]))
    assert ("COMPLETED", 0, 0) == (report["state"], report["held"], report["sent_ended"])  # nothing is missing


def test_a_row_without_a_key_that_counts_for_nothing_ends_an_offer(
    full: Connector, monkeypatch: pytest.MonkeyPatch
) -> None:
    blind = property(lambda self: False, lambda self, found: None)
    monkeypatch.setattr(settle.Settle, "is_missing_keys", blind, raising=False)

    assert 1 == lost_key(full)["sent_ended"]


def test_with_the_limit_off_half_a_file_would_end_half_the_jobs(
    full: Connector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "hold_reason", lambda **_: None)
    full.take_file("stellen_2026-11-01.csv", csv_text(many(10)))

    assert 5 == full.take_file("stellen_2026-11-02.csv", csv_text(many(5)))["sent_ended"]


def test_a_footer_that_counts_otherwise_holds_everything(tmp_path: Path) -> None:
    options = {"encoding": "utf-8", "delimiter": ";", "footer": "^Anzahl: (?P<count>[0-9]+)"}
    with connector(tmp_path, small_jobcenter(options=options)) as one:
        one.take_file("stellen_2026-11-01.csv", csv_text(many(30)) + "Anzahl: 30;;\r\n")
        wrong = one.take_file("stellen_2026-11-02.csv", csv_text(many(29)) + "Anzahl: 30;;\r\n")
        missing = one.take_file("stellen_2026-11-03.csv", csv_text(many(29)))
        right = one.take_file("stellen_2026-11-04.csv", csv_text(many(29)) + "Anzahl: 29;;\r\n")

        assert [("HELD", 1), ("HELD", 1), ("COMPLETED", 0)] == [
            (got["state"], got["held"]) for got in (wrong, missing, right)
        ]
        assert 1 == right["sent_ended"]


def test_a_later_complete_delivery_settles_what_was_held(full: Connector) -> None:
    full.take_file("stellen_2026-11-01.csv", csv_text(many(30)))
    full.take_file("stellen_2026-11-02.csv", csv_text(many(28))[:-1])
    full.take_file("stellen_2026-11-03.csv", csv_text(many(28)))

    assert [("COMPLETED", 0), ("COMPLETED", 0), ("COMPLETED", 0)] == [
        (one.state, one.held) for one in full.state.deliveries.all()
    ]
    assert 28 == len({*full.state.active("vacancy", "stellen")})


def test_an_operator_releases_what_was_held_up_to_a_ceiling(full: Connector) -> None:
    full.take_file("stellen_2026-11-01.csv", csv_text(many(30)))
    full.take_file("stellen_2026-11-02.csv", csv_text(many(10)))
    (held,) = full.state.deliveries.in_state("HELD")
    full.acknowledge()
    with pytest.raises(TooMany):
        approve(full.state, full.jobcenter, held, ceiling=19, today=TODAY)
    assert 0 == full.state.count_unpublished()

    assert 20 == approve(full.state, full.jobcenter, held, ceiling=20, today=TODAY)
    assert {("ENDED", "NOT_LISTED", date(2026, 11, 2))} == {
        (one["status"], one["end_reason"], one["ended_on"]) for one in full.outbox()
    }
    assert [] == full.state.deliveries.in_state("HELD")


def test_an_older_list_brings_nothing_back(full: Connector) -> None:
    full.take_file("stellen_2026-11-02.csv", csv_text(many(3)))
    report = full.take_file("stellen_2026-11-01.csv", csv_text(many(4, Titel="alt")))

    assert ("REFUSED", "E311") == (report["state"], report["reason"])
    assert 3 == len(full.outbox())


def test_other_content_under_the_same_name_is_another_delivery(full: Connector) -> None:
    full.take_file("stellen_2026-11-01.csv", csv_text([row(Titel="Koch")]))
    report = full.take_file("stellen_2026-11-01.csv", csv_text([row(Titel="Köchin")]))

    assert 1 == report["sent_changed"]


def test_too_few_rows_end_nothing(tmp_path: Path) -> None:
    with connector(tmp_path, small_jobcenter(expect={"rows": {"min": 10}})) as one:
        one.take_file("stellen_2026-11-01.csv", csv_text(many(10)))

        assert ("HELD", 1) == (lambda got: (got["state"], got["held"]))(
            one.take_file("stellen_2026-11-02.csv", csv_text(many(9)))
        )


# ---------------------------------------------------------------------------------------------- whole files


@pytest.mark.parametrize(
    "content, reason",
    [
        (csv_text([row()], HEADER[:-1]), "E303"),
        (csv_text([row()]).replace(";", ","), "E303"),
        (csv_text([row()], [*HEADER, "Titel"]), "E310"),
        (csv_text([row()]).encode("utf-16"), "E305"),
        (csv_text([row(Nr=str(number), Ort="Münster") for number in range(50)]).encode("cp1252"), "E305"),
    ],
)
def test_a_file_whose_rows_cannot_be_trusted_is_refused_as_a_whole(
    full: Connector, content: str | bytes, reason: str
) -> None:
    report = full.take_file("stellen_2026-11-22.csv", content)

    assert ("REFUSED", reason) == (report["state"], report["reason"])
    assert [] == full.outbox()


def test_one_row_in_another_encoding_is_refused_alone(full: Connector) -> None:
    sound = csv_text([row(Nr="1"), row(Nr="2", Ort="Muenster")]).encode()
    report = full.take_file("stellen_2026-11-22.csv", sound + ";".join(row(Nr="3").values()).encode("cp1252") + b"\r\n")

    assert ({"E108": 1}, 2) == (codes(report), report["sent_new"])
    assert "3" in [fate.key for fate in full.state.history("3")]


def test_a_link_is_refused(full: Connector, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.csv").write_text(csv_text([row()]), encoding="utf-8")
    (full.folder / "stellen_2026-11-22.csv").symlink_to(tmp_path / "elsewhere.csv")

    assert [("REFUSED", "E307")] == [(got["state"], got["reason"]) for got in full.take()]


# ---------------------------------------------------------------------------------------------- deltas


def test_a_delta_ends_only_what_it_says(delta: Connector) -> None:
    delta.take_file("stellen_2026-11-01.csv", csv_text([change("1", 1, "N"), change("2", 1, "N")], DELTA_HEADER))
    report = delta.take_file(
        "stellen_2026-11-02.csv", csv_text([change("1", 2, "L", Grund="besetzt", Titel="", Text="")], DELTA_HEADER)
    )

    assert {"rows_read": 1, "sent_ended": 1} == counts(report)
    last = delta.outbox()[-1]
    assert ("1", 2, "FILLED", date(2026, 11, 2), "Bäcker (m/w/d)") == (
        last["source_id"],
        last["version"],
        last["end_reason"],
        last["ended_on"],
        last["title"],
    )


def test_all_steps_of_a_job_may_stand_in_one_delta(delta: Connector) -> None:
    rows = [
        change("1", 1, "N"),
        change("1", 2, Titel="Koch"),
        change("1", 3, "L", Grund="verschollen"),
        change("1", 4, "N"),
    ]
    report = delta.take_file("stellen_2026-11-01.csv", csv_text(rows, DELTA_HEADER))

    assert {"rows_read": 4, "sent_new": 2, "sent_changed": 1, "sent_ended": 1} == counts(report)
    assert [(1, None), (2, None), (3, "UNKNOWN"), (4, None)] == [
        (one["version"], one["end_reason"]) for one in delta.outbox()
    ]


def test_rows_sent_again_are_duplicates_and_what_contradicts_is_for_the_hub(delta: Connector) -> None:
    delta.take_file(
        "stellen_2026-11-01.csv",
        csv_text([change("1", 2, "N"), change("2", 1, "N"), change("2", 2, "L")], DELTA_HEADER),
    )
    delta.acknowledge()
    rows = [
        change("1", 2, "N"),
        change("2", 2, "L"),
        change("1", 1, "N", Titel="alt"),
        change("1", 2, "A", Titel="anders"),
    ]
    report = delta.take_file("stellen_2026-11-02.csv", csv_text(rows, DELTA_HEADER))

    assert {"rows_read": 4, "duplicate": 2, "sent_other": 2} == counts(report)
    assert [(1, "alt"), (2, "anders")] == [(one["version"], one["title"]) for one in delta.outbox()]
    assert 2 == delta.state.remembered("vacancy", ["1"])["1"].known.version


@pytest.mark.parametrize(
    "values, expected", [({}, {"rows_read": 1, "sent_ended": 1}), ({"PLZ": "4814"}, {"rows_read": 1, "rejected": 1})]
)
def test_the_end_of_a_job_nobody_knows_needs_a_sound_row(
    delta: Connector, values: dict[str, str], expected: dict[str, int]
) -> None:
    assert expected == counts(
        delta.take_file("stellen_2026-11-01.csv", csv_text([change("9", 3, "L", **values)], DELTA_HEADER))
    )


@pytest.mark.parametrize(
    "values, code",
    [({"Aktion": "X"}, "E105"), ({"Aktion": ""}, "E101"), ({"Version": "1_0"}, "E103"), ({"Version": "0"}, "E104")],
)
def test_a_delta_row_without_sense_is_rejected(delta: Connector, values: dict[str, str], code: str) -> None:
    report = delta.take_file("stellen_2026-11-01.csv", csv_text([{**change("1", 1, "N"), **values}], DELTA_HEADER))

    assert {code: 1} == codes(report)


def test_a_delta_without_rows_is_no_fault(delta: Connector) -> None:
    assert "COMPLETED" == delta.take_file("stellen_2026-11-01.csv", csv_text([], DELTA_HEADER))["state"]


# ---------------------------------------------------------------------------------------------- durability


def test_version_and_outbox_become_durable_together_or_not_at_all(
    full: Connector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "_BATCH", 500)
    full.write("stellen_2026-11-01.csv", csv_text(many(600)))
    original = examine.check_rules
    calls: list[int] = []

    def crashing(*arguments: Any) -> None:
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError("power cut")
        original(*arguments)

    monkeypatch.setattr(rows_module, "check_rules", crashing)
    with pytest.raises(RuntimeError):
        full.take()
    assert (0, set()) == (len(full.outbox()), {*full.state.active("vacancy", "stellen")})
    monkeypatch.setattr(rows_module, "check_rules", original)
    full.take()

    assert 600 == len(full.outbox())
    assert [1] == sorted({one["version"] for one in full.outbox()})


@pytest.mark.parametrize("sums_itself", [True, False])
def test_a_file_that_is_not_the_one_that_was_listed_is_read_again(
    full: Connector, monkeypatch: pytest.MonkeyPatch, sums_itself: bool
) -> None:
    if not sums_itself:
        monkeypatch.setattr(SummedFile, "check_sum", None)
    source = build_source(full.jobcenter, "stellen")
    full.write("stellen_2026-11-01.csv", csv_text(many(2)))
    (delivery,) = source.deliveries(full.folder, None)
    full.write("stellen_2026-11-01.csv", csv_text(many(3)))

    with pytest.raises(Retry, match="E301"):
        intake.take(full.state, full.jobcenter, source, delivery, folder=full.folder, today=TODAY)
    assert [] == full.outbox()


def test_without_a_durable_intent_one_version_would_get_two_contents(
    full: Connector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mutant forgets what it sent, as a connector does that assigns versions in memory and crashes."""
    monkeypatch.setattr(State, "remember_first", lambda self, *columns: None)
    full.take_file("stellen_2026-11-01.csv", csv_text([row(Titel="Koch")]))
    full.take_file("stellen_2026-11-02.csv", csv_text([row(Titel="Köchin")]))

    assert [(1, "Koch"), (1, "Köchin")] == [(one["version"], one["title"]) for one in full.outbox()]


def test_a_mutant_that_reads_every_column_is_caught(full: Connector, monkeypatch: pytest.MonkeyPatch) -> None:
    """Values of a row are the mapped columns; here the allow-list is replaced by whatever the header names."""
    original = place_columns

    def greedy(header: list[str], wanted: Wanted, file: str) -> dict[str, int]:
        return {**original(header, wanted, file), **{name: at for at, name in enumerate(header)}}

    seen: list[set[str]] = []

    def watched(mapping: Any, found: Any) -> list[examine.Examined]:
        seen.extend(set(one.values) for one in found)
        return examine.identify_all(mapping, found)

    monkeypatch.setattr(rows_module, "identify_all", watched)
    content = csv_text([row(Kundennummer="1")], [*HEADER, "Kundennummer"])
    full.take_file("stellen_2026-11-01.csv", content)
    monkeypatch.setattr(csv_file, "place_columns", greedy)
    full.take_file("stellen_2026-11-02.csv", content + "\r\n")

    assert [False, True] == ["Kundennummer" in columns for columns in seen]


# ---------------------------------------------------------------------------------------------- trace and report


def test_the_fate_of_a_row_can_be_traced(full: Connector) -> None:
    full.take_file("stellen_2026-11-01.csv", csv_text([row()]))
    full.acknowledge()
    full.take_file("stellen_2026-11-02.csv", csv_text([row(PLZ="4814")]))
    fates = full.state.history("1")

    assert [("new", 2, 1, None, True), ("rejected", 2, None, "E112", False)] == [
        (fate.outcome, fate.line, fate.version, fate.code, fate.offset is not None) for fate in fates
    ]


def test_reports_travel_beside_the_rows_and_carry_no_value(full: Connector) -> None:
    full.take_file("stellen_2026-11-01.csv", csv_text([row(), row(Nr="2", PLZ="4814")]))
    reports = [one for one in rows_waiting(full.state) if one.topic.endswith(".delivery.v1")]
    records = full.outbox("delivery")

    assert ["BEGUN", "COMPLETED"] == [record["state"] for record in records]
    assert {b"stellen"} == {one.key for one in reports}
    assert [{"code": "E112", "count": 1}] == records[-1]["rejected_by_code"]
    assert "4814" not in json.dumps(records[-1], default=str)


def test_after_an_epoch_everything_is_sent_once_more(tmp_path: Path) -> None:
    with connector(tmp_path, small_jobcenter()) as one:
        one.take_file("stellen_2026-11-01.csv", csv_text(many(2)))
        one.acknowledge()
        one.jobcenter = small_jobcenter(epoch=1)
        report = one.take_file("stellen_2026-11-02.csv", csv_text(many(2)))

        assert {"rows_read": 2, "sent_changed": 2} == counts(report)
        assert {1} == {record["epoch"] for record in one.outbox()}


def test_equal_rows_are_passed_over_without_being_mapped(full: Connector, monkeypatch: pytest.MonkeyPatch) -> None:
    full.take_file("stellen_2026-11-01.csv", csv_text(many(3)))
    monkeypatch.setattr(settle, "decide", lambda *_, **__: Decision(Outcome.CHANGED, 9))
    monkeypatch.setattr(rows_module, "map_row", lambda *_: pytest.fail("mapped an equal row"))

    assert 3 == full.take_file("stellen_2026-11-02.csv", csv_text(many(3)))["unchanged"]
