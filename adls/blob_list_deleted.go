package adls

import (
	"strings"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/lake"
)

// listUses is what List Blobs does. What was deleted can be listed by a role alone ("List Blobs", showonly).
func listUses(req *request) []access.Operation {
	if onlyDeleted(req) || includes(req.query["include"], "deleted") {
		return uses(access.ListDirectory, access.ListDeleted)
	}
	return uses(access.ListDirectory)
}

func onlyDeleted(req *request) bool { return strings.EqualFold(req.query["showonly"], "deleted") }

// deletedList is List Blobs where it is asked for deleted blobs alone.
func (h *handler) deletedList(w *timedWriter, req *request, marker string, list wire.BlobList, b blobItems) error {
	q := req.query
	if includes(q["include"], "deleted") {
		return wire.BadQuery("showonly", q["showonly"], "without include=deleted")
	}
	limit, err := pageSize(req, "maxresults")
	if err != nil {
		return err
	}
	page, err := h.Store.ListDeleted(req.Context(), req.fs, lake.ListDeletedOptions{
		Prefix: q["prefix"], Continuation: marker, MaxResults: limit, OneLevel: q["delimiter"] != "",
	})
	if err != nil {
		return err
	}
	answer := &lazyAnswer{w: w, contentType: contentXML}
	items := wire.NewBlobListWriter(answer, list)
	for _, d := range page.Entries {
		items.Add(b.deletedItem(d, h))
	}
	next := ""
	if page.Continuation != "" {
		next = formatMarker(page.Continuation)
	}
	return answer.failed(items.End(next))
}

// deletedItem returns the entry for a deletion.
func (b blobItems) deletedItem(d lake.DeletedPath, h *handler) any {
	if d.Prefix != "" {
		return wire.BlobPrefix{Name: wire.XMLName(d.Prefix)}
	}
	item := b.blobItem(d.Properties, wire.NewBlobProperties(d.Properties, b.permissions, b.copies))
	item.SetDeleted(d.Deletion, h.Clock())
	return item
}

// deletedAmong returns the deletions that List Blobs shows among the blobs, from a marker on, as things to visit. One level
// shows no deletions in directories: those have an entry, or are deleted.
func (h *handler) deletedAmong(req *request, w *blobWalk, marker string, b blobItems, items *wire.BlobListWriter) ([]walkItem, error) {
	var list []walkItem
	o := lake.ListDeletedOptions{Prefix: w.prefix, Continuation: marker, OneLevel: w.delimited, MaxResults: w.limit + 1}
	for pages := 1; ; pages++ {
		page, err := h.Store.ListDeleted(req.Context(), req.fs, o)
		if err != nil {
			return nil, err
		}
		for _, d := range page.Entries {
			if d.Prefix == "" && !b.hides(d.Properties) {
				list = append(list, walkItem{d.Properties.Path, d.Next, func() { items.Add(b.deletedItem(d, h)) }})
			}
		}
		if o.Continuation = page.Continuation; o.Continuation == "" || len(list) > w.limit {
			return list, nil
		}
		if pages == maxHiddenPages {
			last := page.Entries[len(page.Entries)-1]
			end := walkItem{path: last.Properties.Path, marker: last.Next}
			if last.Prefix != "" {
				end = walkItem{path: lake.Path(last.Prefix), marker: last.Prefix}
			}
			return append(list, end), nil
		}
	}
}

// maxHiddenPages is after how many pages of deletions, which may all be hidden, one answer ends.
const maxHiddenPages = 4
