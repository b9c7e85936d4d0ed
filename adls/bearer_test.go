package adls_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/lake"
)

func (l *testLake) ownedFilesystem(owner access.ObjectID, list access.ACL) {
	l.t.Helper()
	if _, err := l.store.CreateFilesystem(l.t.Context(), "files", lake.CreateFilesystemOptions{}); err != nil {
		l.t.Fatal(err)
	}
	l.permit(lake.Root, owner, staff, list)
}

func (l *testLake) put(p lake.Path) {
	l.t.Helper()
	if _, err := l.store.PutBlob(l.t.Context(), "files", p, strings.NewReader("content"), lake.PutBlobOptions{}); err != nil {
		l.t.Fatal(err)
	}
}

func (l *testLake) owns(fs lake.Filesystem, p lake.Path, want access.ObjectID) {
	l.t.Helper()
	got, err := l.store.Properties(l.t.Context(), fs, p, lake.Conditions{})
	if err != nil {
		l.t.Fatal(err)
	}
	if got.Owner != want {
		l.t.Errorf("%s/%s belongs to %q, want %q", fs, p, got.Owner, want)
	}
}

func (a answer) is(t *testing.T, status int, code string) {
	t.Helper()
	if a.status != status || a.code() != code {
		t.Errorf("answered %d %s, want %d %s\n%s", a.status, a.code(), status, code, a.body)
	}
}

var blockBlob = headers("x-ms-blob-type", "BlockBlob")

func TestWhatBearersMakeBelongsToThem(t *testing.T) {
	t.Parallel()
	l, d := tenantLake(t)
	d.assign(t, alice, access.StorageBlobDataContributor)
	d.assign(t, alice, access.Contributor)
	l.as(alice, call{method: "PUT", target: "/files?restype=container"}).is(t, 201, "")
	l.owns("files", lake.Root, alice)
	l.as(alice, call{method: "PUT", target: "/files/a/b/f?resource=file"}).is(t, 201, "")
	l.as(alice, call{method: "PUT", target: "/files/c/d/f", header: blockBlob, body: "x"}).is(t, 201, "")
	l.as(alice, call{method: "PUT", target: "/files/e/f?comp=blocklist", body: "<BlockList/>"}).is(t, 201, "")
	l.as(alice, call{method: "PUT", target: "/files/m/dir/", header: headers("x-ms-blob-type", "BlockBlob", "x-ms-meta-hdi_isfolder", "true")}).is(t, 201, "")
	l.as(alice, call{method: "PUT", target: "/files/copy/f", header: headers("x-ms-copy-source", l.url()+"/files/a/b/f")}).is(t, 202, "")
	for _, p := range []lake.Path{"a", "a/b", "a/b/f", "c", "c/d", "c/d/f", "e", "e/f", "m", "m/dir", "copy", "copy/f"} {
		l.owns("files", p, alice)
	}
}

func TestNobodyComesToOwnWhatTheyOverwrite(t *testing.T) {
	t.Parallel()
	l, _ := tenantLake(t)
	l.ownedFilesystem(bob, access.Permissions{Owner: 7, Other: access.Execute}.ACL())
	l.put("f")
	l.permit("f", bob, staff, access.Permissions{Owner: 7, Other: access.Read | access.Write}.ACL())
	for _, c := range []call{
		{method: "PUT", target: "/files/f?resource=file", header: headers("x-ms-permissions", "0777", "x-ms-umask", "0000")},
		{method: "PUT", target: "/files/f", header: blockBlob, body: "x"},
		{method: "PUT", target: "/files/f?comp=blocklist", body: "<BlockList/>"},
	} {
		l.as(alice, c).is(t, 201, "")
		l.owns("files", "f", bob)
		ac, err := l.store.AccessControl(t.Context(), "files", "f", lake.Conditions{})
		if err != nil || ac.Properties.Permissions != "rwx---rw-" {
			t.Errorf("after %s the file has %s (%v)", c.target, ac.Properties.Permissions, err)
		}
	}
	l.as(alice, call{method: "PUT", target: "/files/f?resource=file", header: headers("x-ms-owner", string(alice))}).is(t, 403, "AuthorizationPermissionMismatch")
	l.as(alice, call{method: "PUT", target: "/files/f?resource=file", header: headers("x-ms-acl", "user::rwx,group::rwx,other::rwx")}).is(t, 403, "AuthorizationPermissionMismatch")
}

