#!/usr/bin/env bash
# Runs the checks with real clients against bin/ownlake. Arguments go to pytest.
#
# The clients live in .venv, made once and again when requirements.txt changes. OWNLAKE_BIN names another binary.
set -euo pipefail
cd "$(dirname "$0")/../.."

requirements=test/python/requirements.txt
venv=.venv
export OWNLAKE_BIN="${OWNLAKE_BIN:-$PWD/bin/ownlake}"

die() { echo "$1" >&2; exit 4; }

command -v python3 >/dev/null ||
  die "missing: python3. The checks with Microsoft's SDKs need Python 3.11 or newer."
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
  die "too old: $(python3 --version). The checks with Microsoft's SDKs need Python 3.11 or newer."
python3 -c 'import venv, ensurepip' 2>/dev/null ||
  die "missing: Python's venv module. Install it (Debian, Ubuntu: apt-get install python3-venv)."
[ -x "$OWNLAKE_BIN" ] || die "missing: $OWNLAKE_BIN. Build it with 'make build'."

# The stamp is written last, so that an interrupted installation starts over.
want=$(python3 -c 'import hashlib, sys
print(sys.version_info[:3], hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest())' "$requirements")
if [ "$(cat "$venv/installed" 2>/dev/null)" != "$want" ]; then
  echo "installing the clients of $requirements into $venv" >&2
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes --requirement "$requirements" ||
    die "the clients could not be installed: see above; pip needs a package index that has $requirements"
  echo "$want" >"$venv/installed"
fi

cd test/python
exec ../../.venv/bin/python -m pytest "$@"
