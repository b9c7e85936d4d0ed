package microsoft

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/sharing"
)

var _ sharing.Actor = (*Lake)(nil)

const (
	storageScope = "https://storage.azure.com/.default"
	// actVersion is the version of the requests that are made here and not by Microsoft's client, whose renames, for one, do
	// not take every name.
	actVersion = "2026-02-06"
	// appended is what a WriteFile appends.
	appended = "ownlake\n"
)

// request is one to the Data Lake endpoint.
type request struct {
	method string
	path   lake.Path
	query  url.Values
	header map[string]string
	body   string
	read   func(io.Reader) error // reads the answer; nil for one that is not looked at
	// blob says that the request is one to the Blob endpoint.
	blob bool
}

// acts are the operations that are one request.
var acts = map[access.Operation]func(p, to lake.Path) request{
	access.GetProperties: func(p, _ lake.Path) request {
		return request{method: http.MethodHead, path: p, query: url.Values{"action": {"getStatus"}}}
	},
	access.GetACL: func(p, _ lake.Path) request {
		return request{method: http.MethodHead, path: p, query: url.Values{"action": {"getAccessControl"}}}
	},
	access.ReadFile: func(p, _ lake.Path) request { return request{method: http.MethodGet, path: p} },
	access.SetProperties: func(p, _ lake.Path) request {
		return request{method: http.MethodPatch, path: p, query: url.Values{"action": {"setProperties"}}, header: map[string]string{"x-ms-content-type": "text/csv"}}
	},
	access.CreateFile: func(p, _ lake.Path) request {
		return request{method: http.MethodPut, path: p, query: url.Values{"resource": {"file"}}}
	},
	access.CreateDirectory: func(p, _ lake.Path) request {
		return request{method: http.MethodPut, path: p, query: url.Values{"resource": {"directory"}}}
	},
	access.DeleteFile: func(p, _ lake.Path) request {
		return request{method: http.MethodDelete, path: p, query: url.Values{"recursive": {"false"}}}
	},
	access.DeleteRecursive: func(p, _ lake.Path) request {
		return request{method: http.MethodDelete, path: p, query: url.Values{"recursive": {"true"}}}
	},
}

// Act does an operation as whoever the credential is of. Those that [sharing.Prove] tries, and GetACL and SetACL, are
// known; others are Invalid. A SetACL leaves the list as it is.
func (l *Lake) Act(ctx context.Context, op access.Operation, p, to lake.Path) error {
	var err error
	switch op {
	case access.ListDirectory:
		err = l.listOnce(ctx, p)
	case access.WriteFile:
		err = l.append(ctx, p)
	case access.RenameFrom:
		err = l.rename(ctx, p, to)
	case access.SetACL:
		var list access.ACL
		if list, err = l.acl(ctx, p); err == nil {
			return l.SetACL(ctx, p, list)
		}
	default:
		build, ok := acts[op]
		if !ok {
			return errs.E(errs.Op("microsoft.Act"), errs.Invalid, "not an operation that is tried: "+op.String())
		}
		_, err = l.send(ctx, build(p, to))
	}
	return failure("microsoft.Act", itemOf(p), err)
}

func (l *Lake) listOnce(ctx context.Context, p lake.Path) error {
	query := url.Values{"resource": {"filesystem"}, "recursive": {"false"}}
	if p != lake.Root {
		query.Set("directory", string(p))
	}
	_, err := l.send(ctx, request{method: http.MethodGet, query: query})
	return err
}

func (l *Lake) append(ctx context.Context, p lake.Path) error {
	header, err := l.send(ctx, acts[access.GetProperties](p, ""))
	if err != nil {
		return err
	}
	size, err := strconv.ParseInt(header.Get("Content-Length"), 10, 64)
	if err != nil {
		return errs.E(errs.Unavailable, "the service does not tell the file's length")
	}
	_, err = l.send(ctx, request{
		method: http.MethodPatch, path: p, query: url.Values{"action": {"append"}, "position": {strconv.FormatInt(size, 10)}}, body: appended,
	})
	if err == nil {
		_, err = l.send(ctx, request{
			method: http.MethodPatch, path: p, query: url.Values{"action": {"flush"}, "position": {strconv.FormatInt(size+int64(len(appended)), 10)}},
		})
	}
	return err
}

func (l *Lake) rename(ctx context.Context, from, to lake.Path) error {
	// The source is /CONTAINER/PATH, without the account that path-style addresses begin with.
	source := l.address(from)[strings.LastIndexByte(l.container, '/'):]
	_, err := l.send(ctx, request{
		method: http.MethodPut, path: to, query: url.Values{"mode": {"legacy"}}, header: map[string]string{"x-ms-rename-source": source},
	})
	return err
}

func (l *Lake) send(ctx context.Context, r request) (http.Header, error) {
	address := l.address(r.path)
	if r.path == lake.Root && r.method == http.MethodGet {
		address = l.container // a listing is of the container and not of its root
	}
	if r.blob {
		address = blobEndpoint(address)
	}
	req, err := runtime.NewRequest(ctx, r.method, address)
	if err != nil {
		return nil, errs.E(errs.Invalid, err)
	}
	req.Raw().URL.RawQuery = r.query.Encode()
	req.Raw().Header.Set("x-ms-version", actVersion)
	for name, value := range r.header {
		req.Raw().Header.Set(name, value)
	}
	if r.body != "" {
		if err := req.SetBody(streaming.NopCloser(strings.NewReader(r.body)), "application/octet-stream"); err != nil {
			return nil, err
		}
	}
	runtime.SkipBodyDownload(req)
	resp, err := l.pipeline.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close() //nolint:errcheck // it was only read
	if resp.StatusCode >= http.StatusMultipleChoices {
		return nil, runtime.NewResponseError(resp)
	}
	if r.read != nil {
		if err := r.read(resp.Body); err != nil {
			return nil, unanswered(err)
		}
	}
	// A file counts as read when it was read to its end.
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.Header, err
}

func (o Options) storagePipeline(c policy.ClientOptions) runtime.Pipeline {
	return runtime.NewPipeline("ownlake", "", runtime.PipelineOptions{
		PerRetry: []policy.Policy{runtime.NewBearerTokenPolicy(o.credential(), []string{storageScope}, nil)},
	}, &c)
}
