package azurestore_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/adls"
	"github.com/ownlake/ownlake/adls/bearer"
	"github.com/ownlake/ownlake/adls/bearer/bearertest"
	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/lake/azurestore"
	"github.com/ownlake/ownlake/lake/localstore"
	"github.com/ownlake/ownlake/lake/storetest"
)

const (
	robot access.ObjectID = "0b000000-0000-4000-8000-000000000001"
	scope                 = access.Scope("/subscriptions/7d4c1c2e-9d0f-4d2e-8f60-1f5b7a3c9e10/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/" + account)
)

// rights are those of the robot, which a test changes.
type rights struct {
	mu    sync.Mutex
	roles []string
}

func (r *rights) become(roles ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.roles = roles
}

func (r *rights) Assignments(_ context.Context, p access.Principal) ([]access.RoleAssignment, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []access.RoleAssignment
	for _, name := range r.roles {
		role, ok := access.BuiltInRole(name)
		if !ok {
			return nil, errs.E(errs.Internal, name)
		}
		list = append(list, access.RoleAssignment{Role: role, Principal: p.ID, Scope: scope})
	}
	return list, nil
}

func (*rights) Groups(context.Context, access.ObjectID) ([]access.ObjectID, error) { return nil, nil }

// byToken is an embedded lake over TLS that takes an issuer's tokens, and the options to reach it as the robot.
func byToken(t *testing.T, r *rights) azurestore.Options {
	t.Helper()
	issuer := bearertest.New(t, time.Now)
	tokens, err := bearer.New(bearer.Options{Account: account, Issuers: []bearer.Issuer{issuer.Config()}, Clock: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	props := lake.AccountProperties{Name: account, Region: "westeurope", HierarchicalNamespace: true, Kind: "StorageV2", SKU: "Standard_LRS"}
	store, err := localstore.Open(localstore.Options{FS: vfs.NewMem(), Dir: "/lake", Clock: time.Now, Account: props})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	address, roots := serveTLS(t, adls.New(adls.Options{
		Store: ownerless{store}, Account: account, Region: props.Region, Default: wire.DFS, Clock: time.Now, Tokens: tokens, Roles: r, Scope: scope,
	}))
	return azurestore.Options{Endpoint: address + "/" + account, Account: account, Token: issuer.Credential(robot), RootCAs: roots, RetryDelay: time.Nanosecond}
}

// serveTLS serves a lake's handler with the certificate of httptest.
func serveTLS(t *testing.T, h http.Handler) (address string, roots *x509.CertPool) {
	t.Helper()
	certified := httptest.NewTLSServer(http.NotFoundHandler())
	certificates := certified.TLS.Certificates
	roots = x509.NewCertPool()
	roots.AddCert(certified.Certificate())
	certified.Close()
	tcp, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: h, ConnContext: wire.ConnContext, ReadHeaderTimeout: time.Minute}
	served := make(chan error, 1)
	go func() {
		served <- server.Serve(wire.Listener(tls.NewListener(tcp, &tls.Config{Certificates: certificates, MinVersion: tls.VersionTLS12})))
	}()
	t.Cleanup(func() {
		if err := server.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return "https://" + tcp.Addr().String(), roots
}

func openByToken(t *testing.T, o azurestore.Options) *azurestore.Store {
	t.Helper()
	s, err := azurestore.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// ownerless is a store whose items belong to nobody in particular, as those that a key makes. The conformance suite wants
// that, and a principal owns what it makes.
type ownerless struct{ *localstore.Store }

func (s ownerless) CreateFilesystem(ctx context.Context, fs lake.Filesystem, o lake.CreateFilesystemOptions) (lake.FilesystemProperties, error) {
	o.Creator = ""
	return s.Store.CreateFilesystem(ctx, fs, o)
}

func (s ownerless) Create(ctx context.Context, fs lake.Filesystem, p lake.Path, o lake.CreateOptions) (lake.Properties, error) {
	o.Creator = ""
	return s.Store.Create(ctx, fs, p, o)
}

func (s ownerless) PutBlob(ctx context.Context, fs lake.Filesystem, p lake.Path, body io.Reader, o lake.PutBlobOptions) (lake.Properties, error) {
	o.Creator = ""
	return s.Store.PutBlob(ctx, fs, p, body, o)
}

func TestAnAccountReachedByTokensIsAStoreLikeAnyOther(t *testing.T) {
	t.Parallel()
	s := openByToken(t, byToken(t, &rights{roles: []string{"Storage Blob Data Owner"}}))
	storetest.Run(t, func(*testing.T) lake.Store { return s })
}

func TestAPrincipalReadsAndWritesAsItsRoleSays(t *testing.T) {
	t.Parallel()
	r := &rights{roles: []string{"Storage Blob Data Contributor"}}
	s := openByToken(t, byToken(t, r))
	ctx := t.Context()
	if _, err := s.CreateFilesystem(ctx, "raw", lake.CreateFilesystemOptions{}); err != nil {
		t.Fatal(err)
	}
	write := func(p lake.Path) error {
		_, err := s.PutBlob(ctx, "raw", p, strings.NewReader("x"), lake.PutBlobOptions{})
		return err
	}
	read := func() error {
		c, err := s.Read(ctx, "raw", "a", lake.ReadOptions{})
		if err == nil {
			err = c.Body.Close()
		}
		return err
	}
	key := func() error { return s.UserDelegationKey(ctx, time.Now()) }
	hierarchical := func() error {
		on, err := s.Hierarchical(ctx, "raw")
		if err == nil && !on {
			err = errors.New("off")
		}
		return err
	}
	for _, step := range []struct {
		role                            string
		writes, reads, key, hierarchica bool
	}{
		{"Storage Blob Data Contributor", true, true, true, true},
		{"Storage Blob Data Reader", false, true, true, true},
		{"Storage Blob Delegator", false, false, true, false},
		{"Reader", false, false, false, true}, // which may look at containers, and not into them
	} {
		r.become(step.role)
		for _, ask := range []struct {
			what string
			err  error
			may  bool
		}{
			{"write", write("a"), step.writes}, {"read", read(), step.reads}, {"key", key(), step.key}, {"namespace", hierarchical(), step.hierarchica},
		} {
			if ask.may && ask.err != nil || !ask.may && !errs.Is(ask.err, errs.Permission) {
				t.Errorf("as %s, %s: %v, want allowed %v", step.role, ask.what, ask.err, ask.may)
			}
			if !ask.may && errs.HintOf(ask.err) == "" {
				t.Errorf("as %s, %s: no hint", step.role, ask.what)
			}
		}
		// The account's name is told to everybody who is let in at all.
		if a, err := s.Account(ctx); err != nil || a.Name != account || !strings.HasPrefix(a.Endpoint, "https://") {
			t.Errorf("as %s the account is %+v, %v", step.role, a, err)
		}
	}
}

func TestTokensGoToHTTPSAlone(t *testing.T) {
	t.Parallel()
	o := byToken(t, &rights{})
	o.Endpoint = strings.Replace(o.Endpoint, "https:", "http:", 1)
	if _, err := azurestore.Open(o); !errs.Is(err, errs.Invalid) || errs.HintOf(err) == "" {
		t.Errorf("Open: %v, want kind invalid and a hint", err)
	}
}

// broken is a sign-in that fails, in our own words.
type broken struct{ asked *int }

func (b broken) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	*b.asked++
	return azcore.AccessToken{}, final{errs.E(errs.Unauthorized, "the secret has expired", errs.Hint("make another"))}
}

type final struct{ error }

func (f final) Unwrap() error { return f.error }
func (final) NonRetriable()   {}

func TestAFailedSignInIsToldAsItIsAndNotRepeated(t *testing.T) {
	t.Parallel()
	o := byToken(t, &rights{})
	asked := 0
	o.Token, o.Retries = broken{&asked}, 3
	_, err := openByToken(t, o).Properties(t.Context(), "raw", "a", lake.Conditions{})
	if !errs.Is(err, errs.Unauthorized) || errs.HintOf(err) != "make another" || asked != 1 {
		t.Errorf("%v of kind %v after %d tries; want the credential's own error after one", err, errs.KindOf(err), asked)
	}
}

func TestRefusalsSayWhetherItIsTheNetworkTheKeyOrARole(t *testing.T) {
	t.Parallel()
	for code, tt := range map[string]struct {
		status int
		hint   string
	}{
		"AuthorizationFailure":               {http.StatusForbidden, "network rules"},
		"KeyBasedAuthenticationNotPermitted": {http.StatusForbidden, "takes no keys"},
		"AuthenticationFailed":               {http.StatusForbidden, "it was rotated"},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Ms-Request-Id", "1")
			w.Header().Set("X-Ms-Error-Code", code)
			w.WriteHeader(tt.status)
		}))
		t.Cleanup(server.Close)
		s := openByToken(t, azurestore.Options{Endpoint: server.URL, Account: account, Key: accountKey, Retries: -1, Renew: "it was rotated"})
		_, err := s.Account(t.Context())
		if !strings.Contains(string(errs.HintOf(err)), tt.hint) || !slices.Contains([]errs.Kind{errs.Permission, errs.Unauthorized}, errs.KindOf(err)) {
			t.Errorf("%s: %v of kind %v with hint %q, want %q", code, err, errs.KindOf(err), errs.HintOf(err), tt.hint)
		}
	}
}
