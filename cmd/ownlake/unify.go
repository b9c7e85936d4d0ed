package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ownlake/ownlake/insights/match"
	"github.com/ownlake/ownlake/sample"
	"github.com/ownlake/ownlake/server"
)

// unifyOptions are the flags of ownlake unify.
type unifyOptions struct {
	key, out, truth, memory string
	report, review, index   string
	config                  string
	verbose                 bool
}

func newUnifyCommand(a *app) *cobra.Command {
	var o unifyOptions
	cmd := &cobra.Command{
		Use:   "unify FILE…",
		Short: "Find the records of CSV and Parquet files that are the same customer",
		Long: `Find the records of one or more CSV and Parquet files that are the same customer, with nothing to configure:
what the columns hold, how values are cleaned and compared, what agreement is worth and where to draw the line
are found from the data. The output has one row per record: source (the file's name without its ending), key,
customer_id.`,
		Example: "  ownlake unify crm.csv shop.parquet --out clusters.csv\n" +
			"  ownlake unify records.csv --key RecordId --truth truth.csv --out clusters.csv",
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.unify(cmd.Context(), args, o) },
	}
	flags := cmd.Flags()
	flags.StringVar(&o.key, "key", "", "column that identifies a record (default: found; without one, the row's number)")
	flags.StringVar(&o.config, "config", "", "YAML file with types, rules and model, as the unification of a project")
	flags.StringVar(&o.out, "out", "", "CSV file to write; - writes to standard output")
	flags.StringVar(&o.truth, "truth", "", "CSV or Parquet file that says whose each record is, to score the result; never used for matching")
	flags.StringVar(&o.memory, "memory", "", "memory to keep to, such as 2GiB; data that need more are unified more slowly, not refused")
	flags.StringVar(&o.report, "report", "", "HTML file to write: what was found, and doubtful pairs to decide; needs memory for all columns")
	flags.StringVar(&o.review, "review", "", "CSV file of decided pairs (first, second, answer), as the report saves it")
	flags.StringVar(&o.index, "index", "", "file to write for \"ownlake unify lookup\": the records and what was learned")
	flags.BoolVarP(&o.verbose, "verbose", "v", false, "print what was learned of every comparison")
	_ = cmd.MarkFlagRequired("out") // fails only for a flag that does not exist
	cmd.AddCommand(newUnifyExplainCommand(a), newUnifyLookupCommand(a))
	return cmd
}

// unified is what ownlake unify prints.
type unified struct {
	match.Summary
	Ragged   int             `json:"raggedRecords"`
	Unknown  int             `json:"unknownAnswers,omitempty"` // that name records which are not there
	KeyFlaws []keyFlaw       `json:"keyFlaws,omitempty"`
	Profiles []match.Profile `json:"columns"`
	Score    *sample.Metrics `json:"score,omitempty"`
}

func (a *app) unify(ctx context.Context, paths []string, o unifyOptions) error {
	debug.SetGCPercent(50) // large arrays without pointers: a smaller peak costs little
	// Memory that is never touched, and so never taken, keeps the collector from running for the first megabytes again
	// and again.
	ballast := make([]byte, 128<<20)
	defer runtime.KeepAlive(ballast)
	memory, err := memoryLimit(o.memory)
	if err != nil {
		return err
	}
	tables, ragged, err := server.ReadTables(ctx, paths, memory/2, a.logger)
	if err != nil {
		return err
	}
	var truth *truthTable
	if o.truth != "" {
		if truth, err = readTruth(ctx, a, o.truth, o.key); err != nil {
			return err
		}
		if o.key == "" && allHave(tables, truth.key) {
			o.key = truth.key
		}
	}
	configured, keys, err := arrange(&tables, o.config, o.key)
	if err != nil {
		return err
	}
	flaws := keys.flaws(tables)
	skip := keys.columns
	if truth != nil {
		skip = append(skip, truth.group)
	}
	options := match.Options{
		Skip: skip, Release: o.report == "", Detail: o.report != "", Progress: a.unifyProgress(rows(tables)), Name: keys.namer(tables),
	}
	unknown, err := decide(&options, o.review, tables, keys)
	if err != nil {
		return err
	}
	result, err := a.findClusters(ctx, tables, configured, options)
	if err != nil {
		return err
	}
	if o.review != "" && !result.HasModel() {
		return usageError("let the model decide what the rules leave", "rules alone decide: --review is not heeded")
	}
	if err := a.writeClusters(o.out, tables, keys, result); err != nil {
		return err
	}
	if err := writeReport(o.report, tables, result); err != nil {
		return err
	}
	if err := writeIndex(o.index, keys, result); err != nil {
		return err
	}
	u := unified{Summary: result.Summary, Ragged: ragged, Profiles: result.Profiles, Unknown: unknown, KeyFlaws: flaws}
	if truth != nil {
		m, err := truth.score(tables, keys, result)
		if err != nil {
			return err
		}
		u.Score = &m
	}
	if a.json {
		return a.print(u, nil)
	}
	return printUnified(a.stderr, u, o.verbose)
}

