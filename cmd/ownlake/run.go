package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ownlake/ownlake/api"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
)

func newRunCommand(a *app) *cobra.Command {
	var o insights.RunOptions
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Run what is due: ingest, match, merge",
		Long: `Run what is due in an environment: ingest its sources, match and merge. Tasks whose inputs did not change are
skipped. Progress is on stderr. Interrupting cancels the run; tables that it had not finished then are as before.
The exit code is 3 if the run ended with warnings.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withEnvironment(cmd.Context(), a.environment, func(c *api.Client, env insights.Environment) error {
				return a.runPipeline(cmd.Context(), c, env, o)
			})
		},
	}
	cmd.Flags().BoolVar(&o.Force, "force", false, "run every task, also those whose inputs did not change")
	a.addDataFlag(cmd)
	a.addEnvironmentFlag(cmd)
	return cmd
}

func (a *app) runPipeline(ctx context.Context, c *api.Client, env insights.Environment, o insights.RunOptions) error {
	run, err := c.StartRun(ctx, env.ID, o)
	if err != nil {
		return err
	}
	run, err = a.follow(ctx, c, env, run)
	if err != nil {
		return err
	}
	if err := a.print(run, func(w io.Writer) error { return printRun(w, run) }); err != nil {
		return err
	}
	return runResult(run)
}

// How often a run is asked for its progress, and how long a cancelled one may take to end.
const (
	followEvery   = 250 * time.Millisecond
	cancelTimeout = 60 * time.Second
)

// follow waits for the end of a run and shows its progress. If the caller gives up, the run is cancelled and its end
// awaited, so that what is printed is how it ended.
func (a *app) follow(ctx context.Context, c *api.Client, env insights.Environment, run insights.Run) (insights.Run, error) {
	p := newRunProgress(a.stderr)
	run, err := p.watch(ctx, c, env, run)
	if ctx.Err() == nil {
		return run, err
	}
	_, _ = fmt.Fprintln(a.stderr, "cancelling the run")
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), cancelTimeout)
	defer stop()
	if _, err := c.CancelRun(ctx, env.ID, run.ID); err != nil {
		return run, err
	}
	return p.watch(ctx, c, env, run)
}

// watch shows a run until it has ended or the caller gives up.
func (p *runProgress) watch(ctx context.Context, c *api.Client, env insights.Environment, run insights.Run) (insights.Run, error) {
	for {
		p.show(run, time.Now())
		if run.Status.Done() {
			return run, nil
		}
		select {
		case <-time.After(followEvery):
		case <-ctx.Done():
			return run, errs.E(errs.Op("run.watch"), ctx.Err())
		}
		next, err := c.Run(ctx, env.ID, run.ID)
		if errs.Is(err, errs.Unavailable) {
			return run, errs.E(errs.Unavailable, errs.Item("run "+run.ID), "its server is gone; tables it had not finished are as before",
				errs.Hint("start it again with ownlake serve, then ownlake run goes on"))
		}
		if err != nil {
			return run, err
		}
		run = next
	}
}

// runResult is how a run that has ended decides the exit code.
func runResult(run insights.Run) error {
	switch run.Status { //nolint:exhaustive // the others are successes
	case insights.StatusFailed:
		for _, t := range run.Tasks {
			if t.Status == insights.StatusFailed {
				return errs.E(errs.Internal, errs.Code("RunFailed"), errs.Item(taskName(t)), errs.Hint(t.Hint), "failed: "+t.Detail)
			}
		}
		return errs.E(errs.Internal, errs.Code("RunFailed"), errs.Item("run "+run.ID), "the run failed")
	case insights.StatusCanceled:
		return errs.E(errs.Canceled, errs.Item(run.ID), "the run was cancelled; tables it had not finished are as before")
	case insights.StatusWithWarnings:
		return errWarnings
	}
	return nil
}

func taskName(t insights.Task) string {
	if t.Table == "" {
		return string(t.Process)
	}
	return string(t.Process) + " " + t.Table
}

func printRun(w io.Writer, run insights.Run) error {
	printTasks(w, run)
	_, err := fmt.Fprintf(w, "run %s: %s, %s\n", run.ID, strings.ToLower(string(run.Status)), took(run.StartedAt, run.FinishedAt))
	return err
}

// printTasks prints what each task of a run did, and its warnings.
func printTasks(w io.Writer, run insights.Run) {
	rows := make([][]string, len(run.Tasks))
	for i, t := range run.Tasks {
		rows[i] = []string{string(t.Process), t.Table, string(t.Status), groupDigits(t.RowsIn), groupDigits(t.RowsOut), groupDigits(t.Corrupt), took(t.StartedAt, t.FinishedAt), cellLine(t.Detail)}
	}
	_ = table(w, []string{"PROCESS", "TABLE", "STATUS", "ROWS IN", "ROWS OUT", "CORRUPT", "TOOK", ""}, rows)
	for _, t := range run.Tasks {
		printMatching(w, t.Matching)
		for _, warning := range t.Warnings {
			_, _ = fmt.Fprintf(w, "warning: %s: %s\n", taskName(t), cellLine(warning))
		}
	}
}

// printMatching prints what matching found.
func printMatching(w io.Writer, m *insights.MatchStatistics) {
	if m == nil {
		return
	}
	for _, t := range m.Tables {
		_, _ = fmt.Fprintf(w, "matching: %s: %s records, %s duplicates (%.1f %%), %s match other tables\n",
			t.Table, groupDigits(t.Records), groupDigits(t.Duplicates), t.DuplicatePercent, groupDigits(t.MatchedRecords))
	}
	_, _ = fmt.Fprintf(w, "matching: %s customers, %s of them of several tables\n", groupDigits(m.Customers), groupDigits(m.MatchedCustomers))
	for _, note := range m.Notes {
		_, _ = fmt.Fprintf(w, "matching: %s\n", cellLine(note))
	}
}

// took prints the time between two moments, or nothing if one is not known.
func took(from, to time.Time) string {
	if from.IsZero() || to.IsZero() {
		return ""
	}
	return duration(to.Sub(from))
}

// duration prints a time as people say it: 0.4 s, 12 s, 3 min 20 s.
func duration(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%.0f s", d.Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
}
