#!/usr/bin/env bash
# Microsoft's azure-storage-file-datalake for Java.
set -euo pipefail
cd "$(dirname "$0")"
for program in java javac mvn; do
  command -v "$program" >/dev/null || { echo "missing: $program. The Java client needs a JDK 17 and is fetched with Maven."; exit 4; }
done
jars=$CACHE/jars
stamp=$(sha256sum pom.xml)
if [ "$(cat "$CACHE/installed" 2>/dev/null)" != "$stamp" ]; then
  rm -rf "$jars"
  mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
    -DoutputDirectory="$jars" -DincludeScope=runtime ||
    { echo "missing: the artifacts of test/clients/java/pom.xml; Maven could not fetch them"; exit 4; }
  echo "$stamp" >"$CACHE/installed"
fi
javac -d "$CACHE/classes" -cp "$jars/*" Tour.java
exec java -cp "$CACHE/classes:$jars/*" Tour
