package match

import (
	"bufio"
	"encoding/json"
	"hash"
	"hash/crc32"
	"io"
	"math"
	"math/bits"

	"github.com/ownlake/ownlake/errs"
)

// WriteIndex writes what Find needs: the records, their clusters, and the model. id names clusters. Errors are Invalid for a
// result without a model or with more text than an index holds, and Unavailable.
func (r *Result) WriteIndex(w io.Writer, id func(cluster uint32) string) error {
	const op = errs.Op("match.WriteIndex")
	if err := r.needModel(false); err != nil {
		return errs.E(op, err)
	}
	b := bufio.NewWriterSize(w, 1<<20)
	x := indexWriter{result: r, sum: crc32.New(checksum())}
	x.out = io.MultiWriter(b, x.sum)
	x.collect()
	x.description()
	x.sections(id)
	if x.err != nil {
		return errs.E(op, x.err)
	}
	var tail [4]byte
	byteOrder.PutUint32(tail[:], x.sum.Sum32())
	if _, err := b.Write(tail[:]); err != nil {
		return errs.E(op, errs.Unavailable, err)
	}
	if err := b.Flush(); err != nil {
		return errs.E(op, errs.Unavailable, err)
	}
	return nil
}

// indexWriter remembers the first error.
type indexWriter struct {
	result *Result
	out    io.Writer
	sum    hash.Hash32
	err    error
	dicts  []*dictionary
	keys   []key
	at     int64
}

// collect chooses the dictionaries and keys.
func (x *indexWriter) collect() {
	seen := map[*dictionary]bool{}
	for _, f := range x.result.records.fields {
		if !seen[f.dict] {
			seen[f.dict] = true
			x.dicts = append(x.dicts, f.dict)
		}
	}
	for _, k := range x.result.keys {
		if len(k.atoms) > 0 {
			x.keys = append(x.keys, k)
		}
	}
}

func (x *indexWriter) description() {
	r := x.result
	about := indexAbout{
		Rows: r.records.n, Records: r.Summary.Records, Customers: r.Summary.Customers, Threshold: r.Summary.Threshold, Dicts: len(x.dicts),
		Shares: r.model.share, Levels: r.model.p, Columns: r.indexColumns(),
	}
	for _, f := range r.records.fields {
		a := indexFieldAbout{Kind: f.kind, Name: f.name, Filled: f.filled}
		for i, d := range x.dicts {
			if d == f.dict {
				a.Dict = i
			}
		}
		for _, d := range f.defaults {
			a.Defaults = append(a.Defaults, d.value)
		}
		about.Fields = append(about.Fields, a)
	}
	for _, k := range x.keys {
		names := make([]string, len(k.atoms))
		for i, a := range k.atoms {
			names[i] = a.name
		}
		about.Keys = append(about.Keys, names)
	}
	for _, c := range r.model.comparisons {
		about.Compared = append(about.Compared, indexComparisonAbout{c.name, len(c.levels)})
	}
	text, err := json.Marshal(about)
	if err != nil {
		x.err = errs.E(errs.Internal, err)
		return
	}
	head := make([]byte, 0, 16+len(text)+8)
	head = append(head, indexMagic...)
	head = byteOrder.AppendUint32(head, indexVersion)
	head = byteOrder.AppendUint32(head, uint32(len(text)))
	x.bytes(append(head, text...))
}

// indexColumns are the columns that are evidence, one of each name and kind.
func (r *Result) indexColumns() (list []indexColumn) {
	at := 0
	seen := map[indexColumn]bool{}
	for _, t := range r.tables {
		for i := range t.Columns {
			p := r.Profiles[at]
			at++
			c := indexColumn{Name: p.Column, Kind: p.Kind}
			if order := t.Columns[i].order; order != nil {
				c.MonthFirst = bool(*order)
			}
			if p.Kind != Ignored && !seen[c] {
				seen[c] = true
				list = append(list, c)
			}
		}
	}
	return list
}

func (x *indexWriter) sections(id func(cluster uint32) string) {
	r := x.result.records
	for _, d := range x.dicts {
		x.texts(len(d.values), func(i int) string { return d.values[i] })
	}
	codes := make([]uint32, r.n)
	for _, f := range r.fields {
		for row := range codes {
			codes[row] = r.row(uint32(row))[f.at].code()
		}
		x.numbers(codes)
		x.numbers(f.counts)
	}
	x.clusters(id)
	hashes := newAtomHashes(r)
	for i := range x.keys {
		x.key(hashes.of(&x.keys[i]))
	}
}

