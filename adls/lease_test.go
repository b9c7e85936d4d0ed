package adls_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"
	bloblease "github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/lease"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azdatalake/datalakeerror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azdatalake/file"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azdatalake/lease"
)

func TestDataLakeSDKLeasesPathsAndFilesystems(t *testing.T) {
	t.Parallel()
	eachPort(t, func(t *testing.T, l *testLake) {
		t.Helper()
		ctx := t.Context()
		fs := dataLakeService(t, l).NewFileSystemClient("fs1")
		_, err := fs.Create(ctx, nil)
		check(t, "creating the filesystem", err)
		f := fs.NewFileClient("d/f")
		_, err = f.Create(ctx, nil)
		check(t, "creating the file", err)

		holder, err := lease.NewPathClient(f, nil)
		check(t, "making the client of a lease", err)
		_, err = holder.AcquireLease(ctx, 15, nil)
		check(t, "acquiring", err)
		_, err = holder.RenewLease(ctx, nil)
		check(t, "renewing", err)
		changed, err := holder.ChangeLease(ctx, "6c5c9e9c-3d8f-4f0e-9c2e-0d4b7f0a1b11", nil)
		check(t, "changing", err)

		_, err = f.AppendData(ctx, 0, streaming.NopCloser(strings.NewReader("hello")), nil)
		if !datalakeerror.HasCode(err, datalakeerror.LeaseIDMissing) {
			t.Errorf("appending without the lease: %v", err)
		}
		mine := &file.LeaseAccessConditions{LeaseID: changed.LeaseID}
		_, err = f.AppendData(ctx, 0, streaming.NopCloser(strings.NewReader("hello")), &file.AppendDataOptions{LeaseAccessConditions: mine})
		check(t, "appending with the lease", err)
		_, err = f.FlushData(ctx, 5, &file.FlushDataOptions{AccessConditions: &file.AccessConditions{LeaseAccessConditions: mine}})
		check(t, "flushing with the lease", err)
		p, err := f.GetProperties(ctx, nil)
		check(t, "reading properties", err)
		if *p.LeaseState != "leased" || *p.LeaseDuration != "fixed" {
			t.Errorf("the lease is %s, %s", *p.LeaseState, *p.LeaseDuration)
		}
		_, err = holder.BreakLease(ctx, &lease.PathBreakOptions{BreakPeriod: new(int32(0))})
		check(t, "breaking", err)
		_, err = f.Delete(ctx, nil)
		check(t, "deleting after the break", err)

		container, err := lease.NewFileSystemClient(fs, nil)
		check(t, "making the client of a filesystem's lease", err)
		_, err = container.AcquireLease(ctx, -1, nil)
		check(t, "acquiring the filesystem's", err)
		if _, err = fs.Delete(ctx, nil); !datalakeerror.HasCode(err, datalakeerror.LeaseIDMissing) {
			t.Errorf("deleting a leased filesystem: %v", err)
		}
		_, err = container.ReleaseLease(ctx, nil)
		check(t, "releasing the filesystem's", err)
		_, err = fs.Delete(ctx, nil)
		check(t, "deleting the filesystem", err)
	})
}

