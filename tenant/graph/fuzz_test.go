package graph_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/tenant/directory"
	"github.com/ownlake/ownlake/tenant/entra"
	"github.com/ownlake/ownlake/tenant/graph"
	"github.com/ownlake/ownlake/tenant/tenanttest"
)

// FuzzRequest sends requests of an administrator: each gets an answer of Graph's form, and none fails the service.
func FuzzRequest(f *testing.F) {
	for _, seed := range []struct{ method, target, body string }{
		{"GET", "/v1.0/groups?$filter=displayName eq 'N' and mailNickname eq 'M'&$top=2", ""},
		{"GET", "/v1.0/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')?$select=id", ""},
		{"POST", "/v1.0/groups", `{"displayName":"g","mailNickname":"g","mailEnabled":false,"securityEnabled":true,"owners@odata.bind":["x"]}`},
		{"POST", "/v1.0/groups/1/members/$ref", `{"@odata.id":"https://graph.microsoft.com/v1.0/directoryObjects/1"}`},
		{"POST", "/v1.0/directoryObjects/getByIds", `{"ids":["1"],"types":["user"]}`},
		{"PATCH", "/v1.0/users/ann@ownlake.local", `{"displayName":null,"passwordProfile":{"password":"x"}}`},
		{"POST", "/v1.0/applications", `{"displayName":"a","keyCredentials":[{"key":"AA=="}],"web":{"redirectUris":["http://x"]}}`},
		{"DELETE", "/v1.0/directoryRoles/roleTemplateId=x/members/y/$ref", ""},
		{"GET", "/v1.0/users?$skiptoken=AAAA&$orderby=displayName desc", ""},
	} {
		f.Add(seed.method, seed.target, seed.body)
	}
	tn := tenanttest.New(f)
	u := tn.User("ann", directory.GlobalAdministrator)
	h := graph.New(graph.Options{
		Directory: tn.Directory, BaseURL: tn.Server.URL, Clock: tn.Clock.Now,
		Verify: func(context.Context, string) (entra.Caller, error) {
			return entra.Caller{Principal: access.Principal{ID: u.ID}, Kind: directory.KindUser, Name: "ann", Roles: u.Roles}, nil
		},
	})
	f.Fuzz(func(t *testing.T, method, target, body string) {
		r, err := http.NewRequestWithContext(t.Context(), method, "https://x"+strings.ReplaceAll(target, " ", "%20"), strings.NewReader(body))
		if err != nil {
			t.Skip()
		}
		r.Header.Set("Authorization", "Bearer x")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		var answer map[string]any
		if w.Code >= http.StatusInternalServerError || w.Code >= 300 && w.Code < 400 || w.Body.Len() > 0 && json.Unmarshal(w.Body.Bytes(), &answer) != nil {
			t.Errorf("%s %q %q: %d %s", method, target, body, w.Code, w.Body)
		}
		if _, wrong := answer["error"]; w.Code >= 400 != wrong {
			t.Errorf("%s %q %q: %d without an error of Graph's form: %s", method, target, body, w.Code, w.Body)
		}
	})
}

// BenchmarkFilterGroups looks one of 10,000 groups up by its name.
func BenchmarkFilterGroups(b *testing.B) {
	tn := tenanttest.New(b)
	u := tn.User("ann")
	for range 10_000 {
		if _, err := tn.Directory.CreateGroup(directory.Group{DisplayName: "g", MailNickname: "g", SecurityEnabled: true}, nil, nil); err != nil {
			b.Fatal(err)
		}
	}
	h := graph.New(graph.Options{
		Directory: tn.Directory, BaseURL: tn.Server.URL, Clock: tn.Clock.Now,
		Verify: func(context.Context, string) (entra.Caller, error) {
			return entra.Caller{Principal: access.Principal{ID: u.ID}, Kind: directory.KindUser}, nil
		},
	})
	for b.Loop() {
		r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/v1.0/groups?$filter=displayName%20eq%20'x'", http.NoBody)
		r.Header.Set("Authorization", "Bearer x")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Fatal(w.Body)
		}
	}
}
