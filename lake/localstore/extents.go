package localstore

import (
	"encoding/binary"
	"errors"
	"iter"
	"math"
	"slices"

	"github.com/cockroachdb/errors/oserror"
	"github.com/cockroachdb/pebble/v2"

	"github.com/ownlake/ownlake/errs"
)

func isNotExist(err error) bool { return oserror.IsNotExist(err) }

// errMoved says that content was replaced while it was being read about; look the path up again.
var errMoved = errors.New("the content was replaced meanwhile")

// checkMoved tells content that is missing from content that was replaced: after errMoved the file must have other
// extents than before (nil on the first try).
func checkMoved(before, list []extent) error {
	if before == nil || !slices.Equal(before, list) {
		return nil
	}
	return errs.E(errs.Corrupt, "content that the file refers to is missing", errs.Hint("run ownlake lake check, and restore a backup"))
}

// page is a part of the extents of a file that has more than maxInNode: those from a byte of the file on. Paging keeps an
// append, and the reading of a range, from costing more the more extents a file has.
type page struct {
	start int64
	list  []extent
}

// maxLength is more than any file has.
const maxLength = math.MaxInt64

// defaultPageExtents is how many extents a page has, unless the last of them are empty.
const defaultPageExtents = 64

// pageKey files the first page under the inode alone, as format 2 did with a whole list, which therefore is a page.
func pageKey(n inode, start int64) []byte {
	key := extentsKey(n)
	if start == 0 {
		return key
	}
	return binary.BigEndian.AppendUint64(key, uint64(start))
}

func decodePage(key, value []byte) (page, error) {
	var p page
	switch len(key) {
	case idKeyLen:
	case idKeyLen + 8:
		p.start = int64(binary.BigEndian.Uint64(key[idKeyLen:]))
	default:
		return p, errs.E(errs.Corrupt, "a list of extents has a malformed key")
	}
	d := openRecord(value)
	p.list = d.extents(nil)
	return p, d.err
}

// end is the byte of the file that follows the page's.
func (p page) end() int64 { return p.start + total(p.list) }

func total(list []extent) int64 {
	var n int64
	for _, x := range list {
		n += x.length
	}
	return n
}

// lookupPages returns the pages that hold the bytes of [from, to), and fails where one is missing between.
func lookupPages(r pebble.Reader, n inode, from, to int64) ([]page, error) {
	it, err := newPageIter(r, n)
	if err != nil {
		return nil, err
	}
	defer it.Close() //nolint:errcheck // Error below reports what Close would
	var pages []page
	for ok := it.SeekLT(binary.BigEndian.AppendUint64(extentsKey(n), uint64(from)+1)); ok; ok = it.Next() {
		p, err := decodePage(it.Key(), it.Value())
		if err != nil {
			return nil, err
		}
		if len(pages) > 0 && p.start >= to {
			break
		}
		if before := len(pages) - 1; before >= 0 && pages[before].end() != p.start || before < 0 && from == 0 && p.start != 0 {
			return nil, errs.E(errs.Corrupt, "a part of the file's list of extents is missing")
		}
		pages = append(pages, p)
	}
	if err := it.Error(); err != nil {
		return nil, ioError(err)
	}
	if len(pages) == 0 {
		return nil, errs.E(errs.Corrupt, "the file's list of extents is missing")
	}
	return pages, nil
}

// lastPages returns the last pages of a file, at most so many, in their order.
func lastPages(r pebble.Reader, n inode, most int) ([]page, error) {
	it, err := newPageIter(r, n)
	if err != nil {
		return nil, err
	}
	defer it.Close() //nolint:errcheck // Error below reports what Close would
	var pages []page
	for ok := it.Last(); ok && len(pages) < most; ok = it.Prev() {
		p, err := decodePage(it.Key(), it.Value())
		if err != nil {
			return nil, err
		}
		pages = append(pages, p)
	}
	slices.Reverse(pages)
	return pages, ioError(it.Error())
}

func newPageIter(r pebble.Reader, n inode) (*pebble.Iterator, error) {
	prefix := extentsKey(n)
	it, err := r.NewIter(&pebble.IterOptions{LowerBound: prefix, UpperBound: after(prefix)})
	return it, ioError(err)
}

// pageKeys returns the keys of all pages that a file has, whole or not.
func pageKeys(r pebble.Reader, n inode) ([][]byte, error) {
	var keys [][]byte
	err := scan(r, extentsKey(n), func(key, _ []byte) error {
		keys = append(keys, slices.Clone(key))
		return nil
	})
	return keys, err
}

