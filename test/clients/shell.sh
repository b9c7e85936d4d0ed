# Sourced by the run.sh of a client that is driven from the shell: a folder to work in, checks that are counted, and signatures.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

passed=0 failed=0
check() { # name, command…: the command must succeed
  local name=$1 begin=$SECONDS
  shift
  : >"$work/err"
  if "$@" >"$work/out" 2>>"$work/err"; then
    passed=$((passed + 1))
    echo "ok   $name ($((SECONDS - begin)) s)"
  else
    failed=$((failed + 1))
    echo "FAIL $name"
    tail -q -n 5 "$work/out" "$work/err"
  fi
}

# finish says what was counted, in the words that test/clients/run.sh looks for.
finish() {
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ]
}

# sas signs an account SAS that is good for an hour.
sas() { # permissions
  local version=2022-11-02 expiry key signature
  expiry=$(date -u -d '+1 hour' +%Y-%m-%dT%H:%M:%SZ)
  key=$(base64 -d <<<"$LAKE_KEY" | od -An -v -tx1 | tr -d ' \n')
  signature=$(printf '%s\n' "$LAKE_ACCOUNT" "$1" b sco '' "$expiry" '' '' "$version" '' |
    openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | base64)
  signature=${signature//+/%2B}
  signature=${signature//\//%2F}
  echo "sv=$version&ss=b&srt=sco&sp=$1&se=${expiry//:/%3A}&sig=${signature//=/%3D}"
}

# lease takes, gives back or breaks the lease of a file, as somebody who is not the client.
holder=00000000-0000-4000-8000-000000000001
lease() { # acquire, release or break; path with its filesystem
  local headers=(-H "x-ms-lease-action: $1" -H "x-ms-lease-id: $holder" -H "x-ms-version: 2022-11-02")
  [ "$1" = acquire ] && headers+=(-H "x-ms-lease-duration: -1" -H "x-ms-proposed-lease-id: $holder")
  curl -fsS --max-time 20 -X PUT -H 'Content-Length: 0' "${headers[@]}" "$LAKE_BLOB/$2?comp=lease&$(sas rwdlacup)"
}
