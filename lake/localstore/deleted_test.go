package localstore

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// newKeepingLake is a lake that keeps what is deleted, with the filesystem "one".
func newKeepingLake(t *testing.T, steps ...step) (s *Store, dir string) {
	t.Helper()
	dir = t.TempDir()
	s = openDir(t, dir)
	run(t, s, append([]step{scenario(nil)[0], retain(7, 7)}, steps...)...)
	return s, dir
}

func deletePath(t *testing.T, s *Store, p lake.Path) lake.DeletionID {
	t.Helper()
	id, err := s.DeletePath(t.Context(), "one", p, lake.DeleteOptions{Recursive: true, Snapshots: true})
	if err != nil || id == "" {
		t.Fatalf("deleting %s: deletion %q, %v", p, id, err)
	}
	return id
}

// deleted lists deletions in pages, a prefix as "d/…".
func deleted(t *testing.T, s *Store, o lake.ListDeletedOptions) []string {
	t.Helper()
	var names []string
	for {
		page, err := s.ListDeleted(t.Context(), "one", o)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range page.Entries {
			if d.Prefix != "" {
				names = append(names, d.Prefix+"…")
				continue
			}
			names = append(names, string(d.Properties.Path))
		}
		if o.Continuation = page.Continuation; o.Continuation == "" {
			return names
		}
	}
}

func wantCode(t *testing.T, what string, err error, want errs.Code) {
	t.Helper()
	if errs.CodeOf(err) != want {
		t.Errorf("%s: %v (code %q), want code %q", what, err, errs.CodeOf(err), want)
	}
}

func TestWhatWasDeletedComesBackAsItWas(t *testing.T) {
	t.Parallel()
	s, dir := newKeepingLake(t, put("d/f", bulk(30_000, 1)), put("d/e/g", bulk(100, 2)), snapshot("d/f"), put("d/f", bulk(20_000, 3)))
	ctx := t.Context()
	acl, err := access.ParseACL("user::rwx,group::r-x,other::---,user:11111111-0000-4000-8000-000000000001:r-x")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []lake.Path{"d", "d/f"} {
		if _, err := s.SetAccessControl(ctx, "one", p, lake.AccessControlUpdate{ACL: acl, Owner: "11111111-0000-4000-8000-000000000002"}, lake.Conditions{}); err != nil {
			t.Fatal(err)
		}
	}
	before, err := dump(ctx, s, true)
	if err != nil {
		t.Fatal(err)
	}
	file := deletePath(t, s, "d/f")
	tree := deletePath(t, s, "d")
	if got := deleted(t, s, lake.ListDeletedOptions{}); !cmp.Equal(got, []string{"d", "d/f"}) {
		t.Errorf("deleted: %v", got)
	}
	if _, err := s.Read(ctx, "one", "d/e/g", lake.ReadOptions{}); !errs.Is(err, errs.NotFound) {
		t.Errorf("reading in a deleted directory: %v", err)
	}
	_, err = s.Undelete(ctx, "one", "d/f", lake.UndeleteOptions{ID: file})
	wantCode(t, "bringing back a file whose directory is deleted", err, lake.CodePathNotFound)
	closeStore(t, s)
	s = openDir(t, dir)
	_, err = s.Undelete(ctx, "one", "d", lake.UndeleteOptions{ID: tree, FileOnly: true})
	wantCode(t, "a directory where a file is wanted", err, lake.CodeResourceTypeMismatch)
	if p, err := s.Undelete(ctx, "one", "d", lake.UndeleteOptions{ID: tree}); err != nil || !p.IsDirectory {
		t.Fatalf("undelete: %v, %v", p, err)
	}
	_, err = s.Undelete(ctx, "one", "d", lake.UndeleteOptions{ID: tree})
	wantCode(t, "bringing back twice", err, lake.CodePathNotFound)
	if _, err := s.Undelete(ctx, "one", "d/f", lake.UndeleteOptions{ID: file}); err != nil {
		t.Fatal(err)
	}
	after, err := dump(ctx, s, true)
	if diff := cmp.Diff(before, after); diff != "" || err != nil {
		t.Errorf("brought back (-want +got):\n%s%v", diff, err)
	}
	soundLake(t, s, dir)
}

