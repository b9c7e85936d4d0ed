package access

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
)

// fakeItems is a container's items by path; "" is the root. It counts how often it is asked.
type fakeItems struct {
	items map[string]Item
	asked int
	err   error // of Item
	inner error // of Directories
}

func (f *fakeItems) Item(path string) (Item, bool, error) {
	f.asked++
	item, ok := f.items[path]
	return item, ok, f.err
}

func (f *fakeItems) Directories(path string) iter.Seq2[Item, error] {
	f.asked++
	return func(yield func(Item, error) bool) {
		if f.inner != nil {
			yield(Item{}, f.inner)
			return
		}
		for p, item := range f.items {
			if item.IsDirectory && strings.HasPrefix(p, path+"/") && !yield(item, nil) {
				return
			}
		}
	}
}

// kinds are the ways in which a list can name the caller: each writes a list that gives just him bits, whose
// mask and other entries give the rest nothing.
var kinds = map[string]func(Permission) Item{
	"owner": func(p Permission) Item {
		return Item{Owner: "alice", Group: "staff", ACL: ACL{{Type: User, Permission: p}, {Type: Group}, {Type: Other}}}
	},
	"named user": func(p Permission) Item {
		return Item{Owner: "bob", Group: "staff", ACL: ACL{{Type: User}, {Type: User, ID: "alice", Permission: p}, {Type: Group}, {Type: Mask, Permission: 7}, {Type: Other}}}
	},
	"named user under a mask": func(p Permission) Item {
		return Item{Owner: "bob", Group: "staff", ACL: ACL{{Type: User}, {Type: User, ID: "alice", Permission: 7}, {Type: Group}, {Type: Mask, Permission: p}, {Type: Other}}}
	},
	"owning group": func(p Permission) Item {
		return Item{Owner: "bob", Group: "team", ACL: ACL{{Type: User}, {Type: Group, Permission: p}, {Type: Other}}}
	},
	"named group": func(p Permission) Item {
		return Item{Owner: "bob", Group: "staff", ACL: ACL{{Type: User}, {Type: Group}, {Type: Group, ID: "team", Permission: p}, {Type: Mask, Permission: 7}, {Type: Other}}}
	},
	"named group under a mask": func(p Permission) Item {
		return Item{Owner: "bob", Group: "staff", ACL: ACL{{Type: User}, {Type: Group}, {Type: Group, ID: "team", Permission: 7}, {Type: Mask, Permission: p}, {Type: Other}}}
	},
	"other": func(p Permission) Item {
		return Item{Owner: "bob", Group: "staff", ACL: ACL{{Type: User}, {Type: Group}, {Type: Mask}, {Type: Other, Permission: p}}}
	},
}

var alice = Principal{ID: "alice", Groups: []ObjectID{"team"}}

var (
	testAccount   = Subscription("s").ResourceGroup("rg").Account("acct")
	testContainer = testAccount.Container("crm")
)

// tree is a container with a file or directory at "d/e/item" and a directory in that, whose lists give the bits
// at each level in the way of kind. The default entries give everybody everything, and must not count.
type tree struct {
	root, dir, parent, item, inside Permission
	isDirectory                     bool
	sticky                          bool
}

func (tr tree) items(kind func(Permission) Item) *fakeItems {
	f := &fakeItems{items: map[string]Item{}}
	add := func(path string, p Permission, isDirectory, sticky bool) {
		item := kind(p)
		item.Path, item.IsDirectory, item.Sticky = path, isDirectory, sticky
		if isDirectory {
			for _, t := range []EntryType{User, Group, Mask, Other} {
				item.ACL = append(item.ACL, Entry{Default: true, Type: t, Permission: 7})
			}
			item.ACL = append(item.ACL, Entry{Default: true, Type: User, ID: "alice", Permission: 7})
		}
		f.items[path] = item
	}
	add("", tr.root, true, false)
	add("d", tr.dir, true, false)
	add("d/e", tr.parent, true, tr.sticky)
	add("d/e/item", tr.item, tr.isDirectory, false)
	if tr.isDirectory {
		add("d/e/item/sub", tr.inside, true, false)
	}
	return f
}

