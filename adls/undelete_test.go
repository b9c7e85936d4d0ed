package adls_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/service"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azdatalake/directory"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azdatalake/filesystem"

	"github.com/ownlake/ownlake/adls/sas"
	"github.com/ownlake/ownlake/lake"
)

func TestSDKsListAndBringBackWhatWasDeleted(t *testing.T) {
	t.Parallel()
	l := startLake(t)
	ctx := t.Context()
	blobs := blobClient(t, l)
	_, err := blobs.ServiceClient().SetProperties(ctx, &service.SetPropertiesOptions{
		DeleteRetentionPolicy: &service.RetentionPolicy{Enabled: new(true), Days: new(int32(9))},
	})
	check(t, "setting the policy", err)
	p, err := blobs.ServiceClient().GetProperties(ctx, nil)
	check(t, "getting it", err)
	if r := p.DeleteRetentionPolicy; !*r.Enabled || *r.Days != 9 {
		t.Errorf("the policy is %v, %v days", *r.Enabled, *r.Days)
	}
	fs := dataLakeService(t, l).NewFileSystemClient("fs1")
	_, err = fs.Create(ctx, nil)
	check(t, "creating", err)
	l.file("/fs1/d/e/f", "content")
	l.file("/fs1/g", "content of g")
	deleted, err := fs.NewDirectoryClient("d").Delete(ctx, &directory.DeleteOptions{})
	check(t, "deleting a directory", err)
	if deleted.DeletionID == nil || *deleted.DeletionID == "" {
		t.Error("the SDK finds no id of the deletion")
	}
	_, err = fs.NewFileClient("g").Delete(ctx, nil)
	check(t, "deleting a file", err)

	var names []string
	pager := fs.NewListDeletedPathsPager(&filesystem.ListDeletedPathsOptions{MaxResults: new(int32(1))})
	for pager.More() {
		page, err := pager.NextPage(ctx)
		check(t, "listing", err)
		for _, item := range page.Segment.PathItems {
			names = append(names, *item.Name)
			if !*item.Deleted || item.DeletionID == nil || item.Properties.DeletedTime == nil || *item.Properties.RemainingRetentionDays != 8 {
				t.Errorf("the entry of %s is %+v", *item.Name, item.Properties)
			}
			// The SDK for Go has no call for Path - Undelete.
			l.must(200, call{
				method: "PUT", target: "/fs1/" + *item.Name + "?comp=undelete",
				header: headers("x-ms-undelete-source", *item.Name+"?deletionid="+*item.DeletionID),
			})
		}
	}
	if !slices.Equal(names, []string{"d", "g"}) {
		t.Errorf("deleted: %v", names)
	}
	if got := l.read("/fs1/d/e/f"); got != "content" {
		t.Errorf("brought back: %q", got)
	}
	_, err = blobs.DeleteBlob(ctx, "fs1", "g", nil)
	check(t, "deleting a blob", err)
	_, err = blobs.ServiceClient().NewContainerClient("fs1").NewBlobClient("g").Undelete(ctx, nil)
	check(t, "bringing it back", err)
	if got := l.read("/fs1/g"); got != "content of g" {
		t.Errorf("brought back: %q", got)
	}
}

func TestSDKsListAndBringBackDeletedContainers(t *testing.T) {
	t.Parallel()
	l := startLake(t)
	ctx := t.Context()
	check(t, "setting the policy", l.store.SetServiceSettings(ctx, lake.ServiceSettings{ContainerRetentionDays: 7}))
	l.filesystem("fs1")
	l.filesystem("fs2")
	l.file("/fs1/f", "content")
	blobs := blobClient(t, l)
	_, err := blobs.DeleteContainer(ctx, "fs1", nil)
	check(t, "deleting", err)
	pager := blobs.NewListContainersPager(&azblob.ListContainersOptions{Include: azblob.ListContainersInclude{Deleted: true}, MaxResults: new(int32(1))})
	versions := map[string]string{}
	for pager.More() {
		page, err := pager.NextPage(ctx)
		check(t, "listing", err)
		for _, c := range page.ContainerItems {
			versions[*c.Name] = ""
			if c.Deleted != nil && *c.Deleted {
				versions[*c.Name] = *c.Version
				if *c.Properties.RemainingRetentionDays != 7 {
					t.Errorf("%d days are left, want 7", *c.Properties.RemainingRetentionDays)
				}
			}
		}
	}
	if len(versions) != 2 || versions["fs1"] == "" || versions["fs2"] != "" {
		t.Fatalf("containers: %v", versions)
	}
	_, err = blobs.ServiceClient().RestoreContainer(ctx, "fs1", versions["fs1"], nil)
	check(t, "restoring", err)
	if got := l.read("/fs1/f"); got != "content" {
		t.Errorf("brought back: %q", got)
	}
}

