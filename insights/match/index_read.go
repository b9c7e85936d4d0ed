package match

import (
	"bufio"
	"encoding/json"
	"errors"
	"hash/crc32"
	"io"
	"os"
	"unsafe"

	"github.com/ownlake/ownlake/errs"
)

// OpenIndex reads an index that a run has written. Errors are NotFound, Invalid for a file of something else or of
// another version, and Corrupt.
func OpenIndex(path string) (*Index, error) {
	const op = errs.Op("match.OpenIndex")
	file, err := os.Open(path) //nolint:gosec // the user names the file
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, errs.E(op, errs.NotFound, errs.Item(path), "no such file", errs.Hint("make it: ownlake unify … --index FILE"))
	case err != nil:
		return nil, errs.E(op, errs.Unavailable, errs.Item(path), err)
	}
	defer func() { _ = file.Close() }() // it is only read
	info, err := file.Stat()
	if err != nil {
		return nil, errs.E(op, errs.Unavailable, errs.Item(path), err)
	}
	x, err := readIndex(file, info.Size())
	if err != nil {
		return nil, errs.E(op, errs.Item(path), err)
	}
	return x, nil
}

// readIndex reads an index of so many bytes.
func readIndex(r io.Reader, size int64) (*Index, error) {
	in := indexReader{in: bufio.NewReaderSize(r, 1<<20), left: size}
	about, err := in.description()
	if err != nil {
		return nil, err
	}
	x := &Index{about: about}
	x.workers.New = func() any { return newWorker() }
	x.model.share, x.model.p = about.Shares, about.Levels
	in.index(x)
	if in.err == nil && in.left != 4 {
		in.err = errors.New("the file's length is wrong")
	}
	sum := in.sum
	tail := make([]byte, 4)
	in.fill(tail)
	if in.err == nil && byteOrder.Uint32(tail) != sum {
		in.err = errors.New("the checksum is wrong")
	}
	if in.err != nil {
		return nil, corruptIndex("", in.err)
	}
	if err := x.prepare(); err != nil {
		return nil, err
	}
	return x, nil
}

// indexReader remembers the first error.
type indexReader struct {
	in   io.Reader
	left int64
	sum  uint32
	err  error
}

var castagnoli = checksum()

func (in *indexReader) fill(b []byte) {
	if in.err != nil {
		return
	}
	if in.left -= int64(len(b)); in.left < 0 {
		in.err = io.ErrUnexpectedEOF
		return
	}
	if _, in.err = io.ReadFull(in.in, b); in.err == nil {
		in.sum = crc32.Update(in.sum, castagnoli, b)
	}
}

// padded reads so many bytes, and what fills them up to 8.
func (in *indexReader) padded(n int64) []byte {
	whole := n + -n&7
	if in.err != nil || n < 0 || whole > in.left {
		if in.err == nil {
			in.err = io.ErrUnexpectedEOF
		}
		return nil
	}
	b := make([]byte, whole)
	in.fill(b)
	return b[:n]
}

func (in *indexReader) description() (about indexAbout, err error) {
	head := make([]byte, 16)
	in.fill(head)
	if in.err != nil || string(head[:8]) != indexMagic {
		return about, errs.E(errs.Invalid, "this is no index of records", errs.Hint("use a file that ownlake unify … --index FILE has made"))
	}
	if version := byteOrder.Uint32(head[8:]); version != indexVersion {
		return about, errs.E(errs.Invalid, "the index is of another version of ownlake", errs.Hint("make it again: ownlake unify … --index FILE"))
	}
	text := in.padded(int64(byteOrder.Uint32(head[12:])))
	if in.err != nil {
		return about, corruptIndex("", in.err)
	}
	if err := json.Unmarshal(text, &about); err != nil {
		return about, corruptIndex("", err)
	}
	return about, nil
}

// index reads the sections.
func (in *indexReader) index(x *Index) {
	dicts := make([]*indexTexts, x.about.Dicts)
	for i := range dicts {
		dicts[i] = in.texts()
	}
	for _, f := range x.about.Fields {
		if f.Dict < 0 || f.Dict >= len(dicts) {
			in.err = errors.New("a field has no dictionary")
			return
		}
		field := indexField{kind: f.Kind, name: f.Name, filled: f.Filled, dict: dicts[f.Dict], codes: in.numbers(), counts: in.numbers(), defaults: map[string]bool{}}
		for _, v := range f.Defaults {
			field.defaults[v] = true
		}
		x.fields = append(x.fields, field)
	}
	x.clusters, x.sizes = in.numbers(), in.numbers()
	x.ids, x.names = *in.texts(), *in.texts()
	for range x.about.Keys {
		x.keys = append(x.keys, indexKey{starts: in.numbers(), rows: in.numbers()})
	}
}

// numbers reads a section into memory that is used as it is, on machines of the file's byte order.
func (in *indexReader) numbers() []uint32 {
	n := in.length(4)
	if in.err != nil || n == 0 {
		return nil
	}
	list := make([]uint32, n)
	b := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(list))), 4*n) //nolint:gosec // the numbers' own memory
	in.fill(b)
	in.skip(-4 * n & 7)
	if native := [2]byte{1, 0}; *(*uint16)(unsafe.Pointer(&native)) != 1 { //nolint:gosec // asks for the byte order
		for i := range list {
			list[i] = byteOrder.Uint32(b[4*i:])
		}
	}
	return list
}

