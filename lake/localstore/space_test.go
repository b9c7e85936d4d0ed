package localstore

import (
	"bytes"
	"fmt"
	"sync"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// quotaFS is a file system of a fixed size.
type quotaFS struct {
	vfs.FS
	mu        sync.Mutex
	left      int64
	allocated map[string]int64 // set aside and not written
}

func newQuotaFS(size int64) *quotaFS {
	return &quotaFS{FS: vfs.NewMem(), left: size, allocated: map[string]int64{}}
}

// quotaFile is a file that takes its space from the file system.
type quotaFile struct {
	vfs.File
	fs   *quotaFS
	name string
}

func (q *quotaFS) wrap(name string, f vfs.File, err error) (vfs.File, error) {
	if err != nil {
		return nil, err
	}
	return &quotaFile{File: f, fs: q, name: name}, nil
}

// size is what a file takes; 0 for one that does not exist.
func (q *quotaFS) size(name string) int64 {
	info, err := q.Stat(name)
	if err != nil {
		return 0
	}
	return info.Size() + q.allocated[name]
}

func (q *quotaFS) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.left += q.size(name)
	f, err := q.FS.Create(name, c)
	return q.wrap(name, f, err)
}

func (q *quotaFS) OpenReadWrite(name string, c vfs.DiskWriteCategory, o ...vfs.OpenOption) (vfs.File, error) {
	f, err := q.FS.OpenReadWrite(name, c, o...)
	return q.wrap(name, f, err)
}

func (q *quotaFS) ReuseForWrite(oldname, newname string, c vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := q.FS.ReuseForWrite(oldname, newname, c)
	return q.wrap(newname, f, err)
}

func (q *quotaFS) Remove(name string) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := q.size(name)
	err := q.FS.Remove(name)
	if err == nil {
		q.left += n
		delete(q.allocated, name)
	}
	return err
}

func (q *quotaFS) GetDiskUsage(string) (vfs.DiskUsage, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return vfs.DiskUsage{AvailBytes: uint64(max(q.left, 0))}, nil
}

func (f *quotaFile) grow(n int, write func() (int, error)) (int, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	before, err := f.Stat()
	if err != nil {
		return 0, err
	}
	size := before.Size()
	if f.fs.left < int64(n) {
		return 0, syscall.ENOSPC
	}
	n, err = write()
	if after, statErr := f.Stat(); statErr == nil {
		f.fs.left -= after.Size() - size
	}
	return n, err
}

func (f *quotaFile) Write(p []byte) (int, error) {
	return f.grow(len(p), func() (int, error) { return f.File.Write(p) })
}

func (f *quotaFile) WriteAt(p []byte, at int64) (int, error) {
	return f.grow(len(p), func() (int, error) { return f.File.WriteAt(p, at) })
}

func (f *quotaFile) Preallocate(_, n int64) error {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if f.fs.PathBase(f.name) != reserveName {
		return nil // the log's own hint is not a need
	}
	more := n - f.fs.allocated[f.name]
	if f.fs.left < more {
		return syscall.ENOSPC
	}
	f.fs.left -= more
	f.fs.allocated[f.name] = n
	return nil
}

func TestFullDiskRefusesWritesAndServesOn(t *testing.T) {
	t.Parallel()
	const reserve, size = 2 << 20, 12 << 20
	fs := newQuotaFS(size)
	s, err := Open(Options{FS: fs, Dir: "/data/lake", Clock: stepClock(), reserve: reserve})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeStore(t, s) })
	run(t, s, scenario(fs)[0], put("kept", bulk(30_000, 1)))
	full := func(what string, err error) {
		t.Helper()
		if !errs.Is(err, errs.Unavailable) || errs.CodeOf(err) != lake.CodeInsufficientStorage || errs.HintOf(err) == "" {
			t.Errorf("%s: %v (kind %v, code %q), want insufficient storage", what, err, errs.KindOf(err), errs.CodeOf(err))
		}
	}
	full("a blob larger than the disk", put("large", bulk(size, 2)).run(t.Context(), s))
	if n := len(contentFiles(t, fs)); n != 1 {
		t.Errorf("%d content files after a refused blob, want 1", n)
	}
	fill(t, s, full)
	if got, err := readAll(t.Context(), s, "kept", lake.ReadOptions{}); err != nil || !bytes.Equal(got, bulk(30_000, 1)) {
		t.Errorf("reading from a full disk: %d bytes, %v", len(got), err)
	}
	full("a small blob", put("small", bulk(10, 1)).run(t.Context(), s))
	full("a directory", create("d", true).run(t.Context(), s))
	run(t, s, retain(7, 7), remove("big/0"), retain(0, 0), remove("big"))
	if got := deleted(t, s, lake.ListDeletedOptions{}); len(got) != 1 {
		t.Errorf("a full disk keeps %v", got)
	}
	if err := s.reclaimAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	run(t, s, put("again", bulk(100_000, 3)))
	if usage, _ := fs.GetDiskUsage(""); s.health.full.Load() || usage.AvailBytes == 0 {
		t.Error("the store did not set its reserve aside again")
	}
	if err := checkFiles(t.Context(), s); err != nil {
		t.Error(err)
	}
}

// fill fills the disk: with large content first, then with small content, which lies in the database.
func fill(t *testing.T, s *Store, full func(string, error)) {
	t.Helper()
	for i := range 100 {
		if err := put(lake.Path(fmt.Sprintf("big/%d", i)), bulk(500_000, 1)).run(t.Context(), s); err != nil {
			full("content", err)
			break
		}
	}
	for i := range 10_000 {
		if err := put(lake.Path(fmt.Sprintf("little/%d", i)), bulk(10_000, 1)).run(t.Context(), s); err != nil {
			full("small content", err)
			return
		}
	}
	t.Fatal("the disk never filled")
}
