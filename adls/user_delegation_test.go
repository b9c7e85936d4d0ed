package adls_test

import (
	"context"
	"encoding/base64"
	"encoding/xml"
	"io"
	"maps"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	blobsas "github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/sas"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/service"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/adls/sas"
	"github.com/ownlake/ownlake/lake"
)

// delegationKey asks for a user delegation key for a principal.
func (l *testLake) delegationKey(p access.ObjectID, start, expiry time.Time) answer {
	l.t.Helper()
	body := "<KeyInfo><Start>" + start.UTC().Format(time.RFC3339) + "</Start><Expiry>" + expiry.UTC().Format(time.RFC3339) + "</Expiry></KeyInfo>"
	return l.as(p, call{method: "POST", target: "/?restype=service&comp=userdelegationkey", body: body})
}

// delegate signs with a key of the principal; fields come over those of a token that reads everything of the filesystem.
func (l *testLake) delegate(p access.ObjectID, path string, fields sas.Token) string {
	l.t.Helper()
	now := time.Now()
	a := l.delegationKey(p, now.Add(-time.Minute), now.Add(time.Hour))
	var k struct {
		SignedOid, SignedTid, SignedStart, SignedExpiry, SignedService, SignedVersion, Value string
	}
	if err := xml.Unmarshal([]byte(a.body), &k); err != nil {
		l.t.Fatalf("%d %s: %v", a.status, a.body, err)
	}
	secret, err := base64.StdEncoding.DecodeString(k.Value)
	if err != nil {
		l.t.Fatal(err)
	}
	t := sas.Token{
		sas.Version: "2026-04-06", sas.Resource: "c", sas.Permissions: "racwdxltmeop", sas.Expiry: now.Add(time.Hour).UTC().Format(time.RFC3339),
		sas.KeyObjectID: k.SignedOid, sas.KeyTenantID: k.SignedTid, sas.KeyStart: k.SignedStart, sas.KeyExpiry: k.SignedExpiry,
		sas.KeyService: k.SignedService, sas.KeyVersion: k.SignedVersion,
	}
	maps.Copy(t, fields)
	signed, err := t.Sign(sas.Request{Account: account, Container: "files", Path: path}, secret)
	if err != nil {
		l.t.Fatal(err)
	}
	return signed.Encode()
}

// with sends a request with a signature instead of the account key's.
func (l *testLake) with(signature string, c call) answer {
	l.t.Helper()
	sep := "?"
	if strings.Contains(c.target, "?") {
		sep = "&"
	}
	c.target, c.unsigned = c.target+sep+signature, true
	return l.do(c)
}

// requestsOfAll are one request for each thing that a signature may be for.
func requestsOfAll() map[string]call {
	return map[string]call{
		"read":   {method: "GET", target: "/files/f?action=read"},
		"write":  {method: "PUT", target: "/files/f", header: blockBlob, body: "x"},
		"list":   {method: "GET", target: "/files?resource=filesystem&recursive=true"},
		"delete": {method: "DELETE", target: "/files/f?recursive=false"},
		"chown":  {method: "PATCH", target: "/files/f?action=setAccessControl", header: headers("x-ms-owner", string(carol))},
		"chmod":  {method: "PATCH", target: "/files/f?action=setAccessControl", header: headers("x-ms-permissions", "0700")},
	}
}

