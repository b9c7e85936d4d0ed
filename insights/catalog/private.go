package catalog

import (
	"errors"
	"io"
	"slices"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// privateFiles are files that only their owner may read, replaced in one atomic and durable step.
type privateFiles struct {
	fs  vfs.FS
	dir string
}

func (p privateFiles) path(name string) string { return p.fs.PathJoin(p.dir, name) }

// read returns a file's content; os.ErrNotExist if there is no such file.
func (p privateFiles) read(name string) ([]byte, error) {
	f, err := p.fs.Open(p.path(name))
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(f)
	return data, errors.Join(err, f.Close())
}

// write replaces a file: the new content is on the disk before it takes the name, and the name before write
// returns.
func (p privateFiles) write(name string, data []byte) error {
	temporary := p.path(name) + ".new"
	if err := p.writeNew(temporary, data); err != nil {
		return errors.Join(err, p.fs.Remove(temporary))
	}
	if err := p.fs.Rename(temporary, p.path(name)); err != nil {
		return errors.Join(err, p.fs.Remove(temporary))
	}
	return p.syncDir()
}

func (p privateFiles) writeNew(path string, data []byte) error {
	f, err := p.fs.Create(path, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	if err := onlyOwner(f); err != nil {
		return errors.Join(err, f.Close())
	}
	// A vfs may overwrite the buffer it is given.
	if _, err := f.Write(slices.Clone(data)); err != nil {
		return errors.Join(err, f.Close())
	}
	return errors.Join(f.Sync(), f.Close())
}

func (p privateFiles) syncDir() error {
	d, err := p.fs.OpenDir(p.dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
