#!/usr/bin/env bash
# Tours of real clients against bin/ownlake: test/clients/run.sh [NAME…], all of them without a name.
#
# A client is a folder beside this file. Its run.sh finds the lake in the environment (LAKE_BLOB, LAKE_DFS, LAKE_HTTPS, LAKE_CA,
# LAKE_ACCOUNT, LAKE_KEY), puts what it downloads into $CACHE, and ends with the line "N passed, N failed". It exits with
# 4 and says what is missing where it cannot run; that counts as a failure. OWNLAKE_BIN names another binary.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
here=$PWD/test/clients
export OWNLAKE_BIN="${OWNLAKE_BIN:-$PWD/bin/ownlake}"
export CLIENTS_CACHE="${CLIENTS_CACHE:-$PWD/.clients}"
[ -x "$OWNLAKE_BIN" ] || { echo "missing: $OWNLAKE_BIN. Build it with 'make build'." >&2; exit 4; }

if [ $# -eq 0 ]; then
  for script in "$here"/*/run.sh; do set -- "$@" "$(basename "$(dirname "$script")")"; done
fi
for name in "$@"; do
  [ -x "$here/$name/run.sh" ] || { echo "no client $name; there are: $(cd "$here" && echo */)" >&2; exit 2; }
done

work=$(mktemp -d)
server=
stop() {
  [ -z "$server" ] && return 0
  kill "$server" 2>/dev/null
  wait "$server"
  local code=$?
  server=
  return $code
}
trap 'stop; rm -rf "$work"' EXIT

# start runs a lake in a folder of its own and reads its addresses off the line that says it is ready.
start() { # folder
  mkdir -p "$1"
  mkfifo "$1/ready"
  "$OWNLAKE_BIN" lake --data "$1/data" --listen 127.0.0.1:0 --dfs-listen 127.0.0.1:0 --tls-listen 127.0.0.1:0 \
    >"$1/ready" 2>"$1/log" &
  server=$!
  local line urls
  read -r -t 60 line <"$1/ready" || { echo "the lake was never ready:"; tail -n 20 "$1/log"; return 1; }
  mapfile -t urls < <(grep -oE 'https?://[^ ,]+' <<<"$line")
  export LAKE_BLOB=${urls[0]} LAKE_DFS=${urls[1]} LAKE_HTTPS=${urls[2]} LAKE_CA=$1/ca.pem LAKE_ACCOUNT=devstoreaccount1
  export LAKE_KEY="Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
  "$OWNLAKE_BIN" ca --data "$1/data" >"$LAKE_CA"
}

clients=0 checks=0 failures=0 table=
for name in "$@"; do
  echo "== $name"
  begin=$SECONDS passed=0 failed=0 note=
  export CACHE=$CLIENTS_CACHE/$name
  mkdir -p "$CACHE"
  if start "$work/$name"; then
    "$here/$name/run.sh" 2>&1 | tee "$work/$name/out"
    code=${PIPESTATUS[0]}
    last=$(grep -oE '^[0-9]+ passed, [0-9]+ failed$' "$work/$name/out" | tail -n 1)
    if [ -n "$last" ]; then
      read -r passed _ failed _ <<<"$last"
    fi
    if [ "$code" -ne 0 ] && [ "$failed" -eq 0 ]; then
      failed=1 note="did not finish (exit $code): $(tail -n 1 "$work/$name/out")"
    elif [ "$passed" -eq 0 ] && [ "$failed" -eq 0 ]; then
      failed=1 note="ran no check"
    fi
  else
    failed=1 note="no lake"
  fi
  stop || { failed=$((failed + 1)); note="the lake did not end well: $(tail -n 1 "$work/$name/log")"; }
  table+=$(printf '%-12s %6d %6d %6d  %s' "$name" "$passed" "$failed" $((SECONDS - begin)) "$note")$'\n'
  clients=$((clients + 1)) checks=$((checks + passed + failed)) failures=$((failures + failed))
  rm -rf "$work/$name/data"
done

printf '\n%-12s %6s %6s %6s\n%s' client passed failed seconds "$table"
echo "$clients clients, $checks checks, $failures failed"
[ "$failures" -eq 0 ]
