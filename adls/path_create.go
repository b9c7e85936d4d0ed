package adls

import (
	"net/http"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/lake"
)

// dfsContent begins the names of content headers on the dfs endpoint, blobContent on the blob endpoint.
const (
	dfsContent  = "X-Ms-"
	blobContent = "X-Ms-Blob-"
)

// pathCreate is Path - Create for files and directories.
func (h *handler) pathCreate(w *timedWriter, req *request) error {
	resource := req.query["resource"]
	switch resource {
	case "file", "directory":
	case "":
		return missingParameter("resource")
	default:
		return wire.BadQuery("resource", resource, "file or directory")
	}
	o, err := createOptions(req)
	if err != nil {
		return err
	}
	o.IsDirectory = resource == "directory"
	if o.Lease, err = leaseOnCreate(req); err != nil {
		return err
	}
	p, err := h.Store.Create(req.Context(), req.fs, req.path, o)
	if err != nil {
		return h.creatingError(req, err)
	}
	return writeWritten(w, http.StatusCreated, p)
}

// createUses is what Path - Create does: it sets, beside what it makes, the owner and the list it is given, and takes the
// lease it is asked for.
func createUses(req *request) []access.Operation {
	ops := uses(access.CreateFile)
	if req.query["resource"] == "directory" {
		ops = uses(access.CreateDirectory)
	}
	ops = append(ops, ownerUses(req)...)
	if req.Header.Get("X-Ms-Acl") != "" {
		ops = append(ops, access.SetACL)
	}
	if req.Header.Get("X-Ms-Lease-Duration") != "" {
		ops = append(ops, access.Lease)
	}
	return ops
}

// ownerUses is what setting the owner and the owning group that a request names does.
func ownerUses(req *request) []access.Operation {
	var ops []access.Operation
	if req.Header.Get("X-Ms-Owner") != "" {
		ops = append(ops, access.SetOwner)
	}
	if req.Header.Get("X-Ms-Group") != "" {
		ops = append(ops, access.SetGroup)
	}
	return ops
}

func createOptions(req *request) (o lake.CreateOptions, err error) {
	header := req.Header
	o = lake.CreateOptions{
		Permissions: header.Get("X-Ms-Permissions"), Umask: header.Get("X-Ms-Umask"),
		Creator: req.creator, Owner: access.ObjectID(header.Get("X-Ms-Owner")), Group: access.ObjectID(header.Get("X-Ms-Group")),
	}
	if o.EncryptionScope, err = req.encryptionScope(); err != nil {
		return o, err
	}
	if o.Headers, _, err = wire.ContentHeaders(header, dfsContent); err != nil {
		return o, err
	}
	if o.Metadata, err = req.metadata(); err != nil {
		return o, err
	}
	if list := header.Get("X-Ms-Acl"); list != "" {
		if o.ACL, err = access.ParseACL(list); err != nil {
			return o, err
		}
	}
	if header.Get("X-Ms-Expiry-Option") != "" || header.Get("X-Ms-Expiry-Time") != "" {
		if o.Expiry, err = expiry(req); err != nil {
			return o, err
		}
	}
	o.Conditions, err = req.creating(access.CreateFile)
	return o, err
}
