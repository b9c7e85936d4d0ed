package api

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/ownlake/ownlake/api/session"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
)

// Me says who calls, what they may, and what a page needs to go on.
type Me struct {
	Principal insights.Principal `json:"principal"`
	By        string             `json:"by" enum:"machine,session,token,bearer" doc:"How the caller proved who it is"`
	// ServerRole is the caller's role in every environment; an administrator of the server may create some.
	ServerRole insights.Role `json:"serverRole,omitempty" doc:"The role that holds in every environment"`
	// Environments are those in which the caller has a role.
	Environments []MyEnvironment `json:"environments"`
	CSRFToken    string          `json:"csrfToken,omitempty" doc:"To be sent as the header X-CSRF-Token with every change; for sessions only"`
	// Expires is when the session ends if nobody uses it.
	Expires time.Time `json:"expires,omitzero"`
}

// MyEnvironment is an environment in which the caller has a role.
type MyEnvironment struct {
	ID   insights.EnvironmentID `json:"id"`
	Name string                 `json:"name"`
	Role insights.Role          `json:"role"`
}

func (r *routes) getMe(ctx context.Context, _ *emptyInput) (*output[Me], error) {
	c := requestOf(ctx).caller
	me := Me{Principal: c.principal, By: c.by, ServerRole: r.o.roleIn(c, insights.AllEnvironments), Environments: []MyEnvironment{}}
	if c.by == bySession {
		me.CSRFToken, me.Expires = session.CSRFToken(c.secret), c.session.Expires()
	}
	all, err := r.o.Services.Environments.List(ctx)
	if err != nil {
		return nil, err
	}
	for _, env := range all {
		if role := r.o.roleIn(c, env.ID); role != "" {
			me.Environments = append(me.Environments, MyEnvironment{env.ID, env.Name, role})
		}
	}
	return answer(me, nil)
}

// SignInOptions say how somebody can sign in here.
type SignInOptions struct {
	OpenIDConnect      bool   `json:"openIdConnect" doc:"Whether GET /session/signin leads to a tenant"`
	Issuer             string `json:"issuer,omitempty"`
	FirstAdministrator bool   `json:"firstAdministrator" doc:"Whether nobody has a role on this server yet"`
}

func (r *routes) getSignInOptions(context.Context, *emptyInput) (*output[SignInOptions], error) {
	o := SignInOptions{OpenIDConnect: r.o.Access.SignIn != nil, FirstAdministrator: len(r.o.Access.Permissions.List(insights.AllEnvironments)) == 0}
	if o.OpenIDConnect {
		o.Issuer = r.o.Access.SignIn.Issuer()
	}
	return answer(o, nil)
}

type signInInput struct {
	ReturnTo string `query:"returnTo" maxLength:"2000" doc:"The page to go to when signed in, such as /environments; one of this server"`
	Link     string `query:"link" maxLength:"100" doc:"The code of a link: who signs in becomes an administrator of the server"`
}

// redirection sends a browser on.
type redirection struct {
	Status    int
	Location  string         `header:"Location"`
	SetCookie []*http.Cookie `header:"Set-Cookie"`
}

// signInCookie ties a sign-in to the browser that began it.
const signInCookie = "ownlake_signin"

func (r *routes) beginSignIn(ctx context.Context, in *signInInput) (*redirection, error) {
	req := requestOf(ctx)
	flow := r.o.Access.SignIn
	if flow == nil {
		return nil, errs.E(errs.NotFound, "no sign-in is configured", errs.Hint("ownlake signin on the machine of the server prints a link that signs in"))
	}
	r.o.limiter.failed(req.from) // whatever becomes of it
	if in.Link != "" && !r.o.Access.Links.Known(in.Link) {
		return signInPage(errs.E(errs.Unauthorized, "the link was used before, or is too old")), nil
	}
	address, browser, err := flow.Begin(ctx, in.ReturnTo, in.Link)
	if err != nil {
		logProblem(ctx, r.o.Logger, err)
		return signInPage(err), nil
	}
	cookie := &http.Cookie{ //nolint:gosec // G124: browsers take no Secure cookie over http, which is on loopback only
		Name: signInCookie, Value: browser, Path: BasePath + "/session", MaxAge: int((10 * time.Minute).Seconds()),
		HttpOnly: true, Secure: req.secure, SameSite: http.SameSiteLaxMode,
	}
	return &redirection{http.StatusFound, address, []*http.Cookie{cookie}}, nil
}

