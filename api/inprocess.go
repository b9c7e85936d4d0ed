package api

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
)

// InProcess carries requests to a handler of the same process, without a network. Answers stream: they are read
// while the handler writes them. A handler that panics breaks the answer off, as a server would.
func InProcess(h http.Handler) http.RoundTripper { return inProcess{h} }

type inProcess struct{ handler http.Handler }

// RoundTrip implements http.RoundTripper.
func (t inProcess) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(req.Context())
	body, out := io.Pipe()
	w := &pipeWriter{header: http.Header{}, out: out, started: make(chan struct{})}
	served := req.Clone(ctx)
	served.Host, served.RequestURI = req.URL.Host, req.URL.RequestURI()
	if served.Body == nil {
		served.Body = http.NoBody
	}
	go w.serve(t.handler, served)
	select {
	case <-w.started:
		return w.response(req, &cancelingBody{body, cancel}), nil
	case <-ctx.Done():
		cancel()
		_ = body.Close()
		return nil, ctx.Err()
	}
}

// pipeWriter is the ResponseWriter of one request.
type pipeWriter struct {
	header  http.Header
	out     *io.PipeWriter
	once    sync.Once
	started chan struct{} // closed when status and headers are fixed
	status  int
	sent    http.Header
}

func (w *pipeWriter) serve(h http.Handler, req *http.Request) {
	defer func() {
		// What a handler that panics has written must not look like a complete answer.
		if reason := recover(); reason != nil {
			w.WriteHeader(http.StatusInternalServerError)
			_ = w.out.CloseWithError(fmt.Errorf("the answer was broken off: %v", reason))
		}
	}()
	h.ServeHTTP(w, req)
	w.WriteHeader(http.StatusOK)
	_ = w.out.Close()
}

func (w *pipeWriter) Header() http.Header { return w.header }

func (w *pipeWriter) WriteHeader(status int) {
	w.once.Do(func() {
		w.status, w.sent = status, w.header.Clone()
		close(w.started)
	})
}

func (w *pipeWriter) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.out.Write(p)
}

func (w *pipeWriter) response(req *http.Request, body io.ReadCloser) *http.Response {
	return &http.Response{
		Status: http.StatusText(w.status), StatusCode: w.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.sent, Body: body, ContentLength: -1, Request: req,
	}
}

// cancelingBody ends the handler's context when the caller has closed the answer.
type cancelingBody struct {
	*io.PipeReader
	cancel context.CancelFunc
}

func (b *cancelingBody) Close() error {
	b.cancel()
	return b.PipeReader.Close()
}