func TestBlobSDKLeasesBlobsAndContainers(t *testing.T) {
	t.Parallel()
	l := startLake(t)
	ctx := t.Context()
	c := blobClient(t, l).ServiceClient().NewContainerClient("leased")
	_, err := c.Create(ctx, nil)
	check(t, "creating the container", err)
	b := c.NewBlockBlobClient("f")
	_, err = b.UploadBuffer(ctx, []byte("one"), nil)
	check(t, "uploading", err)

	holder, err := bloblease.NewBlobClient(b, nil)
	check(t, "making the client of a lease", err)
	_, err = holder.AcquireLease(ctx, 15, nil)
	check(t, "acquiring", err)
	changed, err := holder.ChangeLease(ctx, "6c5c9e9c-3d8f-4f0e-9c2e-0d4b7f0a1b11", nil)
	check(t, "changing", err)
	_, err = holder.RenewLease(ctx, nil)
	check(t, "renewing", err)
	if _, err = b.UploadBuffer(ctx, []byte("two"), nil); !bloberror.HasCode(err, bloberror.LeaseIDMissing) {
		t.Errorf("uploading without the lease: %v", err)
	}
	mine := &blob.AccessConditions{LeaseAccessConditions: &blob.LeaseAccessConditions{LeaseID: changed.LeaseID}}
	_, err = b.UploadBuffer(ctx, []byte("two"), &blockblob.UploadBufferOptions{AccessConditions: mine})
	check(t, "uploading with the lease", err)
	p, err := b.GetProperties(ctx, nil)
	check(t, "reading properties", err)
	if *p.LeaseState != "leased" || *p.LeaseDuration != "fixed" {
		t.Errorf("the lease is %s, %s", *p.LeaseState, *p.LeaseDuration)
	}
	broken, err := holder.BreakLease(ctx, &bloblease.BlobBreakOptions{BreakPeriod: new(int32(0))})
	check(t, "breaking", err)
	if *broken.LeaseTime != 0 {
		t.Errorf("a lease that was broken at once holds for %d more seconds", *broken.LeaseTime)
	}
	_, err = b.Delete(ctx, nil)
	check(t, "deleting after the break", err)

	whole, err := bloblease.NewContainerClient(c, nil)
	check(t, "making the client of a container's lease", err)
	_, err = whole.AcquireLease(ctx, -1, nil)
	check(t, "acquiring the container's", err)
	if _, err = c.Delete(ctx, nil); !bloberror.HasCode(err, bloberror.LeaseIDMissing) {
		t.Errorf("deleting a leased container: %v", err)
	}
	_, err = whole.ReleaseLease(ctx, nil)
	check(t, "releasing the container's", err)
	_, err = c.Delete(ctx, nil)
	check(t, "deleting the container", err)
}

func TestARefusedLeaseLeavesTheFileAsItWas(t *testing.T) {
	t.Parallel()
	l := startLake(t)
	l.filesystem("fs1")
	l.file("/fs1/f", "before")
	for name, header := range map[string]map[string]string{
		"a duration that is none": headers("x-ms-lease-duration", "5"),
		"an id that is none":      headers("x-ms-lease-duration", "-1", "x-ms-proposed-lease-id", "mine"),
	} {
		for _, path := range []string{"/fs1/f", "/fs1/new"} {
			if a := l.do(call{method: "PUT", target: path + "?resource=file", header: header}); a.status != 400 {
				t.Errorf("%s: %d, want 400", name, a.status)
			}
		}
	}
	if got := l.read("/fs1/f"); got != "before" {
		t.Errorf("the file is %q, want it as before", got)
	}
	if a := l.do(call{method: "HEAD", target: "/fs1/new?action=getStatus"}); a.status != 404 {
		t.Errorf("a refused create left a file: %d", a.status)
	}
	id := "6c5c9e9c-3d8f-4f0e-9c2e-0d4b7f0a1b11"
	a := l.do(call{method: "PATCH", target: "/fs1/f?action=append&position=1", body: "x", header: headers("x-ms-lease-action", "acquire", "x-ms-lease-duration", "-1", "x-ms-proposed-lease-id", id)})
	if a.status < 400 {
		t.Errorf("an append below the file's end: %d", a.status)
	}
	if a := l.do(call{method: "HEAD", target: "/fs1/f?action=getStatus"}); a.header.Get("x-ms-lease-state") != "available" {
		t.Errorf("a failed append keeps the lease %s", a.header.Get("x-ms-lease-state"))
	}
}

func TestARenameReachesTheAccountWithoutItsName(t *testing.T) {
	t.Parallel()
	l := startLake(t)
	l.filesystem("fs1")
	l.file("/fs1/a", "content")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, "http://"+l.address+"/fs1/b", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("x-ms-rename-source", "/fs1/a")
	req.Header.Set("x-ms-date", time.Now().UTC().Format(http.TimeFormat))
	l.cred.Sign(req)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusCreated || l.read("/fs1/b") != "content" {
		t.Errorf("status %d", resp.StatusCode)
	}
}
