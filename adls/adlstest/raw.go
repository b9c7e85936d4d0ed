package adlstest

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"slices"
	"strconv"
	"strings"
)

// RawAnswer is an answer as it stood on the wire.
type RawAnswer struct {
	t      *T
	status int
	lines  []string // of the header
	// before are the interim answers' status lines, such as that of 100 Continue.
	before []string
	body   string
}

// Line wants a line of the header, in exactly this case.
func (a *RawAnswer) Line(want string) *RawAnswer {
	if !slices.Contains(a.lines, want) {
		a.t.Fatalf("%s: no line %q in the header:\n%s", a.t.last, want, strings.Join(a.lines, "\n"))
	}
	return a
}

// Header wants a header, with its name in any case.
func (a *RawAnswer) Header(name, want string) *RawAnswer {
	for _, l := range a.lines {
		if n, v, _ := strings.Cut(l, ":"); strings.EqualFold(n, name) && strings.TrimSpace(v) == want {
			return a
		}
	}
	a.t.Fatalf("%s: no header %s with %q:\n%s", a.t.last, name, want, strings.Join(a.lines, "\n"))
	return a
}

// Status wants the status.
func (a *RawAnswer) Status(want int) *RawAnswer {
	if a.status != want {
		a.t.Fatalf("%s: answered %d, want %d: %s %s", a.t.last, a.status, want, strings.Join(a.lines, " "), quoted(a.body))
	}
	return a
}

// connect opens a connection to the request's endpoint.
func (r *Request) connect() net.Conn {
	address := r.url.Host
	if r.url.Port() == "" {
		port := map[string]string{"http": "80", "https": "443"}[r.url.Scheme]
		address = net.JoinHostPort(r.url.Hostname(), port)
	}
	dial, config := (&net.Dialer{Timeout: answerTimeout}).DialContext, &tls.Config{MinVersion: tls.VersionTLS12}
	if transport, ok := r.t.target.Transport.(*http.Transport); ok {
		if transport.DialContext != nil {
			dial = transport.DialContext
		}
		if transport.TLSClientConfig != nil {
			config = transport.TLSClientConfig.Clone()
		}
	}
	conn, err := dial(r.t.ctx, "tcp", address)
	if err == nil && r.url.Scheme == "https" {
		config.ServerName = r.url.Hostname()
		conn = tls.Client(conn, config)
	}
	if err != nil {
		r.t.Fatalf("%s: no connection: %v", r, err)
	}
	if err := conn.SetDeadline(r.t.target.Clock().Add(answerTimeout)); err != nil {
		r.t.Fatalf("%s: %v", r, err)
	}
	return conn
}

// text is the request as it is sent, its headers in the order and case in which they were added.
func (r *Request) text() (head, body string) {
	r.authorize()
	var b strings.Builder
	b.WriteString(r.method + " " + r.url.RequestURI() + " HTTP/1.1\r\nHost: " + r.url.Host + "\r\n")
	for _, h := range r.headers {
		b.WriteString(h.name + ": " + h.value + "\r\n")
	}
	body = r.body
	switch {
	case r.chunked:
		b.WriteString("Transfer-Encoding: chunked\r\n")
		body = chunks(r.body)
	case r.body != "" || r.method == "PUT" || r.method == "PATCH" || r.method == "POST":
		b.WriteString("Content-Length: " + strconv.Itoa(len(r.body)) + "\r\n")
	}
	return b.String() + "\r\n", body
}

// chunks writes a body in chunks of 7 bytes.
func chunks(body string) string {
	const size = 7
	var b strings.Builder
	for len(body) > 0 {
		n := min(size, len(body))
		b.WriteString(strconv.FormatInt(int64(n), 16) + "\r\n" + body[:n] + "\r\n")
		body = body[n:]
	}
	return b.String() + "0\r\n\r\n"
}

// Raw sends the request as it was written, and returns the answer as it was.
func (r *Request) Raw() *RawAnswer {
	conn := r.connect()
	defer conn.Close() //nolint:errcheck // the answer was read
	head, body := r.text()
	return r.exchange(conn, bufio.NewReader(conn), head+body)
}

// exchange sends a text on a connection and reads the answer.
func (r *Request) exchange(conn net.Conn, in *bufio.Reader, text string) *RawAnswer {
	if _, err := io.WriteString(conn, text); err != nil {
		r.t.Fatalf("%s: sending: %v", r, err)
	}
	a := &RawAnswer{t: r.t}
	for {
		status, lines := r.readHead(in)
		if status >= http.StatusOK {
			a.status, a.lines = status, lines
			break
		}
		a.before = append(a.before, strconv.Itoa(status))
	}
	if r.method != http.MethodHead && a.status != http.StatusNotModified {
		a.body = r.readBody(in, a.lines)
	}
	return a
}

func (r *Request) readHead(in *bufio.Reader) (status int, lines []string) {
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			r.t.Fatalf("%s: no answer: %v", r, err)
		}
		line = strings.TrimRight(line, "\r\n")
		switch {
		case line == "" && status > 0:
			return status, lines
		case status == 0:
			_, rest, _ := strings.Cut(line, " ")
			code, _, _ := strings.Cut(rest, " ")
			if status, err = strconv.Atoi(code); err != nil {
				r.t.Fatalf("%s: the answer begins with %q", r, line)
			}
		default:
			lines = append(lines, line)
		}
	}
}

// readBody reads the body that a header announces.
func (r *Request) readBody(in *bufio.Reader, lines []string) string {
	var body io.Reader = strings.NewReader("")
	for _, l := range lines {
		name, value, _ := strings.Cut(l, ":")
		value = strings.TrimSpace(value)
		switch {
		case strings.EqualFold(name, "Content-Length"):
			n, err := strconv.ParseInt(value, 10, 64)
			if err != nil {
				r.t.Fatalf("%s: Content-Length is %q", r, value)
			}
			body = io.LimitReader(in, n)
		case strings.EqualFold(name, "Transfer-Encoding"):
			chunks := httputil.NewChunkedReader(in)
			text, err := io.ReadAll(chunks)
			if err == nil {
				_, err = in.ReadString('\n') // the line that ends the trailers, of which there are none
			}
			if err != nil {
				r.t.Fatalf("%s: the body broke off: %v", r, err)
			}
			return string(text)
		}
	}
	text, err := io.ReadAll(body)
	if err != nil {
		r.t.Fatalf("%s: the body broke off: %v", r, err)
	}
	return string(text)
}
