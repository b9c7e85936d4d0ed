package match

import (
	"context"
	"hash/maphash"
	"runtime"
	"slices"
	"sync/atomic"
	"unicode/utf8"

	"golang.org/x/sync/errgroup"
	"golang.org/x/text/encoding/charmap"

	"github.com/ownlake/ownlake/errs"
)

// enoughToTell is how many rows tell whether a column has another value in each.
const enoughToTell = 4096

// encoder gives the values of a table's columns numbers, block by block: the columns side by side, while the next block
// is split.
type encoder struct {
	table        *Table
	dictionaries []*dictionary
	size         int64 // of the file
	judged       bool  // whether columns of a value for each row have been found
}

func newEncoder(name string, header []string, size int64) *encoder {
	e := &encoder{table: &Table{Name: name, Columns: make([]Column, len(header))}, size: size}
	for i, h := range header {
		e.table.Columns[i].Name = h
		e.dictionaries = append(e.dictionaries, newDictionary())
	}
	return e
}

// encodeAll reads all blocks.
func (e *encoder) encodeAll(ctx context.Context, s *csvScanner) error {
	split, used := make(chan *csvBlock), make(chan *csvBlock, 2)
	for range cap(used) {
		used <- &csvBlock{columns: make([][]span, len(e.dictionaries))}
	}
	var reading errgroup.Group
	reading.Go(func() error {
		defer close(split)
		for b := range used {
			if err := ctx.Err(); err != nil {
				return errs.E(errs.Canceled, err)
			}
			if err := s.block(b); err != nil {
				return err
			}
			if b.rows == 0 {
				return nil
			}
			split <- b
		}
		return nil
	})
	for b := range split {
		e.encode(b)
		used <- b
	}
	return reading.Wait()
}

func (e *encoder) encode(b *csvBlock) {
	e.reserve(b)
	var next atomic.Int64
	var workers errgroup.Group
	for range min(runtime.GOMAXPROCS(0), len(b.columns)) {
		workers.Go(func() error {
			hashes := make([]uint64, encodeAtOnce)
			for i := int(next.Add(1) - 1); i < len(b.columns); i = int(next.Add(1) - 1) {
				c := &e.table.Columns[i]
				for part := range slices.Chunk(b.columns[i], encodeAtOnce) {
					c.Codes = e.dictionaries[i].codes(c.Codes, b.data, part, hashes)
				}
			}
			return nil
		})
	}
	_ = workers.Wait() // they return none
	if e.table.Rows += b.rows; !e.judged && e.table.Rows >= enoughToTell {
		e.judge()
	}
}

// reserve makes place for the codes of all records, as far as the first block tells how many there will be.
func (e *encoder) reserve(b *csvBlock) {
	if e.table.Rows > 0 || b.rows < 100 {
		return
	}
	rows := int(float64(e.size)/float64(len(b.data))*1.02*float64(b.rows)) + b.rows
	for i := range e.table.Columns {
		e.table.Columns[i].Codes = make([]uint32, 0, rows)
	}
}

// judge finds columns of which each row has another value: they are not looked up any more.
func (e *encoder) judge() {
	e.judged = true
	for i, d := range e.dictionaries {
		if len(d.values) == e.table.Rows+1 {
			d.list()
			d.values = slices.Grow(d.values, max(0, cap(e.table.Columns[i].Codes)-len(d.values)+1))
			e.table.Columns[i].listed = true
		}
	}
}

// finish returns the table. A file with a value that is no UTF-8 is in Windows-1252.
func (e *encoder) finish() *Table {
	valid := true
	for i, d := range e.dictionaries {
		c := &e.table.Columns[i]
		c.Values = d.values
		valid = valid && utf8.ValidString(c.Name) && !slices.ContainsFunc(c.Values, func(v string) bool { return !utf8.ValidString(v) })
	}
	if valid {
		return e.table
	}
	for i := range e.table.Columns {
		c := &e.table.Columns[i]
		c.Name = windows1252(c.Name)
		for code, v := range c.Values {
			c.Values[code] = windows1252(v)
		}
	}
	return e.table
}

func windows1252(s string) string {
	text, err := charmap.Windows1252.NewDecoder().String(s)
	if err != nil { // it has a character for every byte
		return s
	}
	return text
}

// encodeAtOnce is how many values are looked up together, so that the memory they need is fetched for all at once.
const encodeAtOnce = 512

// codes appends the numbers of some fields.
func (d *dictionary) codes(to []uint32, data []byte, fields []span, hashes []uint64) []uint32 {
	if d.listed {
		for _, f := range fields {
			to = append(to, d.code(data[f.from:f.to]))
		}
		return to
	}
	hashes = hashes[:len(fields)]
	for i, f := range fields {
		hashes[i] = maphash.Bytes(d.seed, data[f.from:f.to])
	}
	d.warm(hashes)
	for i, f := range fields {
		to = append(to, d.codeHashed(data[f.from:f.to], hashes[i]))
	}
	return to
}

// codeStrings appends the numbers of texts that may be kept as they are.
func (d *dictionary) codeStrings(to []uint32, texts []string) []uint32 {
	var hashes [encodeAtOnce]uint64
	for part := range slices.Chunk(texts, encodeAtOnce) {
		for i, text := range part {
			hashes[i] = maphash.String(d.seed, text)
		}
		d.warm(hashes[:len(part)])
		for i, text := range part {
			code := uint32(0)
			if text != "" {
				code = d.codeStringHashed(text, hashes[i])
			}
			to = append(to, code)
		}
	}
	return to
}

// warm reads what finding texts of some hashes needs, in steps that need each what the one before has read.
func (d *dictionary) warm(hashes []uint64) {
	mask := uint64(len(d.slots) - 1)
	sum := uint32(0)
	for _, h := range hashes {
		sum += d.slots[uint64(uint32(h))&mask].code
	}
	for _, h := range hashes {
		if s := d.slots[uint64(uint32(h))&mask]; s.hash == uint32(h) {
			sum += uint32(len(d.values[s.code]))
		}
	}
	for _, h := range hashes {
		if s := d.slots[uint64(uint32(h))&mask]; s.hash == uint32(h) && s.code != 0 {
			sum += uint32(d.values[s.code][0])
		}
	}
	d.warmed += sum
}
