package microsoft_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/sharing"
	"github.com/ownlake/ownlake/sharing/microsoft"
	"github.com/ownlake/ownlake/tenant/directory"
)

const nobody access.ObjectID = "11111111-2222-4333-8444-555555555555"

func (b *box) directory() *microsoft.Directory { return microsoft.NewDirectory(b.user(b.admin)) }

func TestMeIsWhoeverSignedIn(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	me, err := b.directory().Me(t.Context())
	b.must(err)
	if want := (sharing.Principal{ID: b.admin.ID, Kind: sharing.UserPrincipal, Name: b.admin.UserPrincipalName}); me != want {
		t.Errorf("the user is %+v, want %+v", me, want)
	}
	sp, o := b.application("pipeline")
	me, err = microsoft.NewDirectory(o).Me(t.Context())
	b.must(err)
	if want := (sharing.Principal{ID: sp.ID, Kind: sharing.ServicePrincipal, Name: "pipeline"}); me != want {
		t.Errorf("the application is %+v, want %+v", me, want)
	}
	// A real tenant lets an application without permissions read nothing, not even itself.
	b.fail(1, "GET", "/servicePrincipals/", says(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."))
	me, err = microsoft.NewDirectory(o).Me(t.Context())
	b.must(err)
	if me.ID != sp.ID || me.Kind != sharing.ServicePrincipal || me.Name != sp.AppID {
		t.Errorf("an application that may not read itself is %+v", me)
	}
	b.unused()
}

func TestGroupsAreMadeFoundAndDeleted(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	d := b.directory()
	const name = "O'Brien & Söhne-Dataverse-readers"
	found, err := d.GroupsNamed(t.Context(), name)
	b.must(err)
	if len(found) != 0 {
		t.Fatalf("groups before there are any: %v", found)
	}
	made, err := d.CreateGroup(t.Context(), name, "Reads the lake")
	b.must(err)
	if made.Kind != sharing.GroupPrincipal || made.Name != name {
		t.Errorf("made %+v", made)
	}
	real, err := b.Directory.Group(made.ID)
	b.must(err)
	if real.Description != "Reads the lake" || !real.SecurityEnabled || real.MailEnabled || strings.ContainsAny(real.MailNickname, " '&ö") {
		t.Errorf("the directory has %+v", real)
	}
	got, err := d.Group(t.Context(), made.ID)
	b.must(err)
	if got != made {
		t.Errorf("read back %+v, want %+v", got, made)
	}
	b.group(strings.ToUpper(name))
	found, err = d.GroupsNamed(t.Context(), name)
	b.must(err)
	if !slices.Equal(found, []sharing.Principal{made}) {
		t.Errorf("groups of the name: %+v, want that one alone", found)
	}
	second := b.group(name)
	if found, err = d.GroupsNamed(t.Context(), name); err != nil || len(found) != 2 {
		t.Errorf("two groups of a name: %v %v", found, err)
	}
	b.must(d.DeleteGroup(t.Context(), second))
	is(t, d.DeleteGroup(t.Context(), second), errs.NotFound, "Request_ResourceNotFound")
	_, err = d.Group(t.Context(), second)
	is(t, err, errs.NotFound, "Request_ResourceNotFound")
}

func TestGroupsThatAreNotForSecurityAreOfNoUse(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	mail := func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		text := `{"id":"` + string(nobody) + `","displayName":"readers","securityEnabled":false}`
		if strings.HasSuffix(r.URL.Path, "/groups") {
			text = `{"value":[` + text + `]}`
		}
		_, _ = w.Write([]byte(text))
	}
	b.fail(2, "GET", "/groups", mail)
	if found, err := b.directory().GroupsNamed(t.Context(), "readers"); err != nil || len(found) != 0 {
		t.Errorf("found %v: %v", found, err)
	}
	_, err := b.directory().Group(t.Context(), nobody)
	is(t, err, errs.Invalid, "")
	b.unused()
}

func TestOwnersAndMembersComeAndGo(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	d := b.directory()
	service, err := d.ServicePrincipal(t.Context(), directory.AppDataverseLake)
	b.must(err)
	ann := b.User("ann")
	group, err := d.CreateGroup(t.Context(), "readers", "")
	b.must(err)
	sorted := cmpopts.SortSlices(func(a, b access.ObjectID) bool { return a < b })
	for _, r := range []struct {
		name        string
		list        func() ([]access.ObjectID, error)
		add, remove func(access.ObjectID) error
		before      []access.ObjectID
	}{
		{
			"owners", func() ([]access.ObjectID, error) { return d.Owners(t.Context(), group.ID) },
			func(id access.ObjectID) error { return d.AddOwner(t.Context(), group.ID, id) },
			func(id access.ObjectID) error { return d.RemoveOwner(t.Context(), group.ID, id) },
			[]access.ObjectID{b.admin.ID},
		},
		{
			"members", func() ([]access.ObjectID, error) { return d.Members(t.Context(), group.ID) },
			func(id access.ObjectID) error { return d.AddMember(t.Context(), group.ID, id) },
			func(id access.ObjectID) error { return d.RemoveMember(t.Context(), group.ID, id) },
			[]access.ObjectID{},
		},
	} {
		want := func(ids ...access.ObjectID) {
			t.Helper()
			got, err := r.list()
			b.must(err)
			if diff := cmp.Diff(append(ids, r.before...), got, sorted, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s (-want +got):\n%s", r.name, diff)
			}
		}
		want()
		b.must(r.add(service.ID))
		b.must(r.add(ann.ID))
		want(service.ID, ann.ID)
		is(t, r.add(service.ID), errs.Exists, "Request_BadRequest")
		// The id in the other case is the same principal.
		is(t, r.add(access.ObjectID(strings.ToUpper(string(service.ID)))), errs.Exists, "Request_BadRequest")
		b.must(r.remove(ann.ID))
		is(t, r.remove(ann.ID), errs.NotFound, "Request_ResourceNotFound")
		want(service.ID)
		is(t, r.add(nobody), errs.NotFound, "")
	}
	b.must(d.RemoveOwner(t.Context(), group.ID, service.ID))
	is(t, d.RemoveOwner(t.Context(), group.ID, b.admin.ID), errs.Conflict, "Request_BadRequest")
	_, err = d.Owners(t.Context(), nobody)
	is(t, err, errs.NotFound, "Request_ResourceNotFound")
	is(t, d.AddOwner(t.Context(), nobody, ann.ID), errs.NotFound, "Request_ResourceNotFound")
}

func TestABadRequestIsNoSuccess(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	d := b.directory()
	group, ann := b.group("readers"), b.User("ann")
	// The text of an owner who is there already, for one who is not: what is there decides.
	b.fail(1, "POST", "/owners/", says(400, "Request_BadRequest", "One or more added object references already exist for the following modified properties: 'owners'."))
	is(t, d.AddOwner(t.Context(), group, ann.ID), errs.Invalid, "Request_BadRequest")
	b.must(d.AddOwner(t.Context(), group, ann.ID))
	b.fail(1, "POST", "/owners/", says(400, "Request_BadRequest", "Etwas stimmt nicht."))
	is(t, d.AddOwner(t.Context(), group, ann.ID), errs.Exists, "Request_BadRequest")
	b.unused()
}

func TestServicePrincipalsAreMadeOnce(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	d := b.directory()
	app, err := b.Directory.CreateApplication(directory.Application{DisplayName: "Reports"})
	b.must(err)
	_, err = d.ServicePrincipal(t.Context(), app.AppID)
	is(t, err, errs.NotFound, "")
	made, err := d.CreateServicePrincipal(t.Context(), app.AppID)
	b.must(err)
	if made.Name != "Reports" || made.Kind != sharing.ServicePrincipal {
		t.Errorf("made %+v", made)
	}
	found, err := d.ServicePrincipal(t.Context(), app.AppID)
	b.must(err)
	if found != made {
		t.Errorf("found %+v, want %+v", found, made)
	}
	_, err = d.CreateServicePrincipal(t.Context(), app.AppID)
	is(t, err, errs.Exists, "Request_BadRequest")
	_, err = d.CreateServicePrincipal(t.Context(), string(nobody))
	is(t, err, errs.Invalid, "Request_BadRequest")
	b.must(d.DeleteServicePrincipal(t.Context(), made.ID))
	is(t, d.DeleteServicePrincipal(t.Context(), made.ID), errs.NotFound, "Request_ResourceNotFound")
}

func TestTheTenantsSettingIsToldFromALackOfRights(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	_, robot := b.application("robot")
	_, err := microsoft.NewDirectory(robot).CreateGroup(t.Context(), "readers", "")
	is(t, err, errs.Permission, "Authorization_RequestDenied")
	b.must(b.Directory.SetSettings(directory.Settings{DisableGroupCreation: true}))
	ann := microsoft.NewDirectory(b.user(b.User("ann")))
	_, err = ann.CreateGroup(t.Context(), "readers", "")
	is(t, err, errs.Permission, sharing.CodeGroupCreationDisabled)
	if !strings.Contains(string(errs.HintOf(err)), "Groups Administrator") {
		t.Errorf("the hint does not name who can: %q", errs.HintOf(err))
	}
	// Who may not read the policy hears of the refusal.
	b.fail(1, "GET", "/policies/", says(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."))
	_, err = ann.CreateGroup(t.Context(), "readers", "")
	is(t, err, errs.Permission, "Authorization_RequestDenied")
	if _, err := b.directory().CreateGroup(t.Context(), "readers", ""); err != nil {
		t.Errorf("an administrator may not either: %v", err)
	}
	b.unused()
}

func TestWhoMayNotIsRefused(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	group := b.group("readers")
	ann := b.User("ann")
	d := microsoft.NewDirectory(b.user(ann))
	is(t, d.AddOwner(t.Context(), group, ann.ID), errs.Permission, "Authorization_RequestDenied")
	is(t, d.AddMember(t.Context(), group, ann.ID), errs.Permission, "Authorization_RequestDenied")
	is(t, d.RemoveMember(t.Context(), group, ann.ID), errs.Permission, "Authorization_RequestDenied")
	is(t, d.DeleteGroup(t.Context(), group), errs.Permission, "Authorization_RequestDenied")
	_, robot := b.application("robot")
	_, err := microsoft.NewDirectory(robot).GroupsNamed(t.Context(), "readers")
	is(t, err, errs.Permission, "Authorization_RequestDenied")
	_, err = d.CreateServicePrincipal(t.Context(), string(nobody))
	is(t, err, errs.Permission, "Authorization_RequestDenied")
}

func TestListsOfManyPagesAreRead(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	group := b.group("readers")
	want := map[access.ObjectID]bool{}
	for i := range 250 { // the page is 100
		id := b.group(fmt.Sprintf("team %d", i))
		b.must(b.Directory.AddMember(group, id))
		want[id] = true
	}
	d := b.directory()
	got, err := d.Members(t.Context(), group)
	b.must(err)
	for _, id := range got {
		delete(want, id)
	}
	if len(got) != 250 || len(want) != 0 {
		t.Errorf("%d members read, %d missing", len(got), len(want))
	}
	if n := b.made("GET", "/members"); n != 3 {
		t.Errorf("%d pages asked for, want 3", n)
	}
	// A server that dies in the second page gives no half of a list.
	b.fail(10, "GET", "skiptoken", dies)
	_, err = d.Members(t.Context(), group)
	is(t, err, errs.Unavailable, "")
}

func TestTheTokenGoesToNoOtherHost(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	group := b.group("readers")
	b.fail(1, "GET", "/members", func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		_, _ = w.Write([]byte(`{"value":[],"@odata.nextLink":"https://graph.example/v1.0/next"}`))
	})
	_, err := b.directory().Members(t.Context(), group)
	is(t, err, errs.Unavailable, "")
	if err == nil || !strings.Contains(err.Error(), "another host") {
		t.Errorf("error %v", err)
	}
	// Nor does a redirect take it there.
	b.fail(1, "GET", "/members", func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		http.Redirect(w, r, "https://graph.example/v1.0/next", http.StatusTemporaryRedirect)
	})
	_, err = b.directory().Members(t.Context(), group)
	is(t, err, errs.Invalid, "")
}

func TestAThrottledDirectoryIsAskedAgain(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	d := b.directory()
	busy := says(429, "TooManyRequests", "Too many requests.")
	b.fail(2, "POST", "/groups", busy)
	group, err := d.CreateGroup(t.Context(), "readers", "")
	b.must(err)
	b.fail(3, "GET", "/owners", busy)
	if got, err := d.Owners(t.Context(), group.ID); err != nil || len(got) != 1 {
		t.Errorf("owners %v: %v", got, err)
	}
	b.fail(3, "GET", "/owners", says(503, "serviceNotAvailable", "Down."))
	if _, err := d.Owners(t.Context(), group.ID); err != nil {
		t.Errorf("a service that was down for a moment: %v", err)
	}
	b.unused()
	b.fail(4, "GET", "/owners", busy)
	_, err = d.Owners(t.Context(), group.ID)
	is(t, err, errs.Unavailable, "TooManyRequests")
}

func TestAGroupIsNotMadeTwiceWhereTheAnswerIsLost(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	d := b.directory()
	b.fail(1, "POST", "/groups", loses)
	_, err := d.CreateGroup(t.Context(), "readers", "")
	is(t, err, errs.Unavailable, "")
	found, err := d.GroupsNamed(t.Context(), "readers")
	b.must(err)
	if len(found) != 1 {
		t.Errorf("%d groups, want the one that was made", len(found))
	}
	b.unused()
}

func TestReplicasThatHaveNotHeardAreWaitedFor(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	d := b.directory()
	unheard := says(404, "Request_ResourceNotFound", "Resource does not exist.")
	b.fail(2, "GET", "/groups/", unheard)
	group, err := d.CreateGroup(t.Context(), "readers", "")
	b.must(err)
	ann := b.User("ann")
	b.fail(2, "POST", "/owners/", unheard)
	b.must(d.AddOwner(t.Context(), group.ID, ann.ID))
	b.unused()
	if len(b.waits) != 4 {
		t.Errorf("%d waits, want 4", len(b.waits))
	}
	// It does not wait for what it has not made.
	is(t, d.AddOwner(t.Context(), nobody, ann.ID), errs.NotFound, "")
	if len(b.waits) != 4 {
		t.Errorf("it waited for a group that is not there")
	}
	// Nor for ever.
	b.fail(100, "POST", "/members/", unheard)
	is(t, d.AddMember(t.Context(), group.ID, ann.ID), errs.NotFound, "Request_ResourceNotFound")
}

func TestABorrowedPrincipalSignsInAndGoes(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	d := b.directory()
	before := len(b.Directory.Applications())
	p, cred, remove, err := d.Borrow(t.Context(), "ownlake-check-reader")
	b.must(err)
	if me, err := microsoft.NewDirectory(b.optionsOf(cred)).Me(t.Context()); err != nil || me.ID != p.ID || me.Kind != sharing.ServicePrincipal {
		t.Errorf("signed in as %+v, want %+v: %v", me, p, err)
	}
	b.must(remove(t.Context()))
	is(t, remove(t.Context()), errs.NotFound, "Request_ResourceNotFound")
	// One that gets no secret can be given back all the same.
	b.fail(1, "POST", "/addPassword", says(403, "Authorization_RequestDenied", "No."))
	_, _, remove, err = d.Borrow(t.Context(), "ownlake-check-reader")
	is(t, err, errs.Permission, "Authorization_RequestDenied")
	b.must(remove(t.Context()))
	if after := len(b.Directory.Applications()); after != before {
		t.Errorf("%d applications afterwards, %d before", after, before)
	}
	_, robot := b.application("robot")
	if _, _, remove, err = microsoft.NewDirectory(robot).Borrow(t.Context(), "x"); !errs.Is(err, errs.Permission) || remove != nil {
		t.Errorf("an application without rights borrows: %v", err)
	}
	b.unused()
}
