package adls

import (
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
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

// blobCopy is Copy Blob and Copy Blob From URL within the account. It is done when it answers, so there is no copy
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
	source, err := h.openCopySource(req, nil)
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
	return writeVersion(w, http.StatusAccepted, p)
}

// blockPutFromURL is Put Block From URL within the account.
func (h *handler) blockPutFromURL(w *timedWriter, req *request) error {
	text, ok := req.query["blockid"]
	if !ok {
		return missingParameter("blockid")
	}
	id, err := wire.ParseBlockID(text)
	if err != nil {
		return err
	}
	source, err := h.openSourceRange(req)
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
	return writeEmpty(w, http.StatusCreated)
}

// copyOf says where a copy comes from, without the signature that lets it be read.
func copyOf(req *request, p lake.Properties) *lake.Copy {
	source, _, _ := strings.Cut(req.Header.Get("X-Ms-Copy-Source"), "?")
	return &lake.Copy{ID: uuid.NewString(), Source: source, Bytes: p.Size}
}

// blobPutFromURL is Put Blob From URL within the account: Put Blob whose content, and content headers unless the
// request says otherwise, are a source's.
func (h *handler) blobPutFromURL(w *timedWriter, req *request) error {
	if kind := req.Header.Get("X-Ms-Blob-Type"); kind != string(lake.BlockBlob) {
		return wire.BadHeader("x-ms-blob-type", kind, "BlockBlob")
	}
	o, err := putBlobOptions(req)
	if err != nil {
		return err
	}
	source, err := h.openCopySource(req, nil)
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

// openSourceRange opens x-ms-source-range of what x-ms-copy-source names. The caller closes it.
func (h *handler) openSourceRange(req *request) (lake.Content, error) {
	var rng *wire.Range
	if v := req.Header.Get("X-Ms-Source-Range"); v != "" {
		if rng = wire.ParseRange(http.Header{"X-Ms-Range": {v}}); rng == nil {
			return lake.Content{}, wire.BadHeader("x-ms-source-range", v, "a range such as bytes=0-1023")
		}
	}
	return h.openCopySource(req, rng)
}

// sourceBody reads a source, checked at its end against the checksums asked for.
func sourceBody(req *request, source lake.Content) (io.Reader, error) {
	b := &sourceChecks{r: source.Body}
	sum, err := wire.HeaderMD5(req.Header, "X-Ms-Source-Content-Md5")
	if err != nil {
		return nil, err
	}
	if sum != nil {
		b.add(md5Check(sum))
	}
	c, err := crc64Check(req.Header, "X-Ms-Source-Content-Crc64")
	if err == nil && c != nil {
		b.add(*c)
	}
	return b, err
}

// openCopySource opens what x-ms-copy-source names, if the caller may read it. The caller closes it.
func (h *handler) openCopySource(req *request, rng *wire.Range) (lake.Content, error) {
	var o lake.ReadOptions
	var err error
	if o.Conditions, err = wire.SourceConditions(req.Header); err != nil {
		return lake.Content{}, err
	}
	if rng != nil {
		o.Offset, o.Count = rng.Offset, rng.Count
	}
	src, query, err := h.copySource(req)
	if err != nil {
		return lake.Content{}, err
	}
	if err := h.authorizeSource(req, query, src, access.ReadFile); err != nil {
		return lake.Content{}, errs.E(errs.Permission, wire.CodeCannotVerifyCopySource, err)
	}
	if o.Snapshot, err = snapshot(parseQuery(query)); err != nil {
		return lake.Content{}, err
	}
	c, err := h.Store.Read(req.Context(), src.Filesystem, src.Path, o)
	if errs.CodeOf(err) == lake.CodeConditionNotMet {
		err = errs.E(errs.Precondition, lake.CodeSourceConditionNotMet, err)
	}
	return c, err
}

// copySource reads x-ms-copy-source: the URL of a blob of this account at the address that the request was sent to.
// Another address may be another server, whose account has the same name.
func (h *handler) copySource(req *request) (src lake.Location, query string, err error) {
	sent := req.Header.Get("X-Ms-Copy-Source")
	shown, _, _ := strings.Cut(sent, "?") // without a signature
	u, err := url.Parse(sent)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return src, "", wire.BadHeader("x-ms-copy-source", shown, "the URL of a blob")
	}
	if serverOf(u.Host) != serverOf(req.Host) {
		return src, "", notImplemented("copies from other servers", "address the source at "+req.Host)
	}
	from, err := h.parseAddress(&http.Request{Method: http.MethodGet, URL: u, Host: u.Host, Header: http.Header{}})
	if err != nil {
		return src, "", err
	}
	if err := from.parseNames(); err != nil {
		return src, "", err
	}
	if from.fs == "" || from.path == lake.Root {
		return src, "", wire.BadHeader("x-ms-copy-source", shown, "the URL of a blob")
	}
	if err := refuseUnsupported(from); err != nil {
		return src, "", err
	}
	return lake.Location{Filesystem: from.fs, Path: from.path}, u.RawQuery, nil
}

// serverOf returns the server that a host names: an account's two endpoints are one.
func serverOf(host string) string {
	return strings.Replace(strings.ToLower(host), ".dfs.", ".blob.", 1)
}
