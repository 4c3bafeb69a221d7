"""What waits instead of being refused (classes 35 and 64), what is only told (W320), and what is counted apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors import metrics as connector_metrics
from connectors.errors import Retry
from connectors.queue import Queue
from connectors.registry import build_source
from hub import metrics as hub_metrics
from hub.steps.batch import Outcome
from schemas.codes import security_codes
from tests.bad_input import rows
from tests.bad_input.fixture import jobcenter_for
from tests.support.deliveries import connector


def test_a_file_that_grows_is_not_read_until_it_stays_the_same(tmp_path: Path) -> None:
    told: list[str] = []
    with connector(tmp_path, jobcenter_for("testa", {"s": rows.source("csv_file", "x", {})})) as one:
        queue = Queue(one.jobcenter, one.folder, one.state, None, told.append)
        settled = []
        for rows_written in (1, 2, 3, 3):
            one.write("x_2026-11-22.csv", rows.csv([rows.sound(str(n)) for n in range(rows_written)]))
            ((_, delivery),) = queue.pending()
            settled.append(queue.is_settled(delivery))
            # Written once more with the same content would be another time stamp; the last look finds it unchanged.
            if rows_written == 3 and len(settled) == 3:
                settled.append(queue.is_settled(delivery))
                break

    assert [False, False, False, True] == settled
    assert ["x_2026-11-22.csv"] * 2 == told


def test_a_database_that_is_away_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_URL", f"sqlite:///{tmp_path}/away/x.sqlite")
    source = rows.source("sql_table", "x", {"options": {"url_env": "TEST_URL"}, "files": None})
    built = build_source(jobcenter_for("testa", {"s": source}), "s")

    with pytest.raises(Retry, match="E404"):
        list(built.read(built.deliveries(tmp_path, None)[0]))


@pytest.mark.parametrize(("bad", "of", "told"), [(5, 20, True), (4, 20, False), (19, 19, False), (30, 30, True)])
def test_when_a_fifth_of_a_full_delivery_is_refused_somebody_hears_of_it(
    tmp_path: Path, bad: int, of: int, told: bool
) -> None:
    with connector(tmp_path, jobcenter_for("testa", {"s": rows.source("csv_file", "x", {})})) as one:
        one.write("x_1.csv", rows.csv([rows.sound(str(n), **({"Ab": "x"} if n < bad else {})) for n in range(of)]))
        before = _value("jobhub_deliveries_doubtful_total", jobcenter="testa", source="s")
        (report,) = one.take("s")
        connector_metrics.delivery_taken(report)

    assert ("COMPLETED", of - bad, bad) == (report["state"], report["sent_new"], report["rejected"])
    assert told is ("W320" in [finding["code"] for finding in report["findings"]])
    assert told is (_value("jobhub_deliveries_doubtful_total", jobcenter="testa", source="s") > before)


def test_security_events_of_a_connector_are_counted_by_code(tmp_path: Path) -> None:
    before = {code: _value("jobhub_security_events_total", jobcenter="testa", code=code) for code in security_codes()}
    with connector(tmp_path, jobcenter_for("testa", {"s": rows.source("csv_file", "x", {})})) as one:
        lines = [rows.sound("1", Titel="K\u202eoch"), rows.sound("2", Text="317B678114"), rows.sound("3", Ab="x")]
        one.write("x_1.csv", rows.csv(lines))
        (one.folder / "x_2.csv").symlink_to("/etc/passwd")
        for report in one.take("s"):
            connector_metrics.delivery_taken(report)
    after = {code: _value("jobhub_security_events_total", jobcenter="testa", code=code) for code in security_codes()}

    assert {"W107": 1, "E511": 1, "E307": 1} == {
        code: after[code] - before[code] for code in after if after[code] > before[code]
    }


def test_security_events_of_the_hub_are_counted_by_code() -> None:
    outcome = Outcome()
    outcome.codes.update(
        {("testb", "vacancy", "E520"): 2, ("testb", "measure", "E607"): 1, ("testb", "vacancy", "E112"): 9}
    )
    hub_metrics.outcome_committed(outcome)
    counted = {
        sample.labels["code"]: sample.value
        for metric in hub_metrics.security_events.collect()
        for sample in metric.samples
        if sample.labels["jobcenter"] == "testb" and sample.name.endswith("_total")
    }

    assert {"E520": 2.0, "E607": 1.0} == counted


def test_what_is_a_security_event_is_a_closed_list() -> None:
    leaks = {"E510", "E511", "E512", "E513", "E514"}

    assert {"E307", "E308", "E309", "E312", "E408", "E520", "E607", "W107", *leaks} == security_codes()


def _value(name: str, **labels: str) -> float:
    return connector_metrics.registry.get_sample_value(name, labels) or 0.0
