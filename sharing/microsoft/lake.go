package microsoft

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azdatalake/directory"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azdatalake/filesystem"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/sharing"
)

// Lake is the Data Lake endpoint of one container. It is safe for concurrent use.
type Lake struct {
	Options
	container string // its address, without a slash at the end
	client    policy.ClientOptions
	pipeline  runtime.Pipeline // for requests of our own
}

var _ sharing.Lake = (*Lake)(nil)

// NewLake returns a container of an account by the account's Data Lake endpoint, whose host is the account's or whose path
// begins with it. It asks nothing yet. The error is Invalid for an endpoint that must not be shown a token.
func NewLake(o Options, endpoint, container string) (*Lake, error) {
	const op errs.Op = "microsoft.NewLake"
	u, err := url.Parse(strings.TrimSuffix(endpoint, "/"))
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, errs.E(op, errs.Invalid, errs.Item(endpoint), "not the address of a Data Lake endpoint", errs.Hint("it must be https://ACCOUNT.dfs.SUFFIX"))
	}
	fs, err := lake.ParseFilesystem(container)
	if err != nil {
		return nil, errs.E(op, err)
	}
	l := &Lake{Options: o, container: u.String() + "/" + string(fs), client: o.client()}
	l.pipeline = o.storagePipeline(l.client)
	return l, nil
}

// path returns the client of a file or a directory: the requests are the same.
func (l *Lake) path(p lake.Path) (*directory.Client, error) {
	return directory.NewClient(l.address(p), l.credential(), &directory.ClientOptions{ClientOptions: l.client})
}

// address is that of a file or a directory. The root is the container with a slash.
func (l *Lake) address(p lake.Path) string {
	names := p.Names()
	for i, name := range names {
		names[i] = url.PathEscape(name)
	}
	return l.container + "/" + strings.Join(names, "/")
}

// ACL is the list of a file or a directory.
func (l *Lake) ACL(ctx context.Context, p lake.Path) (access.ACL, error) {
	list, err := l.acl(ctx, p)
	return list, failure("microsoft.ACL", itemOf(p), err)
}

func (l *Lake) acl(ctx context.Context, p lake.Path) (access.ACL, error) {
	c, err := l.path(p)
	if err != nil {
		return nil, err
	}
	resp, err := c.GetAccessControl(ctx, nil)
	if err != nil {
		return nil, err
	}
	if resp.ACL == nil {
		return nil, errs.E(errs.Unavailable, "the service answers without a list")
	}
	return access.ParseACL(*resp.ACL)
}

// Item is what an access decision has to know of a file or a directory. It is two requests: the one that tells the list does
// not tell what the path is.
func (l *Lake) Item(ctx context.Context, p lake.Path) (access.Item, error) {
	item, err := l.item(ctx, p)
	return item, failure("microsoft.Item", itemOf(p), err)
}

func (l *Lake) item(ctx context.Context, p lake.Path) (access.Item, error) {
	c, err := l.path(p)
	if err != nil {
		return access.Item{}, err
	}
	resp, err := c.GetAccessControl(ctx, nil)
	if err != nil {
		return access.Item{}, err
	}
	item := access.Item{
		Path: string(p), IsDirectory: true, Owner: access.ObjectID(value(resp.Owner)), Group: access.ObjectID(value(resp.Group)),
		Sticky: strings.ContainsAny(value(resp.Permissions), "tT"),
	}
	if item.ACL, err = access.ParseACL(value(resp.ACL)); err != nil || p == lake.Root {
		return item, err
	}
	header, err := l.send(ctx, acts[access.GetProperties](p, ""))
	item.IsDirectory = header.Get("x-ms-resource-type") == "directory"
	return item, err
}

// SetACL replaces the list of a file or a directory.
func (l *Lake) SetACL(ctx context.Context, p lake.Path, list access.ACL) error {
	c, err := l.path(p)
	if err == nil {
		text := list.String()
		_, err = c.SetAccessControl(ctx, &directory.SetAccessControlOptions{ACL: &text})
	}
	return failure("microsoft.SetACL", itemOf(p), err)
}