func TestWhoMayOnlyAddOverwritesNothing(t *testing.T) {
	t.Parallel()
	l, d := tenantLake(t)
	l.ownedFilesystem(bob, access.Permissions{Owner: 7}.ACL())
	l.put("f")
	adder := access.RoleDefinition{ID: "adder", Name: "Adder", DataActions: []access.Action{access.BlobsAdd}}
	d.roles = []access.RoleAssignment{{Principal: alice, Role: adder, Scope: accountScope}}
	for _, c := range []call{
		{method: "PUT", target: "/files/P", header: blockBlob, body: "mine"},
		{method: "PUT", target: "/files/P?resource=file"},
		{method: "PUT", target: "/files/P?comp=blocklist", body: "<BlockList/>"},
		{method: "PUT", target: "/files/P?resource=file", header: headers("If-Match", "*")},
	} {
		over, beside := c, c
		over.target, beside.target = strings.Replace(c.target, "P", "f", 1), strings.Replace(c.target, "P", "new", 1)
		l.as(alice, over).is(t, 403, "UnauthorizedBlobOverwrite")
		if c.header["If-Match"] == "" {
			l.as(alice, beside).is(t, 201, "")
			if err := l.store.Delete(t.Context(), "files", "new", lake.DeleteOptions{}); err != nil {
				t.Fatal(err)
			}
		}
	}
	l.as(alice, call{method: "GET", target: "/files/f?snapshot="}).is(t, 403, "AuthorizationPermissionMismatch")
}

func TestListsChangeRecursivelyWhereTheCallerOwns(t *testing.T) {
	t.Parallel()
	l, _ := tenantLake(t)
	all := access.Permissions{Owner: 7, Group: 7, Other: 7}.ACL()
	l.ownedFilesystem(bob, all)
	for _, p := range []lake.Path{"d/mine", "d/theirs", "d/sub/mine"} {
		l.put(p)
		l.permit(p, alice, staff, access.Permissions{Owner: 6}.ACL())
	}
	l.permit("d", alice, staff, all)
	l.permit("d/sub", alice, staff, all)
	l.permit("d/theirs", bob, staff, access.Permissions{Owner: 6}.ACL())
	change := call{method: "PATCH", target: "/files/d?action=setAccessControlRecursive&mode=modify&forceFlag=true", header: headers("x-ms-acl", "user:"+string(carol)+":rwx")}
	a := l.as(alice, change)
	a.is(t, 200, "")
	for _, part := range []string{`"directoriesSuccessful":2`, `"filesSuccessful":2`, `"failureCount":1`, `"name":"d/theirs"`} {
		if !strings.Contains(a.body, part) {
			t.Errorf("the answer lacks %s: %s", part, a.body)
		}
	}
	ac, err := l.store.AccessControl(t.Context(), "files", "d/theirs", lake.Conditions{})
	if err != nil || strings.Contains(ac.ACL.String(), string(carol)) {
		t.Errorf("the list of another's file became %s (%v)", ac.ACL, err)
	}
	change.target = strings.Replace(change.target, "/d?", "/d/theirs?", 1)
	l.as(alice, change).is(t, 403, "AuthorizationPermissionMismatch")
}

func TestTheDenialOfOneSideStopsARenameBetweenFilesystems(t *testing.T) {
	t.Parallel()
	l, d := tenantLake(t)
	l.ownedFilesystem(bob, access.Permissions{Owner: 7}.ACL())
	l.put("f")
	if _, err := l.store.CreateFilesystem(t.Context(), "other", lake.CreateFilesystemOptions{}); err != nil {
		t.Fatal(err)
	}
	owner := role(t, access.StorageBlobDataOwner)
	rename := call{method: "PUT", target: "/other/f", header: headers("x-ms-rename-source", "/files/f")}
	for _, fs := range []string{"files", "other"} {
		d.roles = []access.RoleAssignment{{Principal: alice, Role: owner, Scope: accountScope.Container(fs)}}
		l.as(alice, rename).is(t, 403, "AuthorizationPermissionMismatch")
	}
	d.roles = append(d.roles, access.RoleAssignment{Principal: alice, Role: owner, Scope: accountScope.Container("files")})
	l.as(alice, rename).is(t, 201, "")
}