// signInPage is the page that offers to sign in, with what went wrong in its fragment, which no server gets to see.
func signInPage(err error) *redirection {
	p := newProblem(err)
	return &redirection{Status: http.StatusFound, Location: "/signin#" + url.Values{"problem": {p.Detail}, "hint": {p.Hint}}.Encode()}
}

type callbackInput struct {
	Code        string `query:"code"`
	State       string `query:"state"`
	Error       string `query:"error"`
	Description string `query:"error_description"`
	// Issuers add parameters of their own, which are of no use here.
	ErrorSubcode string `query:"error_subcode"`
	ErrorURI     string `query:"error_uri"`
	SessionState string `query:"session_state"`
	Issuer       string `query:"iss"`
	ClientInfo   string `query:"client_info"`
	Browser      string `cookie:"ownlake_signin"`
}

// finishSignIn is where the issuer sends the browser back to.
func (r *routes) finishSignIn(ctx context.Context, in *callbackInput) (*redirection, error) {
	flow := r.o.Access.SignIn
	if flow == nil {
		return nil, errs.E(errs.NotFound, "no sign-in is configured")
	}
	q := url.Values{"code": {in.Code}, "state": {in.State}}
	if in.Error != "" {
		q.Set("error", in.Error)
		q.Set("error_description", in.Description)
	}
	person, err := flow.Finish(ctx, q, in.Browser)
	if err != nil {
		r.o.limiter.failed(requestOf(ctx).from)
		if !errs.Is(err, errs.Unauthorized) {
			logProblem(ctx, r.o.Logger, err)
		}
		return signInPage(err), nil
	}
	who := insights.Principal{Kind: insights.UserPrincipal, ID: strings.ToLower(person.ObjectID), Name: person.Name}
	changing(ctx).who = who
	if person.Link != "" {
		if err := r.makeFirstAdministrator(ctx, person.Link, who); err != nil {
			return signInPage(err), nil
		}
	}
	cookie, err := r.beginSession(ctx, who, person.Groups)
	if err != nil {
		return nil, err
	}
	return &redirection{http.StatusFound, localPath(person.ReturnTo), []*http.Cookie{cookie, endedCookie(signInCookie, BasePath+"/session", false)}}, nil
}

// makeFirstAdministrator gives who followed a link and signed in the server, as its owner.
func (r *routes) makeFirstAdministrator(ctx context.Context, link string, who insights.Principal) error {
	if err := r.o.Access.Links.Follow(link); err != nil {
		return err
	}
	a, err := r.o.Access.Permissions.Set(insights.RoleAssignment{
		Environment: insights.AllEnvironments, Principal: who, Role: insights.Owner, AssignedBy: "a link of this server",
	}, nil)
	changing(ctx).after = a
	return err
}

// localPath is a path of this server, or "/" where the text is something else: nobody may use a sign-in to send a browser
// elsewhere. Browsers take a backslash for a slash.
func localPath(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(text, "/") || strings.HasPrefix(text, "//") || strings.ContainsAny(text, "\\\r\n\t") {
		return "/"
	}
	return text
}

func (r *routes) beginSession(ctx context.Context, who insights.Principal, groups []string) (*http.Cookie, error) {
	req := requestOf(ctx)
	if req.caller.by == bySession { // the cookie is about to be another's
		if err := r.o.Access.Sessions.End(req.caller.session.ID); err != nil {
			return nil, err
		}
	}
	secret, _, err := r.o.Access.Sessions.Begin(session.Session{Principal: who, Groups: groups, From: req.from, Agent: req.agent})
	if err != nil {
		return nil, err
	}
	return &http.Cookie{ //nolint:gosec // G124: browsers take no Secure cookie over http, which is on loopback only
		Name: sessionCookie(req.secure), Value: secret, Path: "/", HttpOnly: true, Secure: req.secure, SameSite: http.SameSiteLaxMode,
	}, nil
}

