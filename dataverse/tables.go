package dataverse

import (
	"context"
	"errors"
	"io"

	"golang.org/x/sync/errgroup"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/engine"
	"github.com/ownlake/ownlake/insights/table"
	"github.com/ownlake/ownlake/lake"
)

// Tables read the customers of an environment in its lake, by the rights of whoever the store reads as. What is kept of files is
// used only after the lake has let the same file be read again. It is safe for concurrent use.
type Tables struct {
	// Folder is the environment's, of Store.
	Folder *table.Folder
	Store  lake.Store
	Engine engine.Engine
	// Slots bounds how many sessions of the engine are open at a time.
	Slots chan struct{}
}

// List returns Customer, once there is one.
func (t *Tables) List(ctx context.Context) ([]insights.Snapshot, error) {
	s, err := t.Folder.Current(ctx, insights.Merge, insights.CustomerTable)
	if errs.Is(err, errs.NotFound) && errs.CodeOf(err) != lake.CodeFilesystemNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return []insights.Snapshot{s}, nil
}

// maxParallel bounds how many files are asked for at a time.
const maxParallel = 8

// Read implements [relation.Tables].
func (t *Tables) Read(ctx context.Context, s insights.Snapshot, f func(engine.Session, string) error) (err error) {
	select {
	case t.Slots <- struct{}{}:
		defer func() { <-t.Slots }()
	case <-ctx.Done():
		return errs.E(ctx.Err())
	}
	if err := t.readable(ctx, s); err != nil {
		return err
	}
	files, err := t.Folder.Open(ctx, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, files.Close()) }()
	session, err := t.Engine.Open(ctx, engine.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, session.Close()) }()
	return f(session, files.Relation())
}

// readable asks for a byte of each file, so that no copy of one outlives the right to read it.
func (t *Tables) readable(ctx context.Context, s insights.Snapshot) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(maxParallel)
	for _, p := range s.Partitions {
		g.Go(func() error {
			path, err := lake.ParsePath(p.Path)
			if err != nil {
				return err
			}
			c, err := t.Store.Read(ctx, insights.Container, path, lake.ReadOptions{Count: 1})
			if err != nil {
				return err
			}
			_, err = io.Copy(io.Discard, c.Body)
			return errors.Join(err, c.Body.Close())
		})
	}
	return g.Wait()
}
