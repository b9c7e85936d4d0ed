package adls

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// maxSourceHeader bounds the head of a source's answer.
const maxSourceHeader = 64 << 10

// newSourceClient returns the client that reads sources of copies from other servers on this machine. It is what a
// caller can make the lake ask others, so it goes nowhere else: no proxy, no redirect, no connection that was checked
// for another request.
func newSourceClient() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			DialContext: dialSource, DialTLSContext: dialSourceTLS,
			DisableKeepAlives: true, DisableCompression: true, MaxResponseHeaderBytes: maxSourceHeader,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func dialSource(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := dialLoopback(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return wire.WatchAnswers(c), nil
}

func dialSourceTLS(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := dialLoopback(ctx, network, address)
	if err != nil {
		return nil, err
	}
	host, _, _ := net.SplitHostPort(address)
	secure := tls.Client(c, &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12})
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = c.Close()
		return nil, err
	}
	return wire.WatchAnswers(secure), nil
}

// dialLoopback connects to an address of this machine, and to no other. It connects to the very addresses that it
// checked: a name that is resolved again may lead elsewhere.
func dialLoopback(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	ips, err := loopbackAddresses(ctx, host)
	if err != nil {
		return nil, err
	}
	for _, ip := range ips {
		var c net.Conn
		if c, err = (&net.Dialer{}).DialContext(ctx, network, net.JoinHostPort(ip.String(), port)); err == nil {
			return c, nil
		}
	}
	return nil, err
}

// loopbackAddresses returns the addresses of a host, all of which must be of this machine.
func loopbackAddresses(ctx context.Context, host string) ([]netip.Addr, error) {
	var ips []netip.Addr
	ip, err := netip.ParseAddr(host)
	switch name := strings.ToLower(strings.TrimSuffix(host, ".")); {
	case err == nil:
		ips = []netip.Addr{ip}
	case name == "localhost" || strings.HasSuffix(name, ".localhost"): // RFC 6761, section 6.3
		ips = []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()}
	default:
		if ips, err = net.DefaultResolver.LookupNetIP(ctx, "ip", host); err != nil {
			return nil, err
		}
	}
	for i, ip := range ips {
		if ips[i] = ip.Unmap(); !ips[i].IsLoopback() {
			return nil, errs.E(errs.Permission, errs.Item(host), "the source is not on this machine")
		}
	}
	return ips, nil
}

// openRemoteSource opens a source at another server, which checks the conditions and is checked for it, as not every
// server does.
func (h *handler) openRemoteSource(req *request, u *url.URL, rng *wire.Range, c lake.Conditions) (lake.Content, error) {
	if h.sources == nil {
		return lake.Content{}, notImplemented("copies from other servers",
			"address the source at "+req.Host+", or serve the lake with --copy-from loopback")
	}
	if c.IfTags != nil {
		return lake.Content{}, notImplemented("tag conditions on sources at other servers", "leave out the header x-ms-source-if-tags")
	}
	ctx, cancel := context.WithCancel(req.Context())
	s := &remoteSource{cancel: cancel, stall: h.StallTimeout}
	if s.stall > 0 {
		s.timer = time.AfterFunc(s.stall, cancel)
	}
	source, err := s.open(ctx, h.sources, sourceRequest(u, req, rng), rng)
	if err == nil {
		err = c.Check(source.Properties.ETag, source.Properties.LastModified)
	}
	if err != nil {
		_ = s.Close()
		return lake.Content{}, err
	}
	return source, nil
}

// sourceRequest asks for a source with the conditions of the caller, and with nothing else that the caller did not send
// for it: who may read it, a signature in its address says, or a token.
func sourceRequest(u *url.URL, req *request, rng *wire.Range) *http.Request {
	target := *u
	target.Fragment = ""
	r := &http.Request{Method: http.MethodGet, URL: &target, Host: u.Host, Header: http.Header{}}
	for name, source := range map[string]string{
		"If-Match": "X-Ms-Source-If-Match", "If-None-Match": "X-Ms-Source-If-None-Match",
		"Authorization": "X-Ms-Copy-Source-Authorization", "X-Ms-Lease-Id": "X-Ms-Source-Lease-Id",
		"If-Modified-Since": "X-Ms-Source-If-Modified-Since", "If-Unmodified-Since": "X-Ms-Source-If-Unmodified-Since",
	} {
		wire.Set(r.Header, name, req.Header.Get(source))
	}
	wire.Set(r.Header, "X-Ms-Version", wire.LatestVersion)
	if rng != nil {
		wire.Set(r.Header, "Range", "bytes="+strconv.FormatInt(rng.Offset, 10)+"-"+rangeEnd(rng))
	}
	return r
}

