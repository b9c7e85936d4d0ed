package adls

import (
	"io"
	"math"
	"net/http"
	"net/url"
	"strings"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// unlimited is the limit of copies that take a source of any size.
const unlimited = math.MaxInt64

// openSourceRange opens x-ms-source-range of what x-ms-copy-source names, as [handler.openCopySource] does.
func (h *handler) openSourceRange(req *request, limit int64) (lake.Content, error) {
	var rng *wire.Range
	if v := req.Header.Get("X-Ms-Source-Range"); v != "" {
		if rng = wire.ParseRange(http.Header{"X-Ms-Range": {v}}); rng == nil {
			return lake.Content{}, wire.BadHeader("x-ms-source-range", v, "a range such as bytes=0-1023")
		}
	}
	return h.openCopySource(req, rng, limit)
}

// openCopySource opens what x-ms-copy-source names, if the caller may read it and it is not larger than the limit. The
// caller closes it.
func (h *handler) openCopySource(req *request, rng *wire.Range, limit int64) (lake.Content, error) {
	c, err := wire.SourceConditions(req.Header)
	if err != nil {
		return lake.Content{}, err
	}
	u, err := copySourceURL(req)
	if err != nil {
		return lake.Content{}, err
	}
	open := h.openOwnSource
	if serverOf(u.Host) != serverOf(req.Host) {
		open = h.openRemoteSource
	}
	source, err := open(req, u, rng, c)
	if errs.CodeOf(err) == lake.CodeConditionNotMet {
		err = errs.E(errs.Precondition, lake.CodeSourceConditionNotMet, err)
	}
	if err == nil && source.Length > limit {
		_ = source.Body.Close()
		err = errs.E(errs.Invalid, wire.CodeRequestBodyTooLarge, "the source is larger than the operation takes",
			errs.Hint("copy it in blocks: Put Block From URL or Append Block From URL with x-ms-source-range"))
	}
	return source, err
}

// copySourceURL reads x-ms-copy-source.
func copySourceURL(req *request) (*url.URL, error) {
	sent := req.Header.Get("X-Ms-Copy-Source")
	u, err := url.Parse(sent)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "http" && u.Scheme != "https" {
		return nil, badCopySource(sent)
	}
	return u, nil
}

// badCopySource is the error of a URL that names no blob. It says nothing of a signature.
func badCopySource(sent string) error {
	shown, _, _ := strings.Cut(sent, "?")
	return wire.BadHeader("x-ms-copy-source", shown, "the URL of a blob")
}

// serverOf returns the server that a host names: an account's two endpoints are one.
func serverOf(host string) string {
	return strings.Replace(strings.ToLower(host), ".dfs.", ".blob.", 1)
}

// openOwnSource opens a blob of this account, addressed where the request was sent to: another address may be another
// server, whose account has the same name.
func (h *handler) openOwnSource(req *request, u *url.URL, rng *wire.Range, c lake.Conditions) (lake.Content, error) {
	o := lake.ReadOptions{Conditions: c}
	if rng != nil {
		o.Offset, o.Count = rng.Offset, rng.Count
	}
	src, err := h.ownSource(u)
	if err != nil {
		return lake.Content{}, err
	}
	if err := h.authorizeSource(req, u.RawQuery, src, access.ReadFile); err != nil {
		return lake.Content{}, errs.E(errs.Permission, wire.CodeCannotVerifyCopySource, err)
	}
	if o.Snapshot, err = snapshot(parseQuery(u.RawQuery)); err != nil {
		return lake.Content{}, err
	}
	return h.Store.Read(req.Context(), src.Filesystem, src.Path, o)
}

// ownSource reads the address of a blob of this account.
func (h *handler) ownSource(u *url.URL) (lake.Location, error) {
	from, err := h.parseAddress(&http.Request{Method: http.MethodGet, URL: u, Host: u.Host, Header: http.Header{}})
	if err != nil {
		return lake.Location{}, err
	}
	if err := from.parseNames(); err != nil {
		return lake.Location{}, err
	}
	if from.fs == "" || from.path == lake.Root {
		return lake.Location{}, badCopySource(u.String())
	}
	return lake.Location{Filesystem: from.fs, Path: from.path}, refuseUnsupported(from)
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
