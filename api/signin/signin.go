package signin

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ownlake/ownlake/errs"
)

const (
	flowLife = 10 * time.Minute
	// maxFlows bounds the memory of sign-ins that nobody finishes.
	maxFlows = 10_000
	// maxAnswer bounds what is read of the issuer.
	maxAnswer = 1 << 20
)

// Options are what a flow is made of. All but ClientSecret are required.
type Options struct {
	Issuer       string // below it is the discovery document
	ClientID     string
	ClientSecret string // of a confidential client
	RedirectURI  string // where the issuer sends the browser back to
	Client       *http.Client
	// Verify verifies an ID token of the issuer for the client, and returns what it says; Unauthorized where it is
	// not good.
	Verify func(ctx context.Context, idToken string) (Claims, error)
	Clock  func() time.Time
}

// Claims are what a token says of a person or an application.
type Claims struct {
	ObjectID string
	Name     string // to be shown: "Ann Example" or ann@example.com
	Groups   []string
	Nonce    string
	// Application is set for the token of an application itself, and not of a person using it.
	Application bool
}

// Person is who signed in, and what the sign-in was begun for.
type Person struct {
	Claims
	ReturnTo string
	Link     string // see [Flow.Begin]
}

// Flow is the sign-in at one issuer. It is safe for concurrent use.
type Flow struct {
	o Options

	mu       sync.Mutex
	begun    map[string]begun // by state
	metadata *metadata
}

type begun struct {
	browser, nonce, verifier, returnTo, link string
	at                                       time.Time
}

// metadata is what the discovery document says (OpenID Connect Discovery 1.0, section 3).
type metadata struct {
	Issuer                string   `json:"issuer"`
	AuthorizationEndpoint string   `json:"authorization_endpoint"`
	TokenEndpoint         string   `json:"token_endpoint"`
	Challenges            []string `json:"code_challenge_methods_supported"`
}

// New makes a flow. It asks the issuer nothing yet.
func New(o Options) *Flow { return &Flow{o: o, begun: map[string]begun{}} }

// RedirectURI is where the issuer sends the browser back to.
func (f *Flow) RedirectURI() string { return f.o.RedirectURI }

// Begin begins a sign-in: address is where the browser is to go, and browser a secret that it has to bring back, in a
// cookie. returnTo and link are given back by [Flow.Finish]. An issuer that does not answer is Unavailable.
func (f *Flow) Begin(ctx context.Context, returnTo, link string) (address, browser string, err error) {
	const op errs.Op = "signin.Begin"
	m, err := f.discover(ctx)
	if err != nil {
		return "", "", errs.E(op, err)
	}
	b := begun{browser: rand.Text(), nonce: rand.Text(), verifier: rand.Text() + rand.Text(), returnTo: returnTo, link: link, at: f.o.Clock()}
	state := rand.Text()
	f.mu.Lock()
	f.makeRoom(b.at)
	f.begun[state] = b
	f.mu.Unlock()
	challenge := sha256.Sum256([]byte(b.verifier))
	q := url.Values{
		"client_id": {f.o.ClientID}, "response_type": {"code"}, "redirect_uri": {f.o.RedirectURI}, "response_mode": {"query"},
		"scope": {"openid profile email"}, "state": {state}, "nonce": {b.nonce},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(challenge[:])}, "code_challenge_method": {"S256"},
	}
	separator := "?"
	if strings.Contains(m.AuthorizationEndpoint, "?") {
		separator = "&"
	}
	return m.AuthorizationEndpoint + separator + q.Encode(), b.browser, nil
}

// makeRoom forgets flows that are too old and, where there are too many, all: who was under way begins again.
func (f *Flow) makeRoom(now time.Time) {
	for state, b := range f.begun {
		if now.Sub(b.at) > flowLife || len(f.begun) >= maxFlows {
			delete(f.begun, state)
		}
	}
}

