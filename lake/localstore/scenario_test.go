package localstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// step is one call that changes the lake, or none.
type step struct {
	name string
	run  func(context.Context, *Store) error
}

func bulk(n int, seed byte) []byte {
	b := make([]byte, n)
	r := rand.New(rand.NewPCG(uint64(seed), 1))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func write(p lake.Path, position int64, content []byte) step {
	return step{fmt.Sprintf("append and flush %s at %d", p, position), func(ctx context.Context, s *Store) error {
		if err := s.Append(ctx, "one", p, position, bytes.NewReader(content), lake.AppendOptions{}); err != nil {
			return err
		}
		_, err := s.Flush(ctx, "one", p, position+int64(len(content)), lake.FlushOptions{})
		return err
	}}
}

func put(p lake.Path, content []byte) step {
	return step{fmt.Sprintf("put blob %s of %d bytes", p, len(content)), func(ctx context.Context, s *Store) error {
		_, err := s.PutBlob(ctx, "one", p, bytes.NewReader(content), lake.PutBlobOptions{})
		return err
	}}
}

func putBlock(p lake.Path, id lake.BlockID, content []byte) step {
	return step{fmt.Sprintf("put block %s of %s", id, p), func(ctx context.Context, s *Store) error {
		return s.PutBlock(ctx, "one", p, id, bytes.NewReader(content), lake.PutBlockOptions{})
	}}
}

func putBlockList(p lake.Path, ids ...lake.BlockID) step {
	return step{"put block list " + string(p), func(ctx context.Context, s *Store) error {
		refs := make([]lake.BlockRef, len(ids))
		for i, id := range ids {
			refs[i].ID = id
		}
		_, err := s.PutBlockList(ctx, "one", p, refs, lake.PutBlobOptions{})
		return err
	}}
}

func rename(fs lake.Filesystem, from, to lake.Path) step {
	return step{fmt.Sprintf("rename %s to %s", from, to), func(ctx context.Context, s *Store) error {
		_, err := s.Rename(ctx, lake.Location{Filesystem: "one", Path: from}, lake.Location{Filesystem: fs, Path: to}, lake.RenameOptions{})
		return err
	}}
}

func remove(p lake.Path) step {
	return step{"delete " + string(p), func(ctx context.Context, s *Store) error {
		return s.Delete(ctx, "one", p, lake.DeleteOptions{Recursive: true})
	}}
}

func create(p lake.Path, directory bool) step {
	return step{"create " + string(p), func(ctx context.Context, s *Store) error {
		_, err := s.Create(ctx, "one", p, lake.CreateOptions{IsDirectory: directory, Metadata: lake.Metadata{"made": "yes"}})
		return err
	}}
}

func appendBlock(p lake.Path, content []byte) step {
	return step{fmt.Sprintf("append a block of %d bytes to %s", len(content), p), func(ctx context.Context, s *Store) error {
		_, _, err := s.AppendBlock(ctx, "one", p, bytes.NewReader(content), lake.AppendBlockOptions{})
		return err
	}}
}

// grownPart is too large to be joined with another.
const grownPart = 9000

// growth appends parts and flushes them, one by one.
func growth(p lake.Path, from, to int64) []step {
	var steps []step
	for i := from; i < to; i++ {
		steps = append(steps, write(p, i*grownPart, bulk(grownPart, byte(i))))
	}
	return steps
}

// mergeStep merges the small appends of a file, unless that is done in the background already.
func mergeStep(p lake.Path) step {
	return step{"merge " + string(p), func(ctx context.Context, s *Store) error {
		e, err := existing(s.db, s.clock, "one", p)
		if err != nil {
			return err
		}
		return s.mergeFile(ctx, e.node.inode)
	}}
}

func snapshot(p lake.Path) step {
	return step{"snapshot " + string(p), func(ctx context.Context, s *Store) error {
		_, _, err := s.Snapshot(ctx, "one", p, nil, lake.Conditions{})
		return err
	}}
}

func retain(paths, filesystems int) step {
	return step{fmt.Sprintf("keep what is deleted for %d and %d days", paths, filesystems), func(ctx context.Context, s *Store) error {
		return s.SetServiceSettings(ctx, lake.ServiceSettings{DeleteRetentionDays: paths, ContainerRetentionDays: filesystems})
	}}
}

func undelete(p lake.Path) step {
	return step{"undelete " + string(p), func(ctx context.Context, s *Store) error {
		_, err := s.Undelete(ctx, "one", p, lake.UndeleteOptions{})
		return err
	}}
}

// purge removes what is kept for less than a hundred days, and reclaims its space.
var purge = step{"purge", func(ctx context.Context, s *Store) error {
	return errors.Join(s.purgeDeleted(ctx, s.clock().AddDate(0, 0, 100)), s.reclaimAll(ctx))
}}

func deleteFilesystem(name lake.Filesystem) step {
	return step{"delete filesystem " + string(name), func(ctx context.Context, s *Store) error {
		return s.DeleteFilesystem(ctx, name, lake.Conditions{})
	}}
}

var undeleteSecondFilesystem = step{"undelete second filesystem", func(ctx context.Context, s *Store) error {
	page, err := s.ListFilesystems(ctx, lake.ListFilesystemsOptions{Prefix: "two", Deleted: true})
	if err != nil {
		return err
	}
	_, err = s.UndeleteFilesystem(ctx, "two", page.Filesystems[0].Deleted.ID)
	return err
}}

var secondFilesystem = step{"create second filesystem", func(ctx context.Context, s *Store) error {
	_, err := s.CreateFilesystem(ctx, "two", lake.CreateFilesystemOptions{})
	return err
}}

// scenario covers every way in which the store changes its folder.
func scenario(fs vfs.FS) []step {
	return slices.Concat([]step{filesystemStep}, grown(), mixed(fs))
}

var filesystemStep = step{"create filesystem", func(ctx context.Context, s *Store) error {
	_, err := s.CreateFilesystem(ctx, "one", lake.CreateFilesystemOptions{Metadata: lake.Metadata{"k": "v"}})
	return err
}}

// grown makes a file of many extents, which are in pages, and merged.
func grown() []step {
	return slices.Concat(
		[]step{create("grown", false)}, growth("grown", 0, 6),
		[]step{mergeStep("grown"), snapshot("grown")}, growth("grown", 6, 9),
		[]step{mergeStep("grown"), {"unite what has grown", func(ctx context.Context, s *Store) error {
			_, release, err := s.LocalFile(ctx, "one", "grown")
			if err == nil {
				release()
			}
			return err
		}}},
	)
}

func mixed(fs vfs.FS) []step {
	return []step{
		create("in/raw/a.csv", false),
		write("in/raw/a.csv", 0, bulk(700, 1)),
		write("in/raw/a.csv", 700, bulk(900, 2)),
		write("in/raw/a.csv", 1600, bulk(150_000, 3)),
		put("in/small", bulk(100, 4)),
		put("in/large", bulk(200_000, 5)),
		put("in/large", bulk(40_000, 6)),
		put("in/large", bulk(10, 7)),
		put("in/large", bulk(30_000, 8)),
		putBlock("out/blocks", "b1", bulk(20_000, 9)),
		putBlock("out/blocks", "b2", bulk(30, 10)),
		putBlock("out/blocks", "b1", bulk(25_000, 11)),
		putBlockList("out/blocks", "b2", "b1"),
		putBlock("out/blocks", "b3", bulk(18_000, 12)),
		putBlockList("out/blocks", "b1", "b3"),
		{"local file", func(ctx context.Context, s *Store) error {
			_, release, err := s.LocalFile(ctx, "one", "out/blocks")
			if err == nil {
				release()
			}
			return err
		}},
		rename("one", "in/small", "in/large"),
		rename("one", "in", "moved"),
		{"set ACL", func(ctx context.Context, s *Store) error {
			acl, err := access.ParseACL("user::rwx,group::r-x,other::---,default:user:11111111-0000-4000-8000-000000000001:r-x")
			if err != nil {
				return err
			}
			_, err = s.SetAccessControl(ctx, "one", "moved/raw", lake.AccessControlUpdate{ACL: acl}, lake.Conditions{})
			return err
		}},
		{"set properties", func(ctx context.Context, s *Store) error {
			_, err := s.SetProperties(ctx, "one", "moved/raw/a.csv", lake.PropertyUpdate{Metadata: &lake.Metadata{"n": "1"}}, lake.Conditions{})
			return err
		}},
		{"create an append blob", func(ctx context.Context, s *Store) error {
			d := &lake.BlobDetails{Append: &lake.AppendState{}, Tags: lake.Tags{"a": "1"}}
			_, err := s.PutBlob(ctx, "one", "log", bytes.NewReader(nil), lake.PutBlobOptions{Details: d})
			return err
		}},
		appendBlock("log", bulk(500, 13)),
		snapshot("log"),
		appendBlock("log", bulk(600, 14)),
		appendBlock("log", bulk(30_000, 15)),
		snapshot("log"),
		{"lease", func(ctx context.Context, s *Store) error {
			_, _, err := s.Lease(ctx, "one", "log", lake.LeaseRequest{Action: lake.AcquireLease, Proposed: "mine", Duration: lake.Infinite}, lake.Conditions{})
			return err
		}},
		{"overwrite with the lease", func(ctx context.Context, s *Store) error {
			_, err := s.PutBlob(ctx, "one", "log", bytes.NewReader(bulk(25_000, 16)), lake.PutBlobOptions{Conditions: lake.Conditions{LeaseID: "mine"}})
			return err
		}},
		{"set expiry", func(ctx context.Context, s *Store) error {
			_, err := s.SetExpiry(ctx, "one", "log", lake.Expiry{FromNow: 1000 * time.Hour}, lake.Conditions{LeaseID: "mine"})
			return err
		}},
		{"delete snapshots", func(ctx context.Context, s *Store) error {
			return s.DeleteSnapshots(ctx, "one", "log", lake.Conditions{})
		}},
		{"adopt a file", func(ctx context.Context, s *Store) error {
			f, err := fs.Create("/adopt", vfs.WriteCategoryUnspecified)
			if err != nil {
				return err
			}
			_, err = f.Write(bulk(60_000, 13))
			if err = errors.Join(err, f.Close()); err != nil {
				return err
			}
			_, err = s.AdoptFile(ctx, "one", "moved/adopted", "/adopt", lake.PutBlobOptions{})
			return err
		}},
		create("moved/raw/a.csv", false),
		put("moved/raw/deep/er/f", bulk(17_000, 14)),
		secondFilesystem,
		put("kept/f", bulk(21_000, 17)),
		put("kept/sub/g", bulk(300, 18)),
		put("other", bulk(19_000, 19)),
		retain(7, 7),
		remove("kept/f"),
		remove("kept"),
		undelete("kept"),
		undelete("kept/f"),
		rename("one", "kept/sub/g", "kept/f"),
		remove("other"),
		retain(300, 300),
		put("kept/sub/large", bulk(22_000, 20)),
		remove("kept/sub"),
		purge,
		deleteFilesystem("two"),
		undeleteSecondFilesystem,
		retain(0, 0),
		rename("two", "moved/raw/deep", "deep"),
		remove("out/blocks"),
		remove("moved"),
		{"reclaim", func(ctx context.Context, s *Store) error { return s.reclaimAll(ctx) }},
		deleteFilesystem("two"),
		{"reclaim again", func(ctx context.Context, s *Store) error { return s.reclaimAll(ctx) }},
		put("last", bulk(20_000, 15)),
	}
}

// stepClock moves on by a second at each look.
func stepClock() func() time.Time {
	var n atomic.Int64
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	return func() time.Time { return start.Add(time.Duration(n.Add(1)) * time.Second) }
}

func openAt(fs vfs.FS) (*Store, error) {
	return Open(Options{FS: fs, Dir: "/data/lake", Clock: stepClock(), pageExtents: 3})
}

// dump writes everything that can be seen of the lake; ETags differ from run to run.
func dump(ctx context.Context, s *Store, withTags bool) (string, error) {
	var b strings.Builder
	page, err := s.ListFilesystems(ctx, lake.ListFilesystemsOptions{Deleted: true})
	if err != nil {
		return "", err
	}
	for _, fs := range page.Filesystems {
		if !withTags {
			fs.ETag = ""
		}
		if fs.Deleted != nil {
			fmt.Fprintf(&b, "%s deleted\n", fs.Name)
			continue
		}
		if err := dumpDeleted(ctx, &b, s, fs.Name); err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "%s %s %v\n", fs.Name, fs.ETag, fs.Metadata)
		list, err := s.List(ctx, fs.Name, lake.Root, lake.ListOptions{Recursive: true})
		if err != nil {
			return "", err
		}
		for _, p := range list.Entries {
			if !withTags {
				p.ETag = ""
			}
			if err := dumpPath(ctx, &b, s, fs.Name, p); err != nil {
				return "", err
			}
		}
		blocks, err := s.BlockList(ctx, fs.Name, "out/blocks")
		if err != nil && !errs.Is(err, errs.NotFound) {
			return "", err
		}
		fmt.Fprintf(&b, "blocks %v %v\n", blocks.Committed, blocks.Uncommitted)
	}
	return b.String(), nil
}

