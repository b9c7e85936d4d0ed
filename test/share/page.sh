# Sourced by run.sh: the whole page of a user, from an empty account to Dataverse that reads and cannot write, and back. An account of one's
# own is shared by two security groups without a role for the Dataverse service, so that the lists alone decide.
echo "== an account of one's own, an application for Customer Insights, and their roles"
manage() { # method resource api-version [body]
  curl -sS --cacert "$work/ca.pem" -X "$1" -H "Authorization: Bearer $token" -H 'Content-Type: application/json' "$cloud$2?api-version=$3" ${4:+-d "$4"}
}
directory() { # method path [body]
  curl -sS --cacert "$work/ca.pem" -X "$1" -H "Authorization: Bearer $graphtoken" -H 'Content-Type: application/json' "$cloud/v1.0/$2" ${3:+-d "$3"}
}
assign() { # principal kind role scope
  manage PUT "$4/providers/Microsoft.Authorization/roleAssignments/$(python3 -c 'import uuid; print(uuid.uuid4())')" 2022-04-01 \
    "{\"properties\":{\"principalId\":\"$1\",\"principalType\":\"$2\",\"roleDefinitionId\":\"/subscriptions/$subscription/providers/Microsoft.Authorization/roleDefinitions/$3\"}}" >/dev/null
}
manage PUT "/subscriptions/$subscription/resourceGroups/lakes" 2022-09-01 '{"location":"westeurope"}' >/dev/null
own=/subscriptions/$subscription/resourceGroups/lakes/providers/Microsoft.Storage/storageAccounts/contosolake
manage PUT "$own" 2023-05-01 '{"location":"westeurope","kind":"StorageV2","sku":{"name":"Standard_LRS"},"properties":{"isHnsEnabled":true}}' >/dev/null
for _ in $(seq 50); do
  state=$(manage GET "$own" 2023-05-01 | json 'j.get("properties", {}).get("provisioningState")')
  [ "$state" = Succeeded ] && break
done
same "an account with a hierarchical namespace is there" "$state" Succeeded
app=$(directory POST applications '{"displayName":"insights"}')
appid=$(json 'j["appId"]' <<<"$app")
principal=$(directory POST servicePrincipals "{\"appId\":\"$appid\"}" | json 'j["id"]')
directory POST "applications/$(json 'j["id"]' <<<"$app")/addPassword" '{"passwordCredential":{"displayName":"page"}}' | json 'j["secretText"]' >"$work/secret"
contributor_role=ba92f5b4-2d11-453d-a403-e96b0029c9fe

echo "== both groups, and an environment by its subscription with a service principal"
share groups create --prefix page >"$work/page-groups" 2>/dev/null
same "both groups are made" $? 0
page_reader=$(awk 'NR == 2 { print $1 }' "$work/page-groups") page_contributor=$(awk 'NR == 2 { print $2 }' "$work/page-groups")
environment() { # create or check
  "$bin" env "$1" Page --region westeurope --subscription "$subscription" --resource-group lakes --account contosolake --tenant "$tenant" --client-id "$appid" \
    --client-secret-file "$work/secret" --create-container --cloud "$cloud" --ca "$work/ca.pem" --data "$work/lake" >"$work/env" 2>&1
}
environment create
same "without roles it is refused, with who has to give which" "$? $(($(grep -c 'az role assignment create --assignee-object-id '"$principal"'.*Storage Blob Data Contributor' "$work/env") > 0))" "4 1"
assign "$principal" ServicePrincipal $contributor_role "$own"
assign "$(directory GET me | json 'j["id"]')" User $contributor_role "$own"
for _ in $(seq 60); do # until the roles have reached the lake
  environment check && break
done
environment create
same "the environment is created" "$? $(grep -c 'environment Page created' "$work/env")" "0 1"

