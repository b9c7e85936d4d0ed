package localstore

import (
	"math/bits"
	"slices"
	"time"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/lake"
)

// node is a directory or file with everything that a listing shows of it. It is stored under its parent's
// inode and its name, so that a listing is one scan and a rename moves one record.
type node struct {
	inode        inode
	isDirectory  bool
	sticky       bool
	etag         uint64
	modified     time.Time
	created      time.Time
	owner, group access.ObjectID
	acl          access.ACL
	headers      lake.ContentHeaders
	metadata     lake.Metadata
	size         int64
	// extents are the content of a file, unless there are more than maxInNode, or were: then spilled is set and they
	// lie in records of their own.
	extents []extent
	spilled bool
	details *lake.BlobDetails // never changed in place
	series  series            // of the file's snapshots; 0 while none was taken
	lease   *lake.Lease       // never changed in place; nil while it is available
}

// maxInNode keeps the records that listings read small.
const maxInNode = 4

// extent is a run of bytes of a piece of content. A file is the sequence of its extents.
type extent struct {
	content contentID
	offset  int64
	length  int64
	block   lake.BlockID // set where the run is a committed block
}

const (
	nodeDirectory = 1 << iota
	nodeSticky
	nodeSpilled
)

func (n *node) flags() uint64 {
	var f uint64
	if n.isDirectory {
		f |= nodeDirectory
	}
	if n.sticky {
		f |= nodeSticky
	}
	if n.spilled {
		f |= nodeSpilled
	}
	return f
}

func (n *node) encode() []byte {
	e := newRecord()
	n.encodeTo(e)
	return e.buf
}

func (n *node) encodeTo(e *encoder) {
	e.uint(uint64(n.inode))
	e.uint(n.flags())
	e.uint(n.etag)
	e.time(n.modified)
	e.time(n.created)
	e.string(string(n.owner))
	e.string(string(n.group))
	e.acl(n.acl)
	e.headers(n.headers)
	e.metadata(n.metadata)
	e.int(n.size)
	if n.spilled {
		e.uint(0)
	} else {
		e.extents(n.extents)
	}
	e.fields(n.fields())
}

func decodeNode(b []byte) (*node, error) {
	d := openRecord(b)
	n := d.node()
	return n, d.err
}

func (d *decoder) node() *node {
	n := &node{}
	n.decode(d)
	return n
}

// decode replaces the node by what the record says. Its lists are overwritten; nothing else that a former record
// gave is.
func (n *node) decode(d *decoder) {
	*n = node{inode: inode(d.uint()), acl: n.acl[:0], extents: n.extents[:0]}
	f := d.uint()
	n.isDirectory, n.sticky, n.spilled = f&nodeDirectory != 0, f&nodeSticky != 0, f&nodeSpilled != 0
	n.etag = d.uint()
	n.modified, n.created = d.time(), d.time()
	n.owner, n.group = d.objectID(), d.objectID()
	n.acl = d.acl(n.acl)
	n.headers = d.headers()
	n.metadata = d.metadata()
	n.size = d.int()
	n.extents = d.extents(n.extents)
	d.fields(n.readField)
}

func (e *encoder) extents(list []extent) {
	e.uint(uint64(len(list)))
	for _, x := range list {
		e.uint(uint64(x.content))
		e.int(x.offset)
		e.int(x.length)
		e.string(string(x.block))
	}
}

// extents appends a list of extents.
func (d *decoder) extents(list []extent) []extent {
	n := d.count()
	list = slices.Grow(list, n)
	for range n {
		list = append(list, extent{content: contentID(d.uint()), offset: d.int(), length: d.int(), block: lake.BlockID(d.string())})
	}
	return list
}

// formatETag writes a version as the service does, such as "0x8DCF1F2A3B4C5D6".
func formatETag(v uint64) lake.ETag {
	const digits = "0123456789ABCDEF"
	text := [18]byte{0: '0', 1: 'x'}
	n := 2 + max((bits.Len64(v)+3)/4, 1)
	for i := n - 1; i > 1; i-- {
		text[i] = digits[v&15]
		v >>= 4
	}
	return lake.ETag(text[:n])
}

func (n *node) tag() lake.ETag { return formatETag(n.etag) }

func (n *node) permissions() string {
	p := n.acl.Permissions()
	p.Sticky = n.sticky
	s := p.String()
	if n.acl.Extended() {
		s += "+"
	}
	return s
}

func (n *node) properties(p lake.Path, now func() time.Time) lake.Properties {
	props := lake.Properties{
		Path: p, IsDirectory: n.isDirectory, Size: n.size, ETag: n.tag(), LastModified: n.modified, CreatedOn: n.created,
		Owner: n.owner, Group: n.group, Permissions: n.permissions(), Headers: n.headers, Metadata: n.metadata,
	}
	if n.lease != nil {
		props.Lease = n.lease.Status(now())
	}
	if !n.isDirectory {
		props.HasSnapshots = n.series != 0
		props.Blob, props.Details = n.details.Type(), n.details
	}
	return props
}
