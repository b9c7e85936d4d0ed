package main

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// stoppedLake makes a data folder with two blobs, by a server that has ended. It returns the folder and the
// content file of the blob big.
func stoppedLake(t *testing.T) (data, content string) {
	t.Helper()
	data = t.TempDir()
	l := startLakeCommand(t, "--data", data)
	c := blobClientAt(t, l.address(t, "blob+dfs"), "devstoreaccount1", emulatorKey)
	if _, err := c.CreateContainer(t.Context(), "kept", nil); err != nil {
		t.Fatal(err)
	}
	for name, size := range map[string]int{"a/small": 100, "a/big": 300_000} {
		if _, err := c.UploadBuffer(t.Context(), "kept", name, make([]byte, size), nil); err != nil {
			t.Fatal(err)
		}
	}
	code, _, stderr := execute(t, "lake", "check", "--data", data)
	if code != exitFailed || !strings.Contains(stderr, "in use by another process") {
		t.Errorf("check of a folder that is served: exit code %d\n%s", code, stderr)
	}
	l.stop()
	if code := <-l.exit; code != exitDone {
		t.Fatalf("stopped with exit code %d", code)
	}
	files, err := filepath.Glob(filepath.Join(data, "lake", "content", "*", "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("content files %v (%v), want one", files, err)
	}
	return data, files[0]
}

func TestLakeCheckFindsRepairsAndSaysSoByItsExitCode(t *testing.T) {
	t.Parallel()
	data, content := stoppedLake(t)
	expect := func(code int, want string, args ...string) {
		t.Helper()
		got, stdout, stderr := execute(t, append([]string{"lake", "check", "--data", data}, args...)...)
		if got != code || !strings.Contains(stdout, want) {
			t.Errorf("check %v: exit code %d, want %d and %q\n%s%s", args, got, code, want, stdout, stderr)
		}
	}
	expect(exitDone, "clean: 1 filesystems, 1 directories, 2 files")
	orphan := filepath.Join(filepath.Dir(content), "00000000000fffff")
	if err := os.WriteFile(orphan, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	expect(exitWarnings, "leftover  "+orphan+": no record refers to the file")
	b, err := os.ReadFile(content)
	if err != nil {
		t.Fatal(err)
	}
	b[1000] ^= 1
	if err := os.WriteFile(content, b, 0o600); err != nil {
		t.Fatal(err)
	}
	expect(exitFailed, "damaged   kept/a/big: content file "+content+" is damaged between bytes 0 and 131072")
	expect(exitWarnings, "repaired  kept/a/big: ", "--repair")
	expect(exitDone, "clean: 1 filesystems, 1 directories, 1 files")
	aside, err := filepath.Glob(filepath.Join(data, "lake", "damaged", "*", "content", filepath.Base(content)))
	if err != nil || len(aside) != 1 {
		t.Fatalf("%v (%v), want the damaged file set aside", aside, err)
	}
	if got, err := os.ReadFile(aside[0]); err != nil || string(got) != string(b) {
		t.Errorf("what was set aside has %d bytes (%v), want what was there", len(got), err)
	}
	code, stdout, _ := execute(t, "lake", "check", "--data", data, "--json")
	var report struct {
		Status   string
		Files    int
		Findings []any
	}
	if err := json.Unmarshal([]byte(stdout), &report); err != nil || code != exitDone || report.Status != "clean" || report.Files != 1 || report.Findings == nil {
		t.Errorf("--json: exit code %d, %v\n%s", code, err, stdout)
	}
}

func TestLakeBackupRestoresAndIsServed(t *testing.T) {
	t.Parallel()
	data, _ := stoppedLake(t)
	base := t.TempDir()
	out, restored := filepath.Join(base, "backup"), filepath.Join(base, "restored")
	expect := func(code int, want string, args ...string) {
		t.Helper()
		got, stdout, stderr := execute(t, append([]string{"lake"}, args...)...)
		if got != code || !strings.Contains(stdout+stderr, want) {
			t.Errorf("%v: exit code %d, want %d and %q\n%s%s", args, got, code, want, stdout, stderr)
		}
	}
	expect(exitFailed, "no lake in the folder", "backup", "--data", base, "--out", out)
	expect(exitDone, "2 pieces", "backup", "--data", data, "--out", out)
	expect(exitFailed, "not empty", "backup", "--data", data, "--out", out)
	expect(exitFailed, "not empty", "backup", "--data", data, "--out", data)
	expect(exitDone, "clean", "check", "--data", out)
	expect(exitDone, "2 pieces", "restore", "--from", out, "--data", restored)
	expect(exitFailed, "not empty", "restore", "--from", out, "--data", restored)
	expect(exitFailed, "no lake in the folder", "restore", "--from", base, "--data", filepath.Join(base, "other"))
	expect(exitUsage, "out", "backup", "--data", data)
	expect(exitFailed, "no lake in the folder", "check", "--data", filepath.Join(base, "other"))
	if _, err := os.Stat(filepath.Join(base, "other")); err == nil {
		t.Error("a refused command made a folder")
	}
	l := startLakeCommand(t, "--data", restored)
	r, err := blobClientAt(t, l.address(t, "blob+dfs"), "devstoreaccount1", emulatorKey).DownloadStream(t.Context(), "kept", "a/big", nil)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(r.Body); err != nil || len(b) != 300_000 {
		t.Errorf("the restored blob has %d bytes (%v), want 300000", len(b), err)
	}
	if err := r.Body.Close(); err != nil {
		t.Error(err)
	}
}