func TestALeaseDoesNotComeBack(t *testing.T) {
	t.Parallel()
	s, _ := newKeepingLake(t, put("f", nil))
	defer closeStore(t, s)
	ctx := t.Context()
	if _, _, err := s.Lease(ctx, "one", "f", lake.LeaseRequest{Action: lake.AcquireLease, Proposed: "mine", Duration: lake.Infinite}, lake.Conditions{}); err != nil {
		t.Fatal(err)
	}
	_, err := s.DeletePath(ctx, "one", "f", lake.DeleteOptions{})
	wantCode(t, "deleting without the lease", err, lake.CodeLeaseIDMissing)
	if err := s.Delete(ctx, "one", "f", lake.DeleteOptions{Conditions: lake.Conditions{LeaseID: "mine"}}); err != nil {
		t.Fatal(err)
	}
	p, err := s.Undelete(ctx, "one", "f", lake.UndeleteOptions{})
	if err != nil || p.Lease.State != lake.Available {
		t.Errorf("lease %v, %v", p.Lease, err)
	}
}

func TestUndeleteNeedsItsPlace(t *testing.T) {
	t.Parallel()
	s, dir := newKeepingLake(t, put("d/f", bulk(10, 1)))
	ctx := t.Context()
	first := deletePath(t, s, "d/f")
	run(t, s, put("d/f", bulk(20, 2)))
	_, err := s.Undelete(ctx, "one", "d/f", lake.UndeleteOptions{ID: first})
	wantCode(t, "a path that exists again", err, lake.CodePathAlreadyExists)
	if p, err := s.Undelete(ctx, "one", "d/f", lake.UndeleteOptions{}); err != nil || p.Size != 20 {
		t.Errorf("without an id a path that exists is left alone: %d bytes, %v", p.Size, err)
	}
	second := deletePath(t, s, "d/f")
	if first >= second {
		t.Errorf("deletions %s, %s", first, second)
	}
	run(t, s, rename("one", "d", "moved"))
	_, err = s.Undelete(ctx, "one", "moved/f", lake.UndeleteOptions{ID: second})
	wantCode(t, "after the directory was renamed", err, lake.CodePathNotFound)
	run(t, s, put("d", nil))
	_, err = s.Undelete(ctx, "one", "d/f", lake.UndeleteOptions{ID: second})
	wantCode(t, "below a file", err, lake.CodePathConflict)
	deletePath(t, s, "d")
	run(t, s, create("d", true))
	if p, err := s.Undelete(ctx, "one", "d/f", lake.UndeleteOptions{}); err != nil || p.Size != 20 {
		t.Errorf("the last deletion has %d bytes (%v), want 20", p.Size, err)
	}
	_, err = s.Undelete(ctx, "one", "d/f", lake.UndeleteOptions{ID: "nonsense"})
	wantCode(t, "an id that is none", err, lake.CodePathNotFound)
	_, err = s.Undelete(ctx, "none", "d/f", lake.UndeleteOptions{ID: first})
	wantCode(t, "no such filesystem", err, lake.CodeFilesystemNotFound)
	soundLake(t, s, dir)
}

func TestWhatARenameReplacesIsKept(t *testing.T) {
	t.Parallel()
	s, dir := newKeepingLake(t, put("a", bulk(10, 1)), put("b", bulk(20, 2)), create("empty", true), create("full", true), put("full/x", nil))
	run(t, s, rename("one", "a", "b"), rename("one", "full", "empty"), put("c", bulk(5, 1)), put("c", bulk(6, 1)))
	if got := deleted(t, s, lake.ListDeletedOptions{}); !cmp.Equal(got, []string{"b", "empty"}) {
		t.Errorf("deleted: %v; what is overwritten is not kept", got)
	}
	deletePath(t, s, "b")
	page, err := s.ListDeleted(t.Context(), "one", lake.ListDeletedOptions{Prefix: "b"})
	if err != nil || len(page.Entries) != 2 || page.Entries[0].Properties.Size != 20 {
		t.Fatalf("deletions of b: %v, %v", page.Entries, err)
	}
	if p, err := s.Undelete(t.Context(), "one", "b", lake.UndeleteOptions{ID: page.Entries[0].ID}); err != nil || p.Size != 20 {
		t.Errorf("%d bytes, %v", p.Size, err)
	}
	soundLake(t, s, dir)
}

