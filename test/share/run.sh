#!/usr/bin/env bash
# The sharing of a lake from nothing, by the commands that a person would give: a lake with the data of a pipeline, the tenant in the
# box, and then twice: an account of one's own with Dataverse as its reader (page.sh), and the lake of the box, with the plan, an
# interruption, a second time, the check with its proof by acting, undo. There
# test/share/proof has every kind of principal try every operation, and attacks. Every outcome is compared with what is expected; the
# last line is "N checks, 0 differences". OWNLAKE_BIN names another binary.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
bin="${OWNLAKE_BIN:-$PWD/bin/ownlake}"
[ -x "$bin" ] || { echo "missing: $bin. Build it with 'make build'." >&2; exit 4; }
for tool in curl go python3; do
  command -v "$tool" >/dev/null || { echo "missing: $tool" >&2; exit 4; }
done

work=$(mktemp -d)
server='' other='' dataverse=''
trap 'kill $server $other $dataverse 2>/dev/null; wait 2>/dev/null; rm -rf "$work"' EXIT
checks=0 differences=0

# same compares an outcome with what is expected.
same() { # what got want
  checks=$((checks + 1))
  if [ "$2" = "$3" ]; then
    echo "ok      $1"
  else
    differences=$((differences + 1))
    printf 'DIFFERS %s\n        found:    %s\n        expected: %s\n' "$1" "$2" "$3"
  fi
}

# counted takes the checks of a command's own last line as ours.
counted() { # file
  local n d
  read -r n _ d _ < <(grep -E '^[0-9]+ checks, [0-9]+ differences$' "$1" | tail -n 1)
  if [ -z "${n:-}" ]; then
    echo "no line of checks:"; tail -n 5 "$1"; n=1 d=1
  fi
  checks=$((checks + n)) differences=$((differences + d))
  [ "$d" = 0 ] || grep -A3 MISSING "$1"
}

json() { python3 -c "import json, sys; print(eval(sys.argv[1], {'j': json.load(sys.stdin)}))" "$1"; }

echo "== a lake with the data of a pipeline, and the tenant in the box"
export OWNLAKE_TENANT_ADMIN_PASSWORD=Correct-Horse-9
none="--listen 127.0.0.1:0 --lake-listen 127.0.0.1:0 --dfs-listen 127.0.0.1:0 --tls-listen 127.0.0.1:0 --tenant-listen 127.0.0.1:0 --role-propagation 2s"
"$bin" demo --once --customers 500 --data "$work/lake" $none >"$work/demo" 2>&1
same "the pipeline ran" $? 0
mkfifo "$work/ready"
"$bin" serve --data "$work/lake" $none --log-level warn >"$work/ready" 2>"$work/log" &
server=$!
read -r -t 60 line <"$work/ready" || { echo "the server was never ready:"; cat "$work/log"; exit 1; }
mapfile -t urls < <(grep -oE 'https?://[^ ,]+' <<<"$line")
tenant=${urls[4]}
cloud=${tenant%/*} tenant=${tenant##*/}
"$bin" ca --data "$work/lake" >"$work/ca.pem"

echo "== the tenant's administrator signs in"
export AZURE_TENANT_ID=$tenant AZURE_USERNAME=admin@ownlake.local AZURE_PASSWORD=$OWNLAKE_TENANT_ADMIN_PASSWORD
token=$(curl -sS --cacert "$work/ca.pem" "$cloud/$tenant/oauth2/v2.0/token" -d grant_type=password -d client_id=04b07795-8ddb-461a-bbee-02f9e1bf7b46 \
  -d "username=$AZURE_USERNAME" --data-urlencode "password=$AZURE_PASSWORD" --data-urlencode "scope=$cloud/.default" | json 'j["access_token"]')
subscription=$(curl -sS --cacert "$work/ca.pem" -H "Authorization: Bearer $token" "$cloud/subscriptions?api-version=2022-12-01" | json 'j["value"][0]["subscriptionId"]')
same "the subscription has an id" "${#subscription}" 36
# graph prints what Microsoft Graph answers.
graph() { curl -sS -G --cacert "$work/ca.pem" -H "Authorization: Bearer $graphtoken" "$cloud/v1.0/$1" "${@:2}"; }
graphtoken=$(curl -sS --cacert "$work/ca.pem" "$cloud/$tenant/oauth2/v2.0/token" -d grant_type=password -d client_id=04b07795-8ddb-461a-bbee-02f9e1bf7b46 \
  -d "username=$AZURE_USERNAME" --data-urlencode "password=$AZURE_PASSWORD" --data-urlencode "scope=https://graph.microsoft.com/.default" | json 'j["access_token"]')
groups() { graph groups --data-urlencode "\$filter=startswith(displayName,'contoso-')" | json 'len(j["value"])'; }

share() { "$bin" share "$@" --data "$work/lake" --cloud "$cloud" --ca "$work/ca.pem"; }
target="--subscription $subscription --resource-group ownlake --account devstoreaccount1 --prefix contoso"

# shellcheck source=page.sh
. test/share/page.sh

