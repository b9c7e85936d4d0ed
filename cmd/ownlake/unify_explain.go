package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ownlake/ownlake/insights/match"
	"github.com/ownlake/ownlake/server"
)

func newUnifyExplainCommand(a *app) *cobra.Command {
	var key string
	var records []string
	cmd := &cobra.Command{
		Use:   "explain FILE… --record KEY --record KEY",
		Short: "Say why two records are, or are not, the same customer",
		Long: `Say why two records are, or are not, the same customer: what was compared, what each agreement or difference
weighs, and what the pair could be instead. The files are unified first, in the same way as by "ownlake unify".
A record is named by its key, or as SOURCE:KEY where two files use the same one.`,
		Example: "  ownlake unify explain crm.csv shop.csv --record C-17 --record shop:4711",
		Args:    cobra.MinimumNArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.explain(cmd.Context(), args, key, records) },
	}
	cmd.Flags().StringVar(&key, "key", "", "column that identifies a record (default: found; without one, the row's number)")
	cmd.Flags().StringArrayVar(&records, "record", nil, "a record's key, or SOURCE:KEY; name two")
	return cmd
}

func (a *app) explain(ctx context.Context, paths []string, key string, names []string) error {
	if len(names) != 2 {
		return usageError("name two records: --record KEY --record KEY", "%d records are named", len(names))
	}
	tables, _, err := server.ReadTables(ctx, paths, 0, a.logger)
	if err != nil {
		return err
	}
	keys, err := recordKeys(tables, key)
	if err != nil {
		return err
	}
	var of [2]uint32
	for i, name := range names {
		if of[i], err = findRecord(tables, keys, name); err != nil {
			return err
		}
	}
	result, err := match.Run(ctx, tables, match.Options{Skip: keys.columns, Release: true})
	if err != nil {
		return err
	}
	e := result.Explain(of[0], of[1])
	return a.print(e, func(w io.Writer) error { return printExplanation(w, e, names) })
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
	_, err := fmt.Fprintf(w, "probability %.4f (joined from %.4f), weighed against being %s; %s; the first is in a cluster of %d\n%s\n",
		e.Probability, e.Threshold, e.Against, keys, e.Cluster, e.Verdict)
	return err
}
