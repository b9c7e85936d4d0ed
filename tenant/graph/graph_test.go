package graph_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/tenant/directory"
	"github.com/ownlake/ownlake/tenant/entra"
	"github.com/ownlake/ownlake/tenant/graph"
	"github.com/ownlake/ownlake/tenant/tenanttest"
)

const graphScope = "https://graph.microsoft.com/.default"

// bed is a tenant with Graph.
type bed struct {
	*tenanttest.Tenant
	t *testing.T
}

func newBed(t *testing.T) *bed {
	t.Helper()
	tn := tenanttest.New(t)
	tn.Handle("/v1.0/", graph.New(graph.Options{
		Directory: tn.Directory, BaseURL: tn.Server.URL, Clock: tn.Clock.Now,
		Verify: func(ctx context.Context, token string) (entra.Caller, error) {
			return tn.Entra.Verify(ctx, token, entra.GraphAudience)
		},
	}))
	return &bed{tn, t}
}

// caller calls Graph with a token.
type caller struct {
	bed   *bed
	token string
}

func (b *bed) as(u directory.User) caller { return caller{b, b.UserToken(u, graphScope)} }

func (b *bed) app(name string, roles ...directory.Role) (directory.ServicePrincipal, caller) {
	app, sp, secret := b.Application(name, roles...)
	return sp, caller{b, b.AppToken(app.AppID, secret, graphScope)}
}

