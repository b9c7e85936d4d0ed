package azurestore

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// Bounds on waiting. There is none on a whole call, as content may be large: that is the context's.
const (
	dialTimeout   = 10 * time.Second
	answerTimeout = 2 * time.Minute // from the last byte sent to the first of the answer
	idleTimeout   = 90 * time.Second
	maxIdle       = 32
)

// newTransport makes the connection pool of a store.
func newTransport(roots *x509.CertPool) *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: dialTimeout}).DialContext,
		TLSClientConfig:       &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:   dialTimeout,
		ResponseHeaderTimeout: answerTimeout,
		ExpectContinueTimeout: time.Second,
		IdleConnTimeout:       idleTimeout,
		MaxIdleConnsPerHost:   maxIdle,
		// Otherwise net/http would unpack files stored with Content-Encoding gzip, and their length be lost.
		DisableCompression: true,
	}
}

// refuseRedirect keeps signed requests from being sent to another host.
func refuseRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// retryOptions are those of requests that are safe to repeat.
func retryOptions(o Options) policy.RetryOptions {
	retries, delay := int32(3), 200*time.Millisecond
	if o.Retries != 0 {
		retries = int32(o.Retries)
	}
	if o.RetryDelay != 0 {
		delay = o.RetryDelay
	}
	return policy.RetryOptions{
		MaxRetries: retries, RetryDelay: delay, MaxRetryDelay: 10 * time.Second, ShouldRetry: mayRepeat,
	}
}

// transient are the statuses that speak of the service's state and not of the request.
var transient = []int{
	http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError,
	http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout,
}

// mayRepeat decides for requests whose second execution leaves what the first did.
func mayRepeat(resp *http.Response, err error) bool {
	if err != nil {
		return !hopeless(err)
	}
	return slices.Contains(transient, resp.StatusCode)
}

// mayRepeatUnexecuted decides for all other requests: only where the service refused them for its load, or was
// never reached, so that a repetition cannot meet the traces of the first try and report them as the result.
func mayRepeatUnexecuted(resp *http.Response, err error) bool {
	if err != nil {
		return !hopeless(err) && neverSent(err)
	}
	return resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusServiceUnavailable
}

// neverSent reports whether no connection was made.
func neverSent(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// hopeless reports errors that the next try will meet again: an unknown host name, a certificate that is not
// trusted, plain HTTP where TLS is spoken, a proxy address that makes no sense.
func hopeless(err error) bool {
	var (
		dns    *net.DNSError
		cert   *tls.CertificateVerificationError
		record tls.RecordHeaderError
		badURL url.InvalidHostError
	)
	return errors.As(err, &dns) && dns.IsNotFound || errors.As(err, &cert) || errors.As(err, &record) ||
		errors.As(err, &badURL) || errors.Is(err, http.ErrSchemeMismatch)
}
