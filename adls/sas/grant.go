package sas

import (
	"net/http"
	"slices"
	"strings"

	"github.com/ownlake/ownlake/access"
)

// Grant is what a verified token allows.
type Grant struct {
	Kind    Kind
	Version string
	// Permissions are letters of the token or its stored access policy, ResourceTypes those of an account SAS.
	Permissions, ResourceTypes string
	// Resource is "b", "bs", "bv", "c" or "d", with the container and path that the token is for: the path is
	// "" for a container. Depth is the number of names in a directory's path. An account SAS has none of it.
	Resource, Container, Path string
	Depth                     int
	// Key is the user delegation key. Its principal's roles bound the grant: the caller checks them.
	Key KeyID
	// Authorized is an agent that the key's owner vouches for; Unauthorized one whom the lists must let, too.
	// The key's owner needs BlobsRunAsSuperUser or BlobsManageOwnership to name either.
	Authorized, Unauthorized access.ObjectID
	// DelegatedUser, if set, must be who a bearer token beside the signature is for.
	DelegatedUser   access.ObjectID
	CorrelationID   string
	EncryptionScope string
	// ResponseHeaders replace those of the item in the answer to a read.
	ResponseHeaders http.Header
}

var responseHeaders = map[Field]string{
	CacheControl: "Cache-Control", ContentDisposition: "Content-Disposition", ContentEncoding: "Content-Encoding",
	ContentLanguage: "Content-Language", ContentType: "Content-Type",
}

func (t Token) grant(r Request) Grant {
	g := Grant{
		Kind: t.Kind(), Version: t[Version], Permissions: t[Permissions], ResourceTypes: t[ResourceTypes],
		EncryptionScope: t[EncryptionScope], CorrelationID: t[CorrelationID],
		Authorized: access.ObjectID(t[AuthorizedObjectID]), Unauthorized: access.ObjectID(t[UnauthorizedObjectID]),
		DelegatedUser: access.ObjectID(t[DelegatedUserObjectID]), ResponseHeaders: http.Header{},
	}
	for f, name := range responseHeaders {
		if t[f] != "" {
			g.ResponseHeaders.Set(name, t[f])
		}
	}
	if g.Kind == Account {
		return g
	}
	g.Resource, g.Container = t[Resource], r.Container
	switch g.Resource {
	case resourceContainer:
	case resourceDirectory:
		g.Depth = t.depth()
		g.Path, _ = firstNames(r.Path, g.Depth)
	default:
		g.Path = r.Path
	}
	if g.Kind == UserDelegation {
		g.Key = t.KeyID()
	}
	return g
}

// Covers reports whether the grant extends to a path of a container, such as the source of a rename.
func (g Grant) Covers(container, path string) bool {
	if g.Kind == Account {
		return true
	}
	if container != g.Container {
		return false
	}
	switch g.Resource {
	case resourceContainer:
		return true
	case resourceDirectory:
		return g.Path == "" || path == g.Path || strings.HasPrefix(path, g.Path+"/")
	}
	return path == g.Path
}

// use is what an operation needs of a token: the resource type of an account SAS, and for each kind the
// permissions, any of these sets of letters. No sets means that no token of the kind allows it.
type use struct {
	resourceType     string
	account, service []string
}

