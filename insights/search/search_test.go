package search

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
)

// fakeTables have one version of Customer at a time.
type fakeTables struct {
	mu      sync.Mutex
	run     insights.RunID
	columns []insights.Column
	rows    [][]any
}

func (f *fakeTables) Current(_ context.Context, _ insights.EnvironmentID, table string) (insights.Snapshot, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.run == "" || table != insights.CustomerTable {
		return insights.Snapshot{}, errs.E(errs.NotFound, "there is no such table")
	}
	return insights.Snapshot{Table: table, Run: f.run, Columns: f.columns}, nil
}

func (f *fakeTables) Each(_ context.Context, _ insights.EnvironmentID, _ insights.Snapshot, _, _ string, visit func([]any) error) error {
	f.mu.Lock()
	rows := f.rows
	f.mu.Unlock()
	for _, r := range rows {
		if err := visit(r); err != nil {
			return err
		}
	}
	return nil
}

func (f *fakeTables) set(run insights.RunID, rows ...[]any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.run, f.rows = run, rows
}

func columns(names ...string) []insights.Column {
	var list []insights.Column
	for _, n := range names {
		list = append(list, insights.Column{Name: n, Type: insights.String})
	}
	return list
}

func newSearcher(tb testing.TB, f *fakeTables, clock func() time.Time) *Searcher {
	tb.Helper()
	s := New(Options{Tables: f, Dir: tb.TempDir(), Clock: clock, Logger: slog.New(slog.DiscardHandler)})
	tb.Cleanup(func() { _ = s.Close() })
	return s
}

func people() *fakeTables {
	f := &fakeTables{columns: columns("CustomerId", "Name", "Email", "Phone", "City", "CRM_Contacts_ID")}
	f.set("r1",
		[]any{"c1", "Anna Müller", "anna.mueller@example.com", "+49 30 1234-567", "Berlin", "C-0001"},
		[]any{"c2", "Anna Maria Groß", "amg@example.org", nil, "Berlin", "C-0002"},
		[]any{"c3", "Annabel Öztürk", "bel@example.com", "030/7654321", "Köln", "C-0003"},
		[]any{"c4", "Jean-Luc Müller", "", nil, "Paris", "C-0004"},
		[]any{"c5", "李 小龙", "li@example.com", nil, "香港", "C-0005"},
	)
	return f
}

func (s *Searcher) ids(t *testing.T, text string) []string {
	t.Helper()
	page, err := s.Search(t.Context(), "e", Query{Text: text})
	if err != nil {
		t.Fatal(err)
	}
	ids := []string{}
	for _, c := range page.Items {
		ids = append(ids, c.ID)
	}
	return ids
}

func TestCustomersAreFound(t *testing.T) {
	t.Parallel()
	s := newSearcher(t, people(), func() time.Time { return time.Unix(0, 0) })
	for text, want := range map[string]string{
		"":                         "c1 c2 c3 c4 c5",
		"anna":                     "c1 c2 c3", // the word itself before what begins with it
		"ANNA müller":              "c1 c4 c2", // both words before one
		"anna mueller":             "c1 c2",
		"muller":                   "c1 c4",
		"gross":                    "c2",
		"oztu":                     "c3",
		"jean":                     "c4",
		"anna.mueller@example.com": "c1",
		"c-0003":                   "c3",
		"c3":                       "c3",
		"49301234567":              "c1",
		"+49 (30) 1234567":         "c1",
		"李":                        "c5",
		"nobody":                   "",
		"\x00\xff":                 "",
	} {
		got := s.ids(t, text)
		if want := strings.Fields(want); len(got) < len(want) || !slices.Equal(got[:len(want)], want) || len(want) < 2 && len(want) != len(got) && !strings.ContainsAny(text, "@-(") {
			t.Errorf("%q finds %v, want %v first", text, got, want)
		}
	}
}

