#!/usr/bin/env bash
# The Azure CLI against the tenant in the box: sign-in, groups, applications, roles, accounts. It starts a server of its own, as
# the lake that its caller starts has no tenant.
set -uo pipefail
cd "$(dirname "$0")" || exit 1
for tool in python3 curl timeout; do
  command -v "$tool" >/dev/null || { echo "missing: $tool"; exit 4; }
done
# shellcheck source=../shell.sh
. ../shell.sh

# The CLI is large (over 700 MB), and installed once; the stamp is written last, so that an interrupted installation starts over.
venv=$CACHE/venv want=$(sha256sum <requirements.txt)
if [ "$(cat "$CACHE/installed" 2>/dev/null)" != "$want" ]; then
  rm -rf "$venv"
  python3 -m venv "$venv" && "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement requirements.txt ||
    { echo "the Azure CLI could not be installed: see above"; exit 4; }
  echo "$want" >"$CACHE/installed"
fi

password=Correct-Horse-9 server=
stop() {
  [ -n "$server" ] && kill "$server" 2>/dev/null && wait "$server"
  rm -rf "$work"
}
trap stop EXIT
mkfifo "$work/ready"
OWNLAKE_TENANT_ADMIN_PASSWORD=$password "$OWNLAKE_BIN" serve --json --data "$work/data" --listen 127.0.0.1:0 --lake-listen 127.0.0.1:0 \
  --dfs-listen 127.0.0.1:0 --tls-listen 127.0.0.1:0 --tenant-listen 127.0.0.1:0 >"$work/ready" 2>"$work/log" &
server=$!
read -r -t 60 line <"$work/ready" || { tail -n 20 "$work/log"; echo "the server was never ready"; exit 1; }
fact() { python3 -c 'import json,sys; print(json.loads(sys.argv[1])["tenant"][sys.argv[2]])' "$line" "$1"; }
at=$(fact url) tenant=$(fact id)
"$OWNLAKE_BIN" ca --data "$work/data" >"$work/ca.pem"

export AZURE_CONFIG_DIR=$work/config REQUESTS_CA_BUNDLE=$work/ca.pem AZURE_CORE_COLLECT_TELEMETRY=no AZURE_CORE_ONLY_SHOW_ERRORS=true AZURE_CORE_OUTPUT=tsv
az() { timeout 120 "$venv/bin/az" "$@"; }
# is: the command prints exactly this, lines in any order
is() { # what it prints, command…
  local want=$1
  shift
  "$@" >"$work/seen" && diff <(sort <<<"$want") <(sort "$work/seen")
}
# refused: the command fails and says why
refused() { # pattern, command…
  local pattern=$1
  shift
  ! "$@" >"$work/seen" 2>&1 && grep -qE -- "$pattern" "$work/seen" || { cat "$work/seen"; return 1; }
}
# says: the value of a command, for use in others
says() { az "$@" 2>>"$work/err"; }

register() { # name, more options
  az cloud register -n "$1" --endpoint-resource-manager "$at" --suffix-storage-endpoint core.windows.net "${@:2}" &&
    az cloud set -n "$1" && az config set core.instance_discovery=false
}
check "a cloud by its endpoints" register local --skip-endpoint-discovery --endpoint-management "$at" --endpoint-active-directory "$at" \
  --endpoint-active-directory-resource-id "$at/" --endpoint-active-directory-graph-resource-id "$at" --endpoint-microsoft-graph-resource-id "$at"

# A user signs in on a device: the CLI shows a code, and the user types it on the page.
device_login() { # user, password
  az login --use-device-code --tenant "$tenant" >"$work/login" 2>"$work/prompt" &
  local login=$! code=
  for _ in $(seq 1 300); do
    code=$(grep -oE 'code [A-Z0-9]{9}' "$work/prompt" | cut -d' ' -f2)
    [ -n "$code" ] && break
    kill -0 "$login" 2>/dev/null || break
    sleep 0.1
  done
  curl -fsS --cacert "$work/ca.pem" -o /dev/null --data-urlencode "otc=$code" --data-urlencode "login=$1" --data-urlencode "passwd=$2" "$at/devicelogin"
  wait "$login" || { cat "$work/prompt"; return 1; }
}
check "az login with a device code" device_login admin@ownlake.local "$password"
check "az ad signed-in-user show" is admin@ownlake.local az ad signed-in-user show --query userPrincipalName
check "az account show" is "$tenant" az account show --query tenantId