func TestDeletionsAreListedByPathAndLevel(t *testing.T) {
	t.Parallel()
	s, _ := newKeepingLake(t)
	defer closeStore(t, s)
	for _, p := range []lake.Path{"a", "a-b", "a.c/x", "a.c/y/z", "ab", "b", "b"} {
		run(t, s, put(p, nil))
		deletePath(t, s, p)
	}
	all := []string{"a", "a-b", "a.c/x", "a.c/y/z", "ab", "b", "b"}
	for size := range 8 {
		if diff := cmp.Diff(all, deleted(t, s, lake.ListDeletedOptions{MaxResults: size})); diff != "" {
			t.Errorf("in pages of %d (-want +got):\n%s", size, diff)
		}
	}
	for _, c := range []struct {
		o    lake.ListDeletedOptions
		want []string
	}{
		{lake.ListDeletedOptions{OneLevel: true}, []string{"a", "a-b", "a.c/…", "ab", "b", "b"}},
		{lake.ListDeletedOptions{OneLevel: true, MaxResults: 1}, []string{"a", "a-b", "a.c/…", "ab", "b", "b"}},
		{lake.ListDeletedOptions{OneLevel: true, Prefix: "a.c/"}, []string{"a.c/x", "a.c/y/…"}},
		{lake.ListDeletedOptions{Prefix: "a."}, []string{"a.c/x", "a.c/y/z"}},
		{lake.ListDeletedOptions{Continuation: "a.c/x"}, []string{"a.c/x", "a.c/y/z", "ab", "b", "b"}},
		{lake.ListDeletedOptions{Continuation: "aa", MaxResults: 1}, []string{"ab", "b", "b"}},
		{lake.ListDeletedOptions{Prefix: "c"}, nil},
	} {
		if diff := cmp.Diff(c.want, deleted(t, s, c.o)); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", c.o, diff)
		}
	}
}

func TestWhatIsKeptLongEnoughGivesItsSpaceBack(t *testing.T) {
	t.Parallel()
	s, dir := newKeepingLake(t, put("f", bulk(30_000, 1)), snapshot("f"), put("d/e/g", bulk(40_000, 2)), put("d/h", bulk(50, 3)), put("stays", bulk(20_000, 4)))
	deletePath(t, s, "f")
	deletePath(t, s, "d/h")
	deletePath(t, s, "d")
	run(t, s, retain(300, 0))
	deletePath(t, s, "stays")
	run(t, s, purge)
	if got := deleted(t, s, lake.ListDeletedOptions{}); !cmp.Equal(got, []string{"stays"}) {
		t.Errorf("deleted: %v", got)
	}
	r := soundLake(t, s, dir)
	if r.Contents != 1 || r.Deleted != 1 || r.Bytes != 20_000 {
		t.Errorf("left: %+v", r)
	}
}

func TestDeletionsEndWithTheirFilesystemAndFile(t *testing.T) {
	t.Parallel()
	s, dir := newKeepingLake(t, put("f", bulk(30_000, 1)), put("d/e/g", bulk(40_000, 2)), put("ends", nil))
	ctx := t.Context()
	if _, err := s.SetExpiry(ctx, "one", "ends", lake.Expiry{FromNow: 3600e9}, lake.Conditions{}); err != nil {
		t.Fatal(err)
	}
	deletePath(t, s, "ends")
	page, err := s.ListDeleted(ctx, "one", lake.ListDeletedOptions{})
	if err != nil || page.Entries[0].Until.Sub(page.Entries[0].On).Hours() > 1 {
		t.Errorf("a file that expires is kept until %v, %v", page.Entries, err)
	}
	deletePath(t, s, "f")
	deletePath(t, s, "d")
	run(t, s, retain(7, 0), deleteFilesystem("one"))
	r := soundLake(t, s, dir) // reclaims
	if r.Contents != 0 || r.Deleted != 0 {
		t.Errorf("left: %+v", r)
	}
}

