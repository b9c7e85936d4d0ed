package localstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/errs"
)

// CheckOptions say what to check. FS, Dir and Clock are required.
type CheckOptions struct {
	FS    vfs.FS
	Dir   string
	Clock func() time.Time
	// Repair sets aside what is found, so that what is left is whole.
	Repair bool
	// Progress is told how far the check is, never by two goroutines at a time. It may be nil.
	Progress func(Progress)
}

// Progress is how far a check, a backup or a restore is. Total is 0 where it is not known.
type Progress struct {
	Step  string `json:"step"`
	Done  int64  `json:"done"`
	Total int64  `json:"total,omitempty"`
	Unit  string `json:"unit"` // "records" or "bytes"
}

// Finding is one thing that is not as it should be.
type Finding struct {
	// Item is a path in the lake, with its filesystem, or a file's name in the folder.
	Item    string `json:"item"`
	Problem string `json:"problem"`
	// Harmless is set for leftovers: nothing in the namespace leads to them.
	Harmless bool `json:"harmless"`
	Repaired bool `json:"repaired"`
}

// CheckReport is the outcome of a check.
type CheckReport struct {
	Filesystems int64 `json:"filesystems"`
	Directories int64 `json:"directories"`
	Files       int64 `json:"files"`
	Blocks      int64 `json:"uncommittedBlocks"`
	Deleted     int64 `json:"deleted"`  // paths and filesystems that are kept for some days
	Contents    int64 `json:"contents"` // pieces of content, in the database and in files
	Bytes       int64 `json:"bytes"`    // of them
	// Aside is the folder that a repair set things aside in; empty if there is none.
	Aside    string    `json:"aside,omitempty"`
	Findings []Finding `json:"findings"`
}

// Damage counts the findings that are neither harmless nor repaired.
func (r CheckReport) Damage() int {
	n := 0
	for _, f := range r.Findings {
		if !f.Harmless && !f.Repaired {
			n++
		}
	}
	return n
}

// Check verifies a lake's folder: every record and what it refers to, every content file's length and
// checksums, and what nothing refers to. What it finds is in the report; an error says that the check could not be made:
// NotFound where there is no lake, Conflict where another process has it open, Precondition for a newer format.
//
// A repair moves what is damaged, and what nothing leads to, into damaged/<time>: records to a file, content as it
// is, and a note. It deletes nothing. Of a database of which a part cannot be read it makes one of the rest, and says
// what ranges are missing; one that cannot be opened at all is reported and left alone.
func Check(ctx context.Context, o CheckOptions) (CheckReport, error) {
	c := newChecker(o)
	if err := c.run(ctx); err != nil {
		return c.report, errs.E(errs.Op("localstore.Check"), errs.Item(o.Dir), ioError(err))
	}
	return c.report, nil
}

func newChecker(o CheckOptions) *checker {
	c := &checker{
		series: map[series]bool{}, newShared: map[contentID]uint64{},
		o: o, health: newHealth(Options{FS: o.FS, Dir: o.Dir}), dirs: map[inode]*place{}, spilled: map[inode]bool{},
		contents: newContents(o.FS, o.FS.PathJoin(o.Dir, contentDir), true), bad: map[contentID]string{}, setAside: map[contentID]bool{},
	}
	c.report.Findings = []Finding{}
	return c
}

// checker holds what a check knows: all directories and all pieces of content, but not the files.
type checker struct {
	o        CheckOptions
	health   *health
	db       *pebble.DB
	contents *contents
	report   CheckReport

	dirs    map[inode]*place
	spilled map[inode]bool // files whose extents have a record of their own
	pieces  []checkedPiece // by id
	bad     map[contentID]string
	maxID   uint64 // the latest identity and ETag of any record
	maxTag  uint64
	seen    int64 // records, for the progress

	// What a repair does.
	aside     string  // where it sets things aside, once that is there
	lost      []inode // directories without a record that hold something
	setAside  map[contentID]bool
	records   [][]byte // keys
	files     []string
	newFormat bool
	newState  bool
	series    map[series]bool      // of the files' snapshots
	newPurges [][]byte             // ends of deletions that are missing
	newShared map[contentID]uint64 // owners beyond the first, where the record is wrong
}

