package localstore

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/errs"
)

const (
	damagedDir   = "damaged"
	asideTime    = "20060102T150405Z"
	noteName     = "NOTE.txt"
	recordsName  = "records.jsonl"
	asideContent = "content"
)

// repair sets aside what the check planned. Files move, and records are copied, before the database forgets
// them: after a crash between, the next check finds the rest, and nothing that was set aside is lost.
func (c *checker) repair() (err error) {
	dir := c.aside
	if dir == "" {
		if dir, err = c.makeAside(); err != nil {
			return err
		}
	}
	db, err := openNames(c.health, slog.New(slog.DiscardHandler), c.o.FS.PathJoin(c.o.Dir, namesDir), false)
	if err != nil {
		return err
	}
	batch := db.NewBatch()
	defer func() { err = errors.Join(err, batch.Close(), c.health.protect(db.Close)) }()
	a := &aside{fs: c.o.FS, dir: dir, db: db, batch: batch}
	if err := c.moveAside(a); err != nil {
		return err
	}
	for id, n := range c.newShared {
		if n == 0 {
			_ = batch.Delete(sharedKey(id), nil) // fails only beyond 4 GiB, as below
		} else {
			_ = batch.Set(sharedKey(id), encodeShared(n), nil)
		}
	}
	for _, key := range c.newPurges {
		_ = batch.Set(key, nil, nil)
	}
	if err := c.putLost(db, batch); err != nil {
		return err
	}
	if c.newState {
		_ = batch.Set(stateKey(), encodeState(c.maxID, c.maxTag), nil) // fails only beyond 4 GiB
	}
	if !batch.Empty() {
		if err := c.health.protect(func() error { return batch.Commit(pebble.Sync) }); err != nil {
			return err
		}
	}
	if c.newFormat {
		if err := writeFormat(c.o.FS, c.o.Dir, c.o.FS.PathJoin(c.o.Dir, formatName)); err != nil {
			return err
		}
	}
	c.report.Aside = dir
	for i := range c.report.Findings {
		c.report.Findings[i].Repaired = true
	}
	return nil
}

// makeAside makes a folder of its own for this repair.
func (c *checker) makeAside() (string, error) {
	fs := c.o.FS
	base := fs.PathJoin(c.o.Dir, damagedDir, c.o.Clock().UTC().Format(asideTime))
	dir := base
	for i := 2; ; i++ {
		if _, err := fs.Stat(dir); isNotExist(err) {
			break
		} else if err != nil {
			return "", err
		}
		dir = fmt.Sprintf("%s-%d", base, i)
	}
	return dir, makeDirs(fs, dir, fs.PathJoin(dir, asideContent))
}

func (c *checker) moveAside(a *aside) (err error) {
	if err := a.write(noteName, c.note()); err != nil {
		return err
	}
	for id := range c.setAside {
		if err := a.piece(c.contents, id); err != nil {
			return err
		}
	}
	for _, key := range c.records {
		if err := a.record(key); err != nil {
			return err
		}
	}
	if err := a.write(recordsName, a.records.String()); err != nil {
		return err
	}
	for i, name := range c.files {
		// Names may be the same in different folders.
		if err := a.move(name, fmt.Sprintf("file-%d-%s", i+1, c.o.FS.PathBase(name))); err != nil {
			return err
		}
	}
	for _, err := range []error{syncDir(a.fs, a.fs.PathJoin(a.dir, asideContent)), syncDir(a.fs, a.dir)} {
		if err != nil {
			return err
		}
	}
	return nil
}

// note explains the folder to whoever finds it.
func (c *checker) note() string {
	var b strings.Builder
	b.WriteString("ownlake lake check --repair set aside what is here, and deleted nothing.\n\n" +
		"names/, if it is here, is the damaged database; content/ has the content of files, named by its identity (FILE.inline: from the database); file-N-NAME are\n" +
		"files that nothing refers to; records.jsonl has the database's records as they were, in hexadecimal\n" +
		"(docs/design/accepted/lake-format.md). Delete the folder when you need none of it.\n\nWhat was found:\n")
	for _, f := range c.report.Findings {
		fmt.Fprintf(&b, "  %s: %s\n", f.Item, f.Problem)
	}
	return b.String()
}

// aside is where a repair sets things aside.
type aside struct {
	fs      vfs.FS
	dir     string
	db      *pebble.DB
	batch   *pebble.Batch
	records strings.Builder
}

// record takes a record out of the database.
func (a *aside) record(key []byte) error {
	v, closer, err := a.db.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	line, err := json.Marshal(map[string]string{"key": hex.EncodeToString(key), "value": hex.EncodeToString(v)})
	if err = errors.Join(err, closer.Close()); err != nil {
		return err
	}
	a.records.Write(line)
	a.records.WriteByte('\n')
	return a.batch.Delete(key, nil)
}

// piece takes a piece of content out of the lake.
func (a *aside) piece(c *contents, id contentID) error {
	p, ok, err := lookupPiece(a.db, id)
	if err != nil && !errs.Is(err, errs.Corrupt) {
		return err
	}
	if ok && err == nil && !p.isFile {
		if err := a.write(a.fs.PathJoin(asideContent, fmt.Sprintf("%016x.inline", uint64(id))), string(p.inline)); err != nil {
			return err
		}
	}
	if refuseLink(a.fs, c.shard(id)) == nil { // what lies behind a link is not the lake's
		if err := a.move(c.name(id), a.fs.PathJoin(asideContent, a.fs.PathBase(c.name(id)))); err != nil {
			return err
		}
	}
	keys := [][]byte{contentKey(id)}
	err = scan(a.db, idKey(prefixSums, uint64(id)), func(key, _ []byte) error {
		keys = append(keys, append([]byte(nil), key...))
		return nil
	})
	for _, key := range keys {
		err = errors.Join(err, a.record(key))
	}
	return err
}

// move moves a file or folder here, if it is there.
func (a *aside) move(from, name string) error {
	if _, err := a.fs.Stat(from); isNotExist(err) {
		return nil
	}
	return a.fs.Rename(from, a.fs.PathJoin(a.dir, name))
}

// write makes a durable file here.
func (a *aside) write(name, text string) error {
	f, err := a.fs.Create(a.fs.PathJoin(a.dir, name), vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	_, err = io.WriteString(f, text)
	return errors.Join(err, f.Sync(), f.Close())
}
