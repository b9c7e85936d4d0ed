package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ownlake/ownlake/insights/match"
	"github.com/ownlake/ownlake/insights/match/report"
	"github.com/ownlake/ownlake/server"
)

// explainOptions are the flags of ownlake unify explain.
type explainOptions struct {
	key, cluster, svg, config, review string
	records                           []string
}

func newUnifyExplainCommand(a *app) *cobra.Command {
	var o explainOptions
	cmd := &cobra.Command{
		Use:   "explain FILE… {--record KEY --record KEY | --record KEY | --cluster ID}",
		Short: "Say why two records are, or are not, the same customer, or what makes a customer one",
		Long: `Say why two records are, or are not, the same customer: what was compared, what each agreement or difference
weighs, what the pair could be instead, which blocking keys propose it and why others do not, and what keeps
their clusters apart. With one record or with a customer's id: what holds its records together, and what is
nearest to it. The files are unified first, in the same way as by "ownlake unify".
A record is named by its key, or as SOURCE:KEY where two files use the same one.`,
		Example: "  ownlake unify explain crm.csv shop.csv --record C-17 --record shop:4711 --svg why.svg\n" +
			"  ownlake unify explain crm.csv shop.csv --cluster 0a1b2c3d4e5f60718293a4b5",
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.explain(cmd.Context(), args, o) },
	}
	flags := cmd.Flags()
	flags.StringVar(&o.key, "key", "", "column that identifies a record (default: found; without one, the row's number)")
	flags.StringArrayVar(&o.records, "record", nil, "a record's key, or SOURCE:KEY; name two for a pair, one for its cluster")
	flags.StringVar(&o.cluster, "cluster", "", "a customer_id that \"ownlake unify\" gave")
	flags.StringVar(&o.config, "config", "", "match.yaml that the run was configured with")
	flags.StringVar(&o.review, "review", "", "CSV file of decided pairs that the run heeded")
	flags.StringVar(&o.svg, "svg", "", "write the explanation of a pair as a picture to this file")
	return cmd
}

// check says what is wrong with the flags.
func (o *explainOptions) check() error {
	switch {
	case o.cluster != "" && len(o.records) > 0:
		return usageError("use one of them", "--cluster and --record are both given")
	case o.cluster == "" && (len(o.records) == 0 || len(o.records) > 2):
		return usageError("name two records, one, or a cluster: --record KEY --record KEY", "%d records are named", len(o.records))
	case o.svg != "" && len(o.records) != 2:
		return usageError("name two records", "--svg draws a pair")
	}
	return nil
}

func (a *app) explain(ctx context.Context, paths []string, o explainOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	tables, _, err := server.ReadTables(ctx, paths, 0, a.logger)
	if err != nil {
		return err
	}
	configured, keys, err := arrange(&tables, o.config, o.key)
	if err != nil {
		return err
	}
	var of []uint32
	for _, name := range o.records {
		rec, err := findRecord(tables, keys, name)
		if err != nil {
			return err
		}
		of = append(of, rec)
	}
	options := match.Options{Skip: keys.columns, Release: true, Name: keys.namer(tables), Detail: len(of) < 2}
	if _, err := decide(&options, o.review, tables, keys); err != nil {
		return err
	}
	result, err := a.findClusters(ctx, tables, configured, options)
	if err != nil {
		return err
	}
	if !result.HasModel() {
		return usageError("the rules are in the file of --config", "rules alone decided: there are no weights to explain")
	}
	if len(of) == 2 {
		return a.explainPair(result, of, o)
	}
	if o.cluster != "" {
		rec, err := findCluster(result, keys, o.cluster)
		if err != nil {
			return err
		}
		of = []uint32{rec}
	}
	e, err := result.ExplainCluster(of[0])
	if err != nil {
		return err
	}
	return a.print(e, func(w io.Writer) error { return printCluster(w, e) })
}

func (a *app) explainPair(result *match.Result, of []uint32, o explainOptions) error {
	e := result.Explain(of[0], of[1])
	if o.svg != "" {
		draw := func(w io.Writer) (int64, error) {
			return 0, report.Waterfall(w, e, [2]string{o.records[0], o.records[1]})
		}
		if _, err := writeWhole(o.svg, draw); err != nil {
			return err
		}
	}
	return a.print(e, func(w io.Writer) error { return printExplanation(w, e, o.records) })
}

