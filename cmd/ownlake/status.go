package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ownlake/ownlake/api"
	"github.com/ownlake/ownlake/insights"
)

func newStatusCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show the state of every process and table of an environment",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withEnvironment(cmd.Context(), a.environment, func(c *api.Client, env insights.Environment) error {
				s, err := c.Status(cmd.Context(), env.ID)
				if err != nil {
					return err
				}
				return a.print(s, func(w io.Writer) error { return printStatus(w, s) })
			})
		},
	}
	a.addDataFlag(cmd)
	a.addEnvironmentFlag(cmd)
	return cmd
}

func printStatus(w io.Writer, s api.Status) error {
	if err := printEnvironment(w, s.Environment); err != nil {
		return err
	}
	if s.LastRun == nil {
		_, err := fmt.Fprintln(w, "\nnothing was run yet: ownlake run")
		return err
	}
	_, err := fmt.Fprintf(w, "\nlast run %s: %s, %s\n\n", s.LastRun.ID, strings.ToLower(string(s.LastRun.Status)), moment(s.LastRun.StartedAt))
	if err != nil {
		return err
	}
	rows := make([][]string, len(s.Tables))
	for i, t := range s.Tables {
		rows[i] = []string{string(t.Process), t.Table, string(t.Status), groupDigits(t.Rows), groupDigits(t.Corrupt), moment(t.UpdatedAt), cellLine(t.Detail)}
	}
	return table(w, []string{"PROCESS", "TABLE", "STATUS", "ROWS", "CORRUPT", "UPDATED", ""}, rows)
}
