package access

import (
	"strconv"
	"strings"

	"github.com/ownlake/ownlake/errs"
)

// CodeInvalidPermission is the service's code for permissions or an umask that it cannot read. Errors with it
// are of kind Invalid.
const CodeInvalidPermission errs.Code = "InvalidPermission"

// Permissions are the nine POSIX bits and the sticky bit. Where the item's list has a mask, Group is the mask,
// as for chmod(1).
type Permissions struct {
	Owner, Group, Other Permission
	// Sticky on a directory lets only the child's owner, the directory's owner and superusers delete or
	// rename a child. It means nothing on files.
	Sticky bool
}

// Permissions that a new item gets where the caller names none, and the umask taken off them
// (reference BYOL section 5: 0777 and 0666 less 0027, so 750 and 640).
var (
	DefaultDirectoryPermissions = Permissions{Owner: 7, Group: 7, Other: 7}
	DefaultFilePermissions      = Permissions{Owner: 6, Group: 6, Other: 6}
	DefaultUmask                = Permissions{Group: Write, Other: 7}
)

// ParsePermissions reads octal ("750", "0750", "1750") or symbolic ("rwxr-x---", "rwxr-x--t") permissions.
// The first of four octal digits may only be 0 or, for the sticky bit, 1. The "+" that marks an extended
// list is accepted and means nothing. The error is Invalid with [CodeInvalidPermission].
func ParsePermissions(s string) (Permissions, error) {
	if p, ok := parseOctal(s); ok {
		return p, nil
	}
	if p, ok := parseSymbolic(strings.TrimSuffix(s, "+")); ok {
		return p, nil
	}
	return Permissions{}, errs.E(errs.Op("access.ParsePermissions"), errs.Invalid, CodeInvalidPermission, errs.Item(s),
		"not POSIX permissions", errs.Hint(`write octal such as "0750" or symbolic such as "rwxr-x---"`))
}

func parseOctal(s string) (Permissions, bool) {
	if len(s) != 3 && len(s) != 4 {
		return Permissions{}, false
	}
	n, err := strconv.ParseUint(s, 8, 16)
	if err != nil || n > 0o1777 {
		return Permissions{}, false
	}
	return Permissions{
		Owner: Permission(n >> 6 & 7), Group: Permission(n >> 3 & 7), Other: Permission(n & 7), Sticky: n&0o1000 != 0,
	}, true
}

func parseSymbolic(s string) (Permissions, bool) {
	if len(s) != 9 {
		return Permissions{}, false
	}
	var p Permissions
	switch s[8] {
	case 't':
		p.Sticky = true
		s = s[:8] + "x"
	case 'T':
		p.Sticky = true
		s = s[:8] + "-"
	}
	var ok [3]bool
	p.Owner, ok[0] = parseSymbols(s[0:3])
	p.Group, ok[1] = parseSymbols(s[3:6])
	p.Other, ok[2] = parseSymbols(s[6:9])
	return p, ok[0] && ok[1] && ok[2]
}

// String returns the symbolic form, such as "rwxr-x--t"; a sticky bit without execute for others is "T".
func (p Permissions) String() string {
	text := [9]byte{'-', '-', '-', '-', '-', '-', '-', '-', '-'}
	bits := uint(p.Owner)<<6 | uint(p.Group)<<3 | uint(p.Other)
	for i := range text {
		if bits>>(8-i)&1 != 0 {
			text[i] = "rwx"[i%3]
		}
	}
	switch {
	case p.Sticky && p.Other&Execute != 0:
		text[8] = 't'
	case p.Sticky:
		text[8] = 'T'
	}
	return string(text[:])
}

// Octal returns four octal digits.
func (p Permissions) Octal() string {
	n := uint64(p.Owner)<<6 | uint64(p.Group)<<3 | uint64(p.Other)
	if p.Sticky {
		n |= 0o1000
	}
	s := strconv.FormatUint(n, 8)
	return strings.Repeat("0", 4-len(s)) + s
}

// Without takes the bits of an umask off.
func (p Permissions) Without(umask Permissions) Permissions {
	return Permissions{
		Owner: p.Owner &^ umask.Owner, Group: p.Group &^ umask.Group, Other: p.Other &^ umask.Other, Sticky: p.Sticky,
	}
}

// ACL returns the list of three entries that says what the permissions say.
func (p Permissions) ACL() ACL {
	return ACL{{Type: User, Permission: p.Owner}, {Type: Group, Permission: p.Group}, {Type: Other, Permission: p.Other}}
}

// Permissions returns the access half as permissions, with the mask, if there is one, as the group's. The
// sticky bit is not part of a list.
func (a ACL) Permissions() Permissions {
	owner, _ := a.find(false, User)
	group, _ := a.find(false, Group)
	other, _ := a.find(false, Other)
	if mask, ok := a.find(false, Mask); ok {
		group = mask
	}
	return Permissions{Owner: owner.Permission, Group: group.Permission, Other: other.Permission}
}

// Chmod returns the list with new permissions. The group's bits go to the mask where one exists, so that a
// chmod never widens what the owning group was given. Named and default entries stay.
func (a ACL) Chmod(p Permissions) ACL {
	groupType := Group
	if _, ok := a.find(false, Mask); ok {
		groupType = Mask
	}
	out := a.sorted()
	for i, e := range out {
		if e.Default || e.ID != "" {
			continue
		}
		switch e.Type {
		case User:
			out[i].Permission = p.Owner
		case Other:
			out[i].Permission = p.Other
		case groupType:
			out[i].Permission = p.Group
		case Group, Mask: // the one of the two that the bits do not go to
		}
	}
	return out
}

// Inherit returns the list of a new child of a directory with this list. A default half becomes the child's
// access half, and its default half too if it is a directory; permissions and umask are then ignored.
// Otherwise the child gets the permissions less the umask (reference BYOL section 5).
func (a ACL) Inherit(isDirectory bool, p, umask Permissions) ACL {
	defaults := a.half(true)
	if len(defaults) == 0 {
		return p.Without(umask).ACL()
	}
	var child ACL
	for _, e := range defaults {
		e.Default = false
		child = append(child, e)
	}
	if isDirectory {
		child = append(child, defaults...)
	}
	return child.sorted()
}
