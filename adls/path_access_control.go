package adls

import (
	"net/http"
	"regexp"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/lake"
)

// pathGetAccessControl is Path - Get Properties with action=getAccessControl. ABFS and pyarrow ask it of the
// root to find out whether the account has a hierarchical namespace.
func (h *handler) pathGetAccessControl(w *timedWriter, req *request) error {
	c, err := wire.Conditions(req.Header)
	if err != nil {
		return err
	}
	ac, err := h.Store.AccessControl(req.Context(), req.fs, req.path, c)
	if err != nil {
		return err
	}
	header := w.Header()
	wire.Set(header, "x-ms-owner", string(h.named(req, ac.Properties.Owner)))
	wire.Set(header, "x-ms-group", string(ac.Properties.Group))
	wire.Set(header, "x-ms-permissions", ac.Properties.Permissions)
	wire.Set(header, "x-ms-acl", h.namedList(req, ac.ACL).String())
	return writeVersion(w, http.StatusOK, ac.Properties)
}

// fsAction are the rights that Path - Get Properties with action=checkAccess can be asked for.
var fsAction = regexp.MustCompile(`^[r-][w-][x-]$`)

// wantedAccess is what Path - Get Properties with action=checkAccess asks for; a malformed wish is refused later.
func wantedAccess(req *request) access.Permission {
	var wanted access.Permission
	for i, bit := range []access.Permission{access.Read, access.Write, access.Execute} {
		if action := req.query["fsaction"]; i < len(action) && action[i] != '-' {
			wanted |= bit
		}
	}
	return wanted
}

// pathCheckAccess is Path - Get Properties with action=checkAccess. A caller who has not what it asks for has been
// refused as for any operation, and whoever holds the account key may do everything, so what is left to ask is whether
// the path is there.
func (h *handler) pathCheckAccess(w *timedWriter, req *request) error {
	action, ok := req.query["fsaction"]
	if !ok {
		return missingParameter("fsAction")
	}
	if !fsAction.MatchString(action) {
		return wire.BadQuery("fsAction", action, "three of r, w, x and -, such as r-x")
	}
	p, err := h.properties(req)
	if err != nil {
		return err
	}
	return writeVersion(w, http.StatusOK, p)
}

// accessControlUses is what Path - Update with action=setAccessControl does.
func accessControlUses(req *request) []access.Operation {
	ops := ownerUses(req)
	if len(ops) == 0 || req.Header.Get("X-Ms-Acl") != "" || req.Header.Get("X-Ms-Permissions") != "" {
		ops = append(ops, access.SetACL)
	}
	return ops
}

// pathSetAccessControl is Path - Update with action=setAccessControl.
func (h *handler) pathSetAccessControl(w *timedWriter, req *request) error {
	c, err := wire.Conditions(req.Header)
	if err != nil {
		return err
	}
	u := lake.AccessControlUpdate{
		Owner: access.ObjectID(req.Header.Get("X-Ms-Owner")), Group: access.ObjectID(req.Header.Get("X-Ms-Group")),
		Permissions: req.Header.Get("X-Ms-Permissions"),
	}
	list := req.Header.Get("X-Ms-Acl")
	if list != "" {
		if u.ACL, err = access.ParseACL(list); err != nil {
			return err
		}
	}
	if u.Owner == "" && u.Group == "" && u.Permissions == "" && list == "" {
		return missingHeader("x-ms-acl")
	}
	p, err := h.Store.SetAccessControl(req.Context(), req.fs, req.path, u, c)
	if err != nil {
		return err
	}
	return writeVersion(w, http.StatusOK, p)
}
