package sample

import (
	"context"
	"fmt"
	"runtime"
	"sync"

	"github.com/ownlake/ownlake/errs"
)

// MaxCustomers is the largest sample: keys have room for so many.
const MaxCustomers = 100_000_000

// Options say what to generate and where.
type Options struct {
	// Customers is the number of people, 1 to [MaxCustomers]. Each has about three rows.
	Customers int
	// Seed chooses the sample. The same seed and number of customers give the same bytes.
	Seed uint64
	// Dir receives the files. It may be absent, empty, or hold a former sample, which is replaced.
	Dir string
	// Force writes into a Dir that holds other things. They stay, except files of the sample's names.
	Force bool
	// Progress is called now and then, from the goroutine that called [Generate], with the customers that are
	// written so far and their total. Nil is fine.
	Progress func(done, total int)
}

const op = errs.Op("sample.Generate")

// Generate writes a sample into o.Dir. Files appear there complete or not at all: when ctx ends or writing
// fails, what was begun is removed and a former sample is still there. Memory does not grow with the number of
// customers.
//
// Errors are Invalid for options out of range, Exists for a folder that holds other things, Canceled when ctx
// ended, Unavailable when the files cannot be written.
func Generate(ctx context.Context, o Options) (Summary, error) {
	if o.Customers < 1 || o.Customers > MaxCustomers {
		return Summary{}, errs.E(op, errs.Invalid, errs.Hint(fmt.Sprintf("choose 1 to %d", MaxCustomers)),
			fmt.Errorf("cannot generate %d customers", o.Customers))
	}
	if o.Dir == "" {
		return Summary{}, errs.E(op, errs.Invalid, errs.Hint("name the folder to write to"), "no folder given")
	}
	f, err := openFolder(o.Dir, o.Force)
	if err != nil {
		return Summary{}, err
	}
	defer f.abandon()
	t, err := write(ctx, f, o)
	if err != nil {
		return Summary{}, err
	}
	s := t.summary(o)
	if err := f.publish(s); err != nil {
		return Summary{}, err
	}
	return s, nil
}

// write makes the blocks on all cores and writes them in their order.
func write(ctx context.Context, f *folder, o Options) (*totals, error) {
	t := &totals{}
	if err := f.write(t.headers()); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	m := newMill(ctx, o, &running)
	for t.customers < o.Customers {
		b, err := m.next(ctx)
		if err != nil {
			return nil, errs.E(op, errs.Item(o.Dir), fmt.Errorf("stopped before the sample was complete, nothing was written: %w", err))
		}
		if err := f.write(&b.out); err != nil {
			return nil, err
		}
		t.add(b)
		m.free.Put(b)
		if o.Progress != nil {
			o.Progress(t.customers, o.Customers)
		}
	}
	return t, nil
}

// mill makes blocks on all cores. Each is announced in the queue, in order, before it is made; the queue's length
// bounds how many wait in memory.
type mill struct {
	queue chan chan *block
	free  sync.Pool
}

// job asks for one block.
type job struct {
	number int
	done   chan *block // has room for it, so that nobody waits for the reader
}

func newMill(ctx context.Context, o Options, running *sync.WaitGroup) *mill {
	workers := runtime.GOMAXPROCS(0)
	m := &mill{queue: make(chan chan *block, 2*workers)}
	m.free.New = func() any { return &block{} }
	jobs := make(chan job)
	running.Go(func() {
		defer close(jobs)
		for n := 0; n*blockCustomers < o.Customers; n++ {
			j := job{number: n, done: make(chan *block, 1)}
			if !send(ctx, m.queue, j.done) || !send(ctx, jobs, j) {
				return
			}
		}
	})
	for range workers {
		running.Go(func() {
			for j := range jobs {
				b := m.free.Get().(*block) //nolint:errcheck // the pool holds nothing else
				b.reset(o.Seed, j.number, o.Customers)
				b.make()
				j.done <- b
			}
		})
	}
	return m
}

// next returns the next block of the sample.
func (m *mill) next(ctx context.Context) (*block, error) {
	// A context that has ended wins over a block that is ready, so that cancelling takes effect at once.
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case done := <-m.queue:
		select {
		case b := <-done:
			return b, nil
		case <-ctx.Done():
		}
	case <-ctx.Done():
	}
	return nil, ctx.Err()
}

func send[T any](ctx context.Context, to chan<- T, v T) bool {
	select {
	case to <- v:
		return true
	case <-ctx.Done():
		return false
	}
}
