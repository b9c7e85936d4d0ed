package adls

import (
	"context"
	"strings"

	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// walkPage is how many entries a walk takes from the store at a time: what it has found is on its way to the client
// while it looks for more.
const walkPage = 1000

// blobWalk visits paths in the byte order of their full names, which is the order of List Blobs and not that
// of the tree: "a-b" and "a.csv" come between the directory "a" and what lies in it ("a/b"), as "-" and "."
// sort before "/". The walk therefore keeps, in each directory, the subdirectories that were passed and not
// yet entered; each of them is a prefix of the next, so they are a stack.
//
// A delimited walk visits one level and does not enter directories; it visits a directory where its name with
// the delimiter, "a/", has its place.
//
// A walk can be resumed after any name with nothing but that name: which directories were passed and not
// entered follows from it.
type blobWalk struct {
	store     lake.Store
	fs        lake.Filesystem
	prefix    string
	delimited bool
	after     string // visit only what sorts after it
	limit     int    // visits
	emit      func(lake.Properties)
	enterable func(lake.Path) error // asked of each directory before it is listed; nil says yes

	others []walkItem // to visit among the paths, in order

	visits int
	last   string // marker of the last visit: its name, unless it is one of the others
	full   bool   // there is more than the limit
	failed error  // of what emit does
}

// walkItem is something to visit beside the paths that are there, after a path of the same name. A walk that ends with it
// is resumed by its marker. One without show ends the walk, as what comes after it is not known.
type walkItem struct {
	path   lake.Path
	marker string
	show   func()
}

// run visits up to limit paths and returns the marker of the rest, "" at the end. A prefix that nothing has is
// no error.
func (w *blobWalk) run(ctx context.Context) (marker string, err error) {
	if _, err := w.store.FilesystemProperties(ctx, w.fs); err != nil {
		return "", err
	}
	base := w.prefix[:strings.LastIndexByte(w.prefix, '/')+1]
	dir, err := lake.ParsePath(base)
	if err != nil || directoryPrefix(dir) != base {
		return "", nil //nolint:nilerr // no path can have such a prefix
	}
	if w.after != "" && !strings.HasPrefix(w.after, base) {
		return "", wire.BadQuery("marker", formatMarker(w.after), "one that this listing gave")
	}
	if err := w.dir(ctx, dir); err != nil {
		return "", err
	}
	w.visitOthers(lastName)
	if w.failed != nil {
		return "", w.failed
	}
	if w.full {
		return formatMarker(w.last), nil
	}
	return "", nil
}

// lastName sorts after every name.
const lastName = "\xff"

// directoryPrefix is what the full names of a directory's entries begin with.
func directoryPrefix(dir lake.Path) string {
	if dir == lake.Root {
		return ""
	}
	return string(dir) + "/"
}

// admit asks whether a directory may be listed.
func (w *blobWalk) admit(dir lake.Path) error {
	if w.enterable == nil {
		return nil
	}
	return w.enterable(dir)
}

// dir visits what lies below a directory. A directory that is gone meanwhile is empty.
func (w *blobWalk) dir(ctx context.Context, dir lake.Path) error {
	if err := w.admit(dir); err != nil {
		return err
	}
	base := directoryPrefix(dir)
	var pending []lake.Properties
	o := lake.ListOptions{MaxResults: min(w.limit-w.visits+1, walkPage)}
	if strings.HasPrefix(w.prefix, base) {
		o.Prefix = w.prefix
	}
	if w.after != base && strings.HasPrefix(w.after, base) {
		var err error
		if pending, err = w.passed(ctx, base); err != nil {
			return err
		}
		o.StartAfter = w.after
	}
	for {
		page, err := w.store.List(ctx, w.fs, dir, o)
		if gone(err) {
			return nil
		}
		if err != nil {
			return err
		}
		for _, p := range page.Entries {
			if pending, err = w.enter(ctx, pending, string(p.Path)); err != nil || w.full {
				return err
			}
			if !p.IsDirectory || !w.delimited {
				w.visit(p, string(p.Path))
			}
			if w.full {
				return nil
			}
			if p.IsDirectory {
				pending = append(pending, p)
			}
		}
		if page.Continuation == "" {
			break
		}
		o.Continuation, o.StartAfter = page.Continuation, ""
	}
	_, err := w.enter(ctx, pending, lastName)
	return err
}

// enter takes from the stack, and walks, all directories whose contents sort before a name.
func (w *blobWalk) enter(ctx context.Context, pending []lake.Properties, before string) ([]lake.Properties, error) {
	for len(pending) > 0 && !w.full {
		p := pending[len(pending)-1]
		key := directoryPrefix(p.Path)
		if key >= before {
			break
		}
		pending = pending[:len(pending)-1]
		if w.delimited {
			w.visit(p, key)
		} else if err := w.dir(ctx, p.Path); err != nil {
			return nil, err
		}
	}
	return pending, nil
}

func (w *blobWalk) visit(p lake.Properties, name string) {
	w.visitOthers(name)
	if w.count(name) {
		w.emit(p)
	}
}

// visitOthers visits what comes before a name and is not there.
func (w *blobWalk) visitOthers(before string) {
	for len(w.others) > 0 && string(w.others[0].path) < before && !w.full {
		x := w.others[0]
		if x.show == nil {
			w.last, w.full = x.marker, true
			return
		}
		if below := strings.TrimPrefix(string(x.path), w.prefix); w.delimited && strings.Contains(below, "/") {
			w.others = w.others[1:] // lies in a directory, which the walk does not enter
			continue
		}
		if w.count(x.marker) {
			w.others = w.others[1:]
			x.show()
		}
	}
}

// count counts a visit, if there may be another.
func (w *blobWalk) count(name string) bool {
	if w.full = w.full || w.visits == w.limit; w.full {
		return false
	}
	w.visits++
	w.last = name
	return true
}

// passed returns the directories below base that a resumed walk has passed and not finished: those whose name
// is the beginning of the name it resumes after.
func (w *blobWalk) passed(ctx context.Context, base string) ([]lake.Properties, error) {
	first, _, entered := strings.Cut(w.after[len(base):], "/")
	var pending []lake.Properties
	for i := 1; i <= len(first); i++ {
		name := base + first[:i]
		switch {
		case i < len(first) && first[i] >= '/': // its contents would have been walked before
			continue
		case i == len(first) && entered && w.delimited && w.after == name+"/":
			continue // visited
		case !strings.HasPrefix(name, w.prefix) && len(w.prefix) > len(base):
			continue
		}
		path, err := lake.ParsePath(name)
		if err != nil || string(path) != name {
			continue
		}
		p, err := w.store.Properties(ctx, w.fs, path, lake.Conditions{})
		if gone(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if p.IsDirectory {
			pending = append(pending, p)
		}
	}
	return pending, nil
}

// gone reports whether a path is missing or not the directory that it was.
func gone(err error) bool {
	switch errs.CodeOf(err) {
	case lake.CodePathNotFound, lake.CodePathConflict, lake.CodeResourceTypeMismatch:
		return true
	}
	return false
}
