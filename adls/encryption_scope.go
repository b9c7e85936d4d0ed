package adls

import (
	"net/http"
	"strings"

	"github.com/ownlake/ownlake/adls/sas"
	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// The headers that speak of encryption scopes.
const (
	scopeHeader        = "x-ms-encryption-scope"
	defaultScopeHeader = "x-ms-default-encryption-scope"
	denyScopeHeader    = "x-ms-deny-encryption-scope-override"
)

// encryptionScope reads the scope that a request is for: its header's, or that of its signature (signedEncryptionScope).
// A request cannot name another one than its signature.
func (req *request) encryptionScope() (lake.EncryptionScope, error) {
	sent, signed := req.Header.Get(scopeHeader), ""
	if req.grant != nil {
		signed = req.grant.EncryptionScope
	}
	switch {
	case sent == "" && signed == "":
		return "", nil
	case sent == "":
		sent = signed
	case signed != "" && sent != signed:
		return "", errs.E(errs.Permission, sas.CodePermissionMismatch, "the signature is for another encryption scope")
	}
	return headerScope(scopeHeader, sent)
}

func headerScope(name, value string) (lake.EncryptionScope, error) {
	scope, err := lake.ParseEncryptionScope(value)
	if err != nil {
		return "", wire.BadHeader(name, value, "an encryption scope's name: 3 to 63 letters, digits and hyphens")
	}
	return scope, nil
}

// checkEncryptionScope refuses a request to write a blob whose scope its container does not let it choose. It may look
// before the request is carried out: a container's policy never changes.
func (h *handler) checkEncryptionScope(req *request) error {
	scope, err := req.encryptionScope()
	writes := req.path != lake.Root && (req.verb == http.MethodPut || req.verb == http.MethodPatch)
	if err != nil || scope == "" || !writes {
		return err
	}
	p, err := h.Store.FilesystemProperties(req.Context(), req.fs)
	if err != nil {
		return err
	}
	if !p.Encryption.Allows(scope) {
		return errs.E(errs.Permission, wire.CodeForbiddenByEncryptionPolicy, errs.Item(req.fs), "the container takes no other scope than its own",
			errs.Hint("leave out the encryption scope"))
	}
	return nil
}

// setEncryptionScope tells the scope of what was written.
func setEncryptionScope(w *timedWriter, p lake.Properties) {
	wire.Set(w.Header(), scopeHeader, string(p.Details.Scope()))
}

// encryptionPolicy reads what Create Container says of scopes: both headers or none.
func encryptionPolicy(h http.Header) (p lake.EncryptionPolicy, err error) {
	scope, deny := h.Get(defaultScopeHeader), h.Get(denyScopeHeader)
	switch {
	case scope == "" && deny == "":
		return p, nil
	case scope == "":
		return p, missingHeader(defaultScopeHeader)
	case deny == "":
		return p, missingHeader(denyScopeHeader)
	case !strings.EqualFold(deny, "true") && !strings.EqualFold(deny, "false"):
		return p, wire.BadHeader(denyScopeHeader, deny, "true or false")
	}
	p.DenyOverride = wire.ParseBool(deny)
	p.Default, err = headerScope(defaultScopeHeader, scope)
	return p, err
}
