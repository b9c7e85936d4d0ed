package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ownlake/ownlake/api"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
)

func newEnvCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "env",
		Short: "Create, show and delete environments",
	}
	a.addDataFlag(cmd)
	cmd.AddCommand(
		newEnvCreateCommand(a), newEnvCheckCommand(a), newEnvConnectCommand(a), newEnvListCommand(a),
		newEnvShowCommand(a), newEnvUpdateCommand(a), newEnvDeleteCommand(a), newEnvStorageCommand(a), newEnvDataverseCommand(a),
	)
	return cmd
}

// environmentFlags are the flags of env create and env check.
type environmentFlags struct {
	accountFlags
	name, kind, region, format, storage string
	createContainer                     bool
}

func (f *environmentFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.name, "name", "", "name of the environment, if it is not given as the argument")
	flags.StringVar(&f.kind, "type", string(insights.Production), "production or sandbox")
	flags.StringVar(&f.region, "region", "", "region, as the cloud names it: westeurope")
	flags.StringVar(&f.format, "format", string(insights.Parquet), "how tables are written: parquet or csv")
	flags.StringVar(&f.storage, "storage", "", "managed, or own (the default where an account is named)")
	flags.BoolVar(&f.createContainer, "create-container", false, "create the container customerinsights where it is missing")
	f.accountFlags.add(cmd)
}

func (f environmentFlags) request(args []string, stdin io.Reader) (insights.EnvironmentRequest, error) {
	if len(args) > 0 && f.name != "" && args[0] != f.name {
		return insights.EnvironmentRequest{}, usageError("keep one", "the name is given twice, as %q and as --name %q", args[0], f.name)
	}
	if len(args) > 0 {
		f.name = args[0]
	}
	connection, err := f.accountFlags.request(stdin)
	if err != nil {
		return insights.EnvironmentRequest{}, err
	}
	q := insights.EnvironmentRequest{
		Name: f.name, Type: insights.EnvironmentType(f.kind), Region: insights.Region(f.region), DataFormat: insights.DataFormat(f.format),
		Storage: connection.Storage, Credentials: connection.Credentials, CreateContainer: f.createContainer,
	}
	switch {
	case f.storage != "":
		q.Storage.Kind = insights.StorageKind(f.storage)
	case !f.named():
		q.Storage.Kind = insights.ManagedStorage
	}
	// Wrong values of flags are wrong usage, said before a server is asked.
	if err := q.Problems().Err("env"); err != nil {
		return q, errs.E(codeUsage, err)
	}
	return q, nil
}

func newEnvCreateCommand(a *app) *cobra.Command {
	var f environmentFlags
	cmd := &cobra.Command{
		Use:   "create [NAME]",
		Short: "Check the prerequisites and create an environment",
		Long: `Check the prerequisites with real calls and, if none fails, create an environment. Each prerequisite has a
line of its own, with who can mend it and how. If one fails, nothing is created and the exit code is 4.`,
		Example: "  ownlake env create Contoso --region westeurope\n" +
			"  ownlake env create Contoso --region westeurope --account contosolake --key-file contoso.key\n" +
			"  ownlake env create Contoso --region westeurope --subscription ID --resource-group lakes --account contosolake \\\n" +
			"    --tenant ID --client-id ID --client-secret-file contoso.secret",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			q, err := f.request(args, a.stdin)
			if err != nil {
				return err
			}
			return a.withClient(cmd.Context(), func(c *api.Client) error {
				return a.signedIn(cmd.Context(), c, f.accountFlags, &q.Credentials, func() error { return a.createEnvironment(cmd.Context(), c, q) })
			})
		},
	}
	f.add(cmd)
	return cmd
}

func (a *app) createEnvironment(ctx context.Context, c *api.Client, q insights.EnvironmentRequest) error {
	env, lines, err := c.CreateEnvironment(ctx, q)
	if err != nil {
		return a.failedPrerequisites(lines, err)
	}
	return a.print(api.CreatedEnvironment{Environment: env, Prerequisites: lines}, func(w io.Writer) error {
		printPrerequisites(w, lines)
		return printCreated(w, env)
	})
}