// length reads how many entries of some bytes follow.
func (in *indexReader) length(width int64) int64 {
	var b [8]byte
	in.fill(b[:])
	n := int64(byteOrder.Uint64(b[:]))
	if in.err == nil && (n < 0 || n > in.left/width) {
		in.err = io.ErrUnexpectedEOF
	}
	return n
}

func (in *indexReader) skip(n int64) { in.fill(make([]byte, n)) }

func (in *indexReader) texts() *indexTexts {
	t := &indexTexts{starts: in.numbers()}
	n := in.length(1)
	if in.err != nil {
		return t
	}
	t.blob = make([]byte, n)
	in.fill(t.blob)
	in.skip(-n & 7)
	return t
}

// prepare checks that the parts fit together, and makes what is not in the file.
func (x *Index) prepare() error {
	if err := x.check(); err != nil {
		return corruptIndex("", err)
	}
	person := x.hasField(Given) && x.hasField(Surname)
	for i := range x.fields {
		f := &x.fields[i]
		if f.kind == Label || f.kind == Text || !person && (f.kind == Given || f.kind == Surname) {
			f.corpus = newWordIndex(f.whole())
		}
	}
	x.model.prepareFor(x.about.Compared)
	atoms := x.atoms()
	for i, names := range x.about.Keys {
		k := &x.keys[i]
		for j, name := range names {
			a, ok := atoms[name]
			if !ok {
				return errs.E(errs.Invalid, "the index has a blocking key that this version does not know: "+name, errs.Hint("make it again: ownlake unify … --index FILE"))
			}
			k.atoms = append(k.atoms, a)
			if j > 0 {
				k.name += " + "
			}
			k.name += name
		}
	}
	records := newWorkerRecords(x, 0)
	for i, c := range comparisonsOf(records) {
		if i >= len(x.about.Compared) || c.name != x.about.Compared[i].Name || len(c.levels) != x.about.Compared[i].Levels {
			return errs.E(errs.Invalid, "the index compares otherwise than this version", errs.Hint("make it again: ownlake unify … --index FILE"))
		}
	}
	return nil
}

func (x *Index) hasField(k Kind) bool {
	for i := range x.fields {
		if x.fields[i].kind == k {
			return true
		}
	}
	return false
}

// check looks at what could make lookups fail.
func (x *Index) check() error {
	rows := x.about.Rows
	texts := func(t *indexTexts) bool {
		last := uint32(0)
		for _, s := range t.starts {
			if s < last {
				return false
			}
			last = s
		}
		return len(t.starts) > 0 && t.starts[0] == 0 && int(last) == len(t.blob)
	}
	below := func(list []uint32, limit int) bool {
		for _, n := range list {
			if int(n) >= limit {
				return false
			}
		}
		return true
	}
	ok := rows > 0 && texts(&x.ids) && texts(&x.names) && x.names.len() == rows && len(x.clusters) == rows && len(x.sizes) == x.ids.len() && below(x.clusters, x.ids.len())
	for i := range x.fields {
		f := &x.fields[i]
		ok = ok && texts(f.dict) && len(f.codes) == rows && len(f.counts) <= f.dict.len() && below(f.codes, len(f.counts))
	}
	for i := range x.keys {
		k := &x.keys[i]
		buckets := len(k.starts) - 1
		ok = ok && buckets > 0 && buckets&(buckets-1) == 0 && below(k.rows, rows) && below(k.starts, len(k.rows)+1)
		for at := range max(0, buckets) {
			ok = ok && k.starts[at] <= k.starts[at+1]
		}
	}
	ok = ok && len(x.about.Compared) > 0
	for _, class := range x.about.Levels {
		ok = ok && len(class) == len(x.about.Compared)
		for i := range class {
			ok = ok && i < len(x.about.Compared) && len(class[i]) == x.about.Compared[i].Levels
		}
	}
	if !ok {
		return errors.New("its parts do not fit together")
	}
	return nil
}

// whole is the field with all its values, for what is made of them once.
func (f *indexField) whole() *field {
	values := make([]string, len(f.counts))
	for code := range values {
		values[code] = f.dict.text(uint32(code))
	}
	return &field{kind: f.kind, name: f.name, dict: &dictionary{values: values}, counts: f.counts, filled: f.filled}
}

// atoms are the properties that keys may be of, by name.
func (x *Index) atoms() map[string]atom {
	r := newWorkerRecords(x, 0)
	byName := map[string]atom{}
	for _, a := range atomsOf(r) {
		byName[a.name] = a
	}
	for i, f := range r.fields {
		if f.kind == Label || f.kind == Text || f.kind == Given || f.kind == Surname {
			for _, a := range textAtoms(f, x.fields[i].corpus) {
				if _, known := byName[a.name]; !known {
					byName[a.name] = a
				}
			}
		}
	}
	return byName
}

// prepareFor makes the weights of a model that was read.
func (m *model) prepareFor(compared []indexComparisonAbout) {
	m.comparisons = make([]comparison, len(compared))
	m.prepare()
	m.comparisons = nil
}