// lookupExtents returns all of a file's extents, wherever they are stored.
func lookupExtents(r pebble.Reader, n *node) ([]extent, error) {
	list, _, err := lookupRange(r, n, 0, maxLength)
	return list, err
}

// lookupRange returns extents that hold a range of the file, and where in them the range begins.
func lookupRange(r pebble.Reader, n *node, offset, length int64) (list []extent, skip int64, err error) {
	if !n.spilled {
		return n.extents, offset, nil
	}
	pages, err := lookupPages(r, n.inode, offset, offset+length)
	if err != nil {
		return nil, 0, err
	}
	for _, p := range pages {
		list = append(list, p.list...)
	}
	return list, offset - pages[0].start, nil
}

// setExtents gives a file its content.
func (t *tx) setExtents(n *node, list []extent) error {
	if n.spilled {
		if err := t.removePages(n.inode); err != nil {
			return err
		}
	}
	n.size = total(list)
	n.extents, n.spilled = list, len(list) > maxInNode
	if n.spilled {
		n.extents = nil
		t.addPages(n.inode, 0, list)
	}
	return nil
}

// addPages files extents that begin at a byte of the file.
func (t *tx) addPages(n inode, start int64, list []extent) {
	for len(list) > 0 {
		count, end := 0, start
		for count < len(list) && (count < t.s.pageExtents || end == start) { // no two pages begin at one byte
			end += list[count].length
			count++
		}
		t.putPage(n, page{start, list[:count]})
		start, list = end, list[count:]
	}
}

func (t *tx) putPage(n inode, p page) {
	e := newRecord()
	e.extents(p.list)
	t.set(pageKey(n, p.start), e.buf)
}

func (t *tx) removePages(n inode) error {
	keys, err := pageKeys(t.s.db, n)
	for _, key := range keys {
		t.del(key)
	}
	return err
}

// lastPage returns where a file's last extents lie: in the node or in a page.
func (t *tx) lastPage(n *node) (page, error) {
	if !n.spilled {
		return page{0, slices.Clip(n.extents)}, nil
	}
	pages, err := lastPages(t.s.db, n.inode, 1)
	if err != nil {
		return page{}, err
	}
	if len(pages) == 0 || pages[0].end() != n.size {
		return page{}, errs.E(errs.Corrupt, "a part of the file's list of extents is missing")
	}
	return pages[0], nil
}

// appendExtent adds an extent behind what is kept of a file's last page, which is changed if not all is. It costs the same
// however many there are before.
func (t *tx) appendExtent(n *node, last page, changed bool, x extent) {
	switch full := len(last.list) >= t.s.pageExtents && last.end() > last.start; {
	case !n.spilled && len(last.list) < maxInNode:
		n.extents = append(last.list, x)
	case n.spilled && full && !changed:
		t.putPage(n.inode, page{last.end(), []extent{x}})
		t.filled = append(t.filled, n.inode)
	default:
		n.extents, n.spilled = nil, true
		t.putPage(n.inode, page{last.start, append(last.list, x)})
	}
	n.size = last.end() + x.length
}

// discardFile removes a file that leaves the namespace, except for the content that is kept.
func (t *tx) discardFile(n *node, kept []extent) error {
	list, err := lookupExtents(t.s.db, n)
	if err != nil {
		return err
	}
	if n.spilled {
		if err := t.removePages(n.inode); err != nil {
			return err
		}
	}
	t.abandoned = append(t.abandoned, n.inode)
	return t.discardExtents(list, kept)
}

// discardExtents removes the pieces of content that the former extents hold and the kept ones do not.
func (t *tx) discardExtents(former, kept []extent) error {
	keep := make(map[contentID]bool, len(kept))
	for _, x := range kept {
		keep[x.content] = true
	}
	for c := range contentsOf(former) {
		if keep[c] {
			continue
		}
		if err := t.removePiece(c); err != nil {
			return err
		}
	}
	return nil
}

// contentsOf yields each content that extents hold, once.
func contentsOf(list []extent) iter.Seq[contentID] {
	return func(yield func(contentID) bool) {
		seen := make(map[contentID]bool, len(list))
		for _, x := range list {
			if !seen[x.content] && !yield(x.content) {
				return
			}
			seen[x.content] = true
		}
	}
}
