package adls

import (
	"io"
	"net/http"
	"time"
)

// timedWriter is a response writer that keeps the deadlines of its connection. A deadline is set whenever the
// server waits for the client, and moves on with every step: reading a body, also one that no operation reads
// and net/http drains; writing an answer; sending content. It is what holds back clients that open
// connections and then neither send nor take anything.
type timedWriter struct {
	http.ResponseWriter
	rc    *http.ResponseController
	clock func() time.Time
	stall time.Duration // 0 sets no deadlines
}

// newTimedWriter also sets the first deadlines, as those of the connection's last request are past.
func (h *handler) newTimedWriter(w http.ResponseWriter, r *http.Request) *timedWriter {
	t := &timedWriter{ResponseWriter: w, rc: http.NewResponseController(w), clock: h.Clock, stall: h.StallTimeout}
	t.extendWrite()
	if r.ContentLength != 0 {
		t.extendRead()
	}
	return t
}

// WriteHeader begins an answer.
func (t *timedWriter) WriteHeader(status int) {
	t.extendWrite()
	t.ResponseWriter.WriteHeader(status)
}

// ReadFrom keeps the server's own way of copying.
func (t *timedWriter) ReadFrom(r io.Reader) (int64, error) { return io.Copy(t.ResponseWriter, r) }

// Unwrap serves http.ResponseController.
func (t *timedWriter) Unwrap() http.ResponseWriter { return t.ResponseWriter }

func (t *timedWriter) extendRead() {
	if t.stall > 0 {
		_ = t.rc.SetReadDeadline(t.clock().Add(t.stall)) // recorders of tests have none
	}
}

// endRead takes the deadline away at the end of a body: net/http then watches the connection for as long as
// the operation takes, and a deadline would end it.
func (t *timedWriter) endRead() {
	if t.stall > 0 {
		_ = t.rc.SetReadDeadline(time.Time{})
	}
}

func (t *timedWriter) extendWrite() {
	if t.stall > 0 {
		_ = t.rc.SetWriteDeadline(t.clock().Add(t.stall))
	}
}
