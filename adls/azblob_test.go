package adls_test

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/google/go-cmp/cmp"
)

func blobClient(t *testing.T, l *testLake) *azblob.Client {
	t.Helper()
	cred, err := azblob.NewSharedKeyCredential(account, accountKey)
	check(t, "making the credential", err)
	c, err := azblob.NewClientWithSharedKeyCredential(l.url()+"/", cred, nil)
	check(t, "making the client", err)
	return c
}

func TestBlobSDKUploadsListsAndDeletes(t *testing.T) {
	t.Parallel()
	l := startLake(t)
	ctx := t.Context()
	c := blobClient(t, l)
	_, err := c.CreateContainer(ctx, "blobs", &azblob.CreateContainerOptions{Metadata: map[string]*string{"a_b": new("x"), "ac": new("y")}})
	check(t, "creating the container", err)
	_, err = c.CreateContainer(ctx, "blobs", nil)
	if !bloberror.HasCode(err, bloberror.ContainerAlreadyExists) {
		t.Errorf("creating it again: %v, want ContainerAlreadyExists", err)
	}
	_, err = c.UploadBuffer(ctx, "nothere", "b", []byte("x"), nil)
	if !bloberror.HasCode(err, bloberror.ContainerNotFound) {
		t.Errorf("uploading into a missing container: %v, want ContainerNotFound", err)
	}

	content := bytes.Repeat([]byte("0123456789abcdef"), 300_000)
	_, err = c.UploadStream(ctx, "blobs", "dir/big", bytes.NewReader(content), &azblob.UploadStreamOptions{
		BlockSize: 1 << 20, Concurrency: 4, Metadata: map[string]*string{"k": new("v")},
		HTTPHeaders: &blob.HTTPHeaders{BlobContentType: new("text/plain")},
	})
	check(t, "uploading in blocks", err)
	r, err := c.DownloadStream(ctx, "blobs", "dir/big", nil)
	check(t, "downloading", err)
	got, err := io.ReadAll(r.Body)
	check(t, "downloading", err)
	if !bytes.Equal(got, content) || *r.ContentType != "text/plain" {
		t.Errorf("downloaded %d bytes of %s, want the %d uploaded of text/plain", len(got), *r.ContentType, len(content))
	}
	buffer := make([]byte, len(content))
	n, err := c.DownloadBuffer(ctx, "blobs", "dir/big", buffer, &azblob.DownloadBufferOptions{BlockSize: 1 << 20, Concurrency: 3})
	if err != nil || n != int64(len(content)) || !bytes.Equal(buffer, content) {
		t.Errorf("downloading in ranges: %d bytes, %v", n, err)
	}
	_, err = c.UploadBuffer(ctx, "blobs", "dir/big", []byte("new"), &azblob.UploadBufferOptions{
		AccessConditions: &blob.AccessConditions{ModifiedAccessConditions: &blob.ModifiedAccessConditions{IfNoneMatch: to.Ptr(azcore.ETagAny)}},
	})
	if !bloberror.HasCode(err, bloberror.BlobAlreadyExists) {
		t.Errorf("uploading over a blob with If-None-Match *: %v, want BlobAlreadyExists", err)
	}
	_, err = c.DeleteBlob(ctx, "blobs", "dir/none", nil)
	if !bloberror.HasCode(err, bloberror.BlobNotFound) {
		t.Errorf("deleting a missing blob: %v, want BlobNotFound", err)
	}
	_, err = c.DeleteBlob(ctx, "blobs", "dir", nil)
	if !bloberror.HasCode(err, "DirectoryIsNotEmpty") {
		t.Errorf("deleting a full directory: %v, want DirectoryIsNotEmpty", err)
	}
	_, err = c.DeleteBlob(ctx, "blobs", "dir/big", nil)
	check(t, "deleting", err)
	_, err = c.ServiceClient().NewContainerClient("blobs").NewBlobClient("dir/big").GetProperties(ctx, nil)
	if !bloberror.HasCode(err, bloberror.BlobNotFound) {
		t.Errorf("properties of a deleted blob: %v, want BlobNotFound", err)
	}
	_, err = c.DeleteContainer(ctx, "blobs", nil)
	check(t, "deleting the container", err)
}

