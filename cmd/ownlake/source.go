package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ownlake/ownlake/api"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/project"
)

func newSourceCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "source",
		Short: "List data sources and look at their files",
	}
	a.addDataFlag(cmd)
	a.addEnvironmentFlag(cmd)
	cmd.AddCommand(newSourceListCommand(a), newSourceInspectCommand(a))
	return cmd
}

func newSourceListCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the data sources of an environment",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withEnvironment(cmd.Context(), a.environment, func(c *api.Client, env insights.Environment) error {
				list, err := c.Sources(cmd.Context(), env.ID)
				if err != nil {
					return err
				}
				return a.print(list, func(w io.Writer) error { return printSources(w, list) })
			})
		},
	}
}

func printSources(w io.Writer, list []insights.DataSource) error {
	var rows [][]string
	for _, s := range list {
		if s.Folder != "" {
			rows = append(rows, []string{s.Name, "", s.Folder})
		}
		for _, t := range s.Tables {
			rows = append(rows, []string{s.Name, t.Name, t.Location})
		}
	}
	return table(w, []string{"SOURCE", "TABLE", "LOCATION"}, rows)
}

func newSourceInspectCommand(a *app) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "inspect SOURCE [TABLE]",
		Short: "Show what the files of a source look like, without ingesting them",
		Long: `Show what the files of a source look like: dialect, columns with types and meaning, possible primary keys,
the first rows. The source is one that the environment declares or, with -f, one of a project that is not
applied yet.`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			name, tableName := args[0], first(args[1:])
			return a.withEnvironment(cmd.Context(), a.environment, func(c *api.Client, env insights.Environment) error {
				ds, err := findSource(cmd.Context(), c, env, dir, name)
				if err != nil {
					return err
				}
				found, err := c.Inspect(cmd.Context(), env.ID, ds, tableName)
				if err != nil {
					return err
				}
				return a.print(found, func(w io.Writer) error { return printInspections(w, found) })
			})
		},
	}
	cmd.Flags().StringVarP(&dir, "file", "f", "", "folder of a project that declares the source")
	return cmd
}

// findSource returns a source of the project in dir or, without one, of the environment.
func findSource(ctx context.Context, c *api.Client, env insights.Environment, dir, name string) (insights.DataSource, error) {
	var list []insights.DataSource
	if dir == "" {
		declared, err := c.Sources(ctx, env.ID)
		if err != nil {
			return insights.DataSource{}, err
		}
		list = declared
	} else {
		p, err := project.Load(dir)
		if err != nil {
			return insights.DataSource{}, err
		}
		list = p.Definitions.Sources
	}
	names := make([]string, len(list))
	for i, s := range list {
		if s.Name == name {
			return s, nil
		}
		names[i] = s.Name
	}
	hint := "ownlake source list shows the sources"
	if near := insights.Nearest(name, names); near != "" {
		hint = "did you mean " + near + "?"
	}
	return insights.DataSource{}, errs.E(errs.NotFound, errs.Item(name), "there is no such data source", errs.Hint(hint))
}

func printInspections(w io.Writer, list []insights.TableInspection) error {
	for i, t := range list {
		if i > 0 {
			_, _ = fmt.Fprintln(w)
		}
		if err := printInspection(w, t); err != nil {
			return err
		}
	}
	return nil
}

func printInspection(w io.Writer, t insights.TableInspection) error {
	var bytes int64
	for _, f := range t.Files {
		bytes += f.Bytes
	}
	_, _ = fmt.Fprintf(w, "%s: %s, %s, %s%s\n", insights.IngestedTable(t.Source, t.Table), plural(len(t.Files), "file"), size(bytes), t.Format, dialect(t.CSV))
	_, _ = fmt.Fprintf(w, "primary key: %s\n", orNone(strings.Join(t.PrimaryKeys, ", or ")))
	rows := make([][]string, len(t.Columns))
	for i, c := range t.Columns {
		rows[i] = []string{c.Name, string(c.Type), c.Format, string(c.SemanticType), example(t, i), cellLine(c.Note)}
	}
	if err := table(w, []string{"COLUMN", "TYPE", "FORMAT", "MEANS", "FOR EXAMPLE", "NOTE"}, rows); err != nil {
		return err
	}
	for _, warning := range t.Warnings {
		_, _ = fmt.Fprintf(w, "warning: %s\n", cellLine(warning))
	}
	return nil
}

func plural(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

// dialect says how a CSV file is written, as far as it was found or declared.
func dialect(o insights.CSVOptions) string {
	var s strings.Builder
	if o.Delimiter != "" {
		fmt.Fprintf(&s, ", delimiter %q", o.Delimiter)
	}
	if o.Encoding != "" {
		s.WriteString(", " + o.Encoding)
	}
	if o.Header != nil && !*o.Header {
		s.WriteString(", no header")
	}
	return s.String()
}

func orNone(s string) string {
	if s == "" {
		return "none found"
	}
	return s
}

// example is the first value of a column that is not missing.
func example(t insights.TableInspection, column int) string {
	for _, row := range t.Sample {
		if column < len(row) && row[column] != nil && row[column] != "" {
			return cell(row[column])
		}
	}
	return ""
}
