package adls

import (
	"encoding/base64"
	"net/http"
	"strings"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// blobPut is Put Blob. What flat accounts use as the marker of a directory makes one here.
func (h *handler) blobPut(w *timedWriter, req *request) error {
	kind := req.Header.Get("X-Ms-Blob-Type")
	switch kind {
	case string(lake.BlockBlob), string(lake.AppendBlob):
	case "":
		return missingHeader("x-ms-blob-type")
	case "PageBlob":
		return errs.E(errs.Conflict, lake.CodeInvalidBlobType, "an account with a hierarchical namespace has no page blobs", errs.Hint("write a BlockBlob"))
	default:
		return wire.BadHeader("x-ms-blob-type", kind, "BlockBlob or AppendBlob")
	}
	o, err := putBlobOptions(req)
	if err != nil {
		return err
	}
	if kind == string(lake.AppendBlob) {
		return h.appendBlobPut(w, req, o)
	}
	if isDirectoryMarker(req, o.Metadata) {
		return h.directoryPut(w, req, o)
	}
	if o.ContentMD5, err = wire.HeaderMD5(req.Header, "Content-Md5"); err != nil {
		return err
	}
	if err := oneChecksum(req.Header); err != nil {
		return err
	}
	o.ComputeMD5 = true // Put Blob stores it, other than all other writes
	if err := req.body.checkCRC64(req.Header); err != nil {
		return err
	}
	p, err := h.Store.PutBlob(req.Context(), req.fs, req.path, req.body, o)
	if err != nil {
		return h.creatingError(req, err)
	}
	if p.Headers.ContentMD5 != nil {
		wire.Set(w.Header(), "Content-MD5", base64.StdEncoding.EncodeToString(p.Headers.ContentMD5))
	}
	wire.Set(w.Header(), "x-ms-content-crc64", req.Header.Get("X-Ms-Content-Crc64"))
	return writeWritten(w, http.StatusCreated, p)
}

// isDirectoryMarker reports whether an empty blob stands for a directory: by metadata, as Hadoop and the
// service have it, or by a slash at the end of its name, as pyarrow does.
func isDirectoryMarker(req *request, m lake.Metadata) bool {
	return req.ContentLength == 0 && (wire.ParseBool(m["hdi_isfolder"]) || strings.HasSuffix(req.pathName, "/"))
}

func (h *handler) directoryPut(w *timedWriter, req *request, o lake.PutBlobOptions) error {
	delete(o.Metadata, "hdi_isfolder")
	p, err := h.Store.Create(req.Context(), req.fs, req.path, lake.CreateOptions{
		IsDirectory: true, Metadata: o.Metadata, Conditions: o.Conditions, Creator: req.creator,
	})
	if err != nil {
		return h.creatingError(req, err)
	}
	return writeWritten(w, http.StatusCreated, p)
}

// putBlobOptions reads what Put Blob and Put Block List share. The stored content headers are the
// x-ms-blob-* ones; Put Blob takes the standard headers where those are missing.
func putBlobOptions(req *request) (o lake.PutBlobOptions, err error) {
	o.Creator = req.creator
	if o.Headers, _, err = wire.ContentHeaders(req.Header, blobContent); err != nil {
		return o, err
	}
	if req.query["comp"] == "" {
		standard, _, err := wire.ContentHeaders(req.Header, "")
		if err != nil {
			return o, err
		}
		standard.ContentMD5 = nil
		o.Headers = wire.MergeContentHeaders(standard, o.Headers)
	}
	if o.Metadata, err = req.metadata(); err != nil {
		return o, err
	}
	if o.Details, err = startDetails(req); err != nil {
		return o, err
	}
	o.Conditions, err = req.creating(access.CreateFile)
	return o, err
}

// startDetails reads the tier, tags and encryption scope that a new blob is given; nil if there are none.
func startDetails(req *request) (*lake.BlobDetails, error) {
	d := lake.BlobDetails{}
	var err error
	if tier := req.Header.Get("X-Ms-Access-Tier"); tier != "" {
		if d.Tier, err = wire.ParseTier(tier); err != nil {
			return nil, err
		}
	}
	if d.Tags, err = wire.ParseTags(req.Header.Get("X-Ms-Tags")); err != nil {
		return nil, err
	}
	if d.EncryptionScope, err = req.encryptionScope(); err != nil {
		return nil, err
	}
	if d.Tier == "" && len(d.Tags) == 0 && d.EncryptionScope == "" {
		return nil, nil
	}
	return &d, nil
}
