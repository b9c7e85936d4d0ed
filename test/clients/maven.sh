# Sourced by the run.sh of a client on the JVM, in its own folder: checks for the programs that its arguments name, and fetches what its
# pom.xml names into $jars with Maven.
for program in "$@" mvn; do
  command -v "$program" >/dev/null ||
    { echo "missing: $program. Clients on the JVM need a JDK 17, and are fetched with Maven."; exit 4; }
done
jars=$CACHE/jars
stamp=$(sha256sum pom.xml)
if [ "$(cat "$CACHE/installed" 2>/dev/null)" != "$stamp" ]; then
  rm -rf "$jars"
  mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
    -DoutputDirectory="$jars" -DincludeScope=runtime ||
    { echo "missing: the artifacts of test/clients/$(basename "$PWD")/pom.xml; Maven could not fetch them"; exit 4; }
  echo "$stamp" >"$CACHE/installed"
fi