// do calls an address below /v1.0, or a whole one, with a body or without.
func (c caller) do(method, address string, body any) tenanttest.Answer {
	c.bed.t.Helper()
	var text []byte
	switch v := body.(type) {
	case nil:
	case string:
		text = []byte(v)
	default:
		var err error
		if text, err = json.Marshal(v); err != nil {
			c.bed.t.Fatal(err)
		}
	}
	if !strings.HasPrefix(address, "https://") {
		path, query, _ := strings.Cut(address, "?")
		address = c.bed.Server.URL + "/v1.0" + path
		if query != "" {
			address += "?" + query
		}
	}
	req, err := http.NewRequestWithContext(c.bed.t.Context(), method, address, bytes.NewReader(text))
	if err != nil {
		c.bed.t.Fatal(err)
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	return c.bed.Do(req)
}

// want fails unless the answer has the status.
func (c caller) want(status int, method, address string, body any) tenanttest.Answer {
	c.bed.t.Helper()
	a := c.do(method, address, body)
	if a.Status != status {
		c.bed.t.Fatalf("%s %s: %d, want %d\n%s", method, address, a.Status, status, a.Text)
	}
	return a
}

// ids lists the ids of an answer's items.
func ids(a tenanttest.Answer) []string {
	list, _ := a.Body["value"].([]any)
	found := []string{}
	for _, item := range list {
		m, _ := item.(map[string]any)
		id, _ := m["id"].(string)
		found = append(found, id)
	}
	return found
}

func errorCode(a tenanttest.Answer) string {
	e, _ := a.Body["error"].(map[string]any)
	code, _ := e["code"].(string)
	return code
}

func filter(text string) string { return "?$filter=" + url.QueryEscape(text) }

type m = map[string]any

func newGroup(name string) m {
	return m{"displayName": name, "mailNickname": name, "mailEnabled": false, "securityEnabled": true}
}

// TestTheAzureCLIsRequests makes the requests of reference real-clients, "Azure CLI", in their order.
func TestTheAzureCLIsRequests(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	u := b.User("ann")
	c := b.as(u)
	if got := ids(c.want(200, "GET", "/groups"+filter("displayName eq 'readers' and mailNickname eq 'readers'"), nil)); len(got) != 0 {
		t.Errorf("groups before there is one: %v", got)
	}
	made := c.want(201, "POST", "/groups", newGroup("readers"))
	id := made.String("id")
	if got := ids(c.want(200, "GET", "/groups"+filter("displayName eq 'READERS'"), nil)); !slices.Equal(got, []string{id}) {
		t.Errorf("groups of the name: %v, want %s", got, id)
	}
	if got := c.want(200, "GET", "/groups/"+id, nil); got.String("displayName") != "readers" || got.Body["securityEnabled"] != true {
		t.Errorf("the group: %s", got.Text)
	}
	sp, err := b.Directory.ServicePrincipal(directory.AppDataverseLake)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		"servicePrincipalNames/any(c:c eq '" + directory.AppDataverseLake + "')", "appId eq '" + directory.AppDataverseLake + "'",
		"startswith(displayName,'Common Data Service - Azure Data Lake Storage') and not endswith(displayName, 'Test')",
		"displayName eq 'Common Data Service - Azure Data Lake Storage'",
	} {
		if got := ids(c.want(200, "GET", "/servicePrincipals"+filter(text), nil)); !slices.Equal(got, []string{string(sp.ID)}) {
			t.Errorf("service principals with %s: %v", text, got)
		}
	}
	c.want(200, "GET", "/servicePrincipals/"+string(sp.ID), nil)
	c.want(200, "GET", "/servicePrincipals(appId='"+directory.AppDataverseLake+"')", nil)
	c.want(404, "GET", "/servicePrincipals/"+directory.AppDataverseLake, nil)
	if got := ids(c.want(200, "GET", "/groups/"+id+"/owners", nil)); !slices.Equal(got, []string{string(u.ID)}) {
		t.Errorf("owners: %v, want the creator", got)
	}
	ref := func(address string) m { return m{"@odata.id": address} }
	owner := ref("https://graph.microsoft.com/v1.0/serviceprincipals/" + string(sp.ID)) // as reference BYOL's script writes it
	c.want(204, "POST", "/groups/"+id+"/owners/$ref", owner)
	a := c.want(400, "POST", "/groups/"+id+"/owners/$ref", owner)
	if errorCode(a) != "Request_BadRequest" || !strings.Contains(a.Text, "One or more added object references already exist") {
		t.Errorf("an owner twice: %s", a.Text)
	}
	member := ref(b.Server.URL + "/v1.0/directoryObjects/" + string(sp.ID))
	c.want(204, "POST", "/groups/"+id+"/members/$ref", member)
	c.want(400, "POST", "/groups/"+id+"/members/$ref", member)
	a = c.want(200, "GET", "/groups/"+id+"/members", nil)
	if !slices.Equal(ids(a), []string{string(sp.ID)}) || !strings.Contains(a.Text, `"@odata.type":"#microsoft.graph.servicePrincipal"`) {
		t.Errorf("members: %s", a.Text)
	}
	if got := c.want(200, "GET", "/me", nil); got.String("userPrincipalName") != u.UserPrincipalName {
		t.Errorf("me: %s", got.Text)
	}
	a = c.want(200, "POST", "/directoryObjects/getByIds", m{"ids": []string{string(u.ID), string(sp.ID), id}, "types": []string{"user", "group"}})
	if got := ids(a); len(got) != 2 || slices.Contains(got, string(sp.ID)) {
		t.Errorf("getByIds: %v", got)
	}
	c.want(204, "DELETE", "/groups/"+id+"/members/"+string(sp.ID)+"/$ref", nil)
	c.want(404, "DELETE", "/groups/"+id+"/members/"+string(sp.ID)+"/$ref", nil)
	c.want(204, "DELETE", "/groups/"+id, nil)
	if a := c.want(404, "GET", "/groups/"+id, nil); errorCode(a) != "Request_ResourceNotFound" {
		t.Errorf("a deleted group: %s", a.Text)
	}
}