// table is reference BYOL section 5, "Bits needed with ACLs only", for an item that exists. Below "file" and
// "directory" stand the bits of the parent, the item and the directories inside.
var table = map[Operation]struct{ file, directory [3]string }{
	ReadFile:        {[3]string{"--x", "r--", "---"}, [3]string{"--x", "r--", "---"}},
	WriteFile:       {[3]string{"--x", "rw-", "---"}, [3]string{"--x", "rw-", "---"}},
	CreateSnapshot:  {[3]string{"--x", "rw-", "---"}, [3]string{"--x", "rw-", "---"}},
	AppendBlock:     {[3]string{"--x", "rw-", "---"}, [3]string{"--x", "rw-", "---"}},
	CreateFile:      {[3]string{"--x", "rw-", "---"}, [3]string{"--x", "rw-", "---"}},
	CreateDirectory: {[3]string{"--x", "rw-", "---"}, [3]string{"--x", "rw-", "---"}},
	DeleteFile:      {[3]string{"-wx", "---", "---"}, [3]string{"-wx", "---", "---"}},
	DeleteRecursive: {[3]string{"-wx", "---", "---"}, [3]string{"-wx", "rwx", "rwx"}},
	ListDirectory:   {[3]string{"--x", "r-x", "---"}, [3]string{"--x", "r-x", "---"}},
	RenameFrom:      {[3]string{"-wx", "---", "---"}, [3]string{"-wx", "rwx", "---"}},
	RenameTo:        {[3]string{"-wx", "---", "---"}, [3]string{"-wx", "---", "---"}},
	GetProperties:   {[3]string{"--x", "---", "---"}, [3]string{"--x", "---", "---"}},
	SetProperties:   {[3]string{"--x", "-w-", "---"}, [3]string{"--x", "-w-", "---"}},
	Lease:           {[3]string{"--x", "-w-", "---"}, [3]string{"--x", "-w-", "---"}},
	BreakLease:      {[3]string{"--x", "-w-", "---"}, [3]string{"--x", "-w-", "---"}},
	GetACL:          {[3]string{"--x", "---", "---"}, [3]string{"--x", "---", "---"}},
	CheckAccess:     {[3]string{"--x", "-wx", "---"}, [3]string{"--x", "-wx", "---"}}, // with Wanted -wx
}

func bits(t *testing.T, s string) Permission {
	t.Helper()
	p, ok := parseSymbols(s)
	if !ok {
		t.Fatalf("%q are no bits", s)
	}
	return p
}

// TestEachBitOfTheTableIsNeededAndNoOther takes from a list that gives everything one bit at a time, at each
// level, for each way of naming the caller: the operation is refused just where the table names the bit.
func TestEachBitOfTheTableIsNeededAndNoOther(t *testing.T) {
	t.Parallel()
	cases := 0
	for op, row := range table {
		for _, isDirectory := range []bool{false, true} {
			need := row.file
			if isDirectory {
				need = row.directory
			}
			levels := [5]Permission{Execute, Execute, bits(t, need[0]), bits(t, need[1]), bits(t, need[2])}
			for kind, list := range kinds {
				for level := range levels {
					for _, bit := range []Permission{Read, Write, Execute} {
						given := [5]Permission{7, 7, 7, 7, 7}
						given[level] &^= bit
						checkTree(t, op, kind, list, isDirectory, given, levels[level]&bit == 0)
						cases++
					}
				}
				checkTree(t, op, kind, list, isDirectory, levels, true)
			}
		}
	}
	t.Logf("%d cases", cases)
}

func checkTree(t *testing.T, op Operation, kind string, list func(Permission) Item, isDirectory bool, given [5]Permission, want bool) {
	t.Helper()
	tr := tree{given[0], given[1], given[2], given[3], given[4], isDirectory, false}
	d, err := Decide(Request{
		Principal: alice, Operation: op, Scope: testContainer, Path: "d/e/item", Items: tr.items(list), Wanted: Write | Execute,
	})
	if err != nil {
		t.Fatal(err)
	}
	if d.Allowed != want || d.Reason.Rule != ByLists {
		t.Errorf("%v as %s, directory %v, lists give %v: %v (%v); want %v", op, kind, isDirectory, given, d.Allowed, d.Reason, want)
	}
}