// place is where a directory lies.
type place struct {
	parent inode
	name   string
	state  placeState
}

type placeState uint8

const (
	placeUnknown placeState = iota
	placeVisited            // being looked at: meeting it again is a circle
	placeLost
	placeReached
)

func (c *checker) run(ctx context.Context) (err error) {
	if err := c.checkExists(); err != nil {
		return err
	}
	if err := refuseLinks(c.o.FS, c.o.Dir); err != nil {
		return err
	}
	release, err := lockFolder(c.o.FS, c.o.Dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, release()) }()
	if c.o.Repair {
		if err := c.finishSalvage(); err != nil {
			return err
		}
	}
	if err := c.checkFolder(); err != nil {
		return err
	}
	err = c.checkDatabase(ctx)
	if errs.Is(err, errs.Corrupt) && c.o.Repair {
		err = c.checkSalvaged(ctx)
	}
	if errs.Is(err, errs.Corrupt) {
		// What refers to what is not known, so nothing is touched.
		how := "a repair keeps what can be read, a backup has all: "
		if c.o.Repair {
			how = "restore a backup: "
		}
		c.damage(c.o.FS.PathJoin(c.o.Dir, namesDir), "the database cannot be read; "+how+err.Error())
		return nil
	}
	if err != nil || !c.o.Repair || len(c.report.Findings) == 0 {
		return err
	}
	return c.repair()
}

// checkExists keeps a check from making a lake where there is none.
func (c *checker) checkExists() error {
	for _, name := range []string{formatName, namesDir} {
		if _, err := c.o.FS.Stat(c.o.FS.PathJoin(c.o.Dir, name)); err == nil {
			return nil
		} else if !isNotExist(err) {
			return err
		}
	}
	return errs.E(errs.NotFound, "there is no lake in the folder", errs.Hint("name the folder that ownlake lake was started with"))
}

// lockFolder takes a lake's folder for this process.
func lockFolder(fs vfs.FS, dir string) (release func() error, err error) {
	lock, err := fs.Lock(fs.PathJoin(dir, lockName))
	// A lock that cannot even be opened is held by nobody: the folder may not be written to.
	if _, unopened := errors.AsType[*os.PathError](err); unopened {
		return nil, ioError(err)
	}
	if err != nil {
		return nil, errs.E(errs.Conflict, errs.Hint("stop the other ownlake that serves this folder, or choose another folder"),
			fmt.Errorf("the folder is in use by another process: %w", err))
	}
	return lock.Close, nil
}

// checkFolder looks at what lies beside the database and the content.
func (c *checker) checkFolder() error {
	fs := c.o.FS
	name := fs.PathJoin(c.o.Dir, formatName)
	if _, err := fs.Stat(name); isNotExist(err) {
		c.newFormat = true
		c.damage(name, "is missing")
	} else if err := checkFormat(fs, c.o.Dir); errs.Is(err, errs.Corrupt) {
		c.newFormat, c.files = true, append(c.files, name)
		c.damage(name, "does not name a format")
	} else if err != nil {
		return err
	}
	for _, left := range []string{namesDir + newSuffix, namesDir + copySuffix, namesDir + salvagedSuffix, formatName + ".tmp"} {
		name := fs.PathJoin(c.o.Dir, left)
		if _, err := fs.Stat(name); err == nil {
			c.files = append(c.files, name)
			c.leftover(name, "was left by a crash")
		} else if !isNotExist(err) {
			return err
		}
	}
	return nil
}

func (c *checker) checkDatabase(ctx context.Context) error {
	name := c.o.FS.PathJoin(c.o.Dir, namesDir)
	if _, err := c.o.FS.Stat(name); isNotExist(err) {
		return errs.E(errs.Corrupt, "it is missing")
	}
	db, err := openNames(c.health, slog.New(slog.DiscardHandler), name, true)
	if err != nil {
		return unreadable(err)
	}
	c.db = db
	err = c.checkTables(ctx, name)
	if err == nil {
		err = c.checkRecords(ctx)
	}
	return errors.Join(unreadable(err), db.Close())
}

