package localstore

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"

	"github.com/ownlake/ownlake/errs"
)

// merger makes one piece of the many that a file has which grew by small appends: in the background, a page of extents
// at a time, so that reading the file does not go through thousands of small pieces. An append touches a file's last page
// only, and the merger all but the last.
//
// What is still to be merged is not recorded. After a crash it is looked at again when the file fills its next page.
type merger struct {
	mu     sync.Mutex
	files  map[inode]bool
	signal chan struct{} // has room for one
}

// mergePages is how far back from a file's end the merger looks. What it has merged takes one page.
const mergePages = 8

// Pieces smaller than a limit are merged once a page of them lies side by side: 16 KiB to 1 MiB, and those to 64 MiB, so
// that a byte is copied about twice, whatever the file's length.
var mergeLimits = []int64{256 << 10, 4 << 20}

// maxMerged bounds what one merge copies.
const maxMerged = 256 << 20

func newMerger() merger {
	return merger{files: map[inode]bool{}, signal: make(chan struct{}, 1)}
}

// add queues files.
func (m *merger) add(files []inode) {
	if len(files) == 0 {
		return
	}
	m.mu.Lock()
	for _, n := range files {
		m.files[n] = true
	}
	m.mu.Unlock()
	select {
	case m.signal <- struct{}{}:
	default: // it is awake already
	}
}

func (m *merger) take() []inode {
	m.mu.Lock()
	defer m.mu.Unlock()
	var files []inode
	for n := range m.files {
		files = append(files, n)
	}
	clear(m.files)
	return files
}

// mergeLoop works until the context ends.
func (s *Store) mergeLoop(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.merge.signal:
		}
		for _, n := range s.merge.take() {
			if err := s.mergeFile(ctx, n); err != nil && ctx.Err() == nil {
				s.log.WarnContext(ctx, "small appends of a file could not be merged; the file is as it was", slog.Any("error", err))
			}
		}
	}
}

// mergeFile merges what there is to be merged near the end of a file that may be gone.
func (s *Store) mergeFile(ctx context.Context, n inode) error {
	for {
		pages, err := lastPages(s.db, n, mergePages+1)
		if err != nil || len(pages) < 2 {
			return err
		}
		m := &merge{s: s, inode: n, pages: pages[:len(pages)-1]}
		if !m.plan() {
			return nil
		}
		err = m.run(ctx)
		if errors.Is(err, errMoved) {
			return nil // the file was replaced or deleted
		}
		if err != nil {
			return err
		}
	}
}

// merge is one run of extents that becomes one.
type merge struct {
	s     *Store
	inode inode
	pages []page // some that follow each other
	list  []extent
	from  int // the run in list
	to    int
}

// plan finds the run: committed blocks stay what they are.
func (m *merge) plan() bool {
	for _, p := range m.pages {
		m.list = append(m.list, p.list...)
	}
	m.to = len(m.list)
	for _, limit := range mergeLimits {
		size := int64(0)
		for m.from = m.to; m.from > 0; m.from-- {
			x := m.list[m.from-1]
			if size += x.length; x.block != "" || x.length >= limit || size > maxMerged {
				break
			}
		}
		if m.to-m.from >= m.s.pageExtents {
			return true
		}
	}
	return false
}

// run copies the run, checked, and puts the copy in its place.
func (m *merge) run(ctx context.Context) error {
	b := &body{s: m.s, ctx: ctx, item: "small appends"}
	former := m.list[m.from:m.to]
	if err := b.open(former, 0, total(former)); err != nil {
		return err
	}
	merged, err := m.s.receive(&intake{ctx: ctx, r: diskReader{b}}, nil)
	if closeErr := b.Close(); err == nil && closeErr != nil {
		m.s.drop(merged)
		err = closeErr
	}
	if err != nil {
		return err
	}
	if err := m.s.update(ctx, func(t *tx) error { return t.merge(m, merged) }); err != nil {
		m.s.drop(merged)
		return err
	}
	return nil
}

func (t *tx) merge(m *merge, merged piece) error {
	all, err := lookupPages(t.s.db, m.inode, 0, maxLength)
	if errs.Is(err, errs.Corrupt) {
		return errMoved // it was deleted, or is damaged, which whoever reads it is told
	}
	if err != nil {
		return err
	}
	at := slices.IndexFunc(all, func(p page) bool { return p.start == m.pages[0].start })
	if at < 0 || len(all) <= at+len(m.pages) || !slices.EqualFunc(all[at:at+len(m.pages)], m.pages, samePage) {
		return errMoved
	}
	for _, p := range m.pages {
		t.del(pageKey(m.inode, p.start))
	}
	list := slices.Replace(slices.Clone(m.list), m.from, m.to, extent{content: merged.id, length: merged.length})
	t.addPiece(merged)
	t.addPages(m.inode, m.pages[0].start, list)
	kept := list
	for i, p := range all {
		if i < at || i >= at+len(m.pages) {
			kept = append(kept, p.list...)
		}
	}
	return t.discardExtents(m.list[m.from:m.to], kept)
}

func samePage(a, b page) bool { return a.start == b.start && slices.Equal(a.list, b.list) }
