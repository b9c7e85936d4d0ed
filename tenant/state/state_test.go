package state_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/tenant/state"
)

func mustOpen(t *testing.T, fs vfs.FS) *state.Store {
	t.Helper()
	s, err := state.Open(state.Options{FS: fs, Dir: "/tenant"})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func records(s *state.Store) map[string]string {
	all := map[string]string{}
	for key, value := range s.Records("") {
		all[key] = string(value)
	}
	return all
}

func TestRecordsAreThereAfterOpeningAgain(t *testing.T) {
	t.Parallel()
	fs := vfs.NewMem()
	s := mustOpen(t, fs)
	for _, group := range [][]state.Change{
		{{Key: "user/a", Value: "A"}, {Key: "group/x", Value: 1}},
		{{Key: "user/a", Value: "AA"}, {Key: "user/b", Value: "B"}},
		{{Key: "group/x"}, {Key: "user/c", Value: map[string]int{"n": 3}}},
	} {
		if err := s.Commit(group...); err != nil {
			t.Fatal(err)
		}
	}
	want := map[string]string{"user/a": `"AA"`, "user/b": `"B"`, "user/c": `{"n":3}`}
	if diff := cmp.Diff(want, records(s)); diff != "" {
		t.Errorf("before closing (-want +got):\n%s", diff)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		s = mustOpen(t, fs)
		if diff := cmp.Diff(want, records(s)); diff != "" {
			t.Errorf("after opening (-want +got):\n%s", diff)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Commit(state.Change{Key: "user/d", Value: 1}); !errs.Is(err, errs.Unavailable) {
		t.Errorf("Commit after Close: %v, want Unavailable", err)
	}
}

func TestRecordsHaveAPrefixAndAnOrder(t *testing.T) {
	t.Parallel()
	s := mustOpen(t, vfs.NewMem())
	if err := s.Commit(state.Change{Key: "b/2", Value: 2}, state.Change{Key: "a/1", Value: 1}, state.Change{Key: "b/1", Value: 3}); err != nil {
		t.Fatal(err)
	}
	var keys []string
	for key := range s.Records("b/") {
		keys = append(keys, key)
	}
	if diff := cmp.Diff([]string{"b/1", "b/2"}, keys); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
}

func TestASecondProcessIsRefused(t *testing.T) {
	t.Parallel()
	fs := vfs.NewMem()
	mustOpen(t, fs)
	if _, err := state.Open(state.Options{FS: fs, Dir: "/tenant"}); !errs.Is(err, errs.Conflict) {
		t.Errorf("Open twice: %v, want Conflict", err)
	}
}

// TestCrashLosesNothingAcknowledged crashes after every commit, with none or any part of what was not synced.
func TestCrashLosesNothingAcknowledged(t *testing.T) {
	t.Parallel()
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(seed, 1))
		mem := vfs.NewCrashableMem()
		fs := vfs.FS(mem)
		// Every crash happens at a random file operation, at which everything fails from then on.
		fault := &failAfter{left: 1 + rng.IntN(60)}
		s, err := state.Open(state.Options{FS: errorfs.Wrap(fs, fault), Dir: "/tenant"})
		acknowledged := map[string]string{}
		var pending map[string]string
		for n := 0; err == nil && n < 30; n++ {
			key, value := fmt.Sprint("k", rng.IntN(8)), strconv.Itoa(n)
			pending = clone(acknowledged)
			pending[key] = value
			if err = s.Commit(state.Change{Key: key, Value: n}); err == nil {
				acknowledged = pending
			}
		}
		clone := mem.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 50, RNG: rng})
		got := records(mustOpen(t, clone))
		if !cmp.Equal(got, acknowledged) && !cmp.Equal(got, pending) {
			t.Errorf("seed %d: after the crash %v, want %v or %v", seed, got, acknowledged, pending)
		}
	}
}

// failAfter fails every operation that changes something after some of them.
type failAfter struct{ left int }

func (f *failAfter) MaybeError(op errorfs.Op) error {
	if op.Kind.ReadOrWrite() == errorfs.OpIsRead {
		return nil
	}
	if f.left--; f.left < 0 {
		return errorfs.ErrInjected
	}
	return nil
}

func (f *failAfter) String() string { return "fail after" }

func clone(m map[string]string) map[string]string {
	c := map[string]string{}
	maps.Copy(c, m)
	return c
}

