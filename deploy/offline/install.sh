#!/bin/sh
# Installs the connector without internet. Usage: sh install.sh [folder], by default /opt/jobhub.
# PYTHON=/path/to/python3 names another Python (3.11 or newer).
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
folder=${1:-/opt/jobhub}
python=${PYTHON:-python3}

cd "$here"
if ! sha256sum --check --strict --quiet SHA256SUMS; then
  echo "FEHLER  Eine Datei ist beschaedigt oder veraendert; es wurde nichts installiert. / A file was changed; nothing was installed." >&2
  exit 3
fi
if ! "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))'; then
  echo "FEHLER  Noetig ist Python 3.11 oder neuer mit venv. / Python 3.11 or newer with venv is needed." >&2
  exit 3
fi
"$python" -m venv "$folder"
"$folder/bin/python" -m pip install --quiet --no-input --disable-pip-version-check --no-index --find-links wheels \
  --only-binary=:all: --require-hashes --requirement requirements.txt
"$folder/bin/python" -m pip install --quiet --no-input --disable-pip-version-check --no-index --no-deps --force-reinstall \
  muensterland_jobhub-*.whl
echo "Installiert / installed: $folder/bin/jobhub"
echo "Weiter / next: $folder/bin/jobhub doctor <id>"