func endedCookie(name, path string, secure bool) *http.Cookie {
	//nolint:gosec // G124: it is empty
	return &http.Cookie{Name: name, Path: path, MaxAge: -1, HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode}
}

type linkInput struct {
	Body struct {
		Code string `json:"code" maxLength:"100" doc:"The code of the link that the server printed"`
	}
}

// sessionOutput is an answer that sets a cookie.
type sessionOutput[T any] struct {
	SetCookie []*http.Cookie `header:"Set-Cookie"`
	Body      T
}

// followLink signs in whoever has a link, as the server's own administrator.
func (r *routes) followLink(ctx context.Context, in *linkInput) (*sessionOutput[Me], error) {
	if err := r.o.Access.Links.Follow(in.Body.Code); err != nil {
		r.o.limiter.failed(requestOf(ctx).from)
		return nil, refused(err)
	}
	cookie, err := r.beginSession(ctx, machine, nil)
	if err != nil {
		return nil, err
	}
	changing(ctx).who = machine
	req := requestOf(ctx)
	s, _ := r.o.Access.Sessions.Use(cookie.Value)
	req.caller = caller{principal: machine, by: bySession, session: s, secret: cookie.Value}
	me, err := r.getMe(context.WithValue(ctx, requestKey{}, req), nil)
	if err != nil {
		return nil, err
	}
	return &sessionOutput[Me]{[]*http.Cookie{cookie}, me.Body}, nil
}

// refused makes an error of kind Unauthorized one whose problem says that the caller is not known.
func refused(err error) error {
	if !errs.Is(err, errs.Unauthorized) {
		return err
	}
	p := newProblem(err)
	p.Status, p.Title = http.StatusUnauthorized, http.StatusText(http.StatusUnauthorized)
	return p
}

// SignInLink is a link that signs in once.
type SignInLink struct {
	Code string `json:"code"`
	Path string `json:"path" doc:"The page with the code; it is in the fragment, which browsers send to nobody"`
}

// NewSignInLink makes the link of a code.
func NewSignInLink(code string) SignInLink {
	return SignInLink{Code: code, Path: "/signin#link=" + code}
}

func (r *routes) createLink(context.Context, *emptyInput) (*output[SignInLink], error) {
	return answer(NewSignInLink(r.o.Access.Links.Make()), nil)
}

// sessionEnded is the answer when a browser signs out.
type sessionEnded struct {
	SetCookie []*http.Cookie `header:"Set-Cookie"`
}

func (r *routes) endSession(ctx context.Context, _ *emptyInput) (*sessionEnded, error) {
	req := requestOf(ctx)
	if req.caller.by != bySession {
		return nil, errs.E(errs.Conflict, "the request came by a token, not in a session")
	}
	err := r.o.Access.Sessions.End(req.caller.session.ID)
	return &sessionEnded{[]*http.Cookie{endedCookie(sessionCookie(req.secure), "/", req.secure)}}, err
}

// MySession is a session of the caller.
type MySession struct {
	ID      string    `json:"id"`
	Begun   time.Time `json:"begun"`
	Used    time.Time `json:"used"`
	From    string    `json:"from"`
	Agent   string    `json:"agent"`
	Current bool      `json:"current" doc:"Whether it is the one of this request"`
}

func (r *routes) listSessions(ctx context.Context, _ *emptyInput) (*output[[]MySession], error) {
	c := requestOf(ctx).caller
	list := []MySession{}
	for _, s := range r.o.Access.Sessions.Of(c.principal.ID) {
		list = append(list, MySession{s.ID, s.Begun, s.Used, s.From, s.Agent, s.ID == c.session.ID})
	}
	return answer(list, nil)
}

type sessionIDInput struct {
	Session string `path:"session" doc:"The session's id"`
}

func (r *routes) endOtherSession(ctx context.Context, in *sessionIDInput) (*emptyOutput, error) {
	for _, s := range r.o.Access.Sessions.Of(requestOf(ctx).caller.principal.ID) {
		if s.ID == in.Session {
			return &emptyOutput{}, r.o.Access.Sessions.End(s.ID)
		}
	}
	return nil, errs.E(errs.NotFound, errs.Item(in.Session), "there is no such session")
}

// emptyOutput is an answer without a body.
type emptyOutput struct{}
