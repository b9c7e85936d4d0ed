package access

import (
	"fmt"
	"strings"
)

// Decision is the answer to a [Request].
type Decision struct {
	Allowed bool
	// NewOnly goes with an allowed creation that is allowed only while the item does not exist. The caller
	// makes the creation conditional on that; where the condition fails it decides again.
	NewOnly bool
	Reason  Reason
}

// Rule is the rule that a decision follows from.
type Rule uint8

// The rules.
const (
	BySuperuser Rule = iota + 1 // the caller holds the account key
	ByRole                      // role assignments cover the operation
	ByLists                     // the access control lists of the path
	ByOwnership                 // only the item's owner may, and the owner's duties
	BySticky                    // the directory's sticky bit keeps others than owners away
	ByNoRole                    // only a role could allow it, and none does
	ByAnonymity                 // the caller is nobody
)

var ruleNames = [...]string{"", "superuser", "role", "lists", "ownership", "sticky", "no role", "anonymous"}

// String returns the rule's name, such as "role".
func (r Rule) String() string {
	if int(r) < len(ruleNames) {
		return ruleNames[r]
	}
	return "unknown"
}

// Reason says what decided, for operators and the audit log. It is more than a caller may be told.
type Reason struct {
	Rule      Rule
	Operation Operation
	Principal ObjectID
	Scope     Scope
	// Assignments cover the operation (ByRole).
	Assignments []RoleAssignment
	// Missing are the actions that no assignment gives.
	Missing []Action
	// Steps are the lists asked, from the root down. Of a refusal by lists the last one is it.
	Steps []Step
	// Item is the path that ByOwnership and BySticky speak of, Owner its owner; Group is the group that the
	// owner would have to be in.
	Item  string
	Owner ObjectID
	Group ObjectID
}

// String says in one line what decided.
func (r Reason) String() string {
	switch r.Rule {
	case BySuperuser:
		return "the account key may do everything"
	case ByRole:
		return r.roles()
	case ByLists:
		return r.lists()
	case ByOwnership:
		return r.ownership()
	case BySticky:
		return fmt.Sprintf("the directory of %s is sticky, and neither it nor the item (owner %s) is owned by %s", quote(r.Item), r.Owner, r.Principal)
	case ByNoRole:
		return r.noRole()
	case ByAnonymity:
		return "the caller is anonymous"
	}
	return "no rule"
}

func (r Reason) roles() string {
	parts := make([]string, len(r.Assignments))
	for i, a := range r.Assignments {
		holder := "group " + string(a.Principal)
		if sameID(a.Principal, r.Principal) {
			holder = string(a.Principal)
		}
		parts[i] = fmt.Sprintf("role %s of %s at the %s %s", a.Role.Name, holder, a.Scope.Level(), a.Scope)
	}
	return strings.Join(parts, "; ")
}

func (r Reason) lists() string {
	if len(r.Steps) == 0 {
		return "the lists ask for nothing"
	}
	last := r.Steps[len(r.Steps)-1]
	if last.Granted {
		return last.String()
	}
	return r.noRole() + "; " + last.String()
}

func (r Reason) ownership() string {
	switch {
	case !sameID(r.Owner, r.Principal):
		return fmt.Sprintf("%s; %s is owned by %s", r.noRole(), quote(r.Item), r.Owner)
	case r.Group != "":
		return fmt.Sprintf("%s; the owner of %s is not in group %s", r.noRole(), quote(r.Item), r.Group)
	}
	return fmt.Sprintf("%s is owned by the caller", quote(r.Item))
}

func (r Reason) noRole() string {
	names := make([]string, len(r.Missing))
	for i, a := range r.Missing {
		names[i] = a.Short()
	}
	return fmt.Sprintf("no role gives %s at %s", strings.Join(names, ", "), r.Scope)
}

// String says which entry of which item gave or refused what.
func (s Step) String() string {
	verdict := "refuses"
	if s.Granted {
		verdict = "gives"
	}
	text := fmt.Sprintf("%s: %s %s %s", quote(s.Path), s.Entry, verdict, s.Wanted)
	if s.Effective != s.Entry.Permission {
		text += fmt.Sprintf(" (%s under the mask)", s.Effective)
	}
	return text
}

func quote(path string) string { return "/" + path }
