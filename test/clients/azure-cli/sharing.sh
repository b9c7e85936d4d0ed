# Sourced by run.sh: a lake is shared by the CLI, step by step as reference BYOL section 2 has them, and another one, with the same
# files, by ownlake share. What comes of both has to be the same.
export AZURE_TENANT_ID=$tenant AZURE_USERNAME=admin@ownlake.local AZURE_PASSWORD=$password
suffix=${lake%/*}

# lake_with_files makes an account with the container and files in it.
lake_with_files() { # name
  az storage account create -n "$1" -g lakes -l westeurope --sku Standard_LRS --hns true &&
    az storage container-rm create -n customerinsights --storage-account "$1" -g lakes || return
  LAKE_ACCOUNT=$1 LAKE_KEY=$(says storage account keys list -n "$1" -g lakes --query '[0].value')
  local signature path
  signature=$(sas rwlc)
  for path in ci_1/Merge/model.json ci_1/Merge/Customer/part-1.parquet ci_1/runs/run-1.json; do
    curl -fsS --cacert "$work/ca.pem" -X PUT -H 'x-ms-blob-type: BlockBlob' --data-binary x "$suffix/$1/customerinsights/$path?$signature" || return
  done
}
check "two lakes with the same files" eval 'lake_with_files sharedbyaz && lake_with_files sharedbyus'
byaz=$(says storage account show -n sharedbyaz -g lakes --query id) byus=$(says storage account show -n sharedbyus -g lakes --query id)
fs=(-f customerinsights --auth-mode login --blob-endpoint "$suffix/sharedbyaz")

# CreateSecurityGroups
declare -A cg
for kind in readers contributors; do
  check "az ad group create: $kind" az ad group create --display-name "byaz-Dataverse-$kind" --mail-nickname "byaz-Dataverse-$kind"
  cg[$kind]=$(says ad group show --group "byaz-Dataverse-$kind" --query id)
  check "az ad group owner add: $kind" az ad group owner add --group "${cg[$kind]}" --owner-object-id "$service"
done
# ByolSetup
assign() { # id, kind, role, scope
  az role assignment create --assignee-object-id "$1" --assignee-principal-type "$2" --role "$3" --scope "$4"
}
check "the caller's role" assign "$me" User "Storage Blob Data Owner" "$byaz"
check "Dataverse may make signatures" assign "$service" ServicePrincipal "Storage Blob Delegator" "$byaz"
check "Dataverse may write" assign "$service" ServicePrincipal "Storage Blob Data Contributor" "$byaz/blobServices/default/containers/customerinsights"
entries="group:${cg[readers]}:r-x,group:${cg[contributors]}:rwx,default:group:${cg[readers]}:r-x,default:group:${cg[contributors]}:rwx"
root=$(says storage fs access show -p / "${fs[@]}" --query acl)
check "az storage fs access set on the container" az storage fs access set --acl "$root,$entries" -p / "${fs[@]}"
check "az storage fs access update-recursive on what is in it" is $'5\n3\n0' az storage fs access update-recursive --acl "$entries" -p / "${fs[@]}" \
  --query '[counters.directoriesSuccessful, counters.filesSuccessful, counters.failureCount]'
check "ownlake share check finds nothing missing in what the CLI did" "$OWNLAKE_BIN" share check --account "$byaz" --prefix byaz --only-read --data "$work/data" --cloud "$at" --ca "$work/ca.pem"
check "the caller's role is taken back" az role assignment delete --assignee "$me" --role "Storage Blob Data Owner" --scope "$byaz"

check "ownlake share setup" "$OWNLAKE_BIN" share setup --account "$byus" --prefix byus --data "$work/data" --cloud "$at" --ca "$work/ca.pem"
state() { python3 ../../share/state.py "$at" "$work/ca.pem" "$tenant" "$@"; }
compared() {
  state "$byaz" byaz >"$work/byaz" && state "$byus" byus >"$work/byus" && diff "$work/byaz" "$work/byus"
}
check "both lakes are shared alike" compared
check "the state that was compared is a whole one" [ "$(grep -c -e '^group' -e '^role' -e '^/.*<readers>.*<contributors>\|^/.*<contributors>.*<readers>' "$work/byaz")" -ge 16 ]
