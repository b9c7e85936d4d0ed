package adls

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// pathRename is Path - Create with x-ms-rename-source. Directories move at once, so the answer never asks to
// continue.
func (h *handler) pathRename(w *timedWriter, req *request) error {
	if mode := req.query["mode"]; mode != "" && mode != "legacy" && mode != "posix" {
		return wire.BadQuery("mode", mode, "legacy or posix")
	}
	src, query, err := h.renameSource(req)
	if err != nil {
		return err
	}
	if err := h.authorizeSource(req, query, src, access.RenameFrom); err != nil {
		return err
	}
	o, err := h.renameOptions(req, src)
	if err != nil {
		return err
	}
	p, err := h.Store.Rename(req.Context(), src, lake.Location{Filesystem: req.fs, Path: req.path}, o)
	if err != nil {
		return h.creatingError(req, err)
	}
	return writeVersion(w, http.StatusCreated, p)
}

func (h *handler) renameOptions(req *request, src lake.Location) (o lake.RenameOptions, err error) {
	if o.Conditions, err = req.creating(access.RenameTo); err != nil {
		return o, err
	}
	if o.Source, err = wire.SourceConditions(req.Header); err != nil {
		return o, err
	}
	if req.Header.Get("X-Ms-Properties") != "" {
		m, err := req.metadata()
		if err != nil {
			return o, err
		}
		o.Metadata = &m
	}
	from := *req
	from.fs = src.Filesystem
	o.Headers, err = h.changedHeaders(&from, src.Path)
	return o, err
}

// renameSource reads x-ms-rename-source: /filesystem/path, percent-encoded, possibly followed by a SAS. Path-
// style clients differ in whether the account stands before it (reference ENGINES section 2: ABFS leaves it
// out), so an account's name is taken for the account unless there is a filesystem of that name.
func (h *handler) renameSource(req *request) (src lake.Location, query string, err error) {
	raw, query, _ := strings.Cut(strings.TrimPrefix(req.Header.Get("X-Ms-Rename-Source"), "/"), "?")
	first, rest, _ := strings.Cut(raw, "/")
	if req.pathStyle && first == h.Account && !h.isFilesystem(req, first) {
		first, rest, _ = strings.Cut(rest, "/")
	}
	if src.Filesystem, err = lake.ParseFilesystem(unescapePath(first)); err != nil {
		return src, "", wire.BadHeader("x-ms-rename-source", raw, "/filesystem/path")
	}
	if src.Path, err = lake.ParsePath(unescapePath(rest)); err != nil {
		return src, "", err
	}
	if src.Path == lake.Root {
		return src, "", wire.BadHeader("x-ms-rename-source", raw, "/filesystem/path")
	}
	return src, query, nil
}

// unescapePath decodes a path where it is encoded. Go's SDK sends the source as it is, so "100%" arrives bare.
func unescapePath(s string) string {
	if u, err := url.PathUnescape(s); err == nil {
		return u
	}
	return s
}

func (h *handler) isFilesystem(req *request, name string) bool {
	fs, err := lake.ParseFilesystem(name)
	if err != nil {
		return false
	}
	_, err = h.Store.FilesystemProperties(req.Context(), fs)
	return !errs.Is(err, errs.NotFound)
}