func TestADelegatedSignatureGivesNoMoreThanItsOwnersRoles(t *testing.T) {
	t.Parallel()
	l, d := tenantLake(t)
	// Lists let alice do everything: they do not count for her signature.
	l.ownedFilesystem(alice, access.Permissions{Owner: 7}.ACL())
	may := map[string]string{
		access.StorageBlobDelegator:       "",
		access.StorageBlobDataReader:      "read list",
		access.StorageBlobDataContributor: "read write list delete",
		access.StorageBlobDataOwner:       "read write list delete chown chmod",
	}
	for id, want := range may {
		d.roles = nil
		d.assign(t, alice, id)
		d.assign(t, alice, access.StorageBlobDelegator)
		all := l.delegate(alice, "", nil)
		readOnly := l.delegate(alice, "", sas.Token{sas.Permissions: "r"})
		for name, c := range requestsOfAll() {
			l.put("f")
			l.permit("f", alice, staff, access.Permissions{Owner: 7}.ACL())
			a := l.with(all, c)
			if allowed := a.status < 300; allowed != strings.Contains(want, name) {
				t.Errorf("%s to %s: answered %d %s", role(t, id).Name, name, a.status, a.code())
			}
			l.put("f")
			a = l.with(readOnly, c)
			if allowed := a.status < 300; allowed != (name == "read" && strings.Contains(want, name)) {
				t.Errorf("%s to %s with a signature to read: answered %d %s", role(t, id).Name, name, a.status, a.code())
			}
		}
		// A role that is taken away counts for no signature that was made before.
		d.roles = nil
		for name, c := range requestsOfAll() {
			if a := l.with(all, c); a.status != 403 {
				t.Errorf("without a role to %s: answered %d %s", name, a.status, a.code())
			}
		}
	}
}

func TestAgentsOfADelegatedSignature(t *testing.T) {
	t.Parallel()
	l, d := tenantLake(t)
	l.ownedFilesystem(bob, access.Permissions{Owner: 7, Group: access.Execute}.ACL())
	l.put("open/f")
	l.put("closed/f")
	l.permit("open", bob, staff, access.Permissions{Owner: 7, Group: 7}.ACL())
	l.permit("open/f", bob, staff, access.Permissions{Owner: 6, Group: 6}.ACL())
	d.groups[carol] = []access.ObjectID{staff}
	agent := func(f sas.Field) string { return l.delegate(alice, "", sas.Token{f: string(carol)}) }
	write := func(path string) call {
		return call{method: "PUT", target: "/files/" + path, header: blockBlob, body: "x"}
	}

	d.assign(t, alice, access.StorageBlobDataContributor)
	l.with(agent(sas.AuthorizedObjectID), write("open/a")).is(t, 403, "AuthorizationPermissionMismatch")

	d.assign(t, alice, access.StorageBlobDataOwner)
	l.with(agent(sas.AuthorizedObjectID), write("closed/a")).is(t, 201, "")
	l.owns("files", "closed/a", carol)
	l.with(agent(sas.UnauthorizedObjectID), write("open/b")).is(t, 201, "")
	l.owns("files", "open/b", carol)
	l.with(agent(sas.UnauthorizedObjectID), write("closed/b")).is(t, 403, "AuthorizationPermissionMismatch")
	l.with(agent(sas.UnauthorizedObjectID), call{method: "GET", target: "/files/open/f?action=read"}).is(t, 200, "")
	superuser := l.delegate(alice, "", sas.Token{sas.UnauthorizedObjectID: string(access.Superuser)})
	l.with(superuser, call{method: "GET", target: "/files/closed/f?action=read"}).is(t, 403, "AuthenticationFailed")
	l.with(l.delegate(alice, "", nil), write("closed/c")).is(t, 201, "")
	l.owns("files", "closed/c", alice)
}

func TestASignatureForOneUserComesWithTheUsersToken(t *testing.T) {
	t.Parallel()
	l, d := tenantLake(t)
	l.ownedFilesystem(bob, access.Permissions{Owner: 7}.ACL())
	l.put("f")
	d.assign(t, alice, access.StorageBlobDataContributor)
	signature := l.delegate(alice, "", sas.Token{sas.DelegatedUserObjectID: string(carol)})
	read := call{method: "GET", target: "/files/f?action=read"}
	l.with(signature, read).is(t, 403, "AuthenticationFailed")
	for p, status := range map[access.ObjectID]int{carol: 200, alice: 403, bob: 403} {
		c := read
		c.header = headers("Authorization", "Bearer "+string(p))
		if a := l.with(signature, c); a.status != status {
			t.Errorf("with the token of %s: answered %d %s", p, a.status, a.code())
		}
	}
}