// checkTables reads all of the database, also what no record is looked up by.
func (c *checker) checkTables(ctx context.Context, name string) error {
	tables, err := tablesOf(c.o.FS, name, c.db)
	if err != nil {
		return err
	}
	gaps, err := verifyTables(ctx, c.o.FS, tables)
	if err != nil || len(gaps) == 0 {
		return err
	}
	return fmt.Errorf("%s: %w", gaps[0].table, gaps[0].cause)
}

// checkSalvaged makes a database of what can be read, and checks that.
func (c *checker) checkSalvaged(ctx context.Context) error {
	gaps, err := c.salvage(ctx)
	if err != nil {
		return unreadable(err)
	}
	again := newChecker(c.o)
	again.aside, again.files, again.newFormat, again.report = c.aside, c.files, c.newFormat, CheckReport{Findings: c.report.Findings, Aside: c.aside}
	*c = *again
	err = c.checkDatabase(ctx)
	for _, g := range gaps {
		c.report.Findings = append(c.report.Findings, c.describeGap(g))
	}
	return err
}

// unreadable tells a database that cannot be read from a check that was called off.
func unreadable(err error) error {
	if err == nil || errs.Is(ioError(err), errs.Canceled) || vfs.IsNoSpaceError(err) {
		return err
	}
	return errs.E(errs.Corrupt, ioError(err))
}

func (c *checker) checkRecords(ctx context.Context) error {
	for _, step := range []func(context.Context) error{
		c.readFilesystems, c.readQueue, c.readDeleted, c.readDirectories, c.findLost, c.readPieces, c.checkSums, c.checkContents, c.checkNodes,
		c.checkDeleted, c.checkPurges, c.checkSnapshots, c.checkBlocks, c.checkShared, c.checkSpilled, c.checkUnused, c.checkState, c.checkUnknown, c.checkFiles,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// each visits the records with a prefix.
func (c *checker) each(ctx context.Context, prefix byte, step string, visit func(key, value []byte) error) error {
	return scan(c.db, []byte{prefix}, func(key, value []byte) error {
		if c.seen++; c.seen%1024 == 0 {
			if err := ctx.Err(); err != nil {
				return errs.E(err)
			}
			c.progress(Progress{Step: step, Done: c.seen, Unit: "records"})
		}
		return visit(key, value)
	})
}

func (c *checker) progress(p Progress) {
	if c.o.Progress != nil {
		c.o.Progress(p)
	}
}

func (c *checker) damage(item, problem string) {
	c.report.Findings = append(c.report.Findings, Finding{Item: item, Problem: problem})
}

func (c *checker) leftover(item, problem string) {
	c.report.Findings = append(c.report.Findings, Finding{Item: item, Problem: problem, Harmless: true})
}

// badRecord notes a record that a repair sets aside.
func (c *checker) badRecord(key []byte, item, problem string) {
	c.damage(item, problem)
	c.records = append(c.records, slices.Clone(key))
}

// reached reports whether a filesystem, there or deleted, or the queue of deleted directories leads to a directory.
func (c *checker) reached(n inode) bool {
	p := c.dirs[n]
	if p == nil || p.state == placeVisited {
		return false
	}
	if p.state == placeUnknown {
		p.state = placeVisited
		if c.reached(p.parent) {
			p.state = placeReached
		} else {
			p.state = placeLost
		}
	}
	return p.state == placeReached
}

// path says where an entry of a directory lies.
func (c *checker) path(parent inode, name string) string {
	names := []string{name}
	for range 1 << 10 { // lost directories may lie in a circle
		p := c.dirs[parent]
		if p == nil {
			names = append(names, fmt.Sprintf("(lost directory %d)", parent))
			break
		}
		names = append(names, p.name)
		if p.parent == 0 {
			break
		}
		parent = p.parent
	}
	slices.Reverse(names)
	return strings.Join(names, "/")
}
