#!/usr/bin/env bash
# Hadoop's ABFS: the commands of `hadoop fs` through abfs:// to the lake's path-style address, without TLS.
set -uo pipefail
cd "$(dirname "$0")" || exit 1
for program in java mvn; do
  command -v "$program" >/dev/null || { echo "missing: $program. Hadoop needs Java 17 and is fetched with Maven."; exit 4; }
done
jars=$CACHE/jars
stamp=$(sha256sum pom.xml)
if [ "$(cat "$CACHE/installed" 2>/dev/null)" != "$stamp" ]; then
  rm -rf "$jars"
  mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
    -DoutputDirectory="$jars" -DincludeScope=runtime ||
    { echo "missing: the artifacts of test/clients/hadoop/pom.xml; Maven could not fetch them"; exit 4; }
  echo "$stamp" >"$CACHE/installed"
fi

host=$LAKE_ACCOUNT.dfs.core.windows.net
endpoint=${LAKE_DFS#http://}
endpoint=${endpoint%%/*}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/core-site.xml" <<XML
<configuration>
  <property><name>fs.azure.abfs.endpoint</name><value>$endpoint</value></property>
  <property><name>fs.azure.always.use.https</name><value>false</value></property>
  <property><name>fs.azure.networking.library</name><value>JDK_HTTP_URL_CONNECTION</value></property>
  <property><name>fs.azure.createRemoteFileSystemDuringInitialization</name><value>true</value></property>
  <property><name>fs.azure.account.auth.type.$host</name><value>SharedKey</value></property>
  <property><name>fs.azure.account.key.$host</name><value>$LAKE_KEY</value></property>
</configuration>
XML
root=abfs://hadoop@$host
fs() {
  java -Xshare:auto -XX:TieredStopAtLevel=1 -cp "$work:$jars/*" org.apache.hadoop.fs.FsShell "$@" 2>"$work/err"
}

passed=0 failed=0
check() { # name, command…: the command must succeed
  local name=$1 begin=$SECONDS
  shift
  if "$@" >"$work/out"; then
    passed=$((passed + 1))
    echo "ok   $name ($((SECONDS - begin)) s)"
  else
    failed=$((failed + 1))
    echo "FAIL $name"
    tail -q -n 3 "$work/out" "$work/err"
  fi
}
# holds: the command's output has a line that matches the pattern
holds() {
  local pattern=$1
  shift
  fs "$@" >"$work/seen" && grep -qE -- "$pattern" "$work/seen" && return
  cat "$work/seen"
  return 1
}
# refuses: the command says no, and did not just break
refuses() { ! fs "$@" && ! grep -qE 'NoClassDefFound|Exception in thread|Connection refused' "$work/err"; }
same() { cmp "$1" "$2"; }

user=11111111-2222-3333-4444-555555555555
head -c $((200 << 20)) /dev/urandom >"$work/large.bin"
mkdir "$work/many"
for i in $(seq 1 25); do echo "$i" >"$work/many/f$i"; done
echo hello >"$work/a b.txt"

check "-mkdir makes the filesystem and directories" fs -mkdir -p "$root/in/deep"
check "-put of 200 MiB" fs -put "$work/large.bin" "$root/in/large.bin"
check "-get of 200 MiB" fs -get "$root/in/large.bin" "$work/back.bin"
check "what came back is what was sent" same "$work/large.bin" "$work/back.bin"
check "-put of a folder, in parallel" fs -put -t 4 "$work/many" "$root/in/"
check "-ls -R lists all" holds 'f25$' -ls -R "$root/in"
check "-count counts all" holds ' 3 +26 +[0-9]+ ' -count "$root/in"
check "-du adds up" holds '^209715[0-9]{3} .*in/large.bin' -du "$root/in"
check "-put of a name with a space" fs -put "$work/a b.txt" "$root/in/a b.txt"
check "-cat reads it" holds '^hello$' -cat "$root/in/a b.txt"
check "-appendToFile" fs -appendToFile "$work/many/f7" "$root/in/a b.txt"
check "-tail reads the end" holds '^7$' -tail "$root/in/a b.txt"
check "-stat" holds '^8 regular file' -stat '%b %F' "$root/in/a b.txt"
check "-mv of a file" fs -mv "$root/in/a b.txt" "$root/in/c.txt"
check "-mv of a directory" fs -mv "$root/in" "$root/out"
check "-test -e finds it below its new name" fs -test -e "$root/out/deep"
check "-test -e does not find the old name" refuses -test -e "$root/in"
check "-cp within the account" fs -cp "$root/out/c.txt" "$root/out/deep/d.txt"
check "-setfacl -m" fs -setfacl -m "user:$user:r-x" "$root/out"
check "-getfacl has it" holds "^user:$user:r-x" -getfacl "$root/out"
check "-setfacl of a default" fs -setfacl -m "default:user:$user:rwx" "$root/out"
check "-mkdir inherits the default" fs -mkdir "$root/out/child"
check "-getfacl of the child" holds "^default:user:$user:rwx" -getfacl "$root/out/child"
check "-setfacl -b clears" fs -setfacl -b "$root/out"
check "-chmod" fs -chmod 750 "$root/out/c.txt"
check "-ls shows the mode" holds '^-rwxr-x---' -ls "$root/out/c.txt"
check "-chown" fs -chown "$user" "$root/out/c.txt"
check "-touchz" fs -touchz "$root/out/empty"
check "-truncate is not for ABFS" refuses -truncate -w 1 "$root/out/c.txt"
check "-rm" fs -rm -skipTrash "$root/out/c.txt"
check "-rmdir refuses a full directory" refuses -rmdir "$root/out"
check "-rm -r" fs -rm -r -skipTrash "$root/out"
check "nothing is left" refuses -test -e "$root/out"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
