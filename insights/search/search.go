package search

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
)

const (
	// checkEvery is how often Customer is looked at for a change, while somebody searches.
	checkEvery = 2 * time.Second
	// firstWait is how long the first search waits for the index.
	firstWait = 5 * time.Second
	// maxOffset is how far pages go.
	maxOffset = 10_000
)

// Tables are where customers come from. insights/pipeline implements it.
type Tables interface {
	// Current returns the snapshot of a table as it is now; NotFound if there is none.
	Current(ctx context.Context, env insights.EnvironmentID, table string) (insights.Snapshot, error)
	// Each calls visit with each row, or with those that have the text in a column.
	Each(ctx context.Context, env insights.EnvironmentID, s insights.Snapshot, column, text string, visit func(values []any) error) error
}

// Options are what a searcher is made of. All are required.
type Options struct {
	Tables Tables
	Dir    string // for indexes; it may be deleted when nobody uses it
	Clock  func() time.Time
	Logger *slog.Logger
}

// Searcher finds customers in every environment. It is safe for concurrent use. Close it.
type Searcher struct {
	o    Options
	base context.Context // ends when it is closed
	stop context.CancelFunc
	wg   sync.WaitGroup

	mu   sync.Mutex
	envs map[insights.EnvironmentID]*environment
}

// environment is the index of one environment.
type environment struct {
	id insights.EnvironmentID

	use sync.RWMutex // held for reading by whoever uses ix
	ix  *index       // nil as long as there is none

	mu      sync.Mutex
	checked time.Time
	going   chan struct{} // closed when the check that is going has ended; nil where none is
	failure error         // of the last check
}

// New makes a searcher.
func New(o Options) *Searcher {
	base, stop := context.WithCancel(context.Background())
	return &Searcher{o: o, base: base, stop: stop, envs: map[insights.EnvironmentID]*environment{}}
}

// Query asks for customers. No text means all.
type Query struct {
	Text  string
	After string // Next of the page before
	Limit int    // 0 means 20
}

// Found is a page of customers, the best first.
type Found struct {
	Columns []insights.Column `json:"columns"`
	Items   []Customer        `json:"items"`
	Next    string            `json:"next,omitempty"`
	// Total is how many fit; where More is set at least so many.
	Total int  `json:"total"`
	More  bool `json:"more,omitempty" doc:"Whether more than total may fit"`
}

// Customer is a row of Customer.
type Customer struct {
	ID     string         `json:"id"`
	Fields map[string]any `json:"fields" doc:"Values by column; what is empty is left out"`
}

// Search returns a page of the customers that fit. NotFound where nothing was unified yet; Unavailable with the code
// IndexBuilding as long as the first index is being made.
func (s *Searcher) Search(ctx context.Context, env insights.EnvironmentID, q Query) (Found, error) {
	const op errs.Op = "search.Search"
	offset := 0
	if q.After != "" {
		n, err := strconv.Atoi(q.After)
		if err != nil || n < 0 || n > maxOffset {
			return Found{}, errs.E(op, errs.Invalid, errs.Item("after"), "not where a page begins", errs.Hint("use next of the page before; search for less where pages go too far"))
		}
		offset = n
	}
	limit := q.Limit
	if limit <= 0 {
		limit = 20
	}
	var page Found
	err := s.with(ctx, env, func(ix *index) error {
		hits, total, more, err := ix.query(q.Text, offset, limit)
		if err != nil {
			return err
		}
		page = Found{Columns: ix.columns(), Items: []Customer{}, Total: total, More: more}
		for _, h := range hits {
			values, err := ix.row(h.doc)
			if err != nil {
				return err
			}
			page.Items = append(page.Items, ix.customer(values))
		}
		if next := offset + len(hits); len(hits) == limit && next < total && next <= maxOffset {
			page.Next = strconv.Itoa(next)
		}
		return nil
	})
	return page, errs.Wrap(op, err)
}

// Customer returns one customer; NotFound if there is none of the id.
func (s *Searcher) Customer(ctx context.Context, env insights.EnvironmentID, id string) (c Customer, columns []insights.Column, err error) {
	err = s.with(ctx, env, func(ix *index) error {
		values, err := ix.byID(id)
		if err != nil {
			return err
		}
		c, columns = ix.customer(values), ix.columns()
		return nil
	})
	return c, columns, errs.Wrap("search.Customer", err)
}

func (ix *index) customer(values []any) Customer {
	c := Customer{Fields: map[string]any{}}
	for i, v := range values {
		name := ix.foot.Columns[i].Name
		if text, isText := v.(string); name == "CustomerId" && isText {
			c.ID = text
		}
		if v != nil && v != "" {
			c.Fields[name] = v
		}
	}
	return c
}

// with calls use with the environment's index.
func (s *Searcher) with(ctx context.Context, env insights.EnvironmentID, use func(*index) error) error {
	e := s.environment(env)
	going, failure := s.check(e)
	e.use.RLock()
	defer e.use.RUnlock()
	if e.ix == nil && going != nil {
		e.use.RUnlock()
		err := wait(ctx, going)
		e.use.RLock()
		if err != nil {
			return err
		}
		e.mu.Lock()
		failure = e.failure
		e.mu.Unlock()
	}
	switch {
	case e.ix != nil && !errs.Is(failure, errs.NotFound):
		return use(e.ix) // the former one, where it cannot be seen whether there is a newer
	case failure != nil:
		return failure
	}
	return errs.E(errs.Unavailable, errs.Code("IndexBuilding"), "the customers are being indexed", errs.Hint("try again in a while"))
}

