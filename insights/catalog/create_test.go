package catalog_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
)

func TestOneOfManyCallersAtOnceGetsTheName(t *testing.T) {
	t.Parallel()
	c := newServer(t, newCloud(t)).open(t)
	var made atomic.Int32
	var callers sync.WaitGroup
	for range 8 {
		callers.Go(func() {
			_, _, err := c.Create(t.Context(), insights.EnvironmentRequest{
				Name: "Contoso", Region: "northeurope", Storage: insights.DataStorage{Kind: insights.ManagedStorage},
			})
			switch {
			case err == nil:
				made.Add(1)
			case !errs.Is(err, errs.Exists):
				t.Errorf("Create: %v, want that the name is taken", err)
			}
		})
	}
	callers.Wait()
	all, err := c.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if made.Load() != 1 || len(all) != 1 {
		t.Errorf("%d callers made the environment and %d are there, want 1", made.Load(), len(all))
	}
}
