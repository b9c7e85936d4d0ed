package localstore

import (
	"encoding/binary"
	"slices"
	"time"

	"github.com/ownlake/ownlake/lake"
)

// inode identifies a directory or file of any filesystem; it survives renames and is never given twice.
type inode uint64

// contentID identifies an immutable piece of content.
type contentID uint64

// The first byte of a key says what the key is. docs/design/accepted/lake-format.md lists the values.
const (
	prefixFilesystem byte = 'F' // name → filesystem record
	prefixNode       byte = 'd' // parent inode, name → node record
	prefixExtents    byte = 'x' // inode, where in the file → a page of the extents of a file that has many
	prefixContent    byte = 'c' // content id → content record
	prefixSums       byte = 'k' // content id, group → checksums of a content file
	prefixBlock      byte = 'u' // root inode, path, 0, block id → uncommitted block
	prefixReclaim    byte = 'q' // inode of a removed directory → nothing
	prefixExpiry     byte = 'e' // time, parent inode, name → nothing: a file that ends then, if it is still there
	prefixSnapshot   byte = 'v' // series, time → node record of a snapshot
	prefixShared     byte = 'r' // content id → owners beyond the first
	prefixDeleted    byte = 't' // root inode, path, 0, deletion id → deletion of a path
	prefixGone       byte = 'g' // name, 0, deletion id → deletion of a filesystem
	prefixPurge      byte = 'w' // time, key of a deletion → nothing: a deletion that ends then
	prefixSettings   byte = 'p' // the settings of the blob service
	prefixState      byte = 's' // the store's counters
)

func filesystemKey(name lake.Filesystem) []byte {
	return append([]byte{prefixFilesystem}, name...)
}

func nodeKey(parent inode, name string) []byte { return appendNodeKey(nil, parent, name) }

func appendNodeKey(key []byte, parent inode, name string) []byte {
	key = slices.Grow(key, 1+8+len(name))
	return append(binary.BigEndian.AppendUint64(append(key, prefixNode), uint64(parent)), name...)
}

// extentsKey is the common prefix of the pages of a file's extents.
func extentsKey(n inode) []byte { return idKey(prefixExtents, uint64(n)) }

func contentKey(c contentID) []byte { return idKey(prefixContent, uint64(c)) }

func sumsKey(c contentID, group uint32) []byte {
	return binary.BigEndian.AppendUint32(idKey(prefixSums, uint64(c)), group)
}

func reclaimKey(n inode) []byte { return idKey(prefixReclaim, uint64(n)) }

// blocksKey is the common prefix of the uncommitted blocks of one path.
func blocksKey(root inode, p lake.Path) []byte {
	return append(append(idKey(prefixBlock, uint64(root)), p...), 0)
}

func blockKey(root inode, p lake.Path, id lake.BlockID) []byte {
	return append(blocksKey(root, p), id...)
}

// blocksBelowKey is the common prefix of the uncommitted blocks of all paths below a directory.
func blocksBelowKey(root inode, dir lake.Path) []byte {
	k := idKey(prefixBlock, uint64(root))
	if dir == lake.Root {
		return k
	}
	return append(append(k, dir...), '/')
}

// expiryKey files a node's key under the time at which the node ends.
func expiryKey(at time.Time, node []byte) []byte {
	return append(idKey(prefixExpiry, uint64(at.UnixNano())), node[1:]...)
}

func settingsKey() []byte { return []byte{prefixSettings} }

func stateKey() []byte { return []byte{prefixState} }

func idKey(prefix byte, id uint64) []byte {
	k := make([]byte, 1, 48)
	k[0] = prefix
	return binary.BigEndian.AppendUint64(k, id)
}

// after returns the first key past all keys with the prefix.
func after(prefix []byte) []byte {
	end := append([]byte(nil), prefix...)
	for i := len(end) - 1; i >= 0; i-- {
		end[i]++
		if end[i] != 0 {
			return end[:i+1]
		}
	}
	return nil
}
