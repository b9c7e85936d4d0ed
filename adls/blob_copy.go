package adls

import (
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
		req.path != lake.Root && (comp == "" || comp == "block")
}

func routeCopy(req *request) (operation, error) {
	switch {
	case req.query["comp"] == "block":
		return operation{name: "PutBlockFromURL", serve: (*handler).blockPutFromURL, uses: uses(access.WriteFile)}, nil
	case req.Header.Get("X-Ms-Blob-Type") != "":
		return operation{}, notImplemented("Put Blob From URL", "use Copy Blob")
	}
	return operation{name: "CopyBlob", serve: (*handler).blobCopy, uses: uses(access.CreateFile)}, nil
}

// blobCopy is Copy Blob and Copy Blob From URL within the account. It is done when it answers, so there is no copy
// to ask about or to abort later. Content headers are the source's; metadata, too, unless the request has some.
func (h *handler) blobCopy(w *timedWriter, req *request) error {
	o := lake.PutBlobOptions{}
	var err error
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
	o.Headers = source.Properties.Headers
	if len(o.Metadata) == 0 {
		o.Metadata = source.Properties.Metadata
	}
	p, err := h.Store.PutBlob(req.Context(), req.fs, req.path, source.Body, o)
	if err != nil {
		return req.creatingError(err)
	}
	wire.Set(w.Header(), "x-ms-copy-id", uuid.NewString())
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
	for _, name := range []string{"X-Ms-Source-Content-Md5", "X-Ms-Source-Content-Crc64"} {
		if req.Header.Get(name) != "" {
			return notImplemented("checksums of a block's source", "leave out the header "+name)
		}
	}
	var rng *wire.Range
	if v := req.Header.Get("X-Ms-Source-Range"); v != "" {
		if rng = wire.ParseRange(http.Header{"X-Ms-Range": {v}}); rng == nil {
			return wire.BadHeader("x-ms-source-range", v, "a range such as bytes=0-1023")
		}
	}
	source, err := h.openCopySource(req, rng)
	if err != nil {
		return err
	}
	defer func() { _ = source.Body.Close() }()
	if err := h.Store.PutBlock(req.Context(), req.fs, req.path, id, source.Body); err != nil {
		return err
	}
	wire.Set(w.Header(), "x-ms-request-server-encrypted", "false")
	return writeEmpty(w, http.StatusCreated)
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
	c, err := h.Store.Read(req.Context(), src.Filesystem, src.Path, o)
	if errs.CodeOf(err) == lake.CodeConditionNotMet {
		err = errs.E(errs.Precondition, lake.CodeSourceConditionNotMet, err)
	}
	return c, err
}

// copySource reads x-ms-copy-source: the URL of a blob of this account at the address that the request was sent to.
// Another address may be another server, whose account has the same name.
func (h *handler) copySource(req *request) (src lake.Location, query string, err error) {
	if req.Header.Get("X-Ms-Copy-Source-Authorization") != "" {
		return src, "", notImplemented("bearer tokens", "put a shared access signature into the source's URL")
	}
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
