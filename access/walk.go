package access

import (
	"iter"
	"strings"
)

// walk is a decision by lists under way.
type walk struct {
	request   Request
	needs     Needs
	reason    Reason
	ancestors []Item // the directories above the item that exist, from the root down
	item      Item
	found     bool
}

func (w *walk) decide() (Decision, error) {
	if err := w.read(); err != nil {
		return Decision{}, err
	}
	// Without a root directory there is no container, and no list that could let the caller know.
	if w.request.Path != "" && len(w.ancestors) == 0 || w.request.Path == "" && !w.found {
		return w.decided(ByNoRole, false), nil
	}
	if !w.mayReach() {
		return w.decided(ByLists, false), nil
	}
	if !w.found {
		// What is about to be made will be the caller's own.
		if w.needs.Member && !w.isMember() {
			return w.decided(ByOwnership, false), nil
		}
		d := w.decided(ByLists, true)
		d.NewOnly = w.needs.Creates
		return d, nil
	}
	if w.needs.Sticky && !w.mayPassSticky() {
		return w.decided(BySticky, false), nil
	}
	if w.needs.Owner {
		return w.decideByOwnership(), nil
	}
	if !w.ask(w.item, w.itemBits()) {
		return w.decided(ByLists, false), nil
	}
	return w.decideInside()
}

// read looks up the item and the directories above it, as far as they exist. Where one does not, the walk
// ends before it as a path look-up does, and the operation itself will say so.
func (w *walk) read() error {
	for dir := range ancestors(w.request.Path) {
		item, found, err := w.request.Items.Item(dir)
		if err != nil {
			return err
		}
		if !found || !item.IsDirectory {
			return nil
		}
		w.ancestors = append(w.ancestors, item)
	}
	var err error
	w.item, w.found, err = w.request.Items.Item(w.request.Path)
	return err
}

// ancestors yields the directories above a path: "", "a", "a/b" for "a/b/c"; none for the root.
func ancestors(path string) iter.Seq[string] {
	return func(yield func(string) bool) {
		if path == "" || !yield("") {
			return
		}
		for i := range len(path) {
			if path[i] == '/' && !yield(path[:i]) {
				return
			}
		}
	}
}

// mayReach asks for execute on every directory above the item, and for what is wanted of its parent. To
// create over an existing item is to write it, and needs nothing of the parent.
func (w *walk) mayReach() bool {
	if w.needs.Traverse != "" {
		if _, free := w.request.holds(w.needs.Traverse); free {
			return true
		}
	}
	parent := w.needs.Parent
	if w.needs.Creates && w.found {
		parent = 0
	}
	if !w.needs.Creates && !w.hasParent() {
		parent = 0
	}
	for i, dir := range w.ancestors {
		wanted := Execute
		if i == len(w.ancestors)-1 {
			wanted |= parent
		}
		if !w.ask(dir, wanted) {
			return false
		}
	}
	return true
}

// hasParent reports whether the item's own directory exists.
func (w *walk) hasParent() bool {
	return w.request.Path != "" && len(w.ancestors) == strings.Count(w.request.Path, "/")+1
}

func (w *walk) itemBits() Permission {
	wanted := w.needs.Item
	byRole := w.needs.ReadByRole
	if w.needs.Creates {
		over, _ := WriteFile.Needs()
		wanted, byRole = over.Item, over.ReadByRole
	}
	if byRole {
		if _, ok := w.request.holds(BlobsRead); ok {
			wanted &^= Read
		}
	}
	if w.item.IsDirectory {
		wanted |= w.needs.Directory
	}
	return wanted
}

// ask asks one list, and notes the answer unless nothing was wanted.
func (w *walk) ask(item Item, wanted Permission) bool {
	if wanted == 0 {
		return true
	}
	s := Check(item, w.request.Principal, wanted)
	w.reason.Steps = append(w.reason.Steps, s)
	return s.Granted
}

func (w *walk) decided(by Rule, allowed bool) Decision {
	w.reason.Rule = by
	if by == ByOwnership || by == BySticky {
		w.reason.Item, w.reason.Owner = w.request.Path, w.item.Owner
	}
	return Decision{Allowed: allowed, Reason: w.reason}
}

// mayPassSticky: below a sticky directory only the owners of the item and of the directory delete and rename,
// and who acts as the owner of everything.
func (w *walk) mayPassSticky() bool {
	if !w.hasParent() {
		return true
	}
	parent := w.ancestors[len(w.ancestors)-1]
	if !parent.Sticky || w.request.Principal.Is(parent.Owner) || w.request.Principal.Is(w.item.Owner) {
		return true
	}
	_, acts := w.request.holds(BlobsManageOwnership)
	return acts
}

func (w *walk) decideByOwnership() Decision {
	if !w.request.Principal.Is(w.item.Owner) {
		return w.decided(ByOwnership, false)
	}
	return w.decided(ByOwnership, !w.needs.Member || w.isMember())
}

// isMember reports whether the caller is in the group that the item is given to, and notes the group if not.
func (w *walk) isMember() bool {
	if w.request.Principal.In(w.request.Group) {
		return true
	}
	w.reason.Group = w.request.Group
	return false
}

// decideInside asks the directories inside an item. Their steps are noted only where they refuse, as there may be
// very many.
func (w *walk) decideInside() (Decision, error) {
	if w.needs.Inside == 0 || !w.item.IsDirectory {
		return w.decided(ByLists, true), nil
	}
	for dir, err := range w.request.Items.Directories(w.request.Path) {
		if err != nil {
			return Decision{}, err
		}
		if s := Check(dir, w.request.Principal, w.needs.Inside); !s.Granted {
			w.reason.Steps = append(w.reason.Steps, s)
			return w.decided(ByLists, false), nil
		}
	}
	return w.decided(ByLists, true), nil
}