func TestAFilesystemComesBackWithAllThatItHeld(t *testing.T) {
	t.Parallel()
	s, dir := newKeepingLake(t, put("d/f", bulk(30_000, 1)), put("g", bulk(30_000, 2)), secondFilesystem, rename("two", "g", "h"))
	ctx := t.Context()
	deletePath(t, s, "d/f")
	before, err := dump(ctx, s, true)
	if err != nil {
		t.Fatal(err)
	}
	run(t, s, deleteFilesystem("one"))
	if _, err := s.FilesystemProperties(ctx, "one"); errs.CodeOf(err) != lake.CodeFilesystemNotFound {
		t.Errorf("after it was deleted: %v", err)
	}
	run(t, s, scenario(nil)[0], deleteFilesystem("one"), scenario(nil)[0])
	names := func(size int) (list []string, first lake.DeletionID) {
		o := lake.ListFilesystemsOptions{Deleted: true, MaxResults: size}
		for {
			page, err := s.ListFilesystems(ctx, o)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range page.Filesystems {
				list = append(list, fmt.Sprintf("%s %v", f.Name, f.Deleted != nil))
				if f.Deleted != nil && first == "" {
					first = f.Deleted.ID
				}
			}
			if o.Continuation = page.Continuation; o.Continuation == "" {
				return list, first
			}
		}
	}
	want, id := names(0)
	if diff := cmp.Diff([]string{"one true", "one true", "one false", "two false"}, want); diff != "" {
		t.Errorf("filesystems (-want +got):\n%s", diff)
	}
	for size := range 5 {
		if got, _ := names(size); !cmp.Equal(got, want) {
			t.Errorf("in pages of %d: %v", size, got)
		}
	}
	_, err = s.UndeleteFilesystem(ctx, "one", id)
	wantCode(t, "a name that is taken again", err, lake.CodeFilesystemAlreadyExists)
	_, err = s.UndeleteFilesystem(ctx, "one", "12")
	wantCode(t, "a deletion that never was", err, lake.CodeFilesystemNotFound)
	run(t, s, retain(7, 0), deleteFilesystem("one"))
	if _, err := s.UndeleteFilesystem(ctx, "one", id); err != nil {
		t.Fatal(err)
	}
	page, err := s.ListFilesystems(ctx, lake.ListFilesystemsOptions{Deleted: true})
	if err != nil || len(page.Filesystems) != 3 {
		t.Fatalf("filesystems: %v, %v", page.Filesystems, err)
	}
	after, err := dump(ctx, s, true)
	if diff := cmp.Diff(before, strings.Replace(after, "one deleted\n", "", 1)); diff != "" || err != nil {
		t.Errorf("brought back (-want +got):\n%s%v", diff, err)
	}
	r := soundLake(t, s, dir)
	if r.Deleted != 2 || r.Filesystems != 2 {
		t.Errorf("the check counts %+v", r)
	}
}

