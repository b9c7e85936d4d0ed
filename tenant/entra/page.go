package entra

import (
	"bytes"
	_ "embed"
	"html/template"
	"net/http"
	"net/url"
	"strings"
)

// page is what the sign-in page shows.
type page struct {
	Title   string
	Message string // instead of a form
	Error   string
	Client  string // what is signed in to
	Action  string // where the form goes
	Flow    string
	User    string
	// Device asks for a device's code, and Change for a new password.
	Device   bool
	UserCode string
	Change   bool
	// SendTo is the client's address, which the form's answer may lead to; Post is sent there at once.
	SendTo string
	Post   url.Values
}

//go:embed page.html
var pageText string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// showPage writes a page. It runs no script but the one line that sends a form on, by its nonce, and nobody can frame it.
func (s *Service) showPage(w http.ResponseWriter, status int, p page) {
	nonce := secretText()
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, struct {
		page
		Tenant, Nonce string
	}{p, s.tenant.DisplayName, nonce}); err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	target := "'self'"
	if u, err := url.Parse(p.SendTo); err == nil && u.Host != "" && !strings.ContainsAny(u.Host, " ;,'\"") {
		target += " " + u.Scheme + "://" + u.Host
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'nonce-"+nonce+"'; script-src 'nonce-"+nonce+"'; base-uri 'none'; frame-ancestors 'none'; form-action "+target)
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // a browser that has gone comes again
}

func (s *Service) showFailure(w http.ResponseWriter, p page, f *failure) {
	p.Error = f.Error()
	s.showPage(w, http.StatusBadRequest, p)
}

// readPageForm reads what a page of ours sends. What another site's page sends is refused.
func (s *Service) readPageForm(r *http.Request) (url.Values, *failure) {
	if origin := r.Header.Get("Origin"); origin != "" && origin != "null" && !strings.EqualFold(origin, s.base) {
		return nil, fail(invalidRequest, 9002313, "The form was not sent by this page.")
	}
	if site := r.Header.Get("Sec-Fetch-Site"); site == "cross-site" {
		return nil, fail(invalidRequest, 9002313, "The form was not sent by this page.")
	}
	return s.readForm(r)
}
