package unify

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/engine"
	"github.com/ownlake/ownlake/insights/match"
	"github.com/ownlake/ownlake/insights/table"
)

// Request says what to unify. Session, Folder, Run and Unification are required.
type Request struct {
	Session     engine.Session
	Folder      *table.Folder
	Run         insights.RunID
	Unification insights.Unification
	// Fingerprint is noted with the tables that are written.
	Fingerprint string
	Progress    insights.ProgressFunc // may be nil
}

// task is one piece of work: it ends when its context does, tells how far it is and collects warnings.
type task struct {
	ctx      context.Context
	progress insights.ProgressFunc // never nil
	warnings []string
	budget   int64 // of a search, per block
}

func newTask(ctx context.Context, progress insights.ProgressFunc) *task {
	if progress == nil {
		progress = func(insights.Progress) {}
	}
	return &task{ctx: ctx, progress: progress, budget: blockBudget}
}

// report returns a function that tells how many records of a step are done.
func (t *task) report(step string) func(done, total int64) {
	return func(done, total int64) {
		t.progress(insights.Progress{Step: step, Done: done, Total: total, Unit: "records"})
	}
}

// work is a task that was requested, with the ingested tables it works on.
type work struct {
	*task
	Request
	plan   *plan
	inputs []*input // in match order
	files  []*table.Files
	reader reader
	custom custom
	// customRelations are SQL that yields the rows of tables of custom matches, by table.
	customRelations map[string]string
	// modelOptions are what the model is told besides the plan, and modelResult what it said.
	modelOptions match.Options
	modelResult  *match.Result
}

// reader reads what is compared. Records of a table are counted from 0.
type reader interface {
	// values calls visit with every value of the source of a table in match order that is not missing.
	values(at int, s source, visit func(record int32, value string)) error
	// modelTables are the fields of all tables as the model takes them, in the order of records.
	modelTables(*records) ([]*match.Table, error)
}

// input is an ingested table in the session.
type input struct {
	planTable
	// relation is SQL that yields the table's rows, as long as its files are open.
	relation string
	// keys is a table of (record, key, preference), made by Match.
	keys string
}

func (t *input) keyIdent() string { return engine.QuoteIdent(t.key.Name) }

// run opens the ingested tables, resolves the unification against them and does the work.
func run(ctx context.Context, q Request, op errs.Op, do func(*work) (insights.TaskResult, error)) (insights.TaskResult, error) {
	w := &work{task: newTask(ctx, q.Progress), Request: q, modelOptions: match.Options{Release: true}}
	result, err := w.open(do)
	for _, f := range w.files {
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		return insights.TaskResult{}, errs.E(op, err)
	}
	result.Warnings = w.warnings
	return result, nil
}

func (w *work) open(do func(*work) (insights.TaskResult, error)) (insights.TaskResult, error) {
	var none insights.TaskResult
	var snapshots []insights.Snapshot
	relations := map[string]string{}
	for _, t := range w.Unification.Tables {
		s, err := w.Folder.Current(w.ctx, insights.Ingestion, t.Table)
		if errs.Is(err, errs.NotFound) {
			continue // the plan names it, with the nearest name
		}
		if err != nil {
			return none, err
		}
		files, err := w.Folder.Open(w.ctx, s)
		if err != nil {
			return none, err
		}
		w.files = append(w.files, files)
		snapshots, relations[s.Table] = append(snapshots, s), files.Relation()
	}
	var err error
	if w.plan, err = w.resolve(snapshots, relations); err != nil {
		return none, err
	}
	for i, t := range w.plan.tables {
		w.inputs = append(w.inputs, &input{t, relations[t.name], fmt.Sprintf("unify_keys_%d", i)})
	}
	w.reader = &sessionReader{w}
	if err := w.openCustom(); err != nil {
		return none, err
	}
	return do(w)
}

// resolve makes the plan, with suggestions from values where fields are not declared.
func (w *work) resolve(snapshots []insights.Snapshot, relations map[string]string) (*plan, error) {
	samples := map[string]map[string][]string{}
	for _, s := range snapshots {
		declared := slices.ContainsFunc(w.Unification.Tables, func(t insights.UnifyTable) bool { return t.Table == s.Table && len(t.Fields) > 0 })
		if declared {
			continue
		}
		var err error
		if samples[s.Table], err = w.sample(s, relations[s.Table]); err != nil {
			return nil, err
		}
	}
	return newPlan(w.Unification, snapshots, func(table, column string) []string { return samples[table][column] })
}

// sampleRows is how many rows suggestions look at.
const sampleRows = 400

// sample reads rows of a table, chosen by their keys alone, as texts per column.
func (w *work) sample(s insights.Snapshot, relation string) (map[string][]string, error) {
	texts := make([]string, len(s.Columns))
	values, dest := make([]sql.NullString, len(s.Columns)), make([]any, len(s.Columns))
	for i, c := range s.Columns {
		texts[i] = "CAST(" + engine.QuoteIdent(c.Name) + " AS VARCHAR)"
		dest[i] = &values[i]
	}
	rows, err := w.Session.Query(w.ctx, fmt.Sprintf("SELECT %s FROM %s ORDER BY md5(CAST(%s AS VARCHAR)) LIMIT %d",
		strings.Join(texts, ", "), relation, engine.QuoteIdent(s.PrimaryKey), sampleRows))
	if err != nil {
		return nil, err
	}
	sample := map[string][]string{}
	return sample, scanAll(rows, func() {
		for i, c := range s.Columns {
			if values[i].Valid {
				sample[c.Name] = append(sample[c.Name], values[i].String)
			}
		}
	}, dest...)
}

// scanAll calls visit per row, with its values in dest, and closes the rows.
func scanAll(rows *sql.Rows, visit func(), dest ...any) error {
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return errs.E(errs.Internal, err)
		}
		visit()
	}
	return rows.Err()
}

// row reads the only row of a query.
func (w *work) row(query string, dest ...any) error {
	rows, err := w.Session.Query(w.ctx, query)
	if err != nil {
		return err
	}
	return scanAll(rows, func() {}, dest...)
}

func (w *work) count(name string) (n int64, err error) {
	err = w.row("SELECT count(*) FROM "+name, &n)
	return n, err
}