func dumpDeleted(ctx context.Context, b *strings.Builder, s *Store, fs lake.Filesystem) error {
	page, err := s.ListDeleted(ctx, fs, lake.ListDeletedOptions{})
	for _, d := range page.Entries {
		fmt.Fprintf(b, "  deleted %s dir=%v size=%d\n", d.Properties.Path, d.Properties.IsDirectory, d.Properties.Size)
	}
	return err
}

func dumpPath(ctx context.Context, b *strings.Builder, s *Store, fs lake.Filesystem, p lake.Properties) error {
	a, err := s.AccessControl(ctx, fs, p.Path, lake.Conditions{})
	if err != nil {
		return err
	}
	fmt.Fprintf(b, "  %s dir=%v size=%d %s %s %v", p.Path, p.IsDirectory, p.Size, p.ETag, a.ACL, p.Metadata)
	if !p.IsDirectory {
		c, err := s.Read(ctx, fs, p.Path, lake.ReadOptions{})
		if err != nil {
			return err
		}
		content, err := io.ReadAll(c.Body)
		if err = errors.Join(err, c.Body.Close()); err != nil {
			return err
		}
		fmt.Fprintf(b, " content=%d/%08x", len(content), crc32.ChecksumIEEE(content))
		if err := dumpExtras(ctx, b, s, fs, p); err != nil {
			return err
		}
	}
	b.WriteByte('\n')
	return nil
}

