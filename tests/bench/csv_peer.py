"""The peer of W4: csv.DictReader, fastavro and librdkafka in one loop. No checks, no memory, nothing durable.

`python -m tests.bench.csv_peer FILE BOOTSTRAP_SERVERS TOPIC COUNT`
"""

from __future__ import annotations

import csv
import io
import json
import sys
import time
from datetime import date
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import confluent_kafka
import fastavro

from connectors.fields import blank
from schemas.codec import codec

_VISIBILITY = {"1": "PUBLIC", "2": "ANONYMOUS"}
_TIMES = {"VZ": "VOLLZEIT", "TZ": "TEILZEIT", "SN": "SCHICHT_NACHT_WOCHENENDE", "MJ": "MINIJOB"}
_PERIODS = {"Std": "HOUR", "Mon": "MONTH"}


def main(file: str, bootstrap_servers: str, topic: str, count: int) -> dict[str, float]:
    """Rows a second until the last one is acknowledged."""
    producer = confluent_kafka.Producer({"bootstrap.servers": bootstrap_servers, "linger.ms": 20, "acks": "all"})
    schema, header, began, cpu_began = (
        codec("vacancy").schema,
        codec("vacancy").header,
        time.time(),
        time.process_time(),
    )
    with Path(file).open(encoding="cp1252", newline="") as lines:
        for _ in range(2):
            next(lines)
        for number, row in enumerate(islice(csv.DictReader(lines, delimiter=";"), count)):
            if number % 1000 == 999:  # the planted rows are no vacancies
                continue
            out = io.BytesIO(header)
            out.seek(len(header))
            fastavro.schemaless_writer(out, schema, _record(row))
            _produce(producer, topic, out.getvalue(), f"borken:{row['Stellen-Nr']}")
    if producer.flush(60):
        raise RuntimeError("not everything was acknowledged")
    return {
        "rows_per_s": count / (time.time() - began),
        "cpu_us_per_row": (time.process_time() - cpu_began) / count * 1e6,
    }


def _produce(producer: confluent_kafka.Producer, topic: str, value: bytes, key: str) -> None:
    while True:
        try:
            producer.produce(topic, value, key)
            producer.poll(0)
            return
        except BufferError:
            producer.poll(0.1)


def _record(row: dict[str, str]) -> dict[str, Any]:
    return {
        **blank("vacancy"),
        "jobcenter": "borken",
        "source_id": row["Stellen-Nr"],
        "epoch": 0,
        "version": 1,
        "status": "ACTIVE",
        "title": row["Stellenbezeichnung"],
        "description": row["Beschreibung"],
        "kldb2010": row["KldB"],
        "visibility": _VISIBILITY.get(row["Veröffentlichung"], "INTERNAL"),
        "offer_type": "ARBEIT",
        "employer": {"name": row["Arbeitgeber"], "betriebsnummer": row["Betriebsnummer"]},
        "industry": {"code": row["WZ"], "version": "WZ2008"},
        "contact": {"phone": row["Telefon"], "email": row["E-Mail"]},
        "workplace": {"country": "DE", "plz": row["PLZ"], "place": row["Ort"], "street": row["Straße"]},
        "working_time": [_TIMES[row["Arbeitszeit"]]],
        "weekly_hours": float(row["Wochenstd."].replace(",", ".")),
        "contract_term": "BEFRISTET" if row["Befristet"] == "J" else "UNBEFRISTET",
        "term_until": _day(row["Befristet bis"]),
        "pay": {
            "minimum": _amount(row["Lohn von"]),
            "maximum": _amount(row["Lohn bis"]),
            "currency": "EUR",
            "period": _PERIODS[row["Lohnart"]],
        },
        "openings": int(row["Anzahl"]),
        "start_on": _day(row["Beginn"]),
        "published_from": _day(row["Veröffentlicht am"]),
        "published_until": _day(row["Ende Veröffentlichung"]),
    }


def _day(text: str) -> date | None:
    if text in ("", "31.12.9999"):
        return None
    day, month, year = text.split(".")
    return date(int(year), int(month), int(day))


def _amount(text: str) -> Decimal:
    return Decimal(text.replace(".", "").replace(",", "."))


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))))
