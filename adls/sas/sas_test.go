package sas

import (
	"errors"
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/errs"
)

var (
	testKey = []byte("an account key")
	noon    = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
)

func testRequest() Request {
	return Request{
		Account: "acct", Container: "crm", Path: "a/b", Now: noon, Remote: netip.MustParseAddr("10.1.2.3"),
		HTTPS: true, Header: http.Header{}, Query: url.Values{},
	}
}

func serviceToken() Token {
	return Token{Version: "2023-11-03", Resource: "c", Permissions: "r", Expiry: "2026-03-01T13:00:00Z"}
}

func accountToken() Token {
	return Token{Version: "2023-11-03", Services: "b", ResourceTypes: "sco", Permissions: "rwl", Expiry: "2026-03-01T13:00:00Z"}
}

func delegatedToken() Token {
	t := serviceToken()
	maps.Copy(t, Token{
		KeyObjectID: "o", KeyTenantID: "t", KeyStart: "2026-03-01T00:00:00Z", KeyExpiry: "2026-03-02T00:00:00Z",
		KeyService: "b", KeyVersion: "2023-11-03",
	})
	return t
}

func with(t, more Token) Token {
	t = t.clone()
	maps.Copy(t, more)
	return t
}

// verify signs the token for the request and uses it.
func verify(t *testing.T, token Token, signed, used Request) (Grant, error) {
	t.Helper()
	token, err := token.Sign(signed, testKey)
	if err != nil {
		t.Fatal(err)
	}
	v := Verifier{AccountKeys: [][]byte{testKey}, DelegationKey: func(KeyID) ([]byte, error) { return testKey, nil }}
	return v.Verify(token, used)
}

