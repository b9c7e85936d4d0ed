package arm

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
)

func FuzzFilter(f *testing.F) {
	for _, text := range []string{
		"", "atScope()", "principalId eq 'a11ce000-0000-4000-8000-000000000001'", "principalId eq a11ce000-0000-4000-8000-000000000001",
		"atScope() and assignedTo('a11ce000-0000-4000-8000-000000000001')", "roleName eq 'it''s'", "roleName eq 'open", "and and", "atScope(", "atScope()and",
		"ROLENAME EQ 'x' AND ATSCOPE()", "roleName eq ''", strings.Repeat("atScope() and ", 100) + "atScope()",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := parseFilter(text, "principalId", "roleName", "atScope()", "assignedTo()")
		if err != nil {
			if !errs.Is(err, errs.Invalid) {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		// What was read, written again, is read as the same.
		again, err := parseFilter(parsed.String(), "principalId", "roleName", "atScope()", "assignedTo()")
		if err != nil || again.String() != parsed.String() {
			t.Fatalf("%q became %q and then %q: %v", text, parsed, again, err)
		}
	})
}

// String writes a filter as parseFilter reads it.
func (f filter) String() string {
	var terms []string
	for _, t := range f.terms {
		quoted := "'" + strings.ReplaceAll(t.value, "'", "''") + "'"
		if name, call := strings.CutSuffix(t.name, "()"); call {
			terms = append(terms, name+"("+quoted+")")
		} else {
			terms = append(terms, t.name+" eq "+quoted)
		}
	}
	return strings.Join(terms, " and ")
}

func FuzzPath(f *testing.F) {
	const sub = "/subscriptions/5ab5c819-0000-4000-8000-000000000001"
	for _, path := range []string{
		"/", "//", sub, sub + "/", sub + "/resourceGroups/a%20b", sub + "/resourceGroups/%2e%2e", sub + "/resourceGroups/a%2fb",
		sub + "/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a/blobServices/default/containers/c/providers/Microsoft.Authorization/roleAssignments/x",
		"/" + sub + "/providers/microsoft.authorization/ROLEDEFINITIONS", "/providers/Microsoft.Authorization/roleDefinitions/x",
		sub + "/providers/Microsoft.Authorization/providers/Microsoft.Authorization/roleAssignments", "/%00", "/%zz",
	} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		segments, err := splitPath(path)
		if err != nil {
			return
		}
		for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodDelete, http.MethodPost} {
			req := &request{Request: &http.Request{Method: method, URL: &url.URL{}}}
			if _, err := route(req, segments); err != nil {
				continue
			}
			// The scope that a right is looked for at is the one that the path names, and no other.
			if req.scope == access.RootScope {
				continue
			}
			written := "/" + strings.Join(segments, "/")
			if !strings.HasPrefix(strings.ToLower(written)+"/", strings.ToLower(string(req.scope))+"/") {
				t.Fatalf("%s %q is judged at %q", method, path, req.scope)
			}
			if req.subscription != "" && !access.Subscription(req.subscription).Contains(req.scope) {
				t.Fatalf("%s %q is judged at %q, outside of its subscription %q", method, path, req.scope, req.subscription)
			}
		}
	})
}
