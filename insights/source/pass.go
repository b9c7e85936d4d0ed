package source

import (
	"bufio"
	"context"
	"io"
	"os"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
)

// pass reads all files of a plan once. Three stages run side by side: one goroutine finds records, several check
// and rewrite them, one keeps the order, finds repeated keys and writes the two staging files.
type pass struct {
	plan     *plan
	keys     *keySet
	stats    *statistics
	progress func(bytesRead int64)

	good, corrupt *bufio.Writer
	example       []corruptRow // the first corrupt rows
	longest       int          // of the lines written, in bytes
	characters    []characters // by file
}

// characters is what a file's bytes tell of its encoding.
type characters struct {
	wrong   int64 // records with bytes that are not UTF-8
	letters bool  // some record has letters of UTF-8 beyond ASCII
}

// corruptRow is a row of the _corrupt table.
type corruptRow struct {
	file          string
	line          int64
	column        string
	value, reason string
	record        string
}

// work is a block on its way through the stages.
type work struct {
	block
	file    int
	read    int64         // bytes of the file that came with it, for progress
	checked chan struct{} // closed when the second stage is done with it

	out     []byte // good rows, as the staging file has them
	rows    []goodRow
	corrupt []corruptRow
	stats   statistics
	characters
}

// goodRow is a row that fits: out[from:to], unless its key is repeated.
type goodRow struct {
	from, to int
	key      keyHash
	record   int32
}

const (
	blockBytes = 1 << 20
	// maxWasted bounds the bytes read in vain after quotes that are never closed.
	maxWasted = 1 << 30
)

// run reads the files and writes the rows that fit to good and the others to corrupt.
func (p *pass) run(ctx context.Context) error {
	workers := runtime.GOMAXPROCS(0)
	// Blocks in flight are bounded by the length of the queue that keeps their order.
	todo, ordered := make(chan *work), make(chan *work, 2*workers)
	free := make(chan *work, 2*workers+2)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(todo)
		defer close(ordered)
		for i := range p.plan.files {
			if err := p.readFile(ctx, i, todo, ordered, free); err != nil {
				return err
			}
		}
		return nil
	})
	for range workers {
		g.Go(func() error {
			c := newChecker(p.plan, p.keys)
			for w := range todo {
				c.check(w)
				close(w.checked)
			}
			return nil
		})
	}
	g.Go(func() error { return p.collect(ctx, ordered, free) })
	return g.Wait()
}

