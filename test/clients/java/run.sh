#!/usr/bin/env bash
# Microsoft's azure-storage-file-datalake for Java.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=../maven.sh
. ../maven.sh java javac
javac -d "$CACHE/classes" -cp "$jars/*" Tour.java
exec java -cp "$CACHE/classes:$jars/*" Tour
