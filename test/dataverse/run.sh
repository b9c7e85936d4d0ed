#!/usr/bin/env bash
# Dataverse beside a lake: share, link an organization by the permissions identifier, read its customers by OData as a member of the
# reader group, be refused to write, lose the rights and be refused to read. Every outcome is compared with what is expected; the last
# line is "N checks, 0 differences". OWNLAKE_BIN names another binary.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
bin="${OWNLAKE_BIN:-$PWD/bin/ownlake}"
[ -x "$bin" ] || { echo "missing: $bin. Build it with 'make build'." >&2; exit 4; }
for tool in curl python3; do
  command -v "$tool" >/dev/null || { echo "missing: $tool" >&2; exit 4; }
done

work=$(mktemp -d)
server='' dataverse=''
trap 'for p in $server $dataverse; do kill "$p" 2>/dev/null; done; wait 2>/dev/null; [ -n "${KEEP:-}" ] || rm -rf "$work"' EXIT
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

json() { python3 -c "import json, sys; print(eval(sys.argv[1], {'j': json.load(sys.stdin)}))" "$1"; }

# start starts a server, and waits for its line that begins with "ready".
start() { # args…
  mkfifo "$work/ready"
  "$bin" "$@" --data "$work/lake" --log-level warn >"$work/ready" 2>>"$work/log" &
  started=$!
  read -r -t 60 line <"$work/ready" || { echo "it was never ready: $*"; cat "$work/log"; exit 1; }
  rm "$work/ready"
}

echo "== a lake with customers, the tenant in the box, a second user"
export OWNLAKE_TENANT_ADMIN_PASSWORD=Correct-Horse-9
none="--listen 127.0.0.1:0 --lake-listen 127.0.0.1:0 --dfs-listen 127.0.0.1:0 --tls-listen 127.0.0.1:0 --tenant-listen 127.0.0.1:0"
"$bin" demo --once --customers 300 --data "$work/lake" $none >"$work/demo" 2>&1
same "the pipeline ran" $? 0
start serve $none --role-propagation 1s
server=$started
mapfile -t urls < <(grep -oE 'https?://[^ ,]+' <<<"$line")
for u in "${urls[@]}"; do
  case $u in
  *-*-*-*-*) cloud=${u%/*} tenant=${u##*/} ;;
  https://*) lake=${u%/devstoreaccount1*} ;;
  esac