// dumpExtras writes what few files have.
func dumpExtras(ctx context.Context, b *strings.Builder, s *Store, fs lake.Filesystem, p lake.Properties) error {
	if d := p.Details; d != nil {
		fmt.Fprintf(b, " tags=%v expires=%v", d.Tags, !d.ExpiresOn.IsZero())
		if d.Append != nil {
			fmt.Fprintf(b, " blocks=%d", d.Append.Blocks)
		}
	}
	if p.Lease.State != lake.Available {
		fmt.Fprintf(b, " lease=%s", p.Lease.State)
	}
	snapshots, err := s.ListSnapshots(ctx, fs, p.Path)
	if err != nil {
		return err
	}
	for _, snap := range snapshots {
		c, err := s.Read(ctx, fs, p.Path, lake.ReadOptions{Snapshot: snap.ID})
		if err != nil {
			return err
		}
		content, err := io.ReadAll(c.Body)
		if err = errors.Join(err, c.Body.Close()); err != nil {
			return err
		}
		fmt.Fprintf(b, " snapshot=%d/%08x", len(content), crc32.ChecksumIEEE(content))
	}
	return nil
}

// checkFiles reports content files without a record, and records without a file, once everything is reclaimed.
func checkFiles(ctx context.Context, s *Store) error {
	s.reclaim.stop() // it may be between a batch and the removal of its files
	if err := s.collectOrphans(ctx, contentID(s.nextID.Load())); err != nil {
		return err
	}
	if err := s.reclaimAll(ctx); err != nil {
		return err
	}
	var want, got []string
	err := scan(s.db, []byte{prefixContent}, func(_, value []byte) error {
		if d := openRecord(value); d.uint() == contentFile {
			want = append(want, "file")
		}
		return nil
	})
	if err != nil {
		return err
	}
	shards, err := s.contents.fs.List(s.contents.dir)
	if err != nil {
		return err
	}
	for _, shard := range shards {
		names, err := s.contents.fs.List(s.contents.fs.PathJoin(s.contents.dir, shard))
		if err != nil {
			return err
		}
		for range names {
			got = append(got, "file")
		}
	}
	if len(want) != len(got) {
		return fmt.Errorf("%d content files, and records of %d", len(got), len(want))
	}
	return checkRecords(s)
}

