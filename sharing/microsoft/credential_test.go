package microsoft_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/sharing"
	"github.com/ownlake/ownlake/sharing/microsoft"
	"github.com/ownlake/ownlake/tenant/tenanttest"
)

func TestTheEnvironmentSignsIn(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	app, sp, secret := b.Application("pipeline")
	cert, key := b.Certificate(true)
	_, err := b.Directory.AddCertificate(app.ID, "test", cert.Raw)
	b.must(err)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	b.must(err)
	var file bytes.Buffer
	b.must(pem.Encode(&file, &pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	b.must(pem.Encode(&file, &pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}))
	files := map[string][]byte{"client.pem": file.Bytes(), "empty.pem": nil}
	environment := func(pairs ...string) microsoft.Environment {
		values := map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			values[pairs[i]] = pairs[i+1]
		}
		return microsoft.Environment{
			Getenv: func(name string) string { return values[name] },
			ReadFile: func(name string) ([]byte, error) {
				text, ok := files[name]
				if !ok {
					return nil, fs.ErrNotExist
				}
				return text, nil
			},
		}
	}
	client := []string{"AZURE_TENANT_ID", b.ID(), "AZURE_CLIENT_ID", app.AppID}
	for _, c := range []struct {
		name string
		with []string
		want sharing.Principal
	}{
		{"a secret", append(client, "AZURE_CLIENT_SECRET", secret), sharing.Principal{ID: sp.ID, Kind: sharing.ServicePrincipal, Name: "pipeline"}},
		{"a certificate", append(client, "AZURE_CLIENT_CERTIFICATE_PATH", "client.pem"), sharing.Principal{ID: sp.ID, Kind: sharing.ServicePrincipal, Name: "pipeline"}},
		{
			"a password",
			[]string{"AZURE_USERNAME", b.admin.UserPrincipalName, "AZURE_PASSWORD", tenanttest.Password},
			sharing.Principal{ID: b.admin.ID, Kind: sharing.UserPrincipal, Name: b.admin.UserPrincipalName},
		},
	} {
		cred, err := microsoft.EnvironmentCredential(b.cloud(), environment(c.with...))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if me, err := microsoft.NewDirectory(b.optionsOf(cred)).Me(t.Context()); err != nil || me != c.want {
			t.Errorf("by %s signed in %+v, want %+v: %v", c.name, me, c.want, err)
		}
	}
	for _, c := range []struct {
		with []string
		kind errs.Kind
	}{
		{nil, errs.NotFound},
		{client, errs.NotFound},
		{[]string{"AZURE_USERNAME", "ann"}, errs.NotFound},
		{[]string{"AZURE_CLIENT_SECRET", secret}, errs.Invalid},
		{append(client, "AZURE_CLIENT_CERTIFICATE_PATH", "none.pem"), errs.Invalid},
		{append(client, "AZURE_CLIENT_CERTIFICATE_PATH", "empty.pem"), errs.Invalid},
		{[]string{"AZURE_TENANT_ID", "not/a tenant", "AZURE_CLIENT_ID", app.AppID, "AZURE_CLIENT_SECRET", secret}, errs.Invalid},
	} {
		_, err := microsoft.EnvironmentCredential(b.cloud(), environment(c.with...))
		is(t, err, c.kind, "")
	}
}

func TestARefusedSignInIsToldFromAServiceThatIsAway(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	app, _, _ := b.Application("pipeline")
	wrong := b.options(map[string]string{"AZURE_TENANT_ID": b.ID(), "AZURE_CLIENT_ID": app.AppID, "AZURE_CLIENT_SECRET": "wrong"})
	_, err := microsoft.NewDirectory(wrong).GroupsNamed(t.Context(), "x")
	is(t, err, errs.Unauthorized, "")
	if err == nil || !strings.Contains(err.Error(), "AADSTS7000215") || strings.Contains(err.Error(), "wrong\"") {
		t.Errorf("error %v", err)
	}
	o := b.user(b.admin)
	o.Cloud.Graph = "https://127.0.0.1:1"
	_, err = microsoft.NewDirectory(o).GroupsNamed(t.Context(), "x")
	is(t, err, errs.Unauthorized, "") // the sign-in service knows no such resource
	for _, c := range []struct {
		name string
		err  error
		kind errs.Kind
	}{
		{"no answer", &azidentity.AuthenticationFailedError{}, errs.Unavailable},
		{"a failure", &azidentity.AuthenticationFailedError{RawResponse: &http.Response{StatusCode: http.StatusServiceUnavailable, Status: "503 Down", Body: http.NoBody}}, errs.Unavailable},
		{"a refusal", &azidentity.AuthenticationFailedError{RawResponse: &http.Response{StatusCode: http.StatusBadRequest, Status: "400 Bad Request", Body: http.NoBody}}, errs.Unauthorized},
		{"nobody signed in", azidentity.NewCredentialUnavailableError("Azure CLI not found on path"), errs.Unauthorized},
		{"a token that tells nothing", nil, errs.Unauthorized},
	} {
		_, err := microsoft.NewDirectory(b.optionsOf(noCredential{c.err})).Me(t.Context())
		if !errs.Is(err, c.kind) {
			t.Errorf("%s: %v of kind %v, want %v", c.name, err, errs.KindOf(err), c.kind)
		}
	}
}

// noCredential gives an error, or a token that is none.
type noCredential struct{ err error }

func (n noCredential) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: "opaque"}, n.err
}

func TestWhoGaveUpIsTold(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := b.directory().GroupsNamed(ctx, "x")
	is(t, err, errs.Canceled, "")
}

func TestADeviceCodeSignsAPersonIn(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	messages := make(chan string, 1)
	cred, err := microsoft.DeviceCodeCredential(b.cloud(), b.ID(), func(m string) { messages <- m })
	b.must(err)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	failed := make(chan error, 1)
	go func() {
		_, err := microsoft.NewDirectory(b.optionsOf(cred)).Me(ctx)
		failed <- err
	}()
	message := <-messages
	if !strings.Contains(message, b.Server.URL) || !regexp.MustCompile(`\b[A-Z0-9]{8,}\b`).MatchString(message) {
		t.Errorf("the message tells no page or no code: %s", message)
	}
	cancel() // polling takes five seconds at the least
	if err := <-failed; !errs.Is(err, errs.Canceled) {
		t.Errorf("a sign-in that was given up: %v", err)
	}
}

func TestTheAzureCLIIsAsked(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs a shell script in the place of az")
	}
	if _, err := microsoft.CLICredential("not/a tenant"); !errs.Is(err, errs.Invalid) {
		t.Errorf("a tenant that cannot be one: %v", err)
	}
	b := newBox(t)
	cred, err := microsoft.CLICredential("")
	b.must(err)
	d := microsoft.NewDirectory(b.optionsOf(cred))
	bin := t.TempDir()
	t.Setenv("PATH", bin)
	_, err = d.Me(t.Context())
	is(t, err, errs.Unauthorized, "")
	// What "az account get-access-token -o json" prints for who is signed in.
	token := b.UserToken(b.admin, "https://graph.microsoft.com/.default")
	script := "#!/bin/sh\necho '{\"accessToken\":\"" + token + "\",\"expires_on\":4102444800,\"tokenType\":\"Bearer\"}'\n"
	if err := os.WriteFile(filepath.Join(bin, "az"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	me, err := d.Me(t.Context())
	b.must(err)
	if me.ID != b.admin.ID {
		t.Errorf("signed in as %+v", me)
	}
}