// failedPrerequisites prints the outcomes before the error that they led to.
func (a *app) failedPrerequisites(lines []insights.Prerequisite, err error) error {
	if len(lines) == 0 {
		return err
	}
	return firstError(a.printCheck(map[string]any{"prerequisites": lines}, lines), err)
}

// printCheck prints the outcomes of a check, as v on request.
func (a *app) printCheck(v any, lines []insights.Prerequisite) error {
	return a.print(v, func(w io.Writer) error {
		printPrerequisites(w, lines)
		return nil
	})
}

func printCreated(w io.Writer, env insights.Environment) error {
	_, err := fmt.Fprintf(w, "environment %s created, id %s\nit writes to %s\n", env.Name, env.ID, whereTo(env))
	return err
}

// whereTo says where an environment's data lies.
func whereTo(env insights.Environment) string {
	folder := string(insights.Container) + "/" + string(env.ID.Folder())
	if env.Storage.Kind == insights.ManagedStorage {
		return folder + " in the embedded account"
	}
	return env.Storage.Endpoint + "/" + folder
}

func newEnvCheckCommand(a *app) *cobra.Command {
	var f environmentFlags
	cmd := &cobra.Command{
		Use:   "check [NAME]",
		Short: "Check the prerequisites of an environment without creating it",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.name == "" && len(args) == 0 {
				f.name = "check" // nothing is created, so a name need not be chosen yet
			}
			q, err := f.request(args, a.stdin)
			if err != nil {
				return err
			}
			return a.withClient(cmd.Context(), func(c *api.Client) error {
				return a.signedIn(cmd.Context(), c, f.accountFlags, &q.Credentials, func() error { return a.checkEnvironment(cmd.Context(), c, q) })
			})
		},
	}
	f.add(cmd)
	return cmd
}

func (a *app) checkEnvironment(ctx context.Context, c *api.Client, q insights.EnvironmentRequest) error {
	lines, err := c.CheckEnvironment(ctx, q)
	if err != nil {
		return err
	}
	if err := a.printCheck(lines, lines); err != nil {
		return err
	}
	for _, l := range lines {
		if l.Outcome == insights.Failed {
			return errs.E(errs.Precondition, errs.Hint(l.Mend), "a prerequisite is not met: "+l.Name+": "+l.Detail)
		}
	}
	return nil
}

func newEnvConnectCommand(a *app) *cobra.Command {
	var f accountFlags
	cmd := &cobra.Command{
		Use:   "connect",
		Short: "Find the environments that an account of yours holds already",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !f.named() {
				return usageError("name it with --account, --endpoint or --resource-id", "no account is named")
			}
			q, err := f.request(a.stdin)
			if err != nil {
				return err
			}
			return a.withClient(cmd.Context(), func(c *api.Client) error {
				return a.signedIn(cmd.Context(), c, f, &q.Credentials, func() error { return a.connectAccount(cmd.Context(), c, q) })
			})
		},
	}
	f.add(cmd)
	return cmd
}

func (a *app) connectAccount(ctx context.Context, c *api.Client, q insights.ConnectionRequest) error {
	found, err := c.ConnectAccount(ctx, q)
	if err != nil {
		return a.failedPrerequisites(found.Prerequisites, err)
	}
	return a.print(found, func(w io.Writer) error {
		printPrerequisites(w, found.Prerequisites)
		return printEnvironments(w, found.Environments)
	})
}

func newEnvListCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the environments",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withClient(cmd.Context(), func(c *api.Client) error {
				all, err := c.Environments(cmd.Context())
				if err != nil {
					return err
				}
				return a.print(all, func(w io.Writer) error { return printEnvironments(w, all) })
			})
		},
	}
}

