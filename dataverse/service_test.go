package dataverse_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/dataverse"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/engine"
	"github.com/ownlake/ownlake/insights/engine/duckdb"
	"github.com/ownlake/ownlake/odata/relation"
	"github.com/ownlake/ownlake/sharing"
)

// fakeLake has one customer, and lets the service read unless it is closed.
type fakeLake struct {
	session engine.Session
	closed  atomic.Bool
}

func (f *fakeLake) List(context.Context) ([]insights.Snapshot, error) {
	if f.closed.Load() {
		return nil, errs.E(errs.Permission, errs.Code("AuthorizationPermissionMismatch"), "not authorized")
	}
	return []insights.Snapshot{
		{Process: insights.Ingestion, Table: "CRM_Contacts", PrimaryKey: "ID", Columns: []insights.Column{{Name: "ID", Type: insights.String}}},
		{Process: insights.Merge, Table: "Customer", PrimaryKey: "CustomerId", Run: "r1", Columns: []insights.Column{
			{Name: "CustomerId", Type: insights.String}, {Name: "FullName", Type: insights.String}, {Name: "CRM_Contacts_ID", Type: insights.String},
		}},
	}, nil
}

func (f *fakeLake) Read(_ context.Context, _ insights.Snapshot, use func(engine.Session, string) error) error {
	return use(f.session, "(SELECT 'ce759201f786d590bf2134bff576c369' AS CustomerId, 'Ada Byron' AS FullName, 'C1' AS CRM_Contacts_ID)")
}

const (
	ada      = access.ObjectID("aaaaaaaa-0d4b-4c8e-9a67-1b2c3d4e5f60")
	stranger = access.ObjectID("bbbbbbbb-0d4b-4c8e-9a67-1b2c3d4e5f60")
)

func newService(t *testing.T, links ...insights.DataverseLink) (*dataverse.Service, *fakeLake) {
	t.Helper()
	e, err := duckdb.New(duckdb.Options{Dir: t.TempDir(), Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	f := &fakeLake{}
	if f.session, err = e.Open(t.Context(), engine.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.session.Close() })
	return dataverse.NewService(dataverse.ServiceOptions{
		Links: func() ([]insights.DataverseLink, error) { return links, nil },
		Verify: func(_ context.Context, token, organization string) (access.ObjectID, error) {
			who, of, _ := strings.Cut(token, "@")
			if of != organization {
				return "", errs.E(errs.Unauthorized, "the token is for another resource")
			}
			return access.ObjectID(who), nil
		},
		Groups: func(_ context.Context, id access.ObjectID) ([]access.ObjectID, error) {
			if id == ada {
				return []access.ObjectID{reader}, nil
			}
			return []access.ObjectID{contributor}, nil
		},
		Tables:    func(context.Context, insights.DataverseLink) (relation.Tables, error) { return f, nil },
		Authority: "https://login.example/t", Clock: time.Now, Logger: slog.New(slog.DiscardHandler),
	}), f
}

func linked(address string) insights.DataverseLink {
	return insights.DataverseLink{DataverseStep: request(func(q *insights.DataverseRequest) { q.Organization.URL = address }).DataverseStep, Environment: first}
}

// ask sends a request as somebody, and returns the status and either a value of the answer or the error's code.
func ask(t *testing.T, s http.Handler, method, address, token string) (status int, answer map[string]any, header http.Header) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, address, http.NoBody)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	_ = json.Unmarshal(w.Body.Bytes(), &answer) // metadata are XML
	if failure, ok := answer["error"].(map[string]any); ok {
		answer = failure
	}
	return w.Code, answer, w.Header()
}