func TestAUserDelegationKeyIsForBearersWhoMayHaveOne(t *testing.T) {
	t.Parallel()
	l, d := tenantLake(t)
	now := time.Now()
	l.delegationKey(alice, now, now.Add(time.Hour)).is(t, 403, "AuthorizationPermissionMismatch")
	d.assign(t, alice, access.StorageBlobDelegator)
	l.delegationKey(alice, now, now.Add(time.Hour)).is(t, 200, "")
	l.delegationKey(alice, now, now.Add(8*24*time.Hour)).is(t, 400, "InvalidXmlNodeValue")
	l.delegationKey(alice, now, now.Add(-time.Hour)).is(t, 400, "InvalidXmlNodeValue")
	l.delegationKey(alice, now.Add(2*time.Hour), now.Add(time.Hour)).is(t, 400, "InvalidXmlNodeValue")
	for body, code := range map[string]string{
		"": "InvalidXmlDocument", "<KeyInfo>": "InvalidXmlDocument", "<KeyInfo></KeyInfo>": "InvalidXmlNodeValue",
		"<KeyInfo><Expiry>tomorrow</Expiry></KeyInfo>": "InvalidXmlNodeValue",
	} {
		l.as(alice, call{method: "POST", target: "/?restype=service&comp=userdelegationkey", body: body}).is(t, 400, code)
	}
	// Who has a signature has no token, whatever it allows.
	l.ownedFilesystem(bob, access.Permissions{Owner: 7}.ACL())
	d.assign(t, alice, access.StorageBlobDataOwner)
	a := l.with(l.delegate(alice, "", nil), call{method: "POST", target: "/?restype=service&comp=userdelegationkey", body: "<KeyInfo></KeyInfo>"})
	a.is(t, 403, "AuthenticationFailed") // as it is for a container
}

// keyTime is the form of the times of a key.
const keyTime = "2006-01-02T15:04:05Z"

// token is a credential of the Go SDK.
type token access.ObjectID

// GetToken returns the principal's id.
func (t token) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: string(t), ExpiresOn: time.Now().Add(time.Hour)}, nil
}

func TestTheBlobSDKDelegates(t *testing.T) {
	t.Parallel()
	l, d := tenantLake(t)
	l.ownedFilesystem(bob, access.Permissions{Owner: 7}.ACL())
	l.put("f")
	d.assign(t, alice, access.StorageBlobDataReader)
	// The SDK takes the account's name from the host, so a path-style address would be signed wrongly.
	url := "http://" + account + ".blob.localhost"
	transport := &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, l.address)
	}}
	client, err := service.NewClient(url, token(alice), &service.ClientOptions{
		ClientOptions: azcore.ClientOptions{InsecureAllowCredentialWithHTTP: true, Transport: &http.Client{Transport: transport}},
	})
	if err != nil {
		t.Fatal(err)
	}
	start, expiry := time.Now().UTC().Add(-time.Minute).Format(keyTime), time.Now().UTC().Add(time.Hour).Format(keyTime)
	cred, err := client.GetUserDelegationCredential(t.Context(), service.KeyInfo{Start: &start, Expiry: &expiry}, nil)
	if err != nil {
		t.Fatal(err)
	}
	q, err := blobsas.BlobSignatureValues{ContainerName: "files", BlobName: "f", Permissions: "r", ExpiryTime: time.Now().Add(time.Hour)}.SignWithUserDelegation(cred)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/files/f?"+q.Encode(), nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end
	if body, err := io.ReadAll(resp.Body); err != nil || string(body) != "content" {
		t.Errorf("read %q, %v (%s)", body, err, resp.Status)
	}
	if err := l.store.Delete(t.Context(), "files", "f", lake.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
}
