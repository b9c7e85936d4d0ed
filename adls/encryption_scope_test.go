package adls_test

import (
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"

	"github.com/ownlake/ownlake/adls/sas"
)

func TestEncryptionScopesAreKeptAndTold(t *testing.T) {
	t.Parallel()
	l := startLake(t)
	l.must(201, call{method: "PUT", target: "/own?restype=container", header: headers(
		"x-ms-default-encryption-scope", "scope-1", "x-ms-deny-encryption-scope-override", "false")})
	l.filesystem("plain")
	for name, want := range map[string][2]string{"own": {"scope-1", "false"}, "plain": {"$account-encryption-key", "false"}} {
		a := l.must(200, call{method: "HEAD", target: "/" + name + "?resource=filesystem"})
		if got := [2]string{a.header.Get("x-ms-default-encryption-scope"), a.header.Get("x-ms-deny-encryption-scope-override")}; got != want {
			t.Errorf("%s says %q of encryption scopes, want %q", name, got, want)
		}
	}
	scoped := func(target string) call {
		return call{method: "PUT", target: target, body: "x", header: headers("x-ms-blob-type", "BlockBlob", "x-ms-encryption-scope", "scope-2")}
	}
	put := func(target string) call {
		return call{method: "PUT", target: target, body: "x", header: headers("x-ms-blob-type", "BlockBlob")}
	}
	l.must(201, put("/own/default"))
	l.file("/own/by-dfs", "x")
	l.must(201, call{method: "PUT", target: "/own/dir?resource=directory"})
	l.must(201, put("/plain/none"))
	if got := l.must(201, scoped("/own/other")).header.Get("x-ms-encryption-scope"); got != "scope-2" {
		t.Errorf("Put Blob answers the scope %q, want scope-2", got)
	}
	l.must(201, call{method: "PUT", target: "/plain/copy", header: headers("x-ms-copy-source", l.url()+"/own/other", "x-ms-blob-type", "BlockBlob", "x-ms-encryption-scope", "scope-3")})
	l.must(201, call{method: "PUT", target: "/plain/moved?resource=file", header: headers("x-ms-rename-source", "/own/default")})
	for target, want := range map[string]string{
		"/own/by-dfs": "scope-1", "/own/dir": "", "/own/other": "scope-2", "/plain/none": "", "/plain/copy": "scope-3", "/plain/moved": "scope-1",
	} {
		for _, method := range []string{"HEAD", "GET"} {
			if got := l.must(200, call{method: method, target: target}).header.Get("x-ms-encryption-scope"); method == "HEAD" && got != want {
				t.Errorf("%s %s tells the scope %q, want %q", method, target, got, want)
			}
		}
	}
	list := l.must(200, call{method: "GET", target: "/own?restype=container&comp=list&prefix=other"}).body
	if !strings.Contains(list, "<EncryptionScope>scope-2</EncryptionScope>") {
		t.Errorf("List Blobs does not tell the scope: %s", list)
	}
	list = l.must(200, call{method: "GET", target: "/own?resource=filesystem&recursive=false"}).body
	if strings.Count(list, `"EncryptionScope":"scope-1"`) != 1 || !strings.Contains(list, `"EncryptionScope":"scope-2"`) {
		t.Errorf("List Paths does not tell the scopes: %s", list)
	}
	list = l.must(200, call{method: "GET", target: "/?comp=list&prefix=own"}).body
	if !strings.Contains(list, "<DefaultEncryptionScope>scope-1</DefaultEncryptionScope><DenyEncryptionScopeOverride>false<") {
		t.Errorf("List Containers does not tell the scope: %s", list)
	}
}

