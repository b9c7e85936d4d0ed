package localstore

import (
	"encoding/binary"
	"maps"
	"slices"
	"time"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// recordVersion begins every record, so that a later format can tell records apart. Version 1 had no optional fields.
const recordVersion = 2

// encoder appends a record's fields to a buffer.
type encoder struct{ buf []byte }

func newRecord() *encoder { return &encoder{buf: append(make([]byte, 0, 256), recordVersion)} }

func (e *encoder) uint(v uint64) { e.buf = binary.AppendUvarint(e.buf, v) }
func (e *encoder) int(v int64)   { e.buf = binary.AppendVarint(e.buf, v) }
func (e *encoder) bool(b bool) {
	if b {
		e.uint(1)
	} else {
		e.uint(0)
	}
}
func (e *encoder) time(t time.Time) { e.int(t.UnixNano()) }
func (e *encoder) string(s string)  { e.uint(uint64(len(s))); e.buf = append(e.buf, s...) }
func (e *encoder) bytes(b []byte)   { e.uint(uint64(len(b))); e.buf = append(e.buf, b...) }
func (e *encoder) metadata(m lake.Metadata) {
	e.uint(uint64(len(m)))
	for _, k := range slices.Sorted(maps.Keys(m)) {
		e.string(k)
		e.string(m[k])
	}
}

// decoder reads what an encoder wrote. The first malformed field sets err, and reads after it yield zeros.
type decoder struct {
	buf     []byte
	version byte
	err     error
}

func openRecord(b []byte) *decoder {
	d := &decoder{buf: b}
	if len(b) == 0 || b[0] < 1 || b[0] > recordVersion {
		d.fail()
		return d
	}
	d.version, d.buf = b[0], b[1:]
	return d
}

func (d *decoder) fail() {
	d.buf = nil
	if d.err == nil {
		d.err = errs.E(errs.Op("localstore.decode"), errs.Corrupt, "a record of the lake's database is malformed",
			errs.Hint("restore the lake's folder from a backup"))
	}
}

func (d *decoder) uint() uint64 {
	v, n := binary.Uvarint(d.buf)
	if n <= 0 {
		d.fail()
		return 0
	}
	d.buf = d.buf[n:]
	return v
}

func (d *decoder) int() int64 {
	v, n := binary.Varint(d.buf)
	if n <= 0 {
		d.fail()
		return 0
	}
	d.buf = d.buf[n:]
	return v
}

func (d *decoder) bool() bool { return d.uint() != 0 }

func (d *decoder) time() time.Time { return time.Unix(0, d.int()).UTC() }

func (d *decoder) string() string { return string(d.bytes()) }

// bytes returns a string's bytes where they lie.
func (d *decoder) bytes() []byte {
	n := d.uint()
	if n > uint64(len(d.buf)) {
		d.fail()
		return nil
	}
	b := d.buf[:n]
	d.buf = d.buf[n:]
	return b
}

// objectID spares a copy of the name that most nodes have twice.
func (d *decoder) objectID() access.ObjectID {
	b := d.bytes()
	if string(b) == string(access.Superuser) {
		return access.Superuser
	}
	return access.ObjectID(b)
}

// count reads the length of a list whose elements take at least one byte each.
func (d *decoder) count() int {
	n := d.uint()
	if n > uint64(len(d.buf)) {
		d.fail()
		return 0
	}
	return int(n)
}

func (d *decoder) metadata() lake.Metadata {
	n := d.count()
	if n == 0 {
		return nil
	}
	m := make(lake.Metadata, n)
	for range n {
		k := d.string()
		m[k] = d.string()
	}
	return m
}

// field is what few records have. Its tag says what the value is; a tag is never given another meaning.
type field struct {
	tag   uint64
	value []byte
}

func (e *encoder) fields(list []field) {
	e.uint(uint64(len(list)))
	for _, f := range list {
		e.uint(f.tag)
		e.uint(uint64(len(f.value)))
		e.buf = append(e.buf, f.value...)
	}
}

// fields hands each optional field to read, which reports whether it knows the tag and takes all of the value.
func (d *decoder) fields(read func(tag uint64, value *decoder) bool) {
	if d.version < 2 {
		return
	}
	for range d.count() {
		tag := d.uint()
		value := &decoder{buf: []byte(d.string()), version: d.version}
		if d.err == nil && (!read(tag, value) || value.err != nil || len(value.buf) > 0) {
			d.fail()
		}
	}
}

func (e *encoder) headers(h lake.ContentHeaders) {
	e.string(h.ContentType)
	e.string(h.ContentEncoding)
	e.string(h.ContentLanguage)
	e.string(h.ContentDisposition)
	e.string(h.CacheControl)
	e.string(string(h.ContentMD5))
}

func (d *decoder) headers() lake.ContentHeaders {
	h := lake.ContentHeaders{
		ContentType: d.string(), ContentEncoding: d.string(), ContentLanguage: d.string(),
		ContentDisposition: d.string(), CacheControl: d.string(),
	}
	if md5 := d.string(); md5 != "" {
		h.ContentMD5 = []byte(md5)
	}
	return h
}

// An ACL entry's first byte holds the half, the type and the permissions.
const (
	aclDefaultBit = 1 << 5
	aclTypeShift  = 3
)

func (e *encoder) acl(a access.ACL) {
	e.uint(uint64(len(a)))
	for _, entry := range a {
		b := byte(entry.Type)<<aclTypeShift | byte(entry.Permission)
		if entry.Default {
			b |= aclDefaultBit
		}
		e.buf = append(e.buf, b)
		e.string(string(entry.ID))
	}
}

// acl appends a list.
func (d *decoder) acl(a access.ACL) access.ACL {
	n := d.count()
	a = slices.Grow(a, n)
	for range n {
		b := byte(d.uint())
		a = append(a, access.Entry{
			Default: b&aclDefaultBit != 0, Type: access.EntryType(b >> aclTypeShift & 3), Permission: access.Permission(b & 7),
			ID: access.ObjectID(d.string()),
		})
	}
	return a
}
