package adls

import (
	"net/http"
	"strconv"

	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// pathAppend is Path - Append Data: it stages the body at a position and, with flush=true, commits up to its
// end at once.
func (h *handler) pathAppend(w *timedWriter, req *request) error {
	position, err := position(req)
	if err != nil {
		return err
	}
	sum, err := wire.HeaderMD5(req.Header, "Content-Md5")
	if err != nil {
		return err
	}
	if err := req.body.checkCRC64(req.Header); err != nil {
		return err
	}
	lease, err := h.beginLease(req)
	if err != nil {
		return err
	}
	o := lake.AppendOptions{ContentMD5: sum, LeaseID: lease.id}
	if err := h.Store.Append(req.Context(), req.fs, req.path, position, req.body, o); err != nil {
		return lease.failed(err)
	}
	if crc := req.Header.Get("X-Ms-Content-Crc64"); crc != "" {
		wire.Set(w.Header(), "x-ms-content-crc64", crc)
	}
	wire.Set(w.Header(), "x-ms-request-server-encrypted", "false")
	if !wire.ParseBool(req.query["flush"]) {
		if err := lease.appended(); err != nil {
			return err
		}
		return writeEmpty(w, http.StatusAccepted)
	}
	p, err := h.flush(req, position+req.body.n, lease)
	if err != nil {
		return err
	}
	return writeVersion(w, http.StatusAccepted, p)
}

// pathFlush is Path - Flush Data. The parameter close only concerns change notifications.
func (h *handler) pathFlush(w *timedWriter, req *request) error {
	if req.ContentLength > 0 {
		return errs.E(errs.Invalid, wire.CodeContentLengthMustBeZero, "a flush has no body; append it first")
	}
	position, err := position(req)
	if err != nil {
		return err
	}
	lease, err := h.beginLease(req)
	if err != nil {
		return err
	}
	p, err := h.flush(req, position, lease)
	if err != nil {
		return err
	}
	return writeWritten(w, http.StatusOK, p)
}

// flush commits, and ends what the request does to the lease.
func (h *handler) flush(req *request, position int64, lease *leaseOnTheWay) (lake.Properties, error) {
	p, err := h.commit(req, position, lease.id)
	if err != nil {
		return p, lease.failed(err)
	}
	return p, lease.committed()
}

func (h *handler) commit(req *request, position int64, lease lake.LeaseID) (lake.Properties, error) {
	c, err := wire.Conditions(req.Header)
	if err != nil {
		return lake.Properties{}, err
	}
	c.LeaseID = lease
	headers, err := h.changedHeaders(req, req.path)
	if err != nil {
		return lake.Properties{}, err
	}
	return h.Store.Flush(req.Context(), req.fs, req.path, position, lake.FlushOptions{
		RetainUncommittedData: wire.ParseBool(req.query["retainuncommitteddata"]),
		Headers:               headers, Conditions: c,
	})
}

// changedHeaders returns the content headers of a path with those overlaid that the request gives, or nil if
// it gives none. The dfs endpoint leaves headers alone that a request does not name.
func (h *handler) changedHeaders(req *request, path lake.Path) (*lake.ContentHeaders, error) {
	change, given, err := wire.ContentHeaders(req.Header, dfsContent)
	if err != nil || !given {
		return nil, err
	}
	p, err := h.Store.Properties(req.Context(), req.fs, path, lake.Conditions{})
	if err != nil {
		return nil, err
	}
	merged := wire.MergeContentHeaders(p.Headers, change)
	return &merged, nil
}

func position(req *request) (int64, error) {
	v, ok := req.query["position"]
	if !ok {
		return 0, missingParameter("position")
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil || n < 0 {
		return 0, wire.BadQuery("position", v, "a number of bytes")
	}
	return n, nil
}
