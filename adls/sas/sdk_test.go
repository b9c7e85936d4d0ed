package sas_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"io"
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"
	blobsas "github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/sas"
	blobservice "github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/service"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azdatalake"
	lakesas "github.com/Azure/azure-sdk-for-go/sdk/storage/azdatalake/sas"
	lakeservice "github.com/Azure/azure-sdk-for-go/sdk/storage/azdatalake/service"
	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/adls/sas"
)

const (
	account  = "sdkaccount"
	tenant   = "5a3f3c1e-0000-4b0e-9d43-1f7a7b0f0a02"
	objectID = "0b8f4c1e-6d53-4b0e-9d43-1f7a7b0f0a01"
)

var (
	accountKey = []byte("the key of the account")
	master     = []byte("the secret that delegation keys are made of")
	now        = time.Date(2026, 11, 24, 6, 0, 0, 0, time.UTC)
	keyStart   = now.Add(-time.Hour)
	keyExpiry  = now.Add(24 * time.Hour)
	ips        = struct{ Start, End []byte }{[]byte{10, 0, 0, 1}, []byte{10, 0, 0, 9}}
)

// keyGiver answers Get User Delegation Key as a service that derives its keys does.
type keyGiver struct{}

func (keyGiver) Do(r *http.Request) (*http.Response, error) {
	id := sas.KeyID{ObjectID: objectID, TenantID: tenant, Start: keyStart, Expiry: keyExpiry, Service: "b", Version: "2026-02-06"}
	body := "<UserDelegationKey><SignedOid>" + objectID + "</SignedOid><SignedTid>" + tenant + "</SignedTid>" +
		"<SignedStart>" + keyStart.Format(time.RFC3339) + "</SignedStart><SignedExpiry>" + keyExpiry.Format(time.RFC3339) +
		"</SignedExpiry><SignedService>b</SignedService><SignedVersion>2026-02-06</SignedVersion><Value>" +
		base64.StdEncoding.EncodeToString(id.Derive(master)) + "</Value></UserDelegationKey>"
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/xml"}}, Request: r,
		Body: io.NopCloser(bytes.NewReader([]byte(body))),
	}, nil
}

type tokenGiver struct{}

func (tokenGiver) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: "t", ExpiresOn: now.AddDate(10, 0, 0)}, nil
}

func verifier() sas.Verifier {
	return sas.Verifier{
		AccountKeys:   [][]byte{accountKey},
		DelegationKey: func(id sas.KeyID) ([]byte, error) { return id.Derive(master), nil },
		Policy: func(string, string) (sas.Policy, bool, error) {
			return sas.Policy{Expiry: now.Add(time.Hour)}, true, nil
		},
	}
}

// encoder is the query parameters of either SDK.
type encoder interface{ Encode() string }

type sdkToken struct {
	name   string
	token  encoder
	path   string
	signed string // the path that the token was signed for
	grant  sas.Grant
	extra  url.Values
	header http.Header
}

func (s sdkToken) request(t *testing.T) sas.Request {
	t.Helper()
	q, err := url.ParseQuery(s.token.Encode())
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(q, s.extra)
	return sas.Request{
		Account: account, Container: "crm", Path: s.path, Now: now, Remote: netip.MustParseAddr("10.0.0.3"), HTTPS: true,
		Header: s.header, Query: q,
	}
}

// check verifies what the SDK signed, compares the grant, and signs the same fields ourselves.
func (s sdkToken) check(t *testing.T, version string) {
	t.Helper()
	r := s.request(t)
	token, err := sas.Parse(r.Query)
	if err != nil {
		t.Fatal(err)
	}
	got, err := verifier().Verify(token, r)
	if err != nil {
		t.Fatal(err)
	}
	s.grant.Version = version
	if s.grant.ResponseHeaders == nil {
		s.grant.ResponseHeaders = http.Header{}
	}
	if diff := cmp.Diff(s.grant, got); diff != "" {
		t.Errorf("grant (-want +got):\n%s", diff)
	}
	key := accountKey
	if token.Kind() == sas.UserDelegation {
		key = token.KeyID().Derive(master)
	}
	r.Path = s.signed
	ours := sas.Token{}
	for f, v := range token {
		if f != sas.Signature && f != sas.DirectoryDepth {
			ours[f] = v
		}
	}
	signed, err := ours.Sign(r, key)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(token, signed); diff != "" {
		t.Errorf("our signature (-SDK +ours):\n%s", diff)
	}
}

