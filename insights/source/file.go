package source

import (
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// Lakes gives access to reachable accounts. It keeps the stores; nobody here closes them. NotFound says that
// the account is not connected.
type Lakes interface {
	Lake(ctx context.Context, endpoint, account string) (lake.Store, error)
}

// file is one file of a table, as it was when it was listed.
type file struct {
	name    string // as people know it: in errors and corrupt rows
	size    int64
	version string // changes with the content
	local   string // path on local disk, "" in a lake

	store      lake.Store
	filesystem lake.Filesystem
	path       lake.Path
	etag       lake.ETag
}

// open yields count bytes from offset, to the end for count 0. A lake's file that changed since it was listed is
// refused with kind Precondition.
func (f file) open(ctx context.Context, offset, count int64) (io.ReadCloser, error) {
	if f.local == "" {
		c, err := f.store.Read(ctx, f.filesystem, f.path, lake.ReadOptions{Offset: offset, Count: count, Conditions: lake.Conditions{IfMatch: f.etag}})
		if err != nil {
			return nil, f.changed(err)
		}
		return c.Body, nil
	}
	r, err := os.Open(f.local)
	if err != nil {
		return nil, localError(f.local, err)
	}
	if _, err := r.Seek(offset, io.SeekStart); err != nil {
		_ = r.Close()
		return nil, localError(f.local, err)
	}
	if count == 0 {
		return r, nil
	}
	return limited{io.LimitReader(r, count), r}, nil
}

func (f file) changed(err error) error {
	if errs.Is(err, errs.Precondition) {
		return errs.E(errs.Item(f.name), errs.Hint("the file changed while it was being read; run again"), err)
	}
	return errs.E(errs.Item(f.name), err)
}

type limited struct {
	io.Reader
	io.Closer
}

// head reads the first n bytes, fewer if the file has fewer.
func (f file) head(ctx context.Context, n int64) ([]byte, error) { return f.piece(ctx, 0, n) }

func (f file) piece(ctx context.Context, offset, n int64) ([]byte, error) {
	if f.size <= offset {
		return nil, nil
	}
	r, err := f.open(ctx, offset, min(n, f.size-offset))
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	b, err := io.ReadAll(r)
	if err != nil {
		return nil, errs.E(errs.Item(f.name), errs.Unavailable, err)
	}
	return b, nil
}

// list finds the files of a location: the file itself, a folder's files whose ending is one of endings, or what a
// glob matches. It is NotFound if there are none. Files come in the order of their names.
func (r *Reader) list(ctx context.Context, where string, endings []string) ([]file, error) {
	l, err := parseLocation(where)
	if err != nil {
		return nil, err
	}
	var files []file
	if l.local != "" {
		files, err = listLocal(l.local, endings)
	} else {
		files, err = r.listLake(ctx, l, endings)
	}
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, errs.E(errs.NotFound, errs.Item(where), "there are no files "+strings.Join(endings, " or ")+" here",
			errs.Hint("check the path; folders are read without their subfolders"))
	}
	slices.SortFunc(files, func(a, b file) int { return cmp.Compare(a.name, b.name) })
	return files, nil
}

// dataEndings are the files that a folder is read for.
var dataEndings = []string{".csv", ".tsv", ".txt", ".parquet"}

func hasEnding(name string, endings []string) bool {
	lower := strings.ToLower(name)
	return !strings.HasPrefix(name, ".") && !strings.HasPrefix(name, "_") &&
		slices.ContainsFunc(endings, func(e string) bool { return strings.HasSuffix(lower, e) })
}

func listLocal(where string, endings []string) ([]file, error) {
	info, err := os.Stat(where)
	switch {
	case err == nil && !info.IsDir():
		return []file{localFile(where, filepath.Base(where), info)}, nil
	case err == nil:
		return listFolder(where, endings)
	case !errors.Is(err, fs.ErrNotExist) || !isGlob(where):
		return nil, localError(where, err)
	}
	paths, err := filepath.Glob(where)
	if err != nil {
		return nil, badLocation(where, "the pattern is not well formed")
	}
	var files []file
	for _, p := range paths {
		info, err := os.Stat(p)
		if err != nil {
			return nil, localError(p, err)
		}
		if !info.IsDir() {
			files = append(files, localFile(p, p, info))
		}
	}
	return files, nil
}

