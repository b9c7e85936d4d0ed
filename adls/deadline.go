package adls

import (
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
	// read and written are when the deadlines were last set.
	read, written time.Time
}

// deadlineSteps is into how many parts the time for a step is divided: a deadline is moved on when one has passed,
// and so may be early by one, as moving it costs more than many steps do.
const deadlineSteps = 16

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

// Write sends a part of an answer.
func (t *timedWriter) Write(p []byte) (int, error) {
	t.extendWrite()
	return t.ResponseWriter.Write(p)
}

// Unwrap serves http.ResponseController.
func (t *timedWriter) Unwrap() http.ResponseWriter { return t.ResponseWriter }

func (t *timedWriter) extendRead() {
	if now, due := t.due(t.read); due {
		t.read = now
		_ = t.rc.SetReadDeadline(now.Add(t.stall)) // recorders of tests have none
	}
}

// due reports whether a deadline that was set at a time is to be moved on, and the time.
func (t *timedWriter) due(set time.Time) (time.Time, bool) {
	if t.stall <= 0 {
		return time.Time{}, false
	}
	now := t.clock()
	return now, now.Sub(set) >= t.stall/deadlineSteps
}

// endRead takes the deadline away at the end of a body: net/http then watches the connection for as long as
// the operation takes, and a deadline would end it.
func (t *timedWriter) endRead() {
	if t.stall > 0 {
		t.read = time.Time{}
		_ = t.rc.SetReadDeadline(time.Time{})
	}
}

func (t *timedWriter) extendWrite() {
	if now, due := t.due(t.written); due {
		t.written = now
		_ = t.rc.SetWriteDeadline(now.Add(t.stall))
	}
}
