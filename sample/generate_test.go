package sample_test

import (
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/sample"
)

// generate makes a sample in a folder of the test.
func generate(tb testing.TB, customers int, seed uint64) (dir string, s sample.Summary) {
	tb.Helper()
	dir = filepath.Join(tb.TempDir(), "data")
	s, err := sample.Generate(tb.Context(), sample.Options{Customers: customers, Seed: seed, Dir: dir})
	if err != nil {
		tb.Fatalf("Generate(%d customers, seed %d): %v", customers, seed, err)
	}
	return dir, s
}

// tree returns the SHA-256 of every file below dir, by its relative path.
func tree(tb testing.TB, dir string) map[string]string {
	tb.Helper()
	sums := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		sum := sha256.Sum256(data)
		sums[filepath.ToSlash(name)] = hex.EncodeToString(sum[:8])
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return sums
}

// The test changes the number of cores of the whole process, so that it must run alone.
func TestTheSeedAloneDecidesTheBytes(t *testing.T) { //nolint:paralleltest // see above
	cores := runtime.GOMAXPROCS(1)
	defer runtime.GOMAXPROCS(cores)
	dir, _ := generate(t, 9000, 7)
	one := tree(t, dir)
	runtime.GOMAXPROCS(4)
	dir, _ = generate(t, 9000, 7)
	if diff := cmp.Diff(one, tree(t, dir)); diff != "" {
		t.Errorf("one core and four made different files (-one +four):\n%s", diff)
	}
	dir, _ = generate(t, 9000, 8)
	for path, sum := range tree(t, dir) {
		if one[path] == sum {
			t.Errorf("%s is the same for seeds 7 and 8", path)
		}
	}
}

// Figures in the documentation and in benchmarks name a seed. When this fails on purpose, say so in the changelog.
func TestASeedKeepsItsMeaning(t *testing.T) {
	t.Parallel()
	dir, _ := generate(t, 3000, 1)
	want := map[string]string{
		"crm/contacts.csv":    "26e5f1181a217797",
		"loyalty/members.csv": "2fcc3f4969048d04",
		"sample.json":         "490472dae6fa2950",
		"shop/customers.csv":  "358e58a6b16aaff8",
		"shop/orders.csv":     "9a6d6d865bb359ca",
		"truth.csv":           "0521acf087ee8f92",
	}
	if diff := cmp.Diff(want, tree(t, dir)); diff != "" {
		t.Errorf("seed 1 now gives other files (-want +got):\n%s", diff)
	}
}

func TestTheSummaryIsInTheFolder(t *testing.T) {
	t.Parallel()
	dir, s := generate(t, 2500, 3)
	text, err := os.ReadFile(filepath.Join(dir, "sample.json"))
	if err != nil {
		t.Fatal(err)
	}
	var got sample.Summary
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(s, got); diff != "" {
		t.Errorf("sample.json differs from what Generate returned (-returned +file):\n%s", diff)
	}
	for _, f := range s.Files {
		info, err := os.Stat(filepath.Join(dir, filepath.FromSlash(f.Path)))
		if err != nil {
			t.Fatal(err)
		}
		if info.Size() != f.Bytes {
			t.Errorf("%s has %d bytes, the summary says %d", f.Path, info.Size(), f.Bytes)
		}
	}
}

func TestCustomersHaveAboutThreeRows(t *testing.T) {
	t.Parallel()
	const customers = 20_000
	_, s := generate(t, customers, 5)
	if perCustomer := float64(s.CustomerRows()) / customers; perCustomer < 2.85 || perCustomer > 3.1 {
		t.Errorf("%.3f rows per customer, want about 3", perCustomer)
	}
	for _, f := range s.Files[:3] {
		if duplicates := float64(f.Duplicates) / float64(f.Rows); duplicates < 0.05 || duplicates > 0.08 {
			t.Errorf("%s: %.4f of the rows are duplicates, want 5 to 8 %%", f.Table, duplicates)
		}
	}
}

