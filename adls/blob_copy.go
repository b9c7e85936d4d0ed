package adls

import (
	"encoding/base64"
	"net/http"
	"strings"

	"github.com/google/uuid"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// copies reports whether a request takes its content from another blob: Copy Blob, Copy Blob From URL, Put Block
// From URL.
func (req *request) copies() bool {
	comp := req.query["comp"]
	return req.Header.Get("X-Ms-Copy-Source") != "" && req.endpoint == wire.Blob && req.verb == http.MethodPut &&
		req.path != lake.Root && (comp == "" || comp == "block" || comp == "appendblock")
}

func routeCopy(req *request) (operation, error) {
	switch {
	case req.query["comp"] == "appendblock":
		return operation{name: "AppendBlockFromURL", serve: (*handler).appendBlockFromURL, uses: uses(access.AppendBlock)}, nil
	case req.query["comp"] == "block":
		return operation{name: "PutBlockFromURL", serve: (*handler).blockPutFromURL, uses: uses(access.WriteFile), creates: true}, nil
	case req.Header.Get("X-Ms-Blob-Type") != "":
		return operation{name: "PutBlobFromURL", serve: (*handler).blobPutFromURL, uses: taggingUses(req, access.CreateFile)}, nil
	}
	return operation{name: "CopyBlob", serve: (*handler).blobCopy, uses: taggingUses(req, access.CreateFile)}, nil
}

// blobCopy is Copy Blob and Copy Blob From URL. It is done when it answers, so there is no copy
// to ask about or to abort later. Content headers are the source's; metadata, too, unless the request has some.
func (h *handler) blobCopy(w *timedWriter, req *request) error {
	details, err := startDetails(req)
	if err != nil {
		return err
	}
	if details == nil {
		details = &lake.BlobDetails{}
	}
	o := lake.PutBlobOptions{Details: details, Creator: req.creator}
	if o.Conditions, err = req.creating(access.CreateFile); err != nil {
		return err
	}
	if o.ContentMD5, err = wire.HeaderMD5(req.Header, "X-Ms-Source-Content-Md5"); err != nil {
		return err
	}
	if o.Metadata, err = req.metadata(); err != nil {
		return err
	}
	source, err := h.openCopySource(req, nil, unlimited)
	if err != nil {
		return err
	}
	defer func() { _ = source.Body.Close() }()
	details.Copy = copyOf(req, source.Properties)
	o.Headers = source.Properties.Headers
	if len(o.Metadata) == 0 {
		o.Metadata = source.Properties.Metadata
	}
	p, err := h.Store.PutBlob(req.Context(), req.fs, req.path, source.Body, o)
	if err != nil {
		return h.creatingError(req, err)
	}
	wire.Set(w.Header(), "x-ms-copy-id", details.Copy.ID)
	wire.Set(w.Header(), "x-ms-copy-status", "success")
	setEncryptionScope(w, p)
	return writeVersion(w, http.StatusAccepted, p)
}

// blockPutFromURL is Put Block From URL.
func (h *handler) blockPutFromURL(w *timedWriter, req *request) error {
	text, ok := req.query["blockid"]
	if !ok {
		return missingParameter("blockid")
	}
	id, err := wire.ParseBlockID(text)
	if err != nil {
		return err
	}
	source, err := h.openSourceRange(req, maxBlock)
	if err != nil {
		return err
	}
	defer func() { _ = source.Body.Close() }()
	content, err := sourceBody(req, source)
	if err != nil {
		return err
	}
	if err := h.Store.PutBlock(req.Context(), req.fs, req.path, id, content, lake.PutBlockOptions{LeaseID: leaseID(req)}); err != nil {
		return err
	}
	wire.Set(w.Header(), "x-ms-request-server-encrypted", "false")
	wire.Set(w.Header(), scopeHeader, req.Header.Get(scopeHeader))
	return writeEmpty(w, http.StatusCreated)
}

// copyOf says where a copy comes from, without the signature that lets it be read.
func copyOf(req *request, p lake.Properties) *lake.Copy {
	source, _, _ := strings.Cut(req.Header.Get("X-Ms-Copy-Source"), "?")
	return &lake.Copy{ID: uuid.NewString(), Source: source, Bytes: p.Size}
}

// blobPutFromURL is Put Blob From URL: Put Blob whose content, and content headers unless the
// request says otherwise, are a source's.
func (h *handler) blobPutFromURL(w *timedWriter, req *request) error {
	if kind := req.Header.Get("X-Ms-Blob-Type"); kind != string(lake.BlockBlob) {
		return wire.BadHeader("x-ms-blob-type", kind, "BlockBlob")
	}
	o, err := putBlobOptions(req)
	if err != nil {
		return err
	}
	source, err := h.openCopySource(req, nil, maxPutBlob)
	if err != nil {
		return err
	}
	defer func() { _ = source.Body.Close() }()
	if !strings.EqualFold(req.Header.Get("X-Ms-Copy-Source-Blob-Properties"), "false") {
		o.Headers = wire.MergeContentHeaders(source.Properties.Headers, o.Headers)
	}
	o.Headers.ContentMD5, o.ComputeMD5 = nil, true
	content, err := sourceBody(req, source)
	if err != nil {
		return err
	}
	p, err := h.Store.PutBlob(req.Context(), req.fs, req.path, content, o)
	if err != nil {
		return h.creatingError(req, err)
	}
	wire.Set(w.Header(), "Content-MD5", base64.StdEncoding.EncodeToString(p.Headers.ContentMD5))
	return writeWritten(w, http.StatusCreated, p)
}

// copyAbort is Abort Copy Blob: a copy is done when it is answered, so there is none to abort.
func (h *handler) copyAbort(_ *timedWriter, req *request) error {
	if _, err := h.properties(req); err != nil {
		return err
	}
	return errs.E(errs.Conflict, wire.CodeNoPendingCopyOperation, "no copy to the blob is under way")
}