// checkRecords reports content that no file or block refers to: space that would never be given back.
func checkRecords(s *Store) error {
	used := map[contentID]bool{}
	note := func(list []extent) {
		for _, x := range list {
			used[x.content] = true
		}
	}
	file := func(_, value []byte) error {
		n, err := decodeNode(value)
		if err != nil {
			return err
		}
		list, err := lookupExtents(s.db, n)
		note(list)
		return err
	}
	err := errors.Join(
		scan(s.db, []byte{prefixNode}, file),
		scan(s.db, []byte{prefixSnapshot}, file),
		scan(s.db, []byte{prefixDeleted}, func(_, value []byte) error {
			d, err := decodeDeletion(value)
			if err != nil || d.node.isDirectory {
				return err
			}
			list, err := lookupExtents(s.db, d.node)
			note(list)
			return err
		}),
		scan(s.db, []byte{prefixBlock}, func(_, value []byte) error {
			d := openRecord(value)
			used[contentID(d.uint())] = true
			return d.err
		}),
	)
	if err != nil {
		return err
	}
	return scan(s.db, []byte{prefixContent}, func(key, _ []byte) error {
		var id contentID
		for _, c := range key[1:] {
			id = id<<8 | contentID(c)
		}
		if !used[id] {
			return fmt.Errorf("content %x is referred to by nothing", id)
		}
		return nil
	})
}
