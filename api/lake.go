package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/lake"
)

// Lakes are the accounts that environments write to. insights/catalog implements it.
type Lakes interface {
	// Store is the account of an environment, limited to the environment's folder.
	Store(ctx context.Context, env insights.Environment) (lake.Store, error)
	// Account is the whole account.
	Account(ctx context.Context, env insights.EnvironmentID) (lake.Store, error)
}

// LakeInfo says where an environment's files are.
type LakeInfo struct {
	Account    string          `json:"account"`
	Endpoint   string          `json:"endpoint"`
	Folder     string          `json:"folder" doc:"The environment's own, in the container customerinsights"`
	Whole      bool            `json:"whole" doc:"Whether you see the whole account, as administrators of the server do, or that folder alone"`
	Containers []LakeContainer `json:"containers"`
}

// LakeContainer is a container of the account.
type LakeContainer struct {
	Name     string    `json:"name"`
	Modified time.Time `json:"modified"`
}

// LakeEntry is a file or a directory.
type LakeEntry struct {
	Path        string            `json:"path"`
	Name        string            `json:"name"`
	Directory   bool              `json:"directory"`
	Bytes       int64             `json:"bytes"`
	Modified    time.Time         `json:"modified"`
	ETag        string            `json:"etag"`
	Owner       string            `json:"owner,omitempty"`
	Group       string            `json:"group,omitempty"`
	Permissions string            `json:"permissions,omitempty" doc:"Such as rwxr-x---, with + where the list has named entries"`
	ContentType string            `json:"contentType,omitempty"`
	Metadata    map[string]string `json:"metadata,omitempty"`
}

// LakePage is a page of a directory, in the order of names.
type LakePage struct {
	Items []LakeEntry `json:"items"`
	Next  string      `json:"next,omitempty"`
}

func entryOf(p lake.Properties) LakeEntry {
	return LakeEntry{
		Path: string(p.Path), Name: p.Path.Base(), Directory: p.IsDirectory, Bytes: p.Size, Modified: p.LastModified, ETag: string(p.ETag),
		Owner: string(p.Owner), Group: string(p.Group), Permissions: p.Permissions, ContentType: p.Headers.ContentType, Metadata: p.Metadata,
	}
}

type lakePathInput struct {
	Environment insights.EnvironmentID `path:"environment"`
	Container   string                 `path:"container" maxLength:"63"`
	Path        string                 `query:"path" maxLength:"1024" doc:"The path in the container, without a slash at the beginning"`
}

type lakeListInput struct {
	Environment insights.EnvironmentID `path:"environment"`
	Container   string                 `path:"container" maxLength:"63"`
	Path        string                 `query:"path" maxLength:"1024" doc:"The directory; empty: the container's root"`
	Prefix      string                 `query:"prefix" maxLength:"1024" doc:"Only entries whose name begins so"`
	After       string                 `query:"after" maxLength:"8192" doc:"Where the page begins: next of the one before"`
	Limit       int                    `query:"limit" minimum:"1" maximum:"5000" default:"200"`
}

// lakeOf is the account as far as the caller may see it: whole for administrators of the server, and else the
// environment's folder.
func (r *routes) lakeOf(ctx context.Context, id insights.EnvironmentID) (store lake.Store, env insights.Environment, whole bool, err error) {
	if env, err = r.o.Services.Environments.Get(ctx, id); err != nil {
		return nil, env, false, err
	}
	if whole = r.o.roleIn(requestOf(ctx).caller, insights.AllEnvironments).Includes(insights.Administrator); whole {
		store, err = r.o.Services.Lakes.Account(ctx, id)
	} else {
		store, err = r.o.Services.Lakes.Store(ctx, env)
	}
	return store, env, whole, err
}

// lakePlace is lakeOf with a place in it.
func (r *routes) lakePlace(ctx context.Context, id insights.EnvironmentID, container, text string) (lake.Store, lake.Location, error) {
	store, _, _, err := r.lakeOf(ctx, id)
	if err != nil {
		return nil, lake.Location{}, err
	}
	fs, err := lake.ParseFilesystem(container)
	if err != nil {
		return nil, lake.Location{}, errs.E(errs.Invalid, errs.Item(container), err)
	}
	p, err := lake.ParsePath(text)
	if err != nil {
		return nil, lake.Location{}, errs.E(errs.Invalid, errs.Item(text), err)
	}
	return store, lake.Location{Filesystem: fs, Path: p}, nil
}

