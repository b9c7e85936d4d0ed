package adls

import (
	"slices"
	"strings"

	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/lake"
)

// containerList is List Containers.
func (h *handler) containerList(w *timedWriter, req *request) error {
	max, err := pageSize(req, "maxresults")
	if err != nil {
		return err
	}
	q := req.query
	if err := checkInclude(q["include"], "metadata", "deleted", "system"); err != nil {
		return err
	}
	page, err := h.Store.ListFilesystems(req.Context(), lake.ListFilesystemsOptions{
		Prefix: q["prefix"], Continuation: q["marker"], MaxResults: max, Deleted: includes(q["include"], "deleted"),
	})
	if err != nil {
		return err
	}
	list := wire.ContainerList{
		ServiceEndpoint: req.serviceURL(), Prefix: q["prefix"], Marker: q["marker"], NextMarker: page.Continuation,
	}
	if q["maxresults"] != "" {
		list.MaxResults = max
	}
	metadata := includes(q["include"], "metadata")
	for _, p := range page.Filesystems {
		list.Containers = append(list.Containers, wire.NewContainerItem(p, metadata, h.Clock()))
	}
	return writeXML(w, list)
}

// checkInclude refuses an include parameter that asks for something unknown.
func checkInclude(include string, known ...string) error {
	for part := range strings.SplitSeq(include, ",") {
		if part = strings.ToLower(strings.TrimSpace(part)); part != "" && !slices.Contains(known, part) {
			return wire.BadQuery("include", part, strings.Join(known, ", "))
		}
	}
	return nil
}

// includes reports whether an include parameter names what is asked for.
func includes(include, what string) bool {
	for part := range strings.SplitSeq(include, ",") {
		if strings.EqualFold(strings.TrimSpace(part), what) {
			return true
		}
	}
	return false
}
