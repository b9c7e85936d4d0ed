package main

import "net/http"

// operation is something that everybody tries. In its request FIX stands for the folder that it is tried in, ACCOUNT
// for the account's address, and SOMEBODY and STAFF for a user and a group that the folder's owner is in.
type operation struct {
	name string
	request
	changes bool // what it is tried in has to be made anew after it
	// before and after are done by the account's key, after as far as there is something to be done.
	before, after []request
}

func headers(pairs ...string) map[string]string {
	h := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		h[pairs[i]] = pairs[i+1]
	}
	return h
}

const (
	fix     = "/" + container + "/FIX"
	whole   = "/" + container + "?restype=container"
	someACL = "user::rwx,group::r-x,other::---"
	// retention is what the account has already: without it nothing can be brought back.
	retention = "<StorageServiceProperties><DeleteRetentionPolicy><Enabled>true</Enabled><Days>7</Days></DeleteRetentionPolicy></StorageServiceProperties>"
)

func get(target string) request  { return request{method: http.MethodGet, target: target} }
func head(target string) request { return request{method: http.MethodHead, target: target} }

func put(target, body string, pairs ...string) request {
	return request{http.MethodPut, target, headers(pairs...), body}
}

func patch(target, body string, pairs ...string) request {
	return request{http.MethodPatch, target, headers(pairs...), body}
}

func remove(target string) request { return request{method: http.MethodDelete, target: target} }

