package directory_test

import (
	"slices"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/tenant/directory"
	"github.com/ownlake/ownlake/tenant/state"
)

const password = "Correct-Horse-9"

// cheap makes hashing quick; what it protects is not at stake here.
var cheap = directory.HashCost{MemoryKiB: 64, Passes: 1}

// clock is a time that tests move.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

func open(t interface {
	Helper()
	Fatal(args ...any)
}, fs vfs.FS,
) (*directory.Directory, *state.Store, *clock) {
	t.Helper()
	s, err := state.Open(state.Options{FS: fs, Dir: "/tenant"})
	if err != nil {
		t.Fatal(err)
	}
	c := &clock{time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)}
	d, err := directory.Open(directory.Options{State: s, Clock: c.Now, HashCost: cheap})
	if err != nil {
		t.Fatal(err)
	}
	return d, s, c
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func ann(t *testing.T, d *directory.Directory) directory.User {
	t.Helper()
	return must(d.CreateUser(directory.User{
		UserPrincipalName: "ann@ownlake.local", DisplayName: "Ann", Enabled: true, Roles: []directory.Role{directory.GlobalAdministrator},
	}, password))(t)
}

func group(t *testing.T, d *directory.Directory, name string, owners, members []access.ObjectID) directory.Group {
	t.Helper()
	return must(d.CreateGroup(directory.Group{DisplayName: name, MailNickname: name, SecurityEnabled: true}, owners, members))(t)
}

