package sas

import (
	"strings"
	"testing"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
)

// allowed says for each letter of a service SAS and of an account SAS which operations it is enough for by
// itself ("Permissions for a directory, container, or blob"; "Account SAS permissions by operation").
var allowed = map[Kind]map[string][]access.Operation{
	Service: {
		"r": {access.ReadFile, access.GetProperties, access.CheckAccess},
		"a": {access.AppendBlock},
		"c": {access.CreateSnapshot, access.CreateFile, access.CreateDirectory, access.RenameTo},
		"w": {
			access.WriteFile, access.AppendBlock, access.CreateSnapshot, access.CreateFile, access.CreateDirectory, access.RenameTo, access.SetProperties, access.Lease,
			access.BreakLease, access.Undelete,
		},
		"d": {access.DeleteFile, access.DeleteRecursive, access.BreakLease},
		"l": {access.ListDirectory, access.ListDeleted},
		"t": {access.GetTags, access.SetTags},
		"f": {access.FindByTags},
		"m": {access.RenameFrom, access.RenameTo},
		"e": {access.GetProperties, access.GetACL, access.CheckAccess},
		"o": {access.SetOwner, access.SetGroup},
		"p": {access.SetACL},
	},
	Account: {
		"r": {
			access.ReadFile, access.GetProperties, access.CheckAccess, access.GetACL, access.GetContainerProperties,
			access.GetServiceProperties,
		},
		"w": {
			access.WriteFile, access.AppendBlock, access.CreateSnapshot, access.CreateFile, access.CreateDirectory, access.RenameTo, access.SetProperties, access.Lease,
			access.BreakLease, access.SetACL, access.SetOwner, access.SetGroup, access.CreateContainer, access.SetContainerMetadata,
			access.LeaseContainer, access.BreakContainerLease, access.SetServiceProperties, access.Undelete, access.UndeleteContainer,
		},
		"d": {access.DeleteFile, access.DeleteRecursive, access.BreakLease, access.DeleteContainer, access.BreakContainerLease},
		"l": {access.ListDirectory, access.ListDeleted, access.ListContainers},
		"a": {access.AppendBlock},
		"c": {access.CreateSnapshot, access.CreateFile, access.CreateDirectory, access.RenameTo, access.CreateContainer},
		"t": {access.GetTags, access.SetTags},
		"f": {access.FindByTags},
	},
}

func operations() []access.Operation {
	var all []access.Operation
	for op := range access.Operation(255) {
		if _, ok := op.Needs(); ok {
			all = append(all, op)
		}
	}
	return all
}

func TestEachLetterAllowsItsOperationsAndNoOthers(t *testing.T) {
	t.Parallel()
	if len(operations()) != len(uses) {
		t.Fatalf("%d operations, %d rows of uses", len(operations()), len(uses))
	}
	for kind, letters := range map[Kind]string{Service: serviceLetters, UserDelegation: serviceLetters, Account: accountLetters} {
		table := allowed[kind]
		if kind == UserDelegation {
			table = allowed[Service]
		}
		for letter := range strings.SplitSeq(letters, "") {
			g := Grant{Kind: kind, Permissions: letter, Resource: "c", ResourceTypes: "sco"}
			want := map[access.Operation]bool{}
			for _, op := range table[letter] {
				want[op] = true
			}
			for _, op := range operations() {
				err := g.Check(op)
				if (err == nil) != want[op] {
					t.Errorf("%v with %s: %v: got %v; want allowed %v", kind, letter, op, err, want[op])
				}
				if err != nil && (!errs.Is(err, errs.Permission) || errs.CodeOf(err) != CodePermissionMismatch) {
					t.Errorf("%v with %s: %v: got %v; want %s", kind, letter, op, err, CodePermissionMismatch)
				}
			}
		}
	}
}

