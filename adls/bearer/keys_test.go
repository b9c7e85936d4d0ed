package bearer_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/ownlake/ownlake/adls/bearer"
	"github.com/ownlake/ownlake/adls/bearer/bearertest"
	"github.com/ownlake/ownlake/errs"
)

// mustTake verifies a good token.
func mustTake(t *testing.T, v *bearer.Verifier, token string) {
	t.Helper()
	if _, err := v.Verify(t.Context(), token); err != nil {
		t.Fatalf("a good token is refused: %v", err)
	}
}

func down(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }

func TestKeysAreFetchedOnceForAllWhoWait(t *testing.T) {
	t.Parallel()
	now := newClock()
	i := bearertest.New(t, now.Now)
	v := newVerifier(t, i, now, nil)
	if i.Asked() != 0 {
		t.Error("the issuer was asked before there was a token")
	}
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() { mustTakeAsync(t, v, i.Token(alice)) })
	}
	all.Wait()
	if i.Asked() != 2 {
		t.Errorf("the issuer was asked %d times, want its discovery document and its keys once", i.Asked())
	}
}

// mustTakeAsync is mustTake for goroutines.
func mustTakeAsync(t *testing.T, v *bearer.Verifier, token string) {
	t.Helper()
	if _, err := v.Verify(t.Context(), token); err != nil {
		t.Errorf("a good token is refused: %v", err)
	}
}

func TestANewKeyIsFetchedWhenATokenNamesIt(t *testing.T) {
	t.Parallel()
	now := newClock()
	i := bearertest.New(t, now.Now)
	v := newVerifier(t, i, now, nil)
	old := i.Token(alice)
	mustTake(t, v, old)
	i.Rotate()
	mustTake(t, v, old) // until it is known that the key was withdrawn
	mustTake(t, v, i.Token(alice))
	mustRefuse(t, v, old, "no such key")
}

func TestAnIssuerIsNotAskedForEachUnknownKey(t *testing.T) {
	t.Parallel()
	now := newClock()
	i := bearertest.New(t, now.Now)
	v := newVerifier(t, i, now, nil)
	mustTake(t, v, i.Token(alice))
	stranger, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	unknown := func(n int) string {
		return i.SignWith(stranger, jose.RS256, header{"kid": fmt.Sprint("unknown", n)}, i.Claims(alice))
	}
	for n := range 50 {
		mustRefuse(t, v, unknown(n), "no such key")
	}
	if i.Asked() != 3*2 {
		t.Errorf("the issuer got %d requests in an instant, want 6", i.Asked())
	}
	now.Pass(30 * time.Second)
	i.Rotate()
	mustTake(t, v, i.Token(alice))
}

func TestAnIssuerThatIsDownIsAskedAgainLater(t *testing.T) {
	t.Parallel()
	now := newClock()
	i := bearertest.New(t, now.Now)
	v := newVerifier(t, i, now, nil)
	i.Break(down)
	token := i.Token(alice)
	for range 5 {
		if _, err := v.Verify(t.Context(), token); !errs.Is(err, errs.Unavailable) {
			t.Fatalf("error %v of kind %v, want Unavailable", err, errs.KindOf(err))
		}
	}
	if i.Asked() != 3 {
		t.Errorf("the issuer was asked %d times in an instant, want 3", i.Asked())
	}
	i.Break(nil)
	now.Pass(30 * time.Second)
	mustTake(t, v, token)
}

func TestAnIssuerThatIsDownDoesNotStopTokensOfKnownKeys(t *testing.T) {
	t.Parallel()
	now := newClock()
	i := bearertest.New(t, now.Now)
	v := newVerifier(t, i, now, nil)
	mustTake(t, v, i.Token(alice))
	i.Break(down)
	for range 3 {
		now.Pass(48 * time.Hour)
		mustTake(t, v, i.Token(alice))
	}
	stranger := i.Rotate()
	_, err := v.Verify(t.Context(), i.SignWith(stranger, jose.RS256, header{"kid": i.KeyID()}, i.Claims(alice)))
	if !errs.Is(err, errs.Unavailable) {
		t.Errorf("a key that may be new: error %v of kind %v, want Unavailable", err, errs.KindOf(err))
	}
}

