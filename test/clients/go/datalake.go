package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azdatalake"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azdatalake/directory"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azdatalake/file"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azdatalake/filesystem"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azdatalake/lease"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azdatalake/sas"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azdatalake/service"
)

const someone = "11111111-2222-3333-4444-555555555555"

// code is the service's error code of an answer that refused.
func code(err error) string {
	if r, ok := errors.AsType[*azcore.ResponseError](err); ok {
		return r.ErrorCode
	}
	return fmt.Sprint(err)
}

func refused(err error, want string) error {
	if got := code(err); got != want {
		return fmt.Errorf("answered %s, want %s", got, want)
	}
	return nil
}

func dataLakeTour(ctx context.Context, l *lake, c *checks) {
	cred, err := azdatalake.NewSharedKeyCredential(l.account, l.key)
	if err != nil {
		c.do("azdatalake: credential", func() error { return err })
		return
	}
	svc, err := service.NewClientWithSharedKeyCredential(l.dfs, cred, nil)
	if err != nil {
		c.do("azdatalake: client", func() error { return err })
		return
	}
	fs := svc.NewFileSystemClient("azdatalake")
	c.do("azdatalake: create a filesystem", func() error { _, err := fs.Create(ctx, nil); return err })
	c.do("azdatalake: 200 MiB up in parallel and down again", func() error { return largeFile(ctx, fs) })
	c.do("azdatalake: list by pages", func() error { return listPaths(ctx, fs) })
	c.do("azdatalake: rename a file and a directory", func() error { return rename(ctx, fs) })
	c.do("azdatalake: access control, and below", func() error { return accessControl(ctx, fs) })
	c.do("azdatalake: account SAS", func() error { return accountSAS(ctx, svc) })
	c.do("azdatalake: service SAS of a file and a directory", func() error { return serviceSAS(ctx, fs) })
	c.do("azdatalake: over TLS", func() error { return overTLS(ctx, l, cred) })
	c.do("azdatalake: lease of a file", func() error { return leaseFile(ctx, fs) })
	c.do("azdatalake: delete file, directory, filesystem", func() error { return deleteAll(ctx, fs) })
}

func largeFile(ctx context.Context, fs *filesystem.Client) error {
	content := numbered(200 * mib)
	f := fs.NewFileClient("in/large.bin")
	if _, err := f.Create(ctx, nil); err != nil {
		return err
	}
	if err := f.UploadBuffer(ctx, content, &file.UploadBufferOptions{ChunkSize: 8 * mib, Concurrency: 4}); err != nil {
		return err
	}
	got := make([]byte, len(content))
	if _, err := f.DownloadBuffer(ctx, got, &file.DownloadBufferOptions{ChunkSize: 8 * mib, Concurrency: 4}); err != nil {
		return err
	}
	return same("the large file", got, content)
}

func put(ctx context.Context, fs *filesystem.Client, path, content string) error {
	f := fs.NewFileClient(path)
	if _, err := f.Create(ctx, nil); err != nil {
		return err
	}
	return f.UploadBuffer(ctx, []byte(content), nil)
}

func names(ctx context.Context, fs *filesystem.Client, prefix string, page int32) (all []string, pages int, err error) {
	pager := fs.NewListPathsPager(true, &filesystem.ListPathsOptions{Prefix: &prefix, MaxResults: &page})
	for pager.More() {
		p, err := pager.NextPage(ctx)
		if err != nil {
			return nil, 0, err
		}
		pages++
		for _, path := range p.Paths {
			all = append(all, *path.Name)
		}
	}
	return all, pages, nil
}

func listPaths(ctx context.Context, fs *filesystem.Client) error {
	var want []string
	for i := range 23 {
		name := fmt.Sprintf("list/%02d", i)
		want = append(want, name)
		if err := put(ctx, fs, name, "x"); err != nil {
			return err
		}
	}
	got, pages, err := names(ctx, fs, "list", 10)
	if err != nil {
		return err
	}
	if !slices.Equal(got, want) || pages < 3 {
		return fmt.Errorf("%d pages of at most 10 with %v, want %v", pages, got, want)
	}
	return nil
}

func rename(ctx context.Context, fs *filesystem.Client) error {
	for _, name := range []string{"old/a", "old/sub/b"} {
		if err := put(ctx, fs, name, name); err != nil {
			return err
		}
	}
	if _, err := fs.NewFileClient("old/a").Rename(ctx, "old/ä b", nil); err != nil {
		return err
	}
	if _, err := fs.NewDirectoryClient("old").Rename(ctx, "new", nil); err != nil {
		return err
	}
	got, _, err := names(ctx, fs, "new", 100)
	if want := []string{"new/sub", "new/sub/b", "new/ä b"}; err != nil || !slices.Equal(got, want) {
		return fmt.Errorf("after the rename there is %v (%w), want %v", got, err, want)
	}
	_, err = fs.NewDirectoryClient("old").GetProperties(ctx, nil)
	return refused(err, "PathNotFound")
}