func TestParseRefusesWhatIsNotWellFormed(t *testing.T) {
	t.Parallel()
	service, acct, delegated := serviceToken(), accountToken(), delegatedToken()
	for name, c := range map[string]struct {
		token  Token
		detail string
	}{
		"no version":                      {with(service, Token{Version: ""}), "sv is mandatory"},
		"a version that is no date":       {with(service, Token{Version: "latest"}), "sv: it is not a version"},
		"an account SAS before 2015":      {with(acct, Token{Version: "2014-02-14"}), "account SAS needs 2015-04-05"},
		"a service SAS before 2012":       {with(service, Token{Version: "2011-08-18"}), "service SAS needs 2012-02-12"},
		"a delegation before 2018":        {with(delegated, Token{Version: "2017-11-09"}), "user delegation SAS needs 2018-11-09"},
		"no resource":                     {with(service, Token{Resource: ""}), "sr is mandatory"},
		"an unknown resource":             {with(service, Token{Resource: "f"}), "sr: it is none of"},
		"a directory without depth":       {with(service, Token{Resource: "d"}), "sdd: a directory needs its depth"},
		"a negative depth":                {with(service, Token{Resource: "d", DirectoryDepth: "-1"}), "sdd: a directory needs"},
		"a directory before 2020":         {with(service, Token{Resource: "d", DirectoryDepth: "1", Version: "2019-12-12"}), "a directory needs 2020-02-10"},
		"a snapshot without its time":     {with(service, Token{Resource: "bs"}), "no snapshot"},
		"a snapshot before 2018":          {with(service, Token{Resource: "bs", Snapshot: "x", Version: "2017-11-09"}), "sr: "},
		"no permissions":                  {with(service, Token{Permissions: ""}), "sp is mandatory"},
		"permissions out of order":        {with(service, Token{Permissions: "wr"}), "sp: its letters"},
		"a permission twice":              {with(service, Token{Permissions: "rr"}), "sp: its letters"},
		"an unknown permission":           {with(service, Token{Permissions: "rz"}), "sp: its letters"},
		"no expiry":                       {with(service, Token{Expiry: ""}), "se is mandatory"},
		"an expiry that is no time":       {with(service, Token{Expiry: "tomorrow"}), "se: it is not a time"},
		"a start that is no time":         {with(service, Token{Start: "2026-02-30"}), "st: it is not a time"},
		"HTTP alone":                      {with(service, Token{Protocol: "http"}), "spr: "},
		"an IP address that is none":      {with(service, Token{IPRange: "10.0.0"}), "sip: "},
		"an open IP range":                {with(service, Token{IPRange: "10.0.0.1-"}), "sip: "},
		"an empty IP range":               {with(service, Token{IPRange: "10.0.0.2-10.0.0.1"}), "sip: "},
		"an IP range of two families":     {with(service, Token{IPRange: "10.0.0.2-::1"}), "sip: "},
		"a long identifier":               {with(service, Token{Identifier: strings.Repeat("x", 65)}), "si: "},
		"a line end in a field":           {with(service, Token{ContentType: "a\nb"}), "rsct: it holds a control character"},
		"a line end in the signature":     {with(service, Token{Signature: "a\nb"}), "sig: it holds a control character"},
		"an account SAS without services": {with(acct, Token{Services: ""}), "ss is mandatory"},
		"an account SAS without types":    {with(acct, Token{ResourceTypes: ""}), "srt is mandatory"},
		"an unknown service":              {with(acct, Token{Services: "x"}), "ss: "},
		"an unknown resource type":        {with(acct, Token{ResourceTypes: "co2"}), "srt: "},
		"an account permission twice":     {with(acct, Token{Permissions: "rwr"}), "sp: "},
		"an account SAS without expiry":   {with(acct, Token{Expiry: ""}), "se is mandatory"},
		"a key without tenant":            {with(delegated, Token{KeyTenantID: ""}), "sktid is mandatory"},
		"a key without expiry":            {with(delegated, Token{KeyExpiry: ""}), "ske is mandatory"},
		"a key without version":           {with(delegated, Token{KeyVersion: ""}), "skv is mandatory"},
		"a key of another service":        {with(delegated, Token{KeyService: "f"}), "sks: "},
		"both agents":                     {with(delegated, Token{AuthorizedObjectID: "a", UnauthorizedObjectID: "b"}), "suoid: it excludes saoid"},
		"a header name with a colon":      {with(delegated, Token{Version: "2026-04-06", RequestHeaders: "a:b"}), "srh: "},
		"an empty parameter name":         {with(delegated, Token{Version: "2026-04-06", RequestQuery: "a,,b"}), "srq: "},
		"a signature that is too short":   {with(service, Token{Signature: "AAAA"}), "sig is not an HMAC"},
		"a signature that is not base64":  {with(service, Token{Signature: "?"}), "sig is not an HMAC"},
	} {
		q := url.Values{"sig": {"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}}
		for f, v := range c.token {
			q.Set(string(f), v)
		}
		_, err := Parse(q)
		if errs.CodeOf(err) != wire.CodeAuthenticationFailed || !strings.Contains(err.Error(), c.detail) {
			t.Errorf("%s: got %v; want AuthenticationFailed with %q", name, err, c.detail)
		}
	}
}

func TestParseRefusesAFieldTwice(t *testing.T) {
	t.Parallel()
	token, err := serviceToken().Sign(testRequest(), testKey)
	if err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{"&sp=racwdl", "&SP=racwdl", "&Sig=x"} {
		q, err := url.ParseQuery(token.Encode() + query)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Parse(q); err == nil || !strings.Contains(err.Error(), "occurs more than once") {
			t.Errorf("with %s: got %v; want a refusal", query, err)
		}
	}
}

func TestParseTakesAPlusThatWasNotEscaped(t *testing.T) {
	t.Parallel()
	for _, se := range []string{"2026-03-01T13:00:00Z", "2026-03-01T13:00:01Z", "2026-03-01T13:00:02Z", "2026-03-01T13:00:03Z", "2026-03-01T13:00:04Z"} {
		token, err := with(serviceToken(), Token{Expiry: se}).Sign(testRequest(), testKey)
		if err != nil {
			t.Fatal(err)
		}
		q, err := url.ParseQuery(strings.ReplaceAll(token.Encode(), "%2B", "+"))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Parse(q); err != nil || !maps.Equal(got, token) {
			t.Errorf("Parse = %v, %v; want %v", got, err, token)
		}
	}
}

func TestPresentFindsTheSignatureInAnyCase(t *testing.T) {
	t.Parallel()
	if !Present(url.Values{"SIG": {""}}) || Present(url.Values{"sp": {"r"}}) {
		t.Error("Present goes by something else than sig")
	}
}

func TestVerifyHoldsToTimeProtocolAndAddress(t *testing.T) {
	t.Parallel()
	at := func(s string) func(*Request) {
		return func(r *Request) {
			now, err := parseTime(s)
			if err != nil {
				panic(err)
			}
			r.Now = now
		}
	}
	from := func(ip string) func(*Request) { return func(r *Request) { r.Remote = netip.MustParseAddr(ip) } }
	plain := func(r *Request) { r.HTTPS = false }
	ranged := Token{IPRange: "10.1.2.3-10.1.2.9"}
	started := Token{Start: "2026-03-01"}
	for name, c := range map[string]struct {
		token Token
		use   func(*Request)
		code  errs.Code
	}{
		"before the start":                 {started, at("2026-02-28T23:59:59.9Z"), wire.CodeAuthenticationFailed},
		"at the start":                     {started, at("2026-03-01"), ""},
		"just before the expiry":           {nil, at("2026-03-01T12:59:59.9Z"), ""},
		"at the expiry":                    {nil, at("2026-03-01T13:00Z"), wire.CodeAuthenticationFailed},
		"with an expiry in another zone":   {Token{Expiry: "2026-03-01T14:30:00+02:00"}, at("2026-03-01T12:29Z"), ""},
		"past an expiry in another zone":   {Token{Expiry: "2026-03-01T14:30:00+02:00"}, at("2026-03-01T12:30Z"), wire.CodeAuthenticationFailed},
		"over HTTP":                        {nil, plain, ""},
		"over HTTP where both may":         {Token{Protocol: "https,http"}, plain, ""},
		"over HTTP where only HTTPS may":   {Token{Protocol: "https"}, plain, CodeProtocolMismatch},
		"from the first address":           {ranged, from("10.1.2.3"), ""},
		"from the last address":            {ranged, from("10.1.2.9"), ""},
		"from an address mapped to IPv6":   {ranged, from("::ffff:10.1.2.9"), ""},
		"from below":                       {ranged, from("10.1.2.2"), CodeSourceIPMismatch},
		"from above":                       {ranged, from("10.1.2.10"), CodeSourceIPMismatch},
		"from the other family":            {ranged, from("::1"), CodeSourceIPMismatch},
		"from nowhere":                     {ranged, func(r *Request) { r.Remote = netip.Addr{} }, CodeSourceIPMismatch},
		"from the one address":             {Token{IPRange: "::1"}, from("::1"), ""},
		"from another than the one":        {Token{IPRange: "::1"}, from("::2"), CodeSourceIPMismatch},
		"before a delegation key starts":   {with(delegatedToken(), Token{KeyStart: "2026-03-01T12:30Z"}), nil, wire.CodeAuthenticationFailed},
		"after a delegation key has ended": {with(delegatedToken(), Token{KeyExpiry: "2026-03-01T12:00Z"}), nil, wire.CodeAuthenticationFailed},
		"for another service":              {with(accountToken(), Token{Services: "qf"}), nil, CodeServiceMismatch},
	} {
		used := testRequest()
		if c.use != nil {
			c.use(&used)
		}
		base := serviceToken()
		if c.token.Kind() == Account {
			base = Token{}
		}
		_, err := verify(t, with(base, c.token), testRequest(), used)
		if errs.CodeOf(err) != c.code {
			t.Errorf("%s: got %v; want code %q", name, err, c.code)
		}
	}
}

func TestOnlyWhatTheVersionSignsCounts(t *testing.T) {
	t.Parallel()
	token := with(delegatedToken(), Token{
		Version: "2018-11-09", EncryptionScope: "s", AuthorizedObjectID: "a", CorrelationID: "c", DelegatedUserObjectID: "u", RequestHeaders: "x",
	})
	g, err := verify(t, token, testRequest(), testRequest())
	if err != nil {
		t.Fatal(err)
	}
	if g.EncryptionScope+string(g.Authorized)+g.CorrelationID+string(g.DelegatedUser) != "" {
		t.Errorf("the grant %+v has fields that version 2018-11-09 does not sign", g)
	}
}

func TestTheDirectoryOfTheDocumentationEndsWithASlash(t *testing.T) {
	t.Parallel()
	token := with(serviceToken(), Token{Resource: "d", DirectoryDepth: "1"})
	signed := testRequest()
	token = token.signedOnly()
	token[Signature] = encode(mac(testKey, token.stringToSign(signed, "/blob/acct/crm/a/")))
	if g, err := (Verifier{AccountKeys: [][]byte{testKey}}).Verify(token, signed); err != nil || g.Path != "a" {
		t.Errorf("Verify = %+v, %v; want a grant of a", g, err)
	}
}

func TestAStoredPolicyCompletesATokenAndIsNotRepeated(t *testing.T) {
	t.Parallel()
	hour := Policy{Start: noon.Add(-time.Hour), Expiry: noon.Add(time.Hour), Permissions: "rl"}
	bare := Token{Version: "2023-11-03", Resource: "c", Identifier: "p"}
	for name, c := range map[string]struct {
		token  Token
		policy *Policy
		detail string // "" succeeds
	}{
		"all from the policy":          {bare, &hour, ""},
		"permissions from the token":   {with(bare, Token{Permissions: "rl"}), &Policy{Expiry: hour.Expiry}, ""},
		"times from the token":         {with(bare, Token{Expiry: "2026-03-01T13:00Z"}), &Policy{Permissions: "rl"}, ""},
		"no such policy":               {bare, nil, "no stored access policy 'p'"},
		"permissions said twice":       {with(bare, Token{Permissions: "rl"}), &hour, "sp: the stored access policy says it already"},
		"permissions said nowhere":     {bare, &Policy{Expiry: hour.Expiry}, "sp is mandatory"},
		"an expiry said nowhere":       {bare, &Policy{Permissions: "rl"}, "se is mandatory"},
		"a policy that has expired":    {bare, &Policy{Permissions: "rl", Expiry: noon}, "not valid in the specified time frame"},
		"a policy that is yet to come": {bare, &Policy{Permissions: "rl", Start: noon.Add(1), Expiry: noon.Add(2)}, "not valid in the specified time frame"},
	} {
		token, err := c.token.Sign(testRequest(), testKey)
		if err != nil {
			t.Fatal(err)
		}
		v := Verifier{AccountKeys: [][]byte{testKey}, Policy: func(container, id string) (Policy, bool, error) {
			if c.policy == nil || container != "crm" || id != "p" {
				return Policy{}, false, nil
			}
			return *c.policy, true, nil
		}}
		g, err := v.Verify(token, testRequest())
		switch {
		case c.detail == "" && (err != nil || g.Permissions != "rl"):
			t.Errorf("%s: got %+v, %v; want a grant of rl", name, g, err)
		case c.detail != "" && (errs.CodeOf(err) != wire.CodeAuthenticationFailed || !strings.Contains(err.Error(), c.detail)):
			t.Errorf("%s: got %v; want AuthenticationFailed with %q", name, err, c.detail)
		}
	}
}

func TestAVerifierWithoutLookupsRefuses(t *testing.T) {
	t.Parallel()
	for _, token := range []Token{delegatedToken(), with(serviceToken(), Token{Identifier: "p"}), serviceToken()} {
		signed, err := token.Sign(testRequest(), testKey)
		if err != nil {
			t.Fatal(err)
		}
		v := Verifier{}
		if token[Identifier] != "" {
			v.AccountKeys = [][]byte{testKey}
		}
		if _, err := v.Verify(signed, testRequest()); errs.CodeOf(err) != wire.CodeAuthenticationFailed {
			t.Errorf("%v: got %v; want AuthenticationFailed", token, err)
		}
	}
}

func TestErrorsOfLookupsComeThrough(t *testing.T) {
	t.Parallel()
	broken := errors.New("the store is away")
	v := Verifier{
		AccountKeys:   [][]byte{testKey},
		DelegationKey: func(KeyID) ([]byte, error) { return nil, broken },
		Policy:        func(string, string) (Policy, bool, error) { return Policy{}, false, broken },
	}
	for _, token := range []Token{delegatedToken(), with(serviceToken(), Token{Identifier: "p"})} {
		signed, err := token.Sign(testRequest(), testKey)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := v.Verify(signed, testRequest()); !errors.Is(err, broken) {
			t.Errorf("%v: got %v; want %v", token, err, broken)
		}
	}
}

func TestASignedHeaderOrParameterMustBeTheOneSigned(t *testing.T) {
	t.Parallel()
	token := with(delegatedToken(), Token{Version: "2026-04-06", RequestHeaders: "x-ms-a", RequestQuery: "comp"})
	signed := testRequest()
	signed.Header, signed.Query = http.Header{"X-Ms-A": {"1"}}, url.Values{"comp": {"list"}}
	if _, err := verify(t, token, signed, signed); err != nil {
		t.Errorf("as signed: %v", err)
	}
	for name, change := range map[string]func(*Request){
		"another header":              func(r *Request) { r.Header = http.Header{"X-Ms-A": {"2"}} },
		"no header":                   func(r *Request) { r.Header = http.Header{} },
		"another parameter":           func(r *Request) { r.Query = url.Values{"comp": {"acl"}} },
		"a parameter with a new line": func(r *Request) { r.Query = url.Values{"comp": {"list\n"}} },
		"a path with a new line":      func(r *Request) { r.Path = "a\nb" },
	} {
		used := signed
		change(&used)
		if _, err := verify(t, token, signed, used); errs.CodeOf(err) != wire.CodeAuthenticationFailed {
			t.Errorf("%s: got %v; want AuthenticationFailed", name, err)
		}
	}
}

// A value with a line end writes the same string as two parameters: whoever has a token bound to comp and timeout could
// shake timeout off.
func TestALineEndInAParameterDoesNotPoseAsAnotherParameter(t *testing.T) {
	t.Parallel()
	signed := testRequest()
	signed.Query = url.Values{"comp": {"list"}, "timeout": {"30"}}
	token, err := with(delegatedToken(), Token{Version: "2026-04-06", RequestQuery: "comp,timeout"}).Sign(signed, testKey)
	if err != nil {
		t.Fatal(err)
	}
	used := signed
	used.Query = url.Values{"comp": {"list\ntimeout:30"}}
	forged := with(token, Token{RequestQuery: "comp"})
	if forged.stringToSign(used, "") != token.stringToSign(signed, "") {
		t.Fatal("the forged token is not the one to test with")
	}
	v := Verifier{DelegationKey: func(KeyID) ([]byte, error) { return testKey, nil }}
	if _, err := v.Verify(token, signed); err != nil {
		t.Errorf("as signed: %v", err)
	}
	if _, err := v.Verify(forged, used); errs.CodeOf(err) != wire.CodeAuthenticationFailed {
		t.Errorf("forged: got %v; want AuthenticationFailed", err)
	}
}

func TestSignRefusesWhatCannotBeUsed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		token Token
		on    Request
	}{
		"no permissions": {with(serviceToken(), Token{Permissions: ""}), testRequest()},
		"no container":   {serviceToken(), Request{Account: "acct"}},
		"no blob":        {with(serviceToken(), Token{Resource: "b"}), Request{Account: "acct", Container: "crm"}},
	} {
		if token, err := c.token.Sign(c.on, testKey); !errs.Is(err, errs.Invalid) {
			t.Errorf("%s: got %v, %v; want Invalid", name, token, err)
		}
	}
}

