package adls_test

import (
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
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
