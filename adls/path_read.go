package adls

import (
	"bytes"
	"crypto/md5" //nolint:gosec // G501: the protocol checks transfers by MD5
	"encoding/base64"
	"hash/crc64"
	"io"
	"net/http"
	"strconv"

	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// maxRangeChecksum is the longest range whose checksum a reader may ask for.
const maxRangeChecksum = 4 << 20

// pathRead is Path - Read and Get Blob.
func (h *handler) pathRead(w *timedWriter, req *request) error {
	c, err := wire.Conditions(req.Header)
	if err != nil {
		return err
	}
	o := lake.ReadOptions{Conditions: c}
	if o.Snapshot, err = snapshot(req.query); err != nil {
		return err
	}
	rng := wire.ParseRange(req.Header)
	if rng != nil {
		o.Offset, o.Count = rng.Offset, rng.Count
	}
	content, err := h.Store.Read(req.Context(), req.fs, req.path, o)
	if errs.CodeOf(err) == lake.CodeResourceTypeMismatch && req.endpoint == wire.Blob {
		return h.readDirectory(w, req, c)
	}
	if err != nil {
		return err
	}
	defer func() { _ = content.Body.Close() }()
	p := content.Properties
	if rng != nil && p.Size == 0 {
		wire.Set(w.Header(), "Content-Range", "bytes */0")
		return errs.E(errs.Invalid, lake.CodeInvalidRange, "the file is empty")
	}
	req.setPathHeaders(w.Header(), p)
	status := http.StatusOK
	if rng != nil {
		status = http.StatusPartialContent
		setRangeHeaders(w.Header(), req.endpoint, content)
	}
	body, err := rangeChecksums(w.Header(), req, rng, content)
	if err != nil {
		return err
	}
	wire.Set(w.Header(), "Content-Length", strconv.FormatInt(content.Length, 10))
	w.WriteHeader(status)
	return copyBody(w, body, content.Length)
}

// readDirectory answers Get Blob on a directory as the service does: with an empty blob that says what it is.
func (h *handler) readDirectory(w *timedWriter, req *request, c lake.Conditions) error {
	p, err := h.Store.Properties(req.Context(), req.fs, req.path, c)
	if err != nil {
		return err
	}
	req.setPathHeaders(w.Header(), p)
	return writeEmpty(w, http.StatusOK)
}

// setRangeHeaders says which part of the file follows. The stored MD5 is that of the whole file and moves to
// a header of its own, so that no client checks the part by it.
func setRangeHeaders(h http.Header, e wire.Endpoint, c lake.Content) {
	wire.Set(h, "Content-Range", wire.ContentRange(c.Offset, c.Length, c.Properties.Size))
	delete(h, "Content-MD5")
	if sum := c.Properties.Headers.ContentMD5; sum != nil {
		name := "x-ms-blob-content-md5"
		if e == wire.DFS {
			name = "x-ms-content-md5"
		}
		wire.Set(h, name, base64.StdEncoding.EncodeToString(sum))
	}
}

// rangeChecksums adds the checksums of a range that the request asks for, for which the range, of at most
// 4 MiB, is read into memory. It returns what to send.
func rangeChecksums(h http.Header, req *request, rng *wire.Range, c lake.Content) (io.Reader, error) {
	wantMD5 := wire.ParseBool(req.Header.Get("X-Ms-Range-Get-Content-Md5"))
	wantCRC := wire.ParseBool(req.Header.Get("X-Ms-Range-Get-Content-Crc64"))
	switch {
	case !wantMD5 && !wantCRC:
		return c.Body, nil
	case wantMD5 && wantCRC:
		return nil, wire.BadHeader("x-ms-range-get-content-crc64", "true", "sent without x-ms-range-get-content-md5")
	case rng == nil:
		return nil, wire.BadHeader("x-ms-range-get-content-md5", "true", "allowed without a range")
	case c.Length > maxRangeChecksum:
		return nil, errs.E(errs.Invalid, wire.CodeOutOfRangeInput, "the checksum of a range longer than 4 MiB was asked for")
	}
	data := make([]byte, c.Length)
	if _, err := io.ReadFull(c.Body, data); err != nil {
		return nil, err
	}
	if wantMD5 {
		sum := md5.Sum(data) //nolint:gosec // G401: the protocol asks for MD5
		wire.Set(h, "Content-MD5", base64.StdEncoding.EncodeToString(sum[:]))
	}
	if wantCRC {
		sum := crc64.New(crc64Table)
		_, _ = sum.Write(data)
		wire.Set(h, "x-ms-content-crc64", base64.StdEncoding.EncodeToString(crc64Sum(sum)))
	}
	return bytes.NewReader(data), nil
}
