package sample

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ownlake/ownlake/errs"
)

const (
	truthPath   = "truth.csv"
	summaryPath = "sample.json"
	// partial ends the names of files that are being written.
	partial = ".partial"
)

// filePaths are the paths of the files, in the order of block.out.
var filePaths = [numFiles]string{
	crm: sources[crm].path, shop: sources[shop].path, loyalty: sources[loyalty].path,
	ordersFile: ordersSource.path, truthFile: truthPath,
}

// folder is where a sample is being written. Files carry the ending [partial] until publish.
type folder struct {
	dir   string
	made  []string // folders that did not exist, outermost first
	files [numFiles]*os.File
	done  bool
}

// openFolder checks that dir may be written to and begins the files.
func openFolder(dir string, force bool) (*folder, error) {
	f := &folder{dir: dir}
	if !force {
		if err := checkReplaceable(dir); err != nil {
			return nil, err
		}
	}
	for i, path := range filePaths {
		if err := f.open(i, path); err != nil {
			f.abandon()
			return nil, err
		}
	}
	return f, nil
}

// checkReplaceable refuses a folder in which something would be overwritten that is no sample.
func checkReplaceable(dir string) error {
	if isSample(dir) {
		return nil
	}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || strings.HasSuffix(path, partial) {
			return err
		}
		return errs.E(op, errs.Exists, errs.Item(path),
			errs.Hint("choose an empty folder, or use --force to write beside what is there"),
			fmt.Errorf("%s holds files that are no sample", dir))
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return writeError(dir, err)
}

func isSample(dir string) bool {
	text, err := os.ReadFile(filepath.Join(dir, summaryPath))
	return err == nil && bytes.Contains(text, []byte(`"`+format+`"`))
}

func (f *folder) open(i int, path string) error {
	path = filepath.Join(f.dir, filepath.FromSlash(path))
	if err := f.makeDir(filepath.Dir(path)); err != nil {
		return writeError(path, err)
	}
	file, err := os.Create(path + partial)
	f.files[i] = file
	return writeError(path, err)
}

// makeDir makes a folder and the missing ones above it, and remembers them for abandon.
func (f *folder) makeDir(dir string) error {
	err := os.Mkdir(dir, 0o755) //nolint:gosec // invented data, meant to be read
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := f.makeDir(filepath.Dir(dir)); err != nil {
			return err
		}
		return f.makeDir(dir)
	case errors.Is(err, fs.ErrExist):
		return nil
	case err == nil:
		f.made = append(f.made, dir)
	}
	return err
}

func (f *folder) write(out *[numFiles][]byte) error {
	for i, file := range f.files {
		if _, err := file.Write(out[i]); err != nil {
			return writeError(file.Name(), err)
		}
	}
	return nil
}

// publish gives the files their names. The former sample's summary goes first and the new one comes last: a
// folder with a summary is complete.
func (f *folder) publish(s Summary) error {
	for _, file := range f.files {
		if err := file.Close(); err != nil {
			return writeError(file.Name(), err)
		}
	}
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return errs.E(op, errs.Internal, err)
	}
	last := filepath.Join(f.dir, summaryPath)
	if err := os.WriteFile(last+partial, append(text, '\n'), 0o644); err != nil { //nolint:gosec // invented data, meant to be read
		return writeError(last, err)
	}
	if err := os.Remove(last); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return writeError(last, err)
	}
	for _, path := range append(filePaths[:], summaryPath) {
		path = filepath.Join(f.dir, filepath.FromSlash(path))
		if err := os.Rename(path+partial, path); err != nil {
			return writeError(path, err)
		}
	}
	f.done = true
	return nil
}

// abandon removes what was begun, unless it was published. What cannot be removed stays: the error that led here
// is the one to report, and the next sample overwrites it.
func (f *folder) abandon() {
	if f.done {
		return
	}
	for _, file := range f.files {
		if file != nil {
			_ = file.Close()
			_ = os.Remove(file.Name())
		}
	}
	_ = os.Remove(filepath.Join(f.dir, summaryPath+partial))
	for _, dir := range slices.Backward(f.made) {
		_ = os.Remove(dir)
	}
}

// writeError tells what kept the sample from being written. It passes nil and errors with a kind through.
func writeError(path string, err error) error {
	var ours *errs.Error
	if err == nil || errors.As(err, &ours) {
		return err
	}
	kind, hint := errs.Unavailable, errs.Hint("free some space or choose another folder")
	if errors.Is(err, fs.ErrPermission) {
		kind, hint = errs.Permission, "choose a folder that you may write to"
	}
	return errs.E(op, kind, errs.Item(path), hint, err)
}
