package table

import (
	"context"
	"io"
	"sync"
	"testing"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/lake"
)

// fault says how a call fails.
type fault int

const (
	failOnce   fault = iota // the call fails and does nothing
	dieBefore               // it and all later ones fail, as when the process is killed before the call
	dieAfter                // the call is carried out, then as dieBefore
	lostReply               // the call is carried out, but reports that it could not be reached
	outage                  // as dieBefore, but the commit can abort
	lateOutage              // as dieAfter, but the commit can abort
)

var faults = map[string]fault{
	"failOnce": failOnce, "dieBefore": dieBefore, "dieAfter": dieAfter, "lostReply": lostReply, "outage": outage, "lateOutage": lateOutage,
}

// faulty is a store whose k-th call, from 1, fails. All calls that package table makes are counted.
type faulty struct {
	lake.Store

	mu    sync.Mutex
	calls int
	k     int // 0: none
	how   fault
	dead  bool
}

// arm makes the k-th call from now on fail.
func (f *faulty) arm(k int, how fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls, f.k, f.how, f.dead = 0, k, how, false
}

// aborting ends an outage.
func (f *faulty) aborting() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dead = f.dead && f.how != outage && f.how != lateOutage
}

// fired reports whether the fault happened.
func (f *faulty) fired() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.k > 0 && f.calls >= f.k
}

func (f *faulty) call(do func() error) error {
	f.mu.Lock()
	f.calls++
	hit := f.k > 0 && f.calls == f.k
	dead := f.dead
	f.dead = f.dead || hit && f.how != failOnce && f.how != lostReply
	f.mu.Unlock()
	lost := errs.E(errs.Unavailable, "the account cannot be reached")
	switch {
	case dead, hit && (f.how == failOnce || f.how == dieBefore || f.how == outage):
		return lost
	case hit:
		_ = do()
		return lost
	}
	return do()
}

func result[T any](f *faulty, do func() (T, error)) (T, error) {
	var out T
	err := f.call(func() (err error) {
		out, err = do()
		return err
	})
	if err != nil {
		var zero T
		return zero, err
	}
	return out, nil
}

func (f *faulty) Account(ctx context.Context) (lake.AccountProperties, error) {
	return result(f, func() (lake.AccountProperties, error) { return f.Store.Account(ctx) })
}

func (f *faulty) Read(ctx context.Context, fs lake.Filesystem, p lake.Path, o lake.ReadOptions) (lake.Content, error) {
	return result(f, func() (lake.Content, error) { return f.Store.Read(ctx, fs, p, o) })
}

func (f *faulty) PutBlob(ctx context.Context, fs lake.Filesystem, p lake.Path, r io.Reader, o lake.PutBlobOptions) (lake.Properties, error) {
	return result(f, func() (lake.Properties, error) { return f.Store.PutBlob(ctx, fs, p, r, o) })
}

func (f *faulty) Properties(ctx context.Context, fs lake.Filesystem, p lake.Path, c lake.Conditions) (lake.Properties, error) {
	return result(f, func() (lake.Properties, error) { return f.Store.Properties(ctx, fs, p, c) })
}

func (f *faulty) SetProperties(ctx context.Context, fs lake.Filesystem, p lake.Path, u lake.PropertyUpdate, c lake.Conditions) (lake.Properties, error) {
	return result(f, func() (lake.Properties, error) { return f.Store.SetProperties(ctx, fs, p, u, c) })
}

func (f *faulty) List(ctx context.Context, fs lake.Filesystem, dir lake.Path, o lake.ListOptions) (lake.Page, error) {
	return result(f, func() (lake.Page, error) { return f.Store.List(ctx, fs, dir, o) })
}

func (f *faulty) Delete(ctx context.Context, fs lake.Filesystem, p lake.Path, o lake.DeleteOptions) error {
	return f.call(func() error { return f.Store.Delete(ctx, fs, p, o) })
}

// faultyLocal is a faulty store with local files.
type faultyLocal struct {
	*faulty
	local lake.LocalFiles
}

func (f faultyLocal) LocalFile(ctx context.Context, fs lake.Filesystem, p lake.Path) (string, func(), error) {
	release := func() {}
	path, err := result(f.faulty, func() (path string, err error) {
		path, release, err = f.local.LocalFile(ctx, fs, p)
		return path, err
	})
	return path, release, err
}

func (f faultyLocal) AdoptFile(ctx context.Context, fs lake.Filesystem, p lake.Path, local string, o lake.PutBlobOptions) (lake.Properties, error) {
	return result(f.faulty, func() (lake.Properties, error) { return f.local.AdoptFile(ctx, fs, p, local, o) })
}

// faultyFixture is a fixture over a faulty store, embedded or remote.
func faultyFixture(t *testing.T, format insights.DataFormat, embedded bool) (*fixture, *faulty) {
	t.Helper()
	f := &faulty{}
	fx := newFixture(t, format, func(s lake.Service) lake.Store {
		f.Store = s
		if l, ok := s.(lake.LocalFiles); ok && embedded {
			return faultyLocal{f, l}
		}
		return f
	})
	return fx, f
}
