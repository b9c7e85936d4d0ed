package adls

import (
	"net/http"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/errs"
)

// operation is one operation of the REST APIs. maxBody bounds the body that it reads.
type operation struct {
	name    string
	maxBody int64
	serve   func(*handler, *timedWriter, *request) error
	// uses is what a shared access signature must allow for it; anyGrant says that every good one does.
	uses     []access.Operation
	anyGrant bool
	// creates says that what it writes may be a path that does not exist yet.
	creates bool
	// snapshots says that it takes a snapshot where the request names one.
	snapshots bool
}

// uses is short for what an operation uses.
func uses(ops ...access.Operation) []access.Operation { return ops }

// taggingUses is what a write uses that may give the blob tags.
func taggingUses(req *request, op access.Operation) []access.Operation {
	if req.Header.Get("X-Ms-Tags") != "" {
		return uses(op, access.SetTags)
	}
	return uses(op)
}

// route finds the operation of a request by endpoint, level, method and parameters.
func route(req *request) (operation, error) {
	if req.endpoint == wire.DFS {
		return routeDFS(req)
	}
	return routeBlob(req)
}

func routeDFS(req *request) (operation, error) {
	resource := req.query["resource"]
	switch {
	case req.fs == "" && resource == "account" && req.verb == http.MethodGet:
		return operation{name: "FilesystemList", serve: (*handler).filesystemList, uses: uses(access.ListContainers)}, nil
	case req.fs == "":
		return operation{}, noSuchResource("the address names no filesystem")
	case resource == "filesystem" && req.path == "":
		return routeFilesystem(req)
	}
	return routePath(req)
}

func routeFilesystem(req *request) (operation, error) {
	switch req.verb {
	case http.MethodPut:
		return operation{name: "FilesystemCreate", serve: (*handler).filesystemCreate, uses: uses(access.CreateContainer)}, nil
	case http.MethodPatch:
		return operation{name: "FilesystemSetProperties", serve: (*handler).filesystemSetProperties, uses: uses(access.SetContainerMetadata)}, nil
	case http.MethodHead:
		return operation{name: "FilesystemGetProperties", serve: (*handler).filesystemGetProperties, uses: uses(access.GetContainerProperties)}, nil
	case http.MethodGet:
		return operation{name: "PathList", serve: (*handler).pathList, uses: uses(access.ListDirectory)}, nil
	case http.MethodDelete:
		return operation{name: "FilesystemDelete", serve: (*handler).filesystemDelete, uses: uses(access.DeleteContainer)}, nil
	}
	return operation{}, unsupportedVerb(req)
}

func routePath(req *request) (operation, error) {
	switch req.verb {
	case http.MethodPut:
		if req.Header.Get("X-Ms-Rename-Source") != "" {
			return operation{name: "PathRename", serve: (*handler).pathRename, uses: uses(access.RenameTo)}, nil
		}
		return operation{name: "PathCreate", serve: (*handler).pathCreate, uses: createUses(req)}, nil
	case http.MethodPatch:
		return routePathUpdate(req)
	case http.MethodHead:
		return routePathProperties(req)
	case http.MethodGet:
		return operation{name: "PathRead", serve: (*handler).pathRead, uses: uses(access.ReadFile)}, nil
	case http.MethodDelete:
		return operation{name: "PathDelete", serve: (*handler).pathDelete, uses: deleteUses(req)}, nil
	case http.MethodPost:
		return operation{name: "PathLease", serve: (*handler).pathLease, uses: leaseUses(req, access.BreakLease, access.Lease)}, nil
	}
	return operation{}, unsupportedVerb(req)
}

func routePathUpdate(req *request) (operation, error) {
	switch action := req.query["action"]; action {
	case "append":
		return operation{name: "PathAppend", maxBody: maxAppend, serve: (*handler).pathAppend, uses: uses(access.WriteFile)}, nil
	case "flush":
		return operation{name: "PathFlush", serve: (*handler).pathFlush, uses: uses(access.WriteFile)}, nil
	case "setProperties":
		return operation{name: "PathSetProperties", serve: (*handler).pathSetProperties, uses: uses(access.SetProperties)}, nil
	case "setAccessControl":
		return operation{name: "PathSetAccessControl", serve: (*handler).pathSetAccessControl, uses: accessControlUses(req)}, nil
	case "setAccessControlRecursive":
		return operation{name: "PathSetAccessControlRecursive", serve: (*handler).pathSetAccessControlRecursive, uses: uses(access.SetACL)}, nil
	case "":
		return operation{}, missingParameter("action")
	default:
		return operation{}, wire.BadQuery("action", action, "append, flush, setProperties, setAccessControl or setAccessControlRecursive")
	}
}

