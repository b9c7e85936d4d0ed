package azurestore

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/sas"
	blobservice "github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/service"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// regionHeader tells the account's region. Azure tells it only through Resource Manager, which a key does not
// open; a lake of our own answers it to Get Account Information.
const regionHeader = "x-ownlake-region"

// Account implements [lake.Store]. The region is "" where only Resource Manager knows it. The service describes accounts to
// holders of a key or a signature only ("Get Account Information", authorization): where it refuses a token, all but the
// name and the endpoint is left out, and [Store.Hierarchical] is how to ask for the namespace.
func (s *Store) Account(ctx context.Context) (lake.AccountProperties, error) {
	const op errs.Op = "azurestore.Account"
	var answer *http.Response
	info, err := s.blobService.GetAccountInfo(policy.WithCaptureResponse(ctx, &answer), nil)
	switch {
	case err != nil && s.byToken && refused(err):
		return lake.AccountProperties{Name: s.account, Endpoint: s.dfsURL.String()}, nil
	case err != nil:
		return lake.AccountProperties{}, s.fail(op, errs.Item(s.account), err)
	case foreign(answer):
		return lake.AccountProperties{}, s.foreigner(op, errs.Item(s.account), answer.Status, nil)
	}
	return lake.AccountProperties{
		Name: s.account, Region: answer.Header.Get(regionHeader), Endpoint: s.dfsURL.String(),
		HierarchicalNamespace: value(info.IsHierarchicalNamespaceEnabled),
		Kind:                  string(value(info.AccountKind)), SKU: string(value(info.SKUName)),
	}, nil
}

// refused reports whether a storage service answered that the caller may not.
func refused(err error) bool {
	answer, ok := errors.AsType[*azcore.ResponseError](err)
	return ok && !foreign(answer.RawResponse) &&
		(answer.StatusCode == http.StatusForbidden || answer.StatusCode == http.StatusUnauthorized || answer.StatusCode == http.StatusBadRequest)
}

// Hierarchical reports whether the account of a filesystem has a hierarchical namespace, which every answer about a
// filesystem says. It is how a principal asks that may not ask for the account.
func (s *Store) Hierarchical(ctx context.Context, fs lake.Filesystem) (bool, error) {
	_, header, err := s.filesystem(ctx, fs)
	if err != nil {
		return false, s.fail("azurestore.Hierarchical", errs.Item(fs), err)
	}
	return header.Get("x-ms-namespace-enabled") == "true", nil
}

// UserDelegationKey asks for a key that signs in the principal's name, and forgets it: the answer proves that the principal
// may.
func (s *Store) UserDelegationKey(ctx context.Context, now time.Time) error {
	from, until := now.UTC().Format(sas.TimeFormat), now.Add(time.Hour).UTC().Format(sas.TimeFormat)
	_, err := s.blobService.GetUserDelegationCredential(ctx, blobservice.KeyInfo{Start: &from, Expiry: &until}, nil)
	return s.fail("azurestore.UserDelegationKey", errs.Item(s.account), err)
}

// CreateFilesystem implements [lake.Store].
func (s *Store) CreateFilesystem(ctx context.Context, fs lake.Filesystem, o lake.CreateFilesystemOptions) (lake.FilesystemProperties, error) {
	create := &container.CreateOptions{Metadata: blobMetadata(o.Metadata)}
	if o.PublicAccess != lake.Private {
		create.Access = new(container.PublicAccessType(o.PublicAccess))
	}
	r, err := s.container(fs).Create(ctx, create)
	if err != nil {
		return lake.FilesystemProperties{}, s.fail("azurestore.CreateFilesystem", errs.Item(fs), err)
	}
	return lake.FilesystemProperties{
		Name: fs, ETag: unquoted(r.ETag), LastModified: when(r.LastModified), Metadata: o.Metadata, PublicAccess: o.PublicAccess,
	}, nil
}

// FilesystemProperties implements [lake.Store].
func (s *Store) FilesystemProperties(ctx context.Context, fs lake.Filesystem) (lake.FilesystemProperties, error) {
	r, header, err := s.filesystem(ctx, fs)
	if err != nil {
		return lake.FilesystemProperties{}, s.fail("azurestore.FilesystemProperties", errs.Item(fs), err)
	}
	return lake.FilesystemProperties{
		Name: fs, ETag: unquoted(r.ETag), LastModified: when(r.LastModified),
		Metadata: parseProperties(header.Get("x-ms-properties")), PublicAccess: lake.PublicAccess(value(r.BlobPublicAccess)),
	}, nil
}

