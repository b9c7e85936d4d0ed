// Package access answers "may this principal do this" for a lake, and holds the words that question needs:
// object ids, POSIX access control lists, permissions.
//
// It is pure: values in, values out, no I/O. It does not know where lists are stored (lake) nor who is
// calling (adls). Rules are those of ADLS Gen2 (reference BYOL section 5); where Microsoft's pages disagree
// the choice is written at the function that makes it.
package access

// ObjectID is the id of a user, group or service principal in the tenant, or [Superuser].
type ObjectID string

// Superuser is the owner and owning group of what Shared Key callers create.
const Superuser ObjectID = "$superuser"

// Permission is a set of the three POSIX bits.
type Permission uint8

// The bits, with their octal values.
const (
	Execute Permission = 1
	Write   Permission = 2
	Read    Permission = 4
)

// EntryType is the kind of principal that an ACL entry names.
type EntryType uint8

// The entry types, in the order the service prints them.
const (
	User EntryType = iota
	Group
	Mask
	Other
)

// Entry is one line of an access control list: [default:]type:[id]:perms. An empty ID on a user or group
// entry means the owning user or the owning group.
type Entry struct {
	Default    bool
	Type       EntryType
	ID         ObjectID
	Permission Permission
}

// ACL is an access control list: access entries, and for directories default entries that children are
// created with.
type ACL []Entry
