package adls

import (
	"net/http"
	"strconv"

	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/lake"
)

// maxAppendBlock is the largest block of an append blob (service version 2022-11-02 and later).
const maxAppendBlock = 100 << 20

// appendBlobPut is Put Blob for append blobs, which begin empty.
func (h *handler) appendBlobPut(w *timedWriter, req *request, o lake.PutBlobOptions) error {
	if req.ContentLength > 0 {
		return wire.BadHeader("Content-Length", strconv.FormatInt(req.ContentLength, 10), "0, as an append blob begins empty")
	}
	if o.Details == nil {
		o.Details = &lake.BlobDetails{}
	}
	o.Details.Append = &lake.AppendState{}
	p, err := h.Store.PutBlob(req.Context(), req.fs, req.path, req.body, o)
	if err != nil {
		return h.creatingError(req, err)
	}
	return writeWritten(w, http.StatusCreated, p)
}

// appendBlock is Append Block.
func (h *handler) appendBlock(w *timedWriter, req *request) error {
	if req.ContentLength == 0 {
		return wire.BadHeader("Content-Length", "0", "the length of a block, which is not empty")
	}
	o, err := appendBlockOptions(req)
	if err != nil {
		return err
	}
	if err := oneChecksum(req.Header); err != nil {
		return err
	}
	if o.ContentMD5, err = wire.HeaderMD5(req.Header, "Content-Md5"); err != nil {
		return err
	}
	if err := req.body.checkCRC64(req.Header); err != nil {
		return err
	}
	p, offset, err := h.Store.AppendBlock(req.Context(), req.fs, req.path, req.body, o)
	if err != nil {
		return err
	}
	wire.Set(w.Header(), "Content-MD5", req.Header.Get("Content-Md5"))
	wire.Set(w.Header(), "x-ms-content-crc64", req.Header.Get("X-Ms-Content-Crc64"))
	return writeAppended(w, p, offset)
}

// appendBlockFromURL is Append Block From URL.
func (h *handler) appendBlockFromURL(w *timedWriter, req *request) error {
	if req.ContentLength > 0 {
		return wire.BadHeader("Content-Length", strconv.FormatInt(req.ContentLength, 10), "0, as the block comes from the source")
	}
	o, err := appendBlockOptions(req)
	if err != nil {
		return err
	}
	source, err := h.openSourceRange(req, maxAppendBlock)
	if err != nil {
		return err
	}
	defer func() { _ = source.Body.Close() }()
	content, err := sourceBody(req, source)
	if err != nil {
		return err
	}
	p, offset, err := h.Store.AppendBlock(req.Context(), req.fs, req.path, content, o)
	if err != nil {
		return err
	}
	wire.Set(w.Header(), "Content-MD5", req.Header.Get("X-Ms-Source-Content-Md5"))
	return writeAppended(w, p, offset)
}

func writeAppended(w *timedWriter, p lake.Properties, offset int64) error {
	wire.Set(w.Header(), "x-ms-blob-append-offset", strconv.FormatInt(offset, 10))
	wire.Set(w.Header(), "x-ms-blob-committed-block-count", strconv.Itoa(p.Details.Append.Blocks))
	return writeWritten(w, http.StatusCreated, p)
}

func appendBlockOptions(req *request) (o lake.AppendBlockOptions, err error) {
	if o.Conditions, err = wire.Conditions(req.Header); err != nil {
		return o, err
	}
	if o.Position, err = headerInt(req, "x-ms-blob-condition-appendpos"); err != nil {
		return o, err
	}
	o.MaxSize, err = headerInt(req, "x-ms-blob-condition-maxsize")
	return o, err
}

// headerInt reads a header that holds a length; nil if there is none.
func headerInt(req *request, name string) (*int64, error) {
	v := req.Header.Get(name)
	if v == "" {
		return nil, nil
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil || n < 0 {
		return nil, wire.BadHeader(name, v, "a number of bytes")
	}
	return &n, nil
}

// appendBlobSeal is Append Blob Seal.
func (h *handler) appendBlobSeal(w *timedWriter, req *request) error {
	o, err := appendBlockOptions(req)
	if err != nil {
		return err
	}
	p, err := h.Store.SealAppendBlob(req.Context(), req.fs, req.path, o)
	if err != nil {
		return err
	}
	wire.Set(w.Header(), "x-ms-blob-sealed", "true")
	return writeVersion(w, http.StatusOK, p)
}
