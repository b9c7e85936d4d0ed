package sharing

import (
	"slices"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// RecordVersion is of the form of [Record] as text. Who keeps records refuses others.
const RecordVersion = 1

// Record is what a setup has changed and was about to change. It makes undo possible, and going on after an interruption.
// A change is recorded before it is made, when what it makes was seen not to be there: so what is found later is ours.
type Record struct {
	Version int          `json:"version"`
	Account access.Scope `json:"account"`
	Path    lake.Path    `json:"path,omitempty"`
	Groups  Groups       `json:"groups"`
	Changes []Change     `json:"changes"`
	// Continuation is where a recursive change of lists was interrupted, and Recursed that it has been through.
	Continuation string `json:"continuation,omitempty"`
	Recursed     bool   `json:"recursed,omitempty"`
	// Kept are the lists in the shared folder that taking the groups' entries out does not bring back, as they were; Surveyed
	// says that all were looked for.
	Kept     []Kept `json:"kept,omitempty"`
	Surveyed bool   `json:"surveyed,omitempty"`
}

// Kept is the list of a path before a setup.
type Kept struct {
	Path lake.Path `json:"path"`
	List string    `json:"list"`
}

// Groups are the two security groups, by their object ids.
type Groups struct {
	Reader      access.ObjectID `json:"reader"`
	Contributor access.ObjectID `json:"contributor"`
}

// ChangeKind says what a change has made.
type ChangeKind string

// The kinds.
const (
	MadeContainer        ChangeKind = "container"
	MadeGroup            ChangeKind = "group"            // Name, and ID once it is known
	MadeServicePrincipal ChangeKind = "servicePrincipal" // ID
	MadeOwner            ChangeKind = "owner"            // On a group, Principal
	MadeMember           ChangeKind = "member"           // On a group, Principal
	MadeAssignment       ChangeKind = "roleAssignment"   // Scope, Principal, Role
	MadeEntries          ChangeKind = "entries"          // Path: the groups' entries of its list
	MadeAllEntries       ChangeKind = "allEntries"       // Path: the groups' entries of everything below
)

// Change is one thing that a setup has made. Which fields it has depends on its kind.
type Change struct {
	Kind      ChangeKind      `json:"kind"`
	Name      string          `json:"name,omitempty"`
	ID        access.ObjectID `json:"id,omitempty"`
	On        access.ObjectID `json:"on,omitempty"`
	Principal access.ObjectID `json:"principal,omitempty"`
	Scope     access.Scope    `json:"scope,omitempty"`
	Role      string          `json:"role,omitempty"`
	Path      lake.Path       `json:"path,omitempty"`
	// Before are the entries that the groups had in the list before, and HadDefaults says that it had default entries.
	Before      string `json:"before,omitempty"`
	HadDefaults bool   `json:"hadDefaults,omitempty"`
	// Temporary is taken back at the end of the setup.
	Temporary bool `json:"temporary,omitempty"`
}

// has reports whether the record has a change that is the same but for what became known only later.
func (r *Record) has(c Change) bool { return r.index(c) >= 0 }

func (r *Record) index(c Change) int {
	return slices.IndexFunc(r.Changes, func(have Change) bool {
		have.ID, have.Before, have.HadDefaults, have.Temporary = c.ID, c.Before, c.HadDefaults, c.Temporary
		return have == c
	})
}

// Records keeps the record of one setup.
type Records interface {
	// Load returns the record, which the caller then owns. It is NotFound where there is none, and Invalid where it
	// cannot be read.
	Load() (*Record, error)
	// Save replaces the record in one step, durably.
	Save(r *Record) error
	// Remove removes the record, which need not be there.
	Remove() error
}

// NoRecord is the record of a check, which looks at what is and not at what was done.
type NoRecord struct{}

// Load says that there is none.
func (NoRecord) Load() (*Record, error) { return nil, errs.E(errs.NotFound, "no record") }

// Save is never called.
func (NoRecord) Save(*Record) error { return errs.E(errs.Internal, "a check changes nothing") }

// Remove is never called.
func (NoRecord) Remove() error { return errs.E(errs.Internal, "a check changes nothing") }