func listFolder(dir string, endings []string) ([]file, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, localError(dir, err)
	}
	var files []file
	for _, e := range entries {
		if !hasEnding(e.Name(), endings) {
			continue
		}
		info, err := os.Stat(filepath.Join(dir, e.Name())) // follows links, unlike e.Info
		if err != nil {
			return nil, localError(filepath.Join(dir, e.Name()), err)
		}
		if !info.IsDir() {
			files = append(files, localFile(filepath.Join(dir, e.Name()), e.Name(), info))
		}
	}
	return files, nil
}

func localFile(p, name string, info os.FileInfo) file {
	return file{name: name, size: info.Size(), version: strconv.FormatInt(info.ModTime().UnixNano(), 16), local: p}
}

func localError(p string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errs.E(errs.NotFound, errs.Item(p), "no such file or folder", errs.Hint("check the table's location; relative paths count from the project's folder"))
	case errors.Is(err, fs.ErrPermission):
		return errs.E(errs.Permission, errs.Item(p), "the file may not be read", errs.Hint("give the user that runs ownlake the right to read it"))
	}
	return errs.E(errs.Unavailable, errs.Item(p), err)
}

func (r *Reader) listLake(ctx context.Context, l location, endings []string) ([]file, error) {
	store, err := r.lake(ctx, l)
	if err != nil {
		return nil, err
	}
	p := lake.Path(l.path)
	if !isGlob(l.path) {
		props, err := store.Properties(ctx, l.filesystem, p, lake.Conditions{})
		if err != nil {
			return nil, errs.E(errs.Item(l.String()), err)
		}
		if !props.IsDirectory {
			return []file{lakeFile(store, l.filesystem, props, p.Base())}, nil
		}
		return listEntries(ctx, store, l, p, false, func(e lake.Path) (string, bool) {
			return e.Base(), hasEnding(e.Base(), endings)
		})
	}
	if _, err := path.Match(l.path, ""); err != nil {
		return nil, badLocation(l.String(), "the pattern is not well formed")
	}
	return listEntries(ctx, store, l, lake.Path(globRoot(l.path)), true, func(e lake.Path) (string, bool) {
		ok, _ := path.Match(l.path, string(e)) // the pattern was checked
		return string(e), ok
	})
}

func (r *Reader) lake(ctx context.Context, l location) (lake.Store, error) {
	if r.o.Lakes == nil {
		return nil, errs.E(errs.NotFound, errs.Item(l.String()), "no account can be reached from here")
	}
	store, err := r.o.Lakes.Lake(ctx, l.endpoint, l.account)
	if err != nil {
		return nil, errs.E(errs.Item(l.String()), err)
	}
	return store, nil
}

// listEntries lists the files below dir that keep wants, by the name that it gives them.
func listEntries(ctx context.Context, store lake.Store, l location, dir lake.Path, deep bool, keep func(lake.Path) (string, bool)) ([]file, error) {
	var files []file
	o := lake.ListOptions{Recursive: deep}
	for {
		page, err := store.List(ctx, l.filesystem, dir, o)
		if err != nil {
			return nil, errs.E(errs.Item(l.String()), err)
		}
		for _, e := range page.Entries {
			if name, ok := keep(e.Path); ok && !e.IsDirectory {
				files = append(files, lakeFile(store, l.filesystem, e, name))
			}
		}
		if page.Continuation == "" {
			return files, nil
		}
		o.Continuation = page.Continuation
	}
}

func lakeFile(store lake.Store, container lake.Filesystem, p lake.Properties, name string) file {
	return file{name: name, size: p.Size, version: string(p.ETag), store: store, filesystem: container, path: p.Path, etag: p.ETag}
}

// String is the location as an address.
func (l location) String() string {
	if l.local != "" {
		return l.local
	}
	return l.endpoint + "/" + string(l.filesystem) + "/" + l.path
}