func TestACopyFromElsewhereTakesATokenForItsSource(t *testing.T) {
	t.Parallel()
	l, d := tenantLake(t)
	l.ownedFilesystem(bob, access.Permissions{Owner: 7, Group: 7, Other: access.Execute}.ACL())
	l.put("secret")
	l.permit("secret", bob, staff, access.Permissions{Owner: 6}.ACL())
	d.groups[alice] = []access.ObjectID{staff}
	c := call{method: "PUT", target: "/files/copy?comp=block&blockid=AAAA", header: headers("x-ms-copy-source", l.url()+"/files/secret")}
	l.as(alice, c).is(t, 403, "CannotVerifyCopySource")
	c.header["x-ms-copy-source-authorization"] = "Bearer " + string(carol)
	l.as(alice, c).is(t, 403, "CannotVerifyCopySource")
	c.header["x-ms-copy-source-authorization"] = "Bearer " + string(bob)
	l.as(alice, c).is(t, 201, "")
	c.header["x-ms-copy-source-authorization"] = "Bearer nonsense"
	l.as(alice, c).is(t, 403, "CannotVerifyCopySource")
}

func TestListingsEndWhereTheCallerMayNotLook(t *testing.T) {
	t.Parallel()
	l, _ := tenantLake(t)
	open := access.Permissions{Owner: 7, Other: access.Read | access.Execute}.ACL()
	l.ownedFilesystem(bob, open)
	for _, p := range []lake.Path{"a/f", "b/closed/f", "b/g", "c/f"} {
		l.put(p)
	}
	for _, p := range []lake.Path{"a", "b", "c"} {
		l.permit(p, bob, staff, open)
	}
	l.permit("b/closed", bob, staff, access.Permissions{Owner: 7}.ACL())
	for _, target := range []string{
		"/files?resource=filesystem&recursive=true", "/files?restype=container&comp=list",
		"/files?resource=filesystem&recursive=true&directory=b", "/files?restype=container&comp=list&prefix=b/",
		"/files?resource=filesystem&recursive=false&directory=b/closed",
	} {
		a := l.as(alice, call{method: "GET", target: target})
		a.is(t, 403, "AuthorizationPermissionMismatch")
		if strings.Contains(a.body, "closed") && !strings.Contains(target, "closed") {
			t.Errorf("%s tells what it refuses: %s", target, a.body)
		}
	}
	for _, target := range []string{
		"/files?resource=filesystem&recursive=false&directory=b", "/files?restype=container&comp=list&prefix=b/&delimiter=/",
		"/files?resource=filesystem&recursive=true&directory=a", "/files?restype=container&comp=list&prefix=c",
	} {
		l.as(alice, call{method: "GET", target: target}).is(t, 200, "")
	}
	l.as(alice, call{method: "GET", target: "/files?restype=container&comp=list&prefix=a/&include=tags"}).is(t, 403, "AuthorizationPermissionMismatch")
}

// TestAParameterOfAnotherOperationOpensNothing: what a request is judged by must be the path it acts on.
func TestAParameterOfAnotherOperationOpensNothing(t *testing.T) {
	t.Parallel()
	l, _ := tenantLake(t)
	l.ownedFilesystem(bob, access.Permissions{Owner: 7, Other: access.Execute}.ACL())
	for _, p := range []lake.Path{"mine/f", "theirs/f"} {
		l.put(p)
	}
	l.permit("mine", alice, staff, access.Permissions{Owner: 7}.ACL())
	l.permit("theirs", bob, staff, access.Permissions{Owner: 7}.ACL())
	for _, c := range []call{
		{method: "GET", target: "/files?resource=filesystem&recursive=true&directory=theirs&prefix=mine/"},
		{method: "GET", target: "/files?restype=container&comp=list&prefix=theirs/&directory=mine"},
		{method: "GET", target: "/files?restype=container&comp=list&directory=mine"},
		{method: "GET", target: "/files/theirs/f?directory=mine&action=read"},
		{method: "GET", target: "/files/mine/../theirs/f?action=read"},
		{method: "GET", target: "/files/mine%2F..%2Ftheirs/f?action=read"},
	} {
		if a := l.as(alice, c); a.status < 400 {
			t.Errorf("%s %s answered %d: %s", c.method, c.target, a.status, a.body)
		}
	}
}