func TestACustomerIsFoundByItsID(t *testing.T) {
	t.Parallel()
	s := newSearcher(t, people(), func() time.Time { return time.Unix(0, 0) })
	c, _, err := s.Customer(t.Context(), "e", "c2")
	if err != nil || c.Fields["Name"] != "Anna Maria Groß" {
		t.Errorf("the customer is %+v, %v", c, err)
	}
	if _, has := c.Fields["Phone"]; has {
		t.Error("an empty field is among the fields")
	}
	if _, _, err := s.Customer(t.Context(), "e", "anna"); !errs.Is(err, errs.NotFound) {
		t.Errorf("no customer: %v, want not found", err)
	}
}

func TestPagesHoldEachCustomerOnce(t *testing.T) {
	t.Parallel()
	f := &fakeTables{columns: columns("CustomerId", "Name")}
	var rows [][]any
	for i := range 5000 { // so many that the word is kept as bits
		rows = append(rows, []any{"c" + strconv.Itoa(i), "common w" + strconv.Itoa(i%7)})
	}
	f.set("r1", rows...)
	s := newSearcher(t, f, func() time.Time { return time.Unix(0, 0) })
	for text, want := range map[string]int{"common": 5000, "w3": 714, "common w3": 714, "": 5000} {
		seen := map[string]bool{}
		q := Query{Text: text, Limit: 500}
		for {
			page, err := s.Search(t.Context(), "e", q)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range page.Items {
				seen[c.ID] = true
			}
			if q.After = page.Next; q.After == "" {
				break
			}
		}
		if len(seen) != want {
			t.Errorf("%q: the pages hold %d customers, want %d", text, len(seen), want)
		}
	}
	if _, err := s.Search(t.Context(), "e", Query{After: "x"}); !errs.Is(err, errs.Invalid) {
		t.Errorf("a page from nowhere: %v", err)
	}
}

func TestAnIndexFollowsItsTable(t *testing.T) {
	t.Parallel()
	f := &fakeTables{columns: columns("CustomerId", "Name")}
	var now atomic.Int64
	s := newSearcher(t, f, func() time.Time { return time.Unix(now.Load(), 0) })
	if _, err := s.Search(t.Context(), "e", Query{}); !errs.Is(err, errs.NotFound) {
		t.Errorf("before anything was unified: %v, want not found", err)
	}
	settle := func() {
		now.Add(10)
		_, _ = s.Search(t.Context(), "e", Query{}) // begins to look
		e := s.environment("e")
		e.mu.Lock()
		going := e.going
		e.mu.Unlock()
		if going != nil {
			<-going
		}
	}
	f.set("r1", []any{"c1", "Anna"})
	settle()
	if got := s.ids(t, "anna"); !slices.Equal(got, []string{"c1"}) {
		t.Errorf("after a run: %v", got)
	}
	f.set("r2", []any{"c1", "Berta"})
	settle()
	if got := s.ids(t, "anna"); len(got) != 0 {
		t.Errorf("after the next run: %v, want none", got)
	}
}