var (
	key = sas.KeyID{
		ObjectID: objectID, TenantID: tenant, Start: keyStart, Expiry: keyExpiry, Service: "b", Version: "2026-02-06",
	}
	overrides = http.Header{
		"Cache-Control": {"no-store"}, "Content-Disposition": {`attachment; filename="a b.csv"`}, "Content-Encoding": {"gzip"},
		"Content-Language": {"de"}, "Content-Type": {"text/csv"},
	}
)

func TestTokensOfAzblobAndOurs(t *testing.T) {
	t.Parallel()
	shared, err := azblob.NewSharedKeyCredential(account, base64.StdEncoding.EncodeToString(accountKey))
	if err != nil {
		t.Fatal(err)
	}
	client, err := blobservice.NewClient("https://"+account+".blob.core.windows.net", tokenGiver{},
		&blobservice.ClientOptions{ClientOptions: azcore.ClientOptions{Transport: keyGiver{}}})
	if err != nil {
		t.Fatal(err)
	}
	from, to := keyStart.Format(time.RFC3339), keyExpiry.Format(time.RFC3339)
	delegated, err := client.GetUserDelegationCredential(t.Context(), blobservice.KeyInfo{Start: &from, Expiry: &to}, nil)
	if err != nil {
		t.Fatal(err)
	}
	full := blobsas.BlobSignatureValues{
		Protocol: blobsas.ProtocolHTTPS, StartTime: now.Add(-time.Minute), ExpiryTime: now.Add(time.Hour), ContainerName: "crm",
		IPRange:      blobsas.IPRange{Start: ips.Start, End: ips.End},
		CacheControl: "no-store", ContentDisposition: `attachment; filename="a b.csv"`, ContentEncoding: "gzip", ContentLanguage: "de",
		ContentType: "text/csv", EncryptionScope: "scope-1",
	}
	with := func(change func(*blobsas.BlobSignatureValues)) blobsas.BlobSignatureValues {
		v := full
		change(&v)
		return v
	}
	container := with(func(v *blobsas.BlobSignatureValues) { v.Permissions = "ldr" })
	blob := with(func(v *blobsas.BlobSignatureValues) { v.Permissions, v.BlobName = "wr", "a/ü b+c.csv" })
	directory := with(func(v *blobsas.BlobSignatureValues) { v.Permissions, v.Directory = "racwdlmeop", "a/b" })
	root := with(func(v *blobsas.BlobSignatureValues) { v.Permissions, v.Directory = "rl", "/" })
	stored := blobsas.BlobSignatureValues{ContainerName: "crm", Identifier: "p", Permissions: "r"}
	snapshot := with(func(v *blobsas.BlobSignatureValues) {
		v.Permissions, v.BlobName, v.SnapshotTime = "r", "a/b", now.Add(-time.Hour)
	})
	version := with(func(v *blobsas.BlobSignatureValues) {
		v.Permissions, v.BlobName, v.BlobVersion = "r", "a/b", "2026-11-24T05:00:00.1234567Z"
	})
	agent := with(func(v *blobsas.BlobSignatureValues) {
		v.Permissions, v.Directory, v.UnauthorizedObjectID, v.CorrelationID = "rl", "a", "agent", "correlation"
	})
	bound := with(func(v *blobsas.BlobSignatureValues) { v.Permissions, v.SignedDelegatedUserObjectID = "r", "reader" })
	dynamic := with(func(v *blobsas.BlobSignatureValues) {
		v.Permissions = "r"
		v.SignedRequestHeaders = map[string]string{"x-ms-a": "1", "X-Ms-B": "2 3", "x-ms-c": ""}
		v.SignedRequestQueryParameters = map[string]string{"timeout": "30", "comp": "metadata"}
	})
	snapshotQuery := url.Values{"snapshot": {now.Add(-time.Hour).Format("2006-01-02T15:04:05.0000000Z07:00")}}
	versionQuery := url.Values{"versionid": {"2026-11-24T05:00:00.1234567Z"}}

	grant := func(g sas.Grant) sas.Grant {
		g.Container, g.EncryptionScope, g.ResponseHeaders = "crm", "scope-1", overrides
		return g
	}
	byKey := func(v blobsas.BlobSignatureValues) encoder {
		q, err := v.SignWithSharedKey(shared)
		if err != nil {
			t.Fatal(err)
		}
		return &q
	}
	byUser := func(v blobsas.BlobSignatureValues) encoder {
		q, err := v.SignWithUserDelegation(delegated)
		if err != nil {
			t.Fatal(err)
		}
		return &q
	}
	acct, err := blobsas.AccountSignatureValues{
		Protocol: blobsas.ProtocolHTTPS, StartTime: now.Add(-time.Minute), ExpiryTime: now.Add(time.Hour), Permissions: "lrwx",
		IPRange: blobsas.IPRange{Start: []byte{10, 0, 0, 3}}, ResourceTypes: "osc", EncryptionScope: "scope-1",
	}.SignWithSharedKey(shared)
	if err != nil {
		t.Fatal(err)
	}
	tokens := []sdkToken{
		{name: "service container", token: byKey(container), path: "any/thing", grant: grant(sas.Grant{Kind: sas.Service, Permissions: "rdl", Resource: "c"})},
		{name: "service blob", token: byKey(blob), path: blob.BlobName, signed: blob.BlobName, grant: grant(sas.Grant{Kind: sas.Service, Permissions: "rw", Resource: "b", Path: blob.BlobName})},
		{name: "service directory", token: byKey(directory), path: "a/b/c/d", signed: "a/b", grant: grant(sas.Grant{Kind: sas.Service, Permissions: "racwdlmeop", Resource: "d", Path: "a/b", Depth: 2})},
		{name: "service snapshot", token: byKey(snapshot), path: "a/b", signed: "a/b", extra: snapshotQuery, grant: grant(sas.Grant{Kind: sas.Service, Permissions: "r", Resource: "bs", Path: "a/b"})},
		{name: "service version", token: byKey(version), path: "a/b", signed: "a/b", extra: versionQuery, grant: grant(sas.Grant{Kind: sas.Service, Permissions: "r", Resource: "bv", Path: "a/b"})},
		{name: "service policy", token: byKey(stored), path: "a/b", signed: "a/b", grant: sas.Grant{Kind: sas.Service, Permissions: "r", Resource: "c", Container: "crm"}},
		{name: "user delegation container", token: byUser(container), path: "x", grant: grant(sas.Grant{Kind: sas.UserDelegation, Permissions: "rdl", Resource: "c", Key: key})},
		{name: "user delegation blob", token: byUser(blob), path: blob.BlobName, signed: blob.BlobName, grant: grant(sas.Grant{Kind: sas.UserDelegation, Permissions: "rw", Resource: "b", Path: blob.BlobName, Key: key})},
		{name: "user delegation directory", token: byUser(directory), path: "a/b", signed: "a/b", grant: grant(sas.Grant{Kind: sas.UserDelegation, Permissions: "racwdlmeop", Resource: "d", Path: "a/b", Depth: 2, Key: key})},
		{name: "user delegation snapshot", token: byUser(snapshot), path: "a/b", signed: "a/b", extra: snapshotQuery, grant: grant(sas.Grant{Kind: sas.UserDelegation, Permissions: "r", Resource: "bs", Path: "a/b", Key: key})},
		{name: "user delegation agent", token: byUser(agent), path: "a/z", signed: "a", grant: grant(sas.Grant{Kind: sas.UserDelegation, Permissions: "rl", Resource: "d", Path: "a", Depth: 1, Key: key, Unauthorized: "agent", CorrelationID: "correlation"})},
		{name: "user delegation bound to a user", token: byUser(bound), path: "a/z", grant: grant(sas.Grant{Kind: sas.UserDelegation, Permissions: "r", Resource: "c", Key: key, DelegatedUser: "reader"})},
		{
			name: "user delegation bound to a request", token: byUser(dynamic), path: "a/z",
			extra: url.Values{"timeout": {"30"}, "comp": {"metadata"}}, header: http.Header{"X-Ms-A": {"1"}, "X-Ms-B": {"2 3"}},
			grant: grant(sas.Grant{Kind: sas.UserDelegation, Permissions: "r", Resource: "c", Key: key}),
		},
		{name: "account", token: &acct, path: "a/b", grant: sas.Grant{Kind: sas.Account, Permissions: "rwxl", ResourceTypes: "sco", EncryptionScope: "scope-1"}},
	}
	for _, s := range tokens {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			s.check(t, blobsas.Version)
		})
	}
	t.Run("service root directory", func(t *testing.T) {
		t.Parallel()
		s := sdkToken{token: byKey(root), path: "x/y"}
		token, err := sas.Parse(s.request(t).Query)
		if err != nil {
			t.Fatal(err)
		}
		if g, err := verifier().Verify(token, s.request(t)); err != nil || g.Depth != 0 || g.Path != "" {
			t.Errorf("Verify = %+v, %v; want a grant of the root directory", g, err)
		}
	})
}

