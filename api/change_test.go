package api_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/ownlake/ownlake/api"
	"github.com/ownlake/ownlake/api/audit"
	"github.com/ownlake/ownlake/api/session"
	"github.com/ownlake/ownlake/insights"
)

// asMachine sends what is on the same machine.
func asMachine(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func TestChangesAreLogged(t *testing.T) {
	t.Parallel()
	o := options(&fakeServices{})
	b := newBrowser(t, api.New(o))
	who := insights.Principal{Kind: insights.UserPrincipal, ID: ann, Name: "Ann"}
	assign(t, o, id, ann, insights.Contributor)
	b.signInAs(o, who)
	b.want(200, "PUT", env+"/definitions", `{"sources":[{"name":"CRM","folder":"/cdm","description":"contoso.dfs"}],"version":"v1"}`)
	b.want(403, "PUT", env+"/connection", `{"key":"`+key+`"}`)
	b.want(200, "PUT", env+"/connection", `{"key":"`+key+`"}`, asMachine)
	b.want(200, "POST", "/environments/check", `{"name":"New","region":"westeurope","storage":{"kind":"managed"}}`, asMachine)
	w := b.want(200, "GET", env+"/audit", "", asMachine)
	page := decode[audit.Page](t, w)
	var got []string
	for _, e := range page.Items {
		got = append(got, e.Operation+" "+e.Principal.Name+" "+e.By+" "+http.StatusText(e.Status))
	}
	want := "updateConnection Administrator of this server machine OK, updateConnection Ann session Forbidden, putDefinitions Ann session OK"
	if strings.Join(got, ", ") != want {
		t.Errorf("the log has %s; want %s", strings.Join(got, ", "), want)
	}
	if strings.Contains(w.Body.String(), key) {
		t.Error("the log holds an account key")
	}
	if last := page.Items[len(page.Items)-1]; !strings.Contains(string(last.Before), "/cdm") || !strings.Contains(string(last.After), "contoso.dfs") || last.From == "" {
		t.Errorf("the change of the definitions is logged as %+v, want what was before and is after", last)
	}
	b.want(403, "GET", env+"/audit", "")
}

func TestTheLogIsPaged(t *testing.T) {
	t.Parallel()
	o := options(&fakeServices{})
	b := newBrowser(t, api.New(o))
	for range 5 {
		b.want(201, "POST", "/me/tokens", `{"name":"script"}`, asMachine)
	}
	seen, after := map[string]bool{}, ""
	for pages := 1; ; pages++ {
		page := decode[audit.Page](t, b.want(200, "GET", "/audit?limit=2&after="+after, "", asMachine))
		for _, e := range page.Items {
			seen[e.ID] = true
		}
		if after = page.Next; after == "" {
			if pages != 3 || len(seen) != 5 {
				t.Errorf("%d pages with %d entries, want 3 with 5", pages, len(seen))
			}
			return
		}
	}
}

func TestAKeyDoesARequestOnce(t *testing.T) {
	t.Parallel()
	o := options(&fakeServices{})
	b := newBrowser(t, api.New(o))
	send := func(status int, body, key string) string {
		t.Helper()
		return b.want(status, "POST", "/me/tokens", body, asMachine, header(api.IdempotencyHeader, key)).Body.String()
	}
	first := send(201, `{"name":"one"}`, "k1")
	if again := send(201, `{"name":"one"}`, "k1"); again != first {
		t.Errorf("sent again, the request is answered with %s, want %s", again, first)
	}
	send(422, `{"name":"other"}`, "k1")
	send(422, `{"name":""}`, "k2")
	send(422, `{"name":""}`, "k2")
	if other := send(201, `{"name":"one"}`, "k3"); other == first {
		t.Error("another key has the same answer")
	}
	if list := decode[[]session.Token](t, b.want(200, "GET", "/me/tokens", "", asMachine)); len(list) != 2 {
		t.Errorf("there are %d tokens, want 2", len(list))
	}
}

func TestAChangeOfWhatWasChangedMeanwhileIsRefused(t *testing.T) {
	t.Parallel()
	o := options(&fakeServices{})
	b := newBrowser(t, api.New(o))
	role := func(role string) string { return `{"kind":"user","role":"` + role + `"}` }
	at := env + "/permissions/" + ann
	b.want(200, "PUT", at, role("viewer"), asMachine, header("If-None-Match", "*"))
	b.want(412, "PUT", at, role("viewer"), asMachine, header("If-None-Match", "*"))
	etag := b.want(200, "GET", at, "", asMachine).Header().Get("ETag")
	b.want(304, "GET", at, "", asMachine, header("If-None-Match", etag))
	next := b.want(200, "PUT", at, role("owner"), asMachine, header("If-Match", etag)).Header().Get("ETag")
	b.want(412, "PUT", at, role("viewer"), asMachine, header("If-Match", etag))
	b.want(412, "DELETE", at, "", asMachine, header("If-Match", etag))
	b.want(409, "DELETE", at, "", asMachine, header("If-Match", next)) // the last owner
	b.want(200, "PUT", env+"/permissions/bbbbbbbb-2222-3333-4444-555555555555", role("owner"), asMachine)
	b.want(204, "DELETE", at, "", asMachine, header("If-Match", next))
	b.want(404, "DELETE", at, "", asMachine)

	etag = b.want(200, "GET", env+"/definitions", "", asMachine).Header().Get("ETag")
	b.want(412, "PUT", env+"/definitions", `{"sources":[]}`, asMachine, header("If-Match", `"old"`))
	b.want(200, "PUT", env+"/definitions", `{"sources":[]}`, asMachine, header("If-Match", etag))
	etag = b.want(200, "GET", env, "", asMachine).Header().Get("ETag")
	b.want(412, "DELETE", env+"?confirm=Contoso", "", asMachine, header("If-Match", `"old"`))
	b.want(200, "DELETE", env+"?confirm=Contoso", "", asMachine, header("If-Match", etag))
}

// fakeDirectory knows Ann.
type fakeDirectory struct{}

func (fakeDirectory) Groups(context.Context, string) (groups []string, known, enabled bool) {
	return nil, false, false
}

func (fakeDirectory) Search(_ context.Context, text string, _ int) ([]insights.Principal, error) {
	if text == ann || text == "An" {
		return []insights.Principal{{Kind: insights.UserPrincipal, ID: ann, Name: "Ann Example"}}, nil
	}
	return nil, nil
}

func TestRolesAreForThoseWhomTheDirectoryKnows(t *testing.T) {
	t.Parallel()
	o := options(&fakeServices{})
	o.Access.Directory = fakeDirectory{}
	b := newBrowser(t, api.New(o))
	for _, path := range []string{"/principals", env + "/principals"} {
		if found := decode[[]insights.Principal](t, b.want(200, "GET", path+"?search=An", "", asMachine)); len(found) != 1 {
			t.Errorf("%s finds %v", path, found)
		}
	}
	b.want(404, "PUT", "/permissions/bbbbbbbb-2222-3333-4444-555555555555", `{"kind":"user","role":"viewer"}`, asMachine)
	b.want(422, "PUT", "/permissions/"+ann, `{"kind":"group","role":"viewer"}`, asMachine)
	a := decode[insights.RoleAssignment](t, b.want(200, "PUT", "/permissions/"+ann, `{"kind":"user","role":"viewer","name":"Eve"}`, asMachine))
	if a.Principal.Name != "Ann Example" {
		t.Errorf("the name is %q, want the directory's", a.Principal.Name)
	}
	b.want(200, "GET", "/permissions/"+ann, "", asMachine)
	b.want(204, "DELETE", "/permissions/"+ann, "", asMachine)
}
