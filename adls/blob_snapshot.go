package adls

import (
	"net/http"
	"time"

	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/lake"
)

// blobSnapshot is Snapshot Blob. Metadata that the request has is the snapshot's instead of the blob's.
func (h *handler) blobSnapshot(w *timedWriter, req *request) error {
	c, err := wire.Conditions(req.Header)
	if err != nil {
		return err
	}
	m, err := req.metadata()
	if err != nil {
		return err
	}
	var own *lake.Metadata
	if len(m) > 0 {
		own = &m
	}
	id, p, err := h.Store.Snapshot(req.Context(), req.fs, req.path, own, c)
	if err != nil {
		return err
	}
	wire.Set(w.Header(), "x-ms-snapshot", string(id))
	return writeWritten(w, http.StatusCreated, p)
}

// snapshot reads the parameter that names a snapshot; "" where there is none.
func snapshot(query map[string]string) (lake.SnapshotID, error) {
	text := query["snapshot"]
	if text == "" {
		return "", nil
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return "", wire.BadQuery("snapshot", text, "the time of a snapshot")
	}
	return lake.SnapshotID(at.UTC().Format("2006-01-02T15:04:05.0000000Z")), nil
}

// refuseSnapshot keeps requests that write from being carried out on the blob where they name a snapshot.
func refuseSnapshot(req *request, op operation) error {
	if req.query["snapshot"] == "" || op.snapshots {
		return nil
	}
	return wire.BadQuery("snapshot", req.query["snapshot"], "taken by "+op.name+", as snapshots are read-only")
}

// snapshotDelete is Delete Blob where the request speaks of snapshots: it deletes the one that it names, or all. It
// reports false where the blob is to be deleted, and whether its snapshots go with it.
func (h *handler) snapshotDelete(req *request, c lake.Conditions) (done, include bool, err error) {
	id, err := snapshot(req.query)
	if err != nil {
		return false, false, err
	}
	which := req.Header.Get("X-Ms-Delete-Snapshots")
	switch {
	case id != "" && which != "":
		return false, false, wire.BadHeader("x-ms-delete-snapshots", which, "for a request that names a snapshot")
	case id != "":
		return true, false, h.Store.DeleteSnapshot(req.Context(), req.fs, req.path, id, c)
	case which == "only":
		return true, false, h.Store.DeleteSnapshots(req.Context(), req.fs, req.path, c)
	case which == "include":
		return false, true, nil
	case which == "":
		return false, false, nil
	}
	return false, false, wire.BadHeader("x-ms-delete-snapshots", which, "include or only")
}
