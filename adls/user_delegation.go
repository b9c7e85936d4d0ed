package adls

import (
	"encoding/base64"
	"encoding/xml"
	"io"
	"time"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/adls/sas"
	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/errs"
)

const (
	maxKeyInfo = 4 << 10
	// maxDelegation is how far ahead a user delegation key may end ("Get User Delegation Key").
	maxDelegation = 7 * 24 * time.Hour
	keyTimeForm   = "2006-01-02T15:04:05Z"
)

// keyInfo is the body of Get User Delegation Key.
type keyInfo struct {
	XMLName          xml.Name `xml:"KeyInfo"`
	Start            string   `xml:"Start"`
	Expiry           string   `xml:"Expiry"`
	DelegatedUserTid string   `xml:"DelegatedUserTid"`
}

type userDelegationKey struct {
	XMLName                xml.Name `xml:"UserDelegationKey"`
	SignedOid              string   `xml:"SignedOid"`
	SignedTid              string   `xml:"SignedTid"`
	SignedStart            string   `xml:"SignedStart"`
	SignedExpiry           string   `xml:"SignedExpiry"`
	SignedService          string   `xml:"SignedService"`
	SignedVersion          string   `xml:"SignedVersion"`
	SignedDelegatedUserTid string   `xml:"SignedDelegatedUserTid,omitempty"`
	Value                  string   `xml:"Value"`
}

// userDelegationKey is Get User Delegation Key, which the service gives to bearers of a token alone: who signs with the
// account key needs none. The account keeps no keys: see [sas.KeyID.Derive].
func (h *handler) userDelegationKey(w *timedWriter, req *request) error {
	if req.identity == nil {
		return errs.E(errs.Unauthorized, wire.CodeAuthenticationFailed, "Only authentication scheme Bearer is supported.")
	}
	id, err := h.readKeyInfo(req.body)
	if err != nil {
		return err
	}
	id.ObjectID, id.TenantID = req.identity.Principal.ID, req.identity.Tenant
	id.Service, id.Version = "b", req.Header.Get("X-Ms-Version")
	return writeXML(w, userDelegationKey{
		SignedOid: string(id.ObjectID), SignedTid: id.TenantID,
		SignedStart: id.Start.Format(keyTimeForm), SignedExpiry: id.Expiry.Format(keyTimeForm),
		SignedService: id.Service, SignedVersion: id.Version, SignedDelegatedUserTid: id.DelegatedTenantID,
		Value: base64.StdEncoding.EncodeToString(id.Derive(h.Key)),
	})
}

// readKeyInfo reads for how long a key is asked for.
func (h *handler) readKeyInfo(r io.Reader) (sas.KeyID, error) {
	var sent keyInfo
	err := readXML(r, &sent, "a KeyInfo")
	if err != nil {
		return sas.KeyID{}, err
	}
	id := sas.KeyID{Start: h.Clock().UTC().Truncate(time.Second), DelegatedTenantID: sent.DelegatedUserTid}
	if sent.Start != "" {
		if id.Start, err = parseKeyTime("Start", sent.Start); err != nil {
			return sas.KeyID{}, err
		}
	}
	if id.Expiry, err = parseKeyTime("Expiry", sent.Expiry); err != nil {
		return sas.KeyID{}, err
	}
	switch now := h.Clock(); {
	case !id.Expiry.After(id.Start), !id.Expiry.After(now):
		return sas.KeyID{}, errs.E(errs.Invalid, wire.CodeInvalidXMLNodeValue, errs.Item("Expiry"), "it is not after Start and now")
	case id.Expiry.After(now.Add(maxDelegation + time.Minute)):
		// A minute for clocks that differ.
		return sas.KeyID{}, errs.E(errs.Invalid, wire.CodeInvalidXMLNodeValue, errs.Item("Expiry"), "it is more than seven days ahead")
	}
	return id, nil
}

func parseKeyTime(name, text string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, errs.E(errs.Invalid, wire.CodeInvalidXMLNodeValue, errs.Item(name), "it is not a time in UTC such as 2026-01-02T15:04:05Z")
	}
	return t.UTC().Truncate(time.Second), nil
}

// delegated is the right of who comes with a user delegation SAS: what the key's owner may by roles, of what the
// signature grants. An agent that the signature names owns what is made; one that the owner does not vouch for needs a
// right by lists of its own.
func (h *handler) delegated(req *request, g sas.Grant) (right, error) {
	if err := h.checkDelegatedUser(req, g); err != nil {
		return right{}, err
	}
	p, err := h.principal(req, g.Key.ObjectID)
	if err != nil {
		return right{}, err
	}
	owner, err := h.caller(req.Context(), p)
	if err != nil {
		return right{}, err
	}
	r := right{grant: &g, callers: []caller{owner}, creator: owner.ID}
	if g.Authorized == "" && g.Unauthorized == "" {
		return r, nil
	}
	if !h.mayNameAgents(owner, g.Container) {
		return right{}, errs.E(errs.Permission, sas.CodePermissionMismatch, "the key's owner may not name an agent")
	}
	if g.Authorized != "" {
		r.creator = g.Authorized
		return r, nil
	}
	agent, err := h.principal(req, g.Unauthorized)
	r.callers = append(r.callers, caller{Principal: agent, lists: true})
	r.creator = agent.ID
	return r, err
}

// mayNameAgents reports whether the owner of a key may let others act ("Create a user delegation SAS", saoid and suoid).
func (h *handler) mayNameAgents(owner caller, container string) bool {
	for _, a := range []access.Action{access.BlobsRunAsSuperUser, access.BlobsManageOwnership} {
		if _, ok := owner.Holds(owner.roles, a, h.Scope.Container(container)); ok {
			return true
		}
	}
	return false
}

// checkDelegatedUser checks that a signature that is for one user alone comes with a token of that user.
func (h *handler) checkDelegatedUser(req *request, g sas.Grant) error {
	if g.DelegatedUser == "" {
		return nil
	}
	token, ok := bearerToken(req.Header.Get("Authorization"))
	if !ok {
		return errs.E(errs.Unauthorized, wire.CodeAuthenticationFailed, "the signature is for a user whose token has to come with it")
	}
	id, err := h.verifyToken(req, token)
	if err != nil {
		return err
	}
	if !id.Principal.Is(g.DelegatedUser) || g.Key.DelegatedTenantID != "" && !equalFold(id.Tenant, g.Key.DelegatedTenantID) {
		return errs.E(errs.Permission, sas.CodePermissionMismatch, "the signature is for another user")
	}
	return nil
}

// principal is who has an id and sent no token of its own. The superuser has no id that anybody could name.
func (h *handler) principal(req *request, id access.ObjectID) (access.Principal, error) {
	if id == access.Superuser {
		return access.Principal{}, errs.E(errs.Unauthorized, wire.CodeAuthenticationFailed, errs.Item(id), "it is no principal of the tenant")
	}
	groups, err := h.Roles.Groups(req.Context(), id)
	return access.Principal{ID: id, Groups: groups}, err
}
