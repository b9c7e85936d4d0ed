package web_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/web"
)

var now = time.Date(2026, 11, 24, 6, 0, 0, 0, time.UTC)

// fakeServices answer for one environment, or with an error.
type fakeServices struct {
	environments []insights.Environment
	runs         []insights.Run
	tables       []insights.Snapshot
	broken       error
}

func (f fakeServices) List(context.Context) ([]insights.Environment, error) {
	return f.environments, nil
}

type fakeRuns struct{ fakeServices }

func (f fakeRuns) List(context.Context, insights.EnvironmentID, int) ([]insights.Run, error) {
	return f.runs, f.broken
}

type fakeTables struct{ fakeServices }

func (f fakeTables) List(context.Context, insights.EnvironmentID) ([]insights.Snapshot, error) {
	return f.tables, f.broken
}

func get(t *testing.T, f fakeServices, path string) *httptest.ResponseRecorder {
	t.Helper()
	h := web.Handler(web.Options{
		Environments: f, Runs: fakeRuns{f}, Tables: fakeTables{f}, Clock: func() time.Time { return now },
		Account: web.Account{Name: "acct", Addresses: []web.Address{{Protocol: "dfs", URL: "http://127.0.0.1:10004/acct"}}},
		Logger:  slog.New(slog.DiscardHandler),
	})
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	return w
}

func example() fakeServices {
	return fakeServices{
		environments: []insights.Environment{{ID: "e1", Name: `Contoso <b>&`, Type: insights.Production, Region: "westeurope"}},
		runs: []insights.Run{{ID: "r1", Status: insights.StatusRefreshing, Tasks: []insights.Task{
			{
				Process: insights.Ingestion, Table: "CRM_Contacts", Status: insights.StatusWithWarnings, RowsIn: 1234567, Corrupt: 3,
				Warnings: []string{"3 rows do not fit"}, StartedAt: now, FinishedAt: now.Add(2 * time.Second),
			},
			{
				Process: insights.Match, Table: "ConflationMatchPairs", Status: insights.StatusRefreshing, StartedAt: now.Add(-time.Minute),
				Progress: insights.Progress{Step: "comparing", Done: 1, Total: 4},
			},
		}}},
		tables: []insights.Snapshot{{
			Process: insights.Merge, Table: "Customer", ModifiedAt: now, Format: insights.Parquet,
			Partitions: []insights.Partition{{Rows: 1000, Bytes: 3 << 20}, {Rows: 234, Bytes: 1 << 19}},
		}},
	}
}

func TestThePageShowsRunsAndTables(t *testing.T) {
	t.Parallel()
	w := get(t, example(), "/")
	body := w.Body.String()
	for _, want := range []string{
		"Contoso &lt;b&gt;&amp;", "1,234,567", "3 rows do not fit", "comparing", "25 %", "2s", "1m0s",
		"customerinsights/ci_e1/Merge/model.json", "1,234", "3.5 MiB", "http://127.0.0.1:10004/acct",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if got := w.Header().Get("Refresh"); got == "" {
		t.Error("a run is going, but the page does not refresh itself")
	}
	if csp := w.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") {
		t.Errorf("content security policy %q", csp)
	}
}

func TestAnAccountThatCannotBeReadIsSaidOnThePage(t *testing.T) {
	t.Parallel()
	f := example()
	f.broken = errs.E(errs.Unavailable, errs.Item("acct"), "no answer")
	w := get(t, f, "/")
	if body := w.Body.String(); w.Code != http.StatusOK || !strings.Contains(body, "acct: no answer") {
		t.Errorf("status %d, page %s", w.Code, body)
	}
}

func TestAnEmptyServerSaysWhatToDoNext(t *testing.T) {
	t.Parallel()
	if body := get(t, fakeServices{}, "/").Body.String(); !strings.Contains(body, "ownlake env create") {
		t.Errorf("page %s", body)
	}
}

func TestOtherPaths(t *testing.T) {
	t.Parallel()
	if w := get(t, fakeServices{}, "/style.css"); w.Code != http.StatusOK || !strings.Contains(w.Header().Get("Content-Type"), "css") {
		t.Errorf("style sheet: %d %v", w.Code, w.Header())
	}
	if w := get(t, fakeServices{}, "/nowhere"); w.Code != http.StatusNotFound {
		t.Errorf("unknown path: %d", w.Code)
	}
}
