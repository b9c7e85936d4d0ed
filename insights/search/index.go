package search

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"math/bits"
	"os"
	"slices"
	"sort"
	"strings"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
)

const (
	// maxCandidates bounds the rows that are looked at for one term, and maxExpanded the words that a beginning stands for.
	maxCandidates = 10_000
	maxExpanded   = 128
	// plenty is how many customers with a word are so many that those who have a longer one are not looked for.
	plenty = 1000
)

// index is an index file that is open. It is safe for concurrent use.
type index struct {
	file    *os.File
	foot    footer
	sparse  []sparseTerm
	offsets []int64
}

type sparseTerm struct {
	term string
	at   int64 // in the blocks
}

// openIndex opens a file; one that is not whole is Corrupt.
func openIndex(name string) (*index, error) {
	f, err := os.Open(name) //nolint:gosec // G304: a name of our own
	if err != nil {
		return nil, errs.E(errs.NotFound, err)
	}
	ix := &index{file: f}
	if err := ix.load(); err != nil {
		return nil, errs.E(errs.Op("search.openIndex"), errs.Corrupt, errs.Item(name), errors.Join(err, f.Close()))
	}
	return ix, nil
}

func (ix *index) load() error {
	info, err := ix.file.Stat()
	if err != nil {
		return err
	}
	size := info.Size()
	tail := make([]byte, 8)
	if _, err := ix.file.ReadAt(tail, size-8); err != nil {
		return err
	}
	length := int64(binary.BigEndian.Uint64(tail))
	if length <= 0 || length > size-8 {
		return errors.New("no footer")
	}
	text, err := ix.read(size-8-length, length)
	if err == nil {
		err = json.Unmarshal(text, &ix.foot)
	}
	if err != nil {
		return err
	}
	return errors.Join(ix.loadSparse(), ix.loadOffsets())
}

func (ix *index) read(at, length int64) ([]byte, error) {
	buf := make([]byte, length)
	_, err := ix.file.ReadAt(buf, at)
	return buf, err
}

func (ix *index) loadSparse() error {
	text, err := ix.read(ix.foot.Sparse, ix.foot.End-ix.foot.Sparse)
	if err != nil {
		return err
	}
	d := decoder{text}
	for len(d.rest) > 0 {
		ix.sparse = append(ix.sparse, sparseTerm{d.text(), int64(d.number())})
	}
	return nil
}

func (ix *index) loadOffsets() error {
	text, err := ix.read(ix.foot.Offsets, int64(ix.foot.Docs+1)*8)
	if err != nil {
		return err
	}
	ix.offsets = make([]int64, ix.foot.Docs+1)
	for i := range ix.offsets {
		ix.offsets[i] = int64(binary.BigEndian.Uint64(text[i*8:]))
	}
	return nil
}

func (ix *index) close() error { return ix.file.Close() }

// decoder reads what the builder wrote. Damaged text ends early.
type decoder struct{ rest []byte }

func (d *decoder) number() uint64 {
	n, size := binary.Uvarint(d.rest)
	if size <= 0 {
		d.rest = nil
		return 0
	}
	d.rest = d.rest[size:]
	return n
}

func (d *decoder) text() string {
	n := d.number()
	if n > uint64(len(d.rest)) {
		d.rest = nil
		return ""
	}
	s := string(d.rest[:n])
	d.rest = d.rest[n:]
	return s
}

// entry is a term of the index.
type entry struct {
	term       string
	df         int
	at, length int64
}

// scan visits the terms from one on, in their order, until visit returns false.
func (ix *index) scan(from string, visit func(entry) bool) error {
	i := max(sort.Search(len(ix.sparse), func(i int) bool { return ix.sparse[i].term > from })-1, 0)
	for ; i < len(ix.sparse); i++ {
		end := ix.foot.Sparse - ix.foot.Blocks
		if i+1 < len(ix.sparse) {
			end = ix.sparse[i+1].at
		}
		block, err := ix.read(ix.foot.Blocks+ix.sparse[i].at, end-ix.sparse[i].at)
		if err != nil {
			return errs.E(errs.Unavailable, err)
		}
		d := decoder{block}
		for len(d.rest) > 0 {
			e := entry{d.text(), int(d.number()), int64(d.number()), int64(d.number())}
			if e.term >= from && !visit(e) {
				return nil
			}
		}
	}
	return nil
}

