package adls_test

import (
	"strings"
	"testing"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/adls"
)

func TestUsersAreCalledByTheirNamesWhereThatIsAskedFor(t *testing.T) {
	t.Parallel()
	l := startLake(t, func(o *adls.Options) {
		o.UserPrincipalName = func(id access.ObjectID) (string, bool) { return "alice@contoso.com", id == alice }
	})
	l.ownedFilesystem(bob, access.Permissions{Owner: 7}.ACL())
	l.put("f")
	list := append(access.Permissions{Owner: 6}.ACL(),
		access.Entry{Type: access.User, ID: alice, Permission: access.Read}, access.Entry{Type: access.Group, ID: alice, Permission: access.Read})
	l.permit("f", alice, staff, list)
	for _, tc := range []struct{ upn, want string }{{"true", "alice@contoso.com"}, {"false", string(alice)}} {
		a := l.must(200, call{method: "HEAD", target: "/files/f?action=getAccessControl&upn=" + tc.upn})
		if got := a.header.Get("x-ms-owner"); got != tc.want {
			t.Errorf("upn=%s: the owner is %s, want %s", tc.upn, got, tc.want)
		}
		if got := a.header.Get("x-ms-acl"); !strings.Contains(got, "user:"+tc.want+":r--") || !strings.Contains(got, "group:"+string(alice)+":r--") {
			t.Errorf("upn=%s: the list is %s", tc.upn, got)
		}
		a = l.must(200, call{method: "HEAD", target: "/files/f?action=getStatus&upn=" + tc.upn})
		if got := a.header.Get("x-ms-owner"); got != tc.want {
			t.Errorf("upn=%s: the owner in the status is %s, want %s", tc.upn, got, tc.want)
		}
		a = l.must(200, call{method: "GET", target: "/files?resource=filesystem&recursive=true&upn=" + tc.upn})
		if !strings.Contains(a.body, `"owner":"`+tc.want+`"`) {
			t.Errorf("upn=%s: the listing is %s", tc.upn, a.body)
		}
	}
	a := l.must(200, call{method: "HEAD", target: "/files/?action=getAccessControl&upn=true"})
	if got := a.header.Get("x-ms-owner"); got != string(bob) {
		t.Errorf("the owner whom the tenant does not know is %s, want %s", got, bob)
	}
}
