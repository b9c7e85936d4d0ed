package adls_test

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"
	blobsas "github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/sas"
)

func TestACopyIsTheSourceAsItWas(t *testing.T) {
	t.Parallel()
	l := startLake(t)
	l.filesystem("fs1")
	l.filesystem("fs2")
	l.must(201, call{method: "PUT", target: "/fs1/a%20b/f", body: "0123456789", header: headers(
		"x-ms-blob-type", "BlockBlob", "x-ms-blob-content-type", "text/csv", "x-ms-meta-k", "v")})
	etag := l.must(200, call{method: "HEAD", target: "/fs1/a%20b/f"}).header.Get("ETag")
	source := l.url() + "/fs1/a%20b/f"
	a := l.must(202, call{method: "PUT", target: "/fs2/d/g", header: headers("x-ms-copy-source", source)})
	if a.header.Get("X-Ms-Copy-Status") != "success" || a.header.Get("X-Ms-Copy-Id") == "" || a.header.Get("ETag") == "" {
		t.Errorf("the answer's headers are %v, want the copy's id, success and an ETag", a.header)
	}
	got := l.must(200, call{method: "GET", target: "/fs2/d/g"})
	if got.body != "0123456789" || got.header.Get("Content-Type") != "text/csv" || got.header.Get("X-Ms-Meta-K") != "v" {
		t.Errorf("the copy is %q with %v", got.body, got.header)
	}
	// Over itself, with other metadata: what clients do to change it.
	l.must(202, call{method: "PUT", target: "/fs1/a%20b/f", header: headers("x-ms-copy-source", source, "x-ms-meta-new", "1")})
	got = l.must(200, call{method: "GET", target: "/fs1/a%20b/f"})
	if got.body != "0123456789" || got.header.Get("X-Ms-Meta-New") != "1" || got.header.Get("X-Ms-Meta-K") != "" {
		t.Errorf("the copy over itself is %q with %v, want the metadata replaced", got.body, got.header)
	}
	with := func(pairs ...string) map[string]string { return headers(append(pairs, "x-ms-copy-source", source)...) }
	l.run([]scenario{
		{"a changed source", call{method: "PUT", target: "/fs2/x", header: with("x-ms-source-if-match", etag)}, 412, "SourceConditionNotMet", ""},
		{"an existing target", call{method: "PUT", target: "/fs2/d/g", header: with("If-None-Match", "*")}, 409, "BlobAlreadyExists", ""},
		{"a wrong checksum", call{method: "PUT", target: "/fs2/x", header: with("x-ms-source-content-md5", "AAAAAAAAAAAAAAAAAAAAAA==")}, 400, "Md5Mismatch", ""},
		{"a missing source", call{method: "PUT", target: "/fs2/x", header: headers("x-ms-copy-source", l.url()+"/fs1/none")}, 404, "BlobNotFound", ""},
		{"a directory", call{method: "PUT", target: "/fs2/x", header: headers("x-ms-copy-source", l.url()+"/fs1/a%20b")}, 409, "ResourceTypeMismatch", ""},
		{"a container", call{method: "PUT", target: "/fs2/x", header: headers("x-ms-copy-source", l.url()+"/fs1")}, 400, "InvalidHeaderValue", ""},
		{"no URL", call{method: "PUT", target: "/fs2/x", header: headers("x-ms-copy-source", "/fs1/f")}, 400, "InvalidHeaderValue", ""},
		{"a snapshot", call{method: "PUT", target: "/fs2/x", header: headers("x-ms-copy-source", source+"?snapshot=2026-01-01T00:00:00.0000000Z")}, 404, "BlobNotFound", ""},
		{"another server", call{method: "PUT", target: "/fs2/x", header: headers("x-ms-copy-source", "http://127.0.0.1:1/"+account+"/fs1/f")}, 501, "NotImplemented", "other servers"},
		{"another account", call{method: "PUT", target: "/fs2/x", header: headers("x-ms-copy-source", "http://"+l.address+"/other/fs1/f")}, 404, "ResourceNotFound", ""},
		{"nothing of it was made", call{method: "HEAD", target: "/fs2/x"}, 404, "BlobNotFound", ""},
	})
}

