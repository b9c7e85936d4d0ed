package main

import (
	"fmt"
	"io"

	"github.com/ownlake/ownlake/insights/match"
)

// namer names records as SOURCE:KEY.
func (k *tableKeys) namer(tables []*match.Table) func(table, row int) string {
	return func(table, row int) string { return tables[table].Name + ":" + k.key(table, row) }
}

// printGuards says what would have joined records of different customers: a line each, and one for each example, of
// which there is one if not all are asked for.
func printGuards(w io.Writer, guards []match.Guard, all bool) error {
	for i := range guards {
		g := &guards[i]
		if _, err := fmt.Fprintf(w, "guard: %s\n", g.Text()); err != nil {
			return err
		}
		examples := g.Examples
		if !all {
			examples = examples[:min(1, len(examples))]
		}
		for _, e := range examples {
			if _, err := fmt.Fprintf(w, "       %s\n", e.Text()); err != nil {
				return err
			}
		}
	}
	return nil
}