func (r *routes) getLake(ctx context.Context, in *environmentInput) (*output[LakeInfo], error) {
	store, env, whole, err := r.lakeOf(ctx, in.Environment)
	if err != nil {
		return nil, err
	}
	account, err := store.Account(ctx)
	if err != nil {
		return nil, err
	}
	info := LakeInfo{Account: account.Name, Endpoint: account.Endpoint, Folder: string(env.ID.Folder()), Whole: whole, Containers: []LakeContainer{}}
	if !whole {
		own, err := store.FilesystemProperties(ctx, insights.Container)
		info.Containers = append(info.Containers, LakeContainer{string(own.Name), own.LastModified})
		return answer(info, err)
	}
	for o := (lake.ListFilesystemsOptions{}); ; {
		page, err := store.ListFilesystems(ctx, o)
		if err != nil {
			return nil, err
		}
		for _, c := range page.Filesystems {
			info.Containers = append(info.Containers, LakeContainer{string(c.Name), c.LastModified})
		}
		if o.Continuation = page.Continuation; o.Continuation == "" {
			return answer(info, nil)
		}
	}
}

func (r *routes) listLake(ctx context.Context, in *lakeListInput) (*output[LakePage], error) {
	store, at, err := r.lakePlace(ctx, in.Environment, in.Container, in.Path)
	if err != nil {
		return nil, err
	}
	o := lake.ListOptions{MaxResults: in.Limit, Continuation: in.After}
	if in.Prefix != "" {
		o.Prefix = strings.TrimPrefix(string(at.Path)+"/"+in.Prefix, "/")
	}
	page, err := store.List(ctx, at.Filesystem, at.Path, o)
	if err != nil {
		return nil, err
	}
	out := LakePage{Items: []LakeEntry{}, Next: page.Continuation}
	for _, e := range page.Entries {
		out.Items = append(out.Items, entryOf(e))
	}
	return answer(out, nil)
}

func (r *routes) getLakeEntry(ctx context.Context, in *lakePathInput) (*output[LakeEntry], error) {
	store, at, err := r.lakePlace(ctx, in.Environment, in.Container, in.Path)
	if err != nil {
		return nil, err
	}
	p, err := store.Properties(ctx, at.Filesystem, at.Path, lake.Conditions{})
	return answer(entryOf(p), err)
}

// LakeAccess is a path's access control list.
type LakeAccess struct {
	Owner       string            `json:"owner"`
	Group       string            `json:"group"`
	Permissions string            `json:"permissions"`
	ACL         string            `json:"acl" doc:"In the short form, such as user::rwx,group:ID:r-x"`
	Entries     []LakeACLEntry    `json:"entries"`
	Names       map[string]string `json:"names" doc:"What the directory calls those whom entries name, by id"`
}

// LakeACLEntry is one line of the list.
type LakeACLEntry struct {
	Default     bool   `json:"default" doc:"Whether it is for what is made below, and not for the path itself"`
	Type        string `json:"type" enum:"user,group,mask,other"`
	ID          string `json:"id,omitempty"`
	Permissions string `json:"permissions"`
}

func (r *routes) getLakeACL(ctx context.Context, in *lakePathInput) (*output[LakeAccess], error) {
	store, at, err := r.lakePlace(ctx, in.Environment, in.Container, in.Path)
	if err != nil {
		return nil, err
	}
	ac, err := store.AccessControl(ctx, at.Filesystem, at.Path, lake.Conditions{})
	if err != nil {
		return nil, err
	}
	out := LakeAccess{
		Owner: string(ac.Properties.Owner), Group: string(ac.Properties.Group), Permissions: ac.Properties.Permissions, ACL: ac.ACL.String(),
		Entries: aclEntries(ac.ACL.String()), Names: map[string]string{},
	}
	for _, id := range append([]string{out.Owner, out.Group}, idsOf(out.Entries)...) {
		if name := r.nameOf(ctx, id); name != "" {
			out.Names[id] = name
		}
	}
	return answer(out, nil)
}

