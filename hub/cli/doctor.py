"""jobhub doctor: whether a connector could work from here, step by step, and whom to write if not. Nothing is sent."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli._options import BootstrapServers, DeliveriesFolder, JsonOutput, StateFolder, StepSeconds
from hub.cli.output import Exit, language, print_json, stdout, t

if TYPE_CHECKING:
    from connectors.doctor.verdict import Check, Letter

_EXITS = {
    "E401": Exit.UNREACHABLE,
    "E402": Exit.SIGN_IN,
    "E403": Exit.SIGN_IN,
    "E411": Exit.UNREACHABLE,
    "E412": Exit.UNREACHABLE,
}
_WIDTH = 110
_TITLES = {
    "settings": ("Einstellungen", "Settings"),
    "name_resolution": ("Namensauflösung", "Name resolution"),
    "port": ("Port", "Port"),
    "tls": ("Verschlüsselung", "Encryption"),
    "sign_in": ("Anmeldung", "Sign-in"),
    "brokers": ("Broker", "Brokers"),
    "permission": ("Berechtigung", "Permission"),
    "clock": ("Uhrzeit", "Clock"),
    "schemas": ("Schemas", "Schemas"),
    "disk": ("Zustand", "State"),
    "configuration": ("YAML-Datei", "YAML file"),
    "deliveries": ("Lieferungen", "Deliveries"),
    "proxy": ("Web-Proxy", "Web proxy"),
}
_WORDS = {"ok": ("OK", "OK"), "warning": ("HINWEIS", "NOTE"), "failure": ("FEHLER", "ERROR"), "skipped": ("-", "-")}
_RECIPIENTS = {
    "hub": ("an den Betrieb des Hubs", "to the operators of the hub"),
    "network": ("an die eigene Netzbetreuung", "to those who run your own network"),
}


def register(app: typer.Typer) -> None:
    """Add the verb."""

    @app.command("doctor", help="Prüft Netz, Anmeldung, Rechte, Uhr, Platte und Konfiguration. Gesendet wird nichts.")
    def doctor(
        jobcenter: Annotated[
            str | None, typer.Argument(help="Kennung; sonst die des Kafka-Kontos oder die einzige eingerichtete.")
        ] = None,
        bootstrap_servers: BootstrapServers = None,
        deliveries: DeliveriesFolder = None,
        data: StateFolder = None,
        timeout_secs: StepSeconds = 5.0,
        cert_days: Annotated[
            int, typer.Option("--cert-days", min=0, help="Hinweis, wenn das Zertifikat eher abläuft, in Tagen.")
        ] = 30,
        as_json: JsonOutput = False,
    ) -> None:
        from connectors.doctor.examination import examine
        from hub.cli._patient import patient_of
        from hub.settings import Settings

        patient = patient_of(
            jobcenter,
            settings=Settings(),
            bootstrap_servers=bootstrap_servers,
            data=data,
            deliveries=deliveries,
            seconds=timeout_secs,
            warn_days=cert_days,
        )
        done: list[Check] = []
        for check in examine(patient):
            done.append(check)
            if not as_json:
                stdout().print(_line(check), markup=False)
        code = exit_code(done)
        if as_json:
            print_json({**as_dict(patient.name, done), "exit_code": int(code), "sent": 0})
        else:
            stdout().print(_end(done), markup=False)
        raise typer.Exit(int(code))


def exit_code(done: list[Check]) -> Exit:
    """That of the first failure: what comes after it may follow from it."""
    first = next((check for check in done if check.status == "failure"), None)
    return Exit.OK if first is None else _EXITS.get(first.code or "", Exit.CONFIGURATION)


def as_dict(jobcenter: str | None, done: list[Check]) -> dict[str, Any]:
    """The result for programs."""
    return {
        "ok": all(check.status != "failure" for check in done),
        "jobcenter": jobcenter,
        "checks": [
            {
                "name": check.name,
                "status": check.status,
                "code": check.code,
                "text": check.text.read(language()),
                "next": check.next_step(language()),
                "letter": _letter_dict(check.letter) if check.letter else None,
                "facts": dict(check.facts),
            }
            for check in done
        ],
    }


def _letter_dict(letter: Letter) -> dict[str, str]:
    return {"to": letter.to, "subject": letter.subject.read(language()), "body": letter.body.read(language())}


def _line(check: Check) -> str:
    head = f"{t(*_WORDS[check.status]):9}{t(*_TITLES[check.name]):17}"
    code = f"{check.code}  " if check.code else ""
    lines = _wrapped(code + check.text.read(language()))
    if check.status in ("warning", "failure") and (todo := check.next_step(language())):
        lines += _wrapped(f"{t('Tun: ', 'Do: ')}{todo}")
    return head + f"\n{'':{len(head)}}".join(lines)


def _wrapped(text: str) -> list[str]:
    # Paths, names of topics and fingerprints stay whole: somebody will copy them.
    return textwrap.wrap(text, _WIDTH - 26, break_long_words=False, break_on_hyphens=False) or [""]


def _end(done: list[Check]) -> str:
    # What stands in the way comes first.
    ordered = sorted(done, key=lambda check: check.status != "failure")
    letters = [_letter(check.letter) for check in ordered if check.letter is not None]
    failures = sum(check.status == "failure" for check in done)
    notes = sum(check.status == "warning" for check in done)
    verdict = t(
        f"{failures} Fehler, {notes} {'Hinweis' if notes == 1 else 'Hinweise'}.",
        f"{failures} {'error' if failures == 1 else 'errors'}, {notes} {'note' if notes == 1 else 'notes'}.",
    )
    if not failures:
        verdict = t("Alles in Ordnung. ", "All is well. ") + verdict if not notes else verdict
    parts = [*letters, verdict]
    codes = list(dict.fromkeys(check.code for check in ordered if check.code))
    if codes:
        parts[-1] += t("  Mehr: ", "  More: ") + ", ".join(f"jobhub explain {code}" for code in codes)
    return "\n" + "\n\n".join(parts) + "\n" + t("Es wurde nichts gesendet.", "Nothing was sent.")


def _letter(letter: Letter) -> str:
    head = t(
        f"--- Text für eine E-Mail {_RECIPIENTS[letter.to][0]} ---",
        f"--- Text for an e-mail {_RECIPIENTS[letter.to][1]} ---",
    )
    subject = f"{t('Betreff', 'Subject')}: {letter.subject.read(language())}"
    return f"{head}\n{subject}\n\n{letter.body.read(language())}\n---"
