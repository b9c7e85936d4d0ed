package sharing_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/sharing"
)

// summary is who may what in one line each.
func summary(a sharing.Audience) []string {
	var lines []string
	for _, h := range a.Holders {
		var letters []byte
		for i, right := range []sharing.Right{h.Read, h.Write, h.Delete, h.Grant} {
			if right.May {
				letters = append(letters, "rwdg"[i])
			}
		}
		lines = append(lines, string(h.ID)+" "+string(letters))
	}
	slices.Sort(lines)
	return lines
}

// service is the Dataverse lake service, which a setup without --oauth-only gives a role.
func service(c *fakeCloud) string {
	for id := range c.services {
		return string(id)
	}
	return ""
}

func TestEverybodyWhoMayIsFoundWithTheReason(t *testing.T) {
	t.Parallel()
	c := newFakeCloud()
	owning(c)
	apply(t, setup(t, c, ways()["with own groups"]))
	const inner = access.ObjectID("1227e500-0000-4000-8000-000000000001")
	c.groups[inner] = &fakeGroup{name: "inner", members: []access.ObjectID{"eve"}}
	c.groups[oldReaders].members = []access.ObjectID{"ada", inner, "bob"}
	c.groups[oldWriters].members = []access.ObjectID{"bob"}
	c.groups[oldWriters].owners = []access.ObjectID{"olga"}
	c.groups["un5een00-0000-4000-8000-000000000001"] = &fakeGroup{name: "a group that nothing names", members: []access.ObjectID{"carol"}}
	assign := func(to access.ObjectID, role string, at access.Scope) {
		c.assignments = append(c.assignments, fakeAssignment{sharing.Assignment{Role: role, Scope: at}, to})
	}
	assign(inner, access.StorageBlobDataContributor, account.Container(sharing.Container))
	assign("dan", access.StorageBlobDataReader, account)
	assign("fay", access.StorageBlobDataReader, account.Container("other"))
	assign("gus", access.Contributor, account)
	assign("hal", access.UserAccessAdministrator, account)
	file := c.lists["ci_1/Merge/model.json"]
	file.list = file.list.Modify(access.ACL{{Type: access.User, ID: "gone-ian", Permission: access.Read}}).Complete()
	c.lists["ci_1/Merge/model.json"] = file
	for _, p := range []lake.Path{"", "ci_1", "ci_1/Merge"} {
		dir := c.lists[p]
		dir.list = dir.list.Modify(access.ACL{{Type: access.User, ID: "gone-ian", Permission: access.Execute}}).Complete()
		c.lists[p] = dir
	}
	a, err := sharing.Who(t.Context(), c.cloud(), account, "ci_1/Merge/model.json")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"service rwd", "ada r", "admin rwdg", "bob rwd", "dan r", "eve rwd", "gone-ian r"}
	for i, w := range want {
		want[i] = strings.NewReplacer("admin", string(adminID), "service", service(c)).Replace(w)
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, summary(a)); diff != "" {
		t.Errorf("who may (-want +got):\n%s", diff)
	}
	for _, h := range a.Holders {
		reason := map[access.ObjectID]string{
			"ada": "group:" + string(oldReaders), "bob": "group:" + string(oldReaders), "eve": "Storage Blob Data Contributor of group " + string(inner),
			"dan": "Storage Blob Data Reader of dan at the account", "gone-ian": "user:gone-ian:r--",
		}[h.ID]
		if !strings.Contains(h.Read.Why, reason) {
			t.Errorf("%s reads by %q, want by %q", h.ID, h.Read.Why, reason)
		}
		if h.Gone != (h.ID == "gone-ian") {
			t.Errorf("%s gone: %v", h.ID, h.Gone)
		}
	}
	var found []string
	for _, w := range a.Ways {
		found = append(found, string(w.Kind)+" "+string(w.ID))
	}
	ways := []string{"keys gus", "members olga", "members " + service(c), "roles hal", "signatures " + service(c), "signatures " + string(adminID), "signatures dan"}
	slices.Sort(found)
	slices.Sort(ways)
	if diff := cmp.Diff(ways, found); diff != "" {
		t.Errorf("ways (-want +got):\n%s", diff)
	}
	if a.Everybody.Read.May || a.Anonymous || a.IsDirectory {
		t.Errorf("everybody %v, anonymous %v, directory %v", a.Everybody.Read, a.Anonymous, a.IsDirectory)
	}
}

func TestOfAFolderWhoMayCreateInItIsFound(t *testing.T) {
	t.Parallel()
	c := newFakeCloud()
	owning(c)
	apply(t, setup(t, c, ways()["with own groups"]))
	c.groups[oldReaders].members = []access.ObjectID{"ada"}
	c.groups[oldWriters].members = []access.ObjectID{"bob"}
	root := c.lists[""]
	root.list = root.list.Modify(access.ACL{{Type: access.Other, Permission: access.Read | access.Execute}})
	c.lists[""] = root
	c.containers[account.Container(sharing.Container)] = true
	a, err := sharing.Who(t.Context(), c.cloud(), account, "")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{string(adminID) + " rwg", "ada r", "bob rw", service(c) + " rw"}
	slices.Sort(want)
	if diff := cmp.Diff(want, summary(a)); diff != "" {
		t.Errorf("who may (-want +got):\n%s", diff)
	}
	if !a.Everybody.Read.May || a.Everybody.Write.May || !a.Anonymous || !a.IsDirectory {
		t.Errorf("everybody %+v, anonymous %v, directory %v", a.Everybody, a.Anonymous, a.IsDirectory)
	}
}

func TestNobodyIsFoundForWhatIsNotThere(t *testing.T) {
	t.Parallel()
	c := newFakeCloud()
	owning(c)
	if _, err := sharing.Who(t.Context(), c.cloud(), account, "ci_1/none"); !errs.Is(err, errs.NotFound) {
		t.Errorf("%v, want that there is no such path", err)
	}
	c.assignments = nil
	if _, err := sharing.Who(t.Context(), c.cloud(), account, "ci_1"); !errs.Is(err, errs.Permission) || errs.HintOf(err) == "" {
		t.Errorf("%v, want a refusal with a hint", err)
	}
}