// aclEntries reads the short form of a list.
func aclEntries(text string) []LakeACLEntry {
	entries := []LakeACLEntry{}
	for one := range strings.SplitSeq(text, ",") {
		rest, isDefault := strings.CutPrefix(one, "default:")
		if parts := strings.Split(rest, ":"); len(parts) == 3 {
			entries = append(entries, LakeACLEntry{isDefault, parts[0], parts[1], parts[2]})
		}
	}
	return entries
}

func idsOf(entries []LakeACLEntry) []string {
	var ids []string
	for _, e := range entries {
		if e.ID != "" {
			ids = append(ids, e.ID)
		}
	}
	return ids
}

// nameOf is what the directory calls a principal; empty where it does not know.
func (r *routes) nameOf(ctx context.Context, id string) string {
	if r.o.Access.Directory == nil || len(id) < len("00000000-0000-0000-0000-000000000000") {
		return ""
	}
	found, err := r.o.Access.Directory.Search(ctx, id, 1)
	if err != nil || len(found) == 0 {
		return ""
	}
	return found[0].Name
}

type lakeReadInput struct {
	Environment insights.EnvironmentID `path:"environment"`
	Container   string                 `path:"container" maxLength:"63"`
	Path        string                 `query:"path" maxLength:"1024" required:"true"`
	Range       string                 `header:"Range" doc:"One range of bytes, such as bytes=0-65535"`
	Download    bool                   `query:"download" doc:"As a file to be saved"`
}

// readLakeFile streams a file or a range of it. Whatever it holds, a browser that opens it runs none of it: the answer has a
// type that nothing is run of, and a policy that forbids it.
func (r *routes) readLakeFile(ctx context.Context, in *lakeReadInput) (*huma.StreamResponse, error) {
	store, at, err := r.lakePlace(ctx, in.Environment, in.Container, in.Path)
	if err != nil {
		return nil, err
	}
	p, err := store.Properties(ctx, at.Filesystem, at.Path, lake.Conditions{})
	if err != nil {
		return nil, err
	}
	if p.IsDirectory {
		return nil, errs.E(errs.Invalid, errs.Item(in.Path), "this is a directory", errs.Hint("list it"))
	}
	first, count, partial, err := parseRange(in.Range, p.Size)
	if err != nil {
		return nil, err
	}
	content, err := store.Read(ctx, at.Filesystem, at.Path, lake.ReadOptions{Offset: first, Count: count, Conditions: lake.Conditions{IfMatch: p.ETag}})
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		defer func() { _ = content.Body.Close() }()
		ctx.SetHeader("Content-Type", "application/octet-stream")
		ctx.SetHeader("Accept-Ranges", "bytes")
		ctx.SetHeader("ETag", `"`+strings.Trim(string(p.ETag), `"`)+`"`)
		ctx.SetHeader("Content-Length", strconv.FormatInt(content.Length, 10))
		if in.Download {
			ctx.SetHeader("Content-Disposition", "attachment; filename*=UTF-8''"+url.PathEscape(at.Path.Base()))
		}
		status := http.StatusOK
		if partial {
			status = http.StatusPartialContent
			ctx.SetHeader("Content-Range", "bytes "+strconv.FormatInt(first, 10)+"-"+strconv.FormatInt(first+content.Length-1, 10)+"/"+strconv.FormatInt(p.Size, 10))
		}
		ctx.SetStatus(status)
		if _, err := io.CopyN(ctx.BodyWriter(), content.Body, content.Length); err != nil {
			if !errors.Is(err, context.Canceled) {
				r.o.Logger.WarnContext(ctx.Context(), "a file was not sent whole", "path", in.Path, "error", err)
			}
			panic(http.ErrAbortHandler)
		}
	}}, nil
}

// parseRange reads a Range header of one range (RFC 9110, section 14.1.2). What is no such header asks for everything.
func parseRange(text string, size int64) (first, count int64, partial bool, err error) {
	rest, isBytes := strings.CutPrefix(text, "bytes=")
	from, to, isRange := strings.Cut(rest, "-")
	if !isBytes || !isRange || strings.Contains(rest, ",") {
		return 0, size, false, nil
	}
	a, errA := strconv.ParseInt(from, 10, 64)
	b, errB := strconv.ParseInt(to, 10, 64)
	switch {
	case from == "" && errB == nil && b > 0:
		first, b = max(size-b, 0), size-1
	case errA == nil && to == "":
		first, b = a, size-1
	case errA == nil && errB == nil && a <= b:
		first, b = a, min(b, size-1)
	default:
		return 0, size, false, nil
	}
	if first < 0 || first >= size {
		p := newProblem(errs.E(errs.Invalid, errs.Item(text), "the file has "+strconv.FormatInt(size, 10)+" bytes"))
		p.Status, p.Title = http.StatusRequestedRangeNotSatisfiable, http.StatusText(http.StatusRequestedRangeNotSatisfiable)
		return 0, 0, false, p
	}
	return first, b - first + 1, true, nil
}

