package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/ownlake/ownlake/tenant/directory"
)

// tenantCommands act in the tenant in the box at $CLOUD as its first administrator, whose password is $AZURE_PASSWORD:
//
//	tenant               sets TENANT, SUBSCRIPTION, ACCOUNT, the embedded account's resource id, and ADMIN, the administrator's id
//	app NAME             makes an application with a service principal: sets APP and PRINCIPAL, and writes NAME.secret
//	grant ROLE SCOPE ID  assigns a role of a built-in's id, as the assignment GRANT
//	keys SCOPE           sets KEY to an account's first key
//	azure [STATUS] METHOD PATH [BODY]  sends a request to Graph or Resource Manager, with its api-version, and wants a success, or the status
func tenantCommands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"tenant": findTenant, "app": makeApp, "grant": grantRole, "keys": findKeys,
		"azure": func(ts *testscript.TestScript, _ bool, args []string) {
			if len(args) < 2 {
				ts.Fatalf("usage: azure [STATUS] METHOD PATH [BODY]")
			}
			want, err := strconv.Atoi(args[0])
			if err == nil {
				args = args[1:]
			}
			askAzure(ts, want, args[0], args[1], strings.Join(args[2:], " "))
		},
	}
}

func findTenant(ts *testscript.TestScript, _ bool, _ []string) {
	me := azure(ts, http.MethodGet, "/v1.0/me", "")
	list, _ := azure(ts, http.MethodGet, "/subscriptions?api-version=2022-12-01", "")["value"].([]any)
	s, _ := list[0].(map[string]any)
	id, _ := s["subscriptionId"].(string)
	tenant, _ := s["tenantId"].(string)
	ts.Setenv("TENANT", tenant)
	ts.Setenv("SUBSCRIPTION", id)
	ts.Setenv("ADMIN", text(me["id"]))
	ts.Setenv("ACCOUNT", "/subscriptions/"+id+"/resourceGroups/ownlake/providers/Microsoft.Storage/storageAccounts/devstoreaccount1")
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

func makeApp(ts *testscript.TestScript, _ bool, args []string) {
	app := azure(ts, http.MethodPost, "/v1.0/applications", `{"displayName":"`+args[0]+`"}`)
	sp := azure(ts, http.MethodPost, "/v1.0/servicePrincipals", `{"appId":"`+text(app["appId"])+`"}`)
	secret := azure(ts, http.MethodPost, "/v1.0/applications/"+text(app["id"])+"/addPassword", `{"passwordCredential":{"displayName":"script"}}`)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]+".secret"), []byte(text(secret["secretText"])), 0o600))
	ts.Setenv("APP", text(app["appId"]))
	ts.Setenv("PRINCIPAL", text(sp["id"]))
	ts.Setenv("SECRET", text(secret["secretText"]))
}

func grantRole(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: grant ROLE SCOPE ID")
	}
	at := args[1] + "/providers/Microsoft.Authorization/roleAssignments/" + uuid.NewString() + "?api-version=2022-04-01"
	azure(ts, http.MethodPut, at, `{"properties":{"roleDefinitionId":"/providers/Microsoft.Authorization/roleDefinitions/`+args[0]+`","principalId":"`+args[2]+`"}}`)
	ts.Setenv("GRANT", at)
}

func findKeys(ts *testscript.TestScript, _ bool, args []string) {
	list, _ := azure(ts, http.MethodPost, args[0]+"/listKeys?api-version=2023-05-01", "")["keys"].([]any)
	key, _ := list[0].(map[string]any)
	ts.Setenv("KEY", text(key["value"]))
}

// azure sends a request with a token for whom it is to and returns the answer, which must be a success.
func azure(ts *testscript.TestScript, method, path, body string) map[string]any {
	return askAzure(ts, 0, method, path, body)
}

// askAzure is azure, where the answer must have a status; 0 is a success.
func askAzure(ts *testscript.TestScript, want int, method, path, body string) map[string]any {
	scope := ts.Getenv("CLOUD") + "/.default"
	if strings.HasPrefix(path, "/v1.0/") {
		scope = "https://graph.microsoft.com/.default"
	}
	token := send(ts, 0, http.MethodPost, "/organizations/oauth2/v2.0/token", "", url.Values{
		"client_id": {directory.AppAzureCLI}, "grant_type": {"password"}, "username": {"admin@" + directory.DefaultDomain},
		"password": {ts.Getenv("AZURE_PASSWORD")}, "scope": {scope},
	}.Encode())
	return send(ts, want, method, path, text(token["access_token"]), body)
}

func send(ts *testscript.TestScript, want int, method, path, token, body string) map[string]any {
	req, err := http.NewRequest(method, ts.Getenv("CLOUD")+path, bytes.NewBufferString(body))
	ts.Check(err)
	req.Header.Set("Content-Type", "application/json")
	if token == "" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	} else {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := tenantHTTP(ts).Do(req)
	ts.Check(err)
	defer resp.Body.Close() //nolint:errcheck // it was only read
	answer, err := io.ReadAll(resp.Body)
	ts.Check(err)
	if want == 0 && resp.StatusCode >= http.StatusBadRequest || want != 0 && resp.StatusCode != want {
		ts.Fatalf("%s %s: %s\n%s", method, path, resp.Status, answer)
	}
	result := map[string]any{}
	_ = json.Unmarshal(answer, &result) // some answers are empty
	return result
}

// tenantHTTP trusts the server's own CA.
func tenantHTTP(ts *testscript.TestScript) *http.Client {
	pem, err := os.ReadFile(filepath.Join(ts.Getenv("OWNLAKE_DATA"), "tls", "ca.pem"))
	ts.Check(err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, DisableKeepAlives: true}}
}
