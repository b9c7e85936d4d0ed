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
		Use:   "inspect [SOURCE [TABLE]]",
		Short: "Show what the files of a source look like, without ingesting them",
		Long: `Show what the files of a source look like: dialect, columns with types and meaning, possible primary keys,
the first rows. Without a name, all sources. They are those that the environment declares or, with -f, those of a project
that is not applied yet.`,
		Args: cobra.MaximumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withEnvironment(cmd.Context(), a.environment, func(c *api.Client, env insights.Environment) error {
				list, err := chooseSources(cmd.Context(), c, env, dir, args)
				if err != nil {
					return err
				}
				found := []insights.TableInspection{}
				for _, ds := range list {
					tables, err := c.Inspect(cmd.Context(), env.ID, ds, first(args[min(1, len(args)):]))
					if err != nil {
						return err
					}
					found = append(found, tables...)
				}
				return a.print(found, func(w io.Writer) error { return printInspections(w, found) })
			})
		},
	}
	cmd.Flags().StringVarP(&dir, "file", "f", "", "folder of a project that declares the source")
	return cmd
}

// chooseSources returns the sources of the project in dir or, without one, of the environment: the one that args names,
// or all.
func chooseSources(ctx context.Context, c *api.Client, env insights.Environment, dir string, args []string) ([]insights.DataSource, error) {
	list, err := declaredSources(ctx, c, env, dir)
	if err != nil || len(args) == 0 {
		return list, err
	}
	name := args[0]
	names := make([]string, len(list))
	for i, s := range list {
		if s.Name == name {
			return list[i : i+1], nil
		}
		names[i] = s.Name
	}
	hint := "ownlake source list shows the sources"
	if near := insights.Nearest(name, names); near != "" {
		hint = "did you mean " + near + "?"
	}
	return nil, errs.E(errs.NotFound, errs.Item(name), "there is no such data source", errs.Hint(hint))
}

func declaredSources(ctx context.Context, c *api.Client, env insights.Environment, dir string) ([]insights.DataSource, error) {
	if dir == "" {
		return c.Sources(ctx, env.ID)
	}
	p, err := project.Load(dir)
	if err != nil {
		return nil, err
	}
	return p.Definitions.Sources, nil
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