type lakeWriteInput struct {
	Environment insights.EnvironmentID `path:"environment"`
	Container   string                 `path:"container" maxLength:"63"`
	Path        string                 `query:"path" maxLength:"1024" required:"true"`
}

// writeLakeFile puts the body into a file, which is there whole or not at all.
func (r *routes) writeLakeFile(ctx context.Context, in *lakeWriteInput) (*output[LakeEntry], error) {
	store, at, err := r.lakePlace(ctx, in.Environment, in.Container, in.Path)
	if err != nil {
		return nil, err
	}
	return r.put(ctx, store, at)
}

func (r *routes) put(ctx context.Context, store lake.Store, at lake.Location) (*output[LakeEntry], error) {
	req := requestOf(ctx)
	if at.Path == lake.Root {
		return nil, errs.E(errs.Invalid, errs.Item("path"), "a file needs a name")
	}
	o := lake.PutBlobOptions{
		Headers:    lake.ContentHeaders{ContentType: "application/octet-stream"},
		Conditions: lake.Conditions{IfMatch: lake.ETag(req.ifMatch), IfNoneMatch: lake.ETag(req.ifNoneMatch)},
	}
	p, err := store.PutBlob(ctx, at.Filesystem, at.Path, req.body, o)
	if err != nil {
		return nil, err
	}
	e := entryOf(p)
	changing(ctx).after = map[string]any{"file": string(at.Filesystem) + "/" + e.Path, "bytes": e.Bytes}
	return answer(e, nil)
}

func (r *routes) deleteLakePath(ctx context.Context, in *lakeDeleteInput) (*emptyOutput, error) {
	store, at, err := r.lakePlace(ctx, in.Environment, in.Container, in.Path)
	if err != nil {
		return nil, err
	}
	if at.Path == lake.Root {
		return nil, errs.E(errs.Invalid, errs.Item("path"), "a container is not deleted here")
	}
	o := lake.DeleteOptions{Recursive: in.Recursive, Conditions: lake.Conditions{IfMatch: lake.ETag(requestOf(ctx).ifMatch)}}
	if err := store.Delete(ctx, at.Filesystem, at.Path, o); err != nil {
		return nil, err
	}
	changing(ctx).before = map[string]any{"path": string(at.Filesystem) + "/" + string(at.Path)}
	return &emptyOutput{}, nil
}

type lakeDeleteInput struct {
	Environment insights.EnvironmentID `path:"environment"`
	Container   string                 `path:"container" maxLength:"63"`
	Path        string                 `query:"path" maxLength:"1024" required:"true"`
	Recursive   bool                   `query:"recursive" doc:"With all that a directory holds"`
}

type lakeRenameInput struct {
	Environment insights.EnvironmentID `path:"environment"`
	Container   string                 `path:"container" maxLength:"63"`
	Body        struct {
		From string `json:"from" minLength:"1" maxLength:"1024"`
		To   string `json:"to" minLength:"1" maxLength:"1024" doc:"The new path, in the same container"`
	}
}

func (r *routes) renameLakePath(ctx context.Context, in *lakeRenameInput) (*output[LakeEntry], error) {
	store, from, err := r.lakePlace(ctx, in.Environment, in.Container, in.Body.From)
	if err != nil {
		return nil, err
	}
	to, err := lake.ParsePath(in.Body.To)
	if err != nil || to == lake.Root || from.Path == lake.Root {
		return nil, errs.E(errs.Invalid, errs.Item(in.Body.To), "a container is not renamed", err)
	}
	// Never over something else: what is there is deleted first, by who wants that.
	p, err := store.Rename(ctx, from, lake.Location{Filesystem: from.Filesystem, Path: to}, lake.RenameOptions{Conditions: lake.Conditions{IfNoneMatch: "*"}})
	if err != nil {
		return nil, err
	}
	changing(ctx).before, changing(ctx).after = in.Body.From, in.Body.To
	return answer(entryOf(p), nil)
}

