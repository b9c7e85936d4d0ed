package table

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/cdm"
	"github.com/ownlake/ownlake/lake"
)

// DefaultRetention is how long superseded files stay (OPS-5).
const DefaultRetention = 30 * 24 * time.Hour

// inFlight is how old a file or log version must be before it can be taken for the leftover of a killed run.
const inFlight = 24 * time.Hour

// Vacuum deletes data files that no model.json has named for longer than the retention, and leads Delta logs
// that killed runs left ahead back to model.json. The newest state of a table is never touched, however old. A file of
// which nobody noted since when it is superseded is noted now and goes a retention later. What is younger than a
// day and not noted may belong to a run under way and stays, however short the retention.
func (f *Folder) Vacuum(ctx context.Context, retention time.Duration) (removed int, err error) {
	f.stage.sweep(f.clock().Add(-inFlight))
	for _, p := range insights.Processes() {
		n, err := f.vacuumProcess(ctx, p, retention)
		removed += n
		if err != nil {
			return removed, errs.E(errs.Op("table.Vacuum"), errs.Item(p), err)
		}
	}
	return removed, nil
}

func (f *Folder) vacuumProcess(ctx context.Context, p insights.Process, retention time.Duration) (removed int, err error) {
	m, err := f.readModel(ctx, p)
	if err != nil {
		return 0, err
	}
	v := &vacuum{folder: f, process: p, model: m.model, retention: retention, current: map[string]bool{}, tables: map[string]string{}}
	for _, e := range m.model.Entities {
		s, _ := f.known(p, m.model, e.EntityName())
		addPaths(v.current, s.Partitions)
		v.tables[dirName(s.Table)] = s.Table
	}
	token := ""
	for {
		page, err := f.store.List(ctx, insights.Container, f.processDir(p), lake.ListOptions{Recursive: true, Continuation: token})
		if errs.CodeOf(err) == lake.CodePathNotFound {
			return v.removed, nil
		}
		if err != nil {
			return v.removed, err
		}
		for _, e := range page.Entries {
			if err := v.entry(ctx, e); err != nil {
				return v.removed, err
			}
		}
		if token = page.Continuation; token == "" {
			return v.removed, v.mend(ctx)
		}
	}
}

// vacuum is the work on one process.
type vacuum struct {
	folder    *Folder
	process   insights.Process
	model     *cdm.Model
	retention time.Duration
	current   map[string]bool   // files that model.json names
	tables    map[string]string // current tables by folder
	ahead     []string          // tables whose log is ahead of model.json
	removed   int
}

func (v *vacuum) entry(ctx context.Context, e lake.Properties) error {
	names := strings.TrimPrefix(string(e.Path), string(v.folder.processDir(v.process))+"/")
	dir, file, _ := strings.Cut(names, "/")
	switch {
	case e.IsDirectory:
		return nil
	case strings.HasPrefix(file, deltaLogDir+"/"):
		v.logEntry(dir, file, e.LastModified)
		return nil
	case strings.HasPrefix(file, "part-") && !v.current[string(e.Path)]:
		return v.unnamed(ctx, dir, e)
	}
	return nil
}

// logEntry notes a version beyond the one that model.json names, unless a run under way may have written it.
func (v *vacuum) logEntry(dir, file string, modified time.Time) {
	table, ok := v.tables[dir]
	if !ok || v.folder.clock().Sub(modified) < inFlight {
		return
	}
	_, known := v.folder.known(v.process, v.model, table)
	version, err := strconv.ParseInt(strings.TrimSuffix(lake.Path(file).Base(), ".json"), 10, 64)
	if err == nil && version > known && (len(v.ahead) == 0 || v.ahead[len(v.ahead)-1] != table) {
		v.ahead = append(v.ahead, table)
	}
}

func (v *vacuum) mend(ctx context.Context) error {
	for _, table := range v.ahead {
		if err := v.folder.mendDelta(ctx, v.process, v.model, table); err != nil {
			return errs.E(errs.Item(table), err)
		}
	}
	return nil
}

// unnamed decides about a data file that model.json does not name.
func (v *vacuum) unnamed(ctx context.Context, dir string, e lake.Properties) error {
	f := v.folder
	props, err := f.store.Properties(ctx, insights.Container, e.Path, lake.Conditions{}) // listings have no metadata
	if errs.Is(err, errs.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	now := f.clock()
	if since, ok := markOf(props.Metadata); ok {
		if now.Sub(since) >= v.retention {
			v.remove(ctx, e.Path)
		}
		return nil
	}
	switch {
	case now.Sub(e.LastModified) < inFlight:
		return nil
	case now.Sub(v.supersededBy(dir, e.LastModified)) >= max(v.retention, inFlight):
		v.remove(ctx, e.Path)
		return nil
	}
	return f.mark(ctx, e.Path)
}

// supersededBy is a time by which the file was superseded for sure, as its table has not changed since.
func (v *vacuum) supersededBy(dir string, modified time.Time) time.Time {
	changed := v.model.ModifiedTime
	if table, ok := v.tables[dir]; ok {
		s, _ := v.folder.known(v.process, v.model, table)
		changed = s.ModifiedAt
	}
	if changed.After(modified) {
		return changed
	}
	return modified
}

func (v *vacuum) remove(ctx context.Context, path lake.Path) {
	if v.folder.remove(ctx, path) {
		v.removed++
	}
}

// markOf reads what mark wrote. Metadata names come back in any case.
func markOf(m lake.Metadata) (time.Time, bool) {
	for name, value := range m {
		if strings.EqualFold(name, supersededKey) {
			t, err := time.Parse(time.RFC3339, value)
			return t, err == nil
		}
	}
	return time.Time{}, false
}
