// Package recordfile keeps the record of a setup of package sharing in a file, so that it survives a crash at any point.
package recordfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/sharing"
)

// File is a record in a file. It implements [sharing.Records]. One process at a time may use it.
type File struct {
	FS   vfs.FS
	Name string
}

var _ sharing.Records = File{}

// Load reads the record. It is NotFound where there is none, and Invalid where it cannot be read.
func (f File) Load() (*sharing.Record, error) {
	const op errs.Op = "recordfile.Load"
	text, err := f.read()
	if errors.Is(err, os.ErrNotExist) {
		return nil, errs.E(op, errs.NotFound, errs.Item(f.Name), "there is no record of a setup", errs.Hint("name the file that the setup wrote"))
	}
	if err != nil {
		return nil, errs.E(op, errs.Unavailable, errs.Item(f.Name), err)
	}
	r := &sharing.Record{}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(r); err != nil {
		return nil, errs.E(op, errs.Invalid, errs.Item(f.Name), "it is not the record of a setup", err)
	}
	if r.Version != sharing.RecordVersion {
		return nil, errs.E(op, errs.Invalid, errs.Item(f.Name), "it was written by another version", errs.Hint("use the version of ownlake that wrote it"))
	}
	return r, nil
}

func (f File) read() ([]byte, error) {
	file, err := f.FS.Open(f.Name)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(file)
	return text, errors.Join(err, file.Close())
}

// Save replaces the file in one step. It is on disk when Save returns.
func (f File) Save(r *sharing.Record) error {
	r.Version = sharing.RecordVersion
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return errs.E(errs.Op("recordfile.Save"), errs.Internal, err)
	}
	if err := f.write(append(text, '\n')); err != nil {
		return errs.E(errs.Op("recordfile.Save"), errs.Unavailable, errs.Item(f.Name), "the record cannot be written, so nothing further is changed", err)
	}
	return nil
}

func (f File) write(text []byte) error {
	temporary := f.Name + ".new"
	file, err := f.FS.Create(temporary, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	if err := f.FS.Rename(temporary, f.Name); err != nil {
		return err
	}
	return f.syncDir()
}

func (f File) syncDir() error {
	dir, err := f.FS.OpenDir(f.FS.PathDir(f.Name))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// Remove removes the file, which need not be there.
func (f File) Remove() error {
	err := f.FS.Remove(f.Name)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err == nil:
		err = f.syncDir()
	}
	if err != nil {
		return errs.E(errs.Op("recordfile.Remove"), errs.Unavailable, errs.Item(f.Name), err)
	}
	return nil
}
