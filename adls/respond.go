package adls

import (
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"strconv"

	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

const (
	contentJSON = "application/json;charset=utf-8"
	contentXML  = "application/xml"
)

// writeEmpty answers without a body.
func writeEmpty(w *timedWriter, status int) error {
	wire.Set(w.Header(), "Content-Length", "0")
	w.WriteHeader(status)
	return nil
}

// writeVersion answers a write with the new version of what it wrote, and no body.
func writeVersion(w *timedWriter, status int, p lake.Properties) error {
	wire.SetVersionHeaders(w.Header(), p)
	return writeEmpty(w, status)
}

// writeWritten is writeVersion for content, which the service says it has encrypted or not, and by which scope.
func writeWritten(w *timedWriter, status int, p lake.Properties) error {
	wire.Set(w.Header(), "x-ms-request-server-encrypted", "false")
	setEncryptionScope(w, p)
	return writeVersion(w, status, p)
}

func writeJSON(w *timedWriter, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return errs.E(errs.Internal, err)
	}
	return writeBody(w, contentJSON, body)
}

func writeXML(w *timedWriter, v any) error {
	body, err := xml.Marshal(v)
	if err != nil {
		return errs.E(errs.Internal, err)
	}
	return writeBody(w, contentXML, append([]byte(xml.Header), body...))
}

// writeList sends a listing in parts, without its length, as the service does.
func writeList(w *timedWriter, contentType string, encode func(io.Writer) error) error {
	answer := &lazyAnswer{w: w, contentType: contentType}
	return answer.failed(encode(answer))
}

// lazyAnswer is an answer that begins with the first bytes written, so that a failure before them can be answered as
// one.
type lazyAnswer struct {
	w           *timedWriter
	contentType string
	whole       bool // it is kept until its end, as it may yet be refused
	kept        []byte
	begun       bool
	err         error // of writing
}

// Write implements [io.Writer].
func (a *lazyAnswer) Write(p []byte) (int, error) {
	if a.whole {
		a.kept = append(a.kept, p...)
		return len(p), nil
	}
	if !a.begun {
		a.begun = true
		wire.Set(a.w.Header(), "Content-Type", a.contentType)
		a.w.WriteHeader(http.StatusOK)
	}
	n, err := a.w.Write(p)
	if err != nil && a.err == nil {
		a.err = err
	}
	return n, err
}

// failed ends the answer: it returns what a failure, if there was one, is to whoever answers the request.
func (a *lazyAnswer) failed(err error) error {
	if a.whole && err == nil {
		a.whole = false
		_, err = a.Write(a.kept)
	}
	switch {
	case a.err != nil:
		return &cutShortError{errs.E(errs.Canceled, a.err)}
	case err != nil && a.begun:
		return &cutShortError{err}
	}
	return err
}

func writeBody(w *timedWriter, contentType string, body []byte) error {
	wire.Set(w.Header(), "Content-Type", contentType)
	wire.Set(w.Header(), "Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	if _, err := w.Write(body); err != nil {
		return &cutShortError{errs.E(errs.Canceled, err)}
	}
	return nil
}

// cutShortError is a failure after the answer's head was sent: no error answer can be written any more.
type cutShortError struct{ err error }

func (e *cutShortError) Error() string { return "the answer was cut short: " + e.err.Error() }

func (e *cutShortError) Unwrap() error { return e.err }

// copyBody sends a body of n bytes, with a deadline that moves on with every part.
func copyBody(w *timedWriter, r io.Reader, n int64) error {
	to := &sink{w: w}
	sent, err := io.Copy(to, r) // a body that can write itself does, in parts of its own
	switch {
	case to.err != nil:
		return &cutShortError{errs.E(errs.Canceled, errs.Op("adls.read"), "the client stopped taking the content", to.err)}
	case err == nil && sent < n:
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return &cutShortError{errs.E(errs.Op("adls.read"), err)}
	}
	return nil
}

// sink tells errors of writing from those of reading.
type sink struct {
	w   io.Writer
	err error
}

func (s *sink) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	s.err = err
	return n, err
}
