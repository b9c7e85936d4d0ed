package adls

import (
	"net/http"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// sinceChallenge is the version since which a caller who says nothing is asked to say who it is ("Authorize with
// Microsoft Entra ID", "Bearer challenge"). Before, and for browsers, which name no version, what is not open is not
// there.
const sinceChallenge = "2019-12-12"

// authenticateNobody lets in a request without a signature, if its container is open to everybody.
func (h *handler) authenticateNobody(req *request) error {
	if err := req.parseNames(); err != nil {
		return err
	}
	if req.fs == "" || req.verb != http.MethodGet && req.verb != http.MethodHead {
		return noAuthentication()
	}
	if !h.Rules.AllowPublicAccess() {
		return req.refuseNobody(errs.E(errs.Conflict, wire.CodePublicAccessNotPermitted, "the account opens no container to everybody"))
	}
	a, _, err := h.Store.ContainerAccess(req.Context(), req.fs)
	switch {
	case err != nil && !errs.Is(err, errs.NotFound):
		return err
	case a.Public == lake.Private:
		return req.refuseNobody(noSuchResource("the container is not there, or not open to everybody"))
	}
	req.public = a.Public
	return nil
}

// refuseNobody refuses with old, or, in newer versions, by asking who it is.
func (req *request) refuseNobody(old error) error {
	if req.Header.Get("X-Ms-Version") >= sinceChallenge {
		return noAuthentication()
	}
	return old
}

func noAuthentication() error {
	return errs.E(errs.Unauthorized, wire.CodeNoAuthenticationInformation, "sign the request with Shared Key or a shared access signature")
}

// authorizeNobody checks that an operation is one that everybody may do ("Public access: operations").
func (req *request) authorizeNobody(op operation) error {
	for _, use := range op.uses {
		switch use {
		case access.ReadFile, access.GetProperties:
			if kind := req.query["blocklisttype"]; op.name == "GetBlockList" && kind != "" && kind != "committed" {
				return req.refuseNobody(noSuchResource("uncommitted blocks are not open to everybody"))
			}
		case access.ListDirectory, access.GetContainerProperties:
			if req.public != lake.PublicContainer {
				return req.refuseNobody(noSuchResource("of the container, blobs alone are open to everybody"))
			}
		default:
			return req.refuseNobody(noSuchResource(op.name + " is not open to everybody"))
		}
	}
	if len(op.uses) == 0 {
		return noAuthentication()
	}
	return nil
}
