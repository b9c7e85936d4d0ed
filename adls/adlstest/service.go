package adlstest

import (
	"encoding/xml"
	"time"
)

func serviceProperties(s *suite) {
	s.of("GetBlobServiceProperties")
	get := func(t *T) *Answer { return t.BlobService("GET", "?restype=service&comp=properties").Want(200) }

	s.check("answers what the service logs, measures and keeps", func(t *T) {
		var p struct {
			XMLName xml.Name `xml:"StorageServiceProperties"`
		}
		get(t).XML(&p).Contains("<Cors").Contains("<DeleteRetentionPolicy>")
	})
	s.check("without a signature it is refused", func(t *T) {
		t.BlobService("GET", "?restype=service&comp=properties").Unsigned().Fails(401, "NoAuthenticationInformation")
	})

	s.of("SetBlobServiceProperties")
	set := func(t *T, body string) *Request {
		return t.BlobService("PUT", "?restype=service&comp=properties").Body(body)
	}
	s.checkAlone("what was read may be set again", func(t *T) {
		before := string(get(t).body)
		set(t, before).Want(202).Text("")
		t.Equal("properties", string(get(t).body), before)
	})
	s.check("a body that is no XML is refused", func(t *T) {
		set(t, "<Storage").Fails(400, "InvalidXmlDocument")
	})
	// refused wants a policy refused. A server that takes it gets its former properties back.
	refused := func(t *T, policy string) {
		before := string(get(t).body)
		a := set(t, "<StorageServiceProperties><DeleteRetentionPolicy>"+policy+"</DeleteRetentionPolicy></StorageServiceProperties>").Send()
		if a.status < 300 {
			set(t, before).Send()
		}
		t.Equal("status for the policy "+policy, a.status, 400)
	}
	s.checkAlone("a retention without days is refused", func(t *T) {
		refused(t, "<Enabled>true</Enabled>")
	})
	s.checkAlone("a retention of 366 days is refused", func(t *T) {
		refused(t, "<Enabled>true</Enabled><Days>366</Days>")
	})

	s.of("GetBlobServiceStats")
	s.check("answers how far the copy in the other region is, or refuses where there is none", func(t *T) {
		a := t.BlobService("GET", "?restype=service&comp=stats").Send()
		if a.status != 200 {
			t.True(a.status == 400 || a.status == 403 || a.status == 404, "an account without a copy in another region refuses")
			t.True(a.Get("x-ms-error-code") != "", "the refusal has a code")
			return
		}
		var stats struct {
			XMLName xml.Name `xml:"StorageServiceStats"`
			Status  string   `xml:"GeoReplication>Status"`
		}
		a.XML(&stats)
		t.True(contains("live|bootstrap|unavailable", stats.Status), "the status is one of the three")
	})

	s.of("GetAccountInformation")
	for _, method := range []string{"GET", "HEAD"} {
		s.check(method+" answers the kind of account without a body", func(t *T) {
			t.BlobService(method, "?restype=account&comp=properties").Want(200).Text("").Have("x-ms-sku-name", "x-ms-account-kind", "Date", "x-ms-request-id")
		})
	}
	s.check("says whether the namespace is hierarchical", func(t *T) {
		v := t.BlobService("GET", "?restype=account&comp=properties").Want(200).Has("x-ms-is-hns-enabled")
		t.True(v == "true" || v == "false", "x-ms-is-hns-enabled is true or false")
	})
	s.check("may be asked at a container and at a blob", func(t *T) {
		t.PutBlob("b", "x")
		t.Blob("GET", "?restype=account&comp=properties").Want(200).Have("x-ms-sku-name")
		t.Blob("GET", "b?restype=account&comp=properties").Want(200).Have("x-ms-sku-name")
	})
	s.check("without a signature it is refused", func(t *T) {
		t.BlobService("GET", "?restype=account&comp=properties").Unsigned().Fails(401, "NoAuthenticationInformation")
	})
}

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