func allHave(tables []*match.Table, column string) bool {
	return !slices.ContainsFunc(tables, func(t *match.Table) bool { _, ok := t.Column(column); return !ok })
}

func rows(tables []*match.Table) (n int) {
	for _, t := range tables {
		n += t.Rows
	}
	return n
}

// unifyProgress prints a line for each phase, and within one now and then. Small data are done before anybody reads it.
func (a *app) unifyProgress(records int) func(phase string, done, total int) {
	const small = 50_000
	if records < small {
		return nil
	}
	var last time.Time
	former := ""
	return func(phase string, done, total int) {
		now := time.Now()
		if phase == former && now.Sub(last) < time.Second {
			return
		}
		former, last = phase, now
		line := fmt.Sprintf("unify: %s %s records", phase, groupDigits(int64(records)))
		if total > 1 {
			line += fmt.Sprintf(", %d of %d keys", done, total)
		}
		_, _ = fmt.Fprintln(a.stderr, line)
	}
}

// memoryLimit tells the runtime how much memory to keep to: nearing it, it collects more often. 0 is no limit.
func memoryLimit(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	number := strings.TrimRight(text, "KMGTiBb ")
	unit, known := map[string]int64{"": 1, "B": 1, "KIB": 1 << 10, "MIB": 1 << 20, "GIB": 1 << 30, "KB": 1e3, "MB": 1e6, "GB": 1e9}[strings.ToUpper(strings.TrimSpace(text[len(number):]))]
	n, err := strconv.ParseFloat(number, 64)
	if err != nil || !known || n <= 0 || n*float64(unit) < 64<<20 {
		return 0, usageError("use 64MiB or more, such as 2GiB", "--memory: %q is not an amount of memory", text)
	}
	limit := int64(n * float64(unit))
	debug.SetMemoryLimit(limit)
	return limit, nil
}

// tableKeys gives each record of each table its key.
type tableKeys struct {
	of      []*match.Column // nil: the row's number
	columns []string
}

func recordKeys(tables []*match.Table, name string) (tableKeys, error) {
	k := tableKeys{of: make([]*match.Column, len(tables))}
	for i, t := range tables {
		c, ok := t.Column(name)
		switch {
		case name == "":
			c, ok = t.KeyColumn()
		case !ok:
			return k, usageError("--key names a column that every file has", "%s has no column %q", t.Name, name)
		}
		if ok {
			k.of[i] = c
			k.columns = append(k.columns, c.Name)
		}
	}
	return k, nil
}

// keyFlaw says of a file's keys that they do not identify its records.
type keyFlaw struct {
	Source   string `json:"source"`
	Missing  int    `json:"missing"`
	Repeated int    `json:"repeated"`
}

func (k *tableKeys) flaws(tables []*match.Table) (list []keyFlaw) {
	for i, c := range k.of {
		if c == nil {
			continue
		}
		if missing, repeated := c.KeyFlaws(); missing+repeated > 0 {
			list = append(list, keyFlaw{tables[i].Name, missing, repeated})
		}
	}
	return list
}

func (k *tableKeys) key(table, row int) string {
	if c := k.of[table]; c != nil {
		return c.Value(row)
	}
	return strconv.Itoa(row + 1)
}

func (a *app) writeClusters(path string, tables []*match.Table, keys tableKeys, result *match.Result) error {
	write := func(w io.Writer) (int64, error) {
		b := bufio.NewWriterSize(w, 1<<16)
		out := csv.NewWriter(b)
		if err := out.Write([]string{"source", "key", "customer_id"}); err != nil {
			return 0, err
		}
		ids := result.IDs(func(table, row int) string { return keys.key(table, row) })
		rec := 0
		for t, table := range tables {
			for row := range table.Rows {
				if err := out.Write([]string{table.Name, keys.key(t, row), ids(result.Clusters[rec])}); err != nil {
					return 0, err
				}
				rec++
			}
		}
		out.Flush()
		return 0, firstError(out.Error(), b.Flush())
	}
	if path == "-" {
		_, err := write(a.stdout)
		return err
	}
	_, err := writeWhole(path, write)
	return err
}