func TestOnlyMembersOfTheReaderGroupReadTheirOrganization(t *testing.T) {
	t.Parallel()
	const other = "https://fabrikam.crm.dynamics.com"
	s, _ := newService(t, linked(url), linked(other))
	const profiles = url + "/api/data/v9.2/msdynci_customerprofiles"
	for _, c := range []struct {
		name, method, address, token string
		status                       int
		code                         string
	}{
		{name: "a member", method: "GET", address: profiles, token: string(ada) + "@" + url, status: 200},
		{name: "an older version", method: "GET", address: strings.Replace(profiles, "v9.2", "v9.0", 1), token: string(ada) + "@" + url, status: 200},
		{name: "a port", method: "GET", address: strings.Replace(profiles, ".com", ".com:10007", 1), token: string(ada) + "@" + url, status: 200},
		{name: "nobody", method: "GET", address: profiles, status: 401},
		{name: "a token of another organization", method: "GET", address: profiles, token: string(ada) + "@" + other, status: 401},
		{name: "a contributor, who is no reader", method: "GET", address: profiles, token: string(stranger) + "@" + url, status: 403, code: "0x80072560"},
		{name: "an organization that is not linked", method: "GET", address: "https://x.crm.dynamics.com/api/data/v9.2/", status: 404},
		{name: "loopback, where two are linked", method: "GET", address: "https://127.0.0.1/api/data/v9.2/", token: string(ada) + "@" + url, status: 404},
		{name: "another path", method: "GET", address: url + "/main.aspx", token: string(ada) + "@" + url, status: 404, code: "0x8006088a"},
		{name: "create", method: "POST", address: profiles, token: string(ada) + "@" + url, status: 403, code: "0x80040220"},
		{name: "create as nobody", method: "POST", address: profiles, status: 401},
		{name: "$skip", method: "GET", address: profiles + "?$skip=1", token: string(ada) + "@" + url, status: 400},
	} {
		status, answer, header := ask(t, s, c.method, c.address, c.token)
		if status != c.status || c.code != "" && answer["code"] != c.code {
			t.Errorf("%s: got %d %v, want %d %s", c.name, status, answer, c.status, c.code)
		}
		if status == http.StatusUnauthorized && !strings.Contains(header.Get("WWW-Authenticate"), "https://login.example/t/oauth2/authorize") {
			t.Errorf("%s: the answer does not say where a token is got: %v", c.name, header)
		}
	}
}

func TestCustomersHaveTheNamesAndKeysOfDataverse(t *testing.T) {
	t.Parallel()
	s, _ := newService(t, linked(url))
	token := string(ada) + "@" + url
	_, answer, _ := ask(t, s, "GET", url+"/api/data/v9.2/", token)
	if text, _ := json.Marshal(answer["value"]); string(text) != `[{"kind":"EntitySet","name":"msdynci_customerprofiles","url":"msdynci_customerprofiles"}]` {
		t.Errorf("the service document has %s", text)
	}
	const key = "ce759201-f786-d590-bf21-34bff576c369"
	// A text is compared without regard to case, as Dataverse does; loopback means the only organisation.
	_, answer, _ = ask(t, s, "GET", "https://127.0.0.1:10007/api/data/v9.2/msdynci_customerprofiles("+key+")", token)
	if answer["msdynci_customerid"] != "ce759201f786d590bf2134bff576c369" || answer["msdynci_fullname"] != "Ada Byron" || answer["msdynci_crm_contacts_id"] != "C1" {
		t.Errorf("the row by its key is %v", answer)
	}
	_, answer, _ = ask(t, s, "GET", url+"/api/data/v9.2/msdynci_customerprofiles?$count=true&$filter=contains(msdynci_fullname,%27BYRON%27)", token)
	if answer["@odata.count"] != 1.0 {
		t.Errorf("found %v", answer)
	}
	_, answer, _ = ask(t, s, "GET", url+"/api/data/v9.2/WhoAmI()", token)
	if answer["UserId"] != string(ada) {
		t.Errorf("WhoAmI says %v", answer)
	}
}

func TestALakeThatLetsTheServiceReadNoMoreIsRefused(t *testing.T) {
	t.Parallel()
	s, f := newService(t, linked(url))
	token := string(ada) + "@" + url
	if status, answer, _ := ask(t, s, "GET", url+"/api/data/v9.2/msdynci_customerprofiles", token); status != http.StatusOK {
		t.Fatalf("before: %d %v", status, answer)
	}
	f.closed.Store(true)
	status, answer, _ := ask(t, s, "GET", url+"/api/data/v9.2/msdynci_customerprofiles", token)
	if text, _ := answer["message"].(string); status != http.StatusForbidden || !strings.HasPrefix(text, sharing.Unauthorized) {
		t.Errorf("after: %d %v", status, answer)
	}
}
