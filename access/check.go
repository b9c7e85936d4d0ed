package access

// Item is what a decision has to know of a file or directory.
type Item struct {
	Path         string // "" is the root directory
	IsDirectory  bool
	Owner, Group ObjectID
	Sticky       bool
	ACL          ACL // default entries are passed over
}

// Step is the answer of one item's list: which entry decided, what it gives after the mask, and whether that
// is all that was wanted.
type Step struct {
	Path              string
	Wanted, Effective Permission
	Entry             Entry
	Granted           bool
}

// Check asks the list of one item whether it gives a principal all of the wanted bits. The first kind of entry
// that names the principal decides, and its "no" is final: the owning user (the mask does not limit it), a named
// user, the owning and named groups, other.
//
// Microsoft's pages differ in three points, and in each POSIX 1003.1e has the casting vote: one group entry
// must give all of the bits, bits of several do not add up; groups that do not suffice are not followed by
// other; the mask does not limit other. See docs/design/accepted/access-decisions.md.
func Check(item Item, p Principal, wanted Permission) Step {
	owner, _ := item.ACL.find(false, User)
	if p.Is(item.Owner) {
		return item.step(owner, wanted, owner.Permission)
	}
	mask := item.ACL.mask()
	for _, e := range item.ACL {
		if !e.Default && e.Type == User && p.Is(e.ID) {
			return item.step(e, wanted, e.Permission&mask)
		}
	}
	if s, ok := item.checkGroups(p, wanted, mask); ok {
		return s
	}
	other, ok := item.ACL.find(false, Other)
	if !ok {
		other = Entry{Type: Other}
	}
	return item.step(other, wanted, other.Permission)
}

// checkGroups returns the first entry of a group of the principal that gives all that is wanted, or else the
// first that names a group of the principal at all.
func (item Item) checkGroups(p Principal, wanted, mask Permission) (s Step, found bool) {
	for _, e := range item.ACL {
		group := e.ID
		if group == "" {
			group = item.Group
		}
		if e.Default || e.Type != Group || !p.In(group) {
			continue
		}
		this := item.step(e, wanted, e.Permission&mask)
		if this.Granted {
			return this, true
		}
		if !found {
			s, found = this, true
		}
	}
	return s, found
}

func (item Item) step(e Entry, wanted, effective Permission) Step {
	return Step{Path: item.Path, Wanted: wanted, Effective: effective, Entry: e, Granted: wanted&^effective == 0}
}

// mask returns the access half's mask, or all bits where there is none.
func (a ACL) mask() Permission {
	if m, ok := a.find(false, Mask); ok {
		return m.Permission
	}
	return Read | Write | Execute
}