func TestProgressReachesTheTotal(t *testing.T) {
	t.Parallel()
	last, total := 0, 0
	_, err := sample.Generate(t.Context(), sample.Options{
		Customers: 5000, Dir: filepath.Join(t.TempDir(), "data"),
		Progress: func(d, n int) {
			if d <= last {
				t.Errorf("progress went from %d to %d", last, d)
			}
			last, total = d, n
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if last != 5000 || total != 5000 {
		t.Errorf("progress ended at %d of %d, want 5000 of 5000", last, total)
	}
}

func TestACancelledSampleLeavesNothing(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	parent := t.TempDir()
	_, err := sample.Generate(ctx, sample.Options{
		Customers: 50_000, Dir: filepath.Join(parent, "deep", "data"), Progress: func(int, int) { cancel() },
	})
	if !errs.Is(err, errs.Canceled) {
		t.Errorf("Generate returned %v, want kind canceled", err)
	}
	if left := entries(t, parent); len(left) != 0 {
		t.Errorf("the folder holds %v, want nothing", left)
	}
}

func TestACancelledSampleKeepsTheFormerOne(t *testing.T) {
	t.Parallel()
	dir, _ := generate(t, 3000, 1)
	before := tree(t, dir)
	ctx, cancel := context.WithCancel(t.Context())
	_, err := sample.Generate(ctx, sample.Options{
		Customers: 50_000, Seed: 2, Dir: dir, Progress: func(int, int) { cancel() },
	})
	if !errs.Is(err, errs.Canceled) {
		t.Errorf("Generate returned %v, want kind canceled", err)
	}
	if diff := cmp.Diff(before, tree(t, dir)); diff != "" {
		t.Errorf("the former sample changed (-before +after):\n%s", diff)
	}
}

func TestAFullDiskLeavesTheFormerSampleAndSaysWhatToDo(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("needs /dev/full, a file on a full disk")
	}
	dir, _ := generate(t, 1000, 1)
	before := tree(t, dir)
	if err := os.Symlink("/dev/full", filepath.Join(dir, "shop", "orders.csv.partial")); err != nil {
		t.Fatal(err)
	}
	_, err := sample.Generate(t.Context(), sample.Options{Customers: 20_000, Seed: 2, Dir: dir})
	if !errs.Is(err, errs.Unavailable) || !strings.Contains(err.Error(), "orders.csv") || errs.HintOf(err) == "" {
		t.Errorf("Generate returned %v, want kind unavailable, the file and a hint", err)
	}
	if diff := cmp.Diff(before, tree(t, dir)); diff != "" {
		t.Errorf("the former sample changed (-before +after):\n%s", diff)
	}
}

func TestAFormerSampleIsReplaced(t *testing.T) {
	t.Parallel()
	dir, _ := generate(t, 1000, 1)
	write(t, filepath.Join(dir, "crm", "contacts.csv.partial"), "left by a process that was killed")
	if _, err := sample.Generate(t.Context(), sample.Options{Customers: 3000, Seed: 2, Dir: dir}); err != nil {
		t.Fatal(err)
	}
	fresh, _ := generate(t, 3000, 2)
	if diff := cmp.Diff(tree(t, fresh), tree(t, dir)); diff != "" {
		t.Errorf("replacing differs from generating afresh (-fresh +replaced):\n%s", diff)
	}
}

func TestFilesThatAreNoSampleAreNotOverwritten(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"notes.txt", "crm/contacts.csv", "truth.csv", "sample.json"} {
		dir := t.TempDir()
		path := filepath.Join(dir, filepath.FromSlash(name))
		write(t, path, "mine")
		_, err := sample.Generate(t.Context(), sample.Options{Customers: 100, Dir: dir})
		if !errs.Is(err, errs.Exists) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "--force") {
			t.Errorf("with %s in the folder: error %v, want kind exists, the path and --force", name, err)
		}
		if text, err := os.ReadFile(path); err != nil || string(text) != "mine" {
			t.Errorf("%s is %q, %v after the refusal", name, text, err)
		}
		if left := entries(t, dir); len(left) != 1 {
			t.Errorf("the refusal left %v", left)
		}
	}
}

func TestForceWritesBesideOtherFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "notes.txt"), "mine")
	if _, err := sample.Generate(t.Context(), sample.Options{Customers: 100, Dir: dir, Force: true}); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "notes.txt")); err != nil || string(text) != "mine" {
		t.Errorf("notes.txt is %q, %v", text, err)
	}
	if got := len(tree(t, dir)); got != 7 {
		t.Errorf("the folder holds %d files, want the sample's 6 and notes.txt", got)
	}
}

func TestBadOptionsAreRefusedBeforeAnythingIsWritten(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	file := filepath.Join(parent, "file")
	write(t, file, "a file, not a folder")
	for _, tt := range []struct {
		o    sample.Options
		want errs.Kind
	}{
		{sample.Options{Customers: 0, Dir: filepath.Join(parent, "data")}, errs.Invalid},
		{sample.Options{Customers: -1, Dir: filepath.Join(parent, "data")}, errs.Invalid},
		{sample.Options{Customers: sample.MaxCustomers + 1, Dir: filepath.Join(parent, "data")}, errs.Invalid},
		{sample.Options{Customers: 1}, errs.Invalid},
		{sample.Options{Customers: 1, Dir: file}, errs.Exists},
		{sample.Options{Customers: 1, Dir: filepath.Join(file, "below")}, errs.Unavailable},
	} {
		_, err := sample.Generate(t.Context(), tt.o)
		if !errs.Is(err, tt.want) || errs.HintOf(err) == "" {
			t.Errorf("Generate(%+v) returned %v, want kind %v with a hint", tt.o, err, tt.want)
		}
	}
	if left := entries(t, parent); len(left) != 1 {
		t.Errorf("the folder holds %v, want only the file", left)
	}
}

func entries(t *testing.T, dir string) []string {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	names := make([]string, len(list))
	for i, e := range list {
		names[i] = e.Name()
	}
	return names
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// table reads a file with a reader that keeps to RFC 4180: the rows it takes, with the line numbers of those it does
// not.
func table(tb testing.TB, dir, path string, delimiter rune) (rows []map[string]string, refused int) {
	tb.Helper()
	file, err := os.Open(filepath.Join(dir, filepath.FromSlash(path)))
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	r := csv.NewReader(file)
	r.Comma = delimiter
	header, err := r.Read()
	if err != nil {
		tb.Fatal(err)
	}
	for {
		f, err := r.Read()
		if err != nil {
			if f == nil && err.Error() == "EOF" {
				return rows, refused
			}
			refused++
			continue
		}
		row := make(map[string]string, len(f))
		for i, name := range header {
			row[name] = f[i]
		}
		rows = append(rows, row)
	}
}

func BenchmarkGenerate(b *testing.B) {
	const customers = 20_000
	dir := filepath.Join(b.TempDir(), "data")
	rows, bytes := int64(0), int64(0)
	for b.Loop() {
		s, err := sample.Generate(b.Context(), sample.Options{Customers: customers, Seed: 1, Dir: dir})
		if err != nil {
			b.Fatal(err)
		}
		rows += s.CustomerRows()
		bytes = 0
		for _, f := range s.Files {
			bytes += f.Bytes
		}
	}
	b.SetBytes(bytes)
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
}