func TestAMoveIsAReadAndADelete(t *testing.T) {
	t.Parallel()
	for _, kind := range []Kind{Account, Service} {
		for letters, want := range map[string]bool{"rd": true, "rwd": true, "r": false, "d": false, "wd": false, "racwl": false} {
			g := Grant{Kind: kind, Permissions: letters, Resource: "c", ResourceTypes: "o"}
			if err := g.Check(access.RenameFrom); (err == nil) != want {
				t.Errorf("%v with %s: RenameFrom: got %v; want allowed %v", kind, letters, err, want)
			}
		}
	}
}

func TestAnAccountSASNeedsTheResourceType(t *testing.T) {
	t.Parallel()
	types := map[string][]access.Operation{
		"s": {access.ListContainers, access.GetServiceProperties},
		"c": {access.ListDirectory, access.CreateContainer, access.GetContainerProperties, access.DeleteContainer},
		"o": {access.ReadFile, access.CreateFile, access.DeleteRecursive, access.RenameTo, access.SetACL},
	}
	for of, ops := range types {
		for _, op := range ops {
			for _, have := range []string{"s", "c", "o"} {
				err := Grant{Kind: Account, Permissions: accountLetters, ResourceTypes: have}.Check(op)
				if want := have == of; (err == nil) != want || !want && errs.CodeOf(err) != CodeResourceTypeMismatch {
					t.Errorf("%v with srt=%s: got %v; want allowed %v", op, have, err, want)
				}
			}
		}
	}
}

func TestABlobIsNotListed(t *testing.T) {
	t.Parallel()
	for resource, want := range map[string]bool{"b": false, "bs": false, "bv": false, "c": true, "d": true} {
		if err := (Grant{Kind: Service, Permissions: "rl", Resource: resource}).Check(access.ListDirectory); (err == nil) != want {
			t.Errorf("sr=%s: got %v; want allowed %v", resource, err, want)
		}
	}
}

func TestCreateDoesNotOverwrite(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind    Kind
		letters string
		op      access.Operation
		want    bool
	}{
		{Service, "c", access.CreateFile, true},
		{Service, "cw", access.CreateFile, false},
		{Account, "c", access.CreateDirectory, true},
		{Account, "wc", access.CreateDirectory, false},
		{Service, "c", access.RenameTo, true},
		{Service, "cm", access.RenameTo, false},
		{Service, "cw", access.RenameTo, false},
		{Account, "c", access.RenameTo, true},
		{Service, "r", access.ReadFile, false},
	} {
		if got := (Grant{Kind: c.kind, Permissions: c.letters}).NewOnly(c.op); got != c.want {
			t.Errorf("%v with %s: NewOnly(%v) = %v; want %v", c.kind, c.letters, c.op, got, c.want)
		}
	}
}

func TestCoversIsTheResourceAndWhatIsBelow(t *testing.T) {
	t.Parallel()
	blob := Grant{Kind: Service, Resource: "b", Container: "crm", Path: "a/b"}
	dir := Grant{Kind: Service, Resource: "d", Container: "crm", Path: "a", Depth: 1}
	root := Grant{Kind: Service, Resource: "d", Container: "crm"}
	container := Grant{Kind: UserDelegation, Resource: "c", Container: "crm"}
	for _, c := range []struct {
		g               Grant
		container, path string
		want            bool
	}{
		{blob, "crm", "a/b", true},
		{blob, "crm", "a/b/c", false},
		{blob, "crm", "a", false},
		{blob, "web", "a/b", false},
		{dir, "crm", "a", true},
		{dir, "crm", "a/b/c", true},
		{dir, "crm", "ab", false},
		{dir, "crm", "", false},
		{dir, "web", "a/b", false},
		{root, "crm", "", true},
		{root, "crm", "x/y", true},
		{container, "crm", "", true},
		{container, "crm", "x/y", true},
		{container, "web", "x/y", false},
		{Grant{Kind: Account}, "any", "x", true},
	} {
		if got := c.g.Covers(c.container, c.path); got != c.want {
			t.Errorf("%+v: Covers(%s, %s) = %v; want %v", c.g, c.container, c.path, got, c.want)
		}
	}
}
