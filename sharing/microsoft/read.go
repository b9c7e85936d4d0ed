package microsoft

import (
	"context"
	"net/http"
	"strconv"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// Read opens a file, or the bytes of it from Offset on, Count of them at most unless it is 0. The caller closes its Body. Of
// conditions those on the ETag are sent. The error is Precondition where one does not hold, and Permission where the caller may
// not read. Of the file's properties only the ETag is told.
func (l *Lake) Read(ctx context.Context, p lake.Path, o lake.ReadOptions) (lake.Content, error) {
	const op errs.Op = "microsoft.Read"
	req, err := runtime.NewRequest(ctx, http.MethodGet, l.address(p))
	if err != nil {
		return lake.Content{}, errs.E(op, errs.Invalid, err)
	}
	h := req.Raw().Header
	h.Set("x-ms-version", actVersion)
	for name, tag := range map[string]lake.ETag{"If-Match": o.Conditions.IfMatch, "If-None-Match": o.Conditions.IfNoneMatch} {
		if tag != "" {
			h.Set(name, string(tag))
		}
	}
	if o.Offset > 0 || o.Count > 0 {
		end := ""
		if o.Count > 0 {
			end = strconv.FormatInt(o.Offset+o.Count-1, 10)
		}
		h.Set("Range", "bytes="+strconv.FormatInt(o.Offset, 10)+"-"+end)
	}
	runtime.SkipBodyDownload(req)
	resp, err := l.pipeline.Do(req)
	if err != nil {
		return lake.Content{}, failure(op, itemOf(p), err)
	}
	switch resp.StatusCode {
	case http.StatusOK, http.StatusPartialContent:
		return lake.Content{
			Properties: lake.Properties{Path: p, ETag: lake.ETag(resp.Header.Get("ETag"))}, Offset: o.Offset, Length: resp.ContentLength, Body: resp.Body,
		}, nil
	case http.StatusNotModified:
		_ = resp.Body.Close() // it has none
		return lake.Content{}, errs.E(op, errs.Precondition, itemOf(p), "it has not changed")
	}
	defer resp.Body.Close() //nolint:errcheck // it was only read
	return lake.Content{}, failure(op, itemOf(p), runtime.NewResponseError(resp))
}
