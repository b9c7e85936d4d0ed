package api_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/api"
	"github.com/ownlake/ownlake/api/session"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/tenant/state"
)

// browser keeps cookies and what GET /me tells a page.
type browser struct {
	t       *testing.T
	handler http.Handler
	cookies map[string]string
	csrf    string
}

func newBrowser(t *testing.T, h http.Handler) *browser {
	t.Helper()
	return &browser{t: t, handler: h, cookies: map[string]string{}}
}

func (b *browser) do(method, path, body string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	b.t.Helper()
	req := httptest.NewRequestWithContext(b.t.Context(), method, "http://localhost"+api.BasePath+path, strings.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	for name, value := range b.cookies {
		req.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	if b.csrf != "" {
		req.Header.Set(api.CSRFHeader, b.csrf)
	}
	for _, c := range change {
		c(req)
	}
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, req)
	for _, c := range w.Result().Cookies() {
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
			continue
		}
		b.cookies[c.Name] = c.Value
		if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode {
			b.t.Errorf("the cookie %s is HttpOnly %v, SameSite %v; scripts and other sites must not have it", c.Name, c.HttpOnly, c.SameSite)
		}
	}
	return w
}

func (b *browser) want(status int, method, path, body string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	b.t.Helper()
	w := b.do(method, path, body, change...)
	if w.Code != status {
		b.t.Fatalf("%s %s: status %d, want %d: %s", method, path, w.Code, status, w.Body)
	}
	return w
}

func decode[T any](t *testing.T, w *httptest.ResponseRecorder) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatalf("%v: %s", err, w.Body)
	}
	return v
}

// signIn follows a new link.
func (b *browser) signIn(o api.Options) api.Me {
	b.t.Helper()
	me := decode[api.Me](b.t, b.want(200, "POST", "/session/link", `{"code":"`+o.Access.Links.Make()+`"}`))
	b.csrf = me.CSRFToken
	return me
}

// signInAs begins a session of somebody of the tenant.
func (b *browser) signInAs(o api.Options, who insights.Principal, groups ...string) {
	b.t.Helper()
	secret, _, err := o.Access.Sessions.Begin(session.Session{Principal: who, Groups: groups})
	if err != nil {
		b.t.Fatal(err)
	}
	b.cookies[api.SessionCookie], b.csrf = secret, session.CSRFToken(secret)
}

