package table

import (
	"context"
	"errors"
	"sync"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/lake"
)

// Files are the local files of a snapshot.
type Files struct {
	relation string
	close    sync.Once
	releases []func()
}

// Open makes a snapshot's files readable by an engine. Of an embedded lake they are the lake's own files, of a
// remote one copies in the staging folder, made once. The caller closes them; they stay readable until then,
// also when the table is replaced. NotFound means that the snapshot is older than the retention time.
func (f *Folder) Open(ctx context.Context, s insights.Snapshot) (*Files, error) {
	files := &Files{}
	paths := make([]string, 0, len(s.Partitions))
	var largest int64
	for _, p := range s.Partitions {
		local, release, err := f.localFile(ctx, p)
		if err != nil {
			return nil, errors.Join(errs.E(errs.Op("table.Open"), errs.Item(s.Table), err), files.Close())
		}
		files.releases = append(files.releases, release)
		paths = append(paths, local)
		largest = max(largest, p.Bytes)
	}
	files.relation = readRelation(s.Format, s.Columns, paths, largest)
	return files, nil
}

// Relation is a SQL table expression that yields the snapshot's rows with its column names and types: string,
// guid and json as VARCHAR, int64 BIGINT, double DOUBLE, decimal DECIMAL, boolean BOOLEAN, date DATE,
// time TIME, dateTime TIMESTAMP in UTC. It is valid until Close.
func (f *Files) Relation() string { return f.relation }

// Close lets go of the files. Closing twice is harmless.
func (f *Files) Close() error {
	f.close.Do(func() {
		for _, release := range f.releases {
			release()
		}
	})
	return nil
}

func (f *Folder) localFile(ctx context.Context, p insights.Partition) (local string, release func(), err error) {
	path, err := lake.ParsePath(p.Path)
	if err != nil || path == lake.Root {
		return "", nil, errs.E(errs.Invalid, errs.Item(p.Name), "the file lies outside the environment's folder", err)
	}
	if l, ok := f.store.(lake.LocalFiles); ok {
		local, release, err = l.LocalFile(ctx, insights.Container, path)
		return local, release, gone(err)
	}
	local, ok := f.stage.hold(p.Path)
	if !ok {
		if err := f.download(ctx, path); err != nil {
			return "", nil, gone(err)
		}
		if local, ok = f.stage.hold(p.Path); !ok {
			return "", nil, errs.E(errs.Unavailable, errs.Item(local), "the staging folder was emptied", errs.Hint("try again"))
		}
	}
	return local, func() { f.stage.letGo(local) }, nil
}

func (f *Folder) download(ctx context.Context, path lake.Path) error {
	c, err := f.store.Read(ctx, insights.Container, path, lake.ReadOptions{})
	if err != nil {
		return err
	}
	return errors.Join(f.stage.download(string(path), c.Length, c.Body), c.Body.Close())
}

// gone explains a file that is not there any more.
func gone(err error) error {
	if errs.Is(err, errs.NotFound) {
		return errs.E(errs.NotFound, err, errs.Hint("read the table's current state again; if it still names this file, run the process again"))
	}
	return err
}