// findCluster returns the first record of the cluster with an id.
func findCluster(result *match.Result, keys tableKeys, id string) (uint32, error) {
	ids := result.IDs(keys.key)
	for rec, c := range result.Clusters {
		if c == uint32(rec) && ids(c) == id {
			return c, nil
		}
	}
	return 0, usageError("use a customer_id of the output, of a run over the same files", "no customer has the id %q", id)
}

// findRecord returns the number of the record with a key. A key that two files have must be named with its source.
func findRecord(tables []*match.Table, keys tableKeys, name string) (uint32, error) {
	var found []uint32
	first := 0
	for t, table := range tables {
		for row := range table.Rows {
			if k := keys.key(t, row); k == name || table.Name+":"+k == name {
				found = append(found, uint32(first+row))
			}
		}
		first += table.Rows
	}
	switch len(found) {
	case 0:
		return 0, usageError("use a value of the key column, or SOURCE:KEY", "no record has the key %q", name)
	case 1:
		return found[0], nil
	}
	return 0, usageError("name the file as well: SOURCE:KEY", "%d records have the key %q", len(found), name)
}

func printExplanation(w io.Writer, e match.Explanation, names []string) error {
	rows := [][]string{{"", "", "", "before anything is compared", fmt.Sprintf("%+.1f", e.Prior)}}
	sum := e.Prior
	for _, s := range e.Steps {
		rows = append(rows, []string{s.Comparison, s.First, s.Second, s.Level, fmt.Sprintf("%+.1f", s.Weight)})
		sum += s.Weight
	}
	rows = append(rows, []string{"", "", "", "together", fmt.Sprintf("%+.1f", sum)})
	if err := table(w, []string{"COMPARED", names[0], names[1], "HOW", "WEIGHT"}, rows); err != nil {
		return err
	}
	keys := "no blocking key proposes the pair"
	if len(e.Keys) > 0 {
		keys = "proposed by " + strings.Join(e.Keys, "; ")
	}
	if _, err := fmt.Fprintf(w, "probability %.4f (joined from %.4f), weighed against being %s; %s; the first is in a cluster of %d\n",
		e.Probability, e.Threshold, e.Against, keys, e.Cluster); err != nil {
		return err
	}
	if len(e.Keys) == 0 {
		for _, m := range e.Missed {
			if _, err := fmt.Fprintf(w, "  not by %s: %s\n", m.Key, m.Why); err != nil {
				return err
			}
		}
	}
	if err := printBetween(w, e.Between); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w, e.Verdict)
	return err
}

func printBetween(w io.Writer, b *match.Between) error {
	if b == nil {
		return nil
	}
	if _, err := fmt.Fprintf(w, "their clusters of %d and %d speak for joining with %+.1f bits; most against it:\n", b.Sizes[0], b.Sizes[1], b.Sum); err != nil {
		return err
	}
	for _, p := range b.Worst {
		if _, err := fmt.Fprintf(w, "  %s and %s, %+.1f\n", p.First, p.Second, p.Bits); err != nil {
			return err
		}
	}
	return nil
}

func printCluster(w io.Writer, e match.ClusterExplanation) error {
	const most = 20
	names := strings.Join(e.Records[:min(len(e.Records), most)], ", ")
	if len(e.Records) > most {
		names += ", …"
	}
	if _, err := fmt.Fprintf(w, "%d records, %d of them copies: %s\n%d of %d pairs would not be joined by themselves\n",
		len(e.Records), e.Copies, names, e.Weak, e.Pairs); err != nil {
		return err
	}
	for _, part := range []struct {
		title string
		pairs []match.ClusterPair
	}{{"JOINED BY", e.Joins}, {"SPEAKS AGAINST", e.Against}, {"NEAREST OUTSIDE", e.Neighbours}} {
		if len(part.pairs) == 0 {
			continue
		}
		rows := make([][]string, 0, len(part.pairs))
		for _, p := range part.pairs {
			rows = append(rows, []string{p.First, p.Second, fmt.Sprintf("%.4f", p.Probability), p.Verdict})
		}
		if err := table(w, []string{part.title, "", "PROBABILITY", "VERDICT"}, rows); err != nil {
			return err
		}
	}
	return nil
}
