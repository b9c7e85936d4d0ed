#!/usr/bin/env bash
# Hadoop's ABFS: the commands of `hadoop fs` through abfs:// and abfss:// to the lake's path-style addresses.
set -uo pipefail
cd "$(dirname "$0")" || exit 1
# shellcheck source=../maven.sh
. ../maven.sh java keytool timeout curl openssl
# shellcheck source=../shell.sh
. ../shell.sh

host=$LAKE_ACCOUNT.dfs.core.windows.net

# settings writes a folder for the class path: how ABFS finds the account at an address of the lake, and signs with its key or a SAS.
settings() { # folder, URL, SAS or nothing
  local authority=${2#*://} secret=
  mkdir "$1"
  if [ -z "$3" ]; then
    secret="<property><name>fs.azure.account.auth.type.$host</name><value>SharedKey</value></property>
  <property><name>fs.azure.account.key.$host</name><value>$LAKE_KEY</value></property>"
  else
    secret="<property><name>fs.azure.account.auth.type.$host</name><value>SAS</value></property>
  <property><name>fs.azure.sas.fixed.token.$host</name><value>${3//&/&amp;}</value></property>"
  fi
  cat >"$1/core-site.xml" <<XML
<configuration>
  <property><name>fs.azure.abfs.endpoint</name><value>${authority%%/*}</value></property>
  <property><name>fs.azure.always.use.https</name><value>false</value></property>
  <property><name>fs.azure.networking.library</name><value>JDK_HTTP_URL_CONNECTION</value></property>
  <property><name>fs.azure.ssl.channel.mode</name><value>Default_JSSE</value></property>
  <property><name>fs.azure.createRemoteFileSystemDuringInitialization</name><value>true</value></property>
  <property><name>fs.azure.list.max.results</name><value>10</value></property>
  <property><name>fs.azure.lease.threads</name><value>1</value></property>
  <property><name>fs.azure.infinite-lease.directories</name><value>/single</value></property>
  <!-- without these a server that cannot be reached is asked thirty times, for a quarter of an hour -->
  <property><name>fs.azure.io.retry.max.retries</name><value>1</value></property>
  <property><name>fs.azure.io.retry.backoff.interval</name><value>200</value></property>
  $secret
</configuration>
XML
}

# The JVM trusts no authority but those it came with: without the lake's own, ABFS gives up on the handshake only after its retries,
# and then says "Invalid configuration value detected for fs.azure.account.hns.enabled".
keytool -importcert -noprompt -alias lake -file "$LAKE_CA" -keystore "$work/trust.p12" -storetype PKCS12 -storepass changeit 2>/dev/null ||
  { echo "keytool could not import the lake's certificate"; exit 4; }

conf= seconds=120
hadoop() { # java's options, --, a command of hadoop fs
  local options=()
  while [ "$1" != -- ]; do options+=("$1"); shift; done
  timeout "$seconds" java "${options[@]}" -Djavax.net.ssl.trustStore="$work/trust.p12" -Djavax.net.ssl.trustStorePassword=changeit \
    -cp "$conf:$jars/*" org.apache.hadoop.fs.FsShell "${@:2}" 2>"$work/err"
}
# The quick compiler is right for a command of a second, and cannot encrypt 200 MiB in less than seven.
fs() { hadoop -XX:TieredStopAtLevel=1 -- "$@"; }
large() { hadoop -- "$@"; }
# holds: the command's output has a line that matches the pattern
holds() {
  local pattern=$1
  shift
  fs "$@" >"$work/seen" && grep -qE -- "$pattern" "$work/seen" && return
  cat "$work/seen"
  return 1
}
# prints: the command's output is these lines
prints() {
  local want=$1
  shift
  fs "$@" >"$work/seen" && diff - "$work/seen" <<<"$want"
}
# counts: the command's output has so many lines that match the pattern
counts() {
  local want=$1 pattern=$2
  shift 2
  fs "$@" >"$work/seen" && [ "$(grep -cE -- "$pattern" "$work/seen")" -eq "$want" ] && return
  cat "$work/seen"
  return 1
}
# refuses: the command says no with a line that matches the pattern, and did not just break
refuses() {
  local pattern=$1 code
  shift
  fs "$@"
  code=$?
  [ $code -ne 0 ] && [ $code -ne 124 ] && ! grep -q 'Exception in thread' "$work/err" && grep -qE -- "$pattern" "$work/err"
}
# waits: ABFS asks for the lease again and again, for longer than a check can wait
waits() {
  local seconds=6
  fs "$@"
  [ $? -eq 124 ]
}
absent() {
  fs -test -e "$1"
  [ $? -eq 1 ] && ! grep -qE 'Exception|Error' "$work/err"
}

user=11111111-2222-3333-4444-555555555555
head -c $((200 << 20)) /dev/urandom >"$work/large.bin"
mkdir "$work/many"
for i in $(seq 1 25); do echo "$i" >"$work/many/f$i"; done
echo hello >"$work/a b.txt"

# tour runs every command below a filesystem, with the settings of $conf.
tour() { # scheme, filesystem
  local root=$1://$2@$host by=$1
  rm -f "$work/back.bin"
  check "$by -mkdir makes the filesystem and directories" fs -mkdir -p "$root/in/deep"
  check "$by -put of 200 MiB" large -put "$work/large.bin" "$root/in/large.bin"
  check "$by -get of 200 MiB" large -get "$root/in/large.bin" "$work/back.bin"
  check "$by what came back is what was sent" cmp "$work/large.bin" "$work/back.bin"
  check "$by -put of a folder, in parallel" fs -put -t 4 "$work/many" "$root/in/"
  check "$by -ls lists all, by pages of 10" counts 25 '/f[0-9]+$' -ls "$root/in/many"
  check "$by -ls -R lists all below" counts 28 "$root/in/" -ls -R "$root/in"
  check "$by -count counts all" holds ' 3 +26 +[0-9]+ ' -count "$root/in"
  check "$by -du adds up" holds '^209715[0-9]{3} .*in/large.bin' -du "$root/in"
  check "$by -put of a name with a space" fs -put "$work/a b.txt" "$root/in/a b.txt"
  check "$by -cat reads it" holds '^hello$' -cat "$root/in/a b.txt"
  check "$by -appendToFile" fs -appendToFile "$work/many/f7" "$root/in/a b.txt"
  check "$by -tail reads the end" holds '^7$' -tail "$root/in/a b.txt"
  check "$by -stat" holds '^8 regular file' -stat '%b %F' "$root/in/a b.txt"
  check "$by -mv of a file" fs -mv "$root/in/a b.txt" "$root/in/c.txt"
  check "$by -mv of a directory" fs -mv "$root/in" "$root/out"
  check "$by -test -e finds it below its new name" fs -test -e "$root/out/deep"
  check "$by -test -e does not find the old name" absent "$root/in"
  check "$by -cp within the account" fs -cp "$root/out/c.txt" "$root/out/deep/d.txt"
  check "$by -setfacl -m" fs -setfacl -m "user:$user:r-x" "$root/out"
  check "$by -getfacl has it" holds "^user:$user:r-x" -getfacl "$root/out"
  check "$by -setfacl of a default" fs -setfacl -m "default:user:$user:rwx" "$root/out"
  check "$by -mkdir inherits the default" fs -mkdir "$root/out/child"
  check "$by -getfacl of the child" holds "^default:user:$user:rwx" -getfacl "$root/out/child"
  check "$by -setfacl -b clears" fs -setfacl -b "$root/out"
  check "$by -chmod" fs -chmod 750 "$root/out/c.txt"
  check "$by -ls shows the mode" holds '^-rwxr-x---' -ls "$root/out/c.txt"
  check "$by -chown" fs -chown "$user" "$root/out/c.txt"
  check "$by -touchz" fs -touchz "$root/out/empty"
  check "$by -truncate is not for ABFS" refuses 'truncate' -truncate -w 1 "$root/out/c.txt"

  check "$by -mkdir of a directory whose files have one writer" fs -mkdir "$root/single"
  check "$by -put with a lease of its own" fs -put "$work/many/f7" "$root/single/f"
  check "$by somebody takes a lease" lease acquire "$2/single/f"
  check "$by -appendToFile waits for the lease" waits -appendToFile "$work/many/f8" "$root/single/f"
  check "$by -rm leaves what is leased" refuses 'lease' -rm -skipTrash "$root/single/f"
  check "$by the lease is given back" lease release "$2/single/f"
  check "$by -appendToFile gets the lease" fs -appendToFile "$work/many/f8" "$root/single/f"
  check "$by -cat reads what both have written" prints $'7\n8' -cat "$root/single/f"

  check "$by -rm" fs -rm -skipTrash "$root/out/c.txt"
  check "$by -rmdir refuses a full directory" refuses 'not empty' -rmdir "$root/out"
  check "$by -rm -r" fs -rm -r -skipTrash "$root/out"
  check "$by nothing is left" absent "$root/out"
}

# shared reads and writes with signatures instead of the key.
shared() { # scheme, filesystem, URL
  local root=$1://$2@$host by="$1, SAS:"
  settings "$work/$1-all" "$3" "$(sas rwdlacup)"
  settings "$work/$1-read" "$3" "$(sas rl)"
  conf=$work/$1-all
  check "$by -put" fs -put "$work/many" "$root/shared"
  conf=$work/$1-read
  check "$by -ls of one that may read and list" counts 25 '/f[0-9]+$' -ls "$root/shared"
  check "$by -cat of one that may read and list" holds '^7$' -cat "$root/shared/f7"
  check "$by -put of one that may read and list" refuses AuthorizationPermissionMismatch -put "$work/a b.txt" "$root/shared/new"
  conf=$work/$1-all
  check "$by -mv" fs -mv "$root/shared" "$root/moved"
  check "$by -rm -r" fs -rm -r -skipTrash "$root/moved"
}

settings "$work/abfs" "$LAKE_DFS" ''
settings "$work/abfss" "$LAKE_HTTPS" ''
conf=$work/abfs
tour abfs hadoop
shared abfs hadoop "$LAKE_DFS"
conf=$work/abfss
tour abfss hadoop-tls
shared abfss hadoop-tls "$LAKE_HTTPS"
finish
