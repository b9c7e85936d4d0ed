package entra

import (
	"crypto/subtle"
	"net/http"
	"net/url"
	"strings"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/tenant/directory"
)

// authorize is the authorization endpoint: it shows the sign-in page (OpenID Connect Core, section 3.1.2). Until the
// client and its redirect address are known to belong together, errors are shown and not sent there.
func (s *Service) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	p := page{Title: "Sign in"}
	if ours, _ := s.authority(r.PathValue("tenant")); !ours {
		s.showFailure(w, p, s.unknownTenant(r.PathValue("tenant")))
		return
	}
	c, f := s.findClient(q.Get("client_id"))
	if f == nil && !s.isRedirect(c, q.Get("redirect_uri")) {
		f = fail(invalidRequest, 50011, "The redirect URI '%s' specified in the request does not match the redirect URIs configured for the application '%s'.",
			shown(q.Get("redirect_uri")), c.appID)
	}
	if f != nil {
		s.showFailure(w, p, f)
		return
	}
	in := signIn{
		clientID: c.appID, redirect: q.Get("redirect_uri"), scope: q.Get("scope"), state: q.Get("state"), nonce: q.Get("nonce"),
		challenge: q.Get("code_challenge"), mode: q.Get("response_mode"), hint: q.Get("login_hint"),
	}
	if f := s.checkAuthorize(q, c); f != nil {
		s.sendBack(w, in, url.Values{"error": {f.oauth}, "error_description": {f.Error()}})
		return
	}
	s.showSignIn(w, http.StatusOK, in, page{})
}

func (s *Service) checkAuthorize(q url.Values, c client) *failure {
	switch {
	case q.Get("response_type") != "code":
		return fail("unsupported_response_type", 700054, "response_type '%s' is not enabled for the application: use 'code'.", shown(q.Get("response_type")))
	case q.Get("prompt") == "none":
		return fail(interactionRequired, 50058, "A silent sign-in request was sent but no user is signed in.")
	case q.Get("code_challenge") == "" && c.public:
		return fail(invalidRequest, 9002325, "Proof Key for Code Exchange is required for authorization code redemption by public clients.")
	case q.Get("code_challenge") != "" && q.Get("code_challenge_method") != "S256":
		return fail(invalidRequest, 501491, "Invalid code_challenge_method: use S256.")
	}
	_, f := s.parseScope(q.Get("scope"))
	return f
}

// showSignIn shows a page that is good for one try.
func (s *Service) showSignIn(w http.ResponseWriter, status int, in signIn, p page) {
	p.Title, p.Client, p.Action, p.Flow = "Sign in", s.clientName(in.clientID), "/"+s.tenant.ID+"/login", put(s.codes, s.codes.pages, in, codeLife)
	if p.User == "" {
		p.User = in.hint
	}
	p.SendTo = in.redirect
	s.showPage(w, status, p)
}

// login is where the sign-in page sends the user's password. Each page is good for one try; the next one is shown with
// the answer.
func (s *Service) login(w http.ResponseWriter, r *http.Request) {
	form, f := s.readPageForm(r)
	if f != nil {
		s.showFailure(w, page{Title: "Sign in"}, f)
		return
	}
	in, ok := take(s.codes, s.codes.pages, form.Get("flow"))
	if !ok {
		s.showFailure(w, page{Title: "Sign in"}, fail(invalidRequest, 165000, "The page is too old or was used before. Go back to the application and sign in again."))
		return
	}
	if form.Get("cancel") != "" {
		s.sendBack(w, in, url.Values{"error": {"access_denied"}, "error_description": {"AADSTS65004: User declined to sign in."}, "error_subcode": {"cancel"}})
		return
	}
	u, f := s.pageSignIn(r, form)
	if f != nil {
		s.showSignIn(w, http.StatusBadRequest, in, page{User: form.Get("login"), Error: f.Error(), Change: f.number == 50055})
		return
	}
	code := put(s.codes, s.codes.grants, authorization{signIn: in, user: u.ID, method: "pwd", at: s.clock()}, codeLife)
	s.sendBack(w, in, url.Values{"code": {code}, "session_state": {secretText()[:22]}})
}

