"""Options that several verbs have, each written down once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

JsonOutput = Annotated[bool, typer.Option("--json", help="Ein JSON-Objekt statt Text.")]
BootstrapServers = Annotated[
    str | None, typer.Option("--bootstrap-servers", help="Adresse von Kafka; sonst JOBHUB_BOOTSTRAP_SERVERS.")
]
BootstrapServersOrDemo = Annotated[
    str | None, typer.Option("--bootstrap-servers", help="Adresse von Kafka; sonst die der letzten Demo.")
]
DatabaseOrDemo = Annotated[
    str | None, typer.Option("--database-url", help="Adresse von PostgreSQL; sonst die der letzten Demo.")
]
MetricsPort = Annotated[int, typer.Option("--metrics-port", help="Port für Prometheus auf 127.0.0.1; 0: keiner.")]
StateFolder = Annotated[Path | None, typer.Option("--data", help="Ordner für den Zustand; sonst JOBHUB_DATA.")]
DeliveriesFolder = Annotated[
    Path | None, typer.Option("--deliveries", help="Ordner der Lieferungen; sonst DATEN/deliveries.")
]
StepSeconds = Annotated[
    float, typer.Option("--timeout-secs", min=0.5, max=60, help="So lange darf ein Schritt dauern.")
]
JobcenterList = Annotated[
    str | None, typer.Option("--jobcenters", help="Kennungen mit Komma; sonst alle in deploy/jobcenters.")
]