func TestToCreateWhatIsMissingNeedsTheDeepestDirectoryOnly(t *testing.T) {
	t.Parallel()
	for _, op := range []Operation{CreateFile, CreateDirectory} {
		for kind, list := range kinds {
			for path, parent := range map[string]string{"d/e/new": "d/e", "d/e/x/y/new": "d/e", "d/new": "d", "new": ""} {
				for _, bit := range []Permission{0, Read, Write, Execute} {
					items := tree{root: 7, dir: 7, parent: 7, item: 0}.items(list)
					item := list(7 &^ bit)
					item.Path, item.IsDirectory = parent, true
					items.items[parent] = item
					d, err := Decide(Request{Principal: alice, Operation: op, Scope: testContainer, Path: path, Items: items})
					want := bit != Write && bit != Execute
					if err != nil || d.Allowed != want || d.NewOnly != want {
						t.Errorf("%v %s as %s without %v on %q: %+v, %v; want %v", op, path, kind, bit, parent, d, err, want)
					}
				}
			}
		}
	}
}

func TestWhatIsMissingIsNotRevealedToThoseWhoMayNotLook(t *testing.T) {
	t.Parallel()
	for op := range table {
		for _, path := range []string{"d/e/gone", "d/e/gone/gone"} {
			for _, x := range []Permission{0, Execute} {
				items := tree{root: 1, dir: 1, parent: x | Write}.items(kinds["named user"])
				d, err := Decide(Request{Principal: alice, Operation: op, Scope: testContainer, Path: path, Items: items})
				if err != nil || d.Allowed != (x != 0) {
					t.Errorf("%v %s with %v on its directory: %+v, %v", op, path, x, d, err)
				}
			}
		}
		d, err := Decide(Request{Principal: alice, Operation: op, Scope: testContainer, Path: "x", Items: &fakeItems{}})
		if err != nil || d.Allowed || d.Reason.Rule != ByNoRole {
			t.Errorf("%v in a container that does not exist: %+v, %v; want a refusal", op, d, err)
		}
	}
}

func TestTheRootDirectoryIsAnItemLikeOthers(t *testing.T) {
	t.Parallel()
	for op, want := range map[Operation]map[Permission]bool{
		ListDirectory: {Read | Execute: true, Read: false, Execute: false},
		GetProperties: {0: true},
		GetACL:        {0: true},
		SetProperties: {Write: true, Read | Execute: false},
	} {
		for given, want := range want {
			d, err := Decide(Request{Principal: alice, Operation: op, Scope: testContainer, Items: tree{root: given}.items(kinds["other"])})
			if err != nil || d.Allowed != want {
				t.Errorf("%v of the root with %v: %+v, %v; want %v", op, given, d, err, want)
			}
		}
	}
}

func TestAFileOnTheWayEndsThePath(t *testing.T) {
	t.Parallel()
	items := tree{root: 1, dir: 1, parent: 7, item: 0}.items(kinds["other"])
	d, err := Decide(Request{Principal: alice, Operation: ReadFile, Scope: testContainer, Path: "d/e/item/below", Items: items})
	if err != nil || !d.Allowed || len(d.Reason.Steps) != 3 {
		t.Errorf("%+v, %v; want the store to say that there is no such path", d, err)
	}
}

func TestStickyDirectoriesKeepTheirChildrenForOwners(t *testing.T) {
	t.Parallel()
	for op := range needs {
		n, _ := op.Needs()
		if n.Sticky != slices.Contains([]Operation{DeleteFile, DeleteRecursive, RenameFrom, RenameTo}, op) {
			t.Errorf("%v: sticky %v", op, n.Sticky)
		}
		if !n.Sticky {
			continue
		}
		for _, c := range []struct {
			itemOwner, dirOwner ObjectID
			sticky              bool
			want                bool
		}{
			{"bob", "bob", true, false},
			{"bob", "bob", false, true},
			{"ALICE", "bob", true, true},
			{"bob", "alice", true, true},
			{"", "", true, false},
		} {
			items := tree{root: 7, dir: 7, parent: 7, item: 7, inside: 7, isDirectory: true, sticky: c.sticky}.items(kinds["named user"])
			own := func(path string, id ObjectID) {
				item := items.items[path]
				item.Owner = id
				item.ACL[0].Permission = 7
				items.items[path] = item
			}
			own("d/e", c.dirOwner)
			own("d/e/item", c.itemOwner)
			r := Request{Principal: alice, Operation: op, Scope: testContainer, Path: "d/e/item", Items: items}
			d, err := Decide(r)
			if err != nil || d.Allowed != c.want || !c.want && d.Reason.Rule != BySticky {
				t.Errorf("%v of %q's in %q's, sticky %v: %+v, %v; want %v", op, c.itemOwner, c.dirOwner, c.sticky, d, err, c.want)
			}
			r.Assignments = assign("alice", RoleDefinition{DataActions: []Action{BlobsManageOwnership}}, testContainer)
			if d, err := Decide(r); err != nil || !d.Allowed {
				t.Errorf("%v by one who acts as owner: %+v, %v", op, d, err)
			}
		}
	}
}

