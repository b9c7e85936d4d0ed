package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

// app is what all commands share: where to read and write, how to print, and the logger. The logger is set
// before a command's RunE is called; it writes to stderr.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	json           bool
	logger         *slog.Logger

	logLevel, logFormat string
	dataDir             string // of the command that runs, from its flag --data
	environment         string // from the flag --env; empty: the only one
	// running is set when a command's own code starts; what fails before that is wrong usage.
	running bool
}

// run executes the command line and returns the exit code. SIGINT and SIGTERM cancel the command's context;
// a second one ends the process at once.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	return runContext(ctx, args, stdin, stdout, stderr)
}

func runContext(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	a := &app{stdin: stdin, stdout: stdout, stderr: stderr}
	root := newRootCommand(a)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err != nil && !a.running {
		err = asUsage(err)
	}
	a.printError(err)
	return exitCode(err)
}

func newRootCommand(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:           "ownlake",
		Short:         "Customer data, unified in a data lake that you own",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	flags := root.PersistentFlags()
	flags.BoolVar(&a.json, "json", false, "print results and errors as JSON")
	flags.StringVar(&a.logLevel, "log-level", "", "what to log on stderr: debug, info, warn, error (default info for servers, error for other commands)")
	flags.StringVar(&a.logFormat, "log-format", "text", "how to log: text, json")

	root.AddCommand(
		newLakeCommand(a),
		newCACommand(a),
		newConformanceCommand(a),
		newServeCommand(a),
		newSignInCommand(a),
		newTenantCommand(a), newDataverseCommand(a),
		newShareCommand(a),
		newAccessCommand(a),
		newConfigCommand(a),
		newDemoCommand(a),
		newEnvCommand(a),
		newApplyCommand(a),
		newRunCommand(a),
		newStatusCommand(a),
		newSourceCommand(a),
		newTableCommand(a),
		newSampleCommand(a),
		newUnifyCommand(a),
		newVersionCommand(a),
	)
	a.prepare(root)
	return root
}

// prepare gives every command the shared start-up, and every group of commands an error for an unknown name,
// which cobra answers with the help text and success.
func (a *app) prepare(cmd *cobra.Command) {
	for _, sub := range cmd.Commands() {
		a.prepare(sub)
	}
	if cmd.RunE == nil && cmd.Run == nil && cmd.HasSubCommands() {
		cmd.Args = cobra.ArbitraryArgs
		cmd.RunE = helpOrUnknown
		return
	}
	runE := cmd.RunE
	if runE == nil {
		return
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if a.logLevel == "" {
			a.logLevel = defaultLogLevel(cmd)
		}
		logger, err := newLogger(a.stderr, a.logLevel, a.logFormat)
		if err != nil {
			return err
		}
		if f := cmd.Flag("data"); f != nil {
			// Commands have different default folders, and all flags write to the same place.
			if !f.Changed {
				a.dataDir = f.DefValue
			}
			if err := checkDataDir(f.Value.String()); err != nil {
				return err
			}
		}
		a.logger, a.running = logger, true
		return runE(cmd, args)
	}
}

// serves marks commands that go on serving.
const serves = "serves"

// defaultLogLevel is info for servers. Other commands print what became of their work themselves.
func defaultLogLevel(cmd *cobra.Command) string {
	if cmd.Annotations[serves] != "" {
		return "info"
	}
	return "error"
}

// checkDataDir refuses what can never be a data folder. One that does not exist is made when it is needed.
func checkDataDir(dir string) error {
	if dir == "" {
		return usageError("name a folder, or leave the flag out", "--data: the data folder's name is empty")
	}
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return usageError("name a folder; it is made if missing", "--data: %s is a file", dir)
	}
	return nil
}

func helpOrUnknown(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return cmd.Help()
	}
	hint := fmt.Sprintf("%s --help lists the commands", cmd.CommandPath())
	cmd.SuggestionsMinimumDistance = 2
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		hint = "did you mean " + strings.Join(near, " or ") + "? " + hint
	}
	return usageError(hint, "unknown command %q for %q", args[0], cmd.CommandPath())
}

func newLogger(w io.Writer, level, format string) (*slog.Logger, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return nil, usageError("use debug, info, warn or error", "--log-level: unknown level %q", level)
	}
	o := &slog.HandlerOptions{Level: l}
	switch format {
	case "text":
		return slog.New(slog.NewTextHandler(w, o)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(w, o)), nil
	}
	return nil, usageError("use text or json", "--log-format: unknown format %q", format)
}
