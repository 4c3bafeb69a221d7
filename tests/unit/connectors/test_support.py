"""What goes into a support bundle: enough to help, and neither a value of a row nor a secret, wherever it was put."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.state import State
from connectors.support import bundle, configuration, known_secrets, log_lines, state_summary
from connectors.support.log_lines import reduced
from hub.cli import main as cli
from hub.cli.output import set_language
from schemas.kafka_access import KafkaAccess
from tests.support.canaries import Canaries, disguises
from tests.support.deliveries import HEADER, connector, csv_text, row, small_jobcenter
from tests.unit.test_cli import ONES

# In rows: mapped, unmapped, in a row that is refused, in a name of a file, a header, a key, a remark of the log.
PERSONAL = {
    "Titel": "Kanarie Wellensittich",
    "Text": "Zeisigweg Fünfundvierzig",
    "Ort": "Rotkehlchenstadt",
    "Nachname": "Nachtigallowski",
    "Nr": "Zaunkoenig7734",
    "Datei": "Gimpelmeier",
    "Kopf": "Finkenspalte",
    "Abgelehnt": "Stieglitzenko",
}
# In the environment, in files, in addresses, in the wrong variable, in the YAML file.
SECRET = {
    "password": "grünfink-geheim",
    "file": "birkenzeisig-geheim",
    "url": "kreuzschnabel-geheim",
    "proxy": "bergfink-geheim",
    "unknown": "kernbeisser-geheim",
    "mistaken": "dompfaff-geheim",
    "yaml": "girlitz-geheim",
    "key": "haenfling-geheim",
}
WORDS = [*PERSONAL.values(), *SECRET.values()]

YAML = """\
name: Test
kreis: "05515"
sources:
  stellen:
    event: vacancy
    type: csv_file
    load: full
    files: stellen_*.csv
    options: {{ encoding: utf-8, delimiter: ";" }}
    key: "{{Nr}}"
    columns: &fields
      title: Titel
      description: Text
      kldb2010: KldB
      visibility: {{ column: Sicht, codes: {{ "1": PUBLIC }} }}
      workplace.plz: PLZ
      workplace.place: Ort
      openings: Anzahl
      start_on: {{ column: Beginn, parse: date_de }}
      contact.email: {{ constant: "{constant}" }}
      published_from: {{ column: Ab, parse: date_de }}
  amt:
    event: vacancy
    type: sql_table
    load: full
    options: {{ view: stellen, url_env: TESTA_DB }}
    key: "{{Nr}}"
    columns: *fields
