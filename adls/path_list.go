package adls

import (
	"github.com/ownlake/ownlake/access"
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
	if recursive {
		if err := h.mayListBelow(req, dir, page.Entries); err != nil {
			return err
		}
	}
	list := wire.PathList{Paths: make([]wire.PathItem, len(page.Entries))}
	for i, p := range page.Entries {
		p.Owner = h.named(req, p.Owner)
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

// mayListBelow asks whether the callers may list each directory that entries of a recursive listing lie in: the service
// refuses such a listing as a whole where it comes to one that they may not.
func (h *handler) mayListBelow(req *request, top lake.Path, entries []lake.Properties) error {
	j := h.newJudge(req, req.callers)
	defer j.done()
	if j.byRole(question{op: access.ListDirectory, fs: req.fs, path: top}) {
		return nil
	}
	asked := map[lake.Path]bool{top: true}
	for _, e := range entries {
		dir := e.Path.Dir()
		if asked[dir] {
			continue
		}
		asked[dir] = true
		if _, err := j.may(question{op: access.ListDirectory, fs: req.fs, path: dir}); err != nil {
			return err
		}
	}
	return nil
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