func TestErrorsHaveGraphsForm(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	c := b.as(b.User("ann"))
	a := c.want(404, "GET", "/groups/11111111-2222-3333-4444-555555555555", nil)
	e, _ := a.Body["error"].(map[string]any)
	inner, _ := e["innerError"].(map[string]any)
	if e["message"] == "" || inner["request-id"] != a.Header.Get("request-id") || inner["date"] == nil || inner["client-request-id"] == nil {
		t.Errorf("error: %s", a.Text)
	}
	for _, tc := range []struct {
		name, method, address string
		body                  any
		status                int
		code                  string
	}{
		{"an address that is not served", "GET", "/sites", nil, 400, "BadRequest"},
		{"a method that is not", "PUT", "/groups", nil, 400, "BadRequest"},
		{"a wrong filter", "GET", "/groups" + filter("displayName like 'x'"), nil, 400, "BadRequest"},
		{"an option that is not served", "GET", "/groups?$search=x", nil, 400, "Request_UnsupportedQuery"},
		{"a page of none", "GET", "/groups?$top=0", nil, 400, "BadRequest"},
		{"a skip token of nobody", "GET", "/groups?$skiptoken=x", nil, 400, "BadRequest"},
		{"no JSON", "POST", "/groups", "{", 400, "BadRequest"},
		{"a group without a name", "POST", "/groups", m{"mailNickname": "x", "mailEnabled": false, "securityEnabled": true}, 400, "Request_BadRequest"},
		{"a Microsoft 365 group", "POST", "/groups", m{"displayName": "x", "mailNickname": "x", "mailEnabled": true, "securityEnabled": false, "groupTypes": []string{"Unified"}}, 400, "Request_BadRequest"},
		{"a bad nickname", "POST", "/groups", m{"displayName": "x", "mailNickname": "a b", "mailEnabled": false, "securityEnabled": true}, 400, "Request_BadRequest"},
		{"an application that does not exist", "GET", "/applications(appId='11111111-2222-3333-4444-555555555555')", nil, 404, "Request_ResourceNotFound"},
	} {
		if a := c.do(tc.method, tc.address, tc.body); a.Status != tc.status || errorCode(a) != tc.code {
			t.Errorf("%s: %d %s, want %d %s\n%s", tc.name, a.Status, errorCode(a), tc.status, tc.code, a.Text)
		}
	}
	id := c.want(201, "POST", "/groups", newGroup("g")).String("id")
	for _, reference := range []string{
		"", "x", "https://contoso.com/v1.0/directoryObjects/" + id, b.Server.URL + "/v1.0/directoryObjects/x",
		b.Server.URL + "/directoryObjects/" + id, b.Server.URL + "/v1.0/users/" + id, b.Server.URL + "/v1.0/groups/" + id,
	} {
		if a := c.do("POST", "/groups/"+id+"/members/$ref", m{"@odata.id": reference}); a.Status != 400 && a.Status != 404 {
			t.Errorf("reference %q: %d %s", reference, a.Status, a.Text)
		}
	}
}

func TestCallersWithoutAGoodTokenAreRefused(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	u := b.User("ann")
	storage := b.UserToken(u, "https://storage.azure.com/.default")
	c := b.as(u)
	for name, token := range map[string]string{
		"none": "", "garbage": "a.b.c", "of another resource": storage, "changed": c.token[:len(c.token)-2] + "AA",
	} {
		a := caller{b, token}.do("GET", "/me", nil)
		if a.Status != 401 || errorCode(a) != "InvalidAuthenticationToken" || !strings.HasPrefix(a.Header.Get("WWW-Authenticate"), "Bearer ") {
			t.Errorf("token %s: %d %s", name, a.Status, a.Text)
		}
	}
	b.Clock.Advance(2 * time.Hour)
	if a := c.do("GET", "/me", nil); a.Status != 401 {
		t.Errorf("an expired token: %d", a.Status)
	}
	c = b.as(u)
	b.Clock.Advance(time.Second)
	if err := b.Directory.SetPassword(u.ID, "Better-Horse-10", false); err != nil {
		t.Fatal(err)
	}
	if a := c.do("GET", "/me", nil); a.Status != 401 {
		t.Errorf("a token from before a new password: %d", a.Status)
	}
}

