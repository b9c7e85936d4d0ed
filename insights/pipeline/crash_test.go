package pipeline_test

import (
	"context"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/lake/localstore"
)

// TestARunThatIsKilledLeavesTheFormerTables kills the machine before the k-th change of the lake that a run makes,
// losing all unsynced data, for every k (a sample of them unless OWNLAKE_TEST_LONG is set). Each time the lake must
// open, every table must be the former or the new one, whole, and the next run must complete.
func TestARunThatIsKilledLeavesTheFormerTables(t *testing.T) {
	t.Parallel()
	disk := vfs.NewCrashableMem()
	store := openMemory(t, disk)
	f := newPipeline(t, withoutLocalFiles{store})
	f.declare(t, newProject(t), insights.Parquet)
	f.run(t)
	before := f.rows(t)
	appendLine(t, filepath.Join(f.project, "data", "shop", "customers.csv"),
		"\"7\";\"Ada Lovelace\";\"ada@analytical.example\";\"\";\"\";\"\";\"\";\"\";\"10/12/1985\";\"\";\"\";\"no\"\n")
	if err := f.pipeline.Close(); err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}

	// A run to its end tells how many changes there are, and what the tables are afterwards.
	whole := startDoomed(t, disk, f, 1<<30)
	whole.run(t)
	after := whole.f.rows(t)
	if after["Shop_Customers"] != before["Shop_Customers"]+1 || after[insights.CustomerTable] != before[insights.CustomerTable]+1 {
		t.Fatalf("one new customer: before %v, after %v", before, after)
	}
	changes := whole.store.changes
	t.Logf("a run makes %d changes of the lake", changes)
	step := 1
	if os.Getenv("OWNLAKE_TEST_LONG") == "" {
		step = max(1, changes/8)
	}
	for k := 1 + rand.IntN(step); k <= changes; k += step {
		killed := startDoomed(t, disk, f, k)
		killed.run(t)
		survivor := newPipeline(t, withoutLocalFiles{openMemory(t, killed.store.crashed)})
		survivor.env = f.env
		for table, rows := range survivor.rows(t) {
			if rows != before[table] && rows != after[table] {
				t.Errorf("killed at change %d: %s has %d rows, want %d or %d", k, table, rows, before[table], after[table])
			}
		}
		if run := survivor.run(t); !succeeded(run.Status) && run.Status != insights.StatusSuccessful {
			t.Errorf("killed at change %d: the next run ended as %s: %+v", k, run.Status, run.Tasks)
		}
		for table, rows := range survivor.rows(t) {
			if rows != after[table] {
				t.Errorf("killed at change %d, then run again: %s has %d rows, want %d", k, table, rows, after[table])
			}
		}
	}
}

// doomed is a pipeline on a copy of the disk, whose lake is cut off at a chosen change.
type doomed struct {
	f     *fixture
	store *dyingStore
}

func startDoomed(t *testing.T, disk *vfs.MemFS, f *fixture, k int) doomed {
	t.Helper()
	copied := disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 100, RNG: rand.New(rand.NewPCG(1, 1))})
	dying := &dyingStore{Store: openMemory(t, copied), disk: copied, k: k}
	d := doomed{f: newPipeline(t, dying), store: dying}
	d.f.env, d.f.project = f.env, f.project
	return d
}

// run executes the pipeline until its end, or until the lake is gone.
func (d doomed) run(t *testing.T) {
	t.Helper()
	run, err := d.f.pipeline.Start(t.Context(), d.f.env, insights.RunOptions{})
	if errs.Is(err, errs.Unavailable) {
		return // the lake was gone before the run began
	}
	if err != nil {
		t.Fatal(err)
	}
	d.f.wait(t, run)
}

func openMemory(t *testing.T, disk vfs.FS) lake.Store {
	t.Helper()
	store, err := localstore.Open(localstore.Options{
		FS: disk, Dir: "lake", Clock: time.Now,
		Account: lake.AccountProperties{Name: "acct", Region: "westeurope", HierarchicalNamespace: true, Endpoint: "https://acct.dfs.core.windows.net"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// withoutLocalFiles hides that a store has local files: those of a disk in memory have no path that the engine
// could open.
type withoutLocalFiles struct{ lake.Store }

// dyingStore carries out k-1 changes. At the k-th it keeps what is on disk, as after a power cut, and from then
// on answers nothing.
type dyingStore struct {
	lake.Store
	disk *vfs.MemFS
	k    int

	mu      sync.Mutex
	changes int
	crashed *vfs.MemFS
}

func (s *dyingStore) change() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changes++
	if s.changes == s.k {
		s.crashed = s.disk.CrashClone(vfs.CrashCloneCfg{})
	}
	if s.changes >= s.k {
		return errs.E(errs.Unavailable, "power cut")
	}
	return nil
}

func (s *dyingStore) Create(ctx context.Context, fs lake.Filesystem, p lake.Path, o lake.CreateOptions) (lake.Properties, error) {
	if err := s.change(); err != nil {
		return lake.Properties{}, err
	}
	return s.Store.Create(ctx, fs, p, o)
}

func (s *dyingStore) Append(ctx context.Context, fs lake.Filesystem, p lake.Path, position int64, r io.Reader, o lake.AppendOptions) error {
	if err := s.change(); err != nil {
		return err
	}
	return s.Store.Append(ctx, fs, p, position, r, o)
}

func (s *dyingStore) Flush(ctx context.Context, fs lake.Filesystem, p lake.Path, position int64, o lake.FlushOptions) (lake.Properties, error) {
	if err := s.change(); err != nil {
		return lake.Properties{}, err
	}
	return s.Store.Flush(ctx, fs, p, position, o)
}

func (s *dyingStore) PutBlob(ctx context.Context, fs lake.Filesystem, p lake.Path, r io.Reader, o lake.PutBlobOptions) (lake.Properties, error) {
	if err := s.change(); err != nil {
		return lake.Properties{}, err
	}
	return s.Store.PutBlob(ctx, fs, p, r, o)
}

func (s *dyingStore) Delete(ctx context.Context, fs lake.Filesystem, p lake.Path, o lake.DeleteOptions) error {
	if err := s.change(); err != nil {
		return err
	}
	return s.Store.Delete(ctx, fs, p, o)
}

func (s *dyingStore) Rename(ctx context.Context, src, dst lake.Location, o lake.RenameOptions) (lake.Properties, error) {
	if err := s.change(); err != nil {
		return lake.Properties{}, err
	}
	return s.Store.Rename(ctx, src, dst, o)
}
