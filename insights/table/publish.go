package table

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/cdm"
	"github.com/ownlake/ownlake/lake"
)

const (
	// publishAttempts bounds how often a commit starts over because others changed model.json or a log meanwhile.
	// Each time at least one of them got through.
	publishAttempts = 20
	// unavailableAttempts bounds how often it starts over after a call of unknown outcome, to learn the outcome.
	unavailableAttempts = 2
	// abortTime bounds what Abort does after its caller's time is up.
	abortTime = 30 * time.Second
	// supersededKey is the metadata of a file that says since when model.json does not name it.
	supersededKey = "superseded"
)

// Publish makes what was written and dropped visible in one step, as the package comment describes. It is Conflict if
// another commit changed one of the tables since this one wrote it. After an error model.json is as it was, except
// if the store could not tell (Unavailable); the caller may try again or Abort. Publishing twice does nothing.
func (c *Commit) Publish(ctx context.Context) error {
	c.folder.commit.Lock()
	defer c.folder.commit.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.published || len(c.changes) == 0 {
		return nil
	}
	superseded := map[string]bool{}
	err := c.publish(ctx, superseded)
	unavailable := 0
	for range publishAttempts {
		overtaken := errs.Is(err, errs.Precondition) || errs.Is(err, errs.Exists) || errs.CodeOf(err) == lake.CodeInvalidBlockList
		if errs.Is(err, errs.Unavailable) {
			unavailable++
		}
		if !overtaken && (unavailable == 0 || unavailable >= unavailableAttempts || ctx.Err() != nil) {
			break
		}
		err = c.publish(ctx, superseded)
	}
	if err != nil {
		return errs.E(errs.Op("table.Publish"), errs.Item(c.process), err)
	}
	c.published = true
	c.tidy(ctx, superseded)
	return nil
}

// publish is one attempt. It adds to superseded the files that model.json named before.
func (c *Commit) publish(ctx context.Context, superseded map[string]bool) error {
	m, err := c.folder.readModel(ctx, c.process)
	if err != nil {
		return err
	}
	endpoint, err := c.folder.accountEndpoint(ctx)
	if err != nil {
		return err
	}
	for i := range c.changes {
		ch := &c.changes[i]
		current, _ := c.folder.known(c.process, m.model, ch.table)
		if err := ch.check(current); err != nil {
			return err
		}
		for _, p := range current.Partitions {
			superseded[p.Path] = true
		}
	}
	for i := range c.changes {
		if err := c.leadDelta(ctx, m.model, &c.changes[i]); err != nil {
			return errs.E(errs.Item(c.changes[i].table), err)
		}
	}
	return c.folder.writeModel(ctx, c.process, c.nextModel(m.model, endpoint), m.etag)
}

// known is the table as model.json has it, and the version of its Delta log that lists the same files. A table
// that is not there has no columns.
func (f *Folder) known(p insights.Process, m *cdm.Model, table string) (insights.Snapshot, int64) {
	if e := m.Local(table); e != nil {
		return f.snapshot(p, e), number(e.Annotations, annotationDeltaVersion, noDeltaVersion)
	}
	return insights.Snapshot{Process: p, Table: table}, noDeltaVersion
}

// check refuses a change of a table that others changed since. The table may be as the change left it, when a
// former attempt went through without our knowing.
func (ch *change) check(current insights.Snapshot) error {
	if ch.snapshot == nil || slices.Equal(current.Partitions, ch.base) || slices.Equal(current.Partitions, ch.snapshot.Partitions) {
		return nil
	}
	return errs.E(errs.Conflict, errs.Item(ch.table), "run "+string(current.Run)+" changed the table meanwhile",
		errs.Hint("run the process again"))
}

// leadDelta brings the table's log to what the change makes of it.
func (c *Commit) leadDelta(ctx context.Context, m *cdm.Model, ch *change) error {
	current, version := c.folder.known(c.process, m, ch.table)
	next := insights.Snapshot{Process: c.process, Table: ch.table, Run: c.run, Format: current.Format}
	if ch.snapshot != nil {
		next = *ch.snapshot
	}
	if next.Format != insights.Parquet {
		return nil
	}
	d, err := c.folder.openDelta(ctx, c.process, ch.table, current, version)
	if err != nil {
		return err
	}
	ch.touched = true
	if err := d.lead(ctx, next); err != nil {
		return err
	}
	ch.delta = d.version
	return nil
}