func TestPagesStayRightWhileOthersWrite(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	c := b.as(b.User("ann"))
	var want []string
	for i := range 25 {
		want = append(want, c.want(201, "POST", "/groups", newGroup(fmt.Sprintf("g%02d", i))).String("id"))
	}
	slices.Sort(want)
	for _, order := range []string{"", "&$orderby=displayName", "&$orderby=displayName%20desc"} {
		var got []string
		next := "/groups?$top=7&$count=true&$select=displayName" + order
		for n := 0; next != ""; n++ {
			a := c.want(200, "GET", next, nil)
			got = append(got, ids(a)...)
			if n == 1 {
				c.want(201, "POST", "/groups", newGroup("extra"))
			}
			if strings.Contains(a.Text, "mailNickname") {
				t.Errorf("$select leaves more: %s", a.Text)
			}
			next = a.String("@odata.nextLink")
		}
		got = slices.DeleteFunc(got, func(id string) bool { return !slices.Contains(want, id) }) // without the extra one
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("order %q (-want +got):\n%s", order, diff)
		}
	}
}

func TestMembershipByWayOfGroups(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	u := b.User("ann")
	c := b.as(u)
	inner := c.want(201, "POST", "/groups", newGroup("inner")).String("id")
	outer := c.want(201, "POST", "/groups", newGroup("outer")).String("id")
	body := newGroup("bound")
	body["members@odata.bind"] = []string{b.Server.URL + "/v1.0/users/" + string(u.ID)}
	bound := c.want(201, "POST", "/groups", body).String("id")
	c.want(204, "POST", "/groups/"+inner+"/members/$ref", m{"@odata.id": b.Server.URL + "/v1.0/directoryObjects/" + string(u.ID)})
	c.want(204, "POST", "/groups/"+outer+"/members/$ref", m{"@odata.id": b.Server.URL + "/v1.0/groups/" + inner})
	sorted := func(list ...string) []string { slices.Sort(list); return list }
	values := func(a tenanttest.Answer) []string {
		list, _ := a.Body["value"].([]any)
		var found []string
		for _, v := range list {
			s, _ := v.(string)
			found = append(found, s)
		}
		return sorted(found...)
	}
	for _, tc := range []struct {
		name      string
		got, want []string
	}{
		{"memberOf", ids(c.want(200, "GET", "/me/memberOf", nil)), sorted(inner, bound)},
		{"transitiveMemberOf", ids(c.want(200, "GET", "/users/"+u.UserPrincipalName+"/transitiveMemberOf", nil)), sorted(inner, bound, outer)},
		{"transitiveMembers", ids(c.want(200, "GET", "/groups/"+outer+"/transitiveMembers", nil)), sorted(string(u.ID), inner)},
		{"getMemberGroups", values(c.want(200, "POST", "/me/getMemberGroups", m{"securityEnabledOnly": true})), sorted(inner, bound, outer)},
		{"getMemberObjects", values(c.want(200, "POST", "/users/"+string(u.ID)+"/getMemberObjects", m{"securityEnabledOnly": true})), sorted(inner, bound, outer)},
		{"checkMemberGroups", values(c.want(200, "POST", "/directoryObjects/"+string(u.ID)+"/checkMemberGroups", m{"groupIds": []string{outer, "11111111-2222-3333-4444-555555555555"}})), []string{outer}},
		{"memberOf of a group", ids(c.want(200, "GET", "/groups/"+inner+"/memberOf", nil)), []string{outer}},
		{"ownedObjects", ids(c.want(200, "GET", "/me/ownedObjects", nil)), sorted(inner, bound, outer)},
	} {
		if diff := cmp.Diff(tc.want, tc.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, diff)
		}
	}
}
