package access

import (
	"fmt"
	"slices"
	"testing"
)

func mustACL(t *testing.T, text string) ACL {
	t.Helper()
	acl, err := ParseACL(text)
	if err != nil {
		t.Fatal(err)
	}
	return acl
}

func TestTheFirstKindOfEntryThatNamesThePrincipalDecides(t *testing.T) {
	t.Parallel()
	alice := Principal{ID: "alice", Groups: []ObjectID{"team", "staff"}}
	for _, c := range []struct {
		name   string
		acl    string
		owner  ObjectID
		group  ObjectID
		wanted Permission
		want   bool
		by     string
	}{
		{"the owner is not masked", "user::rwx,user:bob:r--,group::---,mask::---,other::---", "alice", "", 7, true, "user::rwx"},
		{"the owner's no is final", "user::r--,user:alice:rwx,group::rwx,mask::rwx,other::rwx", "alice", "team", Write, false, "user::r--"},
		{"owners compare without case", "user::rwx,group::---,other::---", "ALICE", "", 7, true, "user::rwx"},
		{"a named user", "user::---,user:alice:rw-,group::---,mask::rwx,other::---", "bob", "", Read | Write, true, "user:alice:rw-"},
		{"a named user in another case", "user::---,user:Alice:rw-,group::---,mask::rwx,other::---", "bob", "", Read, true, "user:Alice:rw-"},
		{"a named user under the mask", "user::---,user:alice:rwx,group::---,mask::r-x,other::rwx", "bob", "", Write, false, "user:alice:rwx"},
		{"a named user's no is final", "user::---,user:alice:---,group::rwx,mask::rwx,other::rwx", "bob", "team", Read, false, "user:alice:---"},
		{"the owning group", "user::---,group::r-x,other::---", "bob", "TEAM", Read | Execute, true, "group::r-x"},
		{"the owning group under the mask", "user::---,user:x:rwx,group::rwx,mask::r--,other::rwx", "bob", "team", Write, false, "group::rwx"},
		{"a named group", "user::---,group::---,group:staff:rwx,mask::rwx,other::---", "bob", "x", 7, true, "group:staff:rwx"},
		{"a named group under the mask", "user::---,group::---,group:staff:rwx,mask::r-x,other::---", "bob", "x", Write, false, "group:staff:rwx"},
		{"a later group gives what an earlier does not", "user::---,group::---,group:staff:r--,group:team:rw-,mask::rwx,other::---", "bob", "x", Write, true, "group:team:rw-"},
		{"bits of two groups do not add up", "user::---,group::---,group:staff:r--,group:team:-w-,mask::rwx,other::---", "bob", "x", Read | Write, false, "group:staff:r--"},
		{"groups' no is final", "user::---,group::---,group:staff:---,mask::rwx,other::rwx", "bob", "x", Read, false, "group:staff:---"},
		{"other", "user::---,group::rwx,group:x:rwx,mask::rwx,other::r-x", "bob", "y", Read | Execute, true, "other::r-x"},
		{"other is not masked", "user::---,group::---,group:x:---,mask::---,other::r--", "bob", "y", Read, true, "other::r--"},
		{"other does not give more than it says", "user::rwx,group::rwx,other::r--", "bob", "y", Write, false, "other::r--"},
		{"default entries give nothing", "user::---,group::---,other::---,default:user:alice:rwx,default:group:team:rwx,default:other::rwx", "bob", "y", Read, false, "other::---"},
		{"a user is not in a group of his own id", "user::---,group::rwx,other::---", "bob", "alice", Read, false, "other::---"},
		{"an item without owner and group is nobody's", "user::rwx,group::rwx,other::---", "", "", Read, false, "other::---"},
		{"nothing wanted", "user::---,group::---,other::---", "bob", "y", 0, true, "other::---"},
	} {
		item := Item{Path: "p", Owner: c.owner, Group: c.group, ACL: mustACL(t, c.acl)}
		s := Check(item, alice, c.wanted)
		if s.Granted != c.want || s.Entry.String() != c.by {
			t.Errorf("%s: got %v by %s; want %v by %s", c.name, s.Granted, s.Entry, c.want, c.by)
		}
	}
	if s := Check(Item{}, alice, Read); s.Granted {
		t.Error("an item without a list gives something")
	}
}

