package table

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/ownlake/ownlake/errs"
)

// stage is the local folder of files on their way. Below it, write-… are folders that Write fills, and files/
// holds copies of remote files, which are immutable and so named by their path in the lake alone.
type stage struct {
	dir   string
	clock func() time.Time

	mu    sync.Mutex
	inUse map[string]int // copies that Files hold
}

const (
	writePrefix = "write-"
	copiesDir   = "files"
)

func newStage(dir string, clock func() time.Time) *stage {
	return &stage{dir: dir, clock: clock, inUse: map[string]int{}}
}

// writeDir makes a folder for one Write.
func (s *stage) writeDir() (string, error) {
	dir := filepath.Join(s.dir, writePrefix+rand.Text())
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return "", localError(dir, err)
	}
	return dir, nil
}

// copyPath is where the copy of a remote file is kept.
func (s *stage) copyPath(path string) string {
	sum := sha256.Sum256([]byte(path))
	return filepath.Join(s.dir, copiesDir, hex.EncodeToString(sum[:16])+filepath.Ext(path))
}

// keep makes a local file the copy of a remote one.
func (s *stage) keep(local, path string) error {
	to := s.copyPath(path)
	if err := os.MkdirAll(filepath.Dir(to), 0o750); err != nil {
		return localError(to, err)
	}
	if err := os.Rename(local, to); err != nil {
		return localError(to, err)
	}
	return nil
}

// download fills the copy of a remote file of a known size, unless it is there. Nobody sees half a copy.
func (s *stage) download(path string, size int64, body io.Reader) error {
	dir, err := s.writeDir()
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	local := filepath.Join(dir, "download")
	file, err := os.Create(local) //nolint:gosec // G304: the name is ours
	if err != nil {
		return localError(local, err)
	}
	n, err := io.Copy(file, body)
	if err = errors.Join(err, file.Close()); err != nil {
		return localError(local, err)
	}
	if n != size {
		return errs.E(errs.Unavailable, errs.Item(path), "the download ended early", errs.Hint("try again"))
	}
	return s.keep(local, path)
}

// hold keeps a copy until let go of as often as held, and says whether it is there at all.
func (s *stage) hold(path string) (local string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	local = s.copyPath(path)
	now := s.clock()
	if err := os.Chtimes(local, now, now); err != nil { // sweep spares what is used
		return local, false
	}
	s.inUse[local]++
	return local, true
}

func (s *stage) letGo(local string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.inUse[local]--; s.inUse[local] == 0 {
		delete(s.inUse, local)
	}
}

// forget removes the copy of a remote file that is not current any more, unless it is held.
func (s *stage) forget(path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if local := s.copyPath(path); s.inUse[local] == 0 {
		_ = os.Remove(local) // most files have no copy
	}
}

// sweep removes what killed processes left: whatever was not touched since before.
func (s *stage) sweep(before time.Time) {
	for _, dir := range []string{s.dir, filepath.Join(s.dir, copiesDir)} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue // there is nothing to sweep
		}
		for _, e := range entries {
			s.sweepEntry(dir, e, before)
		}
	}
}

func (s *stage) sweepEntry(dir string, e fs.DirEntry, before time.Time) {
	path := filepath.Join(dir, e.Name())
	if dir == s.dir && !strings.HasPrefix(e.Name(), writePrefix) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if info, err := e.Info(); err == nil && info.ModTime().Before(before) && s.inUse[path] == 0 {
		_ = os.RemoveAll(path)
	}
}

// localError describes a failure of the local disk.
func localError(path string, err error) error {
	return errs.E(errs.Unavailable, errs.Item(path), err, errs.Hint("check that the disk has room and the folder may be written"))
}