func TestBlobSDKListsInTheOrderOfFullNames(t *testing.T) {
	t.Parallel()
	l := startLake(t)
	ctx := t.Context()
	c := blobClient(t, l)
	_, err := c.CreateContainer(ctx, "lists", nil)
	check(t, "creating the container", err)
	// The characters from space to "." sort before "/", so siblings come between a directory and its contents.
	files := []string{"a", "a!/x", "a-b", "a-b-/z", "a.csv", "a/b", "a/b-c", "a/b.d/1", "a0", "b/ä", "b/Z", "b/😀", "c/d/e/f", "c/d-e"}
	files[0] = "a-"
	want := map[string]bool{}
	for _, name := range files {
		_, err = c.UploadBuffer(ctx, "lists", name, []byte(name), &azblob.UploadBufferOptions{Metadata: map[string]*string{"n": new("1")}})
		check(t, "uploading "+name, err)
		for i := range name {
			if name[i] == '/' {
				want[name[:i]] = true
			}
		}
		want[name] = true
	}
	all := make([]string, 0, len(want))
	for name := range want {
		all = append(all, name)
	}
	slices.Sort(all)

	for size := int32(1); size <= int32(len(all)+1); size++ {
		if diff := cmp.Diff(all, flat(t, c, "", size)); diff != "" {
			t.Fatalf("a flat listing in pages of %d differs (-want +got):\n%s", size, diff)
		}
	}
	for _, prefix := range []string{"a", "a/", "a/b", "a-", "b/", "c/d", "none", "a//", "/", "c/d/e/f", "c/d/e/f/"} {
		var some []string
		for _, name := range all {
			if strings.HasPrefix(name, prefix) {
				some = append(some, name)
			}
		}
		for _, size := range []int32{1, 2, 5000} {
			if diff := cmp.Diff(some, flat(t, c, prefix, size)); diff != "" {
				t.Errorf("a flat listing of prefix %q in pages of %d differs (-want +got):\n%s", prefix, size, diff)
			}
			if diff := cmp.Diff(oneLevel(all, prefix), hierarchy(t, c, prefix, size)); diff != "" {
				t.Errorf("one level of prefix %q in pages of %d differs (-want +got):\n%s", prefix, size, diff)
			}
		}
	}
}

