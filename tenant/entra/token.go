package entra

import (
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ownlake/ownlake/tenant/directory"
)

// tokenRequest is a request to a token endpoint whose client is known.
type tokenRequest struct {
	http      *http.Request
	form      url.Values
	client    client
	version2  bool
	anyTenant bool // "common" instead of a tenant
}

// grants are the ways to get tokens, by the parameter "grant_type".
func (s *Service) grants() map[string]func(tokenRequest) (*tokenResponse, *failure, error) {
	return map[string]func(tokenRequest) (*tokenResponse, *failure, error){
		"client_credentials": s.grantClientCredentials,
		"password":           s.grantPassword,
		"refresh_token":      s.grantRefreshToken,
		"authorization_code": s.grantAuthorizationCode,
		"urn:ietf:params:oauth:grant-type:device_code": s.grantDeviceCode,
		"device_code": s.grantDeviceCode, // as version 1 has it
	}
}

// token is the token endpoint, of version 2 or 1 by its path.
func (s *Service) token(w http.ResponseWriter, r *http.Request) {
	form, f := s.readForm(r)
	if f != nil {
		s.refuse(w, r, f)
		return
	}
	name := r.PathValue("tenant")
	ours, anyTenant := s.authority(name)
	if !ours {
		s.refuse(w, r, s.unknownTenant(name))
		return
	}
	req := tokenRequest{http: r, form: form, version2: strings.Contains(r.URL.Path, "/v2.0/"), anyTenant: anyTenant}
	kind := form.Get("grant_type")
	if kind == "" {
		s.refuse(w, r, missingParameter("grant_type"))
		return
	}
	grant, ok := s.grants()[kind]
	if !ok {
		s.refuse(w, r, fail(unsupportedGrantType, 70003, "The app requested an unsupported grant type '%s'.", shown(kind)))
		return
	}
	if req.client, f = s.authenticate(r, form, kind == "client_credentials"); f != nil {
		s.logger.InfoContext(r.Context(), "client refused", slog.String("client", shown(form.Get("client_id"))), slog.Int("aadsts", f.number))
		s.refuse(w, r, f)
		return
	}
	answer, f, err := grant(req)
	switch {
	case err != nil:
		s.internal(w, r, err)
	case f != nil:
		s.logger.InfoContext(r.Context(), "token refused", slog.String("grant", kind), slog.String("client", req.client.appID), slog.Int("aadsts", f.number))
		s.refuse(w, r, f)
	default:
		answer.write(w, req.version2)
	}
}

// internal answers where the tenant itself fails.
func (s *Service) internal(w http.ResponseWriter, r *http.Request, err error) {
	s.logger.ErrorContext(r.Context(), "the tenant cannot answer", slog.String("path", r.URL.Path), slog.Any("error", err))
	f := fail("server_error", 90033, "A transient error has occurred. Please try again.")
	f.status = http.StatusServiceUnavailable
	s.refuse(w, r, f)
}

// readForm reads a form that has each parameter once.
func (s *Service) readForm(r *http.Request) (url.Values, *failure) {
	if r.Method != http.MethodPost {
		return nil, fail(invalidRequest, 900561, "The endpoint only accepts POST requests. Received a %s request.", shown(r.Method))
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/x-www-form-urlencoded" {
		return nil, fail(invalidRequest, 900144, "The request must have the content type 'application/x-www-form-urlencoded'.")
	}
	if err := r.ParseForm(); err != nil {
		return nil, fail(invalidRequest, 9002313, "Invalid request. Request is malformed or invalid.")
	}
	for name, values := range r.PostForm {
		if len(values) > 1 {
			return nil, fail(invalidRequest, 9000411, "The request is not properly formatted. The parameter '%s' is duplicated.", shown(name))
		}
	}
	return r.PostForm, nil
}

// requestScope is what a token request asks for: by "scope" in version 2, by "resource" in version 1.
func (s *Service) requestScope(req tokenRequest) (scope, *failure) {
	if req.version2 {
		return s.parseScope(req.form.Get("scope"))
	}
	identifier := req.form.Get("resource")
	sc, f := s.parseScope(req.form.Get("scope"))
	if f != nil {
		return sc, f
	}
	sc.offline, sc.openID = true, true // version 1 always gives both for a user
	if identifier == "" {
		return sc, nil
	}
	sc.implied = false
	sc.permissions = []string{identifier + "/" + defaultScope}
	sc.resource, f = s.findResource(identifier)
	return sc, f
}

// tokenResponse is the answer of a token endpoint.
type tokenResponse struct {
	accessToken, refreshToken, idToken string
	scope, resource                    string
	issued                             time.Time
	clientInfo                         string
}

// write answers in the form of the version: that of version 1 has numbers as texts.
func (t *tokenResponse) write(w http.ResponseWriter, version2 bool) {
	seconds := int(tokenLife/time.Second) - 1
	body := map[string]any{"token_type": "Bearer", "access_token": t.accessToken, "expires_in": seconds, "ext_expires_in": seconds}
	if !version2 {
		body["expires_in"], body["ext_expires_in"] = strconv.Itoa(seconds), strconv.Itoa(seconds)
		body["expires_on"] = strconv.FormatInt(t.issued.Add(tokenLife).Unix(), 10)
		body["not_before"] = strconv.FormatInt(t.issued.Unix(), 10)
		body["resource"] = t.resource
	}
	for name, value := range map[string]string{
		"scope": t.scope, "refresh_token": t.refreshToken, "id_token": t.idToken, "client_info": t.clientInfo,
	} {
		if value != "" {
			body[name] = value
		}
	}
	writeJSON(w, http.StatusOK, body)
}

