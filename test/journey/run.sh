#!/usr/bin/env bash
# The whole journey in a browser, from the first start of the server to unified customers; the last line is
# "N steps, 0 failed". With the argument "screenshots" it makes pictures of every page instead. OWNLAKE_BIN names another
# binary, OWNLAKE_CHROMIUM another browser.
set -euo pipefail
cd "$(dirname "$0")/../.."
export OWNLAKE_BIN="${OWNLAKE_BIN:-$PWD/bin/ownlake}"
[ -x "$OWNLAKE_BIN" ] || { echo "missing: $OWNLAKE_BIN. Build it with 'make build'." >&2; exit 4; }
browser="${OWNLAKE_CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}"
if [ -z "$browser" ] && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  { apt-get update && apt-get install -y --no-install-recommends chromium; } >/dev/null
  browser=$(command -v chromium)
fi
[ -n "$browser" ] || { echo "missing: chromium. Install it, or name a browser by OWNLAKE_CHROMIUM." >&2; exit 4; }
export OWNLAKE_CHROMIUM="$browser"
cd test/journey
lock=node_modules/.package-lock.json
if [ ! -e "$lock" ] || [ package-lock.json -nt "$lock" ]; then
  npm ci --no-audit --no-fund --loglevel=error
  touch "$lock"
fi
exec node "${1:-journey}.mjs"
