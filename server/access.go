package server

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/google/uuid"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/adls/bearer"
	"github.com/ownlake/ownlake/api"
	"github.com/ownlake/ownlake/api/audit"
	"github.com/ownlake/ownlake/api/idempotency"
	"github.com/ownlake/ownlake/api/permission"
	"github.com/ownlake/ownlake/api/session"
	"github.com/ownlake/ownlake/api/signin"
	"github.com/ownlake/ownlake/config"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/tenant/directory"
	"github.com/ownlake/ownlake/tenant/state"
)

// issuerTimeout is how long the issuer of a sign-in has to answer.
const issuerTimeout = 20 * time.Second

// openAccess opens what callers of the app prove themselves with.
func (s *Server) openAccess() error {
	var err error
	if s.state, err = state.Open(state.Options{FS: vfs.Default, Dir: filepath.Join(s.cfg.DataDir, "app")}); err != nil {
		return err
	}
	o := session.Options{State: s.state, Clock: time.Now}
	s.access.Links = session.NewLinks(time.Now)
	if s.access.Sessions, err = session.OpenSessions(o); err != nil {
		return err
	}
	if s.access.Tokens, err = session.OpenTokens(o); err != nil {
		return err
	}
	if s.access.Permissions, err = permission.Open(permission.Options{State: s.state, Clock: time.Now}); err != nil {
		return err
	}
	if s.answers, err = idempotency.Open(idempotency.Options{State: s.state, Clock: time.Now}); err != nil {
		return err
	}
	s.audit, err = audit.Open(audit.Options{FS: vfs.Default, Dir: filepath.Join(s.cfg.DataDir, "audit"), Clock: time.Now, Logger: s.cfg.Logger})
	return err
}

// callbackPath is where an issuer sends browsers back to.
const callbackPath = api.BasePath + "/session/callback"

// openSignIn lets people sign in at the tenant that is configured, or at the one in the box. base is where browsers reach
// the app.
func (s *Server) openSignIn(base string) error {
	c := s.cfg.Settings.SignIn
	i := bearer.Issuer{URL: c.Issuer, Tenant: c.Tenant}
	if c.Issuer == "" {
		if s.tenant == nil {
			return nil
		}
		var err error
		if c, i, err = s.boxedIssuer(base); err != nil {
			return err
		}
		s.access.Directory = boxedDirectory{s.tenant.directory}
	}
	if c.ClientID == "" {
		return errs.E(errs.Invalid, errs.Item("signIn.clientId"), "the application id of this app's registration at the issuer is missing",
			errs.Hint("register an application with the redirect address "+base+callbackPath+" and put its id into "+config.FileName))
	}
	secret, err := clientSecret(c.ClientSecretFile)
	if err != nil {
		return err
	}
	i.Audiences = []string{c.ClientID, "api://" + c.ClientID}
	verifier, err := bearer.New(bearer.Options{Issuers: []bearer.Issuer{i}, Clock: time.Now, Logger: s.cfg.Logger})
	if err != nil {
		return err
	}
	v := tokenVerifier{verifier, c.ClientID}
	s.access.Bearer = v.accessToken
	s.access.SignIn = signin.New(signin.Options{
		Issuer: i.URL, ClientID: c.ClientID, ClientSecret: secret, RedirectURI: base + callbackPath,
		Client: issuerClient(i.RootCAs), Verify: v.idToken, Clock: time.Now,
	})
	return nil
}

func clientSecret(file string) (string, error) {
	if file == "" {
		return "", nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", errs.E(errs.Invalid, errs.Item("signIn.clientSecretFile"), err)
	}
	return strings.TrimSpace(string(text)), nil
}