// readFile finds the records of one file.
func (p *pass) readFile(ctx context.Context, file int, todo, ordered chan<- *work, free <-chan *work) error {
	f := p.plan.files[file]
	raw, err := f.open(ctx, 0, 0)
	if err != nil {
		return err
	}
	defer func() { _ = raw.Close() }()
	counted := &countingReader{r: raw}
	r := f.encoding.reader(counted)
	s := newScanner(p.plan.dialect, f.fields)
	var rest []byte
	header, final := p.plan.header, false
	for !final {
		w := nextWork(free)
		w.file = file
		if w.data, final, err = fill(r, w.data, rest); err != nil {
			return errs.E(errs.Item(f.name), errs.Unavailable, err)
		}
		used := s.scan(&w.block, final)
		rest = append(rest[:0], w.data[used:]...)
		if header && len(w.records) > 0 {
			w.records, header = w.records[1:], false
		}
		if s.wasted > maxWasted {
			return errs.E(errs.Invalid, errs.Item(f.name), "too many quotes are opened and never closed",
				errs.Hint("declare csv.quote if values are not quoted by "+string(rune(p.plan.dialect.quote))))
		}
		w.read = counted.take()
		select {
		case ordered <- w:
		case <-ctx.Done():
			return ctx.Err()
		}
		select {
		case todo <- w:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func nextWork(free <-chan *work) *work {
	select {
	case w := <-free:
		w.checked = make(chan struct{})
		return w
	default:
		return &work{checked: make(chan struct{})}
	}
}

// fill starts a block with what the one before left, and reads on. A block whose record did not end grows.
func fill(r io.Reader, buf, rest []byte) (data []byte, final bool, err error) {
	size := blockBytes
	if len(rest) >= size/2 {
		size = 4 * len(rest)
	}
	if cap(buf) < size {
		buf = make([]byte, 0, size)
	}
	data = append(buf[:0], rest...)
	n, err := io.ReadFull(r, data[len(data):size])
	data = data[:len(data)+n]
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return data, true, nil
	}
	return data, false, err
}

// countingReader counts the bytes of a file as they are read, whatever its encoding makes of them.
type countingReader struct {
	r io.Reader
	n int64
}

// Read implements [io.Reader].
func (c *countingReader) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += int64(n)
	return n, err
}

func (c *countingReader) take() int64 {
	n := c.n
	c.n = 0
	return n
}

// collect takes the blocks in the order of the files.
func (p *pass) collect(ctx context.Context, ordered <-chan *work, free chan<- *work) error {
	var read int64
	for w := range ordered {
		select {
		case <-w.checked:
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := p.write(w); err != nil {
			return err
		}
		p.stats.add(&w.stats)
		p.characters[w.file].wrong += w.wrong
		p.characters[w.file].letters = p.characters[w.file].letters || w.letters
		read += w.read
		p.progress(read)
		if p.stats.hopeless(p.plan) {
			return errRefuted
		}
		select {
		case free <- w:
		default:
		}
	}
	return ctx.Err()
}

// write writes the rows of a block. Good rows go out in runs, cut where a key is repeated.
func (p *pass) write(w *work) error {
	start := 0
	for _, row := range w.rows {
		p.longest = max(p.longest, row.to-row.from)
		r := w.records[row.record]
		first, repeated := p.keys.add(row.key, placeOf(w.file, r.line))
		if !repeated {
			continue
		}
		if _, err := p.good.Write(w.out[start:row.from]); err != nil {
			return stagingError(err)
		}
		start = row.to
		w.stats.repeated++
		w.corrupt = append(w.corrupt, p.repeatedRow(w, r, first))
	}
	if _, err := p.good.Write(w.out[start:]); err != nil {
		return stagingError(err)
	}
	w.stats.corrupt += int64(len(w.corrupt))
	w.stats.good += int64(len(w.rows)) - w.stats.repeated
	for _, c := range w.corrupt {
		p.keep(c)
		if err := p.writeCorrupt(c); err != nil {
			return stagingError(err)
		}
	}
	return nil
}

// examples is how many corrupt rows an error shows.
const examples = 5

func (p *pass) keep(c corruptRow) {
	if len(p.example) < examples {
		c.record = ""
		p.example = append(p.example, c)
	}
}

func (p *pass) repeatedRow(w *work, r record, first place) corruptRow {
	plan := p.plan
	f := plan.files[w.file]
	key, _ := w.value(w.columns(r)[f.at[plan.key]], plan.dialect.quote, nil)
	where := "line " + formatInt(first.line())
	if first.file() != w.file {
		where = plan.files[first.file()].name + ", " + where
	}
	return corruptRow{
		file: f.name, line: r.line, column: plan.columns[plan.key].name, value: excerpt(key),
		reason: "the primary key is repeated; it stands first in " + where, record: recordText(w.text(r)),
	}
}

// writeCorrupt writes a row of the _corrupt table, every text quoted.
func (p *pass) writeCorrupt(c corruptRow) error {
	line := appendQuoted(nil, []byte(c.file))
	line = append(line, ',')
	line = append(line, formatInt(c.line)...)
	for _, s := range []string{c.column, c.value, c.reason, c.record} {
		line = append(line, ',')
		if s != "" { // an empty text is missing
			line = appendQuoted(line, []byte(s))
		}
	}
	p.longest = max(p.longest, len(line))
	_, err := p.corrupt.Write(append(line, '\n'))
	return err
}

func stagingError(err error) error {
	return errs.E(errs.Unavailable, errs.Hint("see whether the disk of the staging folder is full"), err)
}

// stage makes the two staging files and runs a pass over them.
func (p *pass) stage(ctx context.Context, goodPath, corruptPath string) (err error) {
	for _, out := range []struct {
		path string
		to   **bufio.Writer
	}{{goodPath, &p.good}, {corruptPath, &p.corrupt}} {
		f, e := os.Create(out.path)
		if e != nil {
			return stagingError(e)
		}
		w := bufio.NewWriterSize(f, blockBytes)
		*out.to = w
		defer func() {
			if err == nil {
				if err = w.Flush(); err != nil {
					err = stagingError(err)
				}
			}
			if e := f.Close(); e != nil && err == nil {
				err = stagingError(e)
			}
		}()
	}
	return p.run(ctx)
}

// statistics are what a pass counts.
type statistics struct {
	records  int64 // found, whatever became of them
	good     int64
	corrupt  int64
	keyless  int64 // of the corrupt rows: the key is missing
	repeated int64 // of the corrupt rows: the key was seen before
	columns  []columnStatistics
}

// columnStatistics are counts of one column's values in sound records.
type columnStatistics struct {
	values  int64 // not missing
	misfits int64 // of the column's type
	zeros   int64 // digits with a leading zero
	first   int64 // only right day first, of a column that may be either
	second  int64 // only right month first
}

func (s *statistics) add(o *statistics) {
	s.records += o.records
	s.good += o.good
	s.corrupt += o.corrupt
	s.keyless += o.keyless
	s.repeated += o.repeated
	for i, c := range o.columns {
		to := &s.columns[i]
		to.values += c.values
		to.misfits += c.misfits
		to.zeros += c.zeros
		to.first += c.first
		to.second += c.second
	}
}

// errRefuted ends a pass early whose plan cannot hold.
var errRefuted = errs.E(errs.Internal, "the files refute what their sample suggested")

// hopeless reports whether the plan is refuted beyond what the rest of the files could mend, so that reading them
// to the end would be in vain.
func (s *statistics) hopeless(p *plan) bool {
	for i, c := range s.columns {
		if k := p.columns[i]; !k.declared && (c.zeros > 0 && isNumeric(k.kind.of)) {
			return true
		}
	}
	return false
}

func isNumeric(t insights.DataType) bool { return t == insights.Int64 || t == insights.Double }
