package table

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/cdm"
	"github.com/ownlake/ownlake/insights/engine"
	"github.com/ownlake/ownlake/lake"
)

// Spec describes a table to write.
type Spec struct {
	Table       string // without "." and quotes, which model.json refuses
	Description string
	// Columns are taken from the query's result by name, in this order, and converted to their types; a value that
	// does not convert fails the write. A column without a type, and a decimal without digits, has the query's.
	// Nil means all columns of the result.
	Columns     []insights.Column
	PrimaryKey  string
	Fingerprint string
}

// Commit is a set of new tables of one process, published together. It is safe for concurrent use.
type Commit struct {
	folder  *Folder
	process insights.Process
	run     insights.RunID

	mu        sync.Mutex
	changes   []change
	files     []lake.Path // everything written
	published bool
}

// change is what a commit does to one table.
type change struct {
	table       string
	snapshot    *insights.Snapshot // nil: dropped
	description string
	base        []insights.Partition // the table's files when the change began
	delta       int64                // the Delta log's version that lists the new files
	touched     bool                 // the Delta log may have been written
}

// Begin starts a change of a process's tables. Nothing of it is visible before [Commit.Publish].
func (f *Folder) Begin(p insights.Process, run insights.RunID) *Commit {
	return &Commit{folder: f, process: p, run: run}
}

// Write runs the query and writes its rows as a table's new files, which become visible with Publish. The query
// is SQL of the session's engine. Errors are Invalid for a table or column that cannot be written, and
// otherwise those of the engine and the store. progress may be nil.
func (c *Commit) Write(ctx context.Context, s engine.Session, query string, spec Spec, progress insights.ProgressFunc) (insights.Snapshot, error) {
	snapshot, err := c.write(ctx, s, query, spec, progress)
	if err != nil {
		return insights.Snapshot{}, errs.E(errs.Op("table.Write"), errs.Item(spec.Table), err)
	}
	return snapshot, nil
}

func (c *Commit) write(ctx context.Context, s engine.Session, query string, spec Spec, progress insights.ProgressFunc) (insights.Snapshot, error) {
	var none insights.Snapshot
	result, err := describe(ctx, s, query)
	if err != nil {
		return none, err
	}
	columns, sqlTypes, err := resolve(spec.Columns, result)
	if err != nil {
		return none, err
	}
	if err := checkSpec(spec, columns); err != nil {
		return none, err
	}
	base, err := c.currentFiles(ctx, spec.Table)
	if err != nil {
		return none, err
	}
	format := c.folder.env.DataFormat
	if format == "" {
		format = insights.Parquet
	}
	w := &writer{commit: c, session: s, table: spec.Table, format: format, progress: progress}
	partitions, err := w.write(ctx, writeSelect(query, columns, sqlTypes, format))
	if err != nil {
		return none, err
	}
	snapshot := insights.Snapshot{
		Process: c.process, Table: spec.Table, Run: c.run, Columns: columns, PrimaryKey: spec.PrimaryKey, Format: format,
		Partitions: partitions, Fingerprint: spec.Fingerprint, ModifiedAt: c.folder.clock().UTC().Round(0),
	}
	c.set(change{table: spec.Table, snapshot: &snapshot, description: spec.Description, base: base})
	return snapshot, nil
}

// checkSpec refuses what model.json cannot say, before any work is done.
func checkSpec(spec Spec, columns []insights.Column) error {
	if dir := dirName(spec.Table); len(dir) > 255 {
		return errs.E(errs.Invalid, "the table's name is too long for a folder", errs.Hint("use at most 255 letters"))
	}
	if spec.PrimaryKey != "" && !slices.ContainsFunc(columns, func(c insights.Column) bool { return c.Name == spec.PrimaryKey }) {
		return errs.E(errs.Invalid, errs.Item(spec.PrimaryKey), "the primary key is not a column of the table")
	}
	e := entity(insights.Snapshot{Table: spec.Table, Columns: columns}, spec.Description, "", noDeltaVersion)
	return cdm.Validate(&cdm.Model{Name: "check", Version: cdm.Version, Entities: []cdm.Entity{e}})
}

// Drop takes the table out of model.json at Publish. It is no error if there is none.
func (c *Commit) Drop(table string) { c.set(change{table: table}) }

// set notes a change; a later one of the same table takes its place.
func (c *Commit) set(n change) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n.delta = noDeltaVersion
	for i, have := range c.changes {
		if have.table == n.table {
			c.changes[i] = n
			return
		}
	}
	c.changes = append(c.changes, n)
}

func (c *Commit) currentFiles(ctx context.Context, table string) ([]insights.Partition, error) {
	m, err := c.folder.readModel(ctx, c.process)
	if err != nil {
		return nil, err
	}
	if e := m.model.Local(table); e != nil {
		return c.folder.snapshot(c.process, e).Partitions, nil
	}
	return nil, nil
}

// note remembers a file that the commit wrote.
func (c *Commit) note(p lake.Path) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.files = append(c.files, p)
}

// partName is the n-th part's file name. Runs have ids of their own, so names are never used for other content.
func (c *Commit) partName(n int, format insights.DataFormat) string {
	return fmt.Sprintf("part-%s-%d.%s", c.run, n, format)
}
