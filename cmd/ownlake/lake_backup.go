package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake/localstore"
	"github.com/ownlake/ownlake/server"
)

func newLakeBackupCommand(a *app) *cobra.Command {
	var dataDir, out string
	cmd := &cobra.Command{
		Use:   "backup",
		Short: "Copy a lake, served or not, to another folder",
		Long: `Copy a lake as it is at one moment to a folder, which must be empty or missing. Where a server has the lake, it
writes the backup, and goes on serving. On the same disk, content files are linked and take no space; to another disk
they are copied, and their checksums checked.

The lake appears in the folder when it is whole. With it are the tenant in the box, with the key of its secrets, and
the lakes of the accounts that the tenant manages. It is a data folder: ownlake lake check verifies it, ownlake lake
restore makes a lake of it. The CA and the keys of connected accounts that lie beside the lake are not part of it.`,
		Example: "  ownlake lake backup --data ~/lake --out /mnt/backup/lake-2026-05-06",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			start := time.Now()
			if err := checkBackupFolder(out); err != nil {
				return err
			}
			progress := newLakeProgress(a.stderr, start)
			report, err := server.BackupLake(cmd.Context(), dataDir, lakeFolder(out), a.logger, progress.show)
			progress.clear()
			if err != nil {
				_ = os.Remove(out) // which fails where it was not empty
				return err
			}
			return a.printTransfer(report, out, time.Since(start))
		},
	}
	cmd.Flags().StringVar(&dataDir, "data", "", "folder that holds the lake")
	cmd.Flags().StringVar(&out, "out", "", "folder for the backup; must be empty or missing")
	_ = cmd.MarkFlagRequired("data") // fail only for flags that do not exist
	_ = cmd.MarkFlagRequired("out")
	return cmd
}

// checkBackupFolder refuses a folder that has anything but a backup that was cut off.
func checkBackupFolder(out string) error {
	entries, err := os.ReadDir(out)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return errs.E(errs.Item("--out"), err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), localstore.PartialSuffix) {
			return errs.E(errs.Conflict, errs.Item(out), "the folder is not empty", errs.Hint("choose a folder that is empty or does not exist"))
		}
	}
	return nil
}

func newLakeRestoreCommand(a *app) *cobra.Command {
	var dataDir, from string
	cmd := &cobra.Command{
		Use:     "restore",
		Short:   "Make a lake of a backup",
		Long:    "Make a lake of what ownlake lake backup wrote, with its tenant and accounts. A folder that has one of them already is\nrefused. The backup stays.",
		Example: "  ownlake lake restore --from /mnt/backup/lake-2026-05-06 --data ~/lake",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			start := time.Now()
			progress := newLakeProgress(a.stderr, start)
			report, err := server.RestoreLake(cmd.Context(), from, dataDir, progress.show)
			progress.clear()
			if err != nil {
				return err
			}
			return a.printTransfer(report, dataDir, time.Since(start))
		},
	}
	cmd.Flags().StringVar(&from, "from", "", "folder that ownlake lake backup wrote")
	cmd.Flags().StringVar(&dataDir, "data", "", "folder for the lake; must not have one")
	_ = cmd.MarkFlagRequired("from") // fail only for flags that do not exist
	_ = cmd.MarkFlagRequired("data")
	return cmd
}

func (a *app) printTransfer(r localstore.BackupReport, dir string, took time.Duration) error {
	if a.json {
		return json.NewEncoder(a.stdout).Encode(struct {
			Folder string `json:"folder"`
			localstore.BackupReport
		}{dir, r})
	}
	_, err := fmt.Fprintf(a.stdout, "%s: %s of content in %s pieces; %s files linked, %s copied and checked, in %s\n",
		dir, size(r.Bytes), groupDigits(r.Contents), groupDigits(r.Linked), groupDigits(r.Copied), duration(took))
	return err
}
