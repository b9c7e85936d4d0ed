package adlstest

import (
	"encoding/xml"
	"time"
)

// delegationKey is the body of Get User Delegation Key.
type delegationKey struct {
	XMLName       xml.Name `xml:"UserDelegationKey"`
	SignedOid     string
	SignedTid     string
	SignedStart   string
	SignedExpiry  string
	SignedService string
	SignedVersion string
	Value         string
}

func (t *T) askDelegationKey(start, expiry time.Time) *Request {
	iso := func(when time.Time) string { return when.Format("2006-01-02T15:04:05Z") }
	return t.BlobService("POST", "?restype=service&comp=userdelegationkey").Body(`<?xml version="1.0" encoding="utf-8"?><KeyInfo><Start>` +
		iso(start) + "</Start><Expiry>" + iso(expiry) + "</Expiry></KeyInfo>")
}

func getUserDelegationKey(s *suite) {
	s.of("GetUserDelegationKey")
	s.check("the account key is not enough", func(t *T) {
		t.askDelegationKey(t.Now(), t.Now().Add(time.Hour)).Fails(403, "AuthenticationFailed|AuthorizationFailure|AuthorizationPermissionMismatch")
	})
	s.check("without a signature it is refused", func(t *T) {
		t.askDelegationKey(t.Now(), t.Now().Add(time.Hour)).Unsigned().Fails(401, "NoAuthenticationInformation")
	})
	s.check("a token gets a key that says for whom and how long it is", func(t *T) {
		var k delegationKey
		t.askDelegationKey(t.Now(), t.Now().Add(time.Hour)).Bearer(t.target.Token).Want(200).XML(&k)
		t.True(k.SignedOid != "" && k.SignedTid != "", "object and tenant are there")
		t.Equal("service", k.SignedService, "b")
		t.Equal("expiry", k.SignedExpiry, t.Now().Add(time.Hour).Format("2006-01-02T15:04:05Z"))
		t.True(k.Value != "", "the key's value is there")
	}, Bearer)
	s.check("a key for more than seven days is refused", func(t *T) {
		t.askDelegationKey(t.Now(), t.Now().AddDate(0, 0, 8)).Bearer(t.target.Token).Fails(400, "")
	}, Bearer)
	s.check("a body that is no XML is refused", func(t *T) {
		t.BlobService("POST", "?restype=service&comp=userdelegationkey").Body("<KeyInfo>").Bearer(t.target.Token).Fails(400, "InvalidXmlDocument")
	}, Bearer)
}