// TestDeletingATreeThatIsKeptIsOneChange deletes and brings back a directory by as many records as an empty one.
func TestDeletingATreeThatIsKeptIsOneChange(t *testing.T) {
	t.Parallel()
	s, _ := newKeepingLake(t, create("empty", true), create("tree", true))
	defer closeStore(t, s)
	for i := range 500 {
		run(t, s, put(lake.Path(fmt.Sprintf("tree/d%d/f%d", i%7, i)), nil))
	}
	count := func(p lake.Path) (records [2]uint32) {
		for i, change := range []func(*tx, *entry) error{
			func(x *tx, e *entry) error {
				_, err := x.delete(e, lake.DeleteOptions{Recursive: true})
				return err
			},
			func(x *tx, e *entry) error { return x.undelete(e, lake.UndeleteOptions{}) },
		} {
			err := s.update(t.Context(), func(x *tx) error {
				e, err := lookup(s.db, s.clock, "one", p)
				if err == nil {
					err = change(x, e)
				}
				records[i] = x.batch.Count()
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		return records
	}
	if empty, tree := count("empty"), count("tree"); empty != tree {
		t.Errorf("records changed: %v for an empty directory, %v for a full one", empty, tree)
	}
}

func TestCheckFindsDeletionsThatAreWrong(t *testing.T) {
	t.Parallel()
	for problem, edit := range map[string]func(*pebble.DB) error{
		"was deleted, and its end is not noted": func(db *pebble.DB) error {
			return db.DeleteRange([]byte{prefixPurge}, []byte{prefixPurge + 1}, pebble.Sync)
		},
		"the record is malformed": func(db *pebble.DB) error {
			return setAll(db, prefixDeleted, []byte("?"))
		},
		"its filesystem does not exist": func(db *pebble.DB) error {
			return db.Delete(filesystemKey("one"), pebble.Sync)
		},
		"ends a deletion that is not there": func(db *pebble.DB) error {
			return db.Set(purgeKey(stepClock()(), []byte("t12345678none\x0012345678")), nil, pebble.Sync)
		},
	} {
		t.Run(problem, func(t *testing.T) {
			t.Parallel()
			s, dir := newKeepingLake(t, put("d/f", bulk(30_000, 1)), put("g", bulk(100, 2)))
			deletePath(t, s, "d")
			deletePath(t, s, "g")
			closeStore(t, s)
			editNames(t, dir, func(db *pebble.DB) {
				if err := edit(db); err != nil {
					t.Fatal(err)
				}
			})
			if r := check(t, dir, true); !strings.Contains(fmt.Sprint(r.Findings), problem) {
				t.Errorf("the check finds %v", r.Findings)
			}
			if r := check(t, dir, false); len(r.Findings) > 0 {
				t.Errorf("after the repair it finds %v", r.Findings)
			}
			s = openDir(t, dir)
			run(t, s, purge)
			soundLake(t, s, dir)
		})
	}
}

func setAll(db *pebble.DB, prefix byte, value []byte) error {
	return scan(db, []byte{prefix}, func(key, _ []byte) error { return db.Set(key, value, pebble.Sync) })
}

// TestDeletionsHoldUnderConcurrency deletes, brings back, lists and purges from many sides.
func TestDeletionsHoldUnderConcurrency(t *testing.T) {
	t.Parallel()
	s, dir := newKeepingLake(t)
	ctx := t.Context()
	const workers, rounds = 6, 40
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := range rounds {
				p := lake.Path(fmt.Sprintf("d%d", i%3))
				var err error
				switch w % 3 {
				case 0:
					_, err = s.PutBlob(ctx, "one", p.Join(fmt.Sprintf("e/f%d", i%5)), strings.NewReader(strings.Repeat("x", 9000*(i%4))), lake.PutBlobOptions{})
				case 1:
					err = s.Delete(ctx, "one", p, lake.DeleteOptions{Recursive: true})
				default:
					if _, err = s.Undelete(ctx, "one", p, lake.UndeleteOptions{}); err == nil {
						_, err = s.ListDeleted(ctx, "one", lake.ListDeletedOptions{MaxResults: 3})
					}
					if i%10 == 0 {
						err = errors.Join(err, s.purgeDeleted(ctx, s.clock().AddDate(0, 0, 100)))
					}
				}
				if err != nil && !errs.Is(err, errs.NotFound) && !errs.Is(err, errs.Exists) {
					t.Errorf("worker %d, round %d: %v", w, i, err)
				}
			}
		})
	}
	wg.Wait()
	run(t, s, purge)
	r := soundLake(t, s, dir)
	if r.Deleted != 0 {
		t.Errorf("%d deletions are left after all were purged", r.Deleted)
	}
}

func TestABackupBringsWhatWasDeleted(t *testing.T) {
	t.Parallel()
	s, dir := newKeepingLake(t, put("d/e/large", bulk(50_000, 1)), put("f", bulk(30_000, 2)), secondFilesystem, put("g", bulk(20_000, 3)), rename("two", "g", "g"))
	deletePath(t, s, "d")
	deletePath(t, s, "f")
	run(t, s, deleteFilesystem("two"))
	out, again := filepath.Join(t.TempDir(), "backup"), filepath.Join(t.TempDir(), "restored")
	if _, err := s.Backup(t.Context(), out, nil); err != nil {
		t.Fatal(err)
	}
	run(t, s, purge) // the backup keeps what the lake loses
	soundLake(t, s, dir)
	if _, err := Restore(t.Context(), vfs.Default, out, again, nil); err != nil {
		t.Fatal(err)
	}
	s = openDir(t, again)
	run(t, s, undelete("d"), undelete("f"), undeleteSecondFilesystem, rename("one", "d/e", "e"))
	for p, want := range map[lake.Path]int{"e/large": 50_000, "f": 30_000} {
		if got := content(t, s, p); len(got) != want {
			t.Errorf("%s has %d bytes, want %d", p, len(got), want)
		}
	}
	if p, err := s.Properties(t.Context(), "two", "g", lake.Conditions{}); err != nil || p.Size != 20_000 {
		t.Errorf("in the other filesystem: %d bytes, %v", p.Size, err)
	}
	if r := soundLake(t, s, again); r.Deleted != 0 || r.Contents != 3 {
		t.Errorf("the check counts %+v", r)
	}
}
