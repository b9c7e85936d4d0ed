package azurestore

import (
	"context"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azdatalake/file"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// AccessControl implements [lake.Store].
func (s *Store) AccessControl(ctx context.Context, fs lake.Filesystem, p lake.Path, c lake.Conditions) (lake.AccessControl, error) {
	return s.accessControl(ctx, "azurestore.AccessControl", fs, p, c)
}

func (s *Store) accessControl(ctx context.Context, op errs.Op, fs lake.Filesystem, p lake.Path, c lake.Conditions) (lake.AccessControl, error) {
	r, err := s.file.GetAccessControl(s.dfsPath(ctx, fs, p), &file.GetAccessControlOptions{AccessConditions: dfsConditions(c)})
	if err != nil {
		return lake.AccessControl{}, s.fail(op, item(fs, p), err)
	}
	acl, err := access.ParseACL(value(r.ACL))
	if err != nil {
		return lake.AccessControl{}, errs.E(op, errs.Corrupt, item(fs, p), err)
	}
	props := properties(p, &r)
	props.IsDirectory = props.IsDirectory || p == lake.Root // not told with every list
	return lake.AccessControl{Properties: props, ACL: acl}, nil
}

// SetAccessControl implements [lake.Store].
func (s *Store) SetAccessControl(ctx context.Context, fs lake.Filesystem, p lake.Path, u lake.AccessControlUpdate, c lake.Conditions) (lake.Properties, error) {
	const op errs.Op = "azurestore.SetAccessControl"
	switch {
	case u.ACL != nil && u.Permissions != "":
		return lake.Properties{}, errs.E(op, errs.Invalid, lake.CodeInvalidInput, item(fs, p),
			"an access control list and permissions exclude each other", errs.Hint("give one of them"))
	case u.Owner == "" && u.Group == "" && u.ACL == nil && u.Permissions == "":
		return s.Properties(ctx, fs, p, c)
	}
	r, err := s.file.SetAccessControl(s.dfsPath(ctx, fs, p), &file.SetAccessControlOptions{
		Owner: optional(string(u.Owner)), Group: optional(string(u.Group)),
		Permissions: optional(u.Permissions), ACL: optional(u.ACL.String()), AccessConditions: dfsConditions(c),
	})
	if err != nil {
		return lake.Properties{}, s.fail(op, item(fs, p), err)
	}
	return changed(p, unquoted(r.ETag), r.LastModified), nil
}