// operations are those of both endpoints ("Path", "Filesystem", "Operations on blobs", "on containers", "on the account"), in the
// order of the rows of matrix.txt. Parameters without a value tell which endpoint is meant where both have the same request.
func operations() []operation {
	block := []string{"x-ms-blob-type", "BlockBlob"}
	breakLease := []string{"x-ms-lease-action", "break", "x-ms-lease-break-period", "0"}
	take := []string{"x-ms-lease-action", "acquire", "x-ms-lease-duration", "15"}
	return []operation{
		{name: "read file", request: get(fix + "/f?action=read")},
		{name: "read blob", request: get(fix + "/f?snapshot=")},
		{name: "get block list", request: get(fix + "/f?comp=blocklist")},
		{name: "get properties", request: head(fix + "/f?action=getStatus")},
		{name: "get blob metadata", request: head(fix + "/f?comp=metadata")},
		{name: "check access r--", request: head(fix + "/f?action=checkAccess&fsAction=r--")},
		{name: "get access control", request: head(fix + "/f?action=getAccessControl")},
		{name: "list", request: get("/" + container + "?resource=filesystem&recursive=false&directory=FIX")},
		{name: "list recursively", request: get("/" + container + "?resource=filesystem&recursive=true&directory=FIX")},
		{name: "list blobs", request: get(whole + "&comp=list&prefix=FIX/")},
		{name: "list deleted blobs", request: get(whole + "&comp=list&prefix=FIX/&showonly=deleted")},
		{name: "get tags", request: get(fix + "/f?comp=tags")},
		{name: "set tags", request: put(fix+"/f?comp=tags", "<Tags><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tags>"), changes: true},
		{name: "create file", request: put(fix+"/new?resource=file", ""), changes: true},
		{name: "create over a file", request: put(fix+"/f?resource=file", ""), changes: true},
		{name: "create file in new folders", request: put(fix+"/x/y/new?resource=file", ""), changes: true},
		{name: "create directory", request: put(fix+"/dir?resource=directory", ""), changes: true},
		{name: "create with an owner", request: put(fix+"/new?resource=file", "", "x-ms-owner", "SOMEBODY"), changes: true},
		{name: "put blob", request: put(fix+"/new", "x", block...), changes: true},
		{name: "put over a blob", request: put(fix+"/f", "x", block...), changes: true},
		{name: "put block", request: put(fix+"/new?comp=block&blockid=AAAA", "x"), changes: true},
		{name: "put block list", request: put(fix+"/f?comp=blocklist", "<BlockList></BlockList>"), changes: true},
		{name: "copy blob", request: put(fix+"/copy", "", "x-ms-copy-source", "ACCOUNT"+fix+"/f"), changes: true},
		{name: "append", request: patch(fix+"/f?action=append&position=7", "x"), changes: true},
		{name: "flush", request: patch(fix+"/f?action=flush&position=7", ""), changes: true},
		{name: "append block", request: put(fix+"/log?comp=appendblock", "x"), changes: true},
		{name: "set properties", request: patch(fix+"/f?action=setProperties", "", "x-ms-content-type", "text/plain"), changes: true},
		{name: "set metadata", request: put(fix+"/f?comp=metadata", "", "x-ms-meta-a", "b"), changes: true},
		{name: "set tier", request: put(fix+"/f?comp=tier", "", "x-ms-access-tier", "Cool"), changes: true},
		{name: "snapshot", request: put(fix+"/f?comp=snapshot", ""), changes: true},
		{name: "lease", request: put(fix+"/f?comp=lease", "", take...), changes: true, after: []request{put(fix+"/f?comp=lease", "", breakLease...)}},
		{name: "break lease", request: put(fix+"/f?comp=lease", "", breakLease...), before: []request{put(fix+"/f?comp=lease", "", take...)}, after: []request{put(fix+"/f?comp=lease", "", breakLease...)}, changes: true},
		{name: "rename file", request: put(fix+"/sub/moved", "", "x-ms-rename-source", fix+"/f"), changes: true},
		{name: "rename over a file", request: put(fix+"/f", "", "x-ms-rename-source", fix+"/old"), changes: true},
		{name: "rename directory", request: put(fix+"/moved", "", "x-ms-rename-source", fix+"/sub"), changes: true},
		{name: "delete file", request: remove(fix + "/f?recursive=false"), changes: true},
		{name: "delete blob", request: remove(fix + "/f?comp="), changes: true},
		{name: "delete recursively", request: remove(fix + "/sub?recursive=true"), changes: true},
		{name: "undelete blob", request: put(fix+"/gone?comp=undelete", ""), changes: true},
		{name: "set permissions", request: patch(fix+"/f?action=setAccessControl", "", "x-ms-permissions", "0700"), changes: true},
		{name: "set access control", request: patch(fix+"/f?action=setAccessControl", "", "x-ms-acl", someACL), changes: true},
		{name: "set lists recursively", request: patch(fix+"/sub?action=setAccessControlRecursive&mode=set", "", "x-ms-acl", someACL), changes: true},
		{name: "set owner", request: patch(fix+"/f?action=setAccessControl", "", "x-ms-owner", "SOMEBODY"), changes: true},
		{name: "set owning group", request: patch(fix+"/f?action=setAccessControl", "", "x-ms-group", "STAFF"), changes: true},

		{name: "get container properties", request: head(whole)},
		{name: "set container metadata", request: put(whole+"&comp=metadata", "")},
		{name: "lease container", request: put(whole+"&comp=lease", "", take...), after: []request{put(whole+"&comp=lease", "", breakLease...)}},
		{name: "get access policies", request: get(whole + "&comp=acl")},
		{name: "set access policies", request: put(whole+"&comp=acl", "")},
		{name: "find by tags", request: get(whole + "&comp=blobs&where=%22a%22%3D%27b%27")},
		{name: "create another container", request: put("/OTHER?restype=container", "")},
		{name: "delete another container", request: remove("/OTHER?restype=container"), before: []request{put("/OTHER?restype=container", "")}},
		{name: "list containers", request: get("/?comp=list&prefix=" + container)},
		{name: "get service properties", request: get("/?restype=service&comp=properties")},
		{name: "set service properties", request: put("/?restype=service&comp=properties", retention)},
		{name: "get user delegation key", request: request{method: http.MethodPost, target: "/?restype=service&comp=userdelegationkey", body: keyInfo()}},
	}
}
