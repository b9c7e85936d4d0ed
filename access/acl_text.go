package access

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ownlake/ownlake/errs"
)

// CodeInvalidACL is the service's code for a list that it refuses. Errors with it are of kind Invalid.
const CodeInvalidACL errs.Code = "InvalidAcl"

// MaxEntries is how many entries a list may have in each of its two halves, access and default.
const MaxEntries = 32

var entryTypeNames = [...]string{"user", "group", "mask", "other"}

// String returns the type's name as the service writes it.
func (t EntryType) String() string {
	if int(t) < len(entryTypeNames) {
		return entryTypeNames[t]
	}
	return "unknown"
}

// String returns the three bits as "rwx", with "-" for those that are absent.
func (p Permission) String() string {
	text := [3]byte{'-', '-', '-'}
	if p&Read != 0 {
		text[0] = 'r'
	}
	if p&Write != 0 {
		text[1] = 'w'
	}
	if p&Execute != 0 {
		text[2] = 'x'
	}
	return string(text[:])
}

// String returns the entry as [default:]type:[id]:perms.
func (e Entry) String() string {
	s := e.principal() + ":" + e.Permission.String()
	if e.Default {
		return "default:" + s
	}
	return s
}

func (e Entry) principal() string { return e.Type.String() + ":" + string(e.ID) }

// sameSubject reports whether two entries speak of the same principal in the same half.
func (e Entry) sameSubject(f Entry) bool {
	return e.Default == f.Default && e.Type == f.Type && e.ID == f.ID
}

// String writes the list as the service does: access before default entries; within each half users,
// groups, mask, other; the owning user and group before named ones, those by id.
func (a ACL) String() string {
	sorted := a.sorted()
	parts := make([]string, len(sorted))
	for i, e := range sorted {
		parts[i] = e.String()
	}
	return strings.Join(parts, ",")
}

func (a ACL) sorted() ACL {
	sorted := slices.Clone(a)
	slices.SortStableFunc(sorted, compareEntries)
	return sorted
}

func compareEntries(x, y Entry) int {
	if x.Default != y.Default {
		if y.Default {
			return -1
		}
		return 1
	}
	return cmp.Or(cmp.Compare(x.Type, y.Type), cmp.Compare(x.ID, y.ID))
}

// ParseACL reads a comma-separated list of [default:]type:[id]:perms, as in x-ms-acl. It checks the form of
// each entry and that none occurs twice; [ACL.Validate] and [ACL.Complete] look at the list as a whole. The
// error is Invalid with [CodeInvalidACL].
func ParseACL(s string) (ACL, error) {
	return parseEntries(s, parseEntry)
}

// ParseSubjects reads a list of [default:]type:[id] without permissions, as the mode "remove" of a
// recursive update takes it. The permissions of the entries are empty.
func ParseSubjects(s string) (ACL, error) {
	return parseEntries(s, func(text string) (Entry, string) {
		// The service takes a trailing colon, and clients that reuse a full entry send its permissions too.
		if fields := strings.Split(strings.TrimPrefix(text, "default:"), ":"); len(fields) == 3 {
			text = text[:strings.LastIndexByte(text, ':')]
		}
		e, problem := parseEntry(text + ":---")
		return e, problem
	})
}

func parseEntries(s string, parse func(string) (Entry, string)) (ACL, error) {
	if s == "" {
		return nil, invalidACL(s, "the access control list is empty")
	}
	var acl ACL
	for text := range strings.SplitSeq(s, ",") {
		e, problem := parse(strings.TrimSpace(text))
		if problem != "" {
			return nil, invalidACL(text, problem)
		}
		if acl.index(e) >= 0 {
			return nil, invalidACL(text, "the principal occurs twice in the access control list")
		}
		acl = append(acl, e)
		if len(acl) > 2*MaxEntries {
			return nil, invalidACL(text, "the access control list has more than 32 access and 32 default entries")
		}
	}
	return acl, nil
}

func parseEntry(text string) (_ Entry, problem string) {
	var e Entry
	rest, isDefault := strings.CutPrefix(text, "default:")
	e.Default = isDefault
	fields := strings.Split(rest, ":")
	if len(fields) != 3 {
		return e, "an entry has the form [default:]type:[id]:permissions"
	}
	t := slices.Index(entryTypeNames[:], fields[0])
	if t < 0 {
		return e, "an entry begins with user, group, mask or other"
	}
	e.Type, e.ID = EntryType(t), ObjectID(fields[1])
	if e.ID != "" && (e.Type == Mask || e.Type == Other) {
		return e, "a mask or other entry has no id"
	}
	if strings.ContainsFunc(fields[1], func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return e, "an id holds a space or a control character"
	}
	p, ok := parseSymbols(fields[2])
	if !ok {
		return e, `permissions are three of "rwx", with "-" for those that are absent`
	}
	e.Permission = p
	return e, ""
}

func parseSymbols(s string) (Permission, bool) {
	if len(s) != 3 {
		return 0, false
	}
	var p Permission
	for i, bit := range [3]Permission{Read, Write, Execute} {
		switch s[i] {
		case "rwx"[i]:
			p |= bit
		case '-':
		default:
			return 0, false
		}
	}
	return p, true
}

func invalidACL(item, problem string) error {
	return errs.E(errs.Op("access.ParseACL"), errs.Invalid, CodeInvalidACL, errs.Item(item), problem)
}
