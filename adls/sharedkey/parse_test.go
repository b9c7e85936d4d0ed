package sharedkey_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"testing"

	"github.com/ownlake/ownlake/adls/sharedkey"
	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/errs"
)

func hmacBase64(t *testing.T, s string) string {
	t.Helper()
	h := hmac.New(sha256.New, credential(t).Key)
	h.Write([]byte(s))
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}

func TestOnlyWellFormedHeadersAreRead(t *testing.T) {
	t.Parallel()
	mac := base64.StdEncoding.EncodeToString(make([]byte, 32))
	for header, ok := range map[string]bool{
		"SharedKey acct:" + mac:       true,
		"SharedKeyLite acct:" + mac:   true,
		"  SharedKey   acct:" + mac:   true,
		"":                            false,
		"SharedKey":                   false,
		"SharedKey acct":              false,
		"SharedKey :" + mac:           false,
		"SharedKey acct:" + mac + "x": false,
		"SharedKey acct:AAAA":         false,
		"sharedkey acct:" + mac:       false,
		"Basic acct:" + mac:           false,
	} {
		a, err := sharedkey.Parse(header)
		if (err == nil) != ok || ok && a.Account != "acct" {
			t.Errorf("%q: %+v, %v; want accepted: %v", header, a, err, ok)
		}
		if err != nil && errs.CodeOf(err) != wire.CodeInvalidAuthenticationInfo {
			t.Errorf("%q: %v, want InvalidAuthenticationInfo", header, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	mac := base64.StdEncoding.EncodeToString(make([]byte, 32))
	for _, seed := range []string{"", "SharedKey a:" + mac, "SharedKeyLite a:" + mac, "SharedKey a:b", "Bearer x", "SharedKey a:b:" + mac} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		a, err := sharedkey.Parse(header)
		if err != nil {
			if errs.KindOf(err) != errs.Invalid {
				t.Errorf("%q: %v, want Invalid", header, err)
			}
			return
		}
		again, err := sharedkey.Parse(string(a.Scheme) + " " + a.Account + ":" + base64.StdEncoding.EncodeToString(a.Signature))
		if err != nil || again.Account != a.Account || string(again.Signature) != string(a.Signature) {
			t.Errorf("%q: what was read does not read back: %+v, %v", header, again, err)
		}
	})
}
