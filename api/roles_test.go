package api_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/ownlake/ownlake/api"
	"github.com/ownlake/ownlake/insights"
)

// What a route needs, beside a role: nothing at all, or that somebody has signed in.
const (
	nobody   insights.Role = "nobody"
	signedIn insights.Role = "signed in"
)

// needed says by operation which role a caller needs: in the environment of the path and, for those marked with a *, on
// the server (ROL-1 to ROL-4).
var needed = map[string]insights.Role{
	"getVersion": nobody, "getSignInOptions": nobody, "beginSignIn": nobody, "finishSignIn": nobody, "followLink": nobody,

	"getMe": signedIn, "listSessions": signedIn, "endOtherSession": signedIn, "endSession": signedIn, "listTokens": signedIn,
	"createToken": signedIn, "revokeToken": signedIn, "listRegions": signedIn, "listEnvironments": signedIn,

	"createLink": "*" + insights.Owner, "applyProject": "*" + insights.Administrator, "createEnvironment": "*" + insights.Administrator,
	"checkEnvironment": "*" + insights.Administrator, "connectAccount": "*" + insights.Administrator,
	"beginCloudSignIn": "*" + insights.Administrator, "getCloudSignIn": "*" + insights.Administrator, "endCloudSignIn": "*" + insights.Administrator,
	"listSubscriptions": "*" + insights.Administrator, "listResourceGroups": "*" + insights.Administrator, "listStorageAccounts": "*" + insights.Administrator,

	"getEnvironment": insights.Viewer, "getStatus": insights.Viewer, "getDefinitions": insights.Viewer, "listSources": insights.Viewer,
	"listRuns": insights.Viewer, "getRun": insights.Viewer, "listTables": insights.Viewer, "listRows": insights.Viewer, "exportTable": insights.Viewer,

	"putDefinitions": insights.Contributor, "inspectSource": insights.Contributor, "startRun": insights.Contributor, "cancelRun": insights.Contributor,

	"getTable": insights.Viewer, "getProfile": insights.Viewer, "searchCustomers": insights.Viewer, "getCustomer": insights.Viewer,
	"getAbout":  signedIn,
	"followRun": insights.Viewer, "getLake": insights.Viewer, "listLake": insights.Viewer, "getLakeEntry": insights.Viewer,
	"getLakeACL": insights.Viewer, "readLakeFile": insights.Viewer, "listUploads": insights.Contributor, "uploadFile": insights.Contributor,
	"writeLakeFile": insights.Administrator, "deleteLakePath": insights.Administrator, "renameLakePath": insights.Administrator,
	"createLakeDirectory": insights.Administrator,

	"updateConnection": insights.Administrator, "listPermissions": insights.Administrator, "getPermission": insights.Administrator,
	"setPermission": insights.Administrator, "removePermission": insights.Administrator, "searchPrincipals": insights.Administrator,
	"listAudit":             insights.Administrator,
	"listServerPermissions": "*" + insights.Administrator, "getServerPermission": "*" + insights.Administrator, "setServerPermission": "*" + insights.Administrator,
	"removeServerPermission": "*" + insights.Administrator, "searchAllPrincipals": "*" + insights.Administrator, "listServerAudit": "*" + insights.Administrator,

	"getDataverse": insights.Viewer, "checkDataverse": insights.Administrator, "linkDataverse": insights.Administrator,
	"listOrganizations": "*" + insights.Administrator, "detachOrganization": "*" + insights.Administrator,

	"readIdentifier": signedIn, "getSharing": insights.Administrator, "planSharing": insights.Administrator, "createSharingGroups": insights.Administrator,
	"listSharingJobs": insights.Administrator, "startSharingJob": insights.Administrator, "getSharingJob": insights.Administrator,
	"cancelSharingJob": insights.Administrator, "explainAccess": insights.Administrator, "listAccess": insights.Administrator,

	"deleteEnvironment": insights.Owner,
}

