package table

import (
	"bytes"
	"context"
	"errors"
	"io"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/cdm"
	"github.com/ownlake/ownlake/lake"
)

// modelFile is a process's model.json as of an ETag; "" where there is none yet. The model is shared by all
// readers and is not changed.
type modelFile struct {
	model *cdm.Model
	etag  lake.ETag
}

func (f *Folder) modelPath(p insights.Process) lake.Path { return f.processDir(p).Join(cdm.FileName) }

// readModel returns the current model.json. It asks the store each time, but reads and parses the text only if
// it changed.
func (f *Folder) readModel(ctx context.Context, p insights.Process) (modelFile, error) {
	f.mu.Lock()
	known := f.models[p]
	f.mu.Unlock()
	path := f.modelPath(p)
	c, err := f.store.Read(ctx, insights.Container, path, lake.ReadOptions{Conditions: lake.Conditions{IfNoneMatch: known.etag}})
	switch {
	case known.etag != "" && errs.Is(err, errs.Precondition):
		return known, nil
	case errs.CodeOf(err) == lake.CodePathNotFound:
		return f.noteModel(p, modelFile{model: &cdm.Model{Name: string(p), Version: cdm.Version}}), nil
	case err != nil:
		return modelFile{}, err
	}
	text, err := io.ReadAll(c.Body)
	if err = errors.Join(err, c.Body.Close()); err != nil {
		return modelFile{}, errs.E(errs.Unavailable, errs.Item(path), err)
	}
	m, _, err := cdm.Parse(text)
	if err != nil {
		return modelFile{}, errs.E(errs.Corrupt, errs.Item(path), err,
			errs.Hint("restore the file from a copy, or move it away and run the process again"))
	}
	return f.noteModel(p, modelFile{m, c.Properties.ETag}), nil
}

// writeModel replaces model.json if it is still the one that was read: Precondition or Exists otherwise.
func (f *Folder) writeModel(ctx context.Context, p insights.Process, m *cdm.Model, read lake.ETag) error {
	text, err := cdm.Marshal(m)
	if err != nil {
		return err
	}
	o := lake.PutBlobOptions{Headers: lake.ContentHeaders{ContentType: "application/json"}}
	if o.Conditions.IfMatch = read; read == "" {
		o.Conditions.IfNoneMatch = lake.AnyETag
	}
	props, err := f.store.PutBlob(ctx, insights.Container, f.modelPath(p), bytes.NewReader(text), o)
	if err != nil {
		return err
	}
	f.noteModel(p, modelFile{m, props.ETag})
	return nil
}

func (f *Folder) noteModel(p insights.Process, m modelFile) modelFile {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.models[p] = m
	return m
}
