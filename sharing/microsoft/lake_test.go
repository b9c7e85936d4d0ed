package microsoft_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/sharing"
	"github.com/ownlake/ownlake/sharing/microsoft"
	"github.com/ownlake/ownlake/tenant/resources"
)

const (
	readerGroup      access.ObjectID = "aaaaaaaa-0000-4000-8000-000000000001"
	contributorGroup access.ObjectID = "cccccccc-0000-4000-8000-000000000001"
)

var container = accountScope.Container(sharing.Container)

// grant gives a principal a role at once.
func (b *box) grant(id access.ObjectID, kind resources.PrincipalType, at access.Scope, role string) {
	b.t.Helper()
	_, _, err := b.resources.PutRoleAssignment(resources.RoleAssignment{
		Name: uuid.NewString(), Scope: at, Principal: id, PrincipalType: kind, Role: role, CreatedBy: b.admin.ID,
	})
	b.must(err)
}

// lakeWith makes the container with files, and returns it for the admin, who owns the data.
func (b *box) lakeWith(files ...lake.Path) *microsoft.Lake {
	b.t.Helper()
	b.grant(b.admin.ID, resources.User, accountScope, access.StorageBlobDataOwner)
	_, err := b.store.CreateFilesystem(b.t.Context(), sharing.Container, lake.CreateFilesystemOptions{})
	b.must(err)
	for _, f := range files {
		_, err := b.store.PutBlob(b.t.Context(), sharing.Container, f, strings.NewReader("x"), lake.PutBlobOptions{})
		b.must(err)
	}
	return b.lakeOf(b.user(b.admin))
}

func (b *box) lakeOf(o microsoft.Options) *microsoft.Lake {
	b.t.Helper()
	l, err := microsoft.NewLake(o, b.Endpoints(accountName).DFS, sharing.Container)
	b.must(err)
	return l
}

func parse(tb testing.TB, text string) access.ACL {
	tb.Helper()
	list, err := access.ParseACL(text)
	if err != nil {
		tb.Fatal(err)
	}
	return list
}

func TestListsAreReadAndReplaced(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	l := b.lakeWith("ci/Söhne & Co/50%/a+b #1?.csv")
	for _, p := range []lake.Path{lake.Root, "ci", "ci/Söhne & Co/50%", "ci/Söhne & Co/50%/a+b #1?.csv"} {
		want := parse(t, "user::rwx,group::r-x,group:"+string(readerGroup)+":r-x,mask::r-x,other::---")
		b.must(l.SetACL(t.Context(), p, want))
		got, err := l.ACL(t.Context(), p)
		b.must(err)
		if got.String() != want.String() {
			t.Errorf("%q has %s, want %s", p, got, want)
		}
		kept, err := b.store.AccessControl(t.Context(), sharing.Container, p, lake.Conditions{})
		b.must(err)
		if kept.ACL.String() != want.String() {
			t.Errorf("the store has %s for %q, want %s", kept.ACL, p, want)
		}
	}
	_, err := l.ACL(t.Context(), "none")
	is(t, err, errs.NotFound, "")
	is(t, l.SetACL(t.Context(), "none", parse(t, "user::rwx,group::r-x,other::---")), errs.NotFound, "PathNotFound")
	is(t, l.SetACL(t.Context(), "ci", parse(t, "user::rwx")), errs.Invalid, "InvalidAcl")
}

