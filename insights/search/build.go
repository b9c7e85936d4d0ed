package search

import (
	"bufio"
	"container/heap"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
)

const (
	magic = "ownlake search 1\n"
	// blockTerms is how many terms a block has.
	blockTerms = 64
	// batchPostings bounds the memory of building: so many pairs of a term and a row are sorted at a time.
	batchPostings = 4 << 20
	// A term that so many of all rows have is kept as one bit for each row.
	bitmapShare = 32
)

// footer says where the parts of a file are. It is the last, before its length in 8 bytes.
type footer struct {
	Columns  []insights.Column `json:"columns"`
	Snapshot string            `json:"snapshot"`
	Docs     int               `json:"docs"`
	Offsets  int64             `json:"offsets"` // of the rows: 8 bytes each, and one more for the end
	Blocks   int64             `json:"blocks"`
	Sparse   int64             `json:"sparse"` // the first term of each block, and its place
	End      int64             `json:"end"`    // of the sparse terms
}

// builder makes an index file. Add rows, then finish.
type builder struct {
	dir     string // for what is temporary
	out     *counted
	file    *os.File
	foot    footer
	search  []bool // by column: its texts are searched
	id      int    // the column CustomerId
	offsets []int64
	batch   map[string][]uint32
	pairs   int
	runs    []string
}

// counted counts what is written.
type counted struct {
	w *bufio.Writer
	n int64
}

func (c *counted) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

func newBuilder(file, dir, snapshot string, columns []insights.Column) (*builder, error) {
	f, err := os.Create(file) //nolint:gosec // G304: a name of our own
	if err != nil {
		return nil, errs.E(errs.Unavailable, err)
	}
	b := &builder{dir: dir, file: f, out: &counted{w: bufio.NewWriterSize(f, 1<<20)}, batch: map[string][]uint32{}, id: -1}
	b.foot.Columns, b.foot.Snapshot = columns, snapshot
	for i, c := range columns {
		isID := c.Name == "CustomerId"
		if isID {
			b.id = i
		}
		b.search = append(b.search, !isID && (c.Type == insights.String || c.Type == insights.GUID))
	}
	_, err = b.out.Write([]byte(magic))
	return b, err
}

// add adds a row: texts, numbers and so on as JSON has them.
func (b *builder) add(values []any) error {
	text, err := json.Marshal(values)
	if err != nil {
		return errs.E(errs.Internal, err)
	}
	doc := uint32(len(b.offsets))
	b.offsets = append(b.offsets, b.out.n)
	if _, err := b.out.Write(text); err != nil {
		return errs.E(errs.Unavailable, err)
	}
	seen := map[string]bool{}
	for i, v := range values {
		s, isText := v.(string)
		switch {
		case !isText || s == "":
		case i == b.id:
			b.post(idMark+cut(fold(s)), doc)
		case b.search[i]:
			for _, term := range termsOf(s) {
				if !seen[term] {
					seen[term] = true
					b.post(term, doc)
				}
			}
		}
	}
	if b.pairs >= batchPostings {
		return b.spill()
	}
	return nil
}

func (b *builder) post(term string, doc uint32) {
	b.batch[term] = append(b.batch[term], doc)
	b.pairs++
}

// spill writes a batch to a run: terms in their order, each with its rows.
func (b *builder) spill() error {
	f, err := os.CreateTemp(b.dir, "run-*")
	if err != nil {
		return errs.E(errs.Unavailable, err)
	}
	b.runs = append(b.runs, f.Name())
	w := bufio.NewWriterSize(f, 1<<20)
	var buf []byte
	for _, term := range slices.Sorted(maps.Keys(b.batch)) {
		docs := b.batch[term]
		buf = binary.AppendUvarint(buf[:0], uint64(len(term)))
		buf = append(buf, term...)
		buf = binary.AppendUvarint(buf, uint64(len(docs)))
		for _, d := range docs {
			buf = binary.AppendUvarint(buf, uint64(d))
		}
		_, err = w.Write(buf)
	}
	b.batch, b.pairs = map[string][]uint32{}, 0
	if err := errors.Join(err, w.Flush(), f.Close()); err != nil {
		return errs.E(errs.Unavailable, err)
	}
	return nil
}

// run reads a run.
type run struct {
	r    *bufio.Reader
	f    *os.File
	at   int // in the order of the runs, which is that of the rows
	term string
	docs []uint32
}

func (r *run) next() error {
	n, err := binary.ReadUvarint(r.r)
	if err != nil {
		return err
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(r.r, text); err != nil {
		return err
	}
	r.term = string(text)
	count, err := binary.ReadUvarint(r.r)
	if err != nil {
		return err
	}
	r.docs = make([]uint32, count)
	for i := range r.docs {
		d, err := binary.ReadUvarint(r.r)
		if err != nil {
			return err
		}
		r.docs[i] = uint32(d)
	}
	return nil
}

// runs are a heap of runs by their terms.
type runs []*run

func (h runs) Len() int { return len(h) }
func (h runs) Less(i, j int) bool {
	return h[i].term < h[j].term || h[i].term == h[j].term && h[i].at < h[j].at
}
func (h runs) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *runs) Push(x any)   { *h = append(*h, x.(*run)) } //nolint:errcheck,forcetypeassert // it is ours
func (h *runs) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}

