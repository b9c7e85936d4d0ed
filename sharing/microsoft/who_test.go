package microsoft_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/sharing"
	"github.com/ownlake/ownlake/sharing/microsoft"
	"github.com/ownlake/ownlake/tenant/resources"
)

// TestWhoMayIsFoundByTheRealProtocols has principals by a role, by a nested group in a list, and by nothing.
func TestWhoMayIsFoundByTheRealProtocols(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	_, err := b.store.PutBlob(t.Context(), b.filesystem(), "ci_1/a.csv", strings.NewReader("x"), lake.PutBlobOptions{})
	b.must(err)
	readers, inner := b.group("readers"), b.group("inner")
	ada, bob := b.User("ada"), b.User("bob")
	b.User("carol")
	sp, _ := b.application("loader")
	b.must(b.Directory.AddMember(readers, inner))
	b.must(b.Directory.AddMember(inner, ada.ID))
	b.must(b.Directory.AddOwner(readers, bob.ID))
	b.grant(sp.ID, resources.ServicePrincipal, accountScope, access.StorageBlobDataReader)
	b.grant(b.admin.ID, resources.User, accountScope, access.StorageBlobDataOwner)
	o := b.user(b.admin)
	l := b.lakeOf(o)
	for _, p := range []lake.Path{"", "ci_1", "ci_1/a.csv"} {
		list, err := l.ACL(t.Context(), p)
		b.must(err)
		b.must(l.SetACL(t.Context(), p, list.Modify(access.ACL{{Type: access.Group, ID: readers, Permission: access.Read | access.Execute}}).Complete()))
	}
	a, err := sharing.Who(t.Context(), microsoft.Connect(o), accountScope, "ci_1/a.csv")
	b.must(err)
	var found []string
	for _, h := range a.Holders {
		if h.Read.May {
			found = append(found, h.Name+" "+string(h.Kind))
		}
	}
	want := []string{b.admin.UserPrincipalName + " User", ada.UserPrincipalName + " User", "loader ServicePrincipal"}
	slices.Sort(want)
	slices.Sort(found)
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("who reads (-want +got):\n%s", diff)
	}
	if !a.Keys || a.Everybody.Read.May || a.Anonymous {
		t.Errorf("keys %v, everybody %v, anonymous %v", a.Keys, a.Everybody.Read, a.Anonymous)
	}
	owner := func(w sharing.Way) bool { return w.Kind == sharing.WayMembers && w.ID == bob.ID }
	if !slices.ContainsFunc(a.Ways, owner) {
		t.Errorf("the group's owner is not told: %+v", a.Ways)
	}
}
