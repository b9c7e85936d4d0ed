package main

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/spf13/cobra"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/lake/localstore"
)

func newLakeCheckCommand(a *app) *cobra.Command {
	var dataDir string
	var repair bool
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Verify a lake's folder, and set aside what is damaged",
		Long: `Verify the folder of a lake that no server uses: every record and what it refers to, every content file's
length and checksums, and what nothing refers to. Each finding is a line on stdout.

With --repair, what is damaged and what nothing refers to is moved into DIR/lake/damaged/<time>, with a note that
says what it was. Nothing is deleted, and the lake can be served again.

The exit code is 0 where all is well, 3 where everything found was repaired or is harmless, and 1 where there is damage.`,
		Example: "  ownlake lake check --data ~/lake\n  ownlake lake check --data ~/lake --repair",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			start := time.Now()
			progress := newLakeProgress(a.stderr, start)
			report, err := localstore.Check(cmd.Context(), localstore.CheckOptions{
				FS: vfs.Default, Dir: lakeFolder(dataDir), Clock: time.Now, Repair: repair, Progress: progress.show,
			})
			progress.clear()
			if err != nil {
				return err
			}
			if err := a.printLakeCheck(report, time.Since(start)); err != nil {
				return err
			}
			return checkOutcome(report, repair)
		},
	}
	cmd.Flags().StringVar(&dataDir, "data", "", "folder that holds the lake")
	cmd.Flags().BoolVar(&repair, "repair", false, "set aside what is damaged and what nothing refers to")
	_ = cmd.MarkFlagRequired("data") // fails only for a flag that does not exist
	return cmd
}

// lakeFolder is where a data folder has the lake.
func lakeFolder(dataDir string) string { return filepath.Join(dataDir, "lake") }

// checkOutcome turns a report into the command's exit code.
func checkOutcome(r localstore.CheckReport, repair bool) error {
	damage := r.Damage()
	switch {
	case len(r.Findings) == 0:
		return nil
	case damage == 0:
		return errWarnings
	case repair:
		return errs.E(errs.Corrupt, errs.Hint("restore a backup: ownlake lake restore"), fmt.Sprintf("the lake has %s that cannot be repaired", count(damage, "damage")))
	}
	return errs.E(errs.Corrupt, errs.Hint("--repair sets aside what is damaged"), fmt.Sprintf("the lake has %s", count(damage, "damage")))
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return groupDigits(int64(n)) + " " + what + "s"
}

func (a *app) printLakeCheck(r localstore.CheckReport, took time.Duration) error {
	if a.json {
		return json.NewEncoder(a.stdout).Encode(struct {
			Status string `json:"status"`
			localstore.CheckReport
		}{checkStatus(r), r})
	}
	var b strings.Builder
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "%s  %s: %s\n", findingState(f), f.Item, f.Problem)
	}
	fmt.Fprintf(&b, "%s: %s filesystems, %s directories, %s files, %s uncommitted blocks, %s kept after they were deleted; %s of content in %s pieces, checked in %s\n",
		checkStatus(r), groupDigits(r.Filesystems), groupDigits(r.Directories), groupDigits(r.Files), groupDigits(r.Blocks), groupDigits(r.Deleted),
		size(r.Bytes), groupDigits(r.Contents), duration(took))
	if r.Aside != "" {
		fmt.Fprintf(&b, "what was found is in %s\n", r.Aside)
	}
	_, err := fmt.Fprint(a.stdout, b.String())
	return err
}

// checkStatus sums a report up: clean, repaired, leftovers or damaged.
func checkStatus(r localstore.CheckReport) string {
	switch {
	case len(r.Findings) == 0:
		return "clean"
	case r.Damage() > 0:
		return "damaged"
	case r.Aside != "":
		return "repaired"
	}
	return "leftovers"
}

func findingState(f localstore.Finding) string {
	switch {
	case f.Repaired:
		return "repaired"
	case f.Harmless:
		return "leftover"
	}
	return "damaged "
}

// lakeProgress prints how far a check, a backup or a restore is.
type lakeProgress struct {
	*runProgress
	step  string
	began time.Time
	start int64
}

func newLakeProgress(w io.Writer, start time.Time) *lakeProgress {
	p := &lakeProgress{runProgress: newRunProgress(w)}
	p.last = start
	return p
}

func (p *lakeProgress) show(c localstore.Progress) {
	now := time.Now()
	if c.Step != p.step {
		p.step, p.began, p.start = c.Step, now, c.Done
	}
	if now.Sub(p.last) < max(p.every, 200*time.Millisecond) {
		return
	}
	p.last = now
	line := c.Step + ": " + groupDigits(c.Done) + " " + c.Unit
	if c.Unit == "bytes" {
		line = c.Step + ": " + size(c.Done) + " of " + size(c.Total)
	}
	p.transient(line + rate(insights.Progress{Done: c.Done, Total: c.Total, Unit: c.Unit}, c.Done-p.start, now.Sub(p.began)))
}
