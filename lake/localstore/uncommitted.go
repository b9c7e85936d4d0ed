package localstore

import (
	"bytes"
	"context"

	"github.com/cockroachdb/pebble/v2"

	"github.com/ownlake/ownlake/lake"
)

// UncommittedBlobs implements [lake.UncommittedBlobs]. The keys of blocks are in the order of their paths.
func (s *Store) UncommittedBlobs(ctx context.Context, fs lake.Filesystem, prefix, after string, limit int) ([]lake.Path, error) {
	var paths []lake.Path
	err := s.view(func(r pebble.Reader) error {
		f, err := lookupFilesystem(r, fs)
		if err != nil {
			return err
		}
		paths, err = s.uncommittedBlobs(ctx, r, f, prefix, after, limit)
		return err
	})
	return paths, describe("localstore.UncommittedBlobs", fs, lake.Root, err)
}

func (s *Store) uncommittedBlobs(ctx context.Context, r pebble.Reader, f *filesystem, prefix, from string, limit int) ([]lake.Path, error) {
	all := idKey(prefixBlock, uint64(f.root.inode))
	lower := append(bytes.Clone(all), prefix...)
	it, err := r.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: after(lower)})
	if err != nil {
		return nil, ioError(err)
	}
	defer it.Close() //nolint:errcheck // Error below reports what Close would
	var paths []lake.Path
	valid := it.First()
	if from != "" {
		valid = it.SeekGE(after(blocksKey(f.root.inode, lake.Path(from))))
	}
	for valid && len(paths) < limit {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		name, _, _ := bytes.Cut(it.Key()[len(all):], []byte{0})
		p := lake.Path(name)
		e, err := lookup(r, s.clock, f.name, p)
		if err != nil {
			return nil, err
		}
		if e.node == nil {
			paths = append(paths, p)
		}
		valid = it.SeekGE(after(blocksKey(f.root.inode, p)))
	}
	return paths, ioError(it.Error())
}