// uses are from "Create an account SAS", "Account SAS permissions by operation", and "Create a service SAS",
// "Permissions for a directory, container, or blob". What these leave open is explained in
// docs/design/accepted/access-decisions.md.
var uses = map[access.Operation]use{
	access.ReadFile:        {"o", []string{"r"}, []string{"r"}},
	access.AppendBlock:     {"o", []string{"a", "w"}, []string{"a", "w"}},
	access.CreateSnapshot:  {"o", []string{"w", "c"}, []string{"w", "c"}},
	access.WriteFile:       {"o", []string{"w"}, []string{"w"}},
	access.CreateFile:      {"o", []string{"w", "c"}, []string{"w", "c"}},
	access.CreateDirectory: {"o", []string{"w", "c"}, []string{"w", "c"}},
	access.DeleteFile:      {"o", []string{"d"}, []string{"d"}},
	access.DeleteRecursive: {"o", []string{"d"}, []string{"d"}},
	access.ListDirectory:   {"c", []string{"l"}, []string{"l"}},
	access.RenameFrom:      {"o", []string{"rd"}, []string{"m", "rd"}},
	access.RenameTo:        {"o", []string{"w", "c"}, []string{"m", "w", "c"}},
	access.GetProperties:   {"o", []string{"r"}, []string{"r", "e"}},
	access.SetProperties:   {"o", []string{"w"}, []string{"w"}},
	access.Lease:           {"o", []string{"w"}, []string{"w"}},
	access.BreakLease:      {"o", []string{"w", "d"}, []string{"w", "d"}},
	access.GetACL:          {"o", []string{"r"}, []string{"e"}},
	access.SetACL:          {"o", []string{"w"}, []string{"p"}},
	access.SetOwner:        {"o", []string{"w"}, []string{"o"}},
	access.SetGroup:        {"o", []string{"w"}, []string{"o"}},
	access.CheckAccess:     {"o", []string{"r"}, []string{"r", "e"}},
	access.GetTags:         {"o", []string{"t"}, []string{"t"}},
	access.SetTags:         {"o", []string{"t"}, []string{"t"}},
	access.ListDeleted:     {"c", []string{"l"}, []string{"l"}},
	access.Undelete:        {"o", []string{"w"}, []string{"w"}},
	access.FindByTags:      {"o", []string{"f"}, []string{"f"}},

	access.CreateContainer:        {"c", []string{"w", "c"}, nil},
	access.DeleteContainer:        {"c", []string{"d"}, nil},
	access.UndeleteContainer:      {"c", []string{"w"}, nil},
	access.GetContainerProperties: {"c", []string{"r"}, nil},
	access.SetContainerMetadata:   {"c", []string{"w"}, nil},
	access.LeaseContainer:         {"c", []string{"w"}, nil},
	access.BreakContainerLease:    {"c", []string{"w", "d"}, nil},
	access.ListContainers:         {"s", []string{"l"}, nil},
	access.GetServiceProperties:   {"s", []string{"r"}, nil},
	access.SetServiceProperties:   {"s", []string{"w"}, nil},
	access.GetContainerAccess:     {"c", nil, nil},
	access.SetContainerAccess:     {"c", nil, nil},
	access.GetUserDelegationKey:   {"s", nil, nil},
}

// Check tells whether the token's permissions cover an operation on what the grant was verified for. The
// error is of kind Permission with code AuthorizationPermissionMismatch or, for an account SAS,
// AuthorizationResourceTypeMismatch.
func (g Grant) Check(op access.Operation) error {
	u := uses[op]
	if g.Kind == Account {
		if !strings.Contains(g.ResourceTypes, u.resourceType) {
			return mismatch(CodeResourceTypeMismatch, "resource type")
		}
		return g.checkSets(u.account)
	}
	if op == access.ListDirectory && g.Resource != resourceContainer && g.Resource != resourceDirectory {
		return mismatch(CodePermissionMismatch, "permission")
	}
	return g.checkSets(u.service)
}

func (g Grant) checkSets(sets []string) error {
	if slices.ContainsFunc(sets, g.hasAll) {
		return nil
	}
	return mismatch(CodePermissionMismatch, "permission")
}

func (g Grant) hasAll(letters string) bool {
	for _, l := range letters {
		if !strings.ContainsRune(g.Permissions, l) {
			return false
		}
	}
	return true
}

// NewOnly reports whether an operation that the grant covers is covered only while the item does not exist: the
// create permission does not overwrite. The caller makes the operation conditional on that.
func (g Grant) NewOnly(op access.Operation) bool {
	switch op {
	case access.CreateFile, access.CreateDirectory:
		return !g.hasAll("w")
	case access.RenameTo:
		return !g.hasAll("w") && (g.Kind == Account || !g.hasAll("m"))
	default:
		return false
	}
}
