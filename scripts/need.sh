#!/usr/bin/env bash
# Says which of the needed programs are missing or too old, and where to get them.
set -u
missing=0
need() { # program, why, hint
  if ! command -v "$1" >/dev/null 2>&1; then
    echo "missing: $1 ($2). $3" >&2
    missing=1
  fi
}
need "${GO:-go}" "builds everything" "Install Go 1.26 or newer from go.dev or your package manager."
need "${CC:-cc}" "the SQL engine is linked with cgo" "Install gcc or clang, with the C++ standard library."
need python3 "checks with Microsoft's Python SDKs" "Install Python 3.11 or newer with its venv module."
need npm "the pages, and checks with Microsoft's JavaScript SDK" "Install Node 20.19 or newer; where the SDK needs a newer one, a Node 22 from npm is used (Linux on x64)."
if command -v "${GO:-go}" >/dev/null 2>&1; then
  have=$("${GO:-go}" env GOVERSION | sed 's/^go//')
  if [ "$(printf '%s\n1.26\n' "$have" | sort -V | head -n1)" != 1.26 ]; then
    echo "too old: go $have. ownlake needs Go 1.26 or newer." >&2
    missing=1
  fi
fi
exit $missing
