package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ownlake/ownlake/sample"
)

func TestSampleTellsWhatItWrote(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	code, stdout, stderr := execute(t, "sample", "--customers", "1500", "--seed", "4", "--out", dir)
	if code != exitDone || !strings.Contains(stderr, "1500 of 1500 customers (100 %)") {
		t.Fatalf("exit %d, stderr %q; want 0 and progress to the end", code, stderr)
	}
	for _, want := range []string{
		filepath.Join(dir, "crm", "contacts.csv"), filepath.Join(dir, "truth.csv"), "1500 customers in ", "seed 4",
	} {
		if !strings.Contains(stdout, want) {
			t.Errorf("stdout lacks %q:\n%s", want, stdout)
		}
	}
}

func TestSamplePrintsItsSummaryAsJSON(t *testing.T) {
	t.Parallel()
	code, stdout, stderr := execute(t, "sample", "--customers", "800", "--out", filepath.Join(t.TempDir(), "data"), "--json")
	var s sample.Summary
	if err := json.Unmarshal([]byte(stdout), &s); err != nil || code != exitDone {
		t.Fatalf("exit %d, stdout %q, stderr %q: %v", code, stdout, stderr, err)
	}
	if s.Customers != 800 || s.Seed != 1 || s.CustomerRows() < 2000 || s.TruePairs == 0 || len(s.Files) != 5 {
		t.Errorf("summary %+v, want 800 customers of seed 1 in 5 files", s)
	}
}

func TestSampleRefusesWhatItCannotDo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "notes.txt"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"sample"}, exitUsage, "out"},
		{[]string{"sample", "--out", dir, "--customers", "many"}, exitUsage, "many"},
		{[]string{"sample", "scor"}, exitUsage, "scor"},
		{[]string{"sample", "--out", dir}, exitFailed, "--force"},
		{[]string{"sample", "--out", filepath.Join(dir, "data"), "--customers", "0"}, exitFailed, "0 customers"},
		{[]string{"sample", "score", "--truth", filepath.Join(dir, "truth.csv")}, exitUsage, "clusters"},
		{[]string{"sample", "score", "--truth", filepath.Join(dir, "no.csv"), "--clusters", "x"}, exitFailed, "no such file"},
		{[]string{"sample", "score", "--truth", filepath.Join(dir, "notes.txt"), "--clusters", "x"}, exitFailed, "line 1"},
	} {
		code, stdout, stderr := execute(t, tt.args...)
		if code != tt.code || stdout != "" || !strings.Contains(stderr, tt.want) {
			t.Errorf("ownlake %s: exit %d, stdout %q, stderr %q; want exit %d and %q",
				strings.Join(tt.args, " "), code, stdout, stderr, tt.code, tt.want)
		}
	}
}

func TestSampleScoreComparesAClusteringWithTheTruth(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	truth, clusters := filepath.Join(dir, "truth.csv"), filepath.Join(dir, "clusters.csv")
	for path, text := range map[string]string{
		truth:    "source,key,entity_id\nCRM_Contacts,1,P1\nShop_Customers,1,P1\nShop_Customers,2,P2\nShop_Customers,3,P2\n",
		clusters: "source,key,customer_id\ncontacts,1,a\ncustomers,1,a\ncustomers,2,b\ncustomers,9,b\n",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	code, stdout, stderr := execute(t, "sample", "score", "--truth", truth, "--clusters", clusters)
	if code != exitDone {
		t.Fatalf("exit %d, stderr %q", code, stderr)
	}
	for _, want := range []string{
		"1.0000  0.5000  0.6667", "4 records: 2 entities, 2 clusters; 2 pairs true, 1 found, 1 of them correct",
		"records without a cluster: 1; clustered records that are not in the truth: 1",
	} {
		if !strings.Contains(stdout, want) {
			t.Errorf("stdout lacks %q:\n%s", want, stdout)
		}
	}
	_, stdout, _ = execute(t, "sample", "score", "--truth", truth, "--clusters", clusters, "--json")
	var m sample.Metrics
	if err := json.Unmarshal([]byte(stdout), &m); err != nil || m.Pairs.Recall != 0.5 || m.Missing != 1 || m.Unknown != 1 {
		t.Errorf("--json printed %q (%v), want recall 0.5, 1 missing, 1 unknown", stdout, err)
	}
}