// pageSignIn checks the password that a page sends, and changes it where the user must.
func (s *Service) pageSignIn(r *http.Request, form url.Values) (directory.User, *failure) {
	next := form.Get("newpasswd")
	if next == "" {
		return s.signInUser(r, form.Get("login"), form.Get("passwd"))
	}
	u, f := s.checkUser(r, form.Get("login"), form.Get("passwd"))
	if f != nil {
		return u, f
	}
	again := func(text string) *failure { return fail(invalidGrant, 50055, "%s", text) }
	switch {
	case subtle.ConstantTimeCompare([]byte(next), []byte(form.Get("newpasswd2"))) != 1:
		return u, again("The new passwords are not the same.")
	case next == form.Get("passwd"):
		return u, again("The new password is the old one.")
	}
	if err := s.directory.SetPassword(u.ID, next, false); err != nil {
		return u, again(string(errs.HintOf(err)))
	}
	return u, nil
}

// sendBack sends the browser to the client with an answer, in the mode that the client asked for.
func (s *Service) sendBack(w http.ResponseWriter, in signIn, answer url.Values) {
	if in.state != "" {
		answer.Set("state", in.state)
	}
	switch in.mode {
	case "form_post":
		s.showPage(w, http.StatusOK, page{Title: "Signing in", SendTo: in.redirect, Post: answer})
		return
	case "fragment":
		w.Header().Set("Location", in.redirect+"#"+answer.Encode())
	default:
		separator := "?"
		if strings.Contains(in.redirect, "?") {
			separator = "&"
		}
		w.Header().Set("Location", in.redirect+separator+answer.Encode())
	}
	w.WriteHeader(http.StatusFound)
}

// grantAuthorizationCode gives a client the tokens of the user who signed in on our page (RFC 6749, section 4.1.3; RFC
// 7636). A code is good for one try.
func (s *Service) grantAuthorizationCode(req tokenRequest) (*tokenResponse, *failure, error) {
	code := req.form.Get("code")
	if code == "" {
		return nil, missingParameter("code"), nil
	}
	a, spent, ok := s.codes.redeem(code)
	switch {
	case spent:
		return nil, fail(invalidGrant, 54005, "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token."), nil
	case !ok:
		return nil, fail(invalidGrant, 70008, "The provided authorization code or refresh token has expired due to inactivity, or is not known."), nil
	case a.clientID != req.client.appID:
		return nil, fail(invalidGrant, 700005, "Provided Authorization Code is intended to be used by another application."), nil
	case a.redirect != req.form.Get("redirect_uri"):
		return nil, fail(invalidGrant, 50011, "The redirect URI specified in the request does not match that of the authorization request."), nil
	}
	verifier := req.form.Get("code_verifier")
	if a.challenge != "" || verifier != "" {
		if subtle.ConstantTimeCompare([]byte(challengeOf(verifier)), []byte(a.challenge)) != 1 {
			return nil, fail(invalidGrant, 501481, "The Code_Verifier does not match the code_challenge supplied in the authorization request."), nil
		}
	}
	if req.form.Get("scope") == "" {
		req.form.Set("scope", a.scope)
	}
	sc, f := s.requestScope(req)
	if f != nil {
		return nil, f, nil
	}
	u, f := s.sessionUser(session{User: a.user, SignedIn: a.at})
	if f != nil {
		return nil, f, nil
	}
	return s.userTokens(req, sc, grantee{client: req.client, user: &u, method: a.method, authTime: a.at}, "", a.nonce)
}

// passwordPage lets users change their password, a one-time one as well.
func (s *Service) passwordPage(w http.ResponseWriter, _ *http.Request) {
	s.showPage(w, http.StatusOK, page{Title: "Change password", Action: "/password", Change: true})
}

func (s *Service) changePassword(w http.ResponseWriter, r *http.Request) {
	p := page{Title: "Change password", Action: "/password", Change: true}
	form, f := s.readPageForm(r)
	if f == nil {
		p.User = form.Get("login")
		if form.Get("cancel") == "" && form.Get("newpasswd") == "" {
			f = missingParameter("newpasswd")
		}
	}
	if f == nil && form.Get("cancel") == "" {
		_, f = s.pageSignIn(r, form)
	}
	switch {
	case f != nil:
		s.showFailure(w, p, f)
	case form.Get("cancel") != "":
		s.showPage(w, http.StatusOK, page{Title: "Not changed", Message: "The password is as it was. You can close this page."})
	default:
		s.showPage(w, http.StatusOK, page{Title: "Changed", Message: "The password is changed. You can close this page."})
	}
}

// logout ends nothing, as pages keep no sign-in; it only says so.
func (s *Service) logout(w http.ResponseWriter, _ *http.Request) {
	s.showPage(w, http.StatusOK, page{Title: "Signed out", Message: "You are signed out of this page. Applications keep their tokens until those expire."})
}
