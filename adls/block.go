package adls

import (
	"net/http"
	"strconv"

	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// blockPut is Put Block.
func (h *handler) blockPut(w *timedWriter, req *request) error {
	text, ok := req.query["blockid"]
	if !ok {
		return missingParameter("blockid")
	}
	id, err := wire.ParseBlockID(text)
	if err != nil {
		return err
	}
	if req.ContentLength == 0 {
		return wire.BadHeader("Content-Length", "0", "the length of a block, which is not empty")
	}
	if err := oneChecksum(req.Header); err != nil {
		return err
	}
	if err := req.body.checkCRC64(req.Header); err != nil {
		return err
	}
	if err := req.body.checkMD5(req.Header); err != nil {
		return err
	}
	if err := h.Store.PutBlock(req.Context(), req.fs, req.path, id, req.body, lake.PutBlockOptions{LeaseID: leaseID(req)}); err != nil {
		return err
	}
	wire.Set(w.Header(), "Content-MD5", req.Header.Get("Content-Md5"))
	wire.Set(w.Header(), "x-ms-content-crc64", req.Header.Get("X-Ms-Content-Crc64"))
	wire.Set(w.Header(), "x-ms-request-server-encrypted", "false")
	wire.Set(w.Header(), scopeHeader, req.Header.Get(scopeHeader))
	return writeEmpty(w, http.StatusCreated)
}

// blockListPut is Put Block List. Its checksums are of the list, not of the blob.
func (h *handler) blockListPut(w *timedWriter, req *request) error {
	o, err := putBlobOptions(req)
	if err != nil {
		return err
	}
	if err := req.body.checkCRC64(req.Header); err != nil {
		return err
	}
	if err := req.body.checkMD5(req.Header); err != nil {
		return err
	}
	refs, err := wire.ParseBlockList(req.body)
	if err != nil {
		return err
	}
	p, err := h.Store.PutBlockList(req.Context(), req.fs, req.path, refs, o)
	if err != nil {
		return h.creatingError(req, err)
	}
	wire.Set(w.Header(), "x-ms-content-crc64", req.Header.Get("X-Ms-Content-Crc64"))
	return writeWritten(w, http.StatusCreated, p)
}

// blockListGet is Get Block List.
func (h *handler) blockListGet(w *timedWriter, req *request) error {
	kind := req.query["blocklisttype"]
	if kind == "" {
		kind = "committed"
	}
	if kind != "committed" && kind != "uncommitted" && kind != "all" {
		return wire.BadQuery("blocklisttype", kind, "committed, uncommitted or all")
	}
	c, err := wire.Conditions(req.Header)
	if err != nil {
		return err
	}
	list, err := h.Store.BlockList(req.Context(), req.fs, req.path)
	if err != nil {
		return err
	}
	if p := list.Properties; p != nil {
		if err := c.Check(p.ETag, p.LastModified); err != nil {
			return err
		}
		wire.SetVersionHeaders(w.Header(), *p)
		wire.Set(w.Header(), "x-ms-blob-content-length", strconv.FormatInt(p.Size, 10))
	} else if kind == "committed" {
		return errs.E(errs.NotFound, lake.CodePathNotFound, errs.Item(req.path), "no block list was committed")
	}
	body := wire.BlockListing{}
	if kind != "uncommitted" {
		body.Committed = wire.NewBlockHolder(list.Committed)
	}
	if kind != "committed" {
		body.Uncommitted = wire.NewBlockHolder(list.Uncommitted)
	}
	return writeXML(w, body)
}
