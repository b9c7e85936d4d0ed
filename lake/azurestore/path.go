package azurestore

import (
	"context"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azdatalake/directory"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azdatalake/file"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// Create implements [lake.Store].
func (s *Store) Create(ctx context.Context, fs lake.Filesystem, p lake.Path, o lake.CreateOptions) (lake.Properties, error) {
	const op errs.Op = "azurestore.Create"
	if err := notRoot(op, fs, p); err != nil {
		return lake.Properties{}, err
	}
	target := s.dfsPath(ctx, fs, p, header("x-ms-properties", formatProperties(o.Metadata)))
	var (
		r   file.CreateResponse
		err error
	)
	options := file.CreateOptions{
		AccessConditions: dfsConditions(o.Conditions), HTTPHeaders: dfsHeaders(o.Headers),
		Permissions: optional(o.Permissions), Umask: optional(o.Umask),
		Owner: optional(string(o.Owner)), Group: optional(string(o.Group)), ACL: optional(o.ACL.String()),
	}
	if o.IsDirectory {
		r, err = s.directory.Create(target, &directory.CreateOptions{
			AccessConditions: options.AccessConditions, HTTPHeaders: options.HTTPHeaders,
			Permissions: options.Permissions, Umask: options.Umask,
			Owner: options.Owner, Group: options.Group, ACL: options.ACL,
		})
	} else {
		r, err = s.file.Create(target, &options)
	}
	if err != nil {
		return lake.Properties{}, s.fail(op, item(fs, p), err)
	}
	props := changed(p, unquoted(r.ETag), r.LastModified)
	props.IsDirectory = o.IsDirectory
	return props, nil
}

// Properties implements [lake.Store].
func (s *Store) Properties(ctx context.Context, fs lake.Filesystem, p lake.Path, c lake.Conditions) (lake.Properties, error) {
	const op errs.Op = "azurestore.Properties"
	if p == lake.Root {
		ac, err := s.accessControl(ctx, op, fs, p, c)
		return ac.Properties, err
	}
	// Without an action the dfs endpoint answers all properties. The parameter upn, whose default is false,
	// tells a listener that serves both endpoints that this is a dfs request.
	asked := s.dfsPath(ctx, fs, p, query("action", ""), query("upn", "false"))
	r, err := s.file.GetAccessControl(asked, &file.GetAccessControlOptions{AccessConditions: dfsConditions(c)})
	if err != nil {
		return lake.Properties{}, s.fail(op, item(fs, p), err)
	}
	return properties(p, &r), nil
}

// SetProperties implements [lake.Store]. An update of both headers and metadata is two requests, the second on
// the condition that nothing came between; if it fails, the headers are changed and the metadata is not.
func (s *Store) SetProperties(ctx context.Context, fs lake.Filesystem, p lake.Path, u lake.PropertyUpdate, c lake.Conditions) (lake.Properties, error) {
	const op errs.Op = "azurestore.SetProperties"
	if err := notRoot(op, fs, p); err != nil {
		return lake.Properties{}, err
	}
	if u.Headers == nil && u.Metadata == nil {
		return s.Properties(ctx, fs, p, c)
	}
	var props lake.Properties
	target := s.blobPath(ctx, fs, p)
	if u.Headers != nil {
		r, err := s.blob.SetHTTPHeaders(target, blobHeaders(*u.Headers), &blob.SetHTTPHeadersOptions{AccessConditions: blobConditions(c)})
		if err != nil {
			return lake.Properties{}, s.fail(op, item(fs, p), err)
		}
		props = changed(p, unquoted(r.ETag), r.LastModified)
		c = lake.Conditions{IfMatch: props.ETag}
	}
	if u.Metadata != nil {
		r, err := s.blob.SetMetadata(target, blobMetadata(*u.Metadata), &blob.SetMetadataOptions{AccessConditions: blobConditions(c)})
		if err != nil {
			return lake.Properties{}, s.fail(op, item(fs, p), err)
		}
		props = changed(p, unquoted(r.ETag), r.LastModified)
	}
	return props, nil
}

// Rename implements [lake.Store].
func (s *Store) Rename(ctx context.Context, src, dst lake.Location, o lake.RenameOptions) (lake.Properties, error) {
	const op errs.Op = "azurestore.Rename"
	for _, l := range []lake.Location{src, dst} {
		if err := notRoot(op, l.Filesystem, l.Path); err != nil {
			return lake.Properties{}, err
		}
	}
	// The service takes the source percent-encoded and without the account. Mode posix, the service's
	// default, is the one that replaces an empty directory.
	edits := append(conditionHeaders("x-ms-source-", o.Source),
		header("x-ms-rename-source", "/"+string(src.Filesystem)+"/"+escapePath(src.Path)), query("resource", ""))
	if o.Headers != nil {
		edits = append(edits, headerEdits(*o.Headers)...)
	}
	if o.Metadata != nil {
		edits = append(edits, header("x-ms-properties", formatProperties(*o.Metadata)))
	}
	options := file.CreateOptions{AccessConditions: dfsConditions(o.Conditions)}
	for continuation := ""; ; {
		target := s.dfsPath(ctx, dst.Filesystem, dst.Path, append(edits, query("continuation", continuation))...)
		r, err := s.file.Create(target, &options)
		if err != nil {
			return lake.Properties{}, s.fail(op, item(src.Filesystem, src.Path), err)
		}
		if continuation = value(r.Continuation); continuation != "" {
			continue
		}
		if r.ETag == nil { // the service need not tell it
			return s.Properties(ctx, dst.Filesystem, dst.Path, lake.Conditions{})
		}
		return changed(dst.Path, unquoted(r.ETag), r.LastModified), nil
	}
}

// Delete implements [lake.Store].
func (s *Store) Delete(ctx context.Context, fs lake.Filesystem, p lake.Path, o lake.DeleteOptions) error {
	const op errs.Op = "azurestore.Delete"
	if err := notRoot(op, fs, p); err != nil {
		return err
	}
	options := &file.DeleteOptions{AccessConditions: dfsConditions(o.Conditions)}
	var err error
	if o.Recursive {
		_, err = s.directory.Delete(s.dfsPath(ctx, fs, p), options)
	} else {
		_, err = s.file.Delete(s.dfsPath(ctx, fs, p), options)
	}
	return s.fail(op, item(fs, p), err)
}

// notRoot refuses what would reach the filesystem itself when its path is empty.
func notRoot(op errs.Op, fs lake.Filesystem, p lake.Path) error {
	if p != lake.Root {
		return nil
	}
	return errs.E(op, errs.Invalid, lake.CodeInvalidURI, item(fs, p), "this cannot be done to a root directory",
		errs.Hint("name a path within the filesystem"))
}
