package arm_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/tenant/arm"
	"github.com/ownlake/ownlake/tenant/resources"
)

// Who may do what: a letter for each role that allows it when it is held at the subscription.
var roleLetters = map[byte]string{
	'O': access.Owner, 'C': access.Contributor, 'R': access.Reader, 'U': access.UserAccessAdministrator, 'A': access.RoleBasedAccessControlAdmin,
	'S': access.StorageAccountContributor, 'o': access.StorageBlobDataOwner, 'c': access.StorageBlobDataContributor, 'r': access.StorageBlobDataReader,
	'd': access.StorageBlobDelegator,
}

const everybody = "OCRUASocrd"

// matrix has a line for each route. The ids are of things that need not exist, so that who may is asked before what is.
var matrix = []struct{ method, target, allowed string }{
	{"GET", "/subscriptions/" + subID, everybody},
	{"GET", "/subscriptions/" + subID + "/locations", everybody},
	{"GET", "/subscriptions/" + subID + "/resources", everybody},
	{"GET", "/subscriptions/" + subID + "/providers", everybody},
	{"GET", "/subscriptions/" + subID + "/providers/Microsoft.Storage", everybody},
	{"POST", "/subscriptions/" + subID + "/providers/Microsoft.Storage/register", "OC"},
	{"POST", "/subscriptions/" + subID + "/providers/Microsoft.Storage/unregister", "OC"},
	{"GET", "/subscriptions/" + subID + "/operationresults/x", everybody},
	{"GET", "/subscriptions/" + subID + "/resourceGroups", everybody},
	{"GET", "/subscriptions/" + subID + "/resourceGroups/none", "OCRUAS"},
	{"HEAD", "/subscriptions/" + subID + "/resourceGroups/none", "OCRUAS"},
	{"PUT", "/subscriptions/" + subID + "/resourceGroups/none", "OC"},
	{"PATCH", "/subscriptions/" + subID + "/resourceGroups/none", "OC"},
	{"DELETE", "/subscriptions/" + subID + "/resourceGroups/none", "OC"},
	{"GET", "/subscriptions/" + subID + "/resourceGroups/none/resources", "OCRUA"},
	{"POST", "/subscriptions/" + subID + "/providers/Microsoft.Storage/checkNameAvailability", "OCRUA"},
	{"GET", "/subscriptions/" + subID + "/providers/Microsoft.Storage/storageAccounts", everybody},
	{"GET", "/subscriptions/" + subID + "/providers/Microsoft.Storage/locations/westeurope/asyncoperations/x", everybody},
	{"GET", "/subscriptions/" + subID + "/resourceGroups/none/providers/Microsoft.Storage/storageAccounts", everybody},
	{"GET", nobody, "OCRUAS"},
	{"PUT", nobody, "OCS"},
	{"PATCH", nobody, "OCS"},
	{"DELETE", nobody, "OCS"},
	{"POST", nobody + "/listKeys", "OCS"},
	{"POST", nobody + "/regenerateKey", "OCS"},
	{"GET", nobody + "/privateEndpointConnections", "OCRUAS"},
	{"GET", nobody + "/privateEndpointConnections/x", "OCRUAS"},
	{"PUT", nobody + "/privateEndpointConnections/x", "OCS"},
	{"DELETE", nobody + "/privateEndpointConnections/x", "OCS"},
	{"GET", nobody + "/blobServices", "OCRUAS"},
	{"GET", nobody + "/blobServices/default", "OCRUAS"},
	{"PUT", nobody + "/blobServices/default", "OCS"},
	{"GET", nobody + "/blobServices/default/containers", "OCRUASocr"},
	{"GET", nobody + "/blobServices/default/containers/x", "OCRUASocr"},
	{"PUT", nobody + "/blobServices/default/containers/x", "OCSoc"},
	{"PATCH", nobody + "/blobServices/default/containers/x", "OCSoc"},
	{"DELETE", nobody + "/blobServices/default/containers/x", "OCSoc"},
	{"GET", nobody + "/providers/Microsoft.Authorization/permissions", everybody},
	{"GET", nobody + "/providers/Microsoft.Authorization/roleDefinitions", "OCRUAS"},
	{"GET", nobody + "/providers/Microsoft.Authorization/roleDefinitions/x", "OCRUAS"},
	{"GET", nobody + "/providers/Microsoft.Authorization/roleAssignments", "OCRUAS"},
	{"GET", nobody + "/providers/Microsoft.Authorization/roleAssignments/x", "OCRUAS"},
	{"PUT", nobody + "/providers/Microsoft.Authorization/roleAssignments/x", "OUA"},
	{"DELETE", nobody + "/providers/Microsoft.Authorization/roleAssignments/x", "OUA"},
}

const nobody = "/subscriptions/" + subID + "/resourceGroups/none/providers/Microsoft.Storage/storageAccounts/nobody"

