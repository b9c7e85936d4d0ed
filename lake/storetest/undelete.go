package storetest

import (
	"slices"
	"strings"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// keeper is the store, if it keeps what is deleted, and nil otherwise.
func (e *env) keeper() lake.SoftDelete {
	e.Helper()
	k, keeps := e.store.(lake.SoftDelete)
	s, has := e.store.(lake.ServiceSettingsStore)
	if !keeps || !has {
		return nil
	}
	settings, err := s.ServiceSettings(e.Context())
	e.ok(err)
	if settings.DeleteRetentionDays == 0 {
		return nil
	}
	return k
}

// deletions lists what was deleted, in pages of a size.
func (e *env) deletions(k lake.SoftDelete, size int) []lake.DeletedPath {
	e.Helper()
	var list []lake.DeletedPath
	o := lake.ListDeletedOptions{MaxResults: size}
	for {
		page, err := k.ListDeleted(e.Context(), e.fs, o)
		e.ok(err)
		list = append(list, page.Entries...)
		if o.Continuation = page.Continuation; o.Continuation == "" {
			return list
		}
	}
}

func (e *env) undelete(k lake.SoftDelete, p lake.Path, id lake.DeletionID) error {
	e.Helper()
	_, err := k.Undelete(e.Context(), e.fs, p, lake.UndeleteOptions{ID: id})
	return err
}

// keeping are the cases of a store that keeps what is deleted.
var keepingCases = []testCase{
	keeping("brings a file back as it was", func(e *env, k lake.SoftDelete) {
		e.write("d/f", bulk(30_000, 1))
		_, err := e.store.SetProperties(e.Context(), e.fs, "d/f", lake.PropertyUpdate{Metadata: &lake.Metadata{"k": "v"}}, lake.Conditions{})
		e.ok(err)
		before := e.stat("d/f")
		id, err := k.DeletePath(e.Context(), e.fs, "d/f", lake.DeleteOptions{})
		e.ok(err)
		e.missing("d/f")
		e.ok(e.undelete(k, "d/f", id))
		e.same("properties", e.stat("d/f"), before)
		e.holds("d/f", bulk(30_000, 1))
		e.fails(e.undelete(k, "d/f", id), errs.NotFound, lake.CodePathNotFound)
	}),
	keeping("brings a tree back, and what is written into one that is made meanwhile stays apart", func(e *env, k lake.SoftDelete) {
		e.write("d/e/f", "x")
		id, err := k.DeletePath(e.Context(), e.fs, "d", lake.DeleteOptions{Recursive: true})
		e.ok(err)
		e.write("d/e/g", "y")
		e.fails(e.undelete(k, "d", id), errs.Exists, lake.CodePathAlreadyExists)
		_, err = e.rename("d", "other", lake.RenameOptions{})
		e.ok(err)
		e.ok(e.undelete(k, "d", id))
		e.same("tree", e.tree(), []string{"d/", "d/e/", "d/e/f", "other/", "other/e/", "other/e/g"})
	}),
	keeping("does not keep what is overwritten", func(e *env, k lake.SoftDelete) {
		e.put("f", "first")
		e.put("f", "second")
		e.write("f", "third")
		e.same("deletions", len(e.deletions(k, 0)), 0)
	}),
	keeping("does not delete what conditions guard", func(e *env, k lake.SoftDelete) {
		e.put("f", "x")
		_, err := k.DeletePath(e.Context(), e.fs, "f", lake.DeleteOptions{Conditions: lake.Conditions{IfMatch: "0x8D0000000000001"}})
		e.fails(err, errs.Precondition, lake.CodeConditionNotMet)
		e.same("deletions", len(e.deletions(k, 0)), 0)
	}),
	keeping("brings a filesystem back", func(e *env, k lake.SoftDelete) {
		e.write("d/f", "x")
		e.ok(e.store.DeleteFilesystem(e.Context(), e.fs, lake.Conditions{}))
		page, err := e.store.ListFilesystems(e.Context(), lake.ListFilesystemsOptions{Prefix: string(e.fs), Deleted: true})
		e.ok(err)
		if len(page.Filesystems) != 1 || page.Filesystems[0].Deleted == nil {
			e.Fatalf("listed: %+v", page.Filesystems)
		}
		_, err = k.UndeleteFilesystem(e.Context(), e.fs, page.Filesystems[0].Deleted.ID)
		e.ok(err)
		e.holds("d/f", "x")
	}),
}

func keeping(name string, run func(*env, lake.SoftDelete)) testCase {
	return testCase{name, func(e *env) {
		k := e.keeper()
		if k == nil {
			e.Skip("the store keeps nothing that is deleted")
		}
		run(e, k)
	}}
}

// modelDeletion is what the model keeps of a deletion.
type modelDeletion struct {
	path lake.Path
	node *modelNode
}

// keep notes a deletion; the latest is the last.
func (m *model) keep(p lake.Path, n *modelNode) {
	if m.keeps && n != nil {
		m.deleted = append(m.deleted, modelDeletion{p, n})
	}
}

// sortDeleted puts deletions in the order in which they are listed.
func (m *model) sortDeleted() {
	slices.SortStableFunc(m.deleted, func(a, b modelDeletion) int { return strings.Compare(string(a.path), string(b.path)) })
}

func (m *model) undelete(i int) error {
	d := m.deleted[i]
	n, at, missing := m.find(d.path)
	switch {
	case n != nil:
		return refuse(errs.Exists, lake.CodePathAlreadyExists)
	case !at.isDirectory():
		return errModelConflict
	case len(missing) > 1:
		return errModelMissing
	}
	m.parent(d.path).children[d.path.Base()] = d.node
	m.deleted = slices.Delete(m.deleted, i, i+1)
	return nil
}

// undelete compares what was deleted, and brings something of it back.
func (r *randomTest) undelete(lake.Path) {
	if r.kept == nil {
		return
	}
	r.last = "list what was deleted"
	list := r.deletions(r.kept, r.rand.IntN(4))
	r.m.sortDeleted()
	var got, want []string
	for _, d := range list {
		got = append(got, show(d.Properties))
	}
	for _, d := range r.m.deleted {
		want = append(want, show(lake.Properties{Path: d.path, IsDirectory: d.node.isDirectory()}))
	}
	r.same(r.last, got, want)
	if len(list) == 0 || r.Failed() {
		return
	}
	i := r.rand.IntN(len(list))
	r.last = "bring back " + got[i]
	r.agree(r.env.undelete(r.kept, list[i].Properties.Path, list[i].ID), r.m.undelete(i))
}