// ChangeACLs changes one page of the lists of a directory and everything below, at most 2,000 of them ("Path - Update",
// setAccessControlRecursive). It goes on after paths that fail, and lists them. A page whose answer was lost can be asked
// for again.
func (l *Lake) ChangeACLs(ctx context.Context, p lake.Path, mode sharing.RecursiveMode, entries access.ACL, continuation string) (sharing.Changed, error) {
	const op errs.Op = "microsoft.ChangeACLs"
	text := entries.String()
	switch mode {
	case sharing.Modify:
	case sharing.Remove:
		text = subjects(entries)
	default:
		return sharing.Changed{}, errs.E(op, errs.Invalid, itemOf(p), "no such mode of a recursive change: "+string(mode))
	}
	q := url.Values{"action": {"setAccessControlRecursive"}, "mode": {string(mode)}, "forceFlag": {"true"}}
	if continuation != "" {
		q.Set("continuation", continuation)
	}
	// Microsoft's client does not return the continuation, and ends the process where an answer lacks a count.
	var page changedPage
	header, err := l.send(ctx, request{method: http.MethodPatch, path: p, query: q, header: map[string]string{"x-ms-acl": text}, read: func(r io.Reader) error { return json.NewDecoder(r).Decode(&page) }})
	if err == nil && (page.Directories == nil || page.Files == nil) {
		err = errs.E(errs.Unavailable, "the service answers without saying what it changed")
	}
	if err != nil {
		return sharing.Changed{}, failure(op, itemOf(p), err)
	}
	return page.changed(header.Get("x-ms-continuation")), nil
}

// changedPage is the answer to a page of a recursive change.
type changedPage struct {
	Directories *int `json:"directoriesSuccessful"`
	Files       *int `json:"filesSuccessful"`
	Failed      []struct {
		Name   string `json:"name"`
		Type   string `json:"type"`
		Reason string `json:"errorMessage"`
	} `json:"failedEntries"`
}

func (p changedPage) changed(continuation string) sharing.Changed {
	c := sharing.Changed{Directories: *p.Directories, Files: *p.Files, Continuation: continuation}
	for _, f := range p.Failed {
		c.Failures = append(c.Failures, sharing.Failure{Path: pathOf(f.Name), IsDirectory: strings.EqualFold(f.Type, "DIRECTORY"), Reason: f.Reason})
	}
	return c
}

// subjects writes entries without permissions, as the mode "remove" has them.
func subjects(entries access.ACL) string {
	list := make([]string, 0, len(entries))
	for _, e := range entries {
		text := e.String()
		list = append(list, text[:strings.LastIndexByte(text, ':')])
	}
	return strings.Join(list, ",")
}

// IsEmpty reports whether the container holds nothing.
func (l *Lake) IsEmpty(ctx context.Context) (bool, error) {
	const op errs.Op = "microsoft.IsEmpty"
	fs, err := l.filesystem()
	if err != nil {
		return false, failure(op, "", err)
	}
	// A service may answer with a page of nothing and the word that it goes on.
	pages := fs.NewListPathsPager(false, &filesystem.ListPathsOptions{MaxResults: new(int32(1))})
	for pages.More() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return false, failure(op, "", err)
		}
		if len(page.Paths) > 0 {
			return false, nil
		}
	}
	return true, nil
}

func (l *Lake) filesystem() (*filesystem.Client, error) {
	return filesystem.NewClient(l.container, l.credential(), &filesystem.ClientOptions{ClientOptions: l.client})
}

// pathOf is a path as the service names it, which is not for us to judge.
func pathOf(name string) lake.Path { return lake.Path(strings.Trim(name, "/")) }

// itemOf is what an error names a path.
func itemOf(p lake.Path) errs.Item { return errs.Item("/" + string(p)) }

// value is what a client's pointer points at, or nothing.
func value[T any](p *T) T {
	if p == nil {
		return *new(T)
	}
	return *p
}