"""

ROOT = Path(configuration.__file__).parent.parent.parent


def found_in(data: bytes) -> set[str]:
    """Canaries in whatever form."""
    forms = {form: word for word in WORDS for form in disguises(word)}
    return {forms[form] for form in Canaries(forms).found_in(data)}


def test_a_canary_is_found_in_each_disguise() -> None:
    for word in WORDS:
        for form in disguises(word):
            assert word in found_in(b"xx" + form + b"yy")


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Jobcenter's machine with canaries wherever data and secrets are."""
    for name in [name for name in os.environ if name.startswith("JOBHUB_")]:
        monkeypatch.delenv(name)
    (tmp_path / "deploy" / "jobcenters").mkdir(parents=True)
    (tmp_path / "deploy" / "jobcenters" / "testa.yaml").write_text(YAML.format(constant=SECRET["yaml"]), "utf-8")
    header = [*HEADER, "Nachname", PERSONAL["Kopf"]]
    rows = [
        row(Nr=PERSONAL["Nr"], Titel=PERSONAL["Titel"], Text=PERSONAL["Text"], Ort=PERSONAL["Ort"]),
        row(Nr="2", Titel=PERSONAL["Abgelehnt"], Beginn="31.02.2026"),
    ]
    for one in rows:
        one["Nachname"] = PERSONAL["Nachname"]
    with connector(tmp_path, small_jobcenter()) as made:
        made.write(f"stellen_{PERSONAL['Datei']}_2026-11-24.csv", csv_text(rows, header))
        made.write(f"stellen_{PERSONAL['Datei']}_2026-11-25.csv", b"\xff\xfe" + PERSONAL["Titel"].encode())
        taken = made.take()
        assert ["COMPLETED", "REFUSED"] == [report["state"] for report in taken]
    (tmp_path / "data" / "connectors").mkdir(parents=True)
    (tmp_path / "state" / "testa.sqlite").rename(tmp_path / "data" / "connectors" / "testa.sqlite")
    (tmp_path / "in" / "testa").rename(tmp_path / "data" / "deliveries")
    password = tmp_path / "kafka-password"
    password.write_text(SECRET["file"], "utf-8")
    password.chmod(0o600)
    (tmp_path / "data" / "keys").mkdir()
    (tmp_path / "data" / "keys" / "testa.key").write_text(SECRET["key"], "utf-8")
    log = [
        json.dumps({"event": PERSONAL["Titel"], "logger": "connectors.announce", "level": "warning", "x": WORDS}),
        json.dumps({"event": "security event", "logger": "connectors.announce", "code": "E511", "count": 3}),
        json.dumps({"event": "delivery", "file": PERSONAL["Datei"], "sent_new": 41, "rejected_by_code": {"E102": 2}}),
        json.dumps({"event": "failed", "jobcenter": "testa", "code": "E404", "what": SECRET["url"]}),
        f"2026-11-24T06:00:00Z ERROR E102 {PERSONAL['Abgelehnt']} {SECRET['password']}",
        *WORDS,
    ]
    (tmp_path / "service.log").write_text("\n".join(log), "utf-8")
    values = {
        "JOBHUB_DATA": str(tmp_path / "data"),
        "JOBHUB_DEPLOY": str(tmp_path / "deploy"),
        "JOBHUB_BOOTSTRAP_SERVERS": "127.0.0.1:1",
        "JOBHUB_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
        "JOBHUB_KAFKA_USERNAME": "testa",
        "JOBHUB_KAFKA_PASSWORD_FILE": str(password),
        "JOBHUB_DATABASE_URL": f"postgresql://hub:{SECRET['url']}@127.0.0.1:1/hub",
        "TESTA_DB": f"postgresql://amt:{SECRET['url']}@127.0.0.1:1/amt",
        "HTTPS_PROXY": f"http://konto:{SECRET['proxy']}@proxy.invalid:8080",
        "JOBHUB_NEW_THING": SECRET["unknown"],
        "JOBHUB_REGISTRY_URL": f"http://konto:{SECRET['proxy']}@127.0.0.1:1/registry?token={SECRET['unknown']}",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return tmp_path


Jobhub = Callable[..., tuple[int, str]]


@pytest.fixture
def jobhub(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Iterator[Jobhub]:
    """Runs a verb in this process: exit code, and all it said on either stream."""

    def run(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["jobhub", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        told = capfd.readouterr()
        return int(ended.value.code or 0), told.out + told.err

    yield run
    set_language("de")


def contents(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as found:
        return {name: found.read(name) for name in found.namelist()}


def bundled(jobhub: Jobhub, house: Path) -> tuple[dict[str, bytes], str]:
    code, told = jobhub(
        "support-bundle", "testa", "--output", str(house / "out.zip"), "--log", str(house / "service.log"),
        "--timeout-secs", "1",
    )  # fmt: skip
    assert 0 == code, told
    return contents(house / "out.zip"), told


def test_no_value_of_a_row_and_no_secret_is_in_the_bundle_or_said(jobhub: Jobhub, house: Path) -> None:
    there, told = bundled(jobhub, house)

    assert set() == found_in(b"\n".join(there.values()) + told.encode())
    assert found_in((house / "data" / "connectors" / "testa.sqlite").read_bytes()), "the canaries were nowhere at all"


def test_the_bundle_is_not_readable_for_others_and_nothing_is_overwritten(jobhub: Jobhub, house: Path) -> None:
    bundled(jobhub, house)
    before = (house / "out.zip").read_bytes()

    code, _ = jobhub("support-bundle", "testa", "--output", str(house / "out.zip"), "--timeout-secs", "1")

    assert (2, before) == (code, (house / "out.zip").read_bytes())
    assert os.name != "posix" or 0o600 == (house / "out.zip").stat().st_mode & 0o777


def test_it_helps_all_the_same(jobhub: Jobhub, house: Path) -> None:
    there, told = bundled(jobhub, house)
    parts: dict[str, Any] = {
        name.removesuffix(".json"): json.loads(text) for name, text in there.items() if name != bundle.README
    }

    assert {"versions", "settings", "jobcenter", "doctor", "deliveries", "state", "log"} == parts.keys()
    assert ["REFUSED", "COMPLETED"] == [one["state"] for one in parts["deliveries"]]
    assert {"E102": 1} == parts["deliveries"][1]["rejected_by_code"]
    assert (2, 1) == (parts["deliveries"][1]["rows_read"], parts["deliveries"][1]["sent_new"])
    assert 2 == parts["state"]["tables"]["delivery"]["rows"]
    assert parts["state"]["quick_check"] is True
    assert "E401" in {check["code"] for check in parts["doctor"]["checks"]}
    assert "SASL_SSL" == parts["settings"]["JOBHUB_KAFKA_SECURITY_PROTOCOL"]
    assert configuration.REMOVED == parts["settings"]["JOBHUB_NEW_THING"]
    assert "Titel" in parts["jobcenter"]["sources"]["stellen"]["columns"]["title"]["columns"]
    assert {"event": "security event", "logger": "connectors.announce", "code": "E511", "count": 3} in parts["log"]
    assert "Es wurde nichts gesendet" in told
    readme = there[bundle.README].decode()
    assert all(name in readme for name in there if name != bundle.README)
    assert all(word in readme for word in ("nichts gesendet", "Nothing was sent"))


@pytest.mark.parametrize("way", ["PASSWORD", "PASSWORD_FILE"])
@pytest.mark.parametrize(
    "verb",
    [
        "doctor testa --timeout-secs 1",
        "doctor testa --json --timeout-secs 1",
        "run testa --once --dry-run",
        "check {file}",
        "deliveries list testa",
        "support-bundle testa --timeout-secs 1 --output {zip}",
    ],
)
def test_no_verb_says_a_secret(
    jobhub: Jobhub, house: Path, monkeypatch: pytest.MonkeyPatch, verb: str, way: str
) -> None:
    monkeypatch.delenv("JOBHUB_KAFKA_PASSWORD_FILE")
    # The second is a mistake people make: the password itself where its file should be named.
    monkeypatch.setenv(f"JOBHUB_KAFKA_{way}", SECRET["password" if way == "PASSWORD" else "mistaken"])
    file = next((house / "data" / "deliveries").glob("*24.csv"))

    _, told = jobhub(*verb.format(file=file, zip=house / "out.zip").split())

    if verb.startswith("support-bundle"):
        told += b"\n".join(contents(house / "out.zip").values()).decode()
    assert told
    assert set() == found_in(told.encode()) & set(SECRET.values())


def test_a_password_pasted_as_the_name_of_a_variable_is_not_repeated(jobhub: Jobhub, house: Path) -> None:
    file = house / "deploy" / "jobcenters" / "testa.yaml"
    file.write_text(file.read_text("utf-8").replace("TESTA_DB", f"'{SECRET['mistaken']}'"), "utf-8")

    there, _ = bundled(jobhub, house)
    _, told = jobhub("doctor", "testa", "--timeout-secs", "1")

    assert set() == found_in(b"\n".join(there.values()) + told.encode())
    assert "url_env" in told


def test_no_option_of_any_verb_takes_a_secret() -> None:
    options = {name for command in ONES.values() for option in command.params for name in option.opts}

    assert len(options) > 30
    assert [] == [name for name in options if any(word in name for word in ("pass", "secret", "token", "credential"))]


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="no /proc")
def test_the_arguments_of_a_running_process_hold_no_secret(house: Path) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(4)
        address = f"127.0.0.1:{deaf.getsockname()[1]}"
        command = [sys.executable, "-m", "hub.cli.main", "doctor", "testa", "--bootstrap-servers", address]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
            deaf.settimeout(60)
            caller, _ = deaf.accept()  # it is at work now
            arguments = Path(f"/proc/{process.pid}/cmdline").read_bytes()
            caller.close()
            deaf.close()
            told, _ = process.communicate(timeout=60)

    assert b"doctor" in arguments
    assert set() == found_in(arguments + told) & set(SECRET.values())


# ------------------------------------------------------------------------------------------------------------ mutants


def test_mutant_without_the_list_of_variables_is_noticed(
    jobhub: Jobhub, house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(configuration, "_may_be_shown", lambda *_: True)

    there, _ = bundled(jobhub, house)

    assert SECRET["unknown"] in found_in(b"\n".join(there.values()))


def test_mutant_that_keeps_log_lines_is_noticed(jobhub: Jobhub, house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_lines, "reduced", lambda line: {"line": line})

    there, _ = bundled(jobhub, house)

    assert set(PERSONAL.values()) <= found_in(b"\n".join(there.values()))


def test_mutant_that_tells_names_of_files_is_noticed(
    jobhub: Jobhub, house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def whole(path: Path) -> list[dict[str, Any]]:
        state = State(path)
        try:
            return [{"file": one.file, **one.report} for one in state.deliveries.all()]
        finally:
            state.close()

    monkeypatch.setattr(state_summary, "deliveries_of", whole)

    there, _ = bundled(jobhub, house)

    assert PERSONAL["Datei"] in found_in(b"\n".join(there.values()))


# ------------------------------------------------------------------------------------------------------- the last net


def test_the_last_net_takes_out_a_secret_that_came_through() -> None:
    tricky = 'mit "Zeichen" \\ und ü'

    made = bundle.texts_of({"versions": {"x": f"a {tricky} b"}}, [tricky, "abc"])

    assert {"x": f"a {configuration.REMOVED} b"} == json.loads(made["versions.json"])


def test_passwords_of_variables_addresses_and_files_are_known(house: Path) -> None:
    found = known_secrets.known_secrets(KafkaAccess(), None)

    assert {SECRET["file"], SECRET["url"], SECRET["proxy"]} <= found


# --------------------------------------------------------------------------------------------------------- log lines


@pytest.mark.parametrize(
    "line, left",
    [
        (
            "2026-11-24T06:00:00Z ERROR E102 Frau Beispiel",
            {"timestamp": "2026-11-24T06:00:00Z", "level": "error", "codes": ["E102"], "length": 45},
        ),
        ('{"event": "Frau Beispiel", "level": "error"}', {"event": "<13 characters>", "level": "error"}),
        ('{"event": "Beispiel", "logger": "connectors.x"}', {"event": "<8 characters>", "logger": "connectors.x"}),
        (
            '{"event": "waiting", "seconds": 2.5, "what": "Beispiel", "code": "E401"}',
            {"event": "waiting", "seconds": 2.5, "code": "E401"},
        ),
        ('{"code": "E102 Beispiel", "error": "Beispiel", "state": "Beispiel", "jobcenter": "Frau Beispiel"}', {}),
        ('{"error": "KeyError", "count": "Beispiel"}', {"error": "KeyError"}),
        ("[1, 2]", {"length": 6}),
    ],
)  # fmt: skip
def test_what_is_left_of_a_line(line: str, left: dict[str, Any]) -> None:
    assert left == reduced(line)


def test_every_text_we_log_is_known() -> None:
    said: set[str] = set()
    for path in (ROOT / "connectors").rglob("*.py"):
        text = path.read_text("utf-8")
        said.update(re.findall(r"""\blog\.(?:debug|info|warning|error|exception|critical)\(\s*f?["']([^"']*)""", text))
        said.update(re.findall(r"""["']event["']: ["'](\w+)["'],\s*["']jobcenter""", text))

    assert {"security event", "delivery", "waiting"} <= said
    assert set() == said - log_lines.EVENTS
