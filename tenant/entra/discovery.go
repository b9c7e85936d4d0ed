package entra

import (
	"net/http"
	"net/url"
	"strings"
)

// openIDConfiguration is OpenID Connect Discovery, of version 2 or 1 by its path. For "common" the issuer names no
// tenant, as Entra's does not.
func (s *Service) openIDConfiguration(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("tenant")
	ours, anyTenant := s.authority(name)
	if !ours {
		s.refuse(w, r, s.unknownTenant(name))
		return
	}
	at, issuer := s.base+"/"+name, s.base+"/"+s.tenant.ID
	if anyTenant {
		issuer = s.base + "/{tenantid}"
	}
	infix := ""
	if strings.Contains(r.URL.Path, "/v2.0/") {
		issuer, infix = issuer+"/v2.0", "/v2.0"
	} else {
		issuer += "/"
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"issuer":                                issuer,
		"authorization_endpoint":                at + "/oauth2/v2.0/authorize",
		"token_endpoint":                        at + "/oauth2" + infix + "/token",
		"device_authorization_endpoint":         at + "/oauth2/v2.0/devicecode",
		"end_session_endpoint":                  at + "/oauth2/v2.0/logout",
		"jwks_uri":                              at + "/discovery" + infix + "/keys",
		"token_endpoint_auth_methods_supported": []string{"client_secret_post", "private_key_jwt", "client_secret_basic"},
		"response_modes_supported":              []string{"query", "fragment", "form_post"},
		"response_types_supported":              []string{"code"},
		"grant_types_supported": []string{
			"authorization_code", "client_credentials", "password", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code",
		},
		"scopes_supported":                      []string{"openid", "profile", "email", "offline_access"},
		"subject_types_supported":               []string{"pairwise"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
		"code_challenge_methods_supported":      []string{"S256"},
		"claims_supported": []string{
			"sub", "iss", "aud", "exp", "iat", "nbf", "nonce", "name", "preferred_username", "oid", "tid", "ver", "upn",
		},
		"tenant_region_scope": nil,
		"cloud_instance_name": s.host(),
		"msgraph_host":        s.host(),
	})
}

func (s *Service) host() string {
	_, host, _ := strings.Cut(s.base, "://")
	return host
}

// instanceDiscovery tells clients that they may trust an authority: ours, and Microsoft's names for it where a proxy
// sends those here.
func (s *Service) instanceDiscovery(w http.ResponseWriter, r *http.Request) {
	endpoint, err := url.Parse(r.URL.Query().Get("authorization_endpoint"))
	if err != nil || endpoint.Host == "" {
		s.refuse(w, r, missingParameter("authorization_endpoint"))
		return
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(endpoint.Path, "/"), "/")
	if ours, _ := s.authority(name); !ours {
		s.refuse(w, r, s.unknownTenant(name))
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"tenant_discovery_endpoint": s.base + "/" + name + "/v2.0/.well-known/openid-configuration",
		"api-version":               "1.1",
		"metadata": []map[string]any{{
			"preferred_network": s.host(), "preferred_cache": s.host(), "aliases": []string{s.host()},
		}},
	})
}

// userRealm tells clients that ask before they send a password that the user signs in here and nowhere else.
func (s *Service) userRealm(w http.ResponseWriter, r *http.Request) {
	_, domain, _ := strings.Cut(r.PathValue("user"), "@")
	realm := map[string]any{
		"ver": "1.0", "account_type": "Unknown", "cloud_instance_name": s.host(), "cloud_audience_urn": "urn:federation:MicrosoftOnline",
	}
	if strings.EqualFold(domain, s.tenant.Domain) {
		realm["account_type"], realm["domain_name"] = "Managed", s.tenant.Domain
	}
	writeJSON(w, http.StatusOK, realm)
}

// publishKeys is the JSON Web Key Set by which anybody verifies our tokens.
func (s *Service) publishKeys(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("tenant")
	if ours, _ := s.authority(name); !ours {
		s.refuse(w, r, s.unknownTenant(name))
		return
	}
	w.Header().Set("Cache-Control", "public, max-age=3600")
	writeJSON(w, http.StatusOK, s.keys.public(s.Issuer()))
}

func (s *Service) unknownTenant(name string) *failure {
	return fail("invalid_tenant", 90002, "Tenant '%s' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.", shown(name))
}

// shown is a client's text as an error repeats it: short, and without control characters.
func shown(text string) string {
	const limit = 256
	if len(text) > limit {
		text = text[:limit] + "..."
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0xfffd {
			return '?'
		}
		return r
	}, text)
}