func TestListsOfATreeAreChangedPageByPage(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	files := make([]lake.Path, 0, 2500)
	for i := range 2500 {
		files = append(files, lake.Path(fmt.Sprintf("d%d/f%04d", i%7, i)))
	}
	l := b.lakeWith(files...)
	entries := parse(t, fmt.Sprintf("group:%[1]s:r-x,group:%[2]s:rwx,default:group:%[1]s:r-x,default:group:%[2]s:rwx", readerGroup, contributorGroup))
	run := func(mode sharing.RecursiveMode) (total sharing.Changed, pages int) {
		t.Helper()
		for {
			page, err := l.ChangeACLs(t.Context(), lake.Root, mode, entries, total.Continuation)
			b.must(err)
			pages++
			total.Directories, total.Files, total.Continuation = total.Directories+page.Directories, total.Files+page.Files, page.Continuation
			if page.Continuation == "" {
				return total, pages
			}
		}
	}
	before := b.lists()
	if total, pages := run(sharing.Modify); total.Directories != 8 || total.Files != 2500 || pages != 2 {
		t.Errorf("changed %+v in %d pages, want 8 directories and 2500 files in 2", total, pages)
	}
	for p, list := range b.lists() {
		if !strings.Contains(list, "group:"+string(readerGroup)+":r-x,group:"+string(contributorGroup)+":rwx") {
			t.Fatalf("%q has %s", p, list)
		}
		if isDirectory := !strings.Contains(string(p), "/"); isDirectory != strings.Contains(list, "default:group:"+string(readerGroup)) {
			t.Fatalf("%q has the default list of %s", p, list)
		}
	}
	if total, _ := run(sharing.Remove); total.Files != 2500 {
		t.Errorf("changed back %+v", total)
	}
	named := func(lists map[lake.Path]string) (n int) {
		for list := range maps.Values(lists) {
			if strings.Contains(list, string(readerGroup)) {
				n++
			}
		}
		return n
	}
	if n := named(b.lists()); n != 0 || len(before) != 2508 {
		t.Errorf("%d of %d paths still name the group", n, len(before))
	}
}

// lists are those of all paths, as the store has them.
func (b *box) lists() map[lake.Path]string {
	b.t.Helper()
	all := map[lake.Path]string{}
	add := func(p lake.Path) {
		ac, err := b.store.AccessControl(b.t.Context(), sharing.Container, p, lake.Conditions{})
		b.must(err)
		all[p] = ac.ACL.String()
	}
	add(lake.Root)
	o := lake.ListOptions{Recursive: true}
	for {
		page, err := b.store.List(b.t.Context(), sharing.Container, lake.Root, o)
		b.must(err)
		for _, e := range page.Entries {
			add(e.Path)
		}
		if o.Continuation = page.Continuation; o.Continuation == "" {
			return all
		}
	}
}

func TestPathsWhoseListsCannotBeChangedAreListed(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	b.lakeWith("mine", "theirs", "sub/theirs")
	ann := b.User("ann")
	open := parse(t, "user::rwx,group::rwx,other::rwx")
	for p, owner := range map[lake.Path]access.ObjectID{lake.Root: ann.ID, "mine": ann.ID, "theirs": b.admin.ID, "sub": b.admin.ID, "sub/theirs": b.admin.ID} {
		b.own(p, owner, open)
	}
	l := b.lakeOf(b.user(ann))
	entries := parse(t, "group:"+string(readerGroup)+":r-x")
	got, err := l.ChangeACLs(t.Context(), lake.Root, sharing.Modify, entries, "")
	b.must(err)
	if got.Directories != 1 || got.Files != 1 || got.Continuation != "" || len(got.Failures) != 3 {
		t.Errorf("changed %+v", got)
	}
	paths := map[lake.Path]bool{}
	for _, f := range got.Failures {
		paths[f.Path] = f.IsDirectory
		if f.Reason == "" {
			t.Errorf("no reason for %s", f.Path)
		}
	}
	if diff := cmp.Diff(map[lake.Path]bool{"theirs": false, "sub": true, "sub/theirs": false}, paths); diff != "" {
		t.Errorf("failures (-want +got):\n%s", diff)
	}
	_, err = l.ChangeACLs(t.Context(), "theirs", sharing.Modify, entries, "")
	is(t, err, errs.Permission, "AuthorizationPermissionMismatch")
}

// own gives a path to somebody, with a list.
func (b *box) own(p lake.Path, owner access.ObjectID, list access.ACL) {
	b.t.Helper()
	_, err := b.store.SetAccessControl(b.t.Context(), sharing.Container, p, lake.AccessControlUpdate{Owner: owner, ACL: list}, lake.Conditions{})
	b.must(err)
}