// Finish ends a sign-in with the query that the browser came back with and the secret of its cookie. What belongs to no
// sign-in of this browser, and a person whom the issuer did not let in, is Unauthorized.
func (f *Flow) Finish(ctx context.Context, query url.Values, browser string) (Person, error) {
	const op errs.Op = "signin.Finish"
	f.mu.Lock()
	b, ok := f.begun[query.Get("state")]
	ours := ok && subtle.ConstantTimeCompare([]byte(b.browser), []byte(browser)) == 1 && f.o.Clock().Sub(b.at) <= flowLife
	if ours {
		delete(f.begun, query.Get("state"))
	}
	f.mu.Unlock()
	if !ours {
		return Person{}, errs.E(op, errs.Unauthorized, "this sign-in was not begun in this browser, or is too old", errs.Hint("sign in again"))
	}
	if code := query.Get("error"); code != "" {
		return Person{}, errs.E(op, errs.Unauthorized, "the sign-in was refused: "+printable(code+" "+query.Get("error_description")), errs.Hint("sign in again"))
	}
	idToken, err := f.redeem(ctx, query.Get("code"), b.verifier)
	if err != nil {
		return Person{}, errs.E(op, err)
	}
	claims, err := f.o.Verify(ctx, idToken)
	if err != nil {
		return Person{}, errs.E(op, err)
	}
	if subtle.ConstantTimeCompare([]byte(claims.Nonce), []byte(b.nonce)) != 1 || claims.Application {
		return Person{}, errs.E(op, errs.Unauthorized, "the ID token is of another sign-in", errs.Hint("sign in again"))
	}
	return Person{Claims: claims, ReturnTo: b.returnTo, Link: b.link}, nil
}

// redeem exchanges a code for an ID token (OpenID Connect Core 1.0, section 3.1.3).
func (f *Flow) redeem(ctx context.Context, code, verifier string) (string, error) {
	m, err := f.discover(ctx)
	if err != nil {
		return "", err
	}
	form := url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {f.o.RedirectURI}, "client_id": {f.o.ClientID}, "code_verifier": {verifier},
	}
	if f.o.ClientSecret != "" {
		form.Set("client_secret", f.o.ClientSecret)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, m.TokenEndpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return "", errs.E(errs.Internal, err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	var answer struct {
		IDToken     string `json:"id_token"`
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	status, err := f.do(req, &answer)
	switch {
	case err != nil:
		return "", err
	case answer.Error != "":
		return "", errs.E(errs.Unauthorized, "the issuer refused the code: "+printable(answer.Error+" "+answer.Description), errs.Hint("sign in again"))
	case status != http.StatusOK || answer.IDToken == "":
		return "", errs.E(errs.Unavailable, errs.Item(m.TokenEndpoint), "the issuer gave no ID token")
	}
	return answer.IDToken, nil
}

// discover reads the issuer's metadata, once.
func (f *Flow) discover(ctx context.Context) (metadata, error) {
	f.mu.Lock()
	known := f.metadata
	f.mu.Unlock()
	if known != nil {
		return *known, nil
	}
	address := strings.TrimSuffix(f.o.Issuer, "/") + "/.well-known/openid-configuration"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return metadata{}, errs.E(errs.Invalid, errs.Item(address), err)
	}
	var m metadata
	status, err := f.do(req, &m)
	switch {
	case err != nil:
		return m, err
	case status != http.StatusOK || m.AuthorizationEndpoint == "" || m.TokenEndpoint == "":
		return m, errs.E(errs.Unavailable, errs.Item(address), "there is no discovery document at the issuer")
	case strings.TrimSuffix(m.Issuer, "/") != strings.TrimSuffix(f.o.Issuer, "/"): // OpenID Connect Discovery 1.0, section 4.3
		return m, errs.E(errs.Unavailable, errs.Item(address), "the discovery document is of another issuer: "+printable(m.Issuer))
	case len(m.Challenges) > 0 && !slices.Contains(m.Challenges, "S256"):
		return m, errs.E(errs.Unavailable, errs.Item(address), "the issuer does not take proof keys of the method S256")
	}
	f.mu.Lock()
	f.metadata = &m
	f.mu.Unlock()
	return m, nil
}

// do sends a request to the issuer and reads the JSON of its answer.
func (f *Flow) do(req *http.Request, into any) (int, error) {
	resp, err := f.o.Client.Do(req)
	if err != nil {
		if req.Context().Err() != nil {
			return 0, errs.E(req.Context().Err())
		}
		return 0, errs.E(errs.Unavailable, errs.Item(req.URL.Host), "the issuer cannot be reached", errs.Hint("sign in again when it can; a link of ownlake signin works without it"), err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); err != nil || kind != "application/json" || json.Unmarshal(body, into) != nil {
		return 0, errs.E(errs.Unavailable, errs.Item(req.URL.Host), "the issuer's answer is not JSON: "+resp.Status)
	}
	return resp.StatusCode, nil
}

// printable makes a text of the issuer fit for a message.
func printable(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.TrimSpace(text))
	if len(text) > 300 {
		text = text[:300] + "…"
	}
	return strings.ToValidUTF8(text, "")
}

// Issuer is whose people sign in.
func (f *Flow) Issuer() string { return f.o.Issuer }
