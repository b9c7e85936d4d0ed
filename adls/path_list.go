package adls

import (
	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/lake"
)

// pathList is Path - List.
func (h *handler) pathList(w *timedWriter, req *request) error {
	q := req.query
	max, err := pageSize(req, "maxresults")
	if err != nil {
		return err
	}
	recursive, err := recursiveParameter(req)
	if err != nil {
		return err
	}
	dir, err := lake.ParsePath(q["directory"])
	if err != nil {
		return err
	}
	o := lake.ListOptions{Recursive: recursive, Continuation: q["continuation"], MaxResults: max}
	if from := q["beginfrom"]; from != "" {
		if o.BeginFrom, err = lake.ParsePath(directoryPrefix(dir) + from); err != nil {
			return err
		}
	}
	page, err := h.Store.List(req.Context(), req.fs, dir, o)
	if err != nil {
		return err
	}
	list := wire.PathList{Paths: make([]wire.PathItem, len(page.Entries))}
	for i, p := range page.Entries {
		list.Paths[i] = wire.NewPathItem(p)
	}
	f, err := h.Store.FilesystemProperties(req.Context(), req.fs)
	if err != nil {
		return err
	}
	setFilesystemVersion(w.Header(), f)
	wire.Set(w.Header(), "x-ms-continuation", page.Continuation)
	return writeList(w, contentJSON, list.Encode)
}

// recursiveParameter is the parameter recursive, without which there is no listing.
func recursiveParameter(req *request) (bool, error) {
	v, ok := req.query["recursive"]
	switch {
	case !ok:
		return false, missingParameter("recursive")
	case !equalFold(v, "true") && !equalFold(v, "false"):
		return false, wire.BadQuery("recursive", v, "true or false")
	}
	return wire.ParseBool(v), nil
}