func TestOnlyOwnersChangeAccess(t *testing.T) {
	t.Parallel()
	contributor, _ := BuiltInRole(StorageBlobDataContributor)
	dataOwner, _ := BuiltInRole(StorageBlobDataOwner)
	nobody := RoleDefinition{}
	for _, c := range []struct {
		name    string
		op      Operation
		owner   ObjectID
		group   ObjectID
		role    RoleDefinition
		reaches bool
		want    bool
	}{
		{"the owner", SetACL, "alice", "", nobody, true, true},
		{"the owner without a bit on the item", SetACL, "alice", "", nobody, true, true},
		{"the owner who cannot get there", SetACL, "alice", "", nobody, false, false},
		{"one who may write the item", SetACL, "bob", "", nobody, true, false},
		{"a contributor of another's", SetACL, "bob", "", contributor, true, false},
		{"a contributor of his own", SetACL, "alice", "", contributor, false, true},
		{"a data owner", SetACL, "bob", "", dataOwner, false, true},
		{"the owner, to a group he is in", SetGroup, "alice", "TEAM", nobody, true, true},
		{"the owner, to another group", SetGroup, "alice", "staff", nobody, true, false},
		{"the owner, to himself", SetGroup, "alice", "alice", nobody, true, false},
		{"a contributor of his own, to a group he is in", SetGroup, "alice", "team", contributor, false, true},
		{"one in the group", SetGroup, "bob", "team", nobody, true, false},
		{"a data owner", SetGroup, "bob", "staff", dataOwner, false, true},
		{"the owner", SetOwner, "alice", "", nobody, true, false},
		{"a contributor", SetOwner, "alice", "", contributor, true, false},
		{"a data owner", SetOwner, "bob", "", dataOwner, false, true},
	} {
		tr := tree{root: 7, dir: 7, parent: 7}
		if !c.reaches {
			tr.dir = 0
		}
		items := tr.items(kinds["named user"])
		item := items.items["d/e/item"]
		item.Owner = c.owner
		items.items["d/e/item"] = item
		d, err := Decide(Request{
			Principal: alice, Operation: c.op, Scope: testContainer, Path: "d/e/item", Items: items, Group: c.group,
			Assignments: assign("alice", c.role, testContainer),
		})
		if err != nil || d.Allowed != c.want {
			t.Errorf("%v by %s: %v (%v), %v; want %v", c.op, c.name, d.Allowed, d.Reason, err, c.want)
		}
	}
}

func TestErrorsOfItemsEndTheDecision(t *testing.T) {
	t.Parallel()
	broken := errors.New("corrupt")
	for op, n := range needs {
		if !n.Lists {
			continue
		}
		items := tree{root: 7, dir: 7, parent: 7, item: 7, isDirectory: true}.items(kinds["other"])
		items.err = broken
		if d, err := Decide(Request{Principal: alice, Operation: op, Scope: testContainer, Path: "d/e/item", Items: items}); !errors.Is(err, broken) || d.Allowed {
			t.Errorf("%v: %+v, %v; want %v", op, d, err, broken)
		}
		items.err, items.inner = nil, broken
		d, err := Decide(Request{Principal: alice, Operation: op, Scope: testContainer, Path: "d/e/item", Items: items})
		if n.Inside != 0 && (!errors.Is(err, broken) || d.Allowed) {
			t.Errorf("%v with directories that cannot be read: %+v, %v; want %v", op, d, err, broken)
		}
	}
}

