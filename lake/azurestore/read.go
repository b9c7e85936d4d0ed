package azurestore

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// Read implements [lake.Store]. A connection that breaks is made again where it stopped, on the condition that
// the file is still the same; otherwise the body fails with kind Unavailable. The context covers the body too.
// Names of metadata come in lower case here.
func (s *Store) Read(ctx context.Context, fs lake.Filesystem, p lake.Path, o lake.ReadOptions) (lake.Content, error) {
	const op errs.Op = "azurestore.Read"
	if err := notRoot(op, fs, p); err != nil {
		return lake.Content{}, err
	}
	ctx = s.blobPath(ctx, fs, p)
	var answer *http.Response
	r, err := s.blob.DownloadStream(policy.WithCaptureResponse(ctx, &answer), &blob.DownloadStreamOptions{
		Range: blob.HTTPRange{Offset: o.Offset, Count: o.Count}, AccessConditions: blobConditions(o.Conditions),
	})
	if err != nil {
		return lake.Content{}, s.fail(op, item(fs, p), err)
	}
	if r.Body == nil { // the SDK's way to say 304
		return lake.Content{}, errs.E(op, errs.Precondition, lake.CodeConditionNotMet, item(fs, p), "the condition does not hold")
	}
	if isDirectory(answer.Header) {
		_ = r.Body.Close()
		return lake.Content{}, errs.E(op, errs.Conflict, lake.CodeResourceTypeMismatch, item(fs, p), "this is a directory, which has no content")
	}
	props := readProperties(p, &r)
	if sent := answer.Header.Get("x-ms-properties"); sent != "" { // the answer of a listener that took the request for dfs
		props.Metadata = parseProperties(sent)
	}
	body := &body{ReadCloser: r.NewRetryReader(ctx, nil), fail: func(err error) error { return broken(s.fail(op, item(fs, p), err)) }}
	return lake.Content{Properties: props, Offset: o.Offset, Length: value(r.ContentLength), Body: body}, nil
}

// isDirectory reports whether an answer describes a directory, in the words of either endpoint.
func isDirectory(h http.Header) bool {
	return h.Get("x-ms-resource-type") == "directory" || h.Get("x-ms-meta-"+folderMark) == "true"
}

func readProperties(p lake.Path, r *blob.DownloadStreamResponse) lake.Properties {
	props := lake.Properties{
		Path: p, Size: contentSize(value(r.ContentRange), value(r.ContentLength)), Blob: lake.BlockBlob,
		ETag: unquoted(r.ETag), LastModified: when(r.LastModified), CreatedOn: when(r.CreationTime),
		Metadata: foldedMetadata(r.Metadata),
		Headers: lake.ContentHeaders{
			ContentType: value(r.ContentType), ContentEncoding: value(r.ContentEncoding),
			ContentLanguage: value(r.ContentLanguage), ContentDisposition: value(r.ContentDisposition),
			CacheControl: value(r.CacheControl), ContentMD5: r.BlobContentMD5,
		},
	}
	if r.ContentRange == nil && props.Headers.ContentMD5 == nil {
		props.Headers.ContentMD5 = r.ContentMD5 // of the whole file where the whole file was asked for
	}
	return props
}

// contentSize takes the size of the whole file from a Content-Range, "bytes 0-9/100", or, without a range, from
// the length.
func contentSize(contentRange string, length int64) int64 {
	_, total, _ := strings.Cut(contentRange, "/")
	if size, err := strconv.ParseInt(total, 10, 64); err == nil {
		return size
	}
	return length
}

// body gives the errors of reading their kinds.
type body struct {
	io.ReadCloser
	fail func(error) error
}

// broken is the error of a body whose connection broke and could not be made again. That the file is another
// one by then, or gone, is no condition that the caller named.
func broken(err error) error {
	if errs.Is(err, errs.Precondition) || errs.Is(err, errs.NotFound) {
		return errs.E(errs.Unavailable, errs.Hint("read the file from its beginning"),
			fmt.Errorf("the connection broke, and the file was replaced before it was made again: %w", err))
	}
	return err
}

// Read implements [io.Reader].
func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && err != io.EOF { //nolint:errorlint // only the bare EOF is the end
		err = b.fail(err)
	}
	return n, err
}
