package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/ownlake/ownlake/adls/sharedkey"
)

const (
	container      = "customerinsights"
	azureCLI       = "04b07795-8ddb-461a-bbee-02f9e1bf7b46" // the client that people sign in with
	storageScope   = "https://storage.azure.com/.default"
	graphScope     = "https://graph.microsoft.com/.default"
	password       = "Proof-Of-Sharing-1" // of users that live as long as the tenant of one run
	storageVersion = "2024-11-04"
)

// world is the tenant and the lake that are tried.
type world struct {
	stdout                        io.Writer
	http                          *http.Client
	cloud, tenant                 string
	user, password                string
	account                       string // resource id
	readers, contributors         string
	otherCloud, otherTenant       string
	graphToken, managerToken, dfs string
	key                           sharedkey.Credential

	mu                  sync.Mutex
	checks, differences int
}

// check counts and prints one comparison.
func (w *world) check(what string, ok bool, found string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.checks++
	if ok {
		_, _ = fmt.Fprintln(w.stdout, "ok      "+what)
		return
	}
	w.differences++
	_, _ = fmt.Fprintf(w.stdout, "DIFFERS %s\n        found: %s\n", what, found)
}

// until waits for something that takes a while, such as for a role to count.
func (w *world) until(ctx context.Context, what string, is func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		if ok, err := is(); ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("it did not come to be that %s: %w", what, ctx.Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// signIn signs in as the administrator, and takes the account's key.
func (w *world) signIn(ctx context.Context) error {
	var err error
	if w.graphToken, err = w.userToken(ctx, w.user, w.password, graphScope); err != nil {
		return err
	}
	if w.managerToken, err = w.userToken(ctx, w.user, w.password, w.cloud+"/.default"); err != nil {
		return err
	}
	var account struct {
		Name       string
		Properties struct {
			PrimaryEndpoints struct{ DFS string }
		}
	}
	if err := w.manage(ctx, http.MethodGet, w.account, "2023-05-01", nil, &account); err != nil {
		return err
	}
	var keys struct{ Keys []struct{ Value string } }
	if err := w.manage(ctx, http.MethodPost, w.account+"/listKeys", "2023-05-01", nil, &keys); err != nil {
		return err
	}
	key, err := base64.StdEncoding.DecodeString(keys.Keys[0].Value)
	w.dfs, w.key = strings.TrimSuffix(account.Properties.PrimaryEndpoints.DFS, "/"), sharedkey.NewCredential(account.Name, key)
	return err
}

// token asks the tenant for one.
func (w *world) token(ctx context.Context, cloud, tenant string, form url.Values) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, cloud+"/"+tenant+"/oauth2/v2.0/token", strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	var answer struct {
		Token string `json:"access_token"`
	}
	return answer.Token, w.send(req, &answer)
}

func (w *world) userToken(ctx context.Context, user, password, scope string) (string, error) {
	return w.token(ctx, w.cloud, w.tenant, url.Values{
		"grant_type": {"password"}, "client_id": {azureCLI}, "username": {user}, "password": {password}, "scope": {scope},
	})
}

func (w *world) appToken(ctx context.Context, app, secret, scope string) (string, error) {
	return w.token(ctx, w.cloud, w.tenant, url.Values{
		"grant_type": {"client_credentials"}, "client_id": {app}, "client_secret": {secret}, "scope": {scope},
	})
}

// send sends a request, and reads the answer unless into is nil. Whatever is no success is an error.
func (w *world) send(req *http.Request, into any) error {
	resp, err := w.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close() //nolint:errcheck // it was only read
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("%s %s: %d %s", req.Method, req.URL.Path, resp.StatusCode, text)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(text, into)
}

func (w *world) sendJSON(ctx context.Context, method, address, token string, body, into any) error {
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return err
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(text))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	return w.send(req, into)
}

func (w *world) graph(ctx context.Context, method, path string, body, into any) error {
	return w.sendJSON(ctx, method, w.cloud+"/v1.0/"+path, w.graphToken, body, into)
}

func (w *world) manage(ctx context.Context, method, resource, version string, body, into any) error {
	return w.sendJSON(ctx, method, w.cloud+resource+"?api-version="+version, w.managerToken, body, into)
}

// object is what Graph tells of something that it has made.
type object struct {
	ID     string `json:"id"`
	AppID  string `json:"appId"`
	Secret string `json:"secretText"`
}

// newUser makes a user who signs in with [password].
func (w *world) newUser(ctx context.Context, name string) (object, error) {
	var o object
	err := w.graph(ctx, http.MethodPost, "users", map[string]any{
		"accountEnabled": true, "displayName": name, "mailNickname": name, "userPrincipalName": name + "@ownlake.local",
		"passwordProfile": map[string]any{"password": password, "forceChangePasswordNextSignIn": false},
	}, &o)
	return o, err
}