func TestAValueThatIsNoOperationIsRefused(t *testing.T) {
	t.Parallel()
	everything := assign("alice", RoleDefinition{Actions: []Action{"*"}, DataActions: []Action{"*"}}, RootScope)
	for op := range Operation(255) {
		if _, ok := op.Needs(); ok != (op.String() != "unknown operation") {
			t.Errorf("operation %d: needs %v, name %s", op, ok, op)
		} else if ok {
			continue
		}
		d, err := Decide(Request{Principal: alice, Operation: op, Scope: testContainer, Assignments: everything, Items: tree{}.items(kinds["owner"])})
		if err != nil || d.Allowed {
			t.Errorf("operation %d: %+v, %v; want a refusal", op, d, err)
		}
	}
}

func TestReasonsNameWhatDecided(t *testing.T) {
	t.Parallel()
	reader, _ := BuiltInRole(StorageBlobDataReader)
	sticky := tree{root: 7, dir: 7, parent: 7, item: 7, sticky: true}
	for want, r := range map[string]Request{
		"role Storage Blob Data Reader of group team at the account " + string(testAccount): {
			Principal: alice, Operation: ReadFile, Assignments: assign("team", reader, testAccount),
		},
		"role Storage Blob Data Reader of alice at the container " + string(testContainer): {
			Principal: alice, Operation: ReadFile, Assignments: assign("alice", reader, testContainer),
		},
		"/d/e/item: user:alice:r-- gives r--": {Principal: alice, Operation: ReadFile, Items: tree{1, 1, 1, 4, 0, false, false}.items(kinds["named user"])},
		"no role gives containers/blobs/read at " + string(testContainer) + "; /d: group:team:rwx refuses --x (--- under the mask)": {
			Principal: alice, Operation: ReadFile, Items: tree{1, 0, 1, 4, 0, false, false}.items(kinds["named group under a mask"]),
		},
		"no role gives containers/blobs/manageOwnership/action at " + string(testContainer): {
			Principal: alice, Operation: SetOwner, Items: sticky.items(kinds["owner"]),
		},
		"the directory of /d/e/item is sticky, and neither it nor the item (owner bob) is owned by alice": {
			Principal: alice, Operation: DeleteFile, Items: sticky.items(kinds["named user"]),
		},
		"no role gives containers/blobs/modifyPermissions/action at " + string(testContainer) + "; /d/e/item is owned by bob": {
			Principal: alice, Operation: SetACL, Items: sticky.items(kinds["named user"]),
		},
		"no role gives containers/blobs/manageOwnership/action at " + string(testContainer) + "; the owner of /d/e/item is not in group staff": {
			Principal: alice, Operation: SetGroup, Group: "staff", Items: sticky.items(kinds["owner"]),
		},
		"/d/e/item is owned by the caller":                          {Principal: alice, Operation: SetACL, Items: sticky.items(kinds["owner"])},
		"the account key may do everything":                         {Principal: Principal{ID: Superuser}, Operation: SetOwner},
		"the caller is anonymous":                                   {Operation: ReadFile},
		"no role gives containers/read at " + string(testContainer): {Principal: alice, Operation: GetContainerProperties, Items: sticky.items(kinds["owner"])},
	} {
		r.Scope, r.Path = testContainer, "d/e/item"
		d, err := Decide(r)
		if err != nil || d.Reason.String() != want {
			t.Errorf("%v: reason %q, %v; want %q", r.Operation, d.Reason, err, want)
		}
	}
}

func ExampleDecide() {
	reader, _ := BuiltInRole("Storage Blob Data Reader")
	container := Subscription("0b8f4c1e").ResourceGroup("rg").Account("acct").Container("customerinsights")
	d, err := Decide(Request{
		Principal: Principal{ID: "ada", Groups: []ObjectID{"analysts"}}, Operation: ReadFile, Scope: container, Path: "crm/customer.csv",
		Assignments: []RoleAssignment{{Principal: "analysts", Role: reader, Scope: Subscription("0b8f4c1e")}},
	})
	fmt.Println(d.Allowed, d.Reason, err)
	// Output: true role Storage Blob Data Reader of group analysts at the subscription /subscriptions/0b8f4c1e <nil>
}
