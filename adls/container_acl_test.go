package adls_test

import (
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	blobsas "github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/sas"

	"github.com/ownlake/ownlake/adls"
	"github.com/ownlake/ownlake/adls/sas"
)

func allowPublicAccess(o *adls.Options) { o.AllowPublicAccess = true }

// policies is the body of Set Container ACL; each is id, start, expiry, permissions.
func policies(list ...[4]string) string {
	var b strings.Builder
	for _, p := range list {
		b.WriteString("<SignedIdentifier><Id>" + p[0] + "</Id><AccessPolicy>")
		for i, name := range []string{"Start", "Expiry", "Permission"} {
			if p[i+1] != "" {
				b.WriteString("<" + name + ">" + p[i+1] + "</" + name + ">")
			}
		}
		b.WriteString("</AccessPolicy></SignedIdentifier>")
	}
	return "<SignedIdentifiers>" + b.String() + "</SignedIdentifiers>"
}

func setACL(body string, pairs ...string) call {
	return call{method: "PUT", target: "/fs1?restype=container&comp=acl", header: headers(pairs...), body: body}
}

func TestStoredAccessPoliciesAreTakenOnlyWellFormed(t *testing.T) {
	t.Parallel()
	l := startLake(t)
	l.filesystem("fs1")
	const document, value = "InvalidXmlDocument", "InvalidXmlNodeValue"
	p := func(id string) [4]string { return [4]string{id, "", "", "r"} }
	kept := l.must(200, setACL(policies([4]string{"kept", "2026-01-02", "9999-12-31T23:59:59.1234567Z", "racwdl"})))
	l.run([]scenario{
		{"no XML", setACL("<Signed"), 400, document, ""},
		{"another document", setACL("<BlockList/>"), 400, document, ""},
		{"six", setACL(policies(p("1"), p("2"), p("3"), p("4"), p("5"), p("6"))), 400, document, ""},
		{"two of one id", setACL(policies(p("1"), p("1"))), 400, document, ""},
		{"no id", setACL(policies(p(""))), 400, value, ""},
		{"an id too long", setACL(policies(p(strings.Repeat("é", 65)))), 400, value, ""},
		{"no time", setACL(policies([4]string{"1", "soon", "", "r"})), 400, value, ""},
		{"an end that is no time", setACL(policies([4]string{"1", "", "2026-13-01", "r"})), 400, value, ""},
		{"no such letter", setACL(policies([4]string{"1", "", "", "rq"})), 400, value, ""},
		{"another body than announced", setACL(policies(p("1")), "Content-MD5", "AAAAAAAAAAAAAAAAAAAAAA=="), 400, "Md5Mismatch", ""},
		{"too large", setACL(policies(p(strings.Repeat("x", 70<<10)))), 413, "RequestBodyTooLarge", ""},
		{"a condition that does not hold", setACL(policies(p("1")), "If-Unmodified-Since", "Thu, 01 Jan 1970 00:00:00 GMT"), 412, "ConditionNotMet", ""},
		{"public", setACL("", "x-ms-blob-public-access", "container"), 409, "PublicAccessNotPermitted", ""},
		{"public in a way that there is not", setACL("", "x-ms-blob-public-access", "true"), 400, "InvalidHeaderValue", ""},
		{"no container", call{method: "PUT", target: "/none?restype=container&comp=acl"}, 404, "ContainerNotFound", ""},
		{"with a signature", signed("PUT", "/fs1?restype=container&comp=acl", l.token("fs1", "", serviceSAS("c", "racwdlmeop"))), 403, "AuthorizationPermissionMismatch", ""},
		{"with an account's signature", signed("GET", "/fs1?restype=container&comp=acl", l.token("", "", sas.Token{sas.Services: "b", sas.ResourceTypes: "sco", sas.Permissions: "rwdlac"})), 403, "AuthorizationPermissionMismatch", ""},
	})
	a := l.must(200, call{method: "GET", target: "/fs1?restype=container&comp=acl"})
	const want = "<SignedIdentifiers><SignedIdentifier><Id>kept</Id><AccessPolicy><Start>2026-01-02T00:00:00.0000000Z</Start>" +
		"<Expiry>9999-12-31T23:59:59.1234567Z</Expiry><Permission>racwdl</Permission></AccessPolicy></SignedIdentifier></SignedIdentifiers>"
	if !strings.HasSuffix(a.body, want) || a.header.Get("ETag") != kept.header.Get("ETag") {
		t.Errorf("after refused changes: %s, version %s, want %s of version %s", a.body, a.header.Get("ETag"), want, kept.header.Get("ETag"))
	}
}