// clusters writes the cluster of each row, the names of clusters and rows, and the sizes of clusters.
func (x *indexWriter) clusters(id func(cluster uint32) string) {
	r := x.result
	number := make(map[uint32]uint32, r.Summary.Customers)
	of := make([]uint32, r.records.n)
	var firsts, sizes []uint32
	for rec, c := range r.Clusters {
		n, ok := number[c]
		if !ok {
			n = uint32(len(firsts))
			number[c] = n
			firsts, sizes = append(firsts, c), append(sizes, 0)
		}
		sizes[n]++
		of[r.records.of[rec]] = n
	}
	x.numbers(of)
	x.numbers(sizes)
	x.texts(len(firsts), func(i int) string { return id(firsts[i]) })
	x.texts(r.records.n, func(i int) string { return r.recordName(r.firsts[i]) })
}

// key writes the rows that have a key by their hashes.
func (x *indexWriter) key(hashes []uint64) {
	n := 0
	for _, h := range hashes {
		if h != 0 {
			n++
		}
	}
	buckets := 1 << bits.Len(uint(n))
	starts := make([]uint32, buckets+1)
	for _, h := range hashes {
		if h != 0 {
			starts[bucketAt(h, buckets)+1]++
		}
	}
	for i := range buckets {
		starts[i+1] += starts[i]
	}
	rows, next := make([]uint32, n), append([]uint32(nil), starts...)
	for row, h := range hashes {
		if h != 0 {
			at := &next[bucketAt(h, buckets)]
			rows[*at] = uint32(row)
			*at++
		}
	}
	x.numbers(starts)
	x.numbers(rows)
}

// atomHashes hashes what keys join. Of properties of one field each value is hashed once.
type atomHashes struct {
	records *records
	known   map[string][]uint64 // of each row
}

func newAtomHashes(r *records) *atomHashes { return &atomHashes{r, map[string][]uint64{}} }

// of hashes a key for each row.
func (h *atomHashes) of(k *key) []uint64 {
	hashes := make([]uint64, h.records.n)
	for i := range k.atoms {
		for row, next := range h.atom(&k.atoms[i]) {
			if i == 0 {
				hashes[row] = next
				continue
			}
			hashes[row] = mixHashes(hashes[row], next)
		}
	}
	return hashes
}

func (h *atomHashes) atom(a *atom) []uint64 {
	if known, ok := h.known[a.name]; ok {
		return known
	}
	r := h.records
	hashes := make([]uint64, r.n)
	values := make([]string, len(a.fields))
	var single []uint64
	if len(a.fields) == 1 {
		f := a.fields[0]
		single = make([]uint64, len(f.dict.values))
		for code, n := range f.counts {
			if n > 0 {
				values[0] = f.dict.values[code]
				single[code] = textHash64(a.derive(values))
			}
		}
	}
	for row := range uint32(r.n) {
		cells := r.row(row)
		if single != nil {
			hashes[row] = single[cells[a.fields[0].at].code()]
			continue
		}
		for i, f := range a.fields {
			values[i] = f.dict.values[cells[f.at].code()]
		}
		hashes[row] = textHash64(a.derive(values))
	}
	h.known[a.name] = hashes
	return hashes
}

// bytes writes and fills up to 8 bytes.
func (x *indexWriter) bytes(b []byte) {
	if x.err != nil {
		return
	}
	if pad := -(x.at + int64(len(b))) & 7; pad > 0 {
		b = append(b, make([]byte, pad)...)
	}
	x.at += int64(len(b))
	if _, err := x.out.Write(b); err != nil {
		x.err = errs.E(errs.Unavailable, err)
	}
}

// numbers writes a section: how many, and the numbers.
func (x *indexWriter) numbers(list []uint32) {
	b := byteOrder.AppendUint64(make([]byte, 0, 8+4*len(list)+8), uint64(len(list)))
	for _, n := range list {
		b = byteOrder.AppendUint32(b, n)
	}
	x.bytes(b)
}

// texts writes where texts begin, and the texts.
func (x *indexWriter) texts(n int, text func(i int) string) {
	starts := make([]uint32, n+1)
	var blob []byte
	for i := range n {
		blob = append(blob, text(i)...)
		if len(blob) > math.MaxUint32 {
			x.err = errs.E(errs.Invalid, "a column has more than 4 GiB of text", errs.Hint("unify without that column"))
			return
		}
		starts[i+1] = uint32(len(blob))
	}
	x.numbers(starts)
	b := byteOrder.AppendUint64(make([]byte, 0, 8+len(blob)+8), uint64(len(blob)))
	x.bytes(append(b, blob...))
}
