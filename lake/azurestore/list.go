package azurestore

import (
	"context"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azdatalake/filesystem"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// List implements [lake.Store]. Entries have no content headers and no metadata, which Path List does not tell.
// The service filters by directory only: a prefix that ends within a name and a place to start after are applied
// here, and a page before the last may then hold fewer entries than asked for.
func (s *Store) List(ctx context.Context, fs lake.Filesystem, dir lake.Path, o lake.ListOptions) (lake.Page, error) {
	const op errs.Op = "azurestore.List"
	root, possible := listRoot(dir, o)
	if !possible {
		return lake.Page{}, s.checkDirectory(ctx, op, fs, dir)
	}
	for {
		page, err := s.listPage(ctx, fs, root, o)
		if code := errs.CodeOf(err); root != dir && (code == lake.CodePathNotFound || code == lake.CodePathConflict) {
			return lake.Page{}, s.checkDirectory(ctx, op, fs, dir)
		}
		if err != nil {
			return lake.Page{}, errs.E(op, item(fs, dir), err)
		}
		if len(page.Entries) > 0 || page.Continuation == "" {
			return page, nil
		}
		o.Continuation = page.Continuation
	}
}

// checkDirectory returns the error of listing a directory in which nothing has the prefix: nil unless the
// directory itself is missing or a file.
func (s *Store) checkDirectory(ctx context.Context, op errs.Op, fs lake.Filesystem, dir lake.Path) error {
	props, err := s.Properties(ctx, fs, dir, lake.Conditions{})
	if err == nil && !props.IsDirectory {
		return errs.E(op, errs.Conflict, lake.CodePathConflict, item(fs, dir), "this is a file", errs.Hint("list its directory"))
	}
	return err
}

// listRoot finds the deepest directory whose listing holds every entry below dir that has the prefix, and
// whether there can be any.
func listRoot(dir lake.Path, o lake.ListOptions) (root lake.Path, possible bool) {
	below := string(dir)
	if dir != lake.Root {
		below += "/"
	}
	rest, within := strings.CutPrefix(o.Prefix, below)
	if !within { // a prefix of dir itself is one of all its entries
		return dir, strings.HasPrefix(below, o.Prefix)
	}
	i := strings.LastIndexByte(rest, '/')
	if i < 0 {
		return dir, true
	}
	return dir.Join(rest[:i]), o.Recursive
}

// listPage asks for one page of the service and keeps the entries that were asked for.
func (s *Store) listPage(ctx context.Context, fs lake.Filesystem, dir lake.Path, o lake.ListOptions) (lake.Page, error) {
	pager := s.dfsService.NewFileSystemClient(string(fs)).NewListPathsPager(o.Recursive, &filesystem.ListPathsOptions{
		Prefix: optional(string(dir)), Marker: optional(o.Continuation), MaxResults: pageSize(o.MaxResults),
	})
	answer, err := pager.NextPage(ctx)
	if err != nil {
		return lake.Page{}, s.fail("azurestore.listPage", item(fs, dir), err)
	}
	page := lake.Page{Continuation: value(answer.Continuation)}
	for _, e := range answer.Paths {
		entry := listed(e)
		if strings.HasPrefix(string(entry.Path), o.Prefix) && string(entry.Path) > o.StartAfter && !before(entry.Path, o.BeginFrom) {
			page.Entries = append(page.Entries, entry)
		}
	}
	return page, nil
}

// before reports whether a path comes before another in the order of listings, which goes by names within each
// directory.
func before(p, other lake.Path) bool {
	return slices.Compare(strings.Split(string(p), "/"), strings.Split(string(other), "/")) < 0
}

func listed(e *filesystem.Path) lake.Properties {
	p := lake.Properties{
		Path: lake.Path(value(e.Name)), IsDirectory: value(e.IsDirectory),
		ETag:         lake.ETag(strings.Trim(value(e.ETag), `"`)),
		LastModified: listedTime(value(e.LastModified)), CreatedOn: listedTime(value(e.CreationTime)),
		Owner: access.ObjectID(value(e.Owner)), Group: access.ObjectID(value(e.Group)), Permissions: value(e.Permissions),
	}
	if !p.IsDirectory {
		p.Size, p.Blob = value(e.ContentLength), lake.BlockBlob
	}
	return p
}