// issuerClient asks an issuer, and nobody that it sends to.
func issuerClient(roots *x509.CertPool) *http.Client {
	return &http.Client{
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true}, Timeout: issuerTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// boxedIssuer is the tenant in the box, where the app is registered if it is not yet.
func (s *Server) boxedIssuer(base string) (config.SignIn, bearer.Issuer, error) {
	d := s.tenant.directory
	c := config.SignIn{Issuer: s.tenant.entra.Issuer(), ClientID: appID(d.Tenant().ID)}
	ca, err := OpenCA(s.cfg.DataDir)
	if err != nil {
		return c, bearer.Issuer{}, err
	}
	i := bearer.Issuer{URL: c.Issuer, Aliases: []string{s.tenant.entra.IssuerV1()}, Tenant: d.Tenant().ID, RootCAs: ca.Pool()}
	redirects := []string{"http://127.0.0.1" + callbackPath, "http://localhost" + callbackPath, base + callbackPath}
	a, err := d.Application(c.ClientID)
	switch {
	case errs.Is(err, errs.NotFound):
		_, err = d.CreateApplication(directory.Application{
			AppID: c.ClientID, DisplayName: "ownlake", IdentifierURIs: []string{"api://" + c.ClientID}, RedirectURIs: redirects, PublicClient: true, TokenVersion: 2,
		})
	case err == nil && !slices.Contains(a.RedirectURIs, base+callbackPath):
		_, err = d.UpdateApplication(string(a.ID), func(a *directory.Application) { a.RedirectURIs = append(a.RedirectURIs, base+callbackPath) })
	}
	if err == nil {
		if _, missing := d.ServicePrincipal(c.ClientID); errs.Is(missing, errs.NotFound) {
			_, err = d.CreateServicePrincipal(c.ClientID)
		}
	}
	return c, i, err
}

// appID is the application id of this app in a tenant in the box.
func appID(tenant string) string {
	return uuid.NewSHA1(uuid.MustParse(tenant), []byte("ownlake")).String()
}

// tokenVerifier tells what tokens of an issuer say that are for this app. (A [bearer.Verifier] takes those for storage as
// well, which are not for here.)
type tokenVerifier struct {
	verifier *bearer.Verifier
	clientID string
}

// appClaims are what matters of a token beside who it is of.
type appClaims struct {
	Audience  any    `json:"aud"` // a text, or several
	Nonce     string `json:"nonce"`
	Name      string `json:"name"`
	IDType    string `json:"idtyp"`
	Scope     string `json:"scp"`
	AppID     string `json:"appid"`
	Authorize string `json:"azp"`
}

func (v tokenVerifier) verify(ctx context.Context, token string) (signin.Claims, appClaims, error) {
	var c appClaims
	id, err := v.verifier.Verify(ctx, token)
	if err != nil {
		return signin.Claims{}, c, err
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return signin.Claims{}, c, errs.E(errs.Unauthorized, "not a token")
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err == nil {
		err = json.Unmarshal(payload, &c)
	}
	audience, isText := c.Audience.(string)
	if err != nil || !isText || audience != v.clientID && audience != "api://"+v.clientID {
		return signin.Claims{}, c, errs.E(errs.Unauthorized, "the token is for another application")
	}
	claims := signin.Claims{ObjectID: string(id.Principal.ID), Name: c.Name, Nonce: c.Nonce}
	if claims.Name == "" {
		claims.Name = id.Name
	}
	for _, g := range id.Principal.Groups {
		claims.Groups = append(claims.Groups, string(g))
	}
	return claims, c, nil
}

// idToken verifies who signed in.
func (v tokenVerifier) idToken(ctx context.Context, token string) (signin.Claims, error) {
	claims, _, err := v.verify(ctx, token)
	return claims, errs.Wrap("server.idToken", err)
}

// accessToken verifies who calls. An ID token is no access token: it tells the app who a person is, and lets nobody in.
func (v tokenVerifier) accessToken(ctx context.Context, token string) (signin.Claims, error) {
	const op errs.Op = "server.accessToken"
	claims, c, err := v.verify(ctx, token)
	if err != nil {
		return claims, errs.E(op, err)
	}
	if c.AppID == "" && c.Authorize == "" {
		return claims, errs.E(op, errs.Unauthorized, "the token is not an access token")
	}
	claims.Application = c.IDType == "app" || c.Scope == "" && c.Name == ""
	return claims, nil
}

// boxedDirectory is the directory of the tenant in the box.
type boxedDirectory struct{ directory *directory.Directory }

// Groups returns the groups of a principal.
func (d boxedDirectory) Groups(_ context.Context, principal string) (groups []string, known, enabled bool) {
	o, err := d.directory.Object(access.ObjectID(principal))
	if err != nil {
		return nil, true, false
	}
	enabled = true
	switch o := o.(type) {
	case directory.User:
		enabled = o.Enabled
	case directory.ServicePrincipal:
		enabled = o.Enabled
	}
	for _, g := range d.directory.GroupsOf(access.ObjectID(principal)) {
		groups = append(groups, string(g))
	}
	return groups, true, enabled
}

// Search finds principals by name, address or id.
func (d boxedDirectory) Search(_ context.Context, text string, limit int) ([]insights.Principal, error) {
	text = strings.ToLower(strings.TrimSpace(text))
	found := []insights.Principal{}
	add := func(kind insights.PrincipalKind, id access.ObjectID, name string, by ...string) {
		for _, one := range append(by, name, string(id)) {
			if len(found) < limit && strings.HasPrefix(strings.ToLower(one), text) {
				found = append(found, insights.Principal{Kind: kind, ID: string(id), Name: name})
				return
			}
		}
	}
	for _, u := range d.directory.Users() {
		add(insights.UserPrincipal, u.ID, u.DisplayName, u.UserPrincipalName, u.Mail, u.Surname)
	}
	for _, g := range d.directory.Groups() {
		add(insights.GroupPrincipal, g.ID, g.DisplayName)
	}
	for _, p := range d.directory.ServicePrincipals() {
		if !p.WellKnown {
			add(insights.ApplicationPrincipal, p.ID, p.DisplayName, p.AppID)
		}
	}
	return found, nil
}

// SignInLink makes a link that signs in once, as the server's own administrator; the server must have started.
func (s *Server) SignInLink() string {
	return s.base() + api.NewSignInLink(s.access.Links.Make()).Path
}

// HasAdministrator reports whether somebody of the tenant has a role on this server.
func (s *Server) HasAdministrator() bool {
	return len(s.access.Permissions.List(insights.AllEnvironments)) > 0
}

// base is where browsers reach the app.
func (s *Server) base() string {
	if s.cfg.Settings.URL != "" {
		return s.cfg.Settings.URL
	}
	return s.appURL
}

// publicHosts are the names, besides those of the loopback, under which browsers may reach the app.
func (s *Server) publicHosts() []string {
	u, err := url.Parse(s.cfg.Settings.URL)
	if err != nil || u.Host == "" {
		return nil
	}
	return []string{strings.ToLower(u.Hostname())}
}
