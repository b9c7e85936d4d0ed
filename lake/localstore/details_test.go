package localstore

import (
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// lateClock is a clock that the test moves while the store's background looks at it.
type lateClock struct{ at atomic.Int64 }

func newLateClock() *lateClock {
	c := &lateClock{}
	c.at.Store(time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC).UnixNano())
	return c
}

func (c *lateClock) Now() time.Time       { return time.Unix(0, c.at.Load()).UTC() }
func (c *lateClock) move(d time.Duration) { c.at.Add(int64(d)) }

// lateStore is a store with such a clock.
func lateStore(t *testing.T, fs vfs.FS, dir string, clock *lateClock) *Store {
	t.Helper()
	s, err := Open(Options{FS: fs, Dir: dir, Clock: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func content(t *testing.T, s *Store, p lake.Path) string {
	t.Helper()
	c, err := s.Read(t.Context(), "one", p, lake.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(c.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestAnExpiredFileIsGoneForEveryCallAndItsSpaceComesBack(t *testing.T) {
	t.Parallel()
	clock := newLateClock()
	dir := t.TempDir()
	s := lateStore(t, vfs.Default, dir, clock)
	run(t, s, scenario(nil)[0], put("d/f", bulk(30_000, 1)), put("d/g", bulk(700, 2)), put("d/moved", bulk(30_000, 3)), put("d/stays", bulk(30_000, 4)))
	ctx := t.Context()
	hour := lake.Expiry{FromNow: time.Hour}
	for _, p := range []lake.Path{"d/f", "d/g", "d/moved", "d/stays"} {
		if _, err := s.SetExpiry(ctx, "one", p, hour, lake.Conditions{}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.SetExpiry(ctx, "one", "d/stays", lake.Expiry{}, lake.Conditions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.SetExpiry(ctx, "one", "d", hour, lake.Conditions{}); !errs.Is(err, errs.Invalid) {
		t.Errorf("a directory: %v, want Invalid", err)
	}
	if _, err := s.Rename(ctx, lake.Location{Filesystem: "one", Path: "d/moved"}, lake.Location{Filesystem: "one", Path: "m"}, lake.RenameOptions{}); err != nil {
		t.Fatal(err)
	}
	clock.move(time.Hour)
	for _, p := range []lake.Path{"d/f", "d/g", "m"} {
		if _, err := s.Properties(ctx, "one", p, lake.Conditions{}); !errs.Is(err, errs.NotFound) {
			t.Errorf("%s: %v, want NotFound", p, err)
		}
		if _, err := s.Read(ctx, "one", p, lake.ReadOptions{}); !errs.Is(err, errs.NotFound) {
			t.Errorf("reading %s: %v, want NotFound", p, err)
		}
		if err := s.Delete(ctx, "one", p, lake.DeleteOptions{}); !errs.Is(err, errs.NotFound) {
			t.Errorf("deleting %s: %v, want NotFound", p, err)
		}
	}
	page, err := s.List(ctx, "one", lake.Root, lake.ListOptions{Recursive: true})
	if err != nil {
		t.Fatal(err)
	}
	var names []lake.Path
	for _, e := range page.Entries {
		names = append(names, e.Path)
	}
	if diff := cmp.Diff([]lake.Path{"d", "d/stays"}, names); diff != "" {
		t.Errorf("listing (-want +got):\n%s", diff)
	}
	// What takes the place of an expired file is a new one.
	if _, err := s.Create(ctx, "one", "d/g", lake.CreateOptions{Conditions: lake.Conditions{IfNoneMatch: lake.AnyETag}}); err != nil {
		t.Errorf("creating in the place of an expired file: %v", err)
	}
	if err := s.reclaimExpired(ctx); err != nil {
		t.Fatal(err)
	}
	if err := checkFiles(ctx, s); err != nil {
		t.Error(err)
	}
	closeStore(t, s)
	r := check(t, dir, false)
	if len(r.Findings) > 0 || r.Files != 2 {
		t.Errorf("%d files, want 2; findings: %v", r.Files, r.Findings)
	}
}

func TestDetailsSurviveARestartAndARename(t *testing.T) {
	t.Parallel()
	clock := newLateClock()
	fs := vfs.NewMem()
	s := lateStore(t, fs, "/lake", clock)
	run(t, s, scenario(nil)[0])
	ctx := t.Context()
	d := &lake.BlobDetails{
		Tier: lake.Cool, Tags: lake.Tags{"a": "1"}, Append: &lake.AppendState{}, Copy: &lake.Copy{ID: "id", Source: "http://h/x", Bytes: 3},
		EncryptionScope: "scope",
	}
	if _, err := s.PutBlob(ctx, "one", "f", strings.NewReader(""), lake.PutBlobOptions{Details: d}); err != nil {
		t.Fatal(err)
	}
	for _, block := range []string{"one ", "two"} {
		if _, _, err := s.AppendBlock(ctx, "one", "f", strings.NewReader(block), lake.AppendBlockOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.SetExpiry(ctx, "one", "f", lake.Expiry{AfterCreation: time.Hour}, lake.Conditions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Rename(ctx, lake.Location{Filesystem: "one", Path: "f"}, lake.Location{Filesystem: "one", Path: "g"}, lake.RenameOptions{}); err != nil {
		t.Fatal(err)
	}
	closeStore(t, s)
	s = lateStore(t, fs, "/lake", clock)
	defer closeStore(t, s)
	p, err := s.Properties(ctx, "one", "g", lake.Conditions{})
	if err != nil {
		t.Fatal(err)
	}
	want := *d
	want.TierChanged, want.ExpiresOn, want.Append = clock.Now(), clock.Now().Add(time.Hour), &lake.AppendState{Blocks: 2}
	want.Copy = &lake.Copy{ID: "id", Source: "http://h/x", Bytes: 3, CompletedOn: clock.Now()}
	if diff := cmp.Diff(&want, p.Details); diff != "" {
		t.Errorf("details (-want +got):\n%s", diff)
	}
	if got := content(t, s, "g"); got != "one two" {
		t.Errorf("the append blob holds %q", got)
	}
}

func TestAFileTakesTheEncryptionScopeOfItsFilesystem(t *testing.T) {
	t.Parallel()
	clock := newLateClock()
	fs := vfs.NewMem()
	s := lateStore(t, fs, "/lake", clock)
	ctx := t.Context()
	policy := lake.EncryptionPolicy{Default: "scope-1", DenyOverride: true}
	if _, err := s.CreateFilesystem(ctx, "one", lake.CreateFilesystemOptions{Encryption: policy}); err != nil {
		t.Fatal(err)
	}
	run(t, s, put("d/put", bulk(3, 1)))
	if _, err := s.Create(ctx, "one", "d/made", lake.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Create(ctx, "one", "d/other", lake.CreateOptions{EncryptionScope: "scope-2"}); err != nil {
		t.Fatal(err)
	}
	closeStore(t, s)
	s = lateStore(t, fs, "/lake", clock)
	defer closeStore(t, s)
	if p, err := s.FilesystemProperties(ctx, "one"); err != nil || p.Encryption != policy {
		t.Errorf("after a restart the filesystem has the policy %+v (%v), want %+v", p.Encryption, err, policy)
	}
	for path, want := range map[lake.Path]lake.EncryptionScope{"d": "", "d/put": "scope-1", "d/made": "scope-1", "d/other": "scope-2"} {
		if p, err := s.Properties(ctx, "one", path, lake.Conditions{}); err != nil || p.Details.Scope() != want {
			t.Errorf("%s has the scope %q (%v), want %q", path, p.Details.Scope(), err, want)
		}
	}
}

func TestAppendBlobsEndAtTheirLimits(t *testing.T) {
	t.Parallel()
	clock := newLateClock()
	s := lateStore(t, vfs.NewMem(), "/lake", clock)
	defer closeStore(t, s)
	run(t, s, scenario(nil)[0])
	full := &lake.BlobDetails{Append: &lake.AppendState{Blocks: lake.MaxAppendBlocks}}
	if _, err := s.PutBlob(t.Context(), "one", "f", strings.NewReader(""), lake.PutBlobOptions{Details: full}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.AppendBlock(t.Context(), "one", "f", strings.NewReader("x"), lake.AppendBlockOptions{}); errs.CodeOf(err) != lake.CodeBlockCountExceedsLimit {
		t.Errorf("a block too many: %v", err)
	}
	run(t, s, put("b", bulk(10, 1)))
	if _, _, err := s.AppendBlock(t.Context(), "one", "b", strings.NewReader("x"), lake.AppendBlockOptions{}); errs.CodeOf(err) != lake.CodeInvalidBlobType {
		t.Errorf("a block blob: %v", err)
	}
	if err := s.SetTier(t.Context(), "one", "b", lake.Archive); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Read(t.Context(), "one", "b", lake.ReadOptions{}); errs.CodeOf(err) != lake.CodeBlobArchived {
		t.Errorf("reading what is archived: %v", err)
	}
}