func TestACopyNeedsTheRightToReadItsSource(t *testing.T) {
	t.Parallel()
	l := startLake(t)
	l.filesystem("fs1")
	l.filesystem("fs2")
	l.file("/fs1/f", "0123456789")
	l.file("/fs2/old", "old")
	source := func(token string) []string {
		return []string{"x-ms-copy-source", strings.TrimSuffix(l.url()+"/fs1/f?"+token, "?")}
	}
	write := l.token("fs2", "", serviceSAS("c", "w"))
	create := l.token("fs2", "", serviceSAS("c", "c"))
	read := l.token("fs1", "f", serviceSAS("b", "r"))
	l.run([]scenario{
		{"none", signed("PUT", "/fs2/g", write, source("")...), 403, "CannotVerifyCopySource", ""},
		{"one to delete", signed("PUT", "/fs2/g", write, source(l.token("fs1", "f", serviceSAS("b", "d")))...), 403, "CannotVerifyCopySource", ""},
		{"one for another blob", signed("PUT", "/fs2/g", write, source(l.token("fs1", "g", serviceSAS("b", "r")))...), 403, "CannotVerifyCopySource", ""},
		{"a bad one beside the account key", call{method: "PUT", target: "/fs2/g", header: headers(source("sv=2024-11-04&sr=b&sp=r&sig=x")...)}, 403, "CannotVerifyCopySource", ""},
		{"one to read, but not to write", signed("PUT", "/fs2/g", l.token("fs2", "", serviceSAS("c", "r")), source(read)...), 403, "AuthorizationPermissionMismatch", ""},
		{"one to read, to create over a blob", signed("PUT", "/fs2/old", create, source(read)...), 403, "UnauthorizedBlobOverwrite", ""},
		{"one to read, to create", signed("PUT", "/fs2/g", create, source(read)...), 202, "", ""},
		{"one to read, beside the account key", call{method: "PUT", target: "/fs2/h", header: headers(source(read)...)}, 202, "", ""},
	})
	if got := l.read("/fs2/g?upn=false"); got != "0123456789" {
		t.Errorf("the copy is %q", got)
	}
}

func TestBlobSDKCopiesBlobsAndBlocks(t *testing.T) {
	t.Parallel()
	l := startLake(t)
	ctx := t.Context()
	c := blobClient(t, l)
	_, err := c.CreateContainer(ctx, "blobs", nil)
	check(t, "creating the container", err)
	content := bytes.Repeat([]byte("0123456789abcdef"), 200_000)
	_, err = c.UploadBuffer(ctx, "blobs", "src", content, nil)
	check(t, "uploading", err)
	container := c.ServiceClient().NewContainerClient("blobs")
	source := container.NewBlobClient("src").URL()

	r, err := container.NewBlobClient("copy").StartCopyFromURL(ctx, source, nil)
	check(t, "copying", err)
	if r.CopyStatus == nil || *r.CopyStatus != blob.CopyStatusTypeSuccess {
		t.Errorf("the copy's status is %v, want success", r.CopyStatus)
	}
	cred, err := azblob.NewSharedKeyCredential(account, accountKey)
	check(t, "making the credential", err)
	q, err := blobsas.BlobSignatureValues{ContainerName: "blobs", BlobName: "src", Permissions: "r", ExpiryTime: time.Now().Add(time.Hour)}.SignWithSharedKey(cred)
	check(t, "signing", err)
	_, err = container.NewBlobClient("synced").CopyFromURL(ctx, source+"?"+q.Encode(), nil)
	check(t, "copying at once", err)

	blocks := container.NewBlockBlobClient("blocks")
	ids := make([]string, 2)
	half := int64(len(content) / 2)
	for i := range ids {
		ids[i] = base64.StdEncoding.EncodeToString([]byte{byte(i)})
		_, err = blocks.StageBlockFromURL(ctx, ids[i], source+"?"+q.Encode(), stageRange(int64(i)*half, half))
		check(t, "staging a block from the source", err)
	}
	_, err = blocks.CommitBlockList(ctx, ids, nil)
	check(t, "committing", err)
	for _, name := range []string{"copy", "synced", "blocks"} {
		buffer := make([]byte, len(content))
		if _, err := c.DownloadBuffer(ctx, "blobs", name, buffer, nil); err != nil || !bytes.Equal(buffer, content) {
			t.Errorf("%s is not the source: %v", name, err)
		}
	}
}

func stageRange(offset, count int64) *blockblob.StageBlockFromURLOptions {
	return &blockblob.StageBlockFromURLOptions{Range: blob.HTTPRange{Offset: offset, Count: count}}
}