func routePathProperties(req *request) (operation, error) {
	switch action := req.query["action"]; action {
	case "", "getStatus":
		return operation{name: "PathGetProperties", serve: (*handler).pathGetProperties, uses: uses(access.GetProperties)}, nil
	case "getAccessControl":
		return operation{name: "PathGetAccessControl", serve: (*handler).pathGetAccessControl, uses: uses(access.GetACL)}, nil
	case "checkAccess":
		return operation{name: "PathCheckAccess", serve: (*handler).pathCheckAccess, uses: uses(access.CheckAccess)}, nil
	default:
		return operation{}, wire.BadQuery("action", action, "getStatus, getAccessControl or checkAccess")
	}
}

func routeBlob(req *request) (operation, error) {
	restype, comp := req.query["restype"], req.query["comp"]
	read := req.verb == http.MethodGet || req.verb == http.MethodHead
	switch {
	case restype == "account" && comp == "properties" && read:
		return operation{name: "GetAccountInformation", serve: (*handler).accountInformation, anyGrant: true}, nil
	case req.fs == "" && restype == "service" && comp == "properties" && req.verb == http.MethodGet:
		return operation{name: "GetBlobServiceProperties", serve: (*handler).serviceGetProperties, uses: uses(access.GetServiceProperties)}, nil
	case req.fs == "" && restype == "service" && comp == "userdelegationkey" && req.verb == http.MethodPost:
		return operation{name: "GetUserDelegationKey", maxBody: maxKeyInfo, serve: (*handler).userDelegationKey, uses: uses(access.GetUserDelegationKey)}, nil
	case req.fs == "" && restype == "service" && comp == "properties" && req.verb == http.MethodPut:
		return operation{name: "SetBlobServiceProperties", maxBody: maxServiceProperties, serve: (*handler).serviceSetProperties, uses: uses(access.SetServiceProperties)}, nil
	case req.fs == "" && restype == "service" && comp == "stats" && req.verb == http.MethodGet:
		return operation{name: "GetBlobServiceStats", serve: (*handler).serviceStats, uses: uses(access.GetServiceProperties)}, nil
	case req.fs == "" && restype == "" && comp == "list" && req.verb == http.MethodGet:
		return operation{name: "ListContainers", serve: (*handler).containerList, uses: uses(access.ListContainers)}, nil
	case comp == "blobs" && req.path == "" && req.verb == http.MethodGet:
		return operation{name: "FindBlobsByTags", serve: (*handler).blobsFind, uses: uses(access.FindByTags)}, nil
	case req.fs == "" && comp == "batch" && req.verb == http.MethodPost:
		return operation{name: "BlobBatch", maxBody: maxBatch, serve: (*handler).blobBatch, anyGrant: true}, nil
	case req.fs == "" && comp == "":
		return operation{}, noSuchResource("the address names no container")
	case req.fs == "":
		return operation{}, notImplemented("comp="+comp+" of the account", "")
	case restype == "container" && req.path == "":
		return routeContainer(req, comp)
	case req.path == "":
		return operation{}, noSuchResource("the address names a container and no blob; operations on containers have restype=container")
	case restype != "":
		return operation{}, wire.BadQuery("restype", restype, "fitting for a blob")
	}
	return routeBlobOfContainer(req, comp)
}

func routeContainer(req *request, comp string) (operation, error) {
	read := req.verb == http.MethodGet || req.verb == http.MethodHead
	switch {
	case comp == "" && req.verb == http.MethodPut:
		return operation{name: "CreateContainer", serve: (*handler).filesystemCreate, uses: uses(access.CreateContainer)}, nil
	case comp == "" && req.verb == http.MethodDelete:
		return operation{name: "DeleteContainer", serve: (*handler).filesystemDelete, uses: uses(access.DeleteContainer)}, nil
	case (comp == "" || comp == "metadata") && read:
		return operation{name: "GetContainerProperties", serve: (*handler).filesystemGetProperties, uses: uses(access.GetContainerProperties)}, nil
	case comp == "metadata" && req.verb == http.MethodPut:
		return operation{name: "SetContainerMetadata", serve: (*handler).filesystemSetProperties, uses: uses(access.SetContainerMetadata)}, nil
	case comp == "acl" && read:
		return operation{name: "GetContainerACL", serve: (*handler).containerACL, uses: uses(access.GetContainerAccess)}, nil
	case comp == "acl" && req.verb == http.MethodPut:
		return operation{name: "SetContainerACL", maxBody: maxContainerACL, serve: (*handler).containerSetACL, uses: uses(access.SetContainerAccess)}, nil
	case comp == "lease" && req.verb == http.MethodPut:
		return operation{name: "LeaseContainer", serve: (*handler).containerLease, uses: leaseUses(req, access.BreakContainerLease, access.LeaseContainer)}, nil
	case comp == "list" && req.verb == http.MethodGet:
		return operation{name: "ListBlobs", serve: (*handler).blobList, uses: listUses(req)}, nil
	case comp == "undelete" && req.verb == http.MethodPut:
		return operation{name: "RestoreContainer", serve: (*handler).containerRestore, uses: uses(access.UndeleteContainer)}, nil
	case comp == "batch" && req.verb == http.MethodPost:
		return operation{name: "BlobBatch", maxBody: maxBatch, serve: (*handler).blobBatch, anyGrant: true}, nil
	case comp == "":
		return operation{}, unsupportedVerb(req)
	}
	return operation{}, notImplemented(req.verb+" with comp="+comp+" on containers", "")
}