// finish merges the runs into the file, and closes it.
func (b *builder) finish() (err error) {
	if err := b.spill(); err != nil {
		return err
	}
	b.foot.Docs = len(b.offsets)
	if err := b.writeOffsets(); err != nil {
		return err
	}
	h, err := b.openRuns()
	if err != nil {
		return err
	}
	w, err := newTermWriter(b)
	if err != nil {
		return err
	}
	if err := b.merge(h, w); err != nil {
		return err
	}
	if err := w.finish(); err != nil {
		return err
	}
	text, err := json.Marshal(b.foot)
	if err != nil {
		return errs.E(errs.Internal, err)
	}
	text = binary.BigEndian.AppendUint64(text, uint64(len(text)))
	_, err = b.out.Write(text)
	if err := errors.Join(err, b.out.w.Flush(), b.file.Sync(), b.file.Close()); err != nil {
		return errs.E(errs.Unavailable, err)
	}
	return nil
}

func (b *builder) writeOffsets() error {
	end := b.out.n
	b.foot.Offsets = end
	var buf []byte
	for _, at := range append(b.offsets, end) {
		buf = binary.BigEndian.AppendUint64(buf, uint64(at))
		if len(buf) >= 1<<16 {
			if _, err := b.out.Write(buf); err != nil {
				return errs.E(errs.Unavailable, err)
			}
			buf = buf[:0]
		}
	}
	_, err := b.out.Write(buf)
	return errs.Wrap("search.writeOffsets", err)
}

func (b *builder) openRuns() (*runs, error) {
	h := &runs{}
	for i, name := range b.runs {
		f, err := os.Open(name) //nolint:gosec // G304: a name of our own
		if err != nil {
			return nil, errs.E(errs.Unavailable, err)
		}
		r := &run{r: bufio.NewReaderSize(f, 1<<18), f: f, at: i}
		switch err := r.next(); {
		case errors.Is(err, io.EOF):
			_ = f.Close()
		case err != nil:
			return nil, errs.E(errs.Unavailable, errors.Join(err, f.Close()))
		default:
			heap.Push(h, r)
		}
	}
	return h, nil
}

func (b *builder) merge(h *runs, w *termWriter) error {
	for h.Len() > 0 {
		term := (*h)[0].term
		var docs []uint32
		for h.Len() > 0 && (*h)[0].term == term {
			r := (*h)[0]
			docs = append(docs, r.docs...)
			switch err := r.next(); {
			case errors.Is(err, io.EOF):
				_ = r.f.Close()
				heap.Pop(h)
			case err != nil:
				return errs.E(errs.Unavailable, err)
			default:
				heap.Fix(h, 0)
			}
		}
		if err := w.add(term, docs); err != nil {
			return err
		}
	}
	return nil
}

// termWriter writes postings to the index, and blocks of terms beside it until all postings are there.
type termWriter struct {
	b      *builder
	blocks *os.File
	out    *counted
	count  int
	sparse []byte
}

func newTermWriter(b *builder) (*termWriter, error) {
	f, err := os.Create(filepath.Join(b.dir, "blocks"))
	if err != nil {
		return nil, errs.E(errs.Unavailable, err)
	}
	return &termWriter{b: b, blocks: f, out: &counted{w: bufio.NewWriterSize(f, 1<<20)}}, nil
}

func (w *termWriter) add(term string, docs []uint32) error {
	if w.count%blockTerms == 0 {
		w.sparse = binary.AppendUvarint(w.sparse, uint64(len(term)))
		w.sparse = append(w.sparse, term...)
		w.sparse = binary.AppendUvarint(w.sparse, uint64(w.out.n))
	}
	w.count++
	at := w.b.out.n
	text := encodePostings(docs, w.b.foot.Docs)
	if _, err := w.b.out.Write(text); err != nil {
		return errs.E(errs.Unavailable, err)
	}
	entry := binary.AppendUvarint(nil, uint64(len(term)))
	entry = append(entry, term...)
	for _, n := range []uint64{uint64(len(docs)), uint64(at), uint64(len(text))} {
		entry = binary.AppendUvarint(entry, n)
	}
	_, err := w.out.Write(entry)
	return errs.Wrap("search.add", err)
}

// finish copies the blocks into the index.
func (w *termWriter) finish() error {
	w.b.foot.Blocks = w.b.out.n
	err := w.out.w.Flush()
	if err == nil {
		_, err = w.blocks.Seek(0, io.SeekStart)
	}
	if err == nil {
		_, err = io.Copy(w.b.out, w.blocks)
	}
	w.b.foot.Sparse = w.b.out.n
	if err == nil {
		_, err = w.b.out.Write(w.sparse)
	}
	w.b.foot.End = w.b.out.n
	if err := errors.Join(err, w.blocks.Close()); err != nil {
		return errs.E(errs.Unavailable, err)
	}
	return nil
}

// isBitmap reports whether the rows of a term are kept as bits.
func isBitmap(df, docs int) bool { return df > 1024 && df > docs/bitmapShare }

func encodePostings(docs []uint32, all int) []byte {
	if isBitmap(len(docs), all) {
		bits := make([]byte, (all+7)/8)
		for _, d := range docs {
			bits[d/8] |= 1 << (d % 8)
		}
		return bits
	}
	var buf []byte
	last := uint32(0)
	for _, d := range docs {
		buf = binary.AppendUvarint(buf, uint64(d-last))
		last = d
	}
	return buf
}
