# The two commands to know: `make demo` and `make test`. CI runs `make check` and `make test`, nothing else.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:

PYTHON ?= python3
DEMO_ONCE ?=
DEMO_ARGS ?=
HISTORIES ?=
JOBS ?= 2
ONLY ?=
SEED ?=
UPGRADE ?=
PYTEST_ARGS ?=
# Processes for the tests: one for each core, at most four; 0 is one after another, without any further process.
TEST_JOBS ?= $(shell n=$$(nproc 2>/dev/null || echo 1); [ $$n -le 4 ] || n=4; [ $$n -gt 1 ] || n=0; echo $$n)

# On processors without a Faust wheel pip builds it; without Cython that needs no compiler.
export NO_CYTHON ?= 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# Paths stay relative, so that a folder name with spaces is no problem.
BIN := .venv/bin

# A moved folder leaves scripts that point to the old one; an upgraded python3 leaves a .venv without pip.
# Both are noticed here, and the environment is made anew.
USABLE = [ "$$(cat .venv/.path 2>/dev/null)" = "$$(pwd -P)" ] && $(BIN)/python -c 'import pip' 2>/dev/null
$(shell [ ! -e .venv/.installed ] || { $(USABLE); } || rm -f .venv/.installed)

define make_venv
{ $(USABLE); } || { \
  "$(PYTHON)" -c 'pass' 2>/dev/null || { echo "make: '$(PYTHON)' was not found or does not run. Install Python 3.11 or newer, or name it: make PYTHON=/path/to/python3" >&2; exit 1; }; \
  "$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "make: $$("$(PYTHON)" --version 2>&1) is too old; 3.11 or newer is needed. Name another one: make PYTHON=python3.12" >&2; exit 1; }; \
  "$(PYTHON)" -c 'import venv, ensurepip' 2>/dev/null || { echo "make: $$("$(PYTHON)" --version 2>&1) has no venv module. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }; \
  rm -rf .venv; "$(PYTHON)" -m venv .venv; pwd -P > .venv/.path; \
}
endef

.PHONY: help setup demo test hunt check format lock browser bundle simulate chaos chaos-short bench golden wheel clean

help:  ## this list
	@echo "make TARGET, the targets:"
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  \1|\2/p' Makefile | while IFS='|' read -r t d; do printf '  %-14s%s\n' $$t "$$d"; done

setup: .venv/.installed  ## install everything into .venv (again only after a requirement file or pyproject.toml changed)
	@:

.venv/.installed: requirements/dev.txt pyproject.toml
	@$(make_venv)
	@echo "Installing packages (about 250 MB, first time a few minutes) ..." >&2
	@$(BIN)/python -m pip install --quiet --no-input --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --no-input --no-deps --no-build-isolation -e .
	@touch $@

# bash reads its traps only while it waits in `wait`, so the command runs beside it: Ctrl-C (to all of us) and a
# SIGTERM (to make alone) both reach jobhub, and an end by Ctrl-C is no error.
demo: setup  ## five Jobcenters, real Kafka, real PostgreSQL, the board (DEMO_ONCE=1: one round; DEMO_ARGS="...": passed on)
	@trap : INT; \
	( trap - INT; exec $(BIN)/jobhub demo $(if $(filter-out 0 no false,$(DEMO_ONCE)),--once) $(DEMO_ARGS) ) <&0 & pid=$$!; \
	trap 'kill -TERM $$pid 2>/dev/null || :' TERM; \
	rc=0; while :; do rc=0; wait $$pid || rc=$$?; kill -0 $$pid 2>/dev/null || break; done; \
	[ $$rc -eq 130 ] || exit $$rc

test: setup  ## all tests but chaos and bench (TEST_JOBS=4: processes; PYTEST_ARGS="...": passed on)
	@$(BIN)/pytest -n $(TEST_JOBS) $(PYTEST_ARGS)

hunt: setup  ## look for new counterexamples: property tests alone, other examples each time and 20 times as many (SEED=7)
	@$(BIN)/pytest -n $(TEST_JOBS) -m hypothesis --hypothesis-profile=hunt -o faulthandler_timeout=0 $(if $(SEED),--hypothesis-seed=$(SEED)) $(PYTEST_ARGS)

check: setup  ## format, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: setup  ## format the code and fix what ruff can fix
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

browser: setup  ## all pages in the system's chromium, in all modes and languages; the day is noted for the statement
	@$(BIN)/pytest -m browser tests/browser $(PYTEST_ARGS)
	@$(if $(PYTEST_ARGS),:,$(BIN)/python -m tests.browser.note_check)

simulate: setup  ## thousands of small histories of crashes and disorder, drawn from one seed (SEED=7 HISTORIES=5000)
	@$(BIN)/python -m tests.simulation $(if $(SEED),--seed $(SEED)) $(if $(HISTORIES),--histories $(HISTORIES))

chaos: setup  ## kill everything, again and again, and count what is lost: nothing (ONLY="F06 no-fence": some of it, SEED=7, JOBS=1)
	@$(BIN)/python -m tests.chaos --jobs $(JOBS) $(if $(ONLY),--only $(ONLY)) $(if $(SEED),--seed $(SEED))

chaos-short: setup  ## the same in a few minutes
	@$(BIN)/python -m tests.chaos --jobs $(JOBS) --short $(if $(SEED),--seed $(SEED))

bench: setup  ## measure speed; build/bench.json keeps it (ONLY="W2 W5": some of it)
	@$(BIN)/python -m tests.bench $(if $(ONLY),--only $(ONLY))

# --universal: one file for Linux and Windows, Python 3.11 and later. The files hold hashes and no host names.
LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
  --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)

lock:  ## write requirements/*.txt anew from pyproject.toml (UPGRADE=1: with the newest versions)
	@$(make_venv)
	@$(BIN)/python -m pip install --quiet --no-input uv
	$(LOCK) pyproject.toml --extra connector --extra keyring --extra fast --extra hub --extra embedded --extra dev -o requirements/dev.txt
	$(LOCK) pyproject.toml --extra connector --extra keyring --constraints requirements/dev.txt -o requirements/connector.txt
	$(LOCK) pyproject.toml --extra connector --extra keyring --extra fast --constraints requirements/dev.txt -o requirements/connector-fast.txt
	$(LOCK) pyproject.toml --extra hub --extra embedded --constraints requirements/dev.txt -o requirements/hub.txt

bundle: wheel  ## build/jobhub-connector-*.zip: everything a Jobcenter needs, to install without internet
	@$(BIN)/python deploy/offline/bundle.py

golden: setup  ## write what `jobhub check` says of broken files anew, and show what changes
	@$(BIN)/python -m tests.golden || :  # 1 says that something changed

wheel: setup  ## build dist/muensterland_jobhub-*.whl
	@rm -rf dist
	@$(BIN)/python -m hatchling build -t wheel -d dist

clean:  ## remove .venv, dist and caches; never your data (JOBHUB_DATA)
	@rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -path ./.git -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +
