package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ownlake/ownlake/api"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
)

func newTableCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "table",
		Short: "List, show and export tables",
	}
	a.addDataFlag(cmd)
	a.addEnvironmentFlag(cmd)
	cmd.AddCommand(newTableListCommand(a), newTableShowCommand(a), newTableExportCommand(a))
	return cmd
}

// tableArgs reads [ENV] TABLE.
func (a *app) tableArgs(args []string) (env, name string, err error) {
	if len(args) == 1 {
		return a.environment, args[0], nil
	}
	if a.environment != "" && a.environment != args[0] {
		return "", "", usageError("keep one", "the environment is given twice, as %q and as --env %q", args[0], a.environment)
	}
	return args[0], args[1], nil
}

func newTableListCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "list [ENV]",
		Short: "List the tables of an environment",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			env := a.environment
			if len(args) == 1 {
				env = args[0]
			}
			return a.withEnvironment(cmd.Context(), env, func(c *api.Client, env insights.Environment) error {
				list, err := c.Tables(cmd.Context(), env.ID)
				if err != nil {
					return err
				}
				return a.print(list, func(w io.Writer) error { return printTables(w, list) })
			})
		},
	}
}

func printTables(w io.Writer, list []insights.Snapshot) error {
	rows := make([][]string, len(list))
	for i, s := range list {
		var bytes int64
		for _, p := range s.Partitions {
			bytes += p.Bytes
		}
		rows[i] = []string{s.Table, string(s.Process), groupDigits(s.Rows()), strconv.Itoa(len(s.Columns)), s.PrimaryKey, size(bytes), moment(s.ModifiedAt)}
	}
	return table(w, []string{"TABLE", "PROCESS", "ROWS", "COLUMNS", "PRIMARY KEY", "SIZE", "UPDATED"}, rows)
}

func newTableShowCommand(a *app) *cobra.Command {
	var limit int
	cmd := &cobra.Command{
		Use:   "show [ENV] TABLE",
		Short: "Show the first rows of a table",
		Args:  cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			env, name, err := a.tableArgs(args)
			if err != nil {
				return err
			}
			if limit < 1 || limit > 10_000 {
				return usageError("use 1 to 10000", "--limit %d is out of range", limit)
			}
			return a.withEnvironment(cmd.Context(), env, func(c *api.Client, env insights.Environment) error {
				rows, err := c.Rows(cmd.Context(), env.ID, name, limit)
				if err != nil {
					return err
				}
				return a.print(rows, func(w io.Writer) error { return printRows(w, rows) })
			})
		},
	}
	cmd.Flags().IntVarP(&limit, "limit", "n", 20, "how many rows at most")
	return cmd
}

func printRows(w io.Writer, r insights.Rows) error {
	header := make([]string, len(r.Columns))
	for i, c := range r.Columns {
		header[i] = c.Name
	}
	rows := make([][]string, len(r.Rows))
	for i, values := range r.Rows {
		rows[i] = make([]string, len(values))
		for j, v := range values {
			rows[i][j] = cell(v)
		}
	}
	if err := table(w, header, rows); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "%s of %s rows\n", groupDigits(int64(len(r.Rows))), groupDigits(r.Snapshot.Rows()))
	return err
}

func newTableExportCommand(a *app) *cobra.Command {
	var out, format string
	cmd := &cobra.Command{
		Use:   "export [ENV] TABLE --out FILE",
		Short: "Export a table as one CSV or Parquet file",
		Example: "  ownlake table export Contoso Customer --out customers.parquet\n" +
			"  ownlake table export Customer --format csv --out - | head",
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			env, name, err := a.tableArgs(args)
			if err != nil {
				return err
			}
			kind, err := exportFormat(out, format)
			if err != nil {
				return err
			}
			return a.withEnvironment(cmd.Context(), env, func(c *api.Client, env insights.Environment) error {
				return a.export(cmd.Context(), c, env, name, kind, out)
			})
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "file to write, ending in .csv or .parquet; - writes to standard output")
	cmd.Flags().StringVar(&format, "format", "", "csv or parquet, where the file's ending does not say")
	_ = cmd.MarkFlagRequired("out") // fails only for a flag that does not exist
	return cmd
}

// exportFormat reads the kind of file from the flag or the file's ending.
func exportFormat(out, format string) (insights.DataFormat, error) {
	if format == "" {
		format = strings.ToLower(strings.TrimPrefix(filepath.Ext(out), "."))
	}
	switch kind := insights.DataFormat(format); kind {
	case insights.CSV, insights.Parquet:
		return kind, nil
	}
	return "", usageError("end the file's name in .csv or .parquet, or say --format csv or --format parquet", "%q does not say which kind of file to write", out)
}

// exported is what table export prints.
type exported struct {
	Table  string              `json:"table"`
	File   string              `json:"file"`
	Format insights.DataFormat `json:"format"`
	Bytes  int64               `json:"bytes"`
}

func (a *app) export(ctx context.Context, c *api.Client, env insights.Environment, name string, format insights.DataFormat, out string) error {
	if out == "-" {
		_, err := c.Export(ctx, env.ID, name, format, a.stdout)
		return err
	}
	n, err := writeWhole(out, func(w io.Writer) (int64, error) { return c.Export(ctx, env.ID, name, format, w) })
	if err != nil {
		return err
	}
	return a.print(exported{name, out, format, n}, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%s written to %s, %s\n", name, out, size(n))
		return err
	})
}

// writeWhole writes a file that appears under its name only when it is complete.
func writeWhole(name string, write func(io.Writer) (int64, error)) (int64, error) {
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		return 0, errs.E(errs.Invalid, errs.Item(name), "a folder has this name", errs.Hint("name a file"))
	}
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*.part")
	if err != nil {
		return 0, errs.E(errs.Unavailable, errs.Item(name), "the file cannot be written", errs.Hint("see whether its folder exists and may be written"), err)
	}
	n, err := write(f)
	if err == nil {
		err = f.Chmod(0o644)
	}
	err = firstError(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return n, errors.Join(err, os.Remove(f.Name()))
	}
	return n, nil
}
