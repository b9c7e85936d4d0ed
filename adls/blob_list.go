package adls

import (
	"encoding/base64"
	"maps"
	"slices"
	"strings"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/lake"
)

// blobList is List Blobs: all blobs below a prefix in the byte order of their full names, directories among
// them, or with delimiter "/" one level, where a directory is a BlobPrefix.
func (h *handler) blobList(w *timedWriter, req *request) error {
	q := req.query
	if err := checkInclude(q["include"], blobIncludes...); err != nil {
		return err
	}
	walk, marker, err := h.newBlobWalk(req)
	if err != nil {
		return err
	}
	list := wire.BlobList{
		ServiceEndpoint: req.serviceURL(), ContainerName: string(req.fs), Prefix: q["prefix"], Marker: q["marker"],
		Delimiter: q["delimiter"],
	}
	if q["maxresults"] != "" {
		list.MaxResults = walk.limit
	}
	b := blobItems{
		metadata: includes(q["include"], "metadata"), permissions: includes(q["include"], "permissions"),
		tags: includes(q["include"], "tags"), copies: includes(q["include"], "copy"), only: q["showonly"],
	}
	if onlyDeleted(req) {
		return h.deletedList(w, req, marker, list, b)
	}
	if b.permissions {
		b.acl = h.listedACL(req, &walk.failed)
	}
	j := h.newJudge(req, req.callers)
	defer j.done()
	answer := &lazyAnswer{w: w, contentType: contentXML}
	if answer.whole, err = h.judgeBlobWalk(req, j, walk); err != nil {
		return err
	}
	items := wire.NewBlobListWriter(answer, list)
	withSnapshots := includes(q["include"], "snapshots")
	walk.emit = func(p lake.Properties) {
		if withSnapshots && p.HasSnapshots {
			if err := h.listSnapshots(req, p.Path, b, items); err != nil {
				walk.failed = err
				return
			}
		}
		if item := b.item(p, walk.delimited); item != nil {
			items.Add(item)
		}
	}
	if err := h.addOthers(req, walk, marker, b, items); err != nil {
		return err
	}
	next, err := walk.run(req.Context())
	if err != nil {
		return answer.failed(err)
	}
	return answer.failed(items.End(next))
}

// judgeBlobWalk lets a listing come only to directories that the callers may list, unless roles let them list all. It
// reports whether the walk may be refused on its way.
func (h *handler) judgeBlobWalk(req *request, j *judge, walk *blobWalk) (judged bool, err error) {
	if len(req.callers) == 0 {
		return false, nil
	}
	if includes(req.query["include"], "tags") {
		if _, err := j.may(question{op: access.GetTags, fs: req.fs}); err != nil {
			return false, err
		}
	}
	if j.byRole(question{op: access.ListDirectory, fs: req.fs}) {
		return false, nil
	}
	walk.enterable = func(dir lake.Path) error {
		_, err := j.may(question{op: access.ListDirectory, fs: req.fs, path: dir})
		return err
	}
	return true, nil
}

// listSnapshots lists the snapshots of a blob, before the blob itself. They do not count towards the page: a marker can
// only name a blob.
func (h *handler) listSnapshots(req *request, p lake.Path, b blobItems, items *wire.BlobListWriter) error {
	list, err := h.Store.ListSnapshots(req.Context(), req.fs, p)
	if gone(err) {
		return nil
	}
	for _, s := range list {
		if item, ok := b.item(s.Properties, false).(wire.BlobItem); ok {
			item.Snapshot = string(s.ID)
			items.Add(item)
		}
	}
	return err
}

// listedACL returns a function that finds the access control list of a path that is listed. A path that is gone
// meanwhile has none; other errors are left for the walk.
func (h *handler) listedACL(req *request, failed *error) func(lake.Path) string {
	return func(p lake.Path) string {
		ac, err := h.Store.AccessControl(req.Context(), req.fs, p, lake.Conditions{})
		if err != nil && !gone(err) {
			*failed = err
		}
		return ac.ACL.String()
	}
}