echo "== the plan changes nothing"
share setup $target --dry-run 2>"$work/plan"
same "the plan can be made" $? 0
same "the plan names what is to be done" "$(grep -c '^to do' "$work/plan")" 9
same "no group was made" "$(groups)" 0
share check $target --only-read >"$work/before"
same "a check finds that nothing is shared" $? 4

echo "== the groups, and the setup, interrupted"
share groups create --subscription "$subscription" --prefix contoso >"$work/groups" 2>/dev/null
same "both groups are made" "$? $(groups)" "0 2"
share setup $target --keep-role >/dev/null 2>&1 &
interrupted=$!
sleep 1
kill -9 $interrupted 2>/dev/null
wait $interrupted 2>/dev/null
share setup $target --keep-role >"$work/identifier" 2>"$work/setup"
same "the setup goes on" $? 0
reader=$(awk 'NR == 2 { print $1 }' "$work/groups") contributor=$(awk 'NR == 2 { print $2 }' "$work/groups")
same "the permissions identifier is the last line" "$(tail -n 1 "$work/identifier")" \
  "https://devstoreaccount1.dfs.localhost/customerinsights?cg=$contributor&rg=$reader"
share setup $target --keep-role >"$work/again" 2>/dev/null
same "a second setup ends in the same" "$? $(cat "$work/again")" "0 $(cat "$work/identifier")"

echo "== the check, with its proof by acting"
share check $target >"$work/check" 2>"$work/check.err"
same "everything is as it must be" $? 0
counted "$work/check"
same "it acted as a reader on every kind of file" "$(grep -c 'ok      a reader may read file ci_' "$work/check")" "$(grep -c 'a stranger may not read file ci_' "$work/check")"
same "nobody was left behind" "$(graph applications --data-urlencode "\$filter=startswith(displayName,'ownlake-check')" | json 'len(j["value"])')" 0

echo "== who may what, and why"
account=/subscriptions/$subscription/resourceGroups/ownlake/providers/Microsoft.Storage/storageAccounts/devstoreaccount1
explain() { "$bin" access explain "$@" $account_flags --cloud "$cloud" --ca "$work/ca.pem" 2>/dev/null; }
account_flags="--account $account"
service=546068c3-99b1-4890-8e93-c8aeadcfe56a
same "the Dataverse lake service reads by its role" "$(explain $service / | grep -c '^yes: role Storage Blob Data Contributor of')" 1
same "the administrator reads by the role that was kept" "$(explain "$AZURE_USERNAME" / list-directory | grep -c '^yes: role Storage Blob Data Owner of')" 1

"$bin" access who ci_x --json $account_flags --cloud "$cloud" --ca "$work/ca.pem" >"$work/who" 2>/dev/null
same "nobody may what is not there" $? 1
"$bin" access who / --json $account_flags --cloud "$cloud" --ca "$work/ca.pem" >"$work/who" 2>/dev/null
same "the service and the administrator write, nobody else" "$? $(json '[h["name"].split(" ")[0] for h in j["holders"] if h["write"]["may"]]' <"$work/who")" "0 ['Common', 'admin@ownlake.local']"
same "who owns a group may let others in" "$(json 'sorted({w["name"].split(" ")[0] for w in j["ways"] if w["kind"] == "members"})' <"$work/who")" "['Common', 'admin@ownlake.local']"

echo "== every kind of principal, every operation, and attacks"
mkfifo "$work/other-ready"
"$bin" tenant --json --data "$work/other" --listen 127.0.0.1:0 --log-level warn >"$work/other-ready" 2>>"$work/log" &
other=$!
read -r -t 60 line <"$work/other-ready" || { echo "the other tenant was never ready:"; cat "$work/log"; exit 1; }
"$bin" ca --data "$work/other" >"$work/other-ca.pem"
go build -o "$work/proof" ./test/share/proof || exit 1
# prove prints what it tries, and counts it.
prove() { # matrix or attacks
  "$work/proof" --cloud "$cloud" --tenant "$tenant" --ca "$work/ca.pem,$work/other-ca.pem" --account "$account" --readers "$reader" --contributors "$contributor" \
    --other-cloud "$(json 'j["url"]' <<<"$line")" --other-tenant "$(json 'j["id"]' <<<"$line")" "$1" >"$work/$1" 2>&1
  same "the $1 was tried to its end" $? 0
  sed '$d' "$work/$1"
  counted "$work/$1"
}
prove matrix
prove attacks

echo "== what is not so is found"
curl -sS --cacert "$work/ca.pem" -X DELETE -H "Authorization: Bearer $graphtoken" "$cloud/v1.0/groups/$reader" >/dev/null
share check $target --only-read >"$work/broken" 2>/dev/null
same "a group that was deleted is missed" "$? $(grep -c '^MISSING the group contoso-Dataverse-readers' "$work/broken")" "4 1"

echo "== undo"
share undo --account devstoreaccount1 2>"$work/undo"
same "the setup is taken back" $? 0
share undo --record "$work/lake/share/groups-contoso.json" 2>>"$work/undo"
same "the groups are taken back" "$? $(groups)" "0 0"
share undo --account devstoreaccount1 2>/dev/null
same "there is nothing more to take back" $? 1

echo "$checks checks, $differences differences"
[ "$differences" = 0 ]
