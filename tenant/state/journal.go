package state

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/errs"
)

const (
	journalPrefix = "journal-"
	formatVersion = 1
	checksumLen   = 8 // hexadecimal digits before each line's JSON, and a space
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// group is a line of the journal: changes that are made together.
type group struct {
	Set    map[string]json.RawMessage `json:"set,omitempty"`
	Delete []string                   `json:"delete,omitempty"`
	// Format is in the line that ends the records a journal begins with. A journal without it was never whole.
	Format int `json:"format,omitempty"`
}

func (g group) line() ([]byte, error) {
	text, err := json.Marshal(g)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, "%08x %s\n", crc32.Checksum(text, castagnoli), text), nil
}

// parseLine reads a line without its end. It returns false for one that is not as it was written.
func parseLine(line []byte) (g group, ok bool) {
	sum, text, ok := bytes.Cut(line, []byte(" "))
	if !ok || len(sum) != checksumLen {
		return g, false
	}
	want, err := strconv.ParseUint(string(sum), 16, 32)
	if err != nil || uint32(want) != crc32.Checksum(text, castagnoli) {
		return g, false
	}
	return g, json.Unmarshal(text, &g) == nil
}

func (g group) applyTo(records map[string]json.RawMessage) {
	maps.Copy(records, g.Set)
	for _, key := range g.Delete {
		delete(records, key)
	}
}

// load reads the newest journal that is whole.
func (s *Store) load() error {
	generations, err := s.generations()
	if err != nil {
		return err
	}
	for _, generation := range slices.Backward(generations) {
		text, err := s.readFile(s.journalName(generation))
		if err != nil {
			return err
		}
		whole, err := s.replay(text)
		if err != nil {
			return errs.E(errs.Item(s.journalName(generation)), err)
		}
		s.generation = max(s.generation, generation)
		if whole {
			return nil
		}
	}
	if len(generations) > 1 {
		return errs.E(errs.Corrupt, "no journal is whole", errs.Hint("restore the tenant's folder from a backup"))
	}
	return nil
}

// replay reads the records of a journal. A journal that lacks the end of what it began with is not whole, and none of
// its records count. Behind that, a damaged line may only be the last: then it is of a change that was under way when
// the process ended, and was never acknowledged.
func (s *Store) replay(text []byte) (whole bool, err error) {
	records := map[string]json.RawMessage{}
	damaged := false
	for line := range bytes.SplitSeq(text, []byte("\n")) {
		g, ok := parseLine(line)
		switch {
		case !ok:
			damaged = damaged || len(line) > 0
			continue
		case damaged && whole:
			return false, errs.E(errs.Corrupt, "the journal is damaged before its end", errs.Hint("restore the tenant's folder from a backup"))
		case g.Format > formatVersion:
			return false, errs.E(errs.Precondition, fmt.Sprintf("the tenant's state has format %d, and this ownlake reads formats up to %d", g.Format, formatVersion),
				errs.Hint("use the newer ownlake that wrote it"))
		}
		whole = whole || g.Format > 0 && !damaged
		g.applyTo(records)
	}
	if whole {
		s.records = records
	}
	return whole, nil
}

// begin starts a new journal with all records and removes the older ones.
func (s *Store) begin() error {
	next := s.generation + 1
	name := s.journalName(next)
	f, err := s.fs.Create(name, vfs.WriteCategoryUnspecified)
	if err != nil {
		return errs.E(errs.Unavailable, err)
	}
	size, err := s.writeSnapshot(f)
	if err == nil {
		err = errors.Join(f.Sync(), syncDir(s.fs, s.dir))
	}
	if err != nil {
		return errs.E(errs.Unavailable, errs.Item(name), errors.Join(err, f.Close()))
	}
	if s.journal != nil {
		err = s.journal.Close()
	}
	s.journal, s.generation, s.written, s.snapshot = f, next, size, size
	return errors.Join(err, s.removeOthers())
}

func (s *Store) writeSnapshot(w io.Writer) (size int, err error) {
	for _, g := range []group{{Set: s.records}, {Format: formatVersion}} {
		line, err := g.line()
		if err != nil {
			return 0, err
		}
		n, err := w.Write(line)
		size += n
		if err != nil {
			return size, err
		}
	}
	return size, nil
}

// removeOthers removes all journals but the present one, which has all that they had.
func (s *Store) removeOthers() error {
	generations, err := s.generations()
	if err != nil {
		return err
	}
	for _, generation := range generations {
		if generation != s.generation {
			if err := s.fs.Remove(s.journalName(generation)); err != nil {
				return errs.E(errs.Unavailable, err)
			}
		}
	}
	return nil
}

// generations are the numbers of the journals in the folder, in order.
func (s *Store) generations() ([]uint64, error) {
	names, err := s.fs.List(s.dir)
	if err != nil {
		return nil, errs.E(errs.Unavailable, err)
	}
	var numbers []uint64
	for _, name := range names {
		digits, ok := strings.CutPrefix(name, journalPrefix)
		if n, err := strconv.ParseUint(digits, 10, 64); ok && err == nil {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	return numbers, nil
}

func (s *Store) journalName(generation uint64) string {
	return s.fs.PathJoin(s.dir, fmt.Sprintf("%s%08d", journalPrefix, generation))
}

func (s *Store) readFile(name string) ([]byte, error) { return readFile(s.fs, name) }

func readFile(fs vfs.FS, name string) ([]byte, error) {
	f, err := fs.Open(name)
	if err != nil {
		return nil, errs.E(errs.Unavailable, err)
	}
	text, err := io.ReadAll(f)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, errs.E(errs.Unavailable, err)
	}
	return text, nil
}

func syncDir(fs vfs.FS, dir string) error {
	d, err := fs.OpenDir(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// makeDir makes a folder and those above it that are missing, and syncs the parents of what it made, so that they
// survive power loss.
func makeDir(fs vfs.FS, dir string) error {
	var missing []string
	for d := dir; ; d = fs.PathDir(d) {
		if _, err := fs.Stat(d); err == nil || d == fs.PathDir(d) {
			break
		}
		missing = append(missing, d)
	}
	if err := fs.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for _, d := range missing {
		if err := syncDir(fs, fs.PathDir(d)); err != nil {
			return err
		}
	}
	return nil
}
