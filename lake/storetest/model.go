package storetest

import (
	"maps"
	"slices"
	"strings"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// model is a filesystem as simply as it can be said: a tree of maps. The random test holds a store to it.
type model struct {
	root    *modelNode
	keeps   bool // what is deleted
	deleted []modelDeletion
}

type modelNode struct {
	children map[string]*modelNode // nil for files
	content  string
	metadata map[string]string
	acl      access.ACL
	sticky   bool
}

func newModel() *model {
	return &model{root: &modelNode{children: map[string]*modelNode{}, acl: access.DefaultDirectoryPermissions.Without(access.DefaultUmask).ACL()}}
}

func (n *modelNode) isDirectory() bool { return n.children != nil }

// find walks to a path. Where it ends early, node is nil, at is the last directory or file reached, and missing
// are the names from there.
func (m *model) find(p lake.Path) (node, at *modelNode, missing []string) {
	at = m.root
	names := p.Names()
	for i, name := range names {
		next := at.children[name]
		if next == nil {
			return nil, at, names[i:]
		}
		at = next
	}
	return at, at, nil
}

func (m *model) parent(p lake.Path) *modelNode {
	n, _, _ := m.find(p.Dir())
	return n
}

func (n *modelNode) newChild(name string, directory bool) *modelNode {
	p := access.DefaultFilePermissions
	child := &modelNode{}
	if directory {
		p = access.DefaultDirectoryPermissions
		child.children = map[string]*modelNode{}
	}
	child.acl = n.acl.Inherit(directory, p, access.DefaultUmask)
	n.children[name] = child
	return child
}

func refuse(kind errs.Kind, code errs.Code) error { return errs.E(kind, code) }

var (
	errModelMissing  = refuse(errs.NotFound, lake.CodePathNotFound)
	errModelConflict = refuse(errs.Conflict, lake.CodePathConflict)
	errModelMismatch = refuse(errs.Conflict, lake.CodeResourceTypeMismatch)
	errModelFull     = refuse(errs.Conflict, lake.CodeDirectoryNotEmpty)
)

// make finds or makes the place for an item with its parents, and refuses what cannot be there.
func (m *model) make(p lake.Path, directory bool) (*modelNode, error) {
	n, at, missing := m.find(p)
	if n != nil {
		if n.isDirectory() != directory {
			return nil, errModelConflict
		}
		return n, nil
	}
	if !at.isDirectory() {
		return nil, errModelConflict
	}
	for i, name := range missing {
		at = at.newChild(name, directory || i < len(missing)-1)
	}
	return at, nil
}

// create makes an item; a file that exists becomes a new one.
func (m *model) create(p lake.Path, directory bool, metadata map[string]string) error {
	n, err := m.make(p, directory)
	if err != nil {
		return err
	}
	n.content, n.metadata = "", metadata
	return nil
}

// put replaces a file's content; what is said of access stays.
func (m *model) put(p lake.Path, content string, metadata map[string]string) error {
	n, err := m.make(p, false)
	if err == nil {
		n.content, n.metadata = content, metadata
	}
	return err
}

func (m *model) file(p lake.Path) (*modelNode, error) {
	n, _, _ := m.find(p)
	switch {
	case n == nil:
		return nil, errModelMissing
	case n.isDirectory():
		return nil, errModelMismatch
	}
	return n, nil
}

func (m *model) extend(p lake.Path, content string) error {
	n, err := m.file(p)
	if err == nil {
		n.content += content
	}
	return err
}

func (m *model) rename(from, to lake.Path) error {
	n, _, _ := m.find(from)
	target, at, missing := m.find(to)
	switch {
	case n == nil:
		return refuse(errs.NotFound, lake.CodeSourcePathNotFound)
	case from == to:
		return nil
	case from.Contains(to):
		return refuse(errs.Conflict, lake.CodeInvalidRenameSourcePath)
	case !at.isDirectory() && len(missing) > 0:
		return errModelConflict
	case len(missing) > 1:
		return refuse(errs.NotFound, lake.CodeRenameDestinationParentPathNotFound)
	case target != nil && target.isDirectory() != n.isDirectory():
		return errModelConflict
	case target != nil && len(target.children) > 0:
		return errModelFull
	}
	m.keep(to, target)
	m.parent(to).children[to.Base()] = n
	delete(m.parent(from).children, from.Base())
	return nil
}

func (m *model) remove(p lake.Path, recursive bool) error {
	n, _, _ := m.find(p)
	switch {
	case n == nil:
		return errModelMissing
	case len(n.children) > 0 && !recursive:
		return errModelFull
	}
	m.keep(p, n)
	delete(m.parent(p).children, p.Base())
	return nil
}

func (m *model) update(p lake.Path, change func(*modelNode)) error {
	n, _, _ := m.find(p)
	if n == nil {
		return errModelMissing
	}
	change(n)
	return nil
}

func (n *modelNode) permissions() string {
	p := n.acl.Permissions()
	p.Sticky = n.sticky
	if n.acl.Extended() {
		return p.String() + "+"
	}
	return p.String()
}

// list returns the paths below a directory that begin with the prefix, as [env.paths] shows them.
func (m *model) list(dir lake.Path, recursive bool, prefix string) ([]string, error) {
	n, _, _ := m.find(dir)
	switch {
	case n == nil:
		return nil, errModelMissing
	case !n.isDirectory():
		return nil, errModelConflict
	}
	var list []string
	var walk func(lake.Path, *modelNode)
	walk = func(p lake.Path, n *modelNode) {
		for _, name := range slices.Sorted(maps.Keys(n.children)) {
			child, path := n.children[name], p.Join(name)
			if strings.HasPrefix(string(path), prefix) {
				list = append(list, show(lake.Properties{Path: path, IsDirectory: child.isDirectory()}))
			}
			if recursive && child.isDirectory() {
				walk(path, child)
			}
		}
	}
	walk(dir, n)
	return list, nil
}
