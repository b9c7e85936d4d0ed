package microsoft

import (
	"context"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azdatalake/filesystem"
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
func (l *Lake) Walk(ctx context.Context, p lake.Path, visit func(p lake.Path, isDirectory bool, list access.ACL) error) error {
	const op errs.Op = "microsoft.Walk"
	top, err := l.acl(ctx, p)
	if err != nil {
		return failure(op, itemOf(p), err)
	}
	if err := visit(p, true, top); err != nil {
		return err
	}
	fs, err := l.filesystem()
	if err != nil {
		return failure(op, itemOf(p), err)
	}
	var below filesystem.ListPathsOptions
	if p != lake.Root {
		below.Prefix = new(string(p))
	}
	pages := fs.NewListPathsPager(true, &below)
	for pages.More() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return failure(op, itemOf(p), err)
		}
		found := make([]visited, 0, len(page.Paths))
		for _, e := range page.Paths {
			found = append(found, visited{path: pathOf(value(e.Name)), isDirectory: value(e.IsDirectory)})
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
	}
	return nil
}

func (l *Lake) readLists(ctx context.Context, op errs.Op, of []visited) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(readers)
	for i := range of {
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
