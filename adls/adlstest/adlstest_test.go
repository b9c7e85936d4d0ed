package adlstest_test

import (
	"context"
	"encoding/base64"
	"io"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/adls"
	"github.com/ownlake/ownlake/adls/adlstest"
	"github.com/ownlake/ownlake/adls/bearer"
	"github.com/ownlake/ownlake/adls/bearer/bearertest"
	"github.com/ownlake/ownlake/adls/sharedkey"
	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/lake/localstore"
)

const (
	account    = "devstoreaccount1"
	accountKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)

func TestTheLakeAnswersAsTheServiceDoes(t *testing.T) {
	t.Parallel()
	report, err := adlstest.Run(t.Context(), startLake(t), adlstest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	checkReport(t, report)
	t.Log(report.Tally)
}

func TestTheLakeAnswersTheSameAtHostStyleAddresses(t *testing.T) {
	t.Parallel()
	target := startPublicLake(t)
	// Names below localhost are found by dialing the listener, as not every system resolves them.
	address := strings.TrimSuffix(strings.TrimPrefix(target.Blob, "http://"), "/"+account)
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	target.Blob, target.DFS = "http://"+account+".blob.localhost:"+port, "http://"+account+".dfs.localhost:"+port
	target.Transport = &http.Transport{MaxIdleConnsPerHost: 64, DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}}
	report, err := adlstest.Run(t.Context(), target, adlstest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	checkReport(t, report)
}

func TestTheLakeKeepsWhatWasDeletedAsTheServiceDoes(t *testing.T) {
	t.Parallel()
	target := startLakeBehind(t, func(h http.Handler) http.Handler { return h }, func(o *adls.Options) {
		if err := o.Store.SetServiceSettings(t.Context(), lake.ServiceSettings{ContainerRetentionDays: 7}); err != nil {
			t.Fatal(err)
		}
	})
	const policy = "<DeleteRetentionPolicy><Enabled>true</Enabled><Days>7</Days></DeleteRetentionPolicy>"
	if status := putProperties(t, target, "<StorageServiceProperties>"+policy+"</StorageServiceProperties>"); status != http.StatusAccepted {
		t.Fatalf("setting the policy: %d", status)
	}
	if p := get(t, target, "/?restype=service&comp=properties"); !strings.Contains(p, policy) {
		t.Fatalf("the service's properties are %s", p)
	}
	report, err := adlstest.Run(t.Context(), target, adlstest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	checkReport(t, report)
}

// putProperties sets the service's properties.
func putProperties(t *testing.T, target adlstest.Target, body string) int {
	t.Helper()
	status, _ := send(t, target, http.MethodPut, "/?restype=service&comp=properties", body)
	return status
}

func get(t *testing.T, target adlstest.Target, path string) string {
	t.Helper()
	status, body := send(t, target, http.MethodGet, path, "")
	if status != http.StatusOK {
		t.Fatalf("GET %s: %d: %s", path, status, body)
	}
	return body
}

// send sends a signed request to the blob endpoint.
func send(t *testing.T, target adlstest.Target, method, path, body string) (status int, answer string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, target.Blob+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("x-ms-date", time.Now().UTC().Format(http.TimeFormat))
	r.Header.Set("x-ms-version", wire.LatestVersion)
	sharedkey.Credential{Account: target.Account, Key: target.Key}.Sign(r)
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// checkReport fails for each case that failed.
func checkReport(t *testing.T, report adlstest.Report) {
	t.Helper()
	for _, r := range report.Results {
		t.Run(r.Operation+"/"+r.Name, func(t *testing.T) {
			t.Parallel()
			switch r.Status {
			case adlstest.Failed:
				t.Error(r.Message)
			case adlstest.Skipped:
				t.Skip(r.Message)
			case adlstest.Passed:
			}
		})
	}
}

func TestACheckThatIsInterruptedEndsSoonAndLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	target := startLake(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	report, err := adlstest.Run(ctx, target, adlstest.Options{Parallel: 4, Progress: func(_ adlstest.Result, tally adlstest.Tally) {
		if tally.Done() == 20 {
			cancel()
		}
	}})
	if !errs.Is(err, errs.Canceled) {
		t.Errorf("the error is %v, want one of a check that was cancelled", err)
	}
	if n := report.Done(); n < 20 || n > 30 || n != len(report.Results) {
		t.Errorf("%d cases ended and %d are reported, want about 20", n, len(report.Results))
	}
	left, err := adlstest.Run(t.Context(), target, adlstest.Options{Match: regexp.MustCompile("^ListContainers/names the service")})
	if err != nil || left.Passed != 1 {
		t.Fatalf("the lake does not serve any more: %v, %v", left, err)
	}
	if list := get(t, target, "/?comp=list&prefix=conform-"); strings.Contains(list, "<Name>") {
		t.Errorf("filesystems are left behind: %s", list)
	}
}

func TestServersThatCannotBeAskedAreNamedOnce(t *testing.T) {
	t.Parallel()
	target := startLake(t)
	wrong := target
	wrong.Key = []byte("not the key")
	if report, err := adlstest.Run(t.Context(), wrong, adlstest.Options{}); !errs.Is(err, errs.Unauthorized) || len(report.Results) != 0 {
		t.Errorf("a wrong key: %v and %d results, want an error alone", err, len(report.Results))
	}
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	none := target
	none.Blob = "http://" + ln.Addr().String() + "/" + account
	if err := ln.Close(); err != nil {
		t.Fatal(err)
	}
	if report, err := adlstest.Run(t.Context(), none, adlstest.Options{}); !errs.Is(err, errs.Unavailable) || len(report.Results) != 0 {
		t.Errorf("no server: %v and %d results, want an error alone", err, len(report.Results))
	}
}

func TestCasesAreManyAndHaveNamesOfTheirOwn(t *testing.T) {
	t.Parallel()
	cases := adlstest.Cases()
	if len(cases) < 400 {
		t.Errorf("%d cases, want at least 400", len(cases))
	}
	seen := map[string]bool{}
	for _, c := range cases {
		if seen[c.ID()] {
			t.Errorf("two cases are named %q", c.ID())
		}
		seen[c.ID()] = true
	}
}

// startLake serves a lake in memory, with a listener for each endpoint.
func startLake(t *testing.T) adlstest.Target {
	t.Helper()
	return startLakeBehind(t, func(h http.Handler) http.Handler { return h })
}

// startPublicLake is [startLake] where containers may be opened to everybody, and bearer tokens are taken.
func startPublicLake(t *testing.T) adlstest.Target {
	t.Helper()
	const someone = access.ObjectID("50e0e000-0000-4000-8000-000000000001")
	issuer := bearertest.New(t, time.Now)
	tokens, err := bearer.New(bearer.Options{Account: account, Issuers: []bearer.Issuer{issuer.Config()}, Clock: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	target := startLakeBehind(t, func(h http.Handler) http.Handler { return h }, func(o *adls.Options) {
		o.AllowPublicAccess = true
		o.Tokens, o.Roles, o.Scope = tokens, owners{someone}, "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/"+account
	})
	target.Token = issuer.Token(someone)
	return target
}

// owners are principals with every right to the data.
type owners []access.ObjectID

// Assignments gives each of them the role that a bearer has to have: see [adlstest.Target].
func (o owners) Assignments(context.Context, access.Principal) ([]access.RoleAssignment, error) {
	role, _ := access.BuiltInRole(access.StorageBlobDataOwner)
	var list []access.RoleAssignment
	for _, id := range o {
		list = append(list, access.RoleAssignment{Principal: id, Role: role, Scope: access.RootScope})
	}
	return list, nil
}

// Groups knows of none.
func (o owners) Groups(context.Context, access.ObjectID) ([]access.ObjectID, error) { return nil, nil }

// startLakeBehind is [startLake] with something between the server and its clients.
func startLakeBehind(t *testing.T, front func(http.Handler) http.Handler, options ...func(*adls.Options)) adlstest.Target {
	t.Helper()
	key, err := base64.StdEncoding.DecodeString(accountKey)
	if err != nil {
		t.Fatal(err)
	}
	store, err := localstore.Open(localstore.Options{
		FS: vfs.NewMem(), Dir: "/lake", Clock: time.Now, Logger: slog.New(slog.DiscardHandler),
		Account: lake.AccountProperties{
			Name: account, Region: "westeurope", HierarchicalNamespace: true, Kind: "StorageV2", SKU: "Standard_LRS",
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	serve := func(e wire.Endpoint) string {
		o := adls.Options{
			Store: store, Account: account, Key: key, Region: "westeurope", Default: e, Clock: time.Now, StallTimeout: time.Minute,
		}
		for _, option := range options {
			option(&o)
		}
		return listen(t, front(adls.New(o)))
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Errorf("closing the store: %v", err)
		}
	})
	return adlstest.Target{Blob: serve(wire.Blob), DFS: serve(wire.DFS), Account: account, Key: key, Clock: time.Now}
}

// listen serves a handler and returns the account's address.
func listen(t *testing.T, h http.Handler) string {
	t.Helper()
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: h, ConnContext: wire.ConnContext, DisableGeneralOptionsHandler: true, ReadHeaderTimeout: time.Minute}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = srv.Serve(wire.Listener(ln))
	}()
	t.Cleanup(func() {
		_ = srv.Shutdown(context.Background())
		<-done
	})
	return "http://" + ln.Addr().String() + "/" + account
}
