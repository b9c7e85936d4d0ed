package server

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/storage/armstorage"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// TestABackupHasTheTenantAndItsAccounts makes one while all is served, and one after, and starts both.
func TestABackupHasTheTenantAndItsAccounts(t *testing.T) {
	t.Parallel()
	dir, out := t.TempDir(), t.TempDir()
	c := startCloud(t, dir)
	a, err := c.tenant.Resources().AccountNamed(EmulatorAccount)
	must(t, err)
	other := a
	other.Name, other.ConfiguredKey, other.Kind, other.SKU = "contosolake", "", string(armstorage.KindStorageV2), "Standard_LRS"
	_, err = c.tenant.Resources().CreateAccount(other)
	must(t, err)
	held, err := c.lake.managed.Load().hold(other)
	must(t, err)
	_, err = held.store.CreateFilesystem(t.Context(), "raw", lake.CreateFilesystemOptions{})
	must(t, err)
	_, err = held.store.PutBlob(t.Context(), "raw", "a", strings.NewReader("hello"), lake.PutBlobOptions{})
	must(t, err)
	held.use.RUnlock()
	backup := func(name string) string {
		t.Helper()
		folder := filepath.Join(out, name)
		_, err := BackupLake(t.Context(), dir, filepath.Join(folder, "lake"), slog.New(slog.DiscardHandler), nil)
		must(t, err)
		left, err := filepath.Glob(filepath.Join(folder, "*partial*"))
		if err != nil || len(left) > 0 {
			t.Errorf("the backup left %v (%v)", left, err)
		}
		return folder
	}
	backups := []string{backup("served")}
	if _, err := BackupLake(t.Context(), dir, filepath.Join(backups[0], "lake"), slog.New(slog.DiscardHandler), nil); !errs.Is(err, errs.Conflict) {
		t.Errorf("a backup over another: %v, want kind conflict", err)
	}
	c.close()
	backups = append(backups, backup("closed"))
	for _, from := range backups {
		again := filepath.Join(t.TempDir(), "data")
		_, err := RestoreLake(t.Context(), from, again, nil)
		must(t, err)
		if _, err := RestoreLake(t.Context(), from, again, nil); !errs.Is(err, errs.Conflict) {
			t.Errorf("%s: a restore over another: %v, want kind conflict", from, err)
		}
		checkRestored(t, again)
	}
}

func checkRestored(t *testing.T, dir string) {
	t.Helper()
	c := startCloud(t, dir)
	defer c.close()
	if c.tenant.First() != nil {
		t.Error("the restored tenant is a new one")
	}
	if token, body := signIn(t, tenantClient(t, dir), c.tenant, "admin@ownlake.local", "Correct-Horse-9"); token == "" {
		t.Errorf("the administrator cannot sign in: %v", body)
	}
	a, err := c.tenant.Resources().AccountNamed("contosolake")
	must(t, err)
	store, release, err := c.lake.managed.Load().Use(context.Background(), a)
	must(t, err)
	defer release()
	p, err := store.Properties(t.Context(), "raw", "a", lake.Conditions{})
	if err != nil || p.Size != 5 {
		t.Errorf("the account's file is %+v, %v", p, err)
	}
}

func TestWhatABackupLeftBehindIsReplacedAndNothingElse(t *testing.T) {
	t.Parallel()
	dir, out := t.TempDir(), t.TempDir()
	c := startCloud(t, dir)
	defer c.close()
	partial := filepath.Join(out, "tenant.ownlake-partial")
	must(t, os.MkdirAll(partial, 0o700))
	must(t, os.WriteFile(filepath.Join(partial, "journal"), []byte("x"), 0o600))
	_, err := BackupLake(t.Context(), dir, filepath.Join(out, "lake"), slog.New(slog.DiscardHandler), nil)
	must(t, err)
	if _, err := os.Stat(filepath.Join(out, "tenant", "seal.key")); err != nil {
		t.Error(err)
	}
	elsewhere := t.TempDir()
	must(t, os.MkdirAll(filepath.Join(elsewhere, "tenant"), 0o700))
	if _, err := BackupLake(t.Context(), dir, filepath.Join(elsewhere, "lake"), slog.New(slog.DiscardHandler), nil); !errs.Is(err, errs.Conflict) {
		t.Errorf("beside somebody's tenant: %v, want kind conflict", err)
	}
}
