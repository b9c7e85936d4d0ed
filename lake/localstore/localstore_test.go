package localstore_test

import (
	"errors"
	"io"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/lake/localstore"
	"github.com/ownlake/ownlake/lake/storetest"
)

// openStore opens a store for a test, and closes it afterwards.
func openStore(tb testing.TB, o localstore.Options) *localstore.Store {
	tb.Helper()
	if o.Clock == nil {
		o.Clock = time.Now
	}
	o.Account = lake.AccountProperties{Name: "testaccount", HierarchicalNamespace: true}
	s, err := localstore.Open(o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Errorf("close the store: %v", err)
		}
	})
	return s
}

// readFile reads a file of the filesystem "one".
func readFile(tb testing.TB, s *localstore.Store, p lake.Path) []byte {
	tb.Helper()
	c, err := s.Read(tb.Context(), "one", p, lake.ReadOptions{})
	if err != nil {
		tb.Fatal(err)
	}
	b, err := io.ReadAll(c.Body)
	if err = errors.Join(err, c.Body.Close()); err != nil {
		tb.Fatal(err)
	}
	return b
}

func TestConformanceInMemory(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) lake.Store {
		t.Helper()
		return openStore(t, localstore.Options{FS: vfs.NewMem(), Dir: "/lake"})
	})
}

func TestConformanceOnDisk(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) lake.Store {
		t.Helper()
		return openStore(t, localstore.Options{FS: vfs.Default, Dir: t.TempDir()})
	})
}

func TestConformanceAsAService(t *testing.T) {
	t.Parallel()
	storetest.RunService(t, func(t *testing.T) lake.Service {
		t.Helper()
		return openStore(t, localstore.Options{FS: vfs.NewMem(), Dir: "/lake"})
	})
}

func TestConformanceOfALakeThatKeepsWhatIsDeleted(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) lake.Store {
		t.Helper()
		s := openStore(t, localstore.Options{FS: vfs.NewMem(), Dir: "/lake"})
		if err := s.SetServiceSettings(t.Context(), lake.ServiceSettings{DeleteRetentionDays: 7, ContainerRetentionDays: 7}); err != nil {
			t.Fatal(err)
		}
		return s
	})
}
