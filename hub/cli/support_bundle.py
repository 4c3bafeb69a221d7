"""jobhub support-bundle: one zip for whoever helps, without a row and without a secret. Nothing is sent."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from hub.cli._options import BootstrapServers, DeliveriesFolder, JsonOutput, StateFolder, StepSeconds
from hub.cli.output import Exit, Failure, note, print_json, stdout, t


def register(app: typer.Typer) -> None:
    """Add the verb."""

    @app.command(
        "support-bundle",
        help="Packt ein ZIP für die Hilfe: Versionen, Einstellungen, doctor, Anzahlen und Codes."
        " Keine Zeile, kein Kennwort. Gesendet wird nichts.",
    )
    def support_bundle(
        jobcenter: Annotated[
            str | None, typer.Argument(help="Kennung; sonst die des Kafka-Kontos oder die einzige eingerichtete.")
        ] = None,
        output: Annotated[
            Path | None, typer.Option("--output", help="ZIP-Datei; sonst jobhub-support-<id>-<zeit>.zip hier.")
        ] = None,
        log: Annotated[
            list[Path] | None, typer.Option("--log", help="Protokolldatei; sonst das Journal des Dienstes (Linux).")
        ] = None,
        bootstrap_servers: BootstrapServers = None,
        deliveries: DeliveriesFolder = None,
        data: StateFolder = None,
        timeout_secs: StepSeconds = 5.0,
        as_json: JsonOutput = False,
    ) -> None:
        from connectors.doctor.examination import examine
        from connectors.support import configuration, state_summary
        from connectors.support.bundle import texts_of, write_bundle
        from connectors.support.known_secrets import known_secrets
        from hub.cli._patient import patient_of
        from hub.cli.doctor import as_dict
        from hub.settings import Settings

        patient = patient_of(
            jobcenter,
            settings=Settings(),
            bootstrap_servers=bootstrap_servers,
            data=data,
            deliveries=deliveries,
            seconds=timeout_secs,
        )
        lines = _log_lines(log or [], patient.name)
        if not as_json:
            note(t("Der Zustand wird geprüft, das dauert einige Sekunden …", "Examining, this takes some seconds …"))
        parts = {
            "versions": configuration.versions(),
            "settings": configuration.variables(),
            "jobcenter": configuration.jobcenter(patient.jobcenter),
            "doctor": as_dict(patient.name, list(examine(patient))),
            "deliveries": state_summary.deliveries_of(patient.state),
            "state": state_summary.state_of(patient.state),
            "log": lines,
        }
        texts = texts_of(parts, known_secrets(patient.access, patient.jobcenter))
        path = (output or Path(f"jobhub-support-{patient.name or 'hub'}-{datetime.now():%Y%m%d-%H%M%S}.zip")).absolute()  # noqa: DTZ005 - the name is for people here
        try:
            write_bundle(path, texts)
        except OSError as error:
            raise _not_written(path, error) from error
        if as_json:
            print_json({"file": str(path), "contents": {name: len(text) for name, text in texts.items()}, "sent": 0})
        else:
            stdout().print(_told(path, texts, parts), markup=False)


def _log_lines(files: list[Path], jobcenter: str | None) -> list[dict[str, Any]]:
    from connectors.support.log_lines import from_file, from_journal

    if not files:
        return from_journal(jobcenter) if jobcenter else []
    found = []
    for file in files:
        try:
            found += from_file(file)
        except OSError as error:
            what = t(f"Die Protokolldatei {file} ist nicht lesbar.", f"The log file {file} cannot be read.")
            raise Failure(
                Exit.USAGE, "E703", what, why=error.strerror or type(error).__name__, todo="--log DATEI"
            ) from error
    return found


def _not_written(path: Path, error: OSError) -> Failure:
    if isinstance(error, FileExistsError):
        what = t(f"{path} gibt es schon; nichts wurde geändert.", f"{path} exists already; nothing was changed.")
        return Failure(
            Exit.USAGE, "E711", what, why=t("Überschrieben wird nichts.", "Nothing is overwritten."), todo="--output"
        )
    what = t(f"{path} kann nicht geschrieben werden.", f"{path} cannot be written.")
    return Failure(Exit.CONFIGURATION, "E711", what, why=error.strerror or type(error).__name__, todo="--output")


def _told(path: Path, texts: dict[str, str], parts: dict[str, Any]) -> str:
    findings = [check["code"] for check in parts["doctor"]["checks"] if check["code"]]
    lines = [str(path), ""]
    lines += [f"  {name:18}{len(text):>8} {t('Zeichen', 'characters')}" for name, text in texts.items()]
    lines += [
        "",
        t(
            f"{len(parts['deliveries'])} Lieferungen (Anzahlen und Codes), {len(parts['log'])} Protokollzeilen, "
            f"doctor: {', '.join(findings) or 'ohne Befund'}.",
            f"{len(parts['deliveries'])} deliveries (counts and codes), {len(parts['log'])} log lines, "
            f"doctor: {', '.join(findings) or 'nothing found'}.",
        ),
    ]
    if not parts["log"]:
        lines.append(t("Ein Protokoll lässt sich mit --log DATEI dazulegen.", "Add a log with --log FILE."))
    lines += [
        t(
            "Keine Werte aus Zeilen, keine Kennwörter. LIESMICH.txt sagt, was darin ist; bitte selbst weitergeben.",
            "No values of rows, no passwords. LIESMICH.txt says what is in it; please pass it on yourself.",
        ),
        t("Es wurde nichts gesendet.", "Nothing was sent."),
    ]
    return "\n".join(lines)