func TestASignatureOfABlobBringsNoDirectoryBack(t *testing.T) {
	t.Parallel()
	l := startLake(t)
	check(t, "setting the policy", l.store.SetServiceSettings(t.Context(), lake.ServiceSettings{DeleteRetentionDays: 7}))
	l.filesystem("fs1")
	l.file("/fs1/d/f", "content")
	l.must(200, call{method: "DELETE", target: "/fs1/d?recursive=true"})
	const mismatch = "AuthorizationPermissionMismatch"
	const undelete, showDeleted = "/fs1/d?comp=undelete", "/fs1?restype=container&comp=list&showonly=deleted"
	all := l.token("fs1", "", serviceSAS("c", "rw"))
	l.run([]scenario{
		{"a blob's", signed("PUT", undelete, l.token("fs1", "d", serviceSAS("b", "rwdl"))), 403, mismatch, ""},
		{"to delete", signed("PUT", undelete, l.token("fs1", "", serviceSAS("c", "rd"))), 403, mismatch, ""},
		{"a listing without l", signed("GET", showDeleted, all), 403, mismatch, ""},
		{"a listing", signed("GET", showDeleted, l.token("fs1", "", serviceSAS("c", "l"))), 200, "", "<Name>d</Name>"},
		{"of a container", signed("PUT", undelete, all), 200, "", ""},
		{"a container's for containers", signed("PUT", "/fs1?restype=container&comp=undelete", all, "x-ms-deleted-container-name", "fs1", "x-ms-deleted-container-version", "01D69540C360196E"), 403, mismatch, ""},
		{
			"an account's", signed("PUT", "/fs1?restype=container&comp=undelete", l.token("", "", sas.Token{sas.Services: "b", sas.ResourceTypes: "c", sas.Permissions: "w"}),
				"x-ms-deleted-container-name", "fs1", "x-ms-deleted-container-version", "01D69540C360196E"), 404, "ContainerNotFound", "",
		},
	})
}

func TestDeletionsThatOneLevelHidesEndAPage(t *testing.T) {
	t.Parallel()
	l := startLake(t)
	check(t, "setting the policy", l.store.SetServiceSettings(t.Context(), lake.ServiceSettings{DeleteRetentionDays: 7}))
	l.filesystem("fs1")
	var want []string
	for i := range 30 {
		dir := fmt.Sprintf("d%d", i)
		l.file("/fs1/"+dir+"/f", "x")
		l.must(202, call{method: "DELETE", target: "/fs1/" + dir + "/f"})
		if i%10 == 0 {
			l.must(202, call{method: "DELETE", target: "/fs1/" + dir})
			want = append(want, dir)
			continue
		}
		want = append(want, dir+"/")
	}
	slices.Sort(want)
	for _, size := range []int32{1, 2, 100} {
		var got []string
		pages := 0
		pager := blobClient(t, l).ServiceClient().NewContainerClient("fs1").NewListBlobsHierarchyPager("/", &container.ListBlobsHierarchyOptions{
			Include: container.ListBlobsInclude{Deleted: true}, MaxResults: &size,
		})
		for pager.More() {
			page, err := pager.NextPage(t.Context())
			check(t, "listing", err)
			for _, b := range page.Segment.BlobItems {
				got = append(got, *b.Name)
			}
			for _, p := range page.Segment.BlobPrefixes {
				got = append(got, *p.Name)
			}
			if pages++; pages > 200 {
				t.Fatal("the listing does not end")
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("in pages of %d: %v, want %v", size, got, want)
		}
	}
}
