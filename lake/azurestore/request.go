package azurestore

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/ownlake/ownlake/lake"
)

// edit changes a request that an SDK has built, before it is signed.
type edit func(*policy.Request) error

type (
	editsKey struct{}
	onceKey  struct{}
)

// withEdits returns a context whose requests are edited.
func withEdits(ctx context.Context, edits ...edit) context.Context {
	return context.WithValue(ctx, editsKey{}, edits)
}

// once returns a context whose requests are never taken as safe to repeat.
func once(ctx context.Context) context.Context { return context.WithValue(ctx, onceKey{}, true) }

// dfsPath returns a context whose requests go to a path on the dfs endpoint.
func (s *Store) dfsPath(ctx context.Context, fs lake.Filesystem, p lake.Path, edits ...edit) context.Context {
	return withEdits(ctx, append([]edit{address(s.dfsURL, fs, p)}, edits...)...)
}

// blobPath returns a context whose requests go to a path on the blob endpoint.
func (s *Store) blobPath(ctx context.Context, fs lake.Filesystem, p lake.Path, edits ...edit) context.Context {
	return withEdits(ctx, append([]edit{address(s.blobURL, fs, p)}, edits...)...)
}

// address sends a request to a path below an endpoint. The root directory is written with a slash, which tells
// it from its filesystem.
func address(endpoint *url.URL, fs lake.Filesystem, p lake.Path) edit {
	return func(req *policy.Request) error {
		u := req.Raw().URL
		u.Scheme, u.Host = endpoint.Scheme, endpoint.Host
		u.Path = endpoint.Path + "/" + string(fs) + "/" + string(p)
		u.RawPath = endpoint.EscapedPath() + "/" + string(fs) + "/" + escapePath(p)
		req.Raw().Host = endpoint.Host
		return nil
	}
}

// escapePath percent-encodes each name of a path.
func escapePath(p lake.Path) string {
	names := p.Names()
	for i, n := range names {
		names[i] = url.PathEscape(n)
	}
	return strings.Join(names, "/")
}

// header sets a header where the value is not empty. The name is sent as written: the signing policies of the
// SDKs look headers up by their exact names.
func header(name, value string) edit {
	return func(req *policy.Request) error {
		if value != "" {
			req.Raw().Header[name] = []string{value}
		}
		return nil
	}
}

// query changes query parameters; an empty value removes one.
func query(name, value string) edit {
	return func(req *policy.Request) error {
		q := req.Raw().URL.Query()
		q.Set(name, value)
		if value == "" {
			q.Del(name)
		}
		req.Raw().URL.RawQuery = q.Encode()
		return nil
	}
}

// preparer is the pipeline policy that edits requests and decides how they may be repeated. It comes before the
// policies that repeat and sign.
type preparer struct{ retry policy.RetryOptions }

// Do implements policy.Policy.
func (p preparer) Do(req *policy.Request) (*http.Response, error) {
	ctx := req.Raw().Context()
	edits, _ := ctx.Value(editsKey{}).([]edit)
	for _, e := range edits {
		if err := e(req); err != nil {
			return nil, err
		}
	}
	if ctx.Value(onceKey{}) != nil || !repeatable(req.Raw()) {
		retry := p.retry
		retry.ShouldRetry = mayRepeatUnexecuted
		req = req.WithContext(policy.WithRetryOptions(ctx, retry))
	}
	return req.Next()
}

// blobTypeHeader tells Put Blob from other requests. The SDK writes it in lower case, as it stands in the header.
var blobTypeHeader = "x-ms-blob-type"

// repeatable reports whether executing a request twice leaves the state and gives the answer of executing it
// once: it only reads, stages bytes at a position or under an id, or states a value whole and unconditionally.
// A condition, creation, rename or deletion that was carried out makes its own repetition fail, with an error
// that would say the call changed nothing.
func repeatable(r *http.Request) bool {
	for name := range r.Header {
		if n := strings.ToLower(name); strings.HasPrefix(n, "if-") || strings.HasPrefix(n, "x-ms-source-if-") {
			return r.Method == http.MethodGet || r.Method == http.MethodHead
		}
	}
	q := r.URL.Query()
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPatch:
		return true
	case http.MethodPut:
		return q.Get("comp") != "" || len(r.Header[blobTypeHeader]) > 0
	}
	return false
}