func TestASignatureByAStoredPolicyHoldsAsThePolicySays(t *testing.T) {
	t.Parallel()
	l := startLake(t)
	l.filesystem("fs1")
	l.filesystem("fs2")
	l.file("/fs1/d/f", "0123456789")
	l.file("/fs2/d/f", "0123456789")
	at := func(d time.Duration) string { return time.Now().Add(d).UTC().Format(time.RFC3339) }
	by := func(fs, path string, fields sas.Token) string {
		t.Helper()
		fields[sas.Version], fields[sas.Identifier] = "2024-11-04", "p"
		token, err := fields.Sign(sas.Request{Account: account, Container: fs, Path: path}, l.cred.Key)
		check(t, "signing", err)
		return token.Encode()
	}
	bare := by("fs1", "", sas.Token{sas.Resource: "c"})
	blob := by("fs1", "d/f", sas.Token{sas.Resource: "b"})
	dir := by("fs1", "d", sas.Token{sas.Resource: "d"})
	reads := by("fs1", "", sas.Token{sas.Resource: "c", sas.Permissions: "r"})
	lasts := by("fs1", "", sas.Token{sas.Resource: "c", sas.Expiry: at(time.Hour)})
	get := func(token string) call { return signed("GET", "/fs1/d/f", token) }
	const failed, mismatch = "AuthenticationFailed", "AuthorizationPermissionMismatch"

	l.must(200, setACL(policies([4]string{"p", at(-time.Hour), at(time.Hour), "rl"})))
	l.run([]scenario{
		{"all in the policy", get(bare), 200, "", "0123456789"},
		{"of a blob", get(blob), 200, "", "0123456789"},
		{"of a directory", get(dir), 200, "", "0123456789"},
		{"listing", signed("GET", "/fs1?restype=container&comp=list", bare), 200, "", "<Name>d/f</Name>"},
		{"on dfs", signed("GET", "/fs1?resource=filesystem&recursive=true", bare), 200, "", `"d/f"`},
		{"what it does not say", signed("DELETE", "/fs1/d/f", bare), 403, mismatch, ""},
		{"permissions twice", get(reads), 403, failed, "the stored access policy says it already"},
		{"an end twice", get(lasts), 403, failed, "the stored access policy says it already"},
		{"another policy", get(strings.Replace(bare, "si=p", "si=q", 1)), 403, failed, ""},
		{"another container", signed("GET", "/fs2/d/f", by("fs2", "", sas.Token{sas.Resource: "c"})), 403, failed, "no stored access policy"},
		{"a container that is not there", signed("GET", "/fs3/d/f", by("fs3", "", sas.Token{sas.Resource: "c"})), 403, failed, "no stored access policy"},
	})
	l.must(200, setACL(policies([4]string{"p", "", at(time.Hour), ""})))
	l.run([]scenario{
		{"permissions in neither", get(bare), 403, failed, "sp is mandatory"},
		{"permissions in the token", get(reads), 200, "", "0123456789"},
	})
	l.must(200, setACL(policies([4]string{"p", "", at(-time.Minute), "r"})))
	l.run([]scenario{{"a policy that has ended", get(bare), 403, failed, "time frame"}})
	l.must(200, setACL(policies([4]string{"p", at(time.Minute), at(time.Hour), "r"})))
	l.run([]scenario{{"a policy that has not begun", get(bare), 403, failed, "time frame"}})
	l.must(200, setACL(policies([4]string{"p", "", at(time.Hour), "rw"})))
	l.run([]scenario{{"a policy that was widened", signed("PUT", "/fs1/new", bare, "x-ms-blob-type", "BlockBlob"), 201, "", ""}})
	l.must(200, setACL(""))
	l.run([]scenario{{"a policy that was taken away", get(bare), 403, failed, "no stored access policy"}})
}

func TestBlobSDKSharesByStoredPolicy(t *testing.T) {
	t.Parallel()
	l := startLake(t, allowPublicAccess)
	ctx := t.Context()
	c := blobClient(t, l).ServiceClient().NewContainerClient("fs1")
	_, err := c.Create(ctx, &container.CreateOptions{Access: new(container.PublicAccessTypeBlob)})
	check(t, "creating", err)
	l.file("/fs1/f", "0123456789")
	expiry := time.Now().Add(time.Hour).UTC().Truncate(time.Second) // the SDK sends no fractions
	_, err = c.SetAccessPolicy(ctx, &container.SetAccessPolicyOptions{
		Access: new(container.PublicAccessTypeContainer),
		ContainerACL: []*container.SignedIdentifier{{ID: new("readers"), AccessPolicy: &container.AccessPolicy{
			Expiry: &expiry, Permission: new((&container.AccessPolicyPermission{Read: true, List: true}).String()),
		}}},
	})
	check(t, "setting the policy", err)
	got, err := c.GetAccessPolicy(ctx, nil)
	check(t, "getting the policy", err)
	if len(got.SignedIdentifiers) != 1 || *got.BlobPublicAccess != container.PublicAccessTypeContainer {
		t.Fatalf("%d policies, public access %v", len(got.SignedIdentifiers), got.BlobPublicAccess)
	}
	if p := got.SignedIdentifiers[0]; *p.ID != "readers" || *p.AccessPolicy.Permission != "rl" || !p.AccessPolicy.Expiry.Equal(expiry) {
		t.Errorf("policy %s %s until %v, want readers rl until %v", *p.ID, *p.AccessPolicy.Permission, p.AccessPolicy.Expiry, expiry)
	}
	cred, err := azblob.NewSharedKeyCredential(account, accountKey)
	check(t, "making the credential", err)
	q, err := blobsas.BlobSignatureValues{Protocol: blobsas.ProtocolHTTPSandHTTP, ContainerName: "fs1", Identifier: "readers"}.SignWithSharedKey(cred)
	check(t, "signing", err)
	shared, err := azblob.NewClientWithNoCredential(l.url()+"/?"+q.Encode(), nil)
	check(t, "making a client of the signature", err)
	r, err := shared.DownloadStream(ctx, "fs1", "f", nil)
	check(t, "downloading by the policy", err)
	check(t, "closing", r.Body.Close())
	page, err := blobClient(t, l).NewListContainersPager(nil).NextPage(ctx)
	check(t, "listing containers", err)
	if p := page.ContainerItems[0].Properties; p.PublicAccess == nil || *p.PublicAccess != container.PublicAccessTypeContainer {
		t.Errorf("the list tells public access %v, want container", p.PublicAccess)
	}
	anyone, err := azblob.NewClientWithNoCredential(l.url()+"/", nil)
	check(t, "making a client without credential", err)
	r, err = anyone.DownloadStream(ctx, "fs1", "f", nil)
	check(t, "downloading as anyone", err)
	check(t, "closing", r.Body.Close())
}