// filesystem asks Filesystem Get Properties of the dfs endpoint, where the case of metadata names survives; the SDK has
// only the blob endpoint's call.
func (s *Store) filesystem(ctx context.Context, fs lake.Filesystem) (r container.GetPropertiesResponse, header http.Header, err error) {
	var answer *http.Response
	asked := withEdits(policy.WithCaptureResponse(ctx, &answer), func(req *policy.Request) error {
		raw := req.Raw()
		raw.Method, raw.Host = http.MethodHead, s.dfsURL.Host
		raw.URL.Host, raw.URL.RawQuery = s.dfsURL.Host, "resource=filesystem"
		return nil
	})
	r, err = s.container(fs).GetProperties(asked, nil)
	if answer != nil {
		header = answer.Header
	}
	return r, header, err
}

// SetFilesystemMetadata implements [lake.Store]. Azure knows no ETag conditions on filesystems and refuses them.
func (s *Store) SetFilesystemMetadata(ctx context.Context, fs lake.Filesystem, m lake.Metadata, c lake.Conditions) (lake.FilesystemProperties, error) {
	conditional := withEdits(ctx, conditionHeaders("", c)...)
	r, err := s.container(fs).SetMetadata(conditional, &container.SetMetadataOptions{Metadata: blobMetadata(m)})
	if err != nil {
		return lake.FilesystemProperties{}, s.fail("azurestore.SetFilesystemMetadata", errs.Item(fs), err)
	}
	return lake.FilesystemProperties{Name: fs, ETag: unquoted(r.ETag), LastModified: when(r.LastModified), Metadata: m}, nil
}

// DeleteFilesystem implements [lake.Store]. Azure knows no ETag conditions on filesystems and refuses them.
func (s *Store) DeleteFilesystem(ctx context.Context, fs lake.Filesystem, c lake.Conditions) error {
	_, err := s.container(fs).Delete(withEdits(ctx, conditionHeaders("", c)...), nil)
	return s.fail("azurestore.DeleteFilesystem", errs.Item(fs), err)
}

// ListFilesystems implements [lake.Store]. Names of metadata come in lower case here, as the SDK folds them.
func (s *Store) ListFilesystems(ctx context.Context, o lake.ListFilesystemsOptions) (lake.FilesystemPage, error) {
	pager := s.blobService.NewListContainersPager(&blobservice.ListContainersOptions{
		Prefix: optional(o.Prefix), Marker: optional(o.Continuation), MaxResults: pageSize(o.MaxResults),
		Include: blobservice.ListContainersInclude{Metadata: true},
	})
	answer, err := pager.NextPage(ctx)
	if err != nil {
		return lake.FilesystemPage{}, s.fail("azurestore.ListFilesystems", errs.Item(s.account), err)
	}
	page := lake.FilesystemPage{Continuation: value(answer.NextMarker)}
	for _, c := range answer.ContainerItems {
		props := lake.FilesystemProperties{Name: lake.Filesystem(value(c.Name)), Metadata: lake.Metadata{}}
		if p := c.Properties; p != nil {
			props.ETag, props.LastModified = unquoted(p.ETag), when(p.LastModified)
			props.PublicAccess = lake.PublicAccess(value(p.PublicAccess))
		}
		for name, v := range c.Metadata {
			props.Metadata[name] = value(v)
		}
		page.Filesystems = append(page.Filesystems, props)
	}
	return page, nil
}

func (s *Store) container(fs lake.Filesystem) *container.Client {
	return s.blobService.NewContainerClient(string(fs))
}

// pageSize limits a page to what the service takes; 0 leaves the service its own limit, the same.
func pageSize(n int) *int32 {
	if n == 0 {
		return nil
	}
	return new(int32(min(n, 5000)))
}

// item names a path in errors.
func item(fs lake.Filesystem, p lake.Path) errs.Item { return errs.Item(string(fs) + "/" + string(p)) }

// changed are the properties that the answer to a change tells.
func changed(p lake.Path, etag lake.ETag, modified *time.Time) lake.Properties {
	return lake.Properties{Path: p, ETag: etag, LastModified: when(modified)}
}