// oneLevel is the specification of a listing with delimiter "/".
func oneLevel(all []string, prefix string) []string {
	seen := map[string]bool{}
	for _, name := range all {
		rest, ok := strings.CutPrefix(name, prefix)
		if !ok {
			continue
		}
		if i := strings.IndexByte(rest, '/'); i >= 0 {
			seen[prefix+rest[:i+1]] = true
		} else if !slices.ContainsFunc(all, func(s string) bool { return strings.HasPrefix(s, name+"/") }) {
			seen[name] = true
		}
	}
	var names []string
	for name := range seen {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func flat(t *testing.T, c *azblob.Client, prefix string, size int32) []string {
	t.Helper()
	var names []string
	pager := c.NewListBlobsFlatPager("lists", &azblob.ListBlobsFlatOptions{Prefix: &prefix, MaxResults: &size, Include: container.ListBlobsInclude{Metadata: true}})
	for pager.More() {
		page, err := pager.NextPage(t.Context())
		check(t, "listing", err)
		if len(page.Segment.BlobItems) > int(size) {
			t.Errorf("a page of %d has %d blobs", size, len(page.Segment.BlobItems))
		}
		for _, b := range page.Segment.BlobItems {
			names = append(names, *b.Name)
			_, isFolder := b.Metadata["hdi_isfolder"]
			if isFolder == (b.Metadata["n"] != nil) {
				t.Errorf("metadata of %s is %v, want n on files and hdi_isfolder on directories", *b.Name, b.Metadata)
			}
			if !isFolder && *b.Properties.ContentLength != int64(len(*b.Name)) {
				t.Errorf("length of %s is %d, want %d", *b.Name, *b.Properties.ContentLength, len(*b.Name))
			}
		}
	}
	return names
}

func hierarchy(t *testing.T, c *azblob.Client, prefix string, size int32) []string {
	t.Helper()
	var names []string
	pager := c.ServiceClient().NewContainerClient("lists").NewListBlobsHierarchyPager("/", &container.ListBlobsHierarchyOptions{Prefix: &prefix, MaxResults: &size})
	for pager.More() {
		page, err := pager.NextPage(t.Context())
		check(t, "listing", err)
		for _, b := range page.Segment.BlobPrefixes {
			names = append(names, *b.Name)
		}
		for _, b := range page.Segment.BlobItems {
			names = append(names, *b.Name)
		}
	}
	slices.Sort(names) // the SDK has prefixes and blobs apart
	return names
}

func TestBlobSDKStagesAndCommitsBlocks(t *testing.T) {
	t.Parallel()
	l := startLake(t)
	ctx := t.Context()
	c := blobClient(t, l)
	_, err := c.CreateContainer(ctx, "blocks", nil)
	check(t, "creating the container", err)
	bb := c.ServiceClient().NewContainerClient("blocks").NewBlockBlobClient("b")
	id := func(i int) string { return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%04d", i)) }
	for i := range 3 {
		data := []byte(strings.Repeat(strconv.Itoa(i), 10))
		sum := md5.Sum(data)
		_, err := bb.StageBlock(ctx, id(i), streaming.NopCloser(bytes.NewReader(data)), &blockblob.StageBlockOptions{TransactionalValidation: blob.TransferValidationTypeMD5(sum[:])})
		check(t, "staging a block", err)
	}
	_, err = bb.StageBlock(ctx, id(9), streaming.NopCloser(strings.NewReader("xyz")), &blockblob.StageBlockOptions{TransactionalValidation: blob.TransferValidationTypeMD5(make([]byte, 16))})
	if !bloberror.HasCode(err, bloberror.MD5Mismatch) {
		t.Errorf("staging with a wrong MD5: %v, want Md5Mismatch", err)
	}
	_, err = bb.StageBlock(ctx, id(9), streaming.NopCloser(strings.NewReader("xyz")), &blockblob.StageBlockOptions{TransactionalValidation: blob.TransferValidationTypeCRC64(1)})
	if !bloberror.HasCode(err, "Crc64Mismatch") {
		t.Errorf("staging with a wrong CRC64: %v, want Crc64Mismatch", err)
	}
	_, err = bb.StageBlock(ctx, id(3), streaming.NopCloser(strings.NewReader("3333333333")), &blockblob.StageBlockOptions{TransactionalValidation: blob.TransferValidationTypeComputeCRC64()})
	check(t, "staging with a right CRC64", err)
	_, err = bb.CommitBlockList(ctx, []string{id(2), id(0)}, &blockblob.CommitBlockListOptions{Metadata: map[string]*string{"x": new("1")}})
	check(t, "committing", err)
	list, err := bb.GetBlockList(ctx, blockblob.BlockListTypeAll, nil)
	check(t, "block list", err)
	var ids []string
	for _, b := range list.CommittedBlocks {
		ids = append(ids, *b.Name)
	}
	if !slices.Equal(ids, []string{id(2), id(0)}) || len(list.UncommittedBlocks) != 0 || *list.BlobContentLength != 20 {
		t.Errorf("block list is %v and %d uncommitted of %d bytes, want 2, 0 and none", ids, len(list.UncommittedBlocks), *list.BlobContentLength)
	}
	_, err = bb.CommitBlockList(ctx, []string{id(7)}, nil)
	if !bloberror.HasCode(err, bloberror.InvalidBlockList) {
		t.Errorf("committing an unknown block: %v, want InvalidBlockList", err)
	}
	r, err := bb.DownloadStream(ctx, nil)
	check(t, "downloading", err)
	data, err := io.ReadAll(r.Body)
	if err != nil || string(data) != strings.Repeat("2", 10)+strings.Repeat("0", 10) {
		t.Errorf("content is %q (%v), want the blocks in the order of the list", data, err)
	}
}

func TestBlobSDKReadsTheAccount(t *testing.T) {
	t.Parallel()
	l := startLake(t)
	c := blobClient(t, l).ServiceClient()
	a, err := c.GetAccountInfo(t.Context(), nil)
	check(t, "account information", err)
	if !*a.IsHierarchicalNamespaceEnabled || *a.SKUName != "Standard_LRS" || *a.AccountKind != "StorageV2" {
		t.Errorf("account is %v %v %v, want a hierarchical StorageV2 of Standard_LRS", *a.IsHierarchicalNamespaceEnabled, *a.SKUName, *a.AccountKind)
	}
	if _, err := c.GetProperties(t.Context(), nil); err != nil {
		t.Errorf("service properties: %v", err)
	}
}
