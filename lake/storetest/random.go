package storetest

import (
	crand "crypto/rand"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// SeedVariable is the environment variable that repeats a random test: the test prints the seed that it used.
const SeedVariable = "OWNLAKE_STORETEST_SEED"

var modelCases = []testCase{
	{"and store agree on random operations", func(e *env) {
		seed := newSeed(e)
		e.Logf("%s=%d", SeedVariable, seed)
		r := &randomTest{env: e, m: newModel(), kept: e.keeper(), rand: rand.New(rand.NewPCG(seed, 0))} //nolint:gosec // a test's choices are not secrets
		r.m.keeps = r.kept != nil
		for i := range 400 {
			r.step()
			if e.Failed() {
				e.Fatalf("the store left the model at operation %d: %s", i, r.last)
			}
			if i%20 == 19 {
				r.compare()
			}
		}
		r.compare()
	}},
}

func newSeed(e *env) uint64 {
	e.Helper()
	if text := os.Getenv(SeedVariable); text != "" {
		seed, err := strconv.ParseUint(text, 10, 64)
		e.ok(err)
		return seed
	}
	var b [8]byte
	_, _ = crand.Read(b[:]) // crypto/rand never fails
	return binary.LittleEndian.Uint64(b[:])
}

// randomTest does the same to a store and to the model.
type randomTest struct {
	*env
	m    *model
	kept lake.SoftDelete // nil where nothing is kept that is deleted
	rand *rand.Rand
	last string // the operation under way
}

// path chooses among few paths, so that operations meet.
func (r *randomTest) path() lake.Path {
	p := lake.Root
	for range 1 + r.rand.IntN(3) {
		p = p.Join([]string{"a", "b", "a-", "ä c"}[r.rand.IntN(4)])
	}
	return p
}

func (r *randomTest) bytes() string {
	return bulk([]int{0, 3, 500, 17_000, 140_000}[r.rand.IntN(5)], byte(r.rand.IntN(26)))
}

func (r *randomTest) meta() map[string]string {
	return map[string]string{"n": strconv.Itoa(r.rand.IntN(100))}
}

// agree checks that store and model refuse alike.
func (r *randomTest) agree(got, want error) {
	r.Helper()
	if errs.KindOf(got) != errs.KindOf(want) || errs.CodeOf(got) != errs.CodeOf(want) {
		r.Errorf("%s: store says %v (kind %v, code %q), model says kind %v, code %q",
			r.last, got, errs.KindOf(got), errs.CodeOf(got), errs.KindOf(want), errs.CodeOf(want))
	}
}

func (r *randomTest) step() {
	steps := []func(lake.Path){r.create, r.create, r.put, r.put, r.append, r.rename, r.rename, r.remove, r.undelete, r.setMetadata, r.chmod, r.setACL, r.blocks, r.list, r.list, r.readRange}
	steps[r.rand.IntN(len(steps))](r.path())
}

func (r *randomTest) create(p lake.Path) {
	directory, meta := r.rand.IntN(2) == 0, r.meta()
	r.last = fmt.Sprintf("create %q, directory %v", p, directory)
	_, err := r.store.Create(r.Context(), r.fs, p, lake.CreateOptions{IsDirectory: directory, Metadata: meta})
	r.agree(err, r.m.create(p, directory, meta))
}

func (r *randomTest) put(p lake.Path) {
	content, meta := r.bytes(), r.meta()
	r.last = fmt.Sprintf("put %q, %d bytes", p, len(content))
	_, err := r.store.PutBlob(r.Context(), r.fs, p, strings.NewReader(content), lake.PutBlobOptions{Metadata: meta})
	r.agree(err, r.m.put(p, content, meta))
}

func (r *randomTest) append(p lake.Path) {
	content := r.bytes()
	position := 0
	if n, err := r.m.file(p); err == nil {
		position = len(n.content)
	}
	r.last = fmt.Sprintf("append to %q at %d, %d bytes", p, position, len(content))
	err := r.store.Append(r.Context(), r.fs, p, int64(position), strings.NewReader(content), lake.AppendOptions{})
	if err == nil {
		_, err = r.store.Flush(r.Context(), r.fs, p, int64(position+len(content)), lake.FlushOptions{})
	}
	r.agree(err, r.m.extend(p, content))
}

func (r *randomTest) blocks(p lake.Path) {
	parts := []string{r.bytes() + "1", r.bytes() + "2"}
	meta := r.meta()
	r.last = fmt.Sprintf("put blocks of %q", p)
	var err error
	refs := []lake.BlockRef{}
	for i, part := range parts {
		id := lake.BlockID(strconv.Itoa(i))
		refs = append(refs, lake.BlockRef{ID: id})
		if err == nil {
			err = r.store.PutBlock(r.Context(), r.fs, p, id, strings.NewReader(part), lake.PutBlockOptions{})
		}
	}
	if err == nil {
		_, err = r.store.PutBlockList(r.Context(), r.fs, p, refs, lake.PutBlobOptions{Metadata: meta})
	}
	r.agree(err, r.m.put(p, parts[0]+parts[1], meta))
}

func (r *randomTest) rename(p lake.Path) {
	to := r.path()
	r.last = fmt.Sprintf("rename %q to %q", p, to)
	_, err := r.env.rename(p, to, lake.RenameOptions{})
	r.agree(err, r.m.rename(p, to))
}

func (r *randomTest) remove(p lake.Path) {
	recursive := r.rand.IntN(3) == 0
	r.last = fmt.Sprintf("delete %q, recursive %v", p, recursive)
	r.agree(r.store.Delete(r.Context(), r.fs, p, lake.DeleteOptions{Recursive: recursive}), r.m.remove(p, recursive))
}

func (r *randomTest) setMetadata(p lake.Path) {
	meta := r.meta()
	r.last = fmt.Sprintf("set metadata of %q", p)
	update := lake.Metadata(meta)
	_, err := r.store.SetProperties(r.Context(), r.fs, p, lake.PropertyUpdate{Metadata: &update}, lake.Conditions{})
	r.agree(err, r.m.update(p, func(n *modelNode) { n.metadata = meta }))
}

func (r *randomTest) chmod(p lake.Path) {
	perms := access.Permissions{Owner: 7, Group: access.Permission(r.rand.IntN(8)), Other: access.Permission(r.rand.IntN(8))}
	r.last = fmt.Sprintf("chmod %q to %s", p, perms)
	_, err := r.store.SetAccessControl(r.Context(), r.fs, p, lake.AccessControlUpdate{Permissions: perms.Octal()}, lake.Conditions{})
	r.agree(err, r.m.update(p, func(n *modelNode) { n.acl = n.acl.Chmod(perms) }))
}

func (r *randomTest) setACL(p lake.Path) {
	acl := access.Permissions{Owner: 7, Group: access.Permission(r.rand.IntN(8))}.ACL()
	acl = append(acl, access.Entry{Type: access.User, ID: alice, Permission: access.Permission(r.rand.IntN(8))})
	if n, _, _ := r.m.find(p); n != nil && n.isDirectory() && r.rand.IntN(2) == 0 {
		acl = append(acl, access.Entry{Default: true, Type: access.Group, ID: people, Permission: access.Permission(r.rand.IntN(8))})
	}
	r.last = fmt.Sprintf("set ACL of %q to %s", p, acl)
	_, err := r.store.SetAccessControl(r.Context(), r.fs, p, lake.AccessControlUpdate{ACL: acl}, lake.Conditions{})
	r.agree(err, r.m.update(p, func(n *modelNode) { n.acl = acl.Complete() }))
}

func (r *randomTest) list(p lake.Path) {
	o := lake.ListOptions{Recursive: r.rand.IntN(3) > 0, MaxResults: r.rand.IntN(4)}
	if r.rand.IntN(2) == 0 {
		p = p.Dir()
	}
	if r.rand.IntN(2) == 0 {
		o.Prefix = string(p.Join(string(r.path())))
		o.Prefix = o.Prefix[:max(len(o.Prefix)-r.rand.IntN(3), 0)]
	}
	r.last = fmt.Sprintf("list %q, %+v", p, o)
	want, wantErr := r.m.list(p, o.Recursive, o.Prefix)
	if wantErr != nil {
		_, err := r.store.List(r.Context(), r.fs, p, o)
		r.agree(err, wantErr)
		return
	}
	r.same(r.last, r.paths(p, o), want)
}

func (r *randomTest) readRange(p lake.Path) {
	n, wantErr := r.m.file(p)
	o := lake.ReadOptions{}
	want := ""
	if wantErr == nil && n.content != "" {
		size := int64(len(n.content))
		o.Offset, o.Count = r.rand.Int64N(size), r.rand.Int64N(size+10)
		want = n.content[o.Offset:]
		if o.Count > 0 {
			want = want[:min(o.Count, int64(len(want)))]
		}
	}
	r.last = fmt.Sprintf("read %q, %+v", p, o)
	c, err := r.store.Read(r.Context(), r.fs, p, o)
	r.agree(err, wantErr)
	if err != nil {
		return
	}
	got, err := io.ReadAll(c.Body)
	r.ok(err)
	r.ok(c.Body.Close())
	if string(got) != want {
		r.Errorf("%s: got %d bytes that are not the %d wanted", r.last, len(got), len(want))
	}
}

// compare compares all that can be seen.
func (r *randomTest) compare() {
	want, _ := r.m.list(lake.Root, true, "")
	r.same("tree after "+r.last, r.tree(), want)
	for _, shown := range want {
		p := lake.Path(strings.TrimSuffix(shown, "/"))
		n, _, _ := r.m.find(p)
		got := r.stat(p)
		r.same(shown+": metadata", lower(got.Metadata), lower(n.metadata))
		r.same(shown+": permissions", got.Permissions, n.permissions())
		r.same(shown+": list", r.acl(p), n.acl.String())
		if !n.isDirectory() {
			r.holds(p, n.content)
		}
	}
}
