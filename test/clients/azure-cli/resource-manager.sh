# Sourced by run.sh: an account made by Resource Manager, its keys, rules and roles, and files in it by the CLI's own token.
lake=$(python3 -c 'import json,sys; print(json.loads(sys.argv[1])["lake"]["tls"].rpartition("/")[0])' "$line")/contosolake
by_token=(--auth-mode login --blob-endpoint "$lake")
contosolake=(-n contosolake -g lakes)

whole_cloud() { az cloud register -n whole --endpoint-resource-manager "$at" && az cloud set -n whole; }
check "a cloud by its address alone" whole_cloud
check "az login in it" device_login admin@ownlake.local "$password"
check "az group create" is Succeeded az group create -n lakes -l westeurope --query properties.provisioningState
check "az storage account check-name" is true az storage account check-name -n contosolake --query nameAvailable
check "az storage account create" is "$lake/" az storage account create "${contosolake[@]}" -l westeurope --sku Standard_LRS --hns true --query primaryEndpoints.dfs
check "az storage account check-name of one that is taken" is AlreadyExists az storage account check-name -n contosolake --query reason
check "az storage account show by its name alone" is true az storage account show -n contosolake --query isHnsEnabled
check "az storage account keys renew" is 2 az storage account keys renew "${contosolake[@]}" --key key2 --query 'length(@)'
check "az storage account blob-service-properties update" is 7 az storage account blob-service-properties update "${contosolake[@]}" \
  --enable-delete-retention true --delete-retention-days 7 --query deleteRetentionPolicy.days
check "az storage container-rm create" is customerinsights az storage container-rm create -n customerinsights --storage-account contosolake -g lakes --query name
check "an owner without a right to data makes no directory" refused 'required permissions' az storage fs directory create -n raw -f customerinsights "${by_token[@]}"

scope=$(says storage account show "${contosolake[@]}" --query id)
me=$(says ad signed-in-user show --query id)
check "az role assignment create for a user" is User az role assignment create --assignee-object-id "$me" --assignee-principal-type User \
  --role "Storage Blob Data Owner" --scope "$scope" --query principalType
check "az role assignment create again finds it" is User az role assignment create --assignee-object-id "$me" --assignee-principal-type User \
  --role "Storage Blob Data Owner" --scope "$scope" --query principalType
loader=$(says ad sp show --id "$app" --query id)
check "az ad group member add of a service principal" az ad group member add --group $readers --member-id "$loader"
check "az role assignment create for a group" is Group az role assignment create --assignee-object-id "$group" --assignee-principal-type Group \
  --role "Storage Blob Data Reader" --scope "$scope/blobServices/default/containers/customerinsights" --query principalType
check "az role assignment list by groups" is 'Storage Blob Data Reader' az role assignment list --assignee "$loader" --include-groups \
  --scope "$scope/blobServices/default/containers/customerinsights" --query '[].roleDefinitionName'

check "az storage fs directory create by token" az storage fs directory create -n raw -f customerinsights "${by_token[@]}"
echo hello >"$work/hello.txt"
check "az storage fs file upload by token" az storage fs file upload -s "$work/hello.txt" -p raw/hello.txt -f customerinsights "${by_token[@]}"
check "az storage fs access set-recursive" is $'1\n1' az storage fs access set-recursive --acl "user::rwx,group::r-x,group:$group:r-x,other::---" \
  -p raw -f customerinsights "${by_token[@]}" --query '[counters.directoriesSuccessful, counters.filesSuccessful]'
check "az storage account update closes the network" is Deny az storage account update "${contosolake[@]}" --default-action Deny --query networkRuleSet.defaultAction
check "a caller from elsewhere is refused" refused 'network rules' az storage fs file list -f customerinsights "${by_token[@]}"
check "az storage account network-rule add" is 127.0.0.1 az storage account network-rule add "${contosolake[@]}" --ip-address 127.0.0.1 \
  --query 'networkRuleSet.ipRules[0].ipAddressOrRange'
check "a caller whom a rule lets in lists files" is $'raw\nraw/hello.txt' az storage fs file list -f customerinsights "${by_token[@]}" --query '[].name'