echo "== setup, and the identifier into the Dataverse step"
page="--subscription $subscription --resource-group lakes --account contosolake"
share setup $page --prefix page --oauth-only --keep-role >"$work/page-identifier" 2>"$work/page-setup"
same "the lake is shared" "$? $(tail -n 1 "$work/page-identifier")" "0 https://contosolake.dfs.localhost/customerinsights?cg=$page_contributor&rg=$page_reader"
organization=https://contoso.crm4.dynamics.com
link() { # identifier
  "$bin" env dataverse link Page --organization $organization --organization-region westeurope --enable-data-sharing --permissions-identifier "$1" $page \
    --cloud "$cloud" --ca "$work/ca.pem" --data "$work/lake" >"$work/link" 2>&1
}
identifier=$(tail -n 1 "$work/page-identifier")
for attack in "another account ${identifier/contosolake/devstoreaccount1}" "an account that is not there ${identifier/contosolake/fabrikamlake}" \
  "groups in each other's place https://contosolake.dfs.localhost/customerinsights?cg=$page_reader&rg=$page_contributor" \
  "groups that are not there ${identifier/$page_reader/11111111-2222-4333-8444-555555555555}" "another container ${identifier/customerinsights/other}" \
  "a folder beside the environment's ${identifier/customerinsights/customerinsights\/elsewhere}" "one group for both https://contosolake.dfs.localhost/customerinsights?cg=$page_reader&rg=$page_reader"; do
  link "${attack##* }"
  same "an identifier of ${attack% *} is refused" "$(($? != 0)) $(grep -c 'is linked with' "$work/link")" "1 0"
done
link "$identifier"
same "the organization is linked" "$? $(grep -c "is linked with $organization" "$work/link")" "0 1"

echo "== a run, and the check"
mkdir "$work/project"
"$bin" sample --customers 200 --out "$work/project/data" >/dev/null 2>&1
cp -r examples/contoso/sources examples/contoso/unify.yaml "$work/project/"
"$bin" apply -f "$work/project" --env Page --data "$work/lake" >"$work/apply" 2>&1
same "the sources are declared" $? 0
"$bin" run --env Page --data "$work/lake" >"$work/run" 2>&1
same "the pipeline runs on the account" $? 0
share check $page --prefix page --oauth-only >"$work/page-check" 2>"$work/page-check.err"
same "everything is as it must be, also what the run has made since" $? 0
counted "$work/page-check"

