package server

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/lake/localstore"
)

func put(t *testing.T, l *Lake, p lake.Path, content string) {
	t.Helper()
	if _, err := l.Store().PutBlob(t.Context(), "backups", p, strings.NewReader(content), lake.PutBlobOptions{}); err != nil {
		t.Error(err)
	}
}

func backupOf(t *testing.T, l *Lake, folder string) (localstore.BackupReport, error) {
	t.Helper()
	return BackupLake(t.Context(), l.cfg.DataDir, folder, slog.New(slog.DiscardHandler), nil)
}

func TestALakeIsBackedUpWhileItIsServedAndWritten(t *testing.T) {
	t.Parallel()
	l := startTestLake(t)
	if _, err := l.Store().CreateFilesystem(t.Context(), "backups", lake.CreateFilesystemOptions{}); err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		put(t, l, lake.Path(fmt.Sprint("before/", i)), strings.Repeat("x", i*4000))
	}
	out := filepath.Join(t.TempDir(), "backup", "lake")
	writing := make(chan struct{})
	go func() {
		defer close(writing)
		for i := range 50 {
			put(t, l, lake.Path(fmt.Sprint("during/", i)), "y")
		}
	}()
	report, err := backupOf(t, l, out)
	<-writing
	if err != nil {
		t.Fatal(err)
	}
	if report.Contents < 20 {
		t.Errorf("the backup has %d pieces of content, want the 20 that were there before it", report.Contents)
	}
	checked, err := localstore.Check(t.Context(), localstore.CheckOptions{FS: vfs.Default, Dir: out, Clock: time.Now})
	if err != nil || len(checked.Findings) > 0 || checked.Files < 20 {
		t.Errorf("the backup is checked: %+v, %v", checked, err)
	}
	put(t, l, "after", "the lake is still served")

	if _, err := backupOf(t, l, out); !errs.Is(err, errs.Conflict) || !strings.Contains(err.Error(), out) {
		t.Errorf("a second backup to the same folder: %v (kind %v), want a conflict that names it", err, errs.KindOf(err))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	canceled := filepath.Join(t.TempDir(), "lake")
	if _, err := BackupLake(ctx, l.cfg.DataDir, canceled, slog.New(slog.DiscardHandler), nil); !errs.Is(err, errs.Canceled) {
		t.Errorf("a canceled backup: %v", err)
	}
}

func TestAServerThatWasKilledDoesNotStandInTheWayOfABackup(t *testing.T) {
	t.Parallel()
	cfg := lakeConfig(t)
	l, err := StartLake(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	var left runFile
	if !readPrivate(controlPath(cfg.DataDir), &left) {
		t.Fatal("a lake that is served leaves no file for commands")
	}
	if err := l.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if readPrivate(controlPath(cfg.DataDir), &runFile{}) {
		t.Error("a lake that was closed leaves its file")
	}
	if err := writePrivate(controlPath(cfg.DataDir), left); err != nil {
		t.Fatal(err)
	}
	if _, err := backupOf(t, l, filepath.Join(t.TempDir(), "lake")); err != nil {
		t.Error(err)
	}
}

func TestOnlyWhoCanReadTheDataFolderMayAskForABackup(t *testing.T) {
	t.Parallel()
	l := startTestLake(t)
	var run runFile
	if !readPrivate(controlPath(l.cfg.DataDir), &run) {
		t.Fatal("no file")
	}
	for header, want := range map[string]int{
		"": http.StatusUnauthorized, "Bearer ": http.StatusUnauthorized, "Bearer " + run.Token + "x": http.StatusUnauthorized,
		"Bearer " + run.Token: http.StatusBadRequest, // no absolute folder
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, run.Address+"/backup", strings.NewReader(`{"folder":"here"}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", header)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("header %q: %d, want %d", header, resp.StatusCode, want)
		}
	}
}
