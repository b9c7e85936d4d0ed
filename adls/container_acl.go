package adls

import (
	"context"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/ownlake/ownlake/adls/sas"
	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

const (
	publicAccessHeader = "x-ms-blob-public-access"
	maxContainerACL    = 64 << 10
	maxIdentifier      = 64 // characters of a stored access policy's id
)

// signedIdentifiers is the body of Get and Set Container ACL.
type signedIdentifiers struct {
	XMLName xml.Name           `xml:"SignedIdentifiers"`
	All     []signedIdentifier `xml:"SignedIdentifier"`
}

type signedIdentifier struct {
	ID     string       `xml:"Id"`
	Policy accessPolicy `xml:"AccessPolicy"`
}

type accessPolicy struct {
	Start      string `xml:"Start,omitempty"`
	Expiry     string `xml:"Expiry,omitempty"`
	Permission string `xml:"Permission,omitempty"`
}

// containerACL is Get Container ACL.
func (h *handler) containerACL(w *timedWriter, req *request) error {
	a, p, err := h.Store.ContainerAccess(req.Context(), req.fs)
	if err != nil {
		return err
	}
	setFilesystemVersion(w.Header(), p)
	wire.Set(w.Header(), publicAccessHeader, string(a.Public))
	list := signedIdentifiers{}
	for _, stored := range a.Policies {
		list.All = append(list.All, signedIdentifier{stored.ID, accessPolicy{
			Start: formatPolicyTime(stored.Start), Expiry: formatPolicyTime(stored.Expiry), Permission: stored.Permissions,
		}})
	}
	return writeXML(w, list)
}

func formatPolicyTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.0000000Z")
}

// containerSetACL is Set Container ACL. It replaces what was set before: without the header the container is
// private, and without a body it has no policies.
func (h *handler) containerSetACL(w *timedWriter, req *request) error {
	c, err := wire.Conditions(req.Header)
	if err != nil {
		return err
	}
	public, err := h.publicAccess(req)
	if err != nil {
		return err
	}
	if err := req.body.checkMD5(req.Header); err != nil {
		return err
	}
	policies, err := parsePolicies(req.body)
	if err != nil {
		return err
	}
	p, err := h.Store.SetContainerAccess(req.Context(), req.fs, lake.ContainerAccess{Public: public, Policies: policies}, c)
	if err != nil {
		return ofContainer(err)
	}
	setFilesystemVersion(w.Header(), p)
	return writeEmpty(w, http.StatusOK)
}

// publicAccess reads how far a container is to be opened to everybody.
func (h *handler) publicAccess(req *request) (lake.PublicAccess, error) {
	switch asked := lake.PublicAccess(req.Header.Get(publicAccessHeader)); asked {
	case lake.Private:
		return asked, nil
	case lake.PublicBlobs, lake.PublicContainer:
		if h.Rules.AllowPublicAccess() {
			return asked, nil
		}
		return "", errs.E(errs.Conflict, wire.CodePublicAccessNotPermitted, errs.Item(req.fs), "the account opens no container to everybody",
			errs.Hint("serve the lake with --allow-public-access"))
	default:
		return "", wire.BadHeader(publicAccessHeader, string(asked), "container or blob")
	}
}

// parsePolicies reads the body of Set Container ACL, which may be empty.
func parsePolicies(r io.Reader) ([]lake.AccessPolicy, error) {
	body, err := io.ReadAll(r)
	if err != nil || len(body) == 0 {
		return nil, err
	}
	var list signedIdentifiers
	if err := parseXML(body, &list, "a list of SignedIdentifier"); err != nil {
		return nil, err
	}
	if len(list.All) > lake.MaxAccessPolicies {
		return nil, errs.E(errs.Invalid, wire.CodeInvalidXMLDocument, "a container has at most 5 stored access policies")
	}
	var policies []lake.AccessPolicy
	for _, s := range list.All {
		p, err := s.policy()
		if err != nil {
			return nil, errs.E(errs.Invalid, wire.CodeInvalidXMLNodeValue, err)
		}
		if slices.ContainsFunc(policies, func(other lake.AccessPolicy) bool { return other.ID == p.ID }) {
			return nil, errs.E(errs.Invalid, wire.CodeInvalidXMLDocument, errs.Item(p.ID), "two stored access policies have this id")
		}
		policies = append(policies, p)
	}
	return policies, nil
}

func (s signedIdentifier) policy() (lake.AccessPolicy, error) {
	if s.ID == "" || utf8.RuneCountInString(s.ID) > maxIdentifier {
		return lake.AccessPolicy{}, errors.New("a stored access policy's Id is empty or longer than 64 characters")
	}
	p, err := sas.NewPolicy(s.Policy.Start, s.Policy.Expiry, s.Policy.Permission)
	return lake.AccessPolicy{ID: s.ID, Start: p.Start, Expiry: p.Expiry, Permissions: p.Permissions}, err
}

// storedPolicy looks up what a shared access signature names. A container that is not there has no policy: whoever
// is not let in is not told that either.
func (h *handler) storedPolicy(ctx context.Context) func(container, id string) (sas.Policy, bool, error) {
	return func(container, id string) (sas.Policy, bool, error) {
		a, _, err := h.Store.ContainerAccess(ctx, lake.Filesystem(container))
		if err != nil && !errs.Is(err, errs.NotFound) {
			return sas.Policy{}, false, err
		}
		i := slices.IndexFunc(a.Policies, func(p lake.AccessPolicy) bool { return p.ID == id })
		if i < 0 {
			return sas.Policy{}, false, nil
		}
		p := a.Policies[i]
		return sas.Policy{Start: p.Start, Expiry: p.Expiry, Permissions: p.Permissions}, true, nil
	}
}
