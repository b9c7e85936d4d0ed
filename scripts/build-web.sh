#!/usr/bin/env bash
# Builds the pages into web/dist, if anything that they are made of changed since they were built last.
set -euo pipefail
cd "$(dirname "$0")/../web"
lock=node_modules/.package-lock.json
if [ ! -e "$lock" ] || [ package-lock.json -nt "$lock" ]; then
  npm ci --no-audit --no-fund --loglevel=error
  touch "$lock"
fi
made=dist/index.html
if [ ! -e "$made" ] || [ -n "$(find src public scripts index.html package-lock.json vite.config.ts tsconfig.json \
  ../api/testdata/openapi.golden.json -type f ! -name schema.d.ts -newer "$made" -print -quit)" ]; then
  npm run --silent build
fi
