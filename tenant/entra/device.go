package entra

import (
	"net/http"
	"time"

	"github.com/ownlake/ownlake/tenant/directory"
)

// deviceCode begins a sign-in on another device (RFC 8628, section 3.1).
func (s *Service) deviceCode(w http.ResponseWriter, r *http.Request) {
	form, f := s.readForm(r)
	if f != nil {
		s.refuse(w, r, f)
		return
	}
	name := r.PathValue("tenant")
	if ours, _ := s.authority(name); !ours {
		s.refuse(w, r, s.unknownTenant(name))
		return
	}
	c, f := s.findClient(form.Get("client_id"))
	if f == nil && !c.public {
		f = fail(unauthorizedClient, 70002, "The client application must be marked as public to use the device code flow.")
	}
	if f == nil {
		_, f = s.parseScope(form.Get("scope"))
	}
	if f != nil {
		s.refuse(w, r, f)
		return
	}
	code, userCode := s.codes.newDevice(c.appID, form.Get("scope"))
	page := s.base + "/devicelogin"
	writeJSON(w, http.StatusOK, map[string]any{
		"user_code": userCode, "device_code": code, "verification_uri": page, "verification_url": page,
		"expires_in": int(deviceCodeLife / time.Second), "interval": 5,
		"message": "To sign in, use a web browser to open the page " + page + " and enter the code " + userCode + " to authenticate.",
	})
}

// grantDeviceCode gives a device its tokens once its user has signed in (RFC 8628, section 3.4).
func (s *Service) grantDeviceCode(req tokenRequest) (*tokenResponse, *failure, error) {
	code := req.form.Get("device_code")
	if code == "" {
		code = req.form.Get("code") // version 1
	}
	if code == "" {
		return nil, missingParameter("device_code"), nil
	}
	d, f := s.codes.poll(code, req.client.appID)
	if f != nil {
		return nil, f, nil
	}
	sc, f := s.parseScope(d.scope)
	if f != nil {
		return nil, f, nil
	}
	u, f := s.sessionUser(session{User: d.user, SignedIn: d.at})
	if f != nil {
		return nil, f, nil
	}
	return s.userTokens(req, sc, grantee{client: req.client, user: &u, method: d.method, authTime: d.at}, "", "")
}

// devicePage asks for the code that the device shows, and for the user.
func (s *Service) devicePage(w http.ResponseWriter, r *http.Request) {
	s.showPage(w, http.StatusOK, page{Title: "Sign in on a device", Action: "/devicelogin", Device: true, UserCode: r.URL.Query().Get("otc")})
}

// deviceLogin signs the user of a device in. Wrong codes count as wrong passwords do.
func (s *Service) deviceLogin(w http.ResponseWriter, r *http.Request) {
	p := page{Title: "Sign in on a device", Action: "/devicelogin", Device: true}
	form, f := s.readPageForm(r)
	if f != nil {
		s.showFailure(w, p, f)
		return
	}
	p.UserCode, p.User = form.Get("otc"), form.Get("login")
	key := limitKey(r, "device", "")
	d, ok := s.codes.pendingDevice(p.UserCode)
	switch {
	case s.failures.locked(key) > 0:
		s.showFailure(w, p, fail(invalidGrant, 50053, "Too many codes were wrong. Wait for a while."))
		return
	case !ok:
		s.failures.failed(key)
		s.showFailure(w, p, fail(invalidGrant, 70018, "That code didn't work. Check the code and try again."))
		return
	}
	if form.Get("cancel") != "" {
		s.codes.answer(p.UserCode, "", "")
		s.showPage(w, http.StatusOK, page{Title: "Not signed in", Message: "The device was refused. You can close this page."})
		return
	}
	u, f := s.pageSignIn(r, form)
	if f != nil {
		p.Change = f.number == 50055
		s.showFailure(w, p, f)
		return
	}
	if !s.codes.answer(p.UserCode, u.ID, "pwd") {
		s.showFailure(w, p, fail(invalidGrant, 70018, "That code didn't work. Check the code and try again."))
		return
	}
	s.failures.succeeded(key)
	s.showPage(w, http.StatusOK, page{Title: "Signed in", Message: "You have signed in to " + s.clientName(d.clientID) + " on your device. You can close this page."})
}

func (s *Service) clientName(appID string) string {
	if p, err := s.directory.ServicePrincipal(appID); err == nil {
		return p.DisplayName
	}
	return directory.DefaultDisplayName
}
