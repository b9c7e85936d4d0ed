package server

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake/localstore"
	"github.com/ownlake/ownlake/tenant/state"
)

// A data folder has more than its lake that is lost with it: the tenant in the box, and the lakes of the accounts that the
// tenant manages. A backup has them beside the lake, under the same names.
const (
	tenantFolder = "tenant"
	lakeFolder   = "lake"
)

// beside copies what lies beside a lake.
type beside struct {
	state func(dir string) error
	// lake copies an account's lake. NotFound: the account has gone.
	lake func(ctx context.Context, account, dir string, progress func(localstore.Progress)) (localstore.BackupReport, error)
}

// backup writes a lake by a function, and what lies beside it in its data folder, to a folder. All get their names when they
// are whole, and what a backup that was cut off left is replaced. The tenant comes first: an account that is made meanwhile
// is missing in it, and none lacks its lake.
func (b beside) backup(ctx context.Context, dataDir, folder string, progress func(localstore.Progress), main func() (localstore.BackupReport, error)) (localstore.BackupReport, error) {
	out := filepath.Dir(folder)
	for _, name := range []string{tenantFolder, accountsFolder} {
		if _, err := os.Stat(filepath.Join(out, name)); err == nil {
			return localstore.BackupReport{}, errs.E(errs.Conflict, errs.Item(filepath.Join(out, name)), "the folder is not empty",
				errs.Hint("choose a folder that is empty or does not exist"))
		}
		if err := os.RemoveAll(filepath.Join(out, name+localstore.PartialSuffix)); err != nil {
			return localstore.BackupReport{}, errs.E(errs.Unavailable, err)
		}
	}
	sum, err := b.write(ctx, dataDir, out, progress)
	if err != nil {
		return sum, err
	}
	report, err := main()
	if err != nil {
		return report, err
	}
	add(&sum, report)
	for _, name := range []string{tenantFolder, accountsFolder} {
		whole := filepath.Join(out, name)
		if err := os.Rename(whole+localstore.PartialSuffix, whole); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return sum, errs.E(errs.Unavailable, err)
		}
	}
	return sum, nil
}

func (b beside) write(ctx context.Context, dataDir, out string, progress func(localstore.Progress)) (report localstore.BackupReport, err error) {
	if _, err := os.Stat(filepath.Join(dataDir, tenantFolder)); err == nil {
		if err := b.state(filepath.Join(out, tenantFolder+localstore.PartialSuffix)); err != nil {
			return report, err
		}
	}
	accounts, err := os.ReadDir(filepath.Join(dataDir, accountsFolder))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return report, errs.E(errs.Unavailable, err)
	}
	for _, a := range accounts {
		r, err := b.lake(ctx, a.Name(), filepath.Join(out, accountsFolder+localstore.PartialSuffix, a.Name(), lakeFolder), progress)
		if err != nil && !errs.Is(err, errs.NotFound) {
			return report, errs.E(errs.Item(a.Name()), err)
		}
		add(&report, r)
	}
	return report, nil
}

func add(sum *localstore.BackupReport, r localstore.BackupReport) {
	sum.Contents += r.Contents
	sum.Bytes += r.Bytes
	sum.Linked += r.Linked
	sum.Copied += r.Copied
}

// besideClosed copies what no process serves.
func besideClosed(dataDir string, logger *slog.Logger) beside {
	return beside{
		state: func(dir string) error {
			s, err := state.Open(state.Options{FS: vfs.Default, Dir: filepath.Join(dataDir, tenantFolder)})
			if err != nil {
				return err
			}
			return errors.Join(s.Backup(dir), s.Close())
		},
		lake: func(ctx context.Context, account, dir string, progress func(localstore.Progress)) (localstore.BackupReport, error) {
			return backupClosed(ctx, filepath.Join(dataDir, accountsFolder, account, lakeFolder), dir, logger, progress)
		},
	}
}

// backupClosed writes a backup of a lake that no process has open. It is NotFound where there is none, as opening would
// make one.
func backupClosed(ctx context.Context, from, dir string, logger *slog.Logger, progress func(localstore.Progress)) (report localstore.BackupReport, err error) {
	if _, err := os.Stat(from); err != nil {
		return report, errs.E(errs.NotFound, errs.Item(from), "there is no lake in the folder", errs.Hint("name the folder that ownlake lake was started with"))
	}
	s, err := localstore.Open(localstore.Options{FS: vfs.Default, Dir: from, Clock: time.Now, Logger: logger})
	if err != nil {
		return report, err
	}
	report, err = s.Backup(ctx, dir, progress)
	return report, errors.Join(err, s.Close())
}

// beside copies the tenant and the accounts that are being served.
func (m *managedAccounts) beside() beside {
	return beside{
		state: m.state.Backup,
		lake: func(ctx context.Context, account, dir string, progress func(localstore.Progress)) (report localstore.BackupReport, err error) {
			a, err := m.resources.AccountNamed(account)
			if err != nil {
				return report, errs.E(errs.NotFound, err)
			}
			held, err := m.hold(a)
			if err != nil {
				return report, err
			}
			defer held.use.RUnlock()
			return held.backup(ctx, dir, progress)
		},
	}
}

// RestoreLake makes a data folder's lake, its tenant and the lakes of its accounts of what a backup has. A folder that has one
// of them already is refused with a Conflict. The backup stays.
func RestoreLake(ctx context.Context, from, dataDir string, progress func(localstore.Progress)) (localstore.BackupReport, error) {
	const op errs.Op = "server.RestoreLake"
	for _, name := range []string{tenantFolder, accountsFolder} {
		if _, err := os.Stat(filepath.Join(dataDir, name)); err == nil {
			return localstore.BackupReport{}, errs.E(op, errs.Conflict, errs.Item(filepath.Join(dataDir, name)), "the data folder is not empty",
				errs.Hint("restore to a folder that is empty or does not exist"))
		}
	}
	report, err := localstore.Restore(ctx, vfs.Default, filepath.Join(from, lakeFolder), filepath.Join(dataDir, lakeFolder), progress)
	if err != nil {
		return report, errs.E(op, err)
	}
	accounts, err := os.ReadDir(filepath.Join(from, accountsFolder))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return report, errs.E(op, errs.Unavailable, err)
	}
	for _, a := range accounts {
		at := filepath.Join(accountsFolder, a.Name(), lakeFolder)
		r, err := localstore.Restore(ctx, vfs.Default, filepath.Join(from, at), filepath.Join(dataDir, at), progress)
		if err != nil {
			return report, errs.E(op, errs.Item(a.Name()), err)
		}
		add(&report, r)
	}
	if _, err := os.Stat(filepath.Join(from, tenantFolder)); err != nil {
		return report, nil // of a folder without a tenant
	}
	return report, errs.Wrap(op, state.Restore(vfs.Default, filepath.Join(from, tenantFolder), filepath.Join(dataDir, tenantFolder)))
}

// backup writes a backup of the lake, which is being served, and of what lies beside it.
func (l *Lake) backup(ctx context.Context, folder string, progress func(localstore.Progress)) (localstore.BackupReport, error) {
	b := besideClosed(l.cfg.DataDir, l.cfg.Logger)
	if m := l.managed.Load(); m != nil {
		b = m.beside()
	}
	return b.backup(ctx, l.cfg.DataDir, folder, progress, func() (localstore.BackupReport, error) { return l.store.Backup(ctx, folder, progress) })
}