func openSessions(t *testing.T, clock func() time.Time) *session.Sessions {
	t.Helper()
	kept, err := state.Open(state.Options{FS: vfs.NewMem(), Dir: "app"})
	if err != nil {
		t.Fatal(err)
	}
	all, err := session.OpenSessions(session.Options{State: kept, Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestALinkSignsInOnce(t *testing.T) {
	t.Parallel()
	o := options(&fakeServices{})
	h := api.New(o)
	link := o.Access.Links.Make()
	b := newBrowser(t, h)
	b.want(401, "GET", "/me", "")
	me := decode[api.Me](t, b.want(200, "POST", "/session/link", `{"code":"`+link+`"}`))
	if me.ServerRole != insights.Owner || me.CSRFToken == "" || me.By != "session" {
		t.Errorf("who followed the link is %+v, want an owner in a session", me)
	}
	if again := decode[api.Me](t, b.want(200, "GET", "/me", "")); again.CSRFToken != me.CSRFToken {
		t.Errorf("the session's token is %q after %q; pages that are open would fail", again.CSRFToken, me.CSRFToken)
	}
	newBrowser(t, h).want(401, "POST", "/session/link", `{"code":"`+link+`"}`)
}

func TestChangesOfASessionNeedItsToken(t *testing.T) {
	t.Parallel()
	o := options(&fakeServices{})
	b := newBrowser(t, api.New(o))
	b.signIn(o)
	token := `{"name":"script"}`
	b.want(201, "POST", "/me/tokens", token)
	b.want(403, "POST", "/me/tokens", token, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") })
	b.want(403, "POST", "/me/tokens", token, func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") })
	b.want(403, "POST", "/me/tokens", token, func(r *http.Request) { r.Header.Del(api.CSRFHeader) })
	other := newBrowser(t, b.handler)
	other.signIn(o)
	b.want(403, "POST", "/me/tokens", token, func(r *http.Request) { r.Header.Set(api.CSRFHeader, other.csrf) })
	if list := decode[[]session.Token](t, b.want(200, "GET", "/me/tokens", "")); len(list) != 1 {
		t.Errorf("%d tokens were made, want the one of the page", len(list))
	}
}

func TestSigningOutEndsTheSession(t *testing.T) {
	t.Parallel()
	o := options(&fakeServices{})
	b := newBrowser(t, api.New(o))
	b.signIn(o)
	stolen := newBrowser(t, b.handler)
	stolen.cookies[api.SessionCookie] = b.cookies[api.SessionCookie]
	stolen.want(200, "GET", "/me", "")
	b.want(204, "DELETE", "/session", "")
	if len(b.cookies) > 0 {
		t.Errorf("the browser keeps %v", b.cookies)
	}
	stolen.want(401, "GET", "/me", "")
}

func TestSessionsEndWhenNobodyUsesThem(t *testing.T) {
	t.Parallel()
	now := start
	o := options(&fakeServices{})
	o.Access.Sessions = openSessions(t, func() time.Time { return now })
	b := newBrowser(t, api.New(o))
	b.signInAs(o, insights.Principal{Kind: insights.UserPrincipal, ID: "ann"})
	for range 3 {
		now = now.Add(7 * time.Hour)
		b.want(200, "GET", "/me", "")
	}
	now = now.Add(9 * time.Hour)
	b.want(401, "GET", "/me", "")
	b.signInAs(o, insights.Principal{Kind: insights.UserPrincipal, ID: "ann"})
	for until := now.Add(7 * 24 * time.Hour); now.Before(until); now = now.Add(7 * time.Hour) {
		b.want(200, "GET", "/me", "")
	}
	now = now.Add(time.Minute)
	b.want(401, "GET", "/me", "")
}

func TestOneCanEndOnesOtherSessions(t *testing.T) {
	t.Parallel()
	o := options(&fakeServices{})
	h := api.New(o)
	ann := insights.Principal{Kind: insights.UserPrincipal, ID: "ann"}
	a, b, other := newBrowser(t, h), newBrowser(t, h), newBrowser(t, h)
	a.signInAs(o, ann)
	b.signInAs(o, ann)
	other.signInAs(o, insights.Principal{Kind: insights.UserPrincipal, ID: "bob"})
	for _, s := range decode[[]api.MySession](t, a.want(200, "GET", "/me/sessions", "")) {
		if !s.Current {
			other.want(404, "DELETE", "/me/sessions/"+s.ID, "")
			a.want(204, "DELETE", "/me/sessions/"+s.ID, "")
		}
	}
	a.want(200, "GET", "/me", "")
	b.want(401, "GET", "/me", "")
	other.want(200, "GET", "/me", "")
}

func TestAPITokens(t *testing.T) {
	t.Parallel()
	o := options(&fakeServices{})
	h := api.New(o)
	b := newBrowser(t, h)
	b.signIn(o)
	made := decode[api.CreatedToken](t, b.want(201, "POST", "/me/tokens", `{"name":"script","role":"viewer","environment":"`+string(id)+`"}`))
	program := newBrowser(t, h)
	with := func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+made.Text) }
	program.want(200, "GET", env, "", with)
	program.want(403, "POST", env+"/runs", "{}", with)
	program.want(403, "GET", "/environments/22222222-2222-3333-4444-555555555555", "", with)
	program.want(403, "POST", "/me/tokens", `{"name":"more"}`, with)
	program.want(401, "GET", env, "", func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+made.Text[:len(made.Text)-1]+"x") })
	if me := decode[api.Me](t, program.want(200, "GET", "/me", "", with)); me.ServerRole != "" || me.CSRFToken != "" {
		t.Errorf("a token for one environment has the role %q on the server", me.ServerRole)
	}
	b.want(422, "POST", "/me/tokens", `{"name":"old","expires":"2026-11-23T00:00:00Z"}`)
	b.want(422, "POST", "/me/tokens", `{"name":"eternal","expires":"2036-11-23T00:00:00Z"}`)
	if strings.Contains(b.want(200, "GET", "/me/tokens", "").Body.String(), made.Text[40:]) {
		t.Error("the list of tokens gives a token away")
	}
	b.want(204, "DELETE", "/me/tokens/"+made.Token.ID, "")
	b.want(404, "DELETE", "/me/tokens/"+made.Token.ID, "")
	program.want(401, "GET", env, "", with)
}

func TestGuessingIsSlow(t *testing.T) {
	t.Parallel()
	now := start
	o := options(&fakeServices{})
	o.Clock = func() time.Time { return now }
	b := newBrowser(t, api.New(o))
	tries := 0
	for tries = range 100 {
		if b.do("POST", "/session/link", `{"code":"guess"}`).Code == http.StatusTooManyRequests {
			break
		}
	}
	if tries != 20 {
		t.Errorf("%d tries were allowed, want 20", tries)
	}
	link := `{"code":"` + o.Access.Links.Make() + `"}`
	if w := b.want(429, "POST", "/session/link", link); w.Header().Get("Retry-After") == "" {
		t.Error("the answer does not say when to try again")
	}
	b.want(200, "POST", "/session/link", link, func(r *http.Request) { r.RemoteAddr = "192.0.2.7:1" })
	now = now.Add(time.Minute)
	b.want(401, "POST", "/session/link", `{"code":"guess"}`)
}

func TestWithoutATenantNobodyIsSentToOne(t *testing.T) {
	t.Parallel()
	b := newBrowser(t, newHandler(&fakeServices{}))
	b.want(404, "GET", "/session/signin", "")
	b.want(404, "GET", "/session/callback?code=x&state=y", "")
	o := decode[api.SignInOptions](t, b.want(200, "GET", "/session", ""))
	if o.OpenIDConnect || !o.FirstAdministrator {
		t.Errorf("the ways to sign in are %+v", o)
	}
}
