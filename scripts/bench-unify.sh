#!/usr/bin/env bash
# Times ownlake unify beside Splink, which pip installs in a folder of its own, and prints ratios.
#
#   OWNLAKE_BENCH_CUSTOMERS  how many people the records are of; each has about three
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
venv=.venv/bench

if ! command -v "$python" >/dev/null; then
  echo "no Python: unification is not compared with Splink"
  exit
fi
if ! "$venv/bin/python" -c 'import splink, duckdb' 2>/dev/null; then
  { "$python" -m venv "$venv" && "$venv/bin/pip" install --quiet --disable-pip-version-check -r test/bench/unify_requirements.txt; } || {
    echo "pip cannot fetch Splink: unification is not compared with it"
    exit
  }
fi
bin=$(mktemp -d)
trap 'rm -rf "$bin"' EXIT
"${GO:-go}" build -o "$bin/ownlake" ./cmd/ownlake
"$venv/bin/python" test/bench/unify_bench.py --ownlake "$bin/ownlake" --python "$venv/bin/python" --customers "${OWNLAKE_BENCH_CUSTOMERS:-100000}"
