package server

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/tenant/directory"
)

func startTenant(t *testing.T, cfg TenantConfig) *Tenant {
	t.Helper()
	cfg.Listen, cfg.Logger = "127.0.0.1:0", slog.New(slog.DiscardHandler)
	tn, err := StartTenant(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tn.Close(context.Background()) })
	return tn
}

// tenantClient trusts the folder's CA and nothing else.
func tenantClient(t *testing.T, dataDir string) *http.Client {
	t.Helper()
	ca, err := OpenCA(dataDir)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: ca.Pool(), MinVersion: tls.VersionTLS12}, DisableKeepAlives: true}}
}

func signIn(t *testing.T, c *http.Client, tn *Tenant, name, password string) (token string, body map[string]any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, tn.Addresses().Authority+"/oauth2/v2.0/token", strings.NewReader(url.Values{
		"client_id": {directory.AppAzureCLI}, "grant_type": {"password"}, "username": {name}, "password": {password},
		"scope": {tn.Addresses().URL + "/.default"},
	}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	body = sendJSON(t, c, req, http.StatusOK, http.StatusBadRequest)
	token, _ = body["access_token"].(string)
	return token, body
}

func sendJSON(t *testing.T, c *http.Client, req *http.Request, statuses ...int) map[string]any {
	t.Helper()
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // it was only read
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if slices.Contains(statuses, resp.StatusCode) {
		body := map[string]any{}
		if err := json.Unmarshal(text, &body); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		return body
	}
	t.Fatalf("%s: %s\n%s", req.URL, resp.Status, text)
	return nil
}

func TestATenantServesWhatItKept(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const password = "Correct-Horse-9"
	tn := startTenant(t, TenantConfig{DataDir: dir, AdministratorPassword: password, New: directory.Tenant{Domain: "contoso.test"}})
	if first := tn.First(); first == nil || first.UserPrincipalName != "admin@contoso.test" || first.Password != "" {
		t.Errorf("first administrator: %+v", first)
	}
	id := tn.Addresses().ID
	if err := tn.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	tn = startTenant(t, TenantConfig{DataDir: dir, AdministratorPassword: "Another-Horse-1"})
	if tn.First() != nil || tn.Addresses().ID != id {
		t.Errorf("opened again: administrator %+v, tenant %s, want none and %s", tn.First(), tn.Addresses().ID, id)
	}
	c := tenantClient(t, dir)
	token, body := signIn(t, c, tn, "admin@contoso.test", password)
	if token == "" {
		t.Fatalf("sign-in: %v", body)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, tn.Addresses().Graph+"/me", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	if me := sendJSON(t, c, req, http.StatusOK); me["userPrincipalName"] != "admin@contoso.test" {
		t.Errorf("me: %v", me)
	}
}

func TestAOneTimePasswordIsChangedOnThePage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	tn := startTenant(t, TenantConfig{DataDir: dir})
	first := tn.First()
	if first == nil || first.Password == "" {
		t.Fatalf("first administrator: %+v", first)
	}
	c := tenantClient(t, dir)
	if token, body := signIn(t, c, tn, first.UserPrincipalName, first.Password); token != "" || body["suberror"] != "user_password_expired" {
		t.Errorf("sign-in with the one-time password: %v", body)
	}
	const password = "Better-Horse-10"
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, tn.Addresses().URL+"/password", strings.NewReader(url.Values{
		"login": {first.UserPrincipalName}, "passwd": {first.Password}, "newpasswd": {password}, "newpasswd2": {password},
	}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("the page answers %s", resp.Status)
	}
	if token, body := signIn(t, c, tn, first.UserPrincipalName, password); token == "" {
		t.Errorf("sign-in with the new password: %v", body)
	}
}

func TestATenantsFolderHasOneServer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	startTenant(t, TenantConfig{DataDir: dir})
	_, err := StartTenant(t.Context(), TenantConfig{DataDir: dir, Listen: "127.0.0.1:0", Logger: slog.New(slog.DiscardHandler)})
	if !errs.Is(err, errs.Conflict) {
		t.Errorf("a second server: %v, want Conflict", err)
	}
	taken := startTenant(t, TenantConfig{DataDir: t.TempDir()})
	_, err = StartTenant(t.Context(), TenantConfig{
		DataDir: t.TempDir(), Listen: strings.TrimPrefix(taken.Addresses().URL, "https://"), Logger: slog.New(slog.DiscardHandler),
	})
	if !errs.Is(err, errs.Unavailable) {
		t.Errorf("an address that is in use: %v, want Unavailable", err)
	}
}