// nextModel is a copy of the model with the commit's changes.
func (c *Commit) nextModel(m *cdm.Model, endpoint string) *cdm.Model {
	f := c.folder
	next := *m
	next.Name, next.Version, next.Application, next.Culture = string(c.process), cdm.Version, application, culture
	next.ModifiedTime = f.clock().UTC()
	next.Annotations = slices.DeleteFunc(slices.Clone(m.Annotations), func(a cdm.Annotation) bool { return a.Name == annotationEnvironment })
	annotate(&next.Annotations, annotationEnvironment, string(f.env.ID))
	next.Entities = slices.Clone(m.Entities)
	for _, ch := range c.changes {
		i := slices.IndexFunc(next.Entities, func(e cdm.Entity) bool { return e.EntityName() == ch.table })
		switch {
		case ch.snapshot == nil && i >= 0:
			next.Entities = slices.Delete(next.Entities, i, i+1)
		case ch.snapshot == nil:
		case i >= 0:
			next.Entities[i] = entity(*ch.snapshot, ch.description, endpoint, ch.delta)
		default:
			next.Entities = append(next.Entities, entity(*ch.snapshot, ch.description, endpoint, ch.delta))
		}
	}
	// Readers give up a model whose relationships lead nowhere.
	next.Relationships = slices.DeleteFunc(slices.Clone(m.Relationships), func(r cdm.Relationship) bool {
		return !hasAttribute(&next, r.From) || !hasAttribute(&next, r.To)
	})
	return &next
}

func hasAttribute(m *cdm.Model, r cdm.AttributeReference) bool {
	e := m.Local(r.Entity)
	return e != nil && slices.ContainsFunc(e.Attributes, func(a cdm.Attribute) bool { return a.Name == r.Attribute })
}

// tidy notes at superseded files since when they are, for Vacuum, and deletes own files that were replaced before
// they were published. The commit stands whether or not this works: Vacuum finds such files too, later.
func (c *Commit) tidy(ctx context.Context, superseded map[string]bool) {
	f := c.folder
	current := c.currentPaths()
	for path := range superseded {
		if current[path] {
			continue
		}
		f.stage.forget(path)
		if err := f.mark(ctx, lake.Path(path)); err != nil {
			f.log.WarnContext(ctx, "superseded file not marked", slog.String("path", path), slog.Any("error", err))
		}
	}
	for _, path := range c.files {
		if !current[string(path)] {
			f.remove(ctx, path)
		}
	}
	c.files = nil
}

// currentPaths are the files of the tables that the commit wrote.
func (c *Commit) currentPaths() map[string]bool {
	paths := map[string]bool{}
	for _, ch := range c.changes {
		if ch.snapshot != nil {
			addPaths(paths, ch.snapshot.Partitions)
		}
	}
	return paths
}

func addPaths(paths map[string]bool, list []insights.Partition) {
	for _, p := range list {
		paths[p.Path] = true
	}
}

func (f *Folder) mark(ctx context.Context, path lake.Path) error {
	m := lake.Metadata{supersededKey: f.clock().UTC().Format(time.RFC3339)}
	_, err := f.store.SetProperties(ctx, insights.Container, path, lake.PropertyUpdate{Metadata: &m}, lake.Conditions{})
	return err
}

// remove deletes a file that nobody names, and reports whether it did.
func (f *Folder) remove(ctx context.Context, path lake.Path) bool {
	f.stage.forget(string(path))
	err := f.store.Delete(ctx, insights.Container, path, lake.DeleteOptions{})
	if err != nil && !errs.Is(err, errs.NotFound) {
		f.log.WarnContext(ctx, "unused file not deleted", slog.String("path", string(path)), slog.Any("error", err))
	}
	return err == nil
}

// Abort deletes the files of a commit that was not published, and leads Delta logs back to model.json where Publish
// failed half-way. It works with a cancelled context too, for a bounded time. Where the lake cannot be
// reached, files stay for Vacuum. After Publish, and the second time, it does nothing.
func (c *Commit) Abort(ctx context.Context) {
	c.folder.commit.Lock()
	defer c.folder.commit.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.published {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), abortTime)
	defer cancel()
	if err := c.abort(ctx); err != nil {
		c.folder.log.WarnContext(ctx, "files of an aborted run stay until the next vacuum", slog.String("run", string(c.run)), slog.Any("error", err))
	}
	c.files, c.changes = nil, nil
}

func (c *Commit) abort(ctx context.Context) error {
	if len(c.files) == 0 && len(c.changes) == 0 {
		return nil
	}
	f := c.folder
	m, err := f.readModel(ctx, c.process)
	if err != nil {
		return err
	}
	for _, ch := range c.changes {
		if !ch.touched {
			continue
		}
		if err := f.mendDelta(ctx, c.process, m.model, ch.table); err != nil {
			return err
		}
	}
	current := map[string]bool{}
	for _, ch := range c.changes { // a Publish of unknown outcome may have gone through
		s, _ := f.known(c.process, m.model, ch.table)
		addPaths(current, s.Partitions)
	}
	for _, path := range c.files {
		if !current[string(path)] {
			f.remove(ctx, path)
		}
	}
	return nil
}

// mendDelta leads a table's log back to what model.json says, which may be that there is no such table.
func (f *Folder) mendDelta(ctx context.Context, p insights.Process, m *cdm.Model, table string) error {
	s, version := f.known(p, m, table)
	d, err := f.openDelta(ctx, p, table, s, version)
	if err != nil {
		return err
	}
	return d.lead(ctx, s)
}
