package sas

import (
	"net/url"
	"testing"
)

func BenchmarkParseAndVerify(b *testing.B) {
	for name, token := range map[string]Token{"account": accountToken(), "service": serviceToken(), "user delegation": delegatedToken()} {
		b.Run(name, func(b *testing.B) {
			signed, err := token.Sign(testRequest(), testKey)
			if err != nil {
				b.Fatal(err)
			}
			q, err := url.ParseQuery(signed.Encode())
			if err != nil {
				b.Fatal(err)
			}
			v := Verifier{AccountKeys: [][]byte{testKey}, DelegationKey: func(KeyID) ([]byte, error) { return testKey, nil }}
			r := testRequest()
			b.ReportAllocs()
			for b.Loop() {
				t, err := Parse(q)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := v.Verify(t, r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