func printEnvironments(w io.Writer, all []insights.Environment) error {
	if len(all) == 0 {
		_, err := fmt.Fprintln(w, "no environments; create one: ownlake env create, or ownlake apply -f DIR")
		return err
	}
	rows := make([][]string, len(all))
	for i, env := range all {
		storage := string(env.Storage.Kind)
		if env.Storage.Account != "" {
			storage += " " + env.Storage.Account
		}
		rows[i] = []string{env.Name, string(env.ID), string(env.Type), string(env.Region), string(env.DataFormat), storage, cellLine(env.Problem)}
	}
	return table(w, []string{"NAME", "ID", "TYPE", "REGION", "FORMAT", "STORAGE", "PROBLEM"}, rows)
}

func newEnvShowCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "show [ENV]",
		Short: "Show one environment",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withEnvironment(cmd.Context(), first(args), func(_ *api.Client, env insights.Environment) error {
				return a.print(env, func(w io.Writer) error { return printEnvironment(w, env) })
			})
		},
	}
}

// first returns the first argument, or "".
func first(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}

func printEnvironment(w io.Writer, env insights.Environment) error {
	rows := [][]string{
		{"id", string(env.ID)},
		{"type", string(env.Type)},
		{"region", fmt.Sprintf("%s (%s)", env.Region, env.Region.DisplayName())},
		{"data format", string(env.DataFormat)},
		{"storage", string(env.Storage.Kind)},
		{"writes to", whereTo(env)},
		{"reached by", reachedBy(env.Storage)},
		{"created", moment(env.CreatedAt)},
	}
	if env.Problem != "" {
		rows = append(rows, []string{"problem", cellLine(env.Problem)})
	}
	return table(w, []string{"name", env.Name}, rows)
}

func newEnvDeleteCommand(a *app) *cobra.Command {
	var confirm string
	cmd := &cobra.Command{
		Use:   "delete ENV",
		Short: "Delete an environment",
		Long: `Delete an environment, after its name was typed to confirm. What lies in an account of your own stays there, and
is named; what lies in the embedded account is deleted.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withEnvironment(cmd.Context(), args[0], func(c *api.Client, env insights.Environment) error {
				name, err := a.confirmedName(env, confirm)
				if err != nil {
					return err
				}
				removed, err := c.DeleteEnvironment(cmd.Context(), env.ID, name)
				if err != nil {
					return err
				}
				return a.print(removed, func(w io.Writer) error { return printRemoved(w, removed) })
			})
		},
	}
	cmd.Flags().StringVar(&confirm, "confirm", "", "the environment's name; without it you are asked to type it")
	return cmd
}

// confirmedName returns what the person typed, or the flag's value.
func (a *app) confirmedName(env insights.Environment, confirm string) (string, error) {
	if confirm != "" {
		return confirm, nil
	}
	what := "its data is deleted with it"
	if env.Storage.Kind == insights.OwnStorage {
		what = "its data stays in " + env.Storage.Account
	}
	_, _ = fmt.Fprintf(a.stderr, "Type the name of the environment to delete it (%s).\n%s: ", what, env.Name)
	line, err := bufio.NewReader(a.stdin).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", errs.E(errs.Invalid, "the confirmation cannot be read", err)
	}
	name := strings.TrimRight(line, "\r\n")
	if name == "" {
		return "", errs.E(errs.Precondition, "nothing was deleted: the name was not typed", errs.Hint("type "+env.Name+", or give it with --confirm"))
	}
	return name, nil
}

func printRemoved(w io.Writer, r insights.RemovedEnvironment) error {
	if !r.DataKept {
		_, err := fmt.Fprintf(w, "environment %s deleted, with %s files (%s) in %s\n", r.Environment.Name, groupDigits(r.Files), size(r.Bytes), r.Folder)
		return err
	}
	_, err := fmt.Fprintf(w, "environment %s deleted\n%s files (%s) stay in %s of the account %s; delete them there if nobody needs them\n",
		r.Environment.Name, groupDigits(r.Files), size(r.Bytes), r.Folder, r.Environment.Storage.Account)
	return err
}
