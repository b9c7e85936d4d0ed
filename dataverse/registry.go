package dataverse

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"slices"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
)

// registryFile is the file of organisations that are bound.
const registryFile = "organizations.json"

// registryVersion is the version of its format.
const registryVersion = 1

type registryDocument struct {
	Version       int                      `json:"version"`
	Organizations []insights.DataverseLink `json:"organizations"`
}

// registry is the file, replaced in one durable step. Its reader may be another process than its writer.
type registry struct {
	fs  vfs.FS
	dir string
}

func (r registry) path() string { return r.fs.PathJoin(r.dir, registryFile) }

// read returns the organisations that are bound. A file that cannot be understood is Corrupt.
func (r registry) read() ([]insights.DataverseLink, error) {
	f, err := r.fs.Open(r.path())
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, errs.E(errs.Unavailable, errs.Item(r.path()), err)
	}
	text, err := io.ReadAll(f)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, errs.E(errs.Unavailable, errs.Item(r.path()), err)
	}
	var doc registryDocument
	if err := json.Unmarshal(text, &doc); err != nil || doc.Version != registryVersion {
		return nil, errs.E(errs.Corrupt, errs.Item(r.path()), "the list of linked organisations cannot be read", err,
			errs.Hint("it may be of a newer version of ownlake"))
	}
	return doc.Organizations, nil
}

func (r registry) write(list []insights.DataverseLink) error {
	text, err := json.MarshalIndent(registryDocument{registryVersion, list}, "", "  ")
	if err != nil {
		return errs.E(errs.Internal, err)
	}
	if err := r.replace(append(text, '\n')); err != nil {
		return errs.E(errs.Unavailable, errs.Item(r.path()), err)
	}
	return nil
}

func (r registry) replace(text []byte) error {
	if err := r.fs.MkdirAll(r.dir, 0o700); err != nil {
		return err
	}
	f, err := r.fs.Create(r.path()+".new", vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	_, err = f.Write(slices.Clone(text)) // a vfs may overwrite what it is given
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := r.fs.Rename(r.path()+".new", r.path()); err != nil {
		return err
	}
	d, err := r.fs.OpenDir(r.dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
