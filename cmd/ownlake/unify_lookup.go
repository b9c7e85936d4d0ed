package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ownlake/ownlake/insights/match"
)

func newUnifyLookupCommand(a *app) *cobra.Command {
	var most int
	var explain bool
	cmd := &cobra.Command{
		Use:   "lookup INDEX COLUMN=VALUE…",
		Short: "Find the customers that a new record may be",
		Long: `Find the customers that a new record may be, in an index that "ownlake unify … --index FILE" has written. The
record is weighed with what that run has learned, against records that share a blocking key with it. Columns are
named as in the files, or in a way that unification understands (first_name, email, date_of_birth).`,
		Example: "  ownlake unify crm.csv shop.csv --out clusters.csv --index customers.index\n" +
			"  ownlake unify lookup customers.index first_name=Ann last_name=Lee email=ann@lee.example",
		Args: cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.lookup(cmd.Context(), args[0], args[1:], most, explain)
		},
	}
	cmd.Flags().IntVarP(&most, "number", "n", 5, "how many customers to list")
	cmd.Flags().BoolVar(&explain, "explain", false, "say why, for the likeliest")
	return cmd
}

func (a *app) lookup(ctx context.Context, path string, pairs []string, most int, explain bool) error {
	if most < 1 {
		return usageError("use 1 or more", "--number is %d", most)
	}
	record := make(map[string]string, len(pairs))
	for _, p := range pairs {
		name, value, ok := strings.Cut(p, "=")
		if !ok || name == "" {
			return usageError("write COLUMN=VALUE", "%q is no value of a column", p)
		}
		record[name] = value
	}
	index, err := match.OpenIndex(path)
	if err != nil {
		return err
	}
	list, err := index.Find(ctx, record, most)
	if err != nil {
		return err
	}
	return a.print(list, func(w io.Writer) error { return printFound(w, index, list, explain) })
}

func printFound(w io.Writer, index *match.Index, list match.FoundList, explain bool) error {
	rows := make([][]string, 0, len(list.Customers))
	for _, f := range list.Customers {
		verdict := "no"
		if f.Match {
			verdict = "yes"
		}
		rows = append(rows, []string{f.Customer, f.Record, strconv.Itoa(f.Records), fmt.Sprintf("%.4f", f.Explanation.Probability), verdict})
	}
	if err := table(w, []string{"CUSTOMER", "LIKEST RECORD", "RECORDS", "PROBABILITY", "MATCH"}, rows); err != nil {
		return err
	}
	records, customers := index.Size()
	if _, err := fmt.Fprintf(w, "compared with %s of %s records, %s customers\n", groupDigits(int64(list.Compared)), groupDigits(int64(records)), groupDigits(int64(customers))); err != nil {
		return err
	}
	if len(list.Unknown) > 0 {
		if _, err := fmt.Fprintf(w, "not compared: %s; columns are %s\n", strings.Join(list.Unknown, ", "), strings.Join(index.Columns(), ", ")); err != nil {
			return err
		}
	}
	if len(list.Common) > 0 {
		if _, err := fmt.Fprintf(w, "shared by too many records to compare all: %s\n", strings.Join(list.Common, "; ")); err != nil {
			return err
		}
	}
	if !explain || len(list.Customers) == 0 {
		return nil
	}
	best := list.Customers[0]
	return printExplanation(w, best.Explanation, []string{"new record", best.Record})
}

// writeIndex writes what lookups need, if they are wanted.
func writeIndex(path string, keys tableKeys, result *match.Result) error {
	if path == "" {
		return nil
	}
	_, err := writeWhole(path, func(w io.Writer) (int64, error) {
		return 0, result.WriteIndex(w, result.IDs(keys.key))
	})
	return err
}