func TestAChangeGoesOnAfterAServerThatDied(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	l := b.lakeWith("a", "b")
	entries := parse(t, "group:"+string(readerGroup)+":r-x")
	b.fail(4, "PATCH", "setAccessControlRecursive", dies)
	_, err := l.ChangeACLs(t.Context(), lake.Root, sharing.Modify, entries, "")
	is(t, err, errs.Unavailable, "")
	b.mend()
	// An answer that is lost and one that is refused for the load are asked for again by themselves.
	b.fail(1, "PATCH", "setAccessControlRecursive", loses)
	b.fail(1, "PATCH", "setAccessControlRecursive", says(503, "ServerBusy", "The server is currently unable to receive requests."))
	got, err := l.ChangeACLs(t.Context(), lake.Root, sharing.Modify, entries, "")
	b.must(err)
	if got.Directories != 1 || got.Files != 2 {
		t.Errorf("changed %+v", got)
	}
	b.unused()
	// What comes from something in between, and not from the service, is no page.
	for _, text := range []string{"{}", "<html>", ""} {
		b.fail(1, "PATCH", "setAccessControlRecursive", func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			_, _ = w.Write([]byte(text))
		})
		_, err = l.ChangeACLs(t.Context(), lake.Root, sharing.Modify, entries, "")
		is(t, err, errs.Unavailable, "")
	}
	_, err = l.ChangeACLs(t.Context(), lake.Root, sharing.Modify, entries, "nonsense")
	is(t, err, errs.Invalid, "")
	_, err = l.ChangeACLs(t.Context(), lake.Root, "set", entries, "")
	is(t, err, errs.Invalid, "")
}

func TestAWalkVisitsEverythingWithItsList(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	l := b.lakeWith("ci/a.csv", "ci/sub/b.parquet", "other/c")
	walk := func(p lake.Path) (seen []string) {
		t.Helper()
		b.must(l.Walk(t.Context(), p, func(p lake.Path, isDirectory bool, list access.ACL) error {
			seen = append(seen, fmt.Sprintf("%s %v %s", p, isDirectory, list))
			return nil
		}))
		slices.Sort(seen)
		return seen
	}
	var want []string
	for p, list := range b.lists() {
		isDirectory := p == lake.Root || p == "ci" || p == "ci/sub" || p == "other"
		want = append(want, fmt.Sprintf("%s %v %s", p, isDirectory, list))
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, walk(lake.Root)); diff != "" {
		t.Errorf("from the root (-want +got):\n%s", diff)
	}
	if got := walk("ci"); len(got) != 4 {
		t.Errorf("below ci: %q", got)
	}
	stop := errs.E(errs.Conflict, "enough")
	if err := l.Walk(t.Context(), lake.Root, func(lake.Path, bool, access.ACL) error { return stop }); err != stop { //nolint:errorlint // that one
		t.Errorf("the visit's error became %v", err)
	}
	var folders []string
	b.must(l.WalkDirectories(t.Context(), lake.Root, func(p lake.Path, _ bool, _ access.ACL) error {
		folders = append(folders, string(p))
		return nil
	}))
	if diff := cmp.Diff([]string{"", "ci", "ci/sub", "other"}, folders); diff != "" {
		t.Errorf("folders (-want +got):\n%s", diff)
	}
	before := b.made("HEAD", "/other/c")
	b.fail(1, "GET", "comp=list", withoutLists)
	if diff := cmp.Diff(want, walk(lake.Root)); diff != "" || b.made("HEAD", "/other/c") == before {
		t.Errorf("where the listing leaves lists out (-want +got):\n%s", diff)
	}
	// What goes between the listing and its turn is passed over.
	b.fail(2, "GET", "comp=list", withoutLists)
	b.fail(1, "HEAD", "other/c", says(404, "PathNotFound", "The specified path does not exist."))
	if got := walk("other"); len(got) != 1 {
		t.Errorf("with a file that has gone: %q", got)
	}
	b.fail(1, "HEAD", "other/c", says(403, "AuthorizationPermissionMismatch", "No."))
	is(t, l.Walk(t.Context(), "other", func(lake.Path, bool, access.ACL) error { return nil }), errs.Permission, "")
	is(t, l.Walk(t.Context(), "none", nil), errs.NotFound, "")
}

