#!/usr/bin/env bash
# Microsoft's azdatalake and azblob for Go, at the versions of go.mod.
set -euo pipefail
cd "$(dirname "$0")"
"${GO:-go}" build -o "$CACHE/tour" .
exec "$CACHE/tour"
