package entra

import (
	"net/url"
	"slices"
	"strings"

	"github.com/ownlake/ownlake/tenant/directory"
)

// resource is an API that tokens are made for.
type resource struct {
	appID string
	// names are the identifiers it can be asked for by, without a slash at the end. They are the audiences of tokens.
	names []string
	// hosts are the suffixes of hosts that it can be asked for by as well.
	hosts []string
	// version is that of its tokens.
	version int
	// identifier is the one it was asked for by, as it was written. It becomes the audience.
	identifier string
}

// resources are Microsoft's that a lake's clients need, under their own names and the tenant's address. Graph and
// Resource Manager have one address here; so a token for that address is one for both.
func resources(base string, storage []string) []resource {
	local := []string{base}
	return []resource{
		{appID: directory.AppGraph, version: 1, names: append([]string{"https://graph.microsoft.com", "https://graph.windows.net"}, local...)},
		{appID: directory.AppServiceManagement, version: 1, names: append([]string{
			"https://management.azure.com", "https://management.core.windows.net",
		}, local...)},
		{
			appID: directory.AppStorage, version: 1, names: append([]string{"https://storage.azure.com"}, trimSlashes(storage)...),
			hosts: []string{".blob.core.windows.net", ".dfs.core.windows.net", ".blob.localhost", ".dfs.localhost"},
		},
	}
}

func trimSlashes(list []string) []string {
	trimmed := make([]string, 0, len(list))
	for _, s := range list {
		trimmed = append(trimmed, strings.TrimSuffix(s, "/"))
	}
	return trimmed
}

// isNamed reports whether the resource is meant by an identifier. A slash at the end makes no difference: Resource
// Manager's has one and storage's has none, and clients add their scope to either.
func (r resource) isNamed(identifier string) bool {
	name := strings.TrimSuffix(identifier, "/")
	if strings.EqualFold(name, r.appID) || slices.ContainsFunc(r.names, func(n string) bool { return strings.EqualFold(n, name) }) {
		return true
	}
	u, err := url.Parse(name)
	if err != nil || u.Scheme != "https" || u.Path != "" {
		return false
	}
	host := strings.ToLower(u.Hostname())
	return slices.ContainsFunc(r.hosts, func(suffix string) bool {
		account, ok := strings.CutSuffix(host, suffix)
		return ok && account != "" && !strings.Contains(account, ".")
	})
}

// findResource finds what a token is asked for: one of Microsoft's, or an application of the tenant.
func (s *Service) findResource(identifier string) (resource, *failure) {
	for _, r := range s.resources {
		if r.isNamed(identifier) {
			r.identifier = identifier
			return r, nil
		}
	}
	if s.isOrganization(identifier) {
		return resource{appID: directory.AppDataverse, names: []string{identifier}, version: 1, identifier: identifier}, nil
	}
	name := strings.TrimSuffix(identifier, "/")
	for _, a := range s.directory.Applications() {
		if a.AppID == strings.ToLower(name) || slices.Contains(a.IdentifierURIs, name) || slices.Contains(a.IdentifierURIs, name+"/") {
			r := resource{appID: a.AppID, names: append([]string{a.AppID}, a.IdentifierURIs...), version: max(a.TokenVersion, 1), identifier: identifier}
			if r.version == 2 { // the audience of version 2 is always the application id
				r.identifier = a.AppID
			}
			return r, nil
		}
	}
	return resource{}, fail(invalidResource, 500011,
		"The resource principal named %s was not found in the tenant named %s. This can happen if the application has not been installed by the administrator of the tenant.",
		shown(identifier), s.tenant.DisplayName)
}

// isOrganization reports whether an identifier is the address of a Dataverse organisation. Tokens for one are no good at another.
func (s *Service) isOrganization(identifier string) bool {
	return s.organizations != nil && slices.ContainsFunc(s.organizations(), func(o string) bool {
		return strings.EqualFold(strings.TrimSuffix(o, "/"), strings.TrimSuffix(identifier, "/"))
	})
}

// scope is what a client asks for: a resource, permissions of it, and the parts of OpenID Connect.
type scope struct {
	resource    resource
	permissions []string // with the resource's identifier
	openID      bool     // an ID token
	offline     bool     // a refresh token
	implied     bool     // that no resource was named: then it is Graph
}

const defaultScope = ".default"

// parseScope reads the parameter "scope". All permissions must be of one resource; those without one are Graph's.
func (s *Service) parseScope(text string) (scope, *failure) {
	var sc scope
	identifier := ""
	for item := range strings.FieldsSeq(text) {
		switch item {
		case "openid":
			sc.openID = true
			continue
		case "profile", "email":
			continue
		case "offline_access":
			sc.offline = true
			continue
		}
		of, permission := splitScope(item)
		if of == "" {
			of = "https://graph.microsoft.com"
		}
		if identifier != "" && of != identifier {
			return sc, fail(invalidRequest, 28000, "Provided value for the input parameter scope is not valid because it contains more than one resource.")
		}
		identifier = of
		if permission == "" {
			return sc, fail(invalidScope, 70011, "The provided value for the input parameter 'scope' is not valid. The scope '%s' does not exist.", shown(item))
		}
		sc.permissions = append(sc.permissions, item)
	}
	if sc.implied = identifier == ""; sc.implied {
		identifier = "https://graph.microsoft.com"
	}
	var f *failure
	sc.resource, f = s.findResource(identifier)
	return sc, f
}

// splitScope separates a resource's identifier, which may end in a slash itself, from the permission.
func splitScope(item string) (identifier, permission string) {
	i := strings.LastIndexByte(item, '/')
	if i < 0 {
		return "", item
	}
	return item[:i], item[i+1:]
}

// isDefault reports whether the scope is a resource's ".default" and nothing else.
func (sc scope) isDefault() bool {
	if len(sc.permissions) != 1 {
		return false
	}
	_, permission := splitScope(sc.permissions[0])
	return permission == defaultScope
}
