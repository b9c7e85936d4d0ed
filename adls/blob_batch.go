package adls

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// Limits of a batch.
const (
	maxBatch         = 4 << 20
	maxBatchRequests = 256
)

// unquotedBoundary is what RFC 2046 allows in a boundary, less the space, and no more than its 70 characters.
var unquotedBoundary = regexp.MustCompile(`^[0-9A-Za-z'()+_,./:=?-]{1,70}$`)

// batchPart is a request within a batch.
type batchPart struct {
	contentID string
	request   *http.Request
}

// blobBatch is Blob Batch, of which it takes Delete Blob and Set Blob Tier. Every request in it proves for itself who is calling, and
// is answered for itself; one that fails stops no other.
func (h *handler) blobBatch(w *timedWriter, req *request) error {
	parts, err := readBatch(req)
	if err != nil {
		return err
	}
	boundary := "batchresponse_" + uuid.NewString()
	var out bytes.Buffer
	for _, p := range parts {
		out.WriteString("--" + boundary + "\r\nContent-Type: application/http\r\n")
		if p.contentID != "" {
			out.WriteString("Content-ID: " + p.contentID + "\r\n")
		}
		out.WriteString("\r\n")
		h.batched(req, p.request).writeTo(&out)
		out.WriteString("\r\n")
	}
	out.WriteString("--" + boundary + "--\r\n")
	wire.Set(w.Header(), "Content-Type", "multipart/mixed; boundary="+boundary)
	wire.Set(w.Header(), "Content-Length", strconv.Itoa(out.Len()))
	w.WriteHeader(http.StatusAccepted)
	if _, err := w.Write(out.Bytes()); err != nil {
		return &cutShortError{errs.E(errs.Canceled, err)}
	}
	return nil
}

// batchBoundary is what lies between the parts of a batch. The object_store crate sends random base64 without the quotes
// that RFC 2045 wants around a slash, so what follows "boundary=" is taken as it is if it is no proper parameter.
func batchBoundary(contentType string) (string, bool) {
	if kind, params, err := mime.ParseMediaType(contentType); err == nil {
		return params["boundary"], kind == "multipart/mixed" && params["boundary"] != ""
	}
	kind, parameter, _ := strings.Cut(contentType, ";")
	boundary, ok := strings.CutPrefix(strings.TrimSpace(parameter), "boundary=")
	return boundary, ok && strings.TrimSpace(kind) == "multipart/mixed" && unquotedBoundary.MatchString(boundary)
}

// readBatch reads all requests before the first is carried out, so that a batch that is cut off changes nothing.
func readBatch(req *request) ([]batchPart, error) {
	contentType := req.Header.Get("Content-Type")
	boundary, ok := batchBoundary(contentType)
	if !ok {
		return nil, wire.BadHeader("Content-Type", contentType, "multipart/mixed with a boundary")
	}
	var parts []batchPart
	reader := multipart.NewReader(req.body, boundary)
	for {
		part, err := reader.NextRawPart()
		switch {
		case errors.Is(err, io.EOF) && len(parts) > 0:
			return parts, nil
		case err != nil:
			return nil, badBatch("part "+strconv.Itoa(len(parts)+1)+" cannot be read", err)
		case len(parts) == maxBatchRequests:
			return nil, badBatch("it has more than 256 requests", nil)
		}
		p, err := readBatchPart(req, part)
		if err != nil {
			return nil, badBatch("part "+strconv.Itoa(len(parts)+1)+" is no request", err)
		}
		parts = append(parts, p)
	}
}

func badBatch(problem string, cause error) error {
	if errs.Is(cause, errs.Canceled) || errs.CodeOf(cause) == wire.CodeRequestBodyTooLarge {
		return cause
	}
	return errs.E(errs.Invalid, lake.CodeInvalidInput, "the batch is malformed: "+problem, cause)
}

// readBatchPart makes a request of a part as if it had come over the batch's connection.
func readBatchPart(outer *request, part *multipart.Part) (batchPart, error) {
	text, err := io.ReadAll(part)
	if err != nil {
		return batchPart{}, err
	}
	// Clients differ in how many line ends they put behind the head.
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(append(text, "\r\n\r\n"...))))
	if err != nil {
		return batchPart{}, errs.E(errs.Invalid, err)
	}
	r = r.WithContext(outer.Context())
	r.Host, r.RemoteAddr, r.TLS = outer.Host, outer.RemoteAddr, outer.TLS
	r.Body, r.ContentLength = http.NoBody, 0
	return batchPart{contentID: part.Header.Get("Content-Id"), request: r}, nil
}

// batched carries out one request of a batch.
func (h *handler) batched(outer *request, r *http.Request) *recordedAnswer {
	answer := &recordedAnswer{header: http.Header{}, status: http.StatusOK}
	// There is no connection of its own whose deadlines had to be moved.
	w := &timedWriter{ResponseWriter: answer, rc: http.NewResponseController(answer), clock: h.Clock}
	start := h.Clock()
	setCommonHeaders(w.Header(), r)
	req, op, err := h.prepare(r)
	req.endpoint = wire.Blob
	if err == nil {
		err = batchable(outer, req, op)
	}
	if err == nil {
		err = h.serve(w, req, op)
	}
	h.log(w, req, op, start, err)
	return answer
}

func batchable(outer, req *request, op operation) error {
	switch {
	case op.name != "DeleteBlob" && op.name != "SetBlobTier":
		return notImplemented("other operations than Delete Blob and Set Blob Tier in a batch", "send the request by itself")
	case outer.fs != "" && outer.fs != req.fs:
		return errs.E(errs.Invalid, lake.CodeInvalidInput, errs.Item(req.fs), "the batch is for the container "+string(outer.fs))
	}
	return nil
}

// recordedAnswer is an answer that becomes part of another.
type recordedAnswer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header returns the header to fill.
func (a *recordedAnswer) Header() http.Header { return a.header }

// WriteHeader keeps the status.
func (a *recordedAnswer) WriteHeader(status int) { a.status = status }

// Write keeps a part of the body.
func (a *recordedAnswer) Write(p []byte) (int, error) { return a.body.Write(p) }

func (a *recordedAnswer) writeTo(out *bytes.Buffer) {
	fmt.Fprintf(out, "HTTP/1.1 %d %s\r\n", a.status, http.StatusText(a.status))
	_ = a.header.Write(out) // a buffer takes everything
	out.WriteString("\r\n")
	out.Write(a.body.Bytes())
}