func TestEachRoleMayWhatItsActionsSayAndNoMore(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	for letter, role := range roleLetters {
		id := access.ObjectID(newGUID())
		b.callers[string(letter)] = arm.Caller{Principal: access.Principal{ID: id}, Name: role, Kind: resources.User}
		b.assign(id, role, access.Subscription(subID))
	}
	checks := 0
	for _, line := range matrix {
		for i := range everybody {
			letter := everybody[i : i+1]
			r := b.do(letter, line.method, line.target, `{"location":"nowhere"}`)
			refused := r.status == http.StatusForbidden
			if want := !strings.Contains(line.allowed, letter); refused != want {
				t.Errorf("%s %s as %s: %d, refused should be %t: %s", line.method, line.target, b.callers[letter].Name, r.status, want, r.text)
			}
			checks++
		}
		// Who has no role at all may nothing.
		if r := b.do("robot", line.method, line.target, `{}`); r.status != http.StatusForbidden && !strings.HasSuffix(line.target, "/permissions") {
			t.Errorf("%s %s as somebody without a role: %d", line.method, line.target, r.status)
		}
		checks++
	}
	if want := len(matrix) * (len(everybody) + 1); checks != want {
		t.Errorf("%d checks, want %d", checks, want)
	}
}

func TestTheMatrixHasEveryRoute(t *testing.T) {
	t.Parallel()
	// Those that ask for no right in a subscription have tests of their own.
	lines := len(matrix) + len([]string{"GET /tenants", "GET /subscriptions", "POST elevateAccess"})
	if got := arm.RouteCount(); got != lines {
		t.Errorf("%d routes, %d in the tests", got, lines)
	}
}

func TestRightsHoldAtTheirScopeAndBelowIt(t *testing.T) {
	t.Parallel()
	b := newBox(t).withAccount()
	b.expect(b.do("alice", "GET", accountPath, nil), 403, "AuthorizationFailed")
	given := b.assign(readers, access.Reader, access.Scope(accountPath))
	b.expect(b.do("alice", "GET", strings.ToUpper(accountPath), nil), 200, "")
	b.expect(b.do("alice", "GET", groupPath, nil), 403, "AuthorizationFailed")
	b.expect(b.do("robot", "GET", accountPath, nil), 403, "AuthorizationFailed")

	// Lists show what the caller may read, the way to it included.
	for target, want := range map[string]int{
		"/subscriptions": 1, "/subscriptions/" + subID + "/resourceGroups": 0, groupPath + "/providers/Microsoft.Storage/storageAccounts": 1,
		"/subscriptions/" + subID + "/providers/Microsoft.Storage/storageAccounts": 1, "/subscriptions/" + subID + "/resources": 1,
	} {
		var list struct{ Value []struct{ ID string } }
		b.expect(b.do("alice", "GET", target, nil), 200, "").json(t, &list)
		if len(list.Value) != want {
			t.Errorf("alice sees %v at %s, want %d", list.Value, target, want)
		}
	}
	b.must(second(b.resources.DeleteRoleAssignment(given.Scope, given.Name)))
	b.expect(b.do("alice", "GET", accountPath, nil), 403, "AuthorizationFailed")
	var none struct{ Value []any }
	b.expect(b.do("alice", "GET", "/subscriptions", nil), 200, "").json(t, &none)
	if len(none.Value) != 0 {
		t.Errorf("without a role alice sees %v", none.Value)
	}
}

func second[T any](_ T, err error) error { return err }

func TestAConditionGrantsNothing(t *testing.T) {
	t.Parallel()
	b := newBox(t).withAccount()
	_, _, err := b.resources.PutRoleAssignment(resources.RoleAssignment{
		Name: newGUID(), Scope: accountPath, Principal: aliceID, PrincipalType: resources.User, Role: access.Owner, Condition: "@Resource[x] StringEquals 'y'",
		CreatedBy: ownerID,
	})
	b.must(err)
	b.expect(b.do("alice", "GET", accountPath, nil), 403, "AuthorizationFailed")
}

func TestWhoIsNobodyIsToldWhereTokensComeFrom(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	for as, code := range map[string]string{"": "AuthenticationFailed", "forged": "InvalidAuthenticationToken"} {
		r := b.expect(b.do(as, "GET", "/subscriptions", nil), 401, code)
		if got := r.header.Get("WWW-Authenticate"); !strings.HasPrefix(got, `Bearer authorization_uri="https://login.example/`+tenantID+`"`) {
			t.Errorf("challenge %q", got)
		}
	}
}

func TestAGlobalAdministratorCanElevateAndNobodyElse(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	const elevate = "/providers/Microsoft.Authorization/elevateAccess?api-version=2016-07-01"
	b.expect(b.do("admin", "GET", "/subscriptions/"+subID, nil), 403, "AuthorizationFailed")
	b.expect(b.do("owner", "POST", elevate, nil), 403, "AuthorizationFailed")
	b.expect(b.do("admin", "POST", "/subscriptions/"+subID+elevate, nil), 404, "NotFound")
	b.expect(b.do("admin", "POST", elevate, nil), 200, "")
	b.expect(b.do("admin", "POST", elevate, nil), 200, "")
	b.expect(b.do("admin", "GET", "/subscriptions/"+subID, nil), 200, "")
	held := slices.DeleteFunc(b.resources.RoleAssignments(), func(a resources.RoleAssignment) bool { return a.Scope != access.RootScope })
	if len(held) != 1 || held[0].Role != access.UserAccessAdministrator {
		t.Errorf("at the root: %v", fmt.Sprint(held))
	}
}