func routeBlobOfContainer(req *request, comp string) (operation, error) {
	if req.copies() {
		return routeCopy(req)
	}
	switch req.verb + " " + comp {
	case "PUT ":
		return operation{name: "PutBlob", maxBody: maxPutBlob, serve: (*handler).blobPut, uses: taggingUses(req, access.CreateFile)}, nil
	case "PUT block":
		return operation{name: "PutBlock", maxBody: maxBlock, serve: (*handler).blockPut, uses: uses(access.WriteFile), creates: true}, nil
	case "PUT blocklist":
		return operation{name: "PutBlockList", maxBody: maxBlockList, serve: (*handler).blockListPut, uses: taggingUses(req, access.WriteFile), creates: true}, nil
	case "GET blocklist":
		return operation{name: "GetBlockList", serve: (*handler).blockListGet, uses: uses(access.ReadFile)}, nil
	case "PUT appendblock":
		return operation{name: "AppendBlock", maxBody: maxAppendBlock, serve: (*handler).appendBlock, uses: uses(access.AppendBlock)}, nil
	case "PUT seal":
		return operation{name: "AppendBlobSeal", serve: (*handler).appendBlobSeal, uses: uses(access.AppendBlock)}, nil
	case "PUT lease":
		return operation{name: "LeaseBlob", serve: (*handler).pathLease, uses: leaseUses(req, access.BreakLease, access.Lease)}, nil
	case "PUT undelete":
		return operation{name: "UndeleteBlob", serve: (*handler).blobUndelete, uses: uses(access.Undelete)}, nil
	case "PUT snapshot":
		return operation{name: "SnapshotBlob", serve: (*handler).blobSnapshot, uses: uses(access.CreateSnapshot)}, nil
	case "PUT tier":
		return operation{name: "SetBlobTier", serve: (*handler).blobSetTier, uses: uses(access.SetProperties)}, nil
	case "PUT tags":
		return operation{name: "SetBlobTags", maxBody: maxTags, serve: (*handler).blobSetTags, uses: uses(access.SetTags)}, nil
	case "GET tags":
		return operation{name: "GetBlobTags", serve: (*handler).blobGetTags, uses: uses(access.GetTags)}, nil
	case "PUT expiry":
		return operation{name: "SetBlobExpiry", serve: (*handler).blobSetExpiry, uses: uses(access.SetProperties)}, nil
	case "PUT copy":
		return operation{name: "AbortCopyBlob", serve: (*handler).copyAbort, uses: uses(access.WriteFile)}, nil
	case "PUT metadata":
		return operation{name: "SetBlobMetadata", serve: (*handler).blobSetMetadata, uses: uses(access.SetProperties)}, nil
	case "PUT properties":
		return operation{name: "SetBlobProperties", serve: (*handler).blobSetProperties, uses: uses(access.SetProperties)}, nil
	case "GET ":
		return operation{name: "GetBlob", serve: (*handler).pathRead, uses: uses(access.ReadFile), snapshots: true}, nil
	case "HEAD ", "HEAD metadata", "GET metadata":
		return operation{name: "GetBlobProperties", serve: (*handler).blobGetProperties, uses: uses(access.GetProperties), snapshots: true}, nil
	case "DELETE ":
		return operation{name: "DeleteBlob", serve: (*handler).pathDelete, uses: deleteUses(req), snapshots: true}, nil
	}
	if comp == "" {
		return operation{}, unsupportedVerb(req)
	}
	return operation{}, notImplemented(req.verb+" with comp="+comp+" on blobs", "")
}

func unsupportedVerb(req *request) error {
	return errs.E(errs.Invalid, wire.CodeUnsupportedHTTPVerb, req.verb+" is no operation of this resource")
}

func noSuchResource(msg string) error {
	return errs.E(errs.NotFound, wire.CodeResourceNotFound, msg)
}

func missingParameter(name string) error {
	return errs.E(errs.Invalid, wire.CodeMissingRequiredQueryParameter, errs.Item(name), "the parameter is missing")
}

func missingHeader(name string) error {
	return errs.E(errs.Invalid, wire.CodeMissingRequiredHeader, errs.Item(name), "the header is missing")
}