func TestAStoreWhoseDiskFailedRefusesFurtherWrites(t *testing.T) {
	t.Parallel()
	fault := &failAfter{left: 1 << 20}
	s, err := state.Open(state.Options{FS: errorfs.Wrap(vfs.NewMem(), fault), Dir: "/tenant"})
	if err != nil {
		t.Fatal(err)
	}
	fault.left = 0
	if err := s.Commit(state.Change{Key: "a", Value: 1}); !errs.Is(err, errs.Unavailable) {
		t.Errorf("Commit on a failing disk: %v, want Unavailable", err)
	}
	fault.left = 1 << 20
	if err := s.Commit(state.Change{Key: "b", Value: 1}); !errs.Is(err, errs.Unavailable) {
		t.Errorf("Commit after a failure: %v, want Unavailable", err)
	}
	if got := records(s); len(got) != 0 {
		t.Errorf("records %v, want none", got)
	}
}

func TestDamageBeforeTheEndIsCorrupt(t *testing.T) {
	t.Parallel()
	fs := vfs.NewMem()
	s := mustOpen(t, fs)
	for n := range 5 {
		if err := s.Commit(state.Change{Key: strconv.Itoa(n), Value: "value"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	rewriteJournal(t, fs, func(text string) string { return strings.Replace(text, `"2":"value"`, `"2":"other"`, 1) })
	if _, err := state.Open(state.Options{FS: fs, Dir: "/tenant"}); !errs.Is(err, errs.Corrupt) {
		t.Errorf("Open of a damaged journal: %v, want Corrupt", err)
	}
	rewriteJournal(t, fs, func(text string) string {
		return strings.Replace(text, `"2":"other"`, `"2":"value"`, 1) + "00000000 {torn"
	})
	if got := records(mustOpen(t, fs)); len(got) != 5 {
		t.Errorf("records after a torn last line: %v, want all five", got)
	}
}

func rewriteJournal(t *testing.T, fs vfs.FS, edit func(string) string) {
	t.Helper()
	names, err := fs.List("/tenant")
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(names, func(n string) bool { return strings.HasPrefix(n, "journal-") })
	name := fs.PathJoin("/tenant", names[i])
	f, err := fs.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	w, err := fs.Create(name, vfs.WriteCategoryUnspecified)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, edit(string(text))); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestSealedSecretsOpenForTheirKeyOnly(t *testing.T) {
	t.Parallel()
	fs := vfs.NewMem()
	s := mustOpen(t, fs)
	sealed := s.Seal("key/1", []byte("secret"))
	if strings.Contains(string(sealed), "secret") {
		t.Error("the sealed secret shows the secret")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, fs)
	if got, err := s.Unseal("key/1", sealed); err != nil || string(got) != "secret" {
		t.Errorf("Unseal = %q, %v", got, err)
	}
	for _, tc := range []struct {
		name, key string
		sealed    []byte
	}{
		{"another key", "key/2", sealed},
		{"too short", "key/1", sealed[:5]},
		{"changed", "key/1", append(slices.Clone(sealed[:len(sealed)-1]), sealed[len(sealed)-1]^1)},
	} {
		if _, err := s.Unseal(tc.key, tc.sealed); !errs.Is(err, errs.Corrupt) {
			t.Errorf("Unseal with %s: %v, want Corrupt", tc.name, err)
		}
	}
}

func TestTheJournalStaysInProportion(t *testing.T) {
	t.Parallel()
	fs := vfs.NewMem()
	s := mustOpen(t, fs)
	blob := strings.Repeat("x", 1<<20)
	for n := range 40 {
		if err := s.Commit(state.Change{Key: "one", Value: blob}, state.Change{Key: "n", Value: n}); err != nil {
			t.Fatal(err)
		}
	}
	names, err := fs.List("/tenant")
	if err != nil {
		t.Fatal(err)
	}
	var total int64
	for _, name := range names {
		info, err := fs.Stat(fs.PathJoin("/tenant", name))
		if err != nil {
			t.Fatal(err)
		}
		total += info.Size()
	}
	if total > 12<<20 {
		t.Errorf("the folder has %d bytes for one record of 1 MiB", total)
	}
	var n int
	for _, value := range s.Records("n") {
		if err := json.Unmarshal(value, &n); err != nil {
			t.Fatal(err)
		}
	}
	if n != 39 {
		t.Errorf("n = %d, want 39", n)
	}
}
