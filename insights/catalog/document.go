package catalog

import (
	"bytes"
	"context"
	"encoding/json"
	"io"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/lake"
)

// Names in an environment's folder.
const (
	environmentFile = "environment.json"
	// deletedFile is what environment.json is called once the environment was deleted and its data kept.
	deletedFile     = "environment.deleted.json"
	definitionsDir  = "definitions"
	sourcesDir      = "sources"
	unificationFile = "unification.json"
	runsDir         = "runs"
)

// maxDocument bounds what is read into memory for one document.
const maxDocument = 64 << 20

// document is the content of a JSON file in the container, with the version that was read.
type document struct {
	data []byte
	etag lake.ETag
}

func readDocument(ctx context.Context, s lake.Store, p lake.Path) (document, error) {
	content, err := s.Read(ctx, insights.Container, p, lake.ReadOptions{})
	if err != nil {
		return document{}, err
	}
	data, err := io.ReadAll(io.LimitReader(content.Body, maxDocument+1))
	if closed := content.Body.Close(); err == nil {
		err = closed
	}
	switch {
	case err != nil:
		return document{}, errs.E(errs.Unavailable, errs.Item(p), err)
	case len(data) > maxDocument:
		return document{}, errs.E(errs.Corrupt, errs.Item(p), "the document is larger than 64 MiB")
	}
	return document{data, content.Properties.ETag}, nil
}

// decode reads the document into v. Unknown fields are those of a newer version and are ignored.
func (d document) decode(p lake.Path, v any) error {
	if err := json.Unmarshal(d.data, v); err != nil {
		return errs.E(errs.Corrupt, errs.Item(p), "the document cannot be read", err)
	}
	return nil
}

func encode(v any) ([]byte, error) {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return nil, errs.E(errs.Internal, err)
	}
	return append(data, '\n'), nil
}

// writeDocument replaces a document in one step. An empty etag says that there must be none, [lake.AnyETag] that
// any may be replaced.
func writeDocument(ctx context.Context, s lake.Store, p lake.Path, data []byte, etag lake.ETag) error {
	o := lake.PutBlobOptions{Headers: lake.ContentHeaders{ContentType: "application/json"}}
	switch etag {
	case "":
		o.Conditions.IfNoneMatch = lake.AnyETag
	case lake.AnyETag:
	default:
		o.Conditions.IfMatch = etag
	}
	_, err := s.PutBlob(ctx, insights.Container, p, bytes.NewReader(data), o)
	return err
}

// list calls visit for every entry below a directory. A missing directory has none.
func list(ctx context.Context, s lake.Store, dir lake.Path, o lake.ListOptions, visit func(lake.Properties)) error {
	for {
		page, err := s.List(ctx, insights.Container, dir, o)
		if errs.CodeOf(err) == lake.CodePathNotFound {
			return nil
		}
		if err != nil {
			return err
		}
		for _, e := range page.Entries {
			visit(e)
		}
		if page.Continuation == "" {
			return nil
		}
		o.Continuation = page.Continuation
	}
}