func TestTheDirectoryIsTheSameAfterOpeningAgain(t *testing.T) {
	t.Parallel()
	fs := vfs.NewMem()
	d, s, _ := open(t, fs)
	u := ann(t, d)
	app := must(d.CreateApplication(directory.Application{DisplayName: "loader"}))(t)
	sp := must(d.CreateServicePrincipal(app.AppID))(t)
	inner := group(t, d, "inner", []access.ObjectID{u.ID}, []access.ObjectID{sp.ID})
	outer := group(t, d, "outer", nil, []access.ObjectID{inner.ID, u.ID})
	_, secret, err := d.AddSecret(app.ID, "first", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.SetSettings(directory.Settings{DisableGroupCreation: true}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	tenant, users, apps, principals := d.Tenant(), d.Users(), d.Applications(), d.ServicePrincipals()
	d, _, _ = open(t, fs)
	for _, tc := range []struct {
		name      string
		want, got any
	}{
		{"tenant", tenant, d.Tenant()},
		{"users", users, d.Users()},
		{"applications", apps, d.Applications()},
		{"service principals", principals, d.ServicePrincipals()},
		{"settings", directory.Settings{DisableGroupCreation: true}, d.Settings()},
		{"groups", 2, len(d.Groups())},
		{"owners of inner", []directory.Object{u}, d.Owners(inner.ID)},
		{"groups of the service principal", sorted(inner.ID, outer.ID), d.GroupsOf(sp.ID)},
		{"groups of the user", []access.ObjectID{outer.ID}, d.GroupsOf(u.ID)},
	} {
		if diff := cmp.Diff(tc.want, tc.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, diff)
		}
	}
	if _, err := d.CheckPassword("ANN@ownlake.local", password); err != nil {
		t.Errorf("password after opening again: %v", err)
	}
	if err := d.CheckSecret(secret, apps[0].Credentials); err != nil {
		t.Errorf("secret after opening again: %v", err)
	}
}

func sorted(ids ...access.ObjectID) []access.ObjectID {
	slices.Sort(ids)
	return ids
}

func TestWellKnownServicePrincipalsAreThereFromTheStart(t *testing.T) {
	t.Parallel()
	d, _, _ := open(t, vfs.NewMem())
	for appID, name := range map[string]string{
		directory.AppDataverseLake:     "Common Data Service - Azure Data Lake Storage",
		directory.AppDataverseLakeTest: "Common Data Service - Azure Data Lake Storage - Test",
		directory.AppCustomerInsights:  "Dynamics 365 AI for Customer Insights",
	} {
		s, err := d.ServicePrincipal(appID)
		if err != nil || s.DisplayName != name || string(s.ID) == appID {
			t.Errorf("ServicePrincipal(%s) = %q, %v", appID, s.DisplayName, err)
		}
		if err := d.Delete(s.ID); !errs.Is(err, errs.Permission) {
			t.Errorf("deleting %s: %v, want Permission", name, err)
		}
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	d, _, _ := open(t, vfs.NewMem())
	u := ann(t, d)
	app := must(d.CreateApplication(directory.Application{DisplayName: "loader"}))(t)
	sp := must(d.CreateServicePrincipal(app.AppID))(t)
	g := group(t, d, "g", []access.ObjectID{u.ID}, []access.ObjectID{sp.ID})
	user := func(upn, name, pw string, roles ...directory.Role) func() error {
		return func() error {
			_, err := d.CreateUser(directory.User{UserPrincipalName: upn, DisplayName: name, Roles: roles}, pw)
			return err
		}
	}
	newGroup := func(g directory.Group, owners ...access.ObjectID) func() error {
		return func() error {
			_, err := d.CreateGroup(g, owners, nil)
			return err
		}
	}
	const nobody = "11111111-2222-3333-4444-555555555555"
	for _, tc := range []struct {
		name string
		call func() error
		kind errs.Kind
		code errs.Code
	}{
		{"a user name that is taken, in other case", user("ANN@OWNLAKE.LOCAL", "Ann", password), errs.Exists, ""},
		{"a user of another domain", user("ann@contoso.com", "Ann", password), errs.Invalid, ""},
		{"a user without a domain", user("ben", "Ben", password), errs.Invalid, ""},
		{"a user without a name", user("ben@ownlake.local", " ", password), errs.Invalid, ""},
		{"a short password", user("ben@ownlake.local", "Ben", "Ab1!"), errs.Invalid, directory.CodePassword},
		{"a password of two kinds of characters", user("ben@ownlake.local", "Ben", "abcdefgh1234"), errs.Invalid, directory.CodePassword},
		{"a role that does not exist", user("ben@ownlake.local", "Ben", password, "King"), errs.Invalid, ""},
		{"a group without a mail nickname", newGroup(directory.Group{DisplayName: "x", SecurityEnabled: true}), errs.Invalid, ""},
		{"a group that is not for security", newGroup(directory.Group{DisplayName: "x", MailNickname: "x", MailEnabled: true}), errs.Invalid, ""},
		{"an owner that does not exist", newGroup(directory.Group{DisplayName: "x", MailNickname: "x", SecurityEnabled: true}, nobody), errs.NotFound, ""},
		{"a group as owner", newGroup(directory.Group{DisplayName: "x", MailNickname: "x", SecurityEnabled: true}, g.ID), errs.Invalid, ""},
		{"a registration as member", func() error { return d.AddMember(g.ID, app.ID) }, errs.Invalid, ""},
		{"a group in itself", func() error { return d.AddMember(g.ID, g.ID) }, errs.Invalid, ""},
		{"a member twice", func() error { return d.AddMember(g.ID, sp.ID) }, errs.Exists, directory.CodeAlready},
		{"an owner twice", func() error { return d.AddOwner(g.ID, u.ID) }, errs.Exists, directory.CodeAlready},
		{"a member that is none", func() error { return d.RemoveMember(g.ID, u.ID) }, errs.NotFound, ""},
		{"the last owner", func() error { return d.RemoveOwner(g.ID, u.ID) }, errs.Conflict, directory.CodeLastOwner},
		{"a group that does not exist", func() error { return d.AddMember(nobody, u.ID) }, errs.NotFound, ""},
		{"a second service principal", func() error { _, err := d.CreateServicePrincipal(app.AppID); return err }, errs.Exists, ""},
		{"a service principal of nothing", func() error { _, err := d.CreateServicePrincipal(nobody); return err }, errs.NotFound, ""},
		{"an application id of Microsoft's", func() error {
			_, err := d.CreateApplication(directory.Application{DisplayName: "x", AppID: directory.AppCustomerInsights})
			return err
		}, errs.Exists, ""},
		{"a redirect over plain HTTP", func() error {
			_, err := d.CreateApplication(directory.Application{DisplayName: "x", RedirectURIs: []string{"http://contoso.com/back"}})
			return err
		}, errs.Invalid, ""},
		{"a certificate that is none", func() error { _, err := d.AddCertificate(app.ID, "x", []byte("x")); return err }, errs.Invalid, ""},
		{"a secret of a user", func() error { _, _, err := d.AddSecret(u.ID, "x", time.Time{}); return err }, errs.Invalid, ""},
		{"an id that is in use", func() error {
			_, err := d.CreateGroup(directory.Group{ID: u.ID, DisplayName: "x", MailNickname: "x", SecurityEnabled: true}, nil, nil)
			return err
		}, errs.Exists, ""},
	} {
		if err := tc.call(); errs.KindOf(err) != tc.kind || errs.CodeOf(err) != tc.code {
			t.Errorf("%s: %v (%v %q), want %v %q", tc.name, err, errs.KindOf(err), errs.CodeOf(err), tc.kind, tc.code)
		}
	}
	if n := len(d.Groups()); n != 1 {
		t.Errorf("%d groups after refusals, want 1", n)
	}
}

func TestDeletingEndsEveryReference(t *testing.T) {
	t.Parallel()
	fs := vfs.NewMem()
	d, s, _ := open(t, fs)
	u := ann(t, d)
	app := must(d.CreateApplication(directory.Application{DisplayName: "loader"}))(t)
	sp := must(d.CreateServicePrincipal(app.AppID))(t)
	g := group(t, d, "g", []access.ObjectID{u.ID, sp.ID}, []access.ObjectID{u.ID, sp.ID})
	outer := group(t, d, "outer", nil, []access.ObjectID{g.ID})
	if err := d.Delete(app.ID); err != nil {
		t.Fatal(err)
	}
	check := func() {
		t.Helper()
		if diff := cmp.Diff([]directory.Object{u}, d.Members(g.ID)); diff != "" {
			t.Errorf("members (-want +got):\n%s", diff)
		}
		if _, err := d.ServicePrincipal(app.AppID); !errs.Is(err, errs.NotFound) {
			t.Errorf("service principal of a deleted registration: %v, want NotFound", err)
		}
	}
	check()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	d, _, _ = open(t, fs)
	check()
	if err := d.Delete(g.ID); err != nil {
		t.Fatal(err)
	}
	if got := d.GroupsOf(u.ID); len(got) != 0 {
		t.Errorf("groups after the group was deleted: %v", got)
	}
	if got := d.Members(outer.ID); len(got) != 0 {
		t.Errorf("members of the outer group: %v", got)
	}
}

func TestPasswords(t *testing.T) {
	t.Parallel()
	d, _, c := open(t, vfs.NewMem())
	u := ann(t, d)
	for _, tc := range []struct{ name, upn, password string }{
		{"another password", "ann@ownlake.local", "Wrong-Horse-9"},
		{"no password", "ann@ownlake.local", ""},
		{"a password beyond the limit", "ann@ownlake.local", string(make([]byte, 1<<20))},
		{"nobody", "ben@ownlake.local", password},
	} {
		if _, err := d.CheckPassword(tc.upn, tc.password); !errs.Is(err, errs.Unauthorized) || errs.CodeOf(err) != directory.CodeCredentials {
			t.Errorf("%s: %v, want WrongCredentials", tc.name, err)
		}
	}
	c.now = c.now.Add(time.Hour)
	if err := d.SetPassword(u.ID, "Better-Horse-10", true); err != nil {
		t.Fatal(err)
	}
	if _, err := d.CheckPassword(u.UserPrincipalName, password); !errs.Is(err, errs.Unauthorized) {
		t.Errorf("the old password: %v, want Unauthorized", err)
	}
	got, err := d.CheckPassword(u.UserPrincipalName, "Better-Horse-10")
	if err != nil || !got.MustChangePassword || !got.SignInsSince.Equal(c.now) {
		t.Errorf("the new password: %+v, %v", got, err)
	}
	must(d.UpdateUser(u.ID, func(u *directory.User) { u.Enabled = false }))(t)
	if _, err := d.CheckPassword(u.UserPrincipalName, "Better-Horse-10"); errs.CodeOf(err) != directory.CodeDisabled {
		t.Errorf("a disabled user: %v, want AccountDisabled", err)
	}
}

func TestSecrets(t *testing.T) {
	t.Parallel()
	d, _, c := open(t, vfs.NewMem())
	app := must(d.CreateApplication(directory.Application{DisplayName: "loader"}))(t)
	first, one, err := d.AddSecret(app.ID, "one", c.now.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	_, two, err := d.AddSecret(app.ID, "two", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	credentials := func() directory.Credentials { return must(d.Application(app.AppID))(t).Credentials }
	check := func(name, text string, want errs.Code) {
		t.Helper()
		if err := d.CheckSecret(text, credentials()); errs.CodeOf(err) != want {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
	check("the first secret", one, "")
	check("the second secret", two, "")
	check("a secret cut short", two[:20], directory.CodeCredentials)
	check("the key id", first.KeyID, directory.CodeCredentials)
	check("nothing", "", directory.CodeCredentials)
	c.now = c.now.Add(2 * time.Hour)
	check("an expired secret", one, directory.CodeExpired)
	check("the other one", two, "")
	if err := d.RemoveCredential(app.ID, first.KeyID); err != nil {
		t.Fatal(err)
	}
	check("a removed secret", one, directory.CodeCredentials)
	if err := d.RemoveCredential(app.ID, first.KeyID); !errs.Is(err, errs.NotFound) {
		t.Errorf("removing it twice: %v, want NotFound", err)
	}
}

// TestMembership compares membership by way of groups, cycles included, with a closure made the simple way.
func TestMembership(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		fs := vfs.NewMem()
		d, s, _ := open(rt, fs)
		const n = 6
		var ids []access.ObjectID
		for i := range n {
			g, err := d.CreateGroup(directory.Group{DisplayName: "g", MailNickname: "g", SecurityEnabled: true}, nil, nil)
			if err != nil {
				rt.Fatal(i, err)
			}
			ids = append(ids, g.ID)
		}
		sp, err := d.ServicePrincipal(directory.AppCustomerInsights)
		if err != nil {
			rt.Fatal(err)
		}
		ids = append(ids, sp.ID)
		var in [n + 1][n + 1]bool // in[i][j]: i is a member of j
		for range rapid.IntRange(0, 40).Draw(rt, "steps") {
			i, j := rapid.IntRange(0, n).Draw(rt, "member"), rapid.IntRange(0, n-1).Draw(rt, "group")
			if i == j {
				continue
			}
			change, ok := d.AddMember, !in[i][j]
			if rapid.IntRange(0, 3).Draw(rt, "remove") == 0 {
				change, ok = d.RemoveMember, in[i][j]
			}
			if err := change(ids[j], ids[i]); (err == nil) != ok {
				rt.Fatalf("%d in %d: %v", i, j, err)
			} else if ok {
				in[i][j] = !in[i][j]
			}
		}
		want := in
		for k := range n + 1 {
			for i := range n + 1 {
				for j := range n + 1 {
					want[i][j] = want[i][j] || want[i][k] && want[k][j]
				}
			}
		}
		if err := s.Close(); err != nil {
			rt.Fatal(err)
		}
		again, _, _ := open(rt, fs)
		for _, d := range []*directory.Directory{d, again} {
			for i, id := range ids {
				var groups []access.ObjectID
				for j := range n {
					if want[i][j] && i != j {
						groups = append(groups, ids[j])
					}
				}
				slices.Sort(groups)
				if got := d.GroupsOf(id); !slices.Equal(groups, got) {
					rt.Fatalf("groups of %d: %v, want %v", i, got, groups)
				}
				if i == n {
					continue
				}
				for k := range ids {
					inside := slices.ContainsFunc(d.TransitiveMembers(id), func(o directory.Object) bool { return o.ObjectID() == ids[k] })
					if inside != (want[k][i] && k != i) {
						rt.Fatalf("%d in %d: %v, want %v", k, i, inside, want[k][i])
					}
				}
			}
		}
	})
}
