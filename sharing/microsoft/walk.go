package microsoft

import (
	"context"
	"encoding/xml"
	"io"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// readers is how many lists are asked for at a time, each by a request of its own.
const readers = 16

// visited is a path of a walk. Its list is nil if it has gone since it was listed.
type visited struct {
	path        lake.Path
	isDirectory bool
	list        access.ACL
}

// Walk visits a directory and everything below with their lists, in the order of the service's listing. It ends at the
// first error of visit. What comes or goes meanwhile may be visited or not.
//
// The lists of a page come with its listing on the Blob endpoint alone ("List Blobs", include=permissions). Those that it
// leaves out are asked for one by one.
func (l *Lake) Walk(ctx context.Context, p lake.Path, visit func(p lake.Path, isDirectory bool, list access.ACL) error) error {
	return l.walk(ctx, p, "", visit)
}

// WalkDirectories is Walk for directories alone.
func (l *Lake) WalkDirectories(ctx context.Context, p lake.Path, visit func(p lake.Path, isDirectory bool, list access.ACL) error) error {
	return l.walk(ctx, p, "directories", visit)
}

// walk visits everything, or what "showonly" names.
func (l *Lake) walk(ctx context.Context, p lake.Path, only string, visit func(p lake.Path, isDirectory bool, list access.ACL) error) error {
	const op errs.Op = "microsoft.Walk"
	top, err := l.acl(ctx, p)
	if err != nil {
		return failure(op, itemOf(p), err)
	}
	if err := visit(p, true, top); err != nil {
		return err
	}
	for marker := ""; ; {
		page, err := l.listBlobs(ctx, p, only, marker)
		if err != nil {
			return failure(op, itemOf(p), err)
		}
		found, err := page.visited()
		if err != nil {
			return failure(op, itemOf(p), err)
		}
		if err := l.readLists(ctx, op, found); err != nil {
			return err
		}
		for _, v := range found {
			if v.list == nil {
				continue
			}
			if err := visit(v.path, v.isDirectory, v.list); err != nil {
				return err
			}
		}
		if marker = page.Next; marker == "" {
			return nil
		}
	}
}

// blobPage is a page of List Blobs, as far as it is needed.
type blobPage struct {
	Blobs []struct {
		Name struct {
			Encoded bool   `xml:"Encoded,attr"` // a name that XML cannot hold is percent-encoded
			Text    string `xml:",chardata"`
		}
		Type string `xml:"Properties>ResourceType"`
		ACL  string `xml:"Properties>Acl"`
	} `xml:"Blobs>Blob"`
	Next string `xml:"NextMarker"`
}

func (l *Lake) listBlobs(ctx context.Context, p lake.Path, only, marker string) (page blobPage, err error) {
	q := url.Values{"restype": {"container"}, "comp": {"list"}, "include": {"permissions"}}
	if p != lake.Root {
		q.Set("prefix", string(p)+"/")
	}
	for name, value := range map[string]string{"showonly": only, "marker": marker} {
		if value != "" {
			q.Set(name, value)
		}
	}
	_, err = l.send(ctx, request{method: http.MethodGet, query: q, blob: true, read: func(r io.Reader) error {
		return xml.NewDecoder(r).Decode(&page)
	}})
	return page, err
}

func (page blobPage) visited() ([]visited, error) {
	found := make([]visited, 0, len(page.Blobs))
	for _, b := range page.Blobs {
		v := visited{path: pathOf(b.Name.Text), isDirectory: strings.EqualFold(b.Type, "directory")}
		if b.Name.Encoded {
			name, err := url.PathUnescape(b.Name.Text)
			if err != nil {
				return nil, errs.E(errs.Unavailable, "the service answers with a name that cannot be read", err)
			}
			v.path = pathOf(name)
		}
		if b.ACL != "" {
			var err error
			if v.list, err = access.ParseACL(b.ACL); err != nil {
				return nil, err
			}
		}
		found = append(found, v)
	}
	return found, nil
}

// blobEndpoint is the address at the Blob endpoint of one at the Data Lake endpoint. Where the path begins with the
// account, both are the same.
func blobEndpoint(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	u.Host = strings.Replace(u.Host, ".dfs.", ".blob.", 1)
	return u.String()
}

// readLists asks for the lists that are missing.
func (l *Lake) readLists(ctx context.Context, op errs.Op, of []visited) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(readers)
	for i := range of {
		if of[i].list != nil {
			continue
		}
		g.Go(func() error {
			list, err := l.acl(ctx, of[i].path)
			if err = failure(op, itemOf(of[i].path), err); err != nil && !errs.Is(err, errs.NotFound) {
				return err
			}
			of[i].list = list
			return nil
		})
	}
	return g.Wait()
}