func rangeEnd(rng *wire.Range) string {
	if rng.Count == 0 {
		return ""
	}
	return strconv.FormatInt(rng.Offset+rng.Count-1, 10)
}

// remoteSource is the body of another server's answer, which ends when the server stalls.
type remoteSource struct {
	body   io.ReadCloser
	cancel context.CancelFunc
	timer  *time.Timer // nil without a limit
	stall  time.Duration
}

func (s *remoteSource) open(ctx context.Context, client *http.Client, r *http.Request, rng *wire.Range) (lake.Content, error) {
	var conn net.Conn
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) { conn = i.Conn }})
	a, err := client.Do(r.WithContext(ctx)) //nolint:bodyclose,gosec // s.Close closes it; G704: dialLoopback goes nowhere but this machine
	if shown, ok := errors.AsType[*url.Error](err); ok {
		err = shown.Err // without the address, which has a signature
	}
	if err != nil {
		return lake.Content{}, unverified("the source's server cannot be asked", err)
	}
	s.body = a.Body
	if err := sourceStatus(a, rng); err != nil {
		return lake.Content{}, err
	}
	p, err := sourceProperties(a, wire.AnsweredNames(conn))
	if err != nil {
		return lake.Content{}, err
	}
	c := lake.Content{Properties: p, Length: a.ContentLength, Body: s}
	if rng != nil {
		c.Offset = rng.Offset
	}
	return c, nil
}

// Read passes on what arrives, and lets the server have its time for what comes next.
func (s *remoteSource) Read(p []byte) (int, error) {
	if s.timer != nil {
		s.timer.Reset(s.stall)
	}
	n, err := s.body.Read(p)
	if err != nil && err != io.EOF { //nolint:errorlint // io.Reader: the end is io.EOF itself
		err = unverified("the source broke off", err)
	}
	return n, err
}

// Close ends the request.
func (s *remoteSource) Close() error {
	if s.timer != nil {
		s.timer.Stop()
	}
	s.cancel()
	if s.body == nil {
		return nil
	}
	return s.body.Close()
}

// unverified is the error of a source that cannot be read. What its server says stays with the server: the caller may
// not be allowed to ask it.
func unverified(reason string, cause error) error {
	return errs.E(errs.Permission, wire.CodeCannotVerifyCopySource, reason, cause)
}

// sourceStatus checks that an answer is the source, or the range of it that was asked for.
func sourceStatus(a *http.Response, rng *wire.Range) error {
	switch a.StatusCode {
	case http.StatusNotFound, http.StatusGone:
		return errs.E(errs.NotFound, lake.CodePathNotFound, "the source does not exist")
	case http.StatusPreconditionFailed, http.StatusNotModified:
		return errs.E(errs.Precondition, lake.CodeConditionNotMet, "the source is not in the state asked for")
	case http.StatusRequestedRangeNotSatisfiable:
		return errs.E(errs.Invalid, lake.CodeInvalidRange, "the source ends before the range")
	}
	status := "its server answered " + strconv.Itoa(a.StatusCode)
	switch {
	case a.ContentLength < 0 || len(a.TransferEncoding) > 0:
		return unverified("the source's server does not tell its length", nil)
	case rng == nil && a.StatusCode != http.StatusOK:
		return unverified("the source cannot be read: "+status, nil)
	case rng != nil && (a.StatusCode != http.StatusPartialContent || !strings.HasPrefix(a.Header.Get("Content-Range"), "bytes "+strconv.FormatInt(rng.Offset, 10)+"-")):
		return unverified("the range of the source cannot be read: "+status, nil)
	case rng != nil && rng.Count > 0 && a.ContentLength > rng.Count:
		return unverified("the source's server sends more than the range asked for", nil)
	}
	return nil
}

// sourceProperties is what an answer tells of a source.
func sourceProperties(a *http.Response, names wire.SentNames) (p lake.Properties, err error) {
	p.Size, p.ETag = a.ContentLength, wire.ParseETag(a.Header.Get("ETag"))
	if t, err := http.ParseTime(a.Header.Get("Last-Modified")); err == nil {
		p.LastModified = t
	}
	if p.Metadata, err = wire.MetaHeaders(&http.Request{Header: a.Header}, names); err != nil {
		return p, err
	}
	p.Headers, _, err = wire.ContentHeaders(a.Header, "")
	return p, err
}
