package storetest

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// together runs n goroutines and waits for them.
func together(n int, f func(i int)) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { f(i) })
	}
	wg.Wait()
}

var concurrencyCases = []testCase{
	{"of writers to different files loses nothing", func(e *env) {
		const writers, files = 8, 12
		together(writers, func(w int) {
			for i := range files {
				p := lake.Path(fmt.Sprintf("shared/w%d/f%d", i%3, w*files+i))
				content := bulk(20_000+w, byte(i))
				if _, err := e.store.PutBlob(e.Context(), e.fs, p, strings.NewReader(content), lake.PutBlobOptions{}); err != nil {
					e.Errorf("put %s: %v", p, err)
				}
			}
		})
		e.same("entries", len(e.tree()), 1+3+writers*files)
		for w := range writers {
			for i := range files {
				e.holds(lake.Path(fmt.Sprintf("shared/w%d/f%d", i%3, w*files+i)), bulk(20_000+w, byte(i)))
			}
		}
	}},
	{"of conditional writers loses no update", loseNoUpdate},
	{"of creators lets one make the file", func(e *env) {
		var made atomic.Int32
		together(8, func(int) {
			_, err := e.store.Create(e.Context(), e.fs, "lock", lake.CreateOptions{Conditions: lake.Conditions{IfNoneMatch: lake.AnyETag}})
			switch {
			case err == nil:
				made.Add(1)
			case !errs.Is(err, errs.Exists):
				e.Errorf("create: %v", err)
			}
		})
		e.same("made", made.Load(), int32(1))
	}},
	{"of renames lets one win", func(e *env) {
		e.write("src/f", "x")
		var moved atomic.Int32
		together(8, func(i int) {
			_, err := e.rename("src", lake.Path(fmt.Sprintf("dst%d", i)), lake.RenameOptions{})
			switch {
			case err == nil:
				moved.Add(1)
			case !errs.Is(err, errs.NotFound):
				e.Errorf("rename: %v", err)
			}
		})
		e.same("moved", moved.Load(), int32(1))
		e.same("entries", len(e.tree()), 2)
	}},
	{"of a writer and readers shows whole contents only", wholeContentsOnly},
	{"of appends to one file keeps each in its place", func(e *env) {
		const parts, size = 12, 30_011
		e.write("f", "")
		together(parts, func(i int) {
			err := e.store.Append(e.Context(), e.fs, "f", int64(i*size), fill(size, byte(i)), lake.AppendOptions{})
			if err != nil {
				e.Errorf("append %d: %v", i, err)
			}
		})
		var want strings.Builder
		for i := range parts {
			want.WriteString(bulk(size, byte(i)))
		}
		e.flush("f", want.Len())
		e.holds("f", want.String())
	}},
	{"of blocks keeps each", func(e *env) {
		const blocks = 16
		refs := make([]lake.BlockRef, blocks)
		var want strings.Builder
		for i := range blocks {
			refs[i].ID = lake.BlockID(fmt.Sprintf("%04d", i))
			want.WriteString(bulk(20_000, byte(i)))
		}
		together(blocks, func(i int) {
			if err := e.store.PutBlock(e.Context(), e.fs, "f", refs[i].ID, fill(20_000, byte(i)), lake.PutBlockOptions{}); err != nil {
				e.Errorf("put block %d: %v", i, err)
			}
		})
		_, err := e.putList("f", refs...)
		e.ok(err)
		e.holds("f", want.String())
	}},
}

// loseNoUpdate counts in a file, each writer by reading it and writing it where it did not change.
func loseNoUpdate(e *env) {
	const writers, rounds = 6, 8
	e.put("counter", "0")
	together(writers, func(int) {
		for done := 0; done < rounds; {
			c, err := e.store.Read(e.Context(), e.fs, "counter", lake.ReadOptions{})
			if err != nil {
				e.Errorf("read: %v", err)
				return
			}
			n, err := strconv.Atoi(string(e.drain(c)))
			if err != nil {
				e.Errorf("the counter is not a number: %v", err)
				return
			}
			_, err = e.store.PutBlob(e.Context(), e.fs, "counter", strings.NewReader(strconv.Itoa(n+1)),
				lake.PutBlobOptions{Conditions: lake.Conditions{IfMatch: c.Properties.ETag}})
			switch {
			case err == nil:
				done++
			case !errs.Is(err, errs.Precondition):
				e.Errorf("write: %v", err)
				return
			}
		}
	})
	e.holds("counter", strconv.Itoa(writers*rounds))
}

func wholeContentsOnly(e *env) {
	const versions = 20
	version := func(i int) string { return bulk(20_000+i*1000, byte(i)) }
	e.put("f", version(0))
	var done atomic.Bool
	together(4, func(role int) {
		if role == 0 {
			defer done.Store(true)
			for i := range versions {
				if _, err := e.store.PutBlob(e.Context(), e.fs, "f", strings.NewReader(version(i)), lake.PutBlobOptions{}); err != nil {
					e.Errorf("put version %d: %v", i, err)
				}
			}
			return
		}
		for !done.Load() {
			c, err := e.store.Read(e.Context(), e.fs, "f", lake.ReadOptions{})
			if err != nil {
				e.Errorf("read: %v", err)
				return
			}
			got := string(e.drain(c))
			if i := (len(got) - 20_000) / 1000; i < 0 || i >= versions || got != version(i) {
				e.Errorf("read %d bytes that are no version's content", len(got))
				return
			}
		}
	})
}
