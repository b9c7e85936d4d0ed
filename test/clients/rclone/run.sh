#!/usr/bin/env bash
# rclone at the version of go.mod, with its azureblob storage on the lake's path-style blob address.
set -uo pipefail
cd "$(dirname "$0")" || exit 1
"${GO:-go}" build -o "$CACHE/rclone" . || { echo "missing: the modules of test/clients/rclone/go.mod; Go could not fetch them"; exit 4; }

for program in curl openssl; do
  command -v "$program" >/dev/null || { echo "missing: $program, for leases and signatures in the tour of rclone"; exit 4; }
done
# shellcheck source=../shell.sh
. ../shell.sh

export RCLONE_CONFIG=$work/rclone.conf RCLONE_RETRIES=1 RCLONE_LOW_LEVEL_RETRIES=1
export RCLONE_CONFIG_LAKE_TYPE=azureblob RCLONE_CONFIG_LAKE_ENDPOINT=$LAKE_BLOB
export RCLONE_CONFIG_LAKE_ACCOUNT=$LAKE_ACCOUNT RCLONE_CONFIG_LAKE_KEY=$LAKE_KEY
touch "$RCLONE_CONFIG"
root=lake:rclone
rclone() { "$CACHE/rclone" "$@"; }

# shared is the container by a SAS URL, as a remote in one word
shared() { echo ":azureblob,sas_url=\"$LAKE_BLOB/rclone?$(sas "$1")\":rclone"; }
# prints: the command's output is these lines, in any order
prints() {
  local want=$1
  shift
  rclone "$@" >"$work/seen" && diff <(sort <<<"$want") <(sort "$work/seen")
}
# missing: rclone looked and found nothing there (3: directory not found, 4: file not found)
missing() {
  rclone lsf "$1"
  local code=$?
  [ "$code" -eq 3 ] || [ "$code" -eq 4 ]
}
# refused: rclone ended with the service's error code
refused() {
  local code=$1
  shift
  ! rclone "$@" && grep -q "$code" "$work/err"
}
many=$(printf 'f%d\n' $(seq 1 25))

mkdir -p "$work/up/many" "$work/up/deep/er"
head -c $((200 << 20)) /dev/urandom >"$work/up/large.bin"
for i in $(seq 1 25); do echo "$i" >"$work/up/many/f$i"; done
echo hello >"$work/up/deep/er/a b ü%.txt"

check "mkdir makes the container" rclone mkdir "$root"
check "copy of a folder with 200 MiB in parallel blocks" rclone copy --azureblob-upload-concurrency 4 "$work/up" "$root/in"
check "check --download finds every byte the same" rclone check --download "$work/up" "$root/in"
check "check by MD5 finds all the same" rclone check "$work/up" "$root/in"
check "lsf lists files and directories" prints $'deep/\nlarge.bin\nmany/' lsf "$root/in"
check "lsf of a large directory by pages" prints "$many" lsf --azureblob-list-chunk 10 "$root/in/many"
check "lsf -R lists all below" prints "$(printf 'many/%s\n' $many; printf '%s\n' deep/ deep/er/ 'deep/er/a b ü%.txt' large.bin many/)" lsf -R "$root/in"
check "copy down of 200 MiB" rclone copyto "$root/in/large.bin" "$work/back.bin"
check "what came back is what was sent" cmp "$work/up/large.bin" "$work/back.bin"
check "copyto of a file within the lake" rclone copyto "$root/in/many/f7" "$root/in/copied"
check "cat reads the copy" prints 7 cat "$root/in/copied"
check "copyto of 200 MiB within the lake" rclone copyto "$root/in/large.bin" "$root/in/large-copied.bin"
check "copyto in blocks within the lake" rclone copyto --azureblob-copy-cutoff 16M "$root/in/large.bin" "$root/in/blocks.bin"
check "both copies are whole" bash -c 'for f in large-copied blocks; do cmp <("$0/rclone" cat "$1/in/$f.bin") "$2" || exit 1; done' \
  "$CACHE" "$root" "$work/up/large.bin"
check "moveto of a file within the lake" rclone moveto "$root/in/copied" "$root/in/moved"
check "the old name is gone" missing "$root/in/copied"
check "moveto of a directory within the lake" rclone moveto "$root/in/many" "$root/out"
check "all of it is below the new name" prints "$many" lsf "$root/out"
rm "$work/up/many/f3"
echo changed >"$work/up/many/f4"
check "sync makes the lake like the folder" rclone sync "$work/up/many" "$root/out"
check "sync took away and changed" rclone check --download "$work/up/many" "$root/out"
check "somebody takes a lease" lease acquire rclone/in/moved
check "deletefile leaves what is leased" refused LeaseIdMissing deletefile "$root/in/moved"
check "the lease is given back" lease release rclone/in/moved
check "by a SAS that may read and list, lsf" prints "$(grep -vx f3 <<<"$many")" lsf "$(shared rl)/out"
check "by a SAS that may read and list, cat" prints 7 cat "$(shared rl)/out/f7"
check "by a SAS that may read and list, copyto is refused" refused AuthorizationPermissionMismatch copyto "$work/up/many/f7" "$(shared rl)/new"
check "by a SAS that may do all, copy in parallel blocks" rclone copy --azureblob-upload-concurrency 4 "$work/up/large.bin" "$(shared rwdlacup)/shared"
check "by a SAS that may do all, delete" rclone delete "$(shared rwdlacup)/shared"
check "deletefile" rclone deletefile "$root/in/moved"
check "delete of the files below" rclone delete "$root/out"
check "purge of a directory" rclone purge "$root/in"
check "nothing is left of it" missing "$root/in/large.bin"
check "purge of the container" rclone purge "$root"
check "the container is gone" missing "$root"
finish