done
"$bin" ca --data "$work/lake" >"$work/ca.pem"
export AZURE_TENANT_ID=$tenant AZURE_USERNAME=admin@ownlake.local AZURE_PASSWORD=$OWNLAKE_TENANT_ADMIN_PASSWORD
request() { curl -sS --cacert "$work/ca.pem" "$@"; }
# token signs a user in, or an application by its secret.
token() { # scope [user]
  request "$cloud/$tenant/oauth2/v2.0/token" -d grant_type=password -d client_id=04b07795-8ddb-461a-bbee-02f9e1bf7b46 -d "username=${2:-$AZURE_USERNAME}" \
    --data-urlencode "password=$AZURE_PASSWORD" --data-urlencode "scope=$1/.default" | json 'j.get("access_token") or j["error_codes"]'
}
graph=$(token https://graph.microsoft.com)
directory() { # method path [body]
  request -X "$1" -H "Authorization: Bearer $graph" -H 'Content-Type: application/json' "$cloud/v1.0/$2" ${3:+-d "$3"}
}
for name in ada eve; do
  directory POST users "{\"accountEnabled\":true,\"displayName\":\"$name\",\"mailNickname\":\"$name\",\"userPrincipalName\":\"$name@ownlake.local\",\"passwordProfile\":{\"password\":\"$AZURE_PASSWORD\",\"forceChangePasswordNextSignIn\":false}}" >"$work/$name"
done
subscription=$(request -H "Authorization: Bearer $(token "$cloud")" "$cloud/subscriptions?api-version=2022-12-01" | json 'j["value"][0]["subscriptionId"]')
account="--subscription $subscription --resource-group ownlake --account devstoreaccount1"
who="--cloud $cloud --ca $work/ca.pem --data $work/lake"

echo "== shared without a role for the Dataverse service, so that lists alone decide"
"$bin" share setup $account --prefix contoso --oauth-only $who >"$work/identifier" 2>"$work/setup"
same "the lake is shared" $? 0
identifier=$(tail -n 1 "$work/identifier")
reader=${identifier##*rg=}

echo "== linked by the permissions identifier"
organization=https://contoso.crm4.dynamics.com
link() { "$bin" env dataverse "$1" Contoso "${@:2}" --organization $organization --enable-data-sharing $account $who 2>>"$work/link"; }
link check --permissions-identifier "${identifier/devstoreaccount1/fabrikam1}" >"$work/check"
same "an identifier of another account is refused" "$? $(grep -c 'the identifier is of fabrikam1' "$work/check")" "4 1"
link check --permissions-identifier "${identifier/rg=$reader/rg=11111111-2222-4333-8444-555555555555}" >"$work/check"
same "an identifier of other groups is refused" $? 4
link check --permissions-identifier "${identifier/customerinsights/other}" >"$work/check"
same "an identifier of another container is refused" $? 1
AZURE_USERNAME=ada@ownlake.local link link --permissions-identifier "$identifier" >"$work/check"
same "a person without a role is refused" $? 4
link link --permissions-identifier "$identifier" >"$work/check"
same "and so is an owner of the account who may not read the data" "$? $(grep -c "Unauthorized access to perform operation for container 'customerinsights'" "$work/check")" "4 1"
scope=/subscriptions/$subscription/resourceGroups/ownlake/providers/Microsoft.Storage/storageAccounts/devstoreaccount1
request -o /dev/null -X PUT -H "Authorization: Bearer $(token "$cloud")" -H 'Content-Type: application/json' \
  "$cloud$scope/providers/Microsoft.Authorization/roleAssignments/6a1b2c3d-4e5f-4a7b-8c9d-0e1f2a3b4c5d?api-version=2022-04-01" \
  -d "{\"properties\":{\"roleDefinitionId\":\"/subscriptions/$subscription/providers/Microsoft.Authorization/roleDefinitions/2a2b9908-6ea1-4ae2-8e65-a410df84e7d1\",\"principalId\":\"$(directory GET me | json 'j["id"]')\",\"principalType\":\"User\"}}"
for _ in $(seq 20); do # until the role has reached the lake
  link link --permissions-identifier "$identifier" >"$work/linked" && break
done
same "the organization is linked" "$? $(grep -c "is linked with $organization" "$work/linked")" "0 1"
same "the link can be shown" "$("$bin" env dataverse show Contoso --data "$work/lake" --json | json 'j["permissionsIdentifier"] == "'"$identifier"'"')" True
"$bin" env create Other --region westeurope --data "$work/lake" >/dev/null
"$bin" env dataverse link Other --organization $organization --data "$work/lake" >/dev/null 2>"$work/other"
same "another environment cannot have the organization" "$? $(grep -c 'This CDS organization is already attached to another Customer Insights instance' "$work/other")" "4 1"

echo "== Dataverse reads"
start dataverse --listen 127.0.0.1:0
dataverse=$started
at=${line##* }
api() { # user path [curl's arguments]
  request --connect-to "contoso.crm4.dynamics.com:443:${at#https://}" -H "Authorization: Bearer $(token $organization "$1")" "${@:3}" "$organization/api/data/v9.2/$2"
}
same "who is not in the reader group is refused" "$(api ada@ownlake.local msdynci_customerprofiles | json 'j["error"]["code"]')" 0x80072560
"$bin" dataverse join ada@ownlake.local --data "$work/lake" >/dev/null 2>&1
same "Dataverse lets an app in, as the owner of the group" $? 0
same "Dataverse itself is in the reader group" "$(directory GET "groups/$reader/members" | json 'sorted(m["displayName"] for m in j["value"])')" \
  "['Common Data Service - Azure Data Lake Storage', 'Dataverse', 'ada']"
api ada@ownlake.local 'msdynci_customerprofiles?$count=true&$top=3&$select=msdynci_customerid' >"$work/page"
customers=$("$bin" table list --env "$("$bin" env dataverse show Contoso --data "$work/lake" --json | json 'j["environment"]')" --data "$work/lake" --json | json '[sum(p["rows"] for p in t["partitions"]) for t in j if t["table"] == "Customer"][0]')
same "every customer is there" "$(json 'j["@odata.count"]' <"$work/page")" "$customers"
id=$(json 'j["value"][0]["msdynci_customerid"]' <"$work/page")
same "a customer is found by its id" "$(api ada@ownlake.local "msdynci_customerprofiles?\$filter=msdynci_customerid%20eq%20'${id^^}'" | json 'len(j["value"])')" 1
guid=$(json 'j["value"][0]["msdynci_customerprofileid"]' < <(api ada@ownlake.local "msdynci_customerprofiles?\$filter=msdynci_customerid%20eq%20'$id'"))
same "and by its key" "$(api ada@ownlake.local "msdynci_customerprofiles($guid)" | json 'j["msdynci_customerid"]')" "$id"
same "the metadata have the table" "$(api ada@ownlake.local '$metadata' | grep -c 'EntitySet Name="msdynci_customerprofiles"')" 1
same "pages follow each other" "$(api ada@ownlake.local 'msdynci_customerprofiles?$select=msdynci_customerid' -H 'Prefer: odata.maxpagesize=2' | json 'len(j["value"]), "skiptoken" in j["@odata.nextLink"]')" "(2, True)"
same "WhoAmI says who" "$(api ada@ownlake.local 'WhoAmI' | json 'j["UserId"]')" "$(json 'j["id"]' <"$work/ada")"

echo "== and cannot write"
for method in POST PATCH PUT DELETE; do
  same "$method is refused" "$(api ada@ownlake.local "msdynci_customerprofiles($guid)" -X $method -H 'Content-Type: application/json' -d '{}' | json 'j["error"]["code"]')" 0x80040220
done
service() { python3 -c "import json, sys; print(json.load(open('$work/lake/dataverse/service.json'))[sys.argv[1]])" "$1"; }
own=$(request "$cloud/$tenant/oauth2/v2.0/token" -d grant_type=client_credentials -d "client_id=$(service clientId)" --data-urlencode "client_secret=$(service clientSecret)" \
  --data-urlencode scope=https://storage.azure.com/.default | json 'j["access_token"]')
container=$lake/devstoreaccount1/customerinsights
status() { request -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $own" -H 'x-ms-version: 2023-11-03' "$@"; }
folder=ci_$("$bin" env dataverse show Contoso --data "$work/lake" --json | json 'j["environment"]')
same "its own token reads the lake" "$(status "$container/$folder/Merge/model.json")" 200
same "its own token cannot create a file" "$(status -X PUT "$container/$folder/Merge/new.csv?resource=file" -H 'Content-Length: 0')" 403
same "its own token cannot append" "$(status -X PATCH "$container/$folder/Merge/model.json?action=append&position=0" -d x)" 403
same "its own token cannot rename" "$(status -X PUT "$container/$folder/Merge/x.json" -H "x-ms-rename-source: /customerinsights/$folder/Merge/model.json" -H 'Content-Length: 0')" 403
same "its own token cannot delete" "$(status -X DELETE "$container/$folder/Merge/model.json")" 403
same "its own token cannot change a list" "$(status -X PATCH "$container/$folder?action=setAccessControl" -H 'x-ms-acl: user::rwx,group::rwx,other::rwx' -H 'Content-Length: 0')" 403
same "there is no key in its process" "$(tr '\0' '\n' <"/proc/$dataverse/environ" | grep -ci accountkey)" 0

echo "== strangers and wrong tokens"
same "no token" "$(request --connect-to "contoso.crm4.dynamics.com:443:${at#https://}" -o /dev/null -w '%{http_code}' "$organization/api/data/v9.2/")" 401
same "a token for storage is for another resource" "$(request --connect-to "contoso.crm4.dynamics.com:443:${at#https://}" -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $(token https://storage.azure.com ada@ownlake.local)" "$organization/api/data/v9.2/msdynci_customerprofiles")" 401
same "a stranger" "$(api eve@ownlake.local 'msdynci_customerprofiles' | json 'j["error"]["code"]')" 0x80072560
same "an organization that is not linked has no tokens" "$(token https://fabrikam.crm4.dynamics.com ada@ownlake.local)" "[500011]"

echo "== when rights are taken away"
directory DELETE "groups/$reader/members/$(json 'j["id"]' <"$work/ada")/\$ref" >/dev/null
same "who leaves the reader group is refused at once" "$(api ada@ownlake.local 'msdynci_customerprofiles' | json 'j["error"]["code"]')" 0x80072560
"$bin" dataverse join ada@ownlake.local --data "$work/lake" >/dev/null 2>&1
same "and let in again" "$(api ada@ownlake.local 'msdynci_customerprofiles?$top=1' | json 'len(j["value"])')" 1
principal=$(directory GET "servicePrincipals?\$filter=appId%20eq%20'$(service clientId)'" | json 'j["value"][0]["id"]')
directory DELETE "groups/$reader/members/$principal/\$ref" >/dev/null
for _ in $(seq 50); do
  answer=$(api ada@ownlake.local 'msdynci_customerprofiles?$top=1')
  grep -q error <<<"$answer" && break
done
same "the service that lost its rights stops answering, also from what it has read before" "$(json 'j["error"]["message"].split(":")[0]' <<<"$answer")" \
  "Unauthorized access to perform operation for container 'customerinsights'. Please obtain the right access permissions and try again."

echo "== detached"
"$bin" env dataverse detach $organization --data "$work/lake" >/dev/null
same "the organization is free" $? 0
same "and answers no more" "$(request --connect-to "contoso.crm4.dynamics.com:443:${at#https://}" -k "$organization/api/data/v9.2/" | json 'j["error"]["code"]')" "Not Found"

echo "$checks checks, $differences differences"
[ "$differences" = 0 ]