// asksForDefault reports whether a scope is one resource's ".default". Client libraries (MSAL for Go) add the parts of
// OpenID Connect, which mean nothing without a user.
func asksForDefault(text string) bool {
	scopes := slices.DeleteFunc(strings.Fields(text), func(item string) bool {
		return item == "openid" || item == "profile" || item == "offline_access"
	})
	return len(scopes) == 1 && strings.HasSuffix(scopes[0], "/"+defaultScope)
}

// grantClientCredentials gives a token to an application itself (RFC 6749, section 4.4).
func (s *Service) grantClientCredentials(req tokenRequest) (*tokenResponse, *failure, error) {
	if req.anyTenant {
		return nil, fail(invalidRequest, 50059, "No tenant-identifying information found in either the request or implied by any provided credentials."), nil
	}
	if req.version2 {
		switch text := req.form.Get("scope"); {
		case text == "":
			return nil, missingParameter("scope"), nil
		case !asksForDefault(text):
			return nil, fail(invalidScope, 1002012,
				"The provided value for scope %s is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).", shown(text)), nil
		}
	} else if req.form.Get("resource") == "" {
		return nil, missingParameter("resource"), nil
	}
	sc, f := s.requestScope(req)
	if f != nil {
		return nil, f, nil
	}
	now := s.clock()
	g := grantee{client: req.client, permissions: sc.permissions}
	token, err := s.accessToken(g, sc.resource, now)
	if err != nil {
		return nil, nil, err
	}
	return &tokenResponse{accessToken: token, issued: now, resource: sc.resource.identifier}, nil, nil
}

// grantPassword takes a user's password by way of a client (RFC 6749, section 4.3). The users are all local ones.
func (s *Service) grantPassword(req tokenRequest) (*tokenResponse, *failure, error) {
	for _, name := range []string{"username", "password"} {
		if req.form.Get(name) == "" {
			return nil, missingParameter(name), nil
		}
	}
	sc, f := s.requestScope(req)
	if f != nil {
		return nil, f, nil
	}
	u, f := s.signInUser(req.http, req.form.Get("username"), req.form.Get("password"))
	if f != nil {
		return nil, f, nil
	}
	return s.userTokens(req, sc, grantee{client: req.client, user: &u, method: "pwd", authTime: s.clock()}, "", "")
}

// userTokens makes the tokens of a user who signed in just now, or whose session goes on with a refresh token.
func (s *Service) userTokens(req tokenRequest, sc scope, g grantee, refresh, nonce string) (*tokenResponse, *failure, error) {
	now := s.clock()
	g.permissions = sc.permissions
	t := &tokenResponse{issued: now, resource: sc.resource.identifier, scope: grantedScope(sc), refreshToken: refresh}
	if !req.version2 {
		t.scope = "user_impersonation"
	}
	var err error
	if t.accessToken, err = s.accessToken(g, sc.resource, now); err != nil {
		return nil, nil, err
	}
	if sc.openID {
		if t.idToken, err = s.idToken(g, req.version2, nonce, now); err != nil {
			return nil, nil, err
		}
	}
	if sc.offline && refresh == "" {
		t.refreshToken, err = s.sessions.begin(session{User: g.user.ID, Client: g.client.appID, Method: g.method, SignedIn: g.authTime.UTC()})
		if err != nil {
			return nil, nil, err
		}
	}
	if req.form.Get("client_info") == "1" {
		info, err := json.Marshal(map[string]string{"uid": string(g.user.ID), "utid": s.tenant.ID})
		if err != nil {
			return nil, nil, err
		}
		t.clientInfo = base64.RawURLEncoding.EncodeToString(info)
	}
	return t, nil, nil
}

// grantedScope is what a client gets, which is what it asked for.
func grantedScope(sc scope) string {
	granted := append([]string{}, sc.permissions...)
	if sc.implied {
		granted = append(granted, "User.Read")
	}
	if sc.isDefault() && sc.resource.appID != directory.AppGraph {
		identifier, _ := splitScope(sc.permissions[0])
		granted = append(granted, identifier+"/user_impersonation")
	}
	if sc.openID {
		granted = append(granted, "openid", "profile")
	}
	if sc.offline {
		granted = append(granted, "offline_access")
	}
	return strings.Join(granted, " ")
}

// grantRefreshToken goes on with a session. Each refresh token is good for one use.
func (s *Service) grantRefreshToken(req tokenRequest) (*tokenResponse, *failure, error) {
	token := req.form.Get("refresh_token")
	if token == "" {
		return nil, missingParameter("refresh_token"), nil
	}
	sc, f := s.requestScope(req)
	if f != nil {
		return nil, f, nil
	}
	var u directory.User
	session, next, f, err := s.sessions.use(token, req.client.appID, func(one session) *failure {
		var f *failure
		u, f = s.sessionUser(one)
		return f
	})
	if f != nil || err != nil {
		return nil, f, err
	}
	g := grantee{client: req.client, user: &u, method: session.Method, authTime: session.SignedIn}
	return s.userTokens(req, sc, g, next, "")
}

// sessionUser is the user of a session, if that may go on.
func (s *Service) sessionUser(one session) (directory.User, *failure) {
	u, err := s.directory.User(string(one.User))
	switch {
	case err != nil:
		return u, fail(invalidGrant, 50034, "The user account does not exist in the %s directory.", s.tenant.DisplayName)
	case !u.Enabled:
		return u, fail(invalidGrant, 50057, "The user account is disabled.")
	case one.SignedIn.Before(u.SignInsSince):
		return u, fail(invalidGrant, 50173, "The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password.")
	}
	return u, nil
}