type lakeDirectoryInput struct {
	Environment insights.EnvironmentID `path:"environment"`
	Container   string                 `path:"container" maxLength:"63"`
	Body        struct {
		Path string `json:"path" minLength:"1" maxLength:"1024"`
	}
}

func (r *routes) createLakeDirectory(ctx context.Context, in *lakeDirectoryInput) (*output[LakeEntry], error) {
	store, at, err := r.lakePlace(ctx, in.Environment, in.Container, in.Body.Path)
	if err != nil {
		return nil, err
	}
	p, err := store.Create(ctx, at.Filesystem, at.Path, lake.CreateOptions{IsDirectory: true, Conditions: lake.Conditions{IfNoneMatch: "*"}})
	if err != nil {
		return nil, err
	}
	changing(ctx).after = map[string]any{"directory": string(at.Filesystem) + "/" + string(at.Path)}
	return answer(entryOf(p), nil)
}

type uploadInput struct {
	Environment insights.EnvironmentID `path:"environment"`
	Name        string                 `path:"name" maxLength:"200" doc:"The file's name, such as contacts.csv"`
}

// Upload is a file that a data source can be made of.
type Upload struct {
	Name     string    `json:"name"`
	Location string    `json:"location" doc:"What a table of a data source names as its location"`
	Bytes    int64     `json:"bytes"`
	Modified time.Time `json:"modified"`
}

// uploads is the folder of files that people upload, in the environment's folder.
const uploads = "Uploads"

func (r *routes) uploadFile(ctx context.Context, in *uploadInput) (*output[Upload], error) {
	env, err := r.o.Services.Environments.Get(ctx, in.Environment)
	if err != nil {
		return nil, err
	}
	if in.Name != path.Base(in.Name) || strings.ContainsAny(in.Name, `\*?[]`) || strings.HasPrefix(in.Name, ".") {
		return nil, errs.E(errs.Invalid, errs.Item(in.Name), "not a name for a file", errs.Hint("use one without slashes, brackets, asterisks and question marks"))
	}
	store, err := r.o.Services.Lakes.Store(ctx, env)
	if err != nil {
		return nil, err
	}
	e, err := r.put(ctx, store, lake.Location{Filesystem: insights.Container, Path: env.ID.Folder().Join(uploads, in.Name)})
	if err != nil {
		return nil, err
	}
	account, err := store.Account(ctx)
	return answer(upload(account.Endpoint, e.Body), err)
}

func upload(endpoint string, e LakeEntry) Upload {
	return Upload{Name: e.Name, Location: locationOf(endpoint, e.Path), Bytes: e.Bytes, Modified: e.Modified}
}

// locationOf is the address of a path in the environments' container.
func locationOf(endpoint, p string) string {
	escaped := strings.Split(p, "/")
	for i, name := range escaped {
		escaped[i] = url.PathEscape(name)
	}
	return strings.TrimSuffix(endpoint, "/") + "/" + string(insights.Container) + "/" + strings.Join(escaped, "/")
}

func (r *routes) listUploads(ctx context.Context, in *environmentInput) (*output[[]Upload], error) {
	env, err := r.o.Services.Environments.Get(ctx, in.Environment)
	if err != nil {
		return nil, err
	}
	store, err := r.o.Services.Lakes.Store(ctx, env)
	if err != nil {
		return nil, err
	}
	account, err := store.Account(ctx)
	if err != nil {
		return nil, err
	}
	list := []Upload{}
	for o := (lake.ListOptions{}); ; {
		page, err := store.List(ctx, insights.Container, env.ID.Folder().Join(uploads), o)
		if errs.Is(err, errs.NotFound) {
			return answer(list, nil)
		}
		if err != nil {
			return nil, err
		}
		for _, p := range page.Entries {
			if !p.IsDirectory {
				list = append(list, upload(account.Endpoint, entryOf(p)))
			}
		}
		if o.Continuation = page.Continuation; o.Continuation == "" {
			return answer(list, nil)
		}
	}
}
