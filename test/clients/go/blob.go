package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/lease"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/sas"
)

func blobTour(ctx context.Context, l *lake, c *checks) {
	cred, err := azblob.NewSharedKeyCredential(l.account, l.key)
	if err != nil {
		c.do("azblob: credential", func() error { return err })
		return
	}
	client, err := azblob.NewClientWithSharedKeyCredential(l.blob, cred, nil)
	if err != nil {
		c.do("azblob: client", func() error { return err })
		return
	}
	ct := client.ServiceClient().NewContainerClient("azblob")
	c.do("azblob: create a container", func() error { _, err := ct.Create(ctx, nil); return err })
	c.do("azblob: 200 MiB up in parallel and down again", func() error { return largeBlob(ctx, client) })
	c.do("azblob: list by pages, flat and by hierarchy", func() error { return listBlobs(ctx, ct) })
	c.do("azblob: copy within the account", func() error { return copyBlob(ctx, ct) })
	c.do("azblob: service SAS of a blob", func() error { return blobSAS(ctx, ct) })
	c.do("azblob: lease of a blob", func() error { return leaseBlob(ctx, ct) })
	c.do("azblob: delete blobs and container", func() error { return deleteBlobs(ctx, ct) })
}

func largeBlob(ctx context.Context, client *azblob.Client) error {
	content := numbered(200 * mib)
	_, err := client.UploadBuffer(ctx, "azblob", "large.bin", content, &azblob.UploadBufferOptions{BlockSize: 8 * mib, Concurrency: 4})
	if err != nil {
		return err
	}
	got := make([]byte, len(content))
	_, err = client.DownloadBuffer(ctx, "azblob", "large.bin", got, &azblob.DownloadBufferOptions{BlockSize: 8 * mib, Concurrency: 4})
	if err != nil {
		return err
	}
	return same("the large blob", got, content)
}

func listBlobs(ctx context.Context, ct *container.Client) error {
	for i := range 12 {
		_, err := ct.NewBlockBlobClient(fmt.Sprintf("l/%02d", i)).UploadBuffer(ctx, []byte("x"), nil)
		if err != nil {
			return err
		}
	}
	flat := ct.NewListBlobsFlatPager(&container.ListBlobsFlatOptions{Prefix: new("l/"), MaxResults: new(int32(5))})
	n, pages := 0, 0
	for flat.More() {
		p, err := flat.NextPage(ctx)
		if err != nil {
			return err
		}
		pages++
		n += len(p.Segment.BlobItems)
	}
	if n != 12 || pages < 3 {
		return fmt.Errorf("%d blobs in %d pages of at most 5, want 12", n, pages)
	}
	top := ct.NewListBlobsHierarchyPager("/", nil)
	p, err := top.NextPage(ctx)
	if err != nil || len(p.Segment.BlobPrefixes) != 1 || *p.Segment.BlobPrefixes[0].Name != "l/" {
		return fmt.Errorf("the top level has %v (%w), want the prefix l/", p.Segment, err)
	}
	return nil
}

func copyBlob(ctx context.Context, ct *container.Client) error {
	target := ct.NewBlobClient("copied")
	started, err := target.StartCopyFromURL(ctx, ct.NewBlobClient("l/03").URL(), nil)
	if err != nil || *started.CopyStatus != blob.CopyStatusTypeSuccess {
		return fmt.Errorf("copy: %v (%w)", started.CopyStatus, err)
	}
	props, err := target.GetProperties(ctx, nil)
	if err != nil || *props.ContentLength != 1 {
		return fmt.Errorf("the copy has %v bytes (%w), want 1", props.ContentLength, err)
	}
	return nil
}

func blobSAS(ctx context.Context, ct *container.Client) error {
	url, err := ct.NewBlobClient("l/03").GetSASURL(sas.BlobPermissions{Read: true}, time.Now().Add(time.Hour), nil)
	if err != nil {
		return err
	}
	reader, err := blockblob.NewClientWithNoCredential(url, nil)
	if err != nil {
		return err
	}
	if _, err = reader.DownloadBuffer(ctx, make([]byte, 1), nil); err != nil {
		return fmt.Errorf("reading by the blob's SAS: %w", err)
	}
	if _, err = reader.UploadBuffer(ctx, []byte("y"), nil); err == nil {
		return errors.New("a SAS that may read wrote the blob")
	}
	return nil
}

func leaseBlob(ctx context.Context, ct *container.Client) error {
	b := ct.NewBlobClient("l/05")
	holder, err := lease.NewBlobClient(b, nil)
	if err != nil {
		return err
	}
	if _, err = holder.AcquireLease(ctx, 60, nil); err != nil {
		return err
	}
	_, err = b.Delete(ctx, nil)
	if err = refused(err, "LeaseIdMissing"); err != nil {
		return fmt.Errorf("deleting what another holds: %w", err)
	}
	_, err = holder.ReleaseLease(ctx, nil)
	return err
}

func deleteBlobs(ctx context.Context, ct *container.Client) error {
	b := ct.NewBlobClient("l/00")
	if _, err := b.Delete(ctx, nil); err != nil {
		return err
	}
	_, err := b.GetProperties(ctx, nil)
	if err = refused(err, "BlobNotFound"); err != nil {
		return err
	}
	_, err = ct.Delete(ctx, nil)
	return err
}
