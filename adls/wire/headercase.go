package wire

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// SentNames maps lower-case names of metadata headers to the case in which the client sent them.
type SentNames map[string]string

// Listener wraps a listener so that the case of x-ms-meta-* header names is not lost: net/http makes "hello"
// into "Hello", and clients compare (reference CLIENTS, item 4). Its connections watch the bytes that the
// server reads. With TLS wrap the TLS listener, not the one below it. The server needs [ConnContext] as its
// ConnContext and DisableGeneralOptionsHandler, so that every request reaches the handler.
//
// A mistake in watching can never change more than the case of a name: the names and values that count are
// those that net/http parsed.
func Listener(ln net.Listener) net.Listener { return &caseListener{ln} }

type caseListener struct{ net.Listener }

func (l *caseListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &caseConn{Conn: c}, nil
}

type caseKey struct{}

// ConnContext makes the names that a connection of [Listener] saw available to [TakeSentNames].
func ConnContext(ctx context.Context, c net.Conn) context.Context {
	if cc, ok := c.(*caseConn); ok {
		return context.WithValue(ctx, caseKey{}, cc)
	}
	return ctx
}

// TakeSentNames returns the names sent with this request. Call it exactly once for every request of a
// connection, in their order. It returns nil where the listener was not wrapped.
func TakeSentNames(r *http.Request) SentNames {
	cc, ok := r.Context().Value(caseKey{}).(*caseConn)
	if !ok {
		return nil
	}
	return cc.rec.take()
}

// OverTLS reports whether a request came over a connection of [Listener] with TLS, which net/http does not
// see through the wrapper.
func OverTLS(r *http.Request) bool {
	cc, ok := r.Context().Value(caseKey{}).(*caseConn)
	if !ok {
		return r.TLS != nil
	}
	_, ok = cc.Conn.(*tls.Conn)
	return ok
}

// WatchAnswers wraps a connection to a server, for one request, so that [AnsweredNames] knows the case of the metadata
// names in its answer. With TLS wrap the TLS connection.
func WatchAnswers(c net.Conn) net.Conn { return &caseConn{Conn: c} }

// AnsweredNames returns the names in the answer that came over a connection of [WatchAnswers], and nil of others.
func AnsweredNames(c net.Conn) SentNames {
	if cc, ok := c.(*caseConn); ok {
		return cc.rec.take()
	}
	return nil
}

// caseConn is a connection that shows what is read to a recorder.
type caseConn struct {
	net.Conn
	rec nameRecorder
}

func (c *caseConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.rec.watch(p[:n])
	return n, err
}

// ReadFrom keeps the operating system's file-to-socket copy available.
func (c *caseConn) ReadFrom(r io.Reader) (int64, error) { return io.Copy(c.Conn, r) }

// recorderState says which part of a request the next byte belongs to.
type recorderState uint8

const (
	inHead recorderState = iota
	inBody
	inChunkSize
	inChunk
	inTrailer
)

// maxWatchedLine bounds what is kept of one line; longer lines cannot be a metadata name that counts.
const maxWatchedLine = 1 << 10

// nameRecorder follows the framing of HTTP/1.1 requests just enough to tell header lines from bodies.
type nameRecorder struct {
	mu    sync.Mutex
	queue []SentNames // of requests read and not taken

	// The rest belongs to the reading goroutine.
	state   recorderState
	line    []byte // the line so far, cut at maxWatchedLine
	started bool   // a request line was seen
	names   SentNames
	left    int64 // bytes of body or chunk to pass over
	length  int64
	chunked bool
}

func (n *nameRecorder) take() SentNames {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.queue) == 0 {
		return nil
	}
	names := n.queue[0]
	n.queue = n.queue[1:]
	return names
}

func (n *nameRecorder) watch(p []byte) {
	for len(p) > 0 {
		if n.state == inBody || n.state == inChunk {
			skip := min(n.left, int64(len(p)))
			p, n.left = p[skip:], n.left-skip
			if n.left == 0 {
				n.endOfData()
			}
			continue
		}
		i := bytes.IndexByte(p, '\n')
		if i < 0 {
			n.keep(p)
			return
		}
		line := p[:min(i, maxWatchedLine)]
		if len(n.line) > 0 { // it began in an earlier read
			n.keep(line)
			line = n.line
		}
		n.endOfLine(bytes.TrimSuffix(line, []byte("\r")))
		n.line = n.line[:0]
		p = p[i+1:]
	}
}

func (n *nameRecorder) keep(p []byte) {
	n.line = append(n.line, p[:min(len(p), maxWatchedLine-len(n.line))]...)
}

func (n *nameRecorder) endOfData() {
	if n.state == inBody {
		n.state = inHead
		return
	}
	n.state = inChunkSize
}

func (n *nameRecorder) endOfLine(line []byte) {
	switch n.state {
	case inHead:
		n.headLine(line)
	case inChunkSize:
		n.chunkLine(line)
	case inTrailer:
		if len(line) == 0 {
			n.state = inHead
		}
	case inBody, inChunk:
	}
}

func (n *nameRecorder) headLine(line []byte) {
	switch {
	case !n.started:
		n.started = true
	case len(line) == 0:
		n.endOfHead()
	default:
		n.headerLine(line)
	}
}

func (n *nameRecorder) headerLine(line []byte) {
	name, value, _ := bytes.Cut(line, []byte(":"))
	switch {
	case len(name) >= len(MetaPrefix) && equalFold(name[:len(MetaPrefix)], MetaPrefix):
		if n.names == nil {
			n.names = SentNames{}
		}
		n.names[strings.ToLower(string(name))] = string(name)
	case equalFold(name, "content-length"):
		n.length, _ = strconv.ParseInt(string(bytes.TrimSpace(value)), 10, 64)
	case equalFold(name, "transfer-encoding"):
		n.chunked = equalFold(bytes.TrimSpace(value), "chunked")
	}
}

// equalFold compares with a text of ASCII in lower case.
func equalFold(b []byte, lower string) bool {
	if len(b) != len(lower) {
		return false
	}
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

func (n *nameRecorder) endOfHead() {
	n.mu.Lock()
	n.queue = append(n.queue, n.names)
	n.mu.Unlock()
	switch {
	case n.chunked:
		n.state = inChunkSize
	case n.length > 0:
		n.state, n.left = inBody, n.length
	}
	n.names, n.started, n.chunked, n.length = nil, false, false, 0
}

func (n *nameRecorder) chunkLine(line []byte) {
	if len(line) == 0 { // the line break that ends a chunk
		return
	}
	hex, _, _ := bytes.Cut(line, []byte(";"))
	size, err := strconv.ParseInt(string(bytes.TrimSpace(hex)), 16, 64)
	switch {
	case err != nil || size <= 0:
		n.state = inTrailer
	default:
		n.state, n.left = inChunk, size
	}
}