func TestADerivedKeyDependsOnEveryPartOfItsDescription(t *testing.T) {
	t.Parallel()
	id := KeyID{ObjectID: "o", TenantID: "t", Start: noon, Expiry: noon.Add(time.Hour), Service: "b", Version: "v"}
	seen := map[string]string{}
	for name, change := range map[string]func(*KeyID){
		"as it is": func(*KeyID) {}, "object": func(k *KeyID) { k.ObjectID = "p" }, "tenant": func(k *KeyID) { k.TenantID = "u" },
		"start": func(k *KeyID) { k.Start = noon.Add(time.Second) }, "expiry": func(k *KeyID) { k.Expiry = noon },
		"service": func(k *KeyID) { k.Service = "f" }, "version": func(k *KeyID) { k.Version = "w" },
		"delegated tenant": func(k *KeyID) { k.DelegatedTenantID = "d" },
	} {
		other := id
		change(&other)
		secret := string(other.Derive(testKey))
		if same, ok := seen[secret]; ok {
			t.Errorf("keys of %s and %s are the same", name, same)
		}
		seen[secret] = name
	}
	upper := id
	upper.ObjectID, upper.Start = "O", id.Start.In(time.FixedZone("", 3600)).Add(time.Millisecond)
	if string(upper.Derive(testKey)) != string(id.Derive(testKey)) {
		t.Error("case, zone or fraction of a second changes the key")
	}
	if string(id.Derive([]byte("new secret"))) == string(id.Derive(testKey)) {
		t.Error("a new secret does not revoke")
	}
}