// TestKeysThatAreWithdrawnAreForgotten waits, by asking, for the refresh that goes on beside the requests.
func TestKeysThatAreWithdrawnAreForgotten(t *testing.T) {
	t.Parallel()
	now := newClock()
	i := bearertest.New(t, now.Now)
	v := newVerifier(t, i, now, nil)
	token := i.Sign(i.Claims(alice).With("exp", now.Now().Add(24*time.Hour).Unix()))
	mustTake(t, v, token)
	i.Rotate()
	now.Pass(time.Hour)
	for {
		_, err := v.Verify(t.Context(), token)
		if errs.Is(err, errs.Unauthorized) {
			break
		}
		if err != nil || t.Context().Err() != nil {
			t.Fatal(err)
		}
	}
	if i.Asked() > 2*4 {
		t.Errorf("the issuer got %d requests", i.Asked())
	}
}

func TestAnswersOfIssuersAreBounded(t *testing.T) {
	t.Parallel()
	now := newClock()
	other := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(other.Close)
	for name, tc := range map[string]struct {
		answer func(i *bearertest.Issuer, w http.ResponseWriter, r *http.Request)
		want   string
	}{
		"thousands of keys": {func(i *bearertest.Issuer, w http.ResponseWriter, r *http.Request) {
			document(i, w, r, `{"keys":[`+strings.Repeat(`{"kty":"oct","k":"AA"},`, 5000)+`{}]}`)
		}, "5001 keys"},
		"a huge set of keys": {func(i *bearertest.Issuer, w http.ResponseWriter, r *http.Request) {
			document(i, w, r, `{"keys":[],"x":"`+strings.Repeat("x", 2<<20)+`"}`)
		}, "larger than"},
		"an endless discovery document": {func(_ *bearertest.Issuer, w http.ResponseWriter, _ *http.Request) {
			for {
				if _, err := w.Write(make([]byte, 64<<10)); err != nil {
					return
				}
			}
		}, "larger than"},
		"no keys": {func(i *bearertest.Issuer, w http.ResponseWriter, r *http.Request) {
			document(i, w, r, `{"keys":[]}`)
		}, "none of the issuer's 0 keys"},
		"keys that are no JSON": {func(i *bearertest.Issuer, w http.ResponseWriter, r *http.Request) {
			document(i, w, r, `<html>`)
		}, "invalid character"},
		"a redirect": {func(_ *bearertest.Issuer, w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other.URL, http.StatusFound)
		}, "302"},
		"another issuer's document": {func(_ *bearertest.Issuer, w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"issuer":"https://evil.example","jwks_uri":"https://evil.example/keys"}`))
		}, "of another issuer"},
		"keys that come unprotected": {func(i *bearertest.Issuer, w http.ResponseWriter, _ *http.Request) {
			_ = json.NewEncoder(w).Encode(map[string]string{"issuer": i.URL(), "jwks_uri": "http://id.example/keys"})
		}, "no address of https"},
		"keys from a file": {func(i *bearertest.Issuer, w http.ResponseWriter, _ *http.Request) {
			_ = json.NewEncoder(w).Encode(map[string]string{"issuer": i.URL(), "jwks_uri": "file:///etc/passwd"})
		}, "no address of https"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := bearertest.New(t, now.Now)
			i.Break(func(w http.ResponseWriter, r *http.Request) { tc.answer(i, w, r) })
			_, err := newVerifier(t, i, now, nil).Verify(t.Context(), i.Token(alice))
			if !errs.Is(err, errs.Unavailable) || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v of kind %v, want Unavailable with %q", err, errs.KindOf(err), tc.want)
			}
		})
	}
}

// document answers with a good discovery document and bad keys.
func document(i *bearertest.Issuer, w http.ResponseWriter, r *http.Request, keys string) {
	if r.URL.Path == "/keys" {
		_, _ = w.Write([]byte(keys))
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]string{"issuer": i.URL(), "jwks_uri": "http://" + r.Host + "/keys"})
}

// TestWhoGivesUpWaitsNoLonger has an issuer that answers when the caller has gone.
func TestWhoGivesUpWaitsNoLonger(t *testing.T) {
	t.Parallel()
	now := newClock()
	i := bearertest.New(t, now.Now)
	v := newVerifier(t, i, now, nil)
	asked, answer := make(chan struct{}), make(chan struct{})
	var once sync.Once
	i.Break(func(w http.ResponseWriter, r *http.Request) {
		once.Do(func() { close(asked) })
		<-answer
		down(w, r)
	})
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error)
	go func() {
		_, err := v.Verify(ctx, i.Token(alice))
		failed <- err
	}()
	<-asked
	cancel()
	if err := <-failed; !errs.Is(err, errs.Canceled) {
		t.Errorf("error %v of kind %v, want Canceled", err, errs.KindOf(err))
	}
	close(answer)
}

func TestASubjectCanBeThePrincipal(t *testing.T) {
	t.Parallel()
	now := newClock()
	i := bearertest.New(t, now.Now)
	v := newVerifier(t, i, now, func(o *bearer.Options) {
		o.Issuers[0].PrincipalClaim = "sub"
		o.Issuers[0].Audiences = []string{"ownlake/"}
		o.Issuers[0].Aliases = []string{"https://sts.example/" + i.Tenant()}
	})
	claims := i.Claims(auditors).With("sub", string(alice))
	for _, c := range []bearertest.Claims{
		claims, claims.With("oid", nil), claims.With("aud", "ownlake"),
		claims.With("iss", "https://sts.example/"+i.Tenant()+"/"), claims.With("iss", "https://sts.example/"+i.Tenant()),
	} {
		id, err := v.Verify(t.Context(), i.Sign(c))
		if err != nil || id.Principal.ID != alice {
			t.Errorf("%v: %+v, %v", c, id, err)
		}
	}
	mustRefuse(t, v, i.Sign(claims.With("sub", "alice")), "names no principal")
}

func TestAVerifierTakesOverTheKeysOfItsFormer(t *testing.T) {
	t.Parallel()
	now := newClock()
	i := bearertest.New(t, now.Now)
	former := newVerifier(t, i, now, nil)
	mustTake(t, former, i.Token(alice))
	i.Break(down)
	succeed := func(change func(o *bearer.Options)) *bearer.Verifier {
		return newVerifier(t, i, now, func(o *bearer.Options) {
			o.Former = former
			change(o)
		})
	}
	mustTake(t, succeed(func(o *bearer.Options) { o.Issuers[0].Audiences = []string{"more"} }), i.Token(alice))
	for name, change := range map[string]func(o *bearer.Options){
		"no former":    func(o *bearer.Options) { o.Former = nil },
		"other roots":  func(o *bearer.Options) { o.Issuers[0].RootCAs = x509.NewCertPool() },
		"other names":  func(o *bearer.Options) { o.Issuers[0].Aliases = []string{"https://id.example"} },
		"a new issuer": func(o *bearer.Options) { o.Former = newVerifier(t, bearertest.New(t, now.Now), now, nil) },
	} {
		if _, err := succeed(change).Verify(t.Context(), i.Token(alice)); !errs.Is(err, errs.Unavailable) {
			t.Errorf("%s: error %v of kind %v, want Unavailable", name, err, errs.KindOf(err))
		}
	}
}

func TestAnIssuerByHTTPSMustBeTheOneThatIsTrusted(t *testing.T) {
	t.Parallel()
	now := newClock()
	i := bearertest.NewTLS(t, now.Now)
	mustTake(t, newVerifier(t, i, now, nil), i.Token(alice))
	v := newVerifier(t, i, now, func(o *bearer.Options) { o.Issuers[0].RootCAs = nil })
	if _, err := v.Verify(t.Context(), i.Token(alice)); !errs.Is(err, errs.Unavailable) || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("error %v of kind %v, want Unavailable for the certificate", err, errs.KindOf(err))
	}
}