func TestTokensOfAzdatalakeAndOurs(t *testing.T) {
	t.Parallel()
	shared, err := azdatalake.NewSharedKeyCredential(account, base64.StdEncoding.EncodeToString(accountKey))
	if err != nil {
		t.Fatal(err)
	}
	client, err := lakeservice.NewClient("https://"+account+".dfs.core.windows.net", tokenGiver{},
		&lakeservice.ClientOptions{ClientOptions: azcore.ClientOptions{Transport: keyGiver{}}})
	if err != nil {
		t.Fatal(err)
	}
	from, to := keyStart.Format(time.RFC3339), keyExpiry.Format(time.RFC3339)
	delegated, err := client.GetUserDelegationCredential(t.Context(), lakeservice.KeyInfo{Start: &from, Expiry: &to}, nil)
	if err != nil {
		t.Fatal(err)
	}
	values := func(permissions, file, directory string) lakesas.DatalakeSignatureValues {
		return lakesas.DatalakeSignatureValues{
			Protocol: lakesas.ProtocolHTTPS, StartTime: now.Add(-time.Minute), ExpiryTime: now.Add(time.Hour), FileSystemName: "crm",
			IPRange: lakesas.IPRange{Start: ips.Start, End: ips.End}, Permissions: permissions, FilePath: file, DirectoryPath: directory,
			CacheControl: "no-store", ContentDisposition: `attachment; filename="a b.csv"`, ContentEncoding: "gzip", ContentLanguage: "de",
			ContentType: "text/csv", EncryptionScope: "scope-1", AuthorizedObjectID: "agent", CorrelationID: "correlation",
		}
	}
	acct, err := lakesas.AccountSignatureValues{ExpiryTime: now.Add(time.Hour), Permissions: "rwl", ResourceTypes: "co"}.SignWithSharedKey(shared)
	if err != nil {
		t.Fatal(err)
	}
	tokens := []sdkToken{{name: "account", token: &acct, path: "x", grant: sas.Grant{Kind: sas.Account, Permissions: "rwl", ResourceTypes: "co"}}}
	for _, c := range []struct{ resource, permissions, file, directory, path string }{
		{"c", "racwdlmeop", "", "", "x/y"},
		{"b", "rwme", "a/ü b+c.csv", "", "a/ü b+c.csv"},
		{"d", "racwdlmeop", "", "a/b", "a/b/c"},
	} {
		v := values(c.permissions, c.file, c.directory)
		byKey, err := v.SignWithSharedKey(shared)
		if err != nil {
			t.Fatal(err)
		}
		byUser, err := v.SignWithUserDelegation(delegated)
		if err != nil {
			t.Fatal(err)
		}
		g := sas.Grant{
			Permissions: c.permissions, Resource: c.resource, Container: "crm", Path: c.file + c.directory,
			EncryptionScope: "scope-1", ResponseHeaders: overrides,
		}
		if c.resource == "d" {
			g.Depth = 2
		}
		// The SDK puts agent and correlation on a service SAS without signing them: they must count for nothing.
		service := sdkToken{name: "service " + c.resource, token: &byKey, path: c.path, signed: c.file + c.directory, grant: g}
		service.grant.Kind = sas.Service
		user := sdkToken{name: "user delegation " + c.resource, token: &byUser, path: c.path, signed: c.file + c.directory, grant: g}
		user.grant.Kind, user.grant.Key, user.grant.Authorized, user.grant.CorrelationID = sas.UserDelegation, key, "agent", "correlation"
		tokens = append(tokens, service, user)
	}
	for _, s := range tokens {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			s.check(t, lakesas.Version)
		})
	}
}