func TestADamagedIndexIsMadeAnew(t *testing.T) {
	t.Parallel()
	f := people()
	dir := t.TempDir()
	for _, damage := range []func(file string) error{
		func(file string) error { return os.Truncate(file, 100) },
		func(file string) error { return os.Truncate(file, 3) },
		func(file string) error { return os.WriteFile(file, make([]byte, 4096), 0o600) },
	} {
		s := New(Options{Tables: f, Dir: dir, Clock: func() time.Time { return time.Unix(0, 0) }, Logger: slog.New(slog.DiscardHandler)})
		if got := s.ids(t, "gross"); !slices.Equal(got, []string{"c2"}) {
			t.Errorf("found %v", got)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if err := damage(filepath.Join(dir, "e.index")); err != nil {
			t.Fatal(err)
		}
	}
}

// manyPeople invents customers with names as they are spread in life: some words are common and most are rare.
func manyPeople(n int) *fakeTables {
	f := &fakeTables{run: "r", columns: columns("CustomerId", "FirstName", "LastName", "Email", "Phone", "Street", "City", "Country", "CRM_Contacts_ID", "Shop_Accounts_ID")}
	r := rand.New(rand.NewPCG(1, 2))
	first, last, street := zipf(r, "fn", 5000), zipf(r, "ln", 60000), zipf(r, "st", 20000)
	city := zipf(r, "city", 3000)
	for i := range n {
		fn, ln := first(), last()
		f.rows = append(f.rows, []any{
			fmt.Sprintf("%08x-1111-2222-3333-%012x", i*2654435761, i), fn, ln, fmt.Sprintf("%s.%s%d@example.com", fn, ln, r.IntN(1000)),
			fmt.Sprintf("+49 %d %07d", 100+r.IntN(800), r.IntN(10_000_000)), street() + " " + strconv.Itoa(r.IntN(200)), city(), "Germany",
			fmt.Sprintf("C-%07d", i), fmt.Sprintf("S%08d", r.IntN(100_000_000)),
		})
	}
	return f
}

func zipf(r *rand.Rand, name string, n uint64) func() string {
	z := rand.NewZipf(r, 1.1, 8, n-1)
	return func() string { return name + strconv.FormatUint(z.Uint64()*7919%n, 36) }
}

var indexed struct {
	sync.Once
	s    *Searcher
	rows [][]any
}

// indexedOnce indexes many customers for all rounds of the benchmark.
func indexedOnce(b *testing.B, n int) (*Searcher, [][]any) {
	b.Helper()
	indexed.Do(func() {
		f := manyPeople(n)
		dir, err := os.MkdirTemp("", "search") //nolint:usetesting // it outlives a round
		if err != nil {
			b.Fatal(err)
		}
		s := New(Options{Tables: f, Dir: dir, Clock: func() time.Time { return time.Unix(0, 0) }, Logger: slog.New(slog.DiscardHandler)})
		began := time.Now()
		for {
			if _, err := s.Search(context.Background(), "e", Query{}); err == nil {
				break
			}
		}
		fmt.Printf("%d customers indexed in %v\n", n, time.Since(began))
		if info, err := os.Stat(filepath.Join(dir, "e.index")); err == nil {
			fmt.Printf("the index has %d MB\n", info.Size()>>20)
		}
		indexed.s, indexed.rows = s, f.rows
	})
	return indexed.s, indexed.rows
}

// BenchmarkSearch searches a million customers by words, beginnings, addresses and keys from two goroutines, and tells the
// 99th percentile and the requests per second. OWNLAKE_SEARCH_CUSTOMERS sets how many customers there are.
func BenchmarkSearch(b *testing.B) {
	n := 1_000_000
	if text := os.Getenv("OWNLAKE_SEARCH_CUSTOMERS"); text != "" {
		n, _ = strconv.Atoi(text)
	}
	s, rows := indexedOnce(b, n)
	began := time.Now()
	text := func(r *rand.Rand) string {
		row := make([]string, 10)
		for i, v := range rows[r.IntN(len(rows))] {
			row[i] = fmt.Sprint(v)
		}
		switch r.IntN(8) {
		case 0:
			return row[1]
		case 1:
			return row[2]
		case 2:
			return row[1] + " " + row[2]
		case 3:
			return row[2][:3]
		case 4:
			return row[3]
		case 5:
			return row[8]
		case 6:
			return row[1] + " " + row[6]
		}
		return row[4]
	}
	var mu sync.Mutex
	var took []time.Duration
	b.SetParallelism(2)
	b.ResetTimer()
	var seed atomic.Uint64
	b.RunParallel(func(p *testing.PB) {
		r := rand.New(rand.NewPCG(seed.Add(1), 7))
		var mine []time.Duration
		for p.Next() {
			q := text(r)
			t := time.Now()
			if _, err := s.Search(b.Context(), "e", Query{Text: q}); err != nil {
				b.Error(err)
			}
			mine = append(mine, time.Since(t))
		}
		mu.Lock()
		took = append(took, mine...)
		mu.Unlock()
	})
	all := time.Since(began)
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(len(took))/all.Seconds(), "req/s")
}