func wait(ctx context.Context, done <-chan struct{}) error {
	timer := time.NewTimer(firstWait)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	case <-ctx.Done():
		return errs.E(ctx.Err())
	}
	return nil
}

func (s *Searcher) environment(id insights.EnvironmentID) *environment {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.envs[id]
	if !ok {
		e = &environment{id: id}
		s.envs[id] = e
	}
	return e
}

// check begins to look whether Customer has changed, if that was not done lately, and returns the check that is going, if one
// is, and how the last one ended.
func (s *Searcher) check(e *environment) (going chan struct{}, failure error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if now := s.o.Clock(); e.going == nil && (e.checked.IsZero() || now.Sub(e.checked) >= checkEvery) && s.base.Err() == nil {
		e.checked, e.going = now, make(chan struct{})
		s.wg.Go(func() {
			err := s.refresh(s.base, e)
			if err != nil && !errs.Is(err, errs.NotFound) && !errs.Is(err, errs.Canceled) {
				s.o.Logger.ErrorContext(s.base, "customers could not be indexed", "environment", e.id, "error", err)
			}
			e.mu.Lock()
			defer e.mu.Unlock()
			e.failure, e.checked = err, s.o.Clock()
			close(e.going)
			e.going = nil
		})
	}
	return e.going, e.failure
}

// refresh makes the index of Customer as it is now, unless it is there.
func (s *Searcher) refresh(ctx context.Context, e *environment) error {
	const op errs.Op = "search.refresh"
	snapshot, err := s.o.Tables.Current(ctx, e.id, insights.CustomerTable)
	if err != nil {
		return errs.E(op, err)
	}
	key := string(snapshot.Run) + " " + snapshot.Fingerprint
	e.use.RLock()
	same := e.ix != nil && e.ix.foot.Snapshot == key
	e.use.RUnlock()
	if same {
		return nil
	}
	file := filepath.Join(s.o.Dir, string(e.id)+".index")
	ix, err := openIndex(file)
	if err == nil && ix.foot.Snapshot != key {
		err = errs.E(errs.NotFound, ix.close())
	}
	if err != nil {
		if ix, err = s.build(ctx, e.id, snapshot, key, file); err != nil {
			return errs.E(op, err)
		}
	}
	e.use.Lock()
	defer e.use.Unlock()
	if e.ix != nil {
		_ = e.ix.close()
	}
	e.ix = ix
	return nil
}

// build makes an index file in place of the former one, which stays open for whoever uses it.
func (s *Searcher) build(ctx context.Context, env insights.EnvironmentID, snapshot insights.Snapshot, key, file string) (ix *index, err error) {
	if err := os.MkdirAll(s.o.Dir, 0o700); err != nil {
		return nil, errs.E(errs.Unavailable, err)
	}
	dir, err := os.MkdirTemp(s.o.Dir, "build-*")
	if err != nil {
		return nil, errs.E(errs.Unavailable, err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	b, err := newBuilder(filepath.Join(dir, "index"), dir, key, snapshot.Columns)
	if err != nil {
		return nil, err
	}
	err = s.o.Tables.Each(ctx, env, snapshot, "", "", b.add)
	if err == nil {
		err = b.finish()
	}
	if err != nil {
		return nil, errors.Join(err, ignoreClosed(b.file.Close()))
	}
	if err := os.Rename(filepath.Join(dir, "index"), file); err != nil {
		return nil, errs.E(errs.Unavailable, err)
	}
	return openIndex(file)
}

func ignoreClosed(err error) error {
	if errors.Is(err, os.ErrClosed) {
		return nil
	}
	return err
}

// Rows returns the rows of a table that have a text in a column; none where there is no such table or column.
func (s *Searcher) Rows(ctx context.Context, env insights.EnvironmentID, table, column, text string) ([]map[string]any, error) {
	snapshot, err := s.o.Tables.Current(ctx, env, table)
	if errs.Is(err, errs.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, errs.E(errs.Op("search.Rows"), err)
	}
	var found []map[string]any
	known := false
	for _, c := range snapshot.Columns {
		known = known || strings.EqualFold(c.Name, column)
	}
	if !known {
		return nil, nil
	}
	err = s.o.Tables.Each(ctx, env, snapshot, column, text, func(values []any) error {
		row := map[string]any{}
		for i, v := range values {
			if v != nil {
				row[snapshot.Columns[i].Name] = v
			}
		}
		found = append(found, row)
		return nil
	})
	return found, errs.Wrap("search.Rows", err)
}

// Close ends what is being made, and closes the indexes. No search is under way.
func (s *Searcher) Close() error {
	s.stop()
	s.wg.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	var failures []error
	for _, e := range s.envs {
		if e.ix != nil {
			failures = append(failures, e.ix.close())
		}
	}
	return errors.Join(failures...)
}