func TestEveryRouteLetsInWhomItShould(t *testing.T) {
	t.Parallel()
	_, d := describe(t)
	seen := 0
	for template, methods := range d.Paths {
		for method, op := range methods {
			seen++
			t.Run(op.OperationID, func(t *testing.T) {
				t.Parallel()
				need, ok := needed[op.OperationID]
				if !ok {
					t.Fatalf("%s %s is not in the table of this test: who may call it?", method, template)
				}
				tryRoles(t, strings.ToUpper(method), template, need)
			})
		}
	}
	if seen != len(needed) {
		t.Errorf("%d routes are described and %d are in the table", seen, len(needed))
	}
}

// tryRoles calls a route as somebody of every role, in its environment, in another one, and on the server. What is sent
// beside makes no sense to most routes: only who is refused is of interest.
func tryRoles(t *testing.T, method, template string, need insights.Role) {
	t.Helper()
	o := options(&fakeServices{})
	h := api.New(o)
	path := strings.NewReplacer("{environment}", string(id)).Replace(strings.TrimPrefix(template, api.BasePath))
	role, onServer := strings.CutPrefix(string(need), "*")
	refused := func(b *browser) int {
		w := b.do(method, path, "")
		if body := w.Body.String(); w.Code == http.StatusUnauthorized && strings.Contains(body, "nobody has signed in") ||
			w.Code == http.StatusForbidden && strings.Contains(body, `"code":"RoleRequired"`) {
			return w.Code
		}
		return 0
	}
	check := func(who string, b *browser, want int) {
		t.Helper()
		if got := refused(b); got != want {
			t.Errorf("%s: refused with status %d, want %d (0: let in)", who, got, want)
		}
	}
	wantIf := func(refuse bool, status int) int {
		if refuse {
			return status
		}
		return 0
	}
	check("nobody", newBrowser(t, h), wantIf(need != nobody, http.StatusUnauthorized))
	free := need == nobody || need == signedIn
	for _, have := range append([]insights.Role{""}, insights.Roles()...) {
		for _, at := range []insights.EnvironmentID{id, "22222222-2222-3333-4444-555555555555", insights.AllEnvironments} {
			for _, by := range []string{"user", "group"} {
				who := string(have) + by + string(at)
				if have != "" {
					assign(t, o, at, who, have)
				}
				b := newBrowser(t, h)
				if by == "user" {
					b.signInAs(o, insights.Principal{Kind: insights.UserPrincipal, ID: who})
				} else {
					b.signInAs(o, insights.Principal{Kind: insights.UserPrincipal, ID: "member of " + who}, who)
				}
				reaches := at == insights.AllEnvironments || at == id && !onServer
				check(string(have)+" at "+string(at)+" as "+by, b, wantIf(!free && (!reaches || !have.Includes(insights.Role(role))), http.StatusForbidden))
			}
		}
	}
}

func assign(t *testing.T, o api.Options, at insights.EnvironmentID, who string, role insights.Role) {
	t.Helper()
	_, err := o.Access.Permissions.Set(insights.RoleAssignment{Environment: at, Principal: insights.Principal{ID: who}, Role: role}, nil)
	if err != nil {
		t.Fatal(err)
	}
}

func TestOneSeesTheEnvironmentsOneHasARoleIn(t *testing.T) {
	t.Parallel()
	o := options(&fakeServices{})
	h := api.New(o)
	assign(t, o, id, "ann", insights.Viewer)
	ann, bob := newBrowser(t, h), newBrowser(t, h)
	ann.signInAs(o, insights.Principal{Kind: insights.UserPrincipal, ID: "ann"})
	bob.signInAs(o, insights.Principal{Kind: insights.UserPrincipal, ID: "bob"})
	if list := decode[[]insights.Environment](t, ann.want(200, "GET", "/environments", "")); len(list) != 1 {
		t.Errorf("Ann sees %v, want Contoso", list)
	}
	if me := decode[api.Me](t, ann.want(200, "GET", "/me", "")); !slices.Equal(me.Environments, []api.MyEnvironment{{ID: id, Name: "Contoso", Role: insights.Viewer}}) {
		t.Errorf("Ann has %+v", me.Environments)
	}
	if list := decode[[]insights.Environment](t, bob.want(200, "GET", "/environments", "")); len(list) != 0 {
		t.Errorf("Bob sees %v, want none", list)
	}
}