func accessControl(ctx context.Context, fs *filesystem.Client) error {
	if err := put(ctx, fs, "acl/d/f", "x"); err != nil {
		return err
	}
	dir := fs.NewDirectoryClient("acl")
	acl := "user::rwx,user:" + someone + ":r-x,group::r-x,mask::r-x,other::---"
	if _, err := dir.SetAccessControl(ctx, &directory.SetAccessControlOptions{ACL: &acl}); err != nil {
		return err
	}
	got, err := dir.GetAccessControl(ctx, nil)
	if err != nil || got.ACL == nil || *got.ACL != acl {
		return fmt.Errorf("the list came back as %v (%w), want %s", got.ACL, err, acl)
	}
	changed, err := dir.UpdateAccessControlRecursive(ctx, "user:"+someone+":rwx", nil)
	if err != nil || *changed.DirectoriesSuccessful != 2 || *changed.FilesSuccessful != 1 || *changed.FailureCount != 0 {
		return fmt.Errorf("the recursive change was %+v (%w), want 2 directories and 1 file", changed, err)
	}
	below, err := fs.NewFileClient("acl/d/f").GetAccessControl(ctx, nil)
	if err != nil || !strings.Contains(*below.ACL, "user:"+someone+":rwx") {
		return fmt.Errorf("the file below has %v (%w)", below.ACL, err)
	}
	return nil
}

func accountSAS(ctx context.Context, svc *service.Client) error {
	url, err := svc.GetSASURL(sas.AccountResourceTypes{Service: true, Container: true, Object: true},
		sas.AccountPermissions{Read: true, List: true}, time.Now().Add(time.Hour), nil)
	if err != nil {
		return err
	}
	reader, err := service.NewClientWithNoCredential(url, nil)
	if err != nil {
		return err
	}
	fs := reader.NewFileSystemClient("azdatalake")
	got, _, err := names(ctx, fs, "list", 100)
	if err != nil || len(got) != 23 {
		return fmt.Errorf("listed %d paths (%w), want 23", len(got), err)
	}
	_, err = fs.NewFileClient("forbidden").Create(ctx, nil)
	return refused(err, "AuthorizationPermissionMismatch")
}

func serviceSAS(ctx context.Context, fs *filesystem.Client) error {
	expiry := time.Now().Add(time.Hour)
	url, err := fs.NewFileClient("list/03").GetSASURL(sas.FilePermissions{Read: true}, expiry, nil)
	if err != nil {
		return err
	}
	f, err := file.NewClientWithNoCredential(url, nil)
	if err != nil {
		return err
	}
	one := make([]byte, 1)
	if _, err = f.DownloadBuffer(ctx, one, nil); err != nil {
		return fmt.Errorf("reading by the file's SAS: %w", err)
	}
	if _, err = f.Delete(ctx, nil); err == nil {
		return errors.New("a SAS that may read deleted the file")
	}
	url, err = fs.NewDirectoryClient("list").GetSASURL(sas.DirectoryPermissions{Read: true, Write: true, Create: true}, expiry, nil)
	if err != nil {
		return err
	}
	dir, err := directory.NewClientWithNoCredential(url, nil)
	if err != nil {
		return err
	}
	made, err := dir.NewFileClient("by-sas")
	if err != nil {
		return err
	}
	if _, err = made.Create(ctx, nil); err != nil {
		return fmt.Errorf("creating by the directory's SAS: %w", err)
	}
	return nil
}

func overTLS(ctx context.Context, l *lake, cred *azdatalake.SharedKeyCredential) error {
	o := &service.ClientOptions{ClientOptions: azcore.ClientOptions{Transport: l.tls}}
	svc, err := service.NewClientWithSharedKeyCredential(l.https, cred, o)
	if err != nil {
		return err
	}
	got, _, err := names(ctx, svc.NewFileSystemClient("azdatalake"), "new", 100)
	if err != nil || len(got) != 3 {
		return fmt.Errorf("listed %v (%w), want 3 paths", got, err)
	}
	return nil
}

func leaseFile(ctx context.Context, fs *filesystem.Client) error {
	if err := put(ctx, fs, "leased", "x"); err != nil {
		return err
	}
	f := fs.NewFileClient("leased")
	holder, err := lease.NewPathClient(f, nil)
	if err != nil {
		return err
	}
	if _, err = holder.AcquireLease(ctx, 60, nil); err != nil {
		return err
	}
	_, err = f.Delete(ctx, nil)
	if err = refused(err, "LeaseIdMissing"); err != nil {
		return fmt.Errorf("deleting what another holds: %w", err)
	}
	if _, err = holder.RenewLease(ctx, nil); err != nil {
		return err
	}
	if _, err = holder.ReleaseLease(ctx, nil); err != nil {
		return err
	}
	_, err = f.Delete(ctx, nil)
	return err
}

func deleteAll(ctx context.Context, fs *filesystem.Client) error {
	if _, err := fs.NewFileClient("list/00").Delete(ctx, nil); err != nil {
		return err
	}
	if _, err := fs.NewDirectoryClient("list").Delete(ctx, nil); err != nil {
		return err
	}
	got, _, err := names(ctx, fs, "", 100)
	if err != nil || slices.ContainsFunc(got, func(n string) bool { return strings.HasPrefix(n, "list") }) {
		return fmt.Errorf("after deleting the directory there is %v (%w)", got, err)
	}
	if _, err := fs.Delete(ctx, nil); err != nil {
		return err
	}
	_, err = fs.GetProperties(ctx, nil)
	return refused(err, "FileSystemNotFound")
}