// find returns the entry of a term, if there is one.
func (ix *index) find(term string) (found entry, ok bool, err error) {
	err = ix.scan(term, func(e entry) bool {
		found, ok = e, e.term == term
		return false
	})
	return found, ok, err
}

// postings are the rows of a term.
type postings struct {
	weight float64
	docs   []uint32 // sorted
	bits   []byte   // instead of docs, where many rows have the term
	df     int
}

func (p *postings) has(doc uint32) bool {
	if p.bits != nil {
		return p.bits[doc/8]&(1<<(doc%8)) != 0
	}
	_, has := slices.BinarySearch(p.docs, doc)
	return has
}

// list turns bits into the rows, of which it takes the first.
func (p *postings) list() {
	for i, b := range p.bits {
		for ; b != 0 && len(p.docs) < maxCandidates; b &= b - 1 {
			p.docs = append(p.docs, uint32(i*8+bits.TrailingZeros8(b)))
		}
	}
	p.bits = nil
}

func (ix *index) postings(e entry) (*postings, error) {
	text, err := ix.read(e.at, e.length)
	if err != nil {
		return nil, errs.E(errs.Unavailable, err)
	}
	p := &postings{df: e.df, weight: ix.weight(e.df)}
	if isBitmap(e.df, ix.foot.Docs) {
		p.bits = text
		return p, nil
	}
	d, last := decoder{text}, uint32(0)
	p.docs = make([]uint32, 0, min(e.df, len(text)))
	for len(d.rest) > 0 {
		last += uint32(d.number())
		p.docs = append(p.docs, last)
	}
	return p, nil
}

// weight is how much a term says: the fewer have it, the more.
func (ix *index) weight(df int) float64 {
	return math.Log(1 + float64(ix.foot.Docs)/float64(max(df, 1)))
}

// expand is the union of the words that begin with a prefix.
func (ix *index) expand(prefix string) (*postings, error) {
	var entries []entry
	total := 0
	err := ix.scan(prefix, func(e entry) bool {
		if !strings.HasPrefix(e.term, prefix) || len(entries) == maxExpanded || total > maxCandidates {
			return false
		}
		entries, total = append(entries, e), total+e.df
		return true
	})
	if err != nil {
		return nil, err
	}
	union := &postings{}
	for _, e := range entries {
		p, err := ix.postings(e)
		if err != nil {
			return nil, err
		}
		if p.bits != nil {
			p.list()
		}
		union.docs = append(union.docs, p.docs...)
	}
	slices.Sort(union.docs)
	union.docs = slices.Compact(union.docs)
	union.docs = union.docs[:min(len(union.docs), maxCandidates)]
	union.df = len(union.docs)
	// Whoever has the word itself has it as a term of its own as well, and so comes first.
	union.weight = ix.weight(union.df) / 2
	return union, nil
}

// row reads a row.
func (ix *index) row(doc uint32) ([]any, error) {
	text, err := ix.read(ix.offsets[doc], ix.offsets[doc+1]-ix.offsets[doc])
	if err != nil {
		return nil, errs.E(errs.Unavailable, err)
	}
	var values []any
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	if err := d.Decode(&values); err != nil {
		return nil, errs.E(errs.Corrupt, err)
	}
	return values, nil
}

// byID returns the row of a customer.
func (ix *index) byID(id string) ([]any, error) {
	e, ok, err := ix.find(idMark + cut(fold(id)))
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, errs.E(errs.NotFound, errs.Item(id), "there is no such customer")
	}
	p, err := ix.postings(e)
	if err != nil {
		return nil, err
	}
	return ix.row(p.docs[0])
}

// columnNames are the columns of the rows.
func (ix *index) columns() []insights.Column { return ix.foot.Columns }