func printUnified(w io.Writer, u unified, verbose bool) error {
	if len(u.Profiles) == 0 { // rules alone
		_, err := fmt.Fprintf(w, "%s records are %s customers\n", groupDigits(int64(u.Records)), groupDigits(int64(u.Customers)))
		return err
	}
	rows := make([][]string, 0, len(u.Profiles))
	for _, p := range u.Profiles {
		rows = append(rows, []string{p.Table, p.Column, p.Kind.String(), fmt.Sprintf("%.0f %%", 100*p.Filled), groupDigits(int64(p.Distinct)), p.Why})
	}
	if err := table(w, []string{"FILE", "COLUMN", "HOLDS", "FILLED", "VALUES", "WHY"}, rows); err != nil {
		return err
	}
	if verbose {
		if err := printWeights(w, u.Summary); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "%s records are %s customers; %s candidate pairs, %.0f expected matches, expected precision %.3f, recall %.3f\n",
		groupDigits(int64(u.Records)), groupDigits(int64(u.Customers)), groupDigits(u.Candidates), u.Matches, u.Precision, u.Recall)
	if err == nil && u.Ragged > 0 {
		_, err = fmt.Fprintf(w, "%d records do not have as many fields as the header\n", u.Ragged)
	}
	for _, x := range u.KeyFlaws {
		if err == nil {
			_, err = fmt.Fprintf(w, "%s: %d records have no key, and %d one that another has: the output cannot tell them apart\n", x.Source, x.Missing, x.Repeated)
		}
	}
	if err == nil && u.Unknown > 0 {
		_, err = fmt.Fprintf(w, "%d of the answers of --review name records that are not there\n", u.Unknown)
	}
	if err == nil {
		err = printGuards(w, u.Guards, verbose)
	}
	if err == nil && u.Score != nil {
		err = printMetrics(w, *u.Score)
	}
	return err
}

func printWeights(w io.Writer, s match.Summary) error {
	rows := [][]string{}
	for _, k := range s.Keys {
		rows = append(rows, []string{k.Name, groupDigits(k.Pairs)})
	}
	if err := table(w, []string{"BLOCKING KEY", "PAIRS"}, rows); err != nil {
		return err
	}
	rows = rows[:0]
	for _, x := range s.Weights {
		rows = append(rows, []string{x.Comparison, x.Level, fmt.Sprintf("%.5f", x.Same), fmt.Sprintf("%.5f", x.Related), fmt.Sprintf("%.3g", x.Unrelated)})
	}
	return table(w, []string{"COMPARISON", "LEVEL", "SAME", "RELATED", "CHANCE"}, rows)
}

// truthTable says whose each record is.
type truthTable struct {
	rows  []sample.Row
	key   string // the column with the records' keys
	group string // the column with the entity
}

func readTruth(ctx context.Context, a *app, path, key string) (*truthTable, error) {
	tables, _, err := server.ReadTables(ctx, []string{path}, 0, a.logger)
	if err != nil {
		return nil, err
	}
	t := tables[0]
	group := &t.Columns[len(t.Columns)-1]
	for _, name := range []string{"entity_id", "entity", "cluster", "cluster_id", "customer_id"} {
		if c, ok := t.Column(name); ok {
			group = c
			break
		}
	}
	source, hasSource := t.Column("source")
	keys, ok := t.Column("key")
	if !ok {
		hasSource = false
		if keys, ok = t.Column(key); !ok {
			keys = &t.Columns[0]
		}
	}
	truth := &truthTable{key: keys.Name, group: group.Name}
	for row := range t.Rows {
		r := sample.Row{Key: keys.Value(row), Group: group.Value(row)}
		if hasSource {
			r.Source = source.Value(row)
		}
		truth.rows = append(truth.rows, r)
	}
	return truth, nil
}

func (t *truthTable) score(tables []*match.Table, keys tableKeys, result *match.Result) (sample.Metrics, error) {
	var found []sample.Row
	hasSource := len(t.rows) > 0 && t.rows[0].Source != ""
	rec := 0
	for i, table := range tables {
		for row := range table.Rows {
			r := sample.Row{Key: keys.key(i, row), Group: strconv.Itoa(int(result.Clusters[rec]))}
			if hasSource {
				r.Source = table.Name
			}
			found = append(found, r)
			rec++
		}
	}
	return sample.Score(t.rows, found)
}
