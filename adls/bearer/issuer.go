package bearer

import (
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ownlake/ownlake/errs"
)

// issuer is one whose tokens are taken, with what is known of its keys.
type issuer struct {
	url            string
	names          []string // what "iss" may be
	tenant         string   // in lower case
	tenantRequired bool     // whether tokens must name it
	audiences      []string // without a slash at the end
	// subjectIsPrincipal is whether the claim "sub" has the object id.
	subjectIsPrincipal bool

	roots  *x509.CertPool
	client *http.Client
	clock  func() time.Time
	logger *slog.Logger

	mu       sync.Mutex
	keys     *keySet               // guarded by mu; nil before the first answer, never changed
	fetched  time.Time             // guarded by mu; when keys were fetched
	failure  error                 // guarded by mu; of the last fetch
	asked    [maxFetches]time.Time // guarded by mu; when the last fetches began, the oldest first
	fetching chan struct{}         // guarded by mu; closed when the fetch under way ends
}

// newIssuer checks what was configured.
func newIssuer(c Issuer, account string, clock func() time.Time, logger *slog.Logger) (*issuer, error) {
	invalid := func(text, hint string) error {
		return errs.E(errs.Invalid, errs.Item(c.URL), text, errs.Hint(hint))
	}
	u, err := url.Parse(c.URL)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, invalid("not an issuer's URL", "write it as the issuer's discovery document has it, such as https://login.microsoftonline.com/TENANT/v2.0")
	case !isSafe(u):
		return nil, invalid("the issuer's keys would come unprotected", "use https; http is for loopback")
	case c.PrincipalClaim != "" && c.PrincipalClaim != "oid" && c.PrincipalClaim != "sub":
		return nil, invalid("the principal's object id can be in the claims oid and sub", "leave it out for oid")
	}
	i := &issuer{
		url: c.URL, names: namesOf(c), tenant: strings.ToLower(c.Tenant), audiences: audiences(account, trimSlashes(c.Audiences)),
		subjectIsPrincipal: c.PrincipalClaim == "sub", roots: c.RootCAs, client: newClient(c.RootCAs), clock: clock, logger: logger,
	}
	if cloud, ok := cloudOf(u); ok {
		tenant := strings.ToLower(strings.Split(strings.Trim(u.Path, "/"), "/")[0])
		if !isGUID(tenant) {
			return nil, invalid("an issuer of every tenant", "put the id of your tenant into the URL instead")
		}
		if i.tenant != "" && i.tenant != tenant {
			return nil, invalid("the issuer is of another tenant than "+c.Tenant, "leave the tenant out")
		}
		i.tenant, i.tenantRequired = tenant, true
		i.names = unique(append(i.names, cloud.names(tenant)...))
	}
	if !isGUID(i.tenant) {
		return nil, invalid("the tenant of the issuer is not a GUID", "give the id of the directory, or make one up for an issuer that has none")
	}
	return i, nil
}

// takeOver takes the keys that another verifier knows of the same issuer, as it would be asked for them itself.
func (i *issuer) takeOver(former *Verifier) {
	if former == nil {
		return
	}
	same := former.issuers[i.names[0]]
	if same == nil || same.url != i.url || !slices.Equal(same.names, i.names) || !sameRoots(same.roots, i.roots) {
		return
	}
	same.mu.Lock()
	defer same.mu.Unlock()
	i.keys, i.fetched = same.keys, same.fetched
}

// sameRoots compares pools, nil ones included.
func sameRoots(a, b *x509.CertPool) bool {
	return a == b || a != nil && b != nil && a.Equal(b)
}

// namesOf are the configured ones, each with and without a slash at the end.
func namesOf(c Issuer) []string {
	var names []string
	for _, name := range append([]string{c.URL}, c.Aliases...) {
		name = strings.TrimSuffix(name, "/")
		names = append(names, name, name+"/")
	}
	return unique(names)
}

func unique(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

func trimSlashes(list []string) []string {
	trimmed := make([]string, 0, len(list))
	for _, s := range list {
		trimmed = append(trimmed, strings.TrimSuffix(s, "/"))
	}
	return trimmed
}

// isAudience reports whether a token for this audience is for us. SDKs ask for the scope of storage with one slash or
// two, and so get an audience without or with one.
func (i *issuer) isAudience(a string) bool {
	return slices.Contains(i.audiences, strings.TrimSuffix(a, "/"))
}

// cloud is one of Microsoft's, whose tokens of version 1 and 2 have different issuers ("Access tokens", "Validate the
// issuer") and the same keys.
type cloud struct{ login, sts string }

var clouds = []cloud{
	{"login.microsoftonline.com", "sts.windows.net"},
	{"login.microsoftonline.us", "sts.windows.net"},
	{"login.partner.microsoftonline.cn", "sts.chinacloudapi.cn"},
}

func cloudOf(u *url.URL) (cloud, bool) {
	host := strings.ToLower(u.Host)
	i := slices.IndexFunc(clouds, func(c cloud) bool { return host == c.login || host == c.sts })
	if i < 0 {
		return cloud{}, false
	}
	return clouds[i], true
}

// names are the issuers of a tenant's tokens, of version 1 and of version 2.
func (c cloud) names(tenant string) []string {
	return []string{"https://" + c.sts + "/" + tenant + "/", "https://" + c.login + "/" + tenant + "/v2.0"}
}

// isSafe reports whether nobody can change what comes from an address.
func isSafe(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	loopback := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	return u.Scheme == "https" || u.Scheme == "http" && loopback
}

// newClient returns a client that gives issuers little time and no second address: a redirect could lead to a place
// that is not protected as the first.
func newClient(roots *x509.CertPool) *http.Client {
	return &http.Client{
		Timeout:       fetchTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			TLSClientConfig:        &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
			MaxResponseHeaderBytes: 64 << 10,
			// Issuers are asked hourly, and verifiers are replaced when the configuration changes.
			DisableKeepAlives: true,
		},
	}
}