echo "== the same by the API"
signed_in() { # scope
  curl -sS --cacert "$work/ca.pem" "$cloud/$tenant/oauth2/v2.0/token" -d grant_type=password -d client_id=04b07795-8ddb-461a-bbee-02f9e1bf7b46 \
    -d "username=$AZURE_USERNAME" --data-urlencode "password=$AZURE_PASSWORD" --data-urlencode "scope=$1/.default" | json 'j["access_token"]'
}
ours() { python3 -c "import json; print(json.load(open('$work/lake/server.json'))['$1'])"; }
rest() { # method path [body]
  curl -sS -X "$1" -H "Authorization: Bearer $(ours token)" -H 'Content-Type: application/json' "$(ours address)/api/v1/$2" ${3:+-d "$3"}
}
signin=$(rest POST cloud-sign-ins "$(python3 -c "
import json, sys
print(json.dumps({'method': 'tokens', 'cloud': {'manager': '$cloud', 'ca': open('$work/ca.pem').read()}, 'managerToken': sys.argv[1], 'storageToken': sys.argv[2], 'graphToken': sys.argv[3]}))" \
  "$token" "$(signed_in https://storage.azure.com)" "$graphtoken")" | json 'j["id"]')
environment=$(rest GET environments | json '[e["id"] for e in j if e["name"] == "Page"][0]')
body="{\"signIn\":\"$signin\",\"prefix\":\"page\",\"oauthOnly\":true"
same "a plan finds everything done" "$(rest POST "environments/$environment/sharing/plan" "$body,\"keepRole\":true}" | json '{s["state"] for s in j["steps"]}')" "{'there'}"
job=$(rest POST "environments/$environment/sharing/jobs" "$body,\"kind\":\"check\"}" | json 'j["id"]')
for _ in $(seq 200); do
  state=$(rest GET "environments/$environment/sharing/jobs/$job" | json 'j["state"]')
  [ "$state" = running ] || break
done
same "a check is a job that succeeds" "$state" succeeded
same "the service may read, by its group" "$(rest POST "environments/$environment/access/explain" "{\"signIn\":\"$signin\",\"principal\":\"546068c3-99b1-4890-8e93-c8aeadcfe56a\",\"path\":\"/\",\"operation\":\"list-directory\"}" | json 'j["allowed"], j["rule"]')" "(True, 'lists')"
same "and nothing lets it write" "$(rest POST "environments/$environment/access/who" "{\"signIn\":\"$signin\",\"path\":\"/\"}" | json '[h["rights"]["write"]["may"] for h in j["holders"] if h["name"].startswith("Common Data")]')" "[False]"

echo "== Dataverse reads, and cannot write"
mkfifo "$work/dataverse-ready"
"$bin" dataverse --data "$work/lake" --listen 127.0.0.1:0 --log-level warn >"$work/dataverse-ready" 2>>"$work/log" &
dataverse=$!
read -r -t 60 line <"$work/dataverse-ready" || { echo "Dataverse was never ready:"; cat "$work/log"; exit 1; }
dataverse_at=${line##* }
"$bin" dataverse join "$AZURE_USERNAME" --data "$work/lake" >/dev/null 2>&1
same "Dataverse lets an app into the reader group, as its owner" $? 0
dataversetoken=$(signed_in $organization)
api() { # path [curl's arguments]
  curl -sS --cacert "$work/ca.pem" --connect-to "contoso.crm4.dynamics.com:443:${dataverse_at#https://}" -H "Authorization: Bearer $dataversetoken" "${@:2}" "$organization/api/data/v9.2/$1"
}
customers=$("$bin" table list --env Page --data "$work/lake" --json | json '[sum(p["rows"] for p in t["partitions"]) for t in j if t["table"] == "Customer"][0]')
same "the run has made customers" "$((customers > 100))" 1
same "every customer profile is read" "$(api 'msdynci_customerprofiles?$count=true&$top=1&$select=msdynci_customerid' | json 'j["@odata.count"]')" "$customers"
for method in POST PATCH DELETE; do
  same "Dataverse refuses $method" "$(api msdynci_customerprofiles -X $method -H 'Content-Type: application/json' -d '{}' | json 'j["error"]["code"]')" 0x80040220
done
secret=$(directory POST "servicePrincipals/$(graph servicePrincipals --data-urlencode "\$filter=appId eq '546068c3-99b1-4890-8e93-c8aeadcfe56a'" | json 'j["value"][0]["id"]')/addPassword" '{}' | json 'j["secretText"]')
servicetoken=$(curl -sS --cacert "$work/ca.pem" "$cloud/$tenant/oauth2/v2.0/token" -d grant_type=client_credentials -d client_id=546068c3-99b1-4890-8e93-c8aeadcfe56a \
  --data-urlencode "client_secret=$secret" --data-urlencode scope=https://storage.azure.com/.default | json 'j["access_token"]')
lake=$(manage GET "$own" 2023-05-01 | json 'j["properties"]["primaryEndpoints"]["dfs"].rstrip("/")')/customerinsights
as_service() { curl -sS --cacert "$work/ca.pem" -o "$work/answer" -w '%{http_code}' -H "Authorization: Bearer $servicetoken" -H 'x-ms-version: 2023-11-03' "$@"; }
model=$(as_service "$lake?resource=filesystem&recursive=true" >/dev/null; json '[p["name"] for p in j["paths"] if p["name"].endswith("model.json")][0]' <"$work/answer")
same "the service's own token reads the lake" "$(as_service "$lake/$model")" 200
same "and creates nothing" "$(as_service -X PUT "$lake/${model%/*}/new.csv?resource=file" -H 'Content-Length: 0')" 403
same "and appends nothing" "$(as_service -X PATCH "$lake/$model?action=append&position=0" -d x)" 403
same "and renames nothing" "$(as_service -X PUT "$lake/moved.json" -H "x-ms-rename-source: /customerinsights/$model" -H 'Content-Length: 0')" 403
same "and deletes nothing" "$(as_service -X DELETE "$lake/$model")" 403
same "and changes no list" "$(as_service -X PATCH "$lake/$model?action=setAccessControl" -H 'x-ms-acl: user::rwx,group::rwx,other::rwx' -H 'Content-Length: 0')" 403
same "and gets no key to sign with" "$(as_service -X POST "${lake%/*}?restype=service&comp=userdelegationkey" -d "<KeyInfo><Expiry>$(date -u -d '+1 hour' +%Y-%m-%dT%H:%M:%SZ)</Expiry></KeyInfo>")" 403

echo "== all of it is taken back"
share undo --account contosolake 2>"$work/page-undo"
same "the setup is taken back" $? 0
refused=no
for _ in $(seq 60); do # until the change has reached the lake
  [ "$(api 'msdynci_customerprofiles?$top=1' -o /dev/null -w '%{http_code}')" = 200 ] || { refused=yes; break; }
done
same "Dataverse reads no more" "$refused $(as_service "$lake/$model")" "yes 403"
kill "$dataverse" 2>/dev/null
wait "$dataverse" 2>/dev/null
dataverse=
share undo --record "$work/lake/share/groups-page.json" 2>>"$work/page-undo"
same "the groups are taken back" "$? $(graph groups --data-urlencode "\$filter=startswith(displayName,'page-')" | json 'len(j["value"])')" "0 0"
"$bin" env dataverse detach contoso.crm4.dynamics.com --data "$work/lake" >/dev/null 2>&1
same "the organization is detached" $? 0