func TestAContainerKeepsOtherEncryptionScopesOut(t *testing.T) {
	t.Parallel()
	l := startLake(t)
	create := func(pairs ...string) call {
		return call{method: "PUT", target: "/strict?restype=container", header: headers(pairs...)}
	}
	with := func(target, scope string) call {
		return call{method: "PUT", target: target, body: "x", header: headers("x-ms-blob-type", "BlockBlob", "x-ms-encryption-scope", scope)}
	}
	const denied = "RequestForbiddenByContainerEncryptionPolicy"
	token := func(scope string) string {
		fields := serviceSAS("c", "rcw")
		fields[sas.EncryptionScope] = scope
		return l.token("strict", "", fields)
	}
	l.run([]scenario{
		{"a default alone", create("x-ms-default-encryption-scope", "scope-1"), 400, "MissingRequiredHeader", ""},
		{"a policy alone", create("x-ms-deny-encryption-scope-override", "true"), 400, "MissingRequiredHeader", ""},
		{"no boolean", create("x-ms-default-encryption-scope", "scope-1", "x-ms-deny-encryption-scope-override", "no"), 400, "InvalidHeaderValue", ""},
		{"no name", create("x-ms-default-encryption-scope", "a_b", "x-ms-deny-encryption-scope-override", "true"), 400, "InvalidHeaderValue", ""},
		{"both", create("x-ms-default-encryption-scope", "scope-1", "x-ms-deny-encryption-scope-override", "true"), 201, "", ""},
		{"a blob of its scope", with("/strict/a", "scope-1"), 201, "", ""},
		{"a blob of another", with("/strict/b", "scope-2"), 403, denied, ""},
		{"a block of another", with("/strict/b?comp=block&blockid=MDE%3D", "scope-2"), 403, denied, ""},
		{"a blob of the account's", with("/strict/b", "$account-encryption-key"), 403, denied, ""},
		{"a blob of no scope's name", with("/strict/b", "a b"), 400, "InvalidHeaderValue", ""},
		{"a signature for its scope", signed("PUT", "/strict/c", token("scope-1"), "x-ms-blob-type", "BlockBlob"), 201, "", ""},
		{"a signature for another", signed("PUT", "/strict/d", token("scope-2"), "x-ms-blob-type", "BlockBlob"), 403, denied, ""},
		{"a signature for one and a header for another", signed("PUT", "/strict/d", token("scope-2"), "x-ms-blob-type", "BlockBlob", "x-ms-encryption-scope", "scope-1"), 403, "AuthorizationPermissionMismatch", ""},
		{"nothing of another was made", call{method: "HEAD", target: "/strict/b"}, 404, "BlobNotFound", ""},
	})
}

func TestBlobSDKWritesWithEncryptionScopes(t *testing.T) {
	t.Parallel()
	l := startLake(t)
	ctx := t.Context()
	c := blobClient(t, l).ServiceClient().NewContainerClient("scoped")
	scope, deny := "scope-1", true
	_, err := c.Create(ctx, &container.CreateOptions{CPKScopeInfo: &container.CPKScopeInfo{DefaultEncryptionScope: &scope, PreventEncryptionScopeOverride: &deny}})
	check(t, "creating the container", err)
	up, err := c.NewBlockBlobClient("f").UploadBuffer(ctx, []byte("content"), &blockblob.UploadBufferOptions{CPKScopeInfo: &blob.CPKScopeInfo{EncryptionScope: &scope}})
	check(t, "uploading", err)
	if up.EncryptionScope == nil || *up.EncryptionScope != scope {
		t.Errorf("the upload's scope is %v, want %s", up.EncryptionScope, scope)
	}
	p, err := c.NewBlobClient("f").GetProperties(ctx, nil)
	check(t, "reading properties", err)
	if p.EncryptionScope == nil || *p.EncryptionScope != scope {
		t.Errorf("the blob's scope is %v, want %s", p.EncryptionScope, scope)
	}
	other := "scope-2"
	_, err = c.NewBlockBlobClient("g").UploadBuffer(ctx, []byte("content"), &blockblob.UploadBufferOptions{CPKScopeInfo: &blob.CPKScopeInfo{EncryptionScope: &other}})
	if err == nil || !strings.Contains(err.Error(), "RequestForbiddenByContainerEncryptionPolicy") {
		t.Errorf("uploading with another scope: %v", err)
	}
}