// blobIncludes is what the service's List Blobs can be asked for. What the lake does not have it leaves out.
var blobIncludes = []string{
	"snapshots", "metadata", "uncommittedblobs", "copy", "deleted", "tags", "versions", "deletedwithversions",
	"immutabilitypolicy", "legalhold", "permissions",
}

func (h *handler) newBlobWalk(req *request) (w *blobWalk, marker string, err error) {
	limit, err := pageSize(req, "maxresults")
	if err != nil {
		return nil, "", err
	}
	q := req.query
	if d := q["delimiter"]; d != "" && d != "/" {
		return nil, "", wire.BadQuery("delimiter", d, "/, the only one of a hierarchical namespace")
	}
	if marker, err = parseMarker(q["marker"]); err != nil {
		return nil, "", err
	}
	after, _, _ := strings.Cut(marker, "\x00")
	w = &blobWalk{
		store: h.Store, fs: req.fs, prefix: q["prefix"], delimited: q["delimiter"] != "", after: after, limit: limit,
	}
	return w, marker, nil
}

// addOthers gives a walk what it is asked to show beside blobs.
func (h *handler) addOthers(req *request, w *blobWalk, marker string, b blobItems, items *wire.BlobListWriter) error {
	include := req.query["include"]
	if includes(include, "uncommittedblobs") {
		paths, err := h.Store.UncommittedBlobs(req.Context(), req.fs, w.prefix, w.after, w.limit+1)
		if err != nil {
			return err
		}
		for _, p := range paths {
			if err := w.admit(p.Dir()); err != nil {
				return err
			}
			w.others = append(w.others, walkItem{p, string(p), func() {
				items.Add(wire.BlobItem{Name: wire.XMLName(p), Properties: wire.NewUncommittedBlobProperties()})
			}})
		}
	}
	if !includes(include, "deleted") {
		return nil
	}
	deleted, err := h.deletedAmong(req, w, marker, b, items)
	w.others = append(w.others, deleted...)
	slices.SortStableFunc(w.others, func(a, b walkItem) int { return strings.Compare(string(a.path), string(b.path)) })
	return err
}

// Markers are the last name listed, with what a deletion is continued by behind it (see [lake.DeletedPath]), in an alphabet
// that needs no escaping in XML and URLs.

func formatMarker(name string) string { return base64.RawURLEncoding.EncodeToString([]byte(name)) }

func parseMarker(s string) (string, error) {
	name, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return "", wire.BadQuery("marker", s, "one that List Blobs gave")
	}
	return string(name), nil
}

// blobItems makes entries of List Blobs.
type blobItems struct {
	metadata, permissions, tags, copies bool
	acl                                 func(lake.Path) string // where permissions are asked for
	only                                string                 // "files", "directories" or everything
}

// hides reports whether a path is not to be shown.
func (b blobItems) hides(p lake.Properties) bool {
	return p.IsDirectory && strings.EqualFold(b.only, "files") || !p.IsDirectory && strings.EqualFold(b.only, "directories")
}

// item returns the entry for a path, or nil if it is not to be shown.
func (b blobItems) item(p lake.Properties, delimited bool) any {
	if b.hides(p) {
		return nil
	}
	props := wire.NewBlobProperties(p, b.permissions, b.copies)
	if b.permissions {
		props.ACL = b.acl(p.Path)
	}
	if p.IsDirectory && delimited {
		return wire.BlobPrefix{Name: wire.XMLName(p.Path + "/"), Properties: &props}
	}
	return b.blobItem(p, props)
}

func (b blobItems) blobItem(p lake.Properties, props wire.BlobProperties) wire.BlobItem {
	item := wire.BlobItem{Name: wire.XMLName(p.Path), Properties: props}
	if tags := p.Details.AllTags(); b.tags && len(tags) > 0 {
		set := wire.NewTagSet(tags)
		item.Tags = &set
	}
	if b.metadata {
		m := wire.XMLMetadata(maps.Clone(p.Metadata))
		if p.IsDirectory {
			if m == nil {
				m = wire.XMLMetadata{}
			}
			m["hdi_isfolder"] = "true"
		}
		if len(m) > 0 {
			item.Metadata = &m
		}
	}
	return item
}
