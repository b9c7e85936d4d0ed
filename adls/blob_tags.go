package adls

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// maxTags bounds the body of Set Blob Tags.
const maxTags = 64 << 10

// blobSetTags is Set Blob Tags, which replaces them all.
func (h *handler) blobSetTags(w *timedWriter, req *request) error {
	c, err := wire.Conditions(req.Header)
	if err != nil {
		return err
	}
	if err := req.body.checkCRC64(req.Header); err != nil {
		return err
	}
	if err := req.body.checkMD5(req.Header); err != nil {
		return err
	}
	var sent wire.BlobTags
	if err := readXML(req.body, &sent, "a list of tags"); err != nil {
		return err
	}
	tags, err := sent.Tags()
	if err != nil {
		return err
	}
	if err := h.Store.SetTags(req.Context(), req.fs, req.path, tags, c); err != nil {
		return err
	}
	return writeEmpty(w, http.StatusNoContent)
}

// blobGetTags is Get Blob Tags.
func (h *handler) blobGetTags(w *timedWriter, req *request) error {
	p, err := h.properties(req)
	if err != nil {
		return err
	}
	return writeXML(w, wire.BlobTags{Set: wire.NewTagSet(p.Details.AllTags())})
}

// errPageFull ends a search whose page is full.
var errPageFull = errors.New("the page is full")

// blobsFind is Find Blobs by Tags, of the account or of one container. It looks at every blob: there is no index, so
// that its cost grows with the number of blobs and not of those found.
func (h *handler) blobsFind(w *timedWriter, req *request) error {
	where := req.query["where"]
	if where == "" {
		return missingParameter("where")
	}
	x, err := lake.ParseTagExpression(where)
	if err != nil {
		return err
	}
	limit, err := pageSize(req, "maxresults")
	if err != nil {
		return err
	}
	after, err := parseMarker(req.query["marker"])
	if err != nil {
		return err
	}
	f := &tagSearch{store: h.Store, x: x, names: x.Names(), limit: limit, found: wire.TaggedBlobs{ServiceEndpoint: req.serviceURL(), Where: where}}
	container, path, _ := strings.Cut(after, "/")
	if err := f.containers(req.Context(), req.fs, lake.Filesystem(container), path); err != nil && !errors.Is(err, errPageFull) {
		return err
	}
	return writeXML(w, f.found)
}

// tagSearch looks for blobs in the order of containers and names. Its markers are the last blob found.
type tagSearch struct {
	store lake.Service
	x     *lake.TagExpression
	limit int
	found wire.TaggedBlobs
	names []string // of the tags to show: those that the expression compares
}

// containers searches one container, or all if it is "", after a path of the first one.
func (f *tagSearch) containers(ctx context.Context, only, first lake.Filesystem, after string) error {
	if only != "" {
		return f.container(ctx, only, after)
	}
	for o := (lake.ListFilesystemsOptions{}); ; {
		page, err := f.store.ListFilesystems(ctx, o)
		if err != nil {
			return err
		}
		for _, fs := range page.Filesystems {
			if fs.Name < first {
				continue
			}
			from := ""
			if fs.Name == first {
				from = after
			}
			// A container that is deleted meanwhile has no blobs.
			if err := f.container(ctx, fs.Name, from); err != nil && errs.CodeOf(err) != lake.CodeFilesystemNotFound {
				return err
			}
		}
		if o.Continuation = page.Continuation; o.Continuation == "" {
			return nil
		}
	}
}

func (f *tagSearch) container(ctx context.Context, fs lake.Filesystem, after string) error {
	full := false
	emit := func(p lake.Properties) {
		tags := p.Details.AllTags()
		if full || len(tags) == 0 || !f.x.Match(fs, tags) {
			return
		}
		if full = len(f.found.Blobs) == f.limit; full {
			last := f.found.Blobs[f.limit-1]
			f.found.NextMarker = formatMarker(last.ContainerName + "/" + string(last.Name))
			return
		}
		shown := lake.Tags{}
		for name, value := range tags {
			if slices.Contains(f.names, name) {
				shown[name] = value
			}
		}
		f.found.Blobs = append(f.found.Blobs, wire.TaggedBlob{Name: wire.XMLName(p.Path), ContainerName: string(fs), Tags: wire.NewTagSet(shown)})
	}
	for {
		walk := &blobWalk{store: f.store, fs: fs, after: after, limit: maxPage, emit: emit}
		next, err := walk.run(ctx)
		if err != nil {
			return err
		}
		if full {
			return errPageFull
		}
		if next == "" {
			return nil
		}
		if after, err = parseMarker(next); err != nil {
			return err
		}
	}
}