// lists yields every list with these entries for all bits in steps; the mask is there or not.
func lists(yield func(ACL) bool) {
	bits := []Permission{0, Read, Write | Execute, 7}
	for _, owner := range bits {
		for _, user := range bits {
			for _, group := range bits {
				for _, team := range bits {
					for _, other := range bits {
						acl := ACL{
							{Type: User, Permission: owner},
							{Type: User, ID: "alice", Permission: user},
							{Type: Group, Permission: group},
							{Type: Group, ID: "team", Permission: team},
							{Type: Other, Permission: other},
						}
						for _, mask := range bits {
							if !yield(append(slices.Clip(acl), Entry{Type: Mask, Permission: mask})) {
								return
							}
						}
					}
				}
			}
		}
	}
}

// people stand in every relation to an item of owner "owner" and group "group".
var people = map[string]Principal{
	"owner":            {ID: "owner", Groups: []ObjectID{"team", "group"}},
	"named user":       {ID: "alice", Groups: []ObjectID{"team", "group"}},
	"in both groups":   {ID: "bob", Groups: []ObjectID{"team", "group"}},
	"in owning group":  {ID: "bob", Groups: []ObjectID{"group"}},
	"in named group":   {ID: "bob", Groups: []ObjectID{"team"}},
	"in another group": {ID: "bob", Groups: []ObjectID{"x"}},
	"in no group":      {ID: "bob"},
}

func TestLawsOfTheMask(t *testing.T) {
	t.Parallel()
	for acl := range lists {
		open := acl[:len(acl)-1]
		open = append(slices.Clip(open), Entry{Type: Mask, Permission: 7})
		none := acl[:len(acl)-1]
		for name, p := range people {
			for wanted := range Permission(8) {
				item := Item{Owner: "owner", Group: "group", ACL: acl}
				masked := Check(item, p, wanted).Granted
				item.ACL = open
				unmasked := Check(item, p, wanted).Granted
				item.ACL = none
				if without := Check(item, p, wanted).Granted; without != unmasked {
					t.Fatalf("%v, %s, %v: no mask is not the mask rwx", acl, name, wanted)
				}
				if masked && !unmasked {
					t.Fatalf("%v, %s, %v: a mask gave something", acl, name, wanted)
				}
				limited := name != "owner" && name != "in no group" && name != "in another group"
				if !limited && masked != unmasked {
					t.Fatalf("%v, %s, %v: the mask limits", acl, name, wanted)
				}
			}
		}
	}
}

func TestWantingLessIsGrantedWhereMoreIs(t *testing.T) {
	t.Parallel()
	for acl := range lists {
		item := Item{Owner: "owner", Group: "group", ACL: acl}
		for name, p := range people {
			for wanted := range Permission(8) {
				if !Check(item, p, wanted).Granted {
					continue
				}
				for less := range Permission(8) {
					if less&^wanted == 0 && !Check(item, p, less).Granted {
						t.Fatalf("%v, %s: %v is given and %v is not", acl, name, wanted, less)
					}
				}
			}
		}
	}
}

func ExampleCheck() {
	acl, err := ParseACL("user::rwx,group::r-x,group:readers:r-x,mask::r--,other::---")
	if err != nil {
		fmt.Println(err)
		return
	}
	item := Item{Path: "crm/customer.csv", Owner: "ada", ACL: acl}
	fmt.Println(Check(item, Principal{ID: "bob", Groups: []ObjectID{"readers"}}, Read|Execute))
	// Output: /crm/customer.csv: group:readers:r-x refuses r-x (r-- under the mask)
}
