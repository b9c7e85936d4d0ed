package microsoft_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/sharing/microsoft"
)

func TestTheBoxTellsWhereItsServicesAre(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	got, err := microsoft.Discover(t.Context(), b.Server.URL+"/", b.Client())
	b.must(err)
	want := microsoft.Cloud{Name: "local", Login: b.Server.URL, Graph: b.Server.URL, Manager: b.Server.URL, ManagerAudience: b.Server.URL, StorageSuffix: "localhost"}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(microsoft.Cloud{}, "RootCAs")); diff != "" {
		t.Errorf("the cloud (-want +got):\n%s", diff)
	}
	// What it tells is good to sign in by and to call all services.
	got.RootCAs = b.roots()
	o := b.user(b.admin)
	o.Cloud = got
	if _, err := microsoft.NewDirectory(o).Me(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestNoCloudIsTakenFromElsewhere(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		say  http.HandlerFunc
		kind errs.Kind
	}{
		{"a page", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) }, errs.Invalid},
		{"a list of clouds", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("[]")) }, errs.Invalid},
		{"nothing of the kind", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("{}")) }, errs.Invalid},
		{"a sign-in service in the clear", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"microsoftGraphResourceId":"https://g","authentication":{"loginEndpoint":"http://l"},"suffixes":{"storage":"s"}}`))
		}, errs.Invalid},
		{"not found", http.NotFound, errs.Invalid},
		{"a failure", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }, errs.Unavailable},
		{"half an answer", func(w http.ResponseWriter, r *http.Request) { dies(w, r, nil) }, errs.Unavailable},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := httptest.NewTLSServer(c.say)
			t.Cleanup(s.Close)
			_, err := microsoft.Discover(t.Context(), s.URL, s.Client())
			is(t, err, c.kind, "")
		})
	}
	for _, address := range []string{"", "http://127.0.0.1:1", "https://", "https://u@h", "https://h/below", "https://h?x=1", "h:443"} {
		_, err := microsoft.Discover(t.Context(), address, http.DefaultClient)
		is(t, err, errs.Invalid, "")
	}
	gone := httptest.NewTLSServer(http.NotFoundHandler())
	client := gone.Client()
	gone.Close()
	_, err := microsoft.Discover(t.Context(), gone.URL, client)
	is(t, err, errs.Unavailable, "")
}

func TestThePublicCloudIsMicrosofts(t *testing.T) {
	t.Parallel()
	c := microsoft.PublicCloud()
	for _, address := range []string{c.Login, c.Graph, c.Manager} {
		if address[:8] != "https://" || address[len(address)-1] == '/' {
			t.Errorf("address %q", address)
		}
	}
}