// withoutLists is a listing of blobs that tells no lists.
func withoutLists(w http.ResponseWriter, r *http.Request, real http.Handler) {
	answer := httptest.NewRecorder()
	real.ServeHTTP(answer, r)
	maps.Copy(w.Header(), answer.Header())
	w.Header().Del("Content-Length")
	w.WriteHeader(answer.Code)
	_, _ = w.Write(regexp.MustCompile("<Acl>[^<]*</Acl>").ReplaceAll(answer.Body.Bytes(), nil))
}

func TestAContainerIsEmptyOrNot(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	l := b.lakeWith()
	if empty, err := l.IsEmpty(t.Context()); err != nil || !empty {
		t.Errorf("an empty container: %v %v", empty, err)
	}
	_, err := b.store.PutBlob(t.Context(), sharing.Container, "a", strings.NewReader("x"), lake.PutBlobOptions{})
	b.must(err)
	if empty, err := l.IsEmpty(t.Context()); err != nil || empty {
		t.Errorf("a container with a file: %v %v", empty, err)
	}
	b.must(b.store.DeleteFilesystem(t.Context(), sharing.Container, lake.Conditions{}))
	_, err = l.IsEmpty(t.Context())
	is(t, err, errs.NotFound, "FilesystemNotFound")
	_, err = l.ACL(t.Context(), lake.Root)
	is(t, err, errs.NotFound, "FilesystemNotFound")
}

func TestTheLakesRefusalsAreTold(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	l := b.lakeWith("a")
	stranger := b.lakeOf(b.user(b.User("stranger")))
	_, err := stranger.ACL(t.Context(), "a")
	is(t, err, errs.Permission, "AuthorizationPermissionMismatch")
	is(t, stranger.SetACL(t.Context(), "a", parse(t, "user::rwx,group::r-x,other::---")), errs.Permission, "AuthorizationPermissionMismatch")
	_, err = b.resources.UpdateAccount(subscription, "lakes", accountName, func(a *resources.Account) error {
		a.Network.DefaultAction = resources.Deny
		return nil
	})
	b.must(err)
	_, err = l.IsEmpty(t.Context())
	is(t, err, errs.Unavailable, "AuthorizationFailure")
	for code, kind := range map[string]errs.Kind{"EndpointUnsupportedAccountFeatures": errs.Conflict, "HierarchicalNamespaceNotEnabled": errs.Conflict} {
		b.fail(1, "PATCH", "setAccessControl", says(409, code, "No.\nRequestId:1\nTime:2"))
		is(t, l.SetACL(t.Context(), "a", parse(t, "user::rwx,group::r-x,other::---")), kind, errs.Code(code))
	}
	b.fail(1, "PATCH", "setAccessControl", says(412, "ConditionNotMet", "No."))
	is(t, l.SetACL(t.Context(), "a", parse(t, "user::rwx,group::r-x,other::---")), errs.Precondition, "")
}

func TestAnEndpointIsHostStyleToo(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	b.lakeWith("ci/a")
	o := b.user(b.admin)
	var hosts []string
	microsoft.SetTransport(&o, func(r *http.Request) (*http.Response, error) {
		hosts = append(hosts, r.Host+r.URL.Path)
		r.URL.Host, r.Host = strings.TrimPrefix(b.Server.URL, "https://"), ""
		r.URL.Path, r.URL.RawPath = "/"+accountName+r.URL.Path, ""
		return b.Client().Do(r)
	})
	l, err := microsoft.NewLake(o, "https://contoso.dfs.core.windows.net", sharing.Container)
	b.must(err)
	for _, p := range []lake.Path{lake.Root, "ci/a"} {
		if _, err := l.ACL(t.Context(), p); err != nil {
			t.Error(err)
		}
	}
	if diff := cmp.Diff([]string{"contoso.dfs.core.windows.net/customerinsights/", "contoso.dfs.core.windows.net/customerinsights/ci/a"}, hosts); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

func TestTokensAreShownToNoOtherEndpoint(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	for _, endpoint := range []string{"", "http://contoso.dfs.core.windows.net", "https://", "https://u:p@h", "https://h?x", "https://h#x"} {
		_, err := microsoft.NewLake(b.user(b.admin), endpoint, sharing.Container)
		is(t, err, errs.Invalid, "")
	}
	_, err := microsoft.NewLake(b.user(b.admin), "https://h", "No Container")
	is(t, err, errs.Invalid, "")
}