dataverse=546068c3-99b1-4890-8e93-c8aeadcfe56a
readers=demo-Dataverse-readers
check "az ad group create" az ad group create --display-name $readers --mail-nickname $readers
group=$(says ad group show --group $readers --query id)
check "az ad group create again finds it" is "$group" az ad group create --display-name $readers --mail-nickname $readers --query id
service=$(says ad sp show --id $dataverse --query id)
check "az ad sp show finds Microsoft's service" is "Common Data Service - Azure Data Lake Storage" az ad sp show --id $dataverse --query displayName
check "az ad group owner add" az ad group owner add --group $readers --owner-object-id "$service"
check "az ad group owner add again changes nothing" az ad group owner add --group $readers --owner-object-id "$service"
check "az ad group owner list" is $'Administrator\nCommon Data Service - Azure Data Lake Storage' az ad group owner list --group "$group" --query '[].displayName'
check "az ad group member add" az ad group member add --group $readers --member-id "$service"
check "az ad group member add again is refused" refused 'already exist' az ad group member add --group $readers --member-id "$service"
check "az ad group member check" is true az ad group member check --group $readers --member-id "$service" --query value
check "az ad group member list" is "$service" az ad group member list --group $readers --query '[].id'
check "az ad group list by a prefix" is $readers az ad group list --display-name demo-Data --query '[].displayName'
check "az ad group show without such a group" refused 'No group matches' az ad group show --group nothing
check "az ad group member remove" az ad group member remove --group $readers --member-id "$service"

check "az ad user create" az ad user create --display-name Ben --user-principal-name ben@ownlake.local --password "$password"
check "az ad user list" is $'admin@ownlake.local\nben@ownlake.local' az ad user list --query '[].userPrincipalName'
check "az ad user update" az ad user update --id ben@ownlake.local --display-name Benjamin
check "az ad user show" is Benjamin az ad user show --id ben@ownlake.local --query displayName
check "az ad user create with a weak password" refused 'password' az ad user create --display-name X --user-principal-name x@ownlake.local --password weak

check "az ad sp create-for-rbac" az ad sp create-for-rbac --name loader
app=$(says ad app list --display-name loader --query '[0].appId')
secret=$(says ad app credential reset --id "$app" --query password)
account=$(says storage account list --query '[0].id')
check "az storage account show" is devstoreaccount1 az storage account show --ids "$account" --query name
check "az storage account keys list" is $'key1\nkey2' az storage account keys list -n devstoreaccount1 --query '[].keyName'
check "az role assignment create" az role assignment create --assignee "$app" --role "Storage Blob Data Reader" --scope "$account"
check "az role assignment list names the principal" is "$app	Storage Blob Data Reader" \
  az role assignment list --scope "$account" --query "[?principalName=='$app'].[principalName,roleDefinitionName]"

# shellcheck source=resource-manager.sh
. ./resource-manager.sh
# shellcheck source=sharing.sh
. ./sharing.sh

check "az login with a wrong secret" refused AADSTS7000215 az login --service-principal -u "$app" -p wrong --tenant "$tenant"
check "az login as a service principal" az login --service-principal -u "$app" -p "$secret" --tenant "$tenant"
check "az account show as a service principal" is "$app" az account show --query user.name
check "a service principal without rights makes no group" refused 'Insufficient privileges' az ad group create --display-name x --mail-nickname x
check "az account get-access-token for storage" az account get-access-token --resource https://storage.azure.com/ --query tokenType
check "a reader reads" az storage fs file download -p raw/hello.txt -f customerinsights -d "$work/got.txt" "${by_token[@]}"
check "what is read is what was written" cmp "$work/hello.txt" "$work/got.txt"
check "a reader writes nothing" refused 'required permissions' az storage fs directory create -n other -f customerinsights "${by_token[@]}"
check "a reader does not see keys" refused AuthorizationFailed az storage account keys list -n contosolake -g lakes
check "az logout" az logout
check "az login with a device code again" device_login admin@ownlake.local "$password"
check "az group delete with all in it" az group delete -n lakes -y
check "the server's own account is left" is devstoreaccount1 az storage account list --query '[].name'

finish