func TestARefusedTokenIsAskedForAnother(t *testing.T) {
	t.Parallel()
	l, _ := tenantLake(t)
	l.ownedFilesystem(bob, access.Permissions{Owner: 7}.ACL())
	a := l.as("nonsense", call{method: "GET", target: "/files?restype=container&comp=list"})
	a.is(t, 401, "InvalidAuthenticationInfo")
	want := "Bearer authorization_uri=https://login.example/" + tenant + "/oauth2/authorize resource_id=https://storage.azure.com"
	if got := a.header.Get("WWW-Authenticate"); got != want {
		t.Errorf("WWW-Authenticate is %q, want %q", got, want)
	}
	a = l.do(call{method: "GET", target: "/files?restype=container&comp=list", unsigned: true})
	a.is(t, 401, "NoAuthenticationInformation")
	if got := a.header.Get("WWW-Authenticate"); got != want {
		t.Errorf("without a token WWW-Authenticate is %q, want %q", got, want)
	}
	l.as(bob, call{method: "GET", target: "/files?restype=container&comp=list", header: headers("x-ms-version", "2017-07-29")}).is(t, 403, "AuthenticationFailed")
}

func TestABatchIsJudgedRequestByRequest(t *testing.T) {
	t.Parallel()
	l, _ := tenantLake(t)
	l.ownedFilesystem(bob, access.Permissions{Owner: 7, Other: access.Execute}.ACL())
	for _, p := range []lake.Path{"mine/f", "theirs/f"} {
		l.put(p)
	}
	l.permit("mine", alice, staff, access.Permissions{Owner: 7}.ACL())
	l.permit("theirs", bob, staff, access.Permissions{Owner: 7}.ACL())
	part := func(path string) string {
		return "--b\r\nContent-Type: application/http\r\nContent-ID: 0\r\n\r\nDELETE /" + account + "/files/" + path + " HTTP/1.1\r\nAuthorization: Bearer " +
			string(alice) + "\r\nx-ms-version: 2024-11-04\r\n\r\n"
	}
	a := l.as(alice, call{
		method: "POST", target: "/files?restype=container&comp=batch", header: headers("Content-Type", "multipart/mixed; boundary=b"),
		body: part("mine/f") + part("theirs/f") + "--b--\r\n",
	})
	a.is(t, http.StatusAccepted, "")
	if strings.Count(a.body, "HTTP/1.1 202") != 1 || strings.Count(a.body, "HTTP/1.1 403") != 1 {
		t.Errorf("want one deletion done and one refused:\n%s", a.body)
	}
	if _, err := l.store.Properties(t.Context(), "files", "theirs/f", lake.Conditions{}); err != nil {
		t.Errorf("another's file: %v", err)
	}
}

// TestARoleThatIsTakenAwayCountsForNoLaterRequest also holds for groups.
func TestARoleThatIsTakenAwayCountsForNoLaterRequest(t *testing.T) {
	t.Parallel()
	l, d := tenantLake(t)
	l.ownedFilesystem(bob, access.Permissions{Owner: 7}.ACL())
	l.put("f")
	read := call{method: "GET", target: "/files/f?snapshot="}
	d.assign(t, staff, access.StorageBlobDataReader)
	l.as(alice, read).is(t, 403, "AuthorizationPermissionMismatch")
	d.groups[alice] = []access.ObjectID{staff}
	l.as(alice, read).is(t, 200, "")
	d.roles = nil
	l.as(alice, read).is(t, 403, "AuthorizationPermissionMismatch")
}

// TestTwoWhoCreateTheSamePathDoNotOverwriteByChance: lists let both create while it is missing, and one of them, later,
// not overwrite what the other has made.
func TestTwoWhoCreateTheSamePathDoNotOverwriteByChance(t *testing.T) {
	t.Parallel()
	l, _ := tenantLake(t)
	l.ownedFilesystem(bob, access.Permissions{Owner: 7, Other: access.Write | access.Execute}.ACL())
	done := make(chan answer)
	for range 20 {
		for _, p := range []access.ObjectID{alice, carol} {
			go func() {
				done <- l.as(p, call{method: "PUT", target: "/files/f", header: blockBlob, body: string(p)})
			}()
		}
		made := 0
		for range 2 {
			switch a := <-done; {
			case a.status == http.StatusCreated:
				made++
			case a.status != http.StatusForbidden && a.status != http.StatusServiceUnavailable:
				t.Errorf("answered %d %s", a.status, a.code())
			}
		}
		if made != 1 {
			t.Errorf("%d of two made the file", made)
		}
		if err := l.store.Delete(t.Context(), "files", "f", lake.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
	}
}
