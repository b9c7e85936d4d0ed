package localstore

import (
	"errors"
	"strings"
	"syscall"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// guard is the file system for the database: it gives the reserve back to a write that finds the disk full, and
// lets it try again.
func (h *health) guard() vfs.FS {
	var fs vfs.FS = patient{markerLast{h.fs}}
	if h.relaxed {
		fs = lazyLog{fs}
	}
	return vfs.OnDiskFull(fs, func() {
		h.full.Store(true)
		_ = h.fs.Remove(h.reserve) // if there is none, the write fails for good and reports it
	})
}

// patient lets the database wait where the process has no file handles left. It would otherwise try to flush again
// and again, as fast as it can, and give up for good where it needs a new log. Reading fails at once.
type patient struct{ vfs.FS }

// A minute without a handle is a failure of the disk like others.
const (
	handlePause = 50 * time.Millisecond
	handleTries = int(time.Minute / handlePause)
)

func patiently(op func() (vfs.File, error)) (vfs.File, error) {
	f, err := op()
	for n := 0; n < handleTries && isOutOfHandles(err); n++ {
		<-time.NewTimer(handlePause).C
		f, err = op()
	}
	return f, err
}

func isOutOfHandles(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)
}

func (p patient) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	return patiently(func() (vfs.File, error) { return p.FS.Create(name, category) })
}

func (p patient) ReuseForWrite(oldname, newname string, category vfs.DiskWriteCategory) (vfs.File, error) {
	return patiently(func() (vfs.File, error) { return p.FS.ReuseForWrite(oldname, newname, category) })
}

func (p patient) OpenDir(name string) (vfs.File, error) {
	return patiently(func() (vfs.File, error) { return p.FS.OpenDir(name) })
}

func (p patient) Unwrap() vfs.FS { return p.FS }

// markerLast makes the names of other files durable before that of a marker. The database makes a manifest, then
// the marker that points to it, and syncs their directory once; where power fails between, a file system may keep
// the marker's name and lose the manifest's.
type markerLast struct{ vfs.FS }

func (m markerLast) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	if strings.HasPrefix(m.PathBase(name), "marker.") {
		if err := syncDir(m.FS, m.PathDir(name)); err != nil {
			return nil, err
		}
	}
	return m.FS.Create(name, category)
}

func (m markerLast) Unwrap() vfs.FS { return m.FS }

// lazyLog leaves it to the operating system when the database's log reaches the disk. The log is still written
// before a change is acknowledged, which is why the database is not told to skip its syncs: then it would keep the
// last changes in the process.
type lazyLog struct{ vfs.FS }

func (l lazyLog) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := l.FS.Create(name, category)
	return l.wrap(name, f), err
}

func (l lazyLog) ReuseForWrite(oldname, newname string, category vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := l.FS.ReuseForWrite(oldname, newname, category)
	return l.wrap(newname, f), err
}

func (l lazyLog) wrap(name string, f vfs.File) vfs.File {
	if f == nil || !strings.HasSuffix(name, ".log") {
		return f
	}
	return lazyFile{f}
}

func (l lazyLog) Unwrap() vfs.FS { return l.FS }

type lazyFile struct{ vfs.File }

func (lazyFile) Sync() error                { return nil }
func (lazyFile) SyncData() error            { return nil }
func (lazyFile) SyncTo(int64) (bool, error) { return false, nil }
