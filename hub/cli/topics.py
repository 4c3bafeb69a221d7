"""jobhub topics plan | apply | list: the topics of deploy/topics.yaml against a cluster."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli._options import BootstrapServers, JobcenterList, JsonOutput
from hub.cli.output import Exit, Failure, print_json, stdout, t

if TYPE_CHECKING:
    from hub.topics import Plan

Bootstrap = BootstrapServers
Jobcenters = JobcenterList
Replication = Annotated[
    int | None, typer.Option("--replication", min=1, help="Kopien neuer Themen; sonst drei, oder so viele wie Broker.")
]
AsJson = JsonOutput


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    verbs = typer.Typer(no_args_is_help=True, help="Kafka-Themen: zeigen, vergleichen, anlegen.")
    app.add_typer(verbs, name="topics")

    @verbs.command("list", help="Zeigt, welche Themen es geben soll und mit welchen Einstellungen.")
    def show(jobcenters: Jobcenters = None, as_json: AsJson = False) -> None:
        from hub.cli import _cluster
        from hub.settings import Settings

        settings = Settings()
        specs = _cluster.manifest(settings).topics(_cluster.participants(jobcenters, settings))
        if as_json:
            print_json({"topics": [asdict(spec) for spec in specs]})
            return
        for spec in specs:
            kept = ", ".join(f"{name}={value}" for name, value in sorted(spec.settings.items()))
            stdout().print(f"{spec.name}  {spec.partitions}  {kept}", markup=False)

    @verbs.command("plan", help="Zeigt, was `apply` täte. Ändert nichts.")
    def plan(bootstrap_servers: Bootstrap = None, jobcenters: Jobcenters = None, as_json: AsJson = False) -> None:
        _show(_work(bootstrap_servers, jobcenters, None, change=False), as_json, done=False)

    @verbs.command("apply", help="Legt fehlende Themen an und gleicht Einstellungen an. Löscht nie.")
    def apply(
        bootstrap_servers: Bootstrap = None,
        jobcenters: Jobcenters = None,
        replication: Replication = None,
        as_json: AsJson = False,
    ) -> None:
        _show(_work(bootstrap_servers, jobcenters, replication, change=True), as_json, done=True)


def _work(bootstrap_servers: str | None, jobcenters: str | None, replication: int | None, *, change: bool) -> Plan:
    from hub import topics
    from hub.cli import _cluster
    from hub.settings import Settings

    settings = Settings()
    broker = _cluster.broker(bootstrap_servers, settings)
    specs = _cluster.manifest(settings).topics(_cluster.participants(jobcenters, settings))

    async def work() -> Plan:
        async with topics.admin_client(broker.address, **broker.security) as admin:
            planned = await topics.plan(admin, specs)
            if change:
                await topics.apply(admin, planned, replication or await topics.default_replication(admin))
            return planned

    with _cluster.reachable(broker):
        try:
            return asyncio.run(work())
        except topics.WrongPartitions as error:
            raise Failure(
                Exit.CONFIGURATION,
                "E701",
                str(error),
                why=t(
                    "Ein Schlüssel käme in eine andere Partition und verlöre Reihenfolge und Zustand.",
                    "A key would move to another partition and lose its order and its state.",
                ),
                todo=t("Nichts wurde geändert. Siehe docs/operations.", "Nothing was changed. See docs/operations."),
            ) from error


def _show(planned: Plan, as_json: bool, *, done: bool) -> None:
    if as_json:
        print_json(_as_json(planned, done))
    else:
        for line in _lines(planned, done):
            stdout().print(line, markup=False)
    if planned.wrong_partitions:
        raise typer.Exit(int(Exit.CONFIGURATION))


def _as_json(planned: Plan, done: bool) -> dict[str, Any]:
    return {
        "applied": done,
        "create": [asdict(spec) for spec in planned.create],
        "alter": [asdict(difference) for difference in planned.alter],
        "wrong_partitions": [
            {"topic": spec.name, "partitions": actual, "wanted": spec.partitions}
            for spec, actual in planned.wrong_partitions
        ],
    }


def _lines(planned: Plan, done: bool) -> list[str]:
    if planned.empty:
        return [t("Alle Themen sind, wie sie sein sollen.", "All topics are as they should be.")]
    lines = [f"+ {spec.name}  ({spec.partitions})" for spec in planned.create]
    lines += [f"~ {change.topic}  {change.setting}: {change.before} → {change.after}" for change in planned.alter]
    lines += [
        t(
            f"! {spec.name}  {actual} Partitionen statt {spec.partitions}: wird nicht geändert",
            f"! {spec.name}  {actual} partitions instead of {spec.partitions}: is not changed",
        )
        for spec, actual in planned.wrong_partitions
    ]
    if not done:
        lines.append(t("Nichts wurde geändert.", "Nothing was changed."))
    return lines
