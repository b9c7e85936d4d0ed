package localstore

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/sstable"
	tableblock "github.com/cockroachdb/pebble/v2/sstable/block"
	"github.com/cockroachdb/pebble/v2/sstable/block/blockkind"
	"github.com/cockroachdb/pebble/v2/sstable/colblk"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/errs"
)

// table is a file of the database's records.
type table struct {
	name     string
	from, to []byte // its first and its last key
}

// gap is a range of keys, both ends in it, some of whose records cannot be read.
type gap struct {
	table    string
	from, to []byte
	cause    error
}

// tablesOf lists the tables that a database has.
func tablesOf(fs vfs.FS, dir string, db *pebble.DB) ([]table, error) {
	levels, err := db.SSTables()
	if err != nil {
		return nil, err
	}
	var tables []table
	for _, level := range levels {
		for _, t := range level {
			name := fs.PathJoin(dir, fmt.Sprintf("%06d.sst", uint64(t.BackingSSTNum)))
			tables = append(tables, table{name, bytes.Clone(t.Smallest.UserKey), bytes.Clone(t.Largest.UserKey)})
		}
	}
	return tables, nil
}

// openTable opens a table by itself, apart from the database and its caches.
func openTable(ctx context.Context, fs vfs.FS, t table) (r *sstable.Reader, err error) {
	f, err := fs.Open(t.name)
	if err != nil {
		return nil, err
	}
	readable, err := sstable.NewSimpleReadable(f)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	var o pebble.Options
	o.EnsureDefaults()
	// The reader panics at some kinds of damage.
	err = withoutPanic(func() error {
		r, err = sstable.NewReader(ctx, readable, o.MakeReaderOptions())
		return err
	})
	if err != nil {
		return nil, errors.Join(err, readable.Close())
	}
	return r, nil
}

// verifyTable reads all blocks of a table and returns what of it cannot be read. Where the damage is not in its records,
// but in what finds them, that is all of it.
func verifyTable(ctx context.Context, fs vfs.FS, t table) (gaps []gap, err error) {
	r, err := openTable(ctx, fs, t)
	if err != nil {
		return []gap{{fs.PathBase(t.name), t.from, t.to, err}}, nil
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	var bad []gap
	whole := withoutPanic(func() error {
		bad, err = badBlocks(ctx, r, t)
		return err
	})
	if whole == nil && len(bad) == 0 {
		whole = r.ValidateBlockChecksums() // of all other blocks, too
	}
	if whole != nil {
		bad = []gap{{from: t.from, to: t.to, cause: whole}}
	}
	for i := range bad {
		bad[i].table = fs.PathBase(t.name)
	}
	return bad, nil
}

// badBlocks finds the blocks of records that cannot be read, and by the table's index what keys lie in them.
func badBlocks(ctx context.Context, r *sstable.Reader, t table) ([]gap, error) {
	layout, err := r.Layout()
	if err != nil {
		return nil, err
	}
	var bad []gap
	from := t.from
	for _, handle := range layout.Index {
		index, err := r.BlockReader().Read(ctx, tableblock.NoReadEnv, nil, handle, blockkind.Index, colblk.InitIndexBlockMetadata)
		if err != nil {
			return nil, err
		}
		it := &colblk.IndexIter{}
		if err := it.InitHandle(pebble.DefaultComparer, index, tableblock.NoTransforms); err != nil {
			return nil, err
		}
		for ok := it.First(); ok; ok = it.Next() {
			data, err := it.BlockHandleWithProperties()
			if err != nil {
				return nil, errors.Join(err, it.Close())
			}
			to := bytes.Clone(it.Separator()) // no key of the block is greater, and none of the next is less
			if bytes.Compare(to, t.to) > 0 {
				to = t.to
			}
			if err := readBlock(ctx, r, data.Handle); err != nil {
				bad = append(bad, gap{from: from, to: to, cause: err})
			}
			from = append(bytes.Clone(to), 0)
		}
		if err := it.Close(); err != nil {
			return nil, err
		}
	}
	return bad, nil
}

// readBlock checks a block's checksum.
func readBlock(ctx context.Context, r *sstable.Reader, h tableblock.Handle) error {
	b, err := r.BlockReader().Read(ctx, tableblock.NoReadEnv, nil, h, blockkind.SSTableData, func(*tableblock.Metadata, []byte) error { return nil })
	if err == nil {
		b.Release()
	}
	return err
}

// verifyTables returns what cannot be read of all tables, in the order of the keys.
func verifyTables(ctx context.Context, fs vfs.FS, tables []table) ([]gap, error) {
	var gaps []gap
	for _, t := range tables {
		if err := ctx.Err(); err != nil {
			return nil, errs.E(err)
		}
		bad, err := verifyTable(ctx, fs, t)
		if err != nil {
			return nil, err
		}
		gaps = append(gaps, bad...)
	}
	slices.SortFunc(gaps, func(a, b gap) int { return cmp.Or(bytes.Compare(a.from, b.from), bytes.Compare(a.to, b.to)) })
	return gaps, nil
}