// newApplication registers an application, with a service principal, whose id it is, and a secret.
func (w *world) newApplication(ctx context.Context, name string) (object, error) {
	var app, principal object
	if err := w.graph(ctx, http.MethodPost, "applications", map[string]any{"displayName": name}, &app); err != nil {
		return app, err
	}
	if err := w.graph(ctx, http.MethodPost, "servicePrincipals", map[string]any{"appId": app.AppID}, &principal); err != nil {
		return app, err
	}
	err := w.addSecret(ctx, "applications/"+app.ID, &app)
	app.ID = principal.ID
	return app, err
}

func (w *world) addSecret(ctx context.Context, path string, o *object) error {
	return w.graph(ctx, http.MethodPost, path+"/addPassword", map[string]any{"passwordCredential": map[string]any{"displayName": "proof"}}, o)
}

// service is one of Microsoft's own service principals, with a secret to act as it.
func (w *world) service(ctx context.Context, appID string) (object, error) {
	var found struct{ Value []object }
	if err := w.graph(ctx, http.MethodGet, "servicePrincipals?$filter="+url.QueryEscape("appId eq '"+appID+"'"), nil, &found); err != nil {
		return object{}, err
	}
	if len(found.Value) != 1 {
		return object{}, fmt.Errorf("the tenant has %d service principals of %s", len(found.Value), appID)
	}
	o := found.Value[0]
	id := o.ID
	err := w.addSecret(ctx, "servicePrincipals/"+id, &o)
	o.ID, o.AppID = id, appID
	return o, err
}

func (w *world) newGroup(ctx context.Context, name string) (string, error) {
	var o object
	err := w.graph(ctx, http.MethodPost, "groups", map[string]any{
		"displayName": name, "mailNickname": name, "mailEnabled": false, "securityEnabled": true,
	}, &o)
	return o.ID, err
}

func (w *world) addMember(ctx context.Context, group, member string) error {
	return w.graph(ctx, http.MethodPost, "groups/"+group+"/members/$ref", map[string]string{"@odata.id": w.cloud + "/v1.0/directoryObjects/" + member}, nil)
}

// assign gives a role at a scope.
func (w *world) assign(ctx context.Context, principal, kind, role, scope string) error {
	subscription := strings.Join(strings.Split(w.account, "/")[:3], "/")
	body := map[string]any{"properties": map[string]string{
		"principalId": principal, "principalType": kind, "roleDefinitionId": subscription + "/providers/Microsoft.Authorization/roleDefinitions/" + role,
	}}
	return w.manage(ctx, http.MethodPut, scope+"/providers/Microsoft.Authorization/roleAssignments/"+uuid.NewString(), "2022-04-01", body, nil)
}

// request is one to the lake. The target is below the account's address.
type request struct {
	method, target string
	header         map[string]string
	body           string
}

// answer is what became of it.
type answer struct {
	status int
	code   string
	body   string
}

// isRefusal says that the caller may not, and no more: not that something is missing, or wrong.
func (a answer) isRefusal() bool {
	return a.status == http.StatusForbidden || a.status == http.StatusUnauthorized
}

func (a answer) String() string { return fmt.Sprintf("%d %s", a.status, a.code) }

// ask sends a request as somebody, who signs it last.
func (w *world) ask(ctx context.Context, r request, sign func(*http.Request) error) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, r.method, w.dfs+r.target, strings.NewReader(r.body))
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("x-ms-version", storageVersion)
	req.Header.Set("x-ms-date", now())
	for name, value := range r.header {
		req.Header.Set(name, value)
	}
	if err := sign(req); err != nil {
		return answer{}, err
	}
	resp, err := w.http.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close() //nolint:errcheck // it was only read
	text, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header.Get("x-ms-error-code"), string(text)}, err
}

func (w *world) byKey(r *http.Request) error {
	w.key.Sign(r)
	return nil
}

// do does something by the account's key that has to succeed.
func (w *world) do(ctx context.Context, r request) (answer, error) {
	a, err := w.ask(ctx, r, w.byKey)
	if err == nil && a.status >= http.StatusBadRequest {
		err = fmt.Errorf("%s %s by key: %s %s", r.method, r.target, a, a.body)
	}
	return a, err
}

// bearer signs with a token.
func bearer(token string) func(*http.Request) error {
	return func(r *http.Request) error {
		r.Header.Set("Authorization", "Bearer "+token)
		return nil
	}
}

func now() string { return time.Now().UTC().Format(http.TimeFormat) }
