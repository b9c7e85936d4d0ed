package graph

import (
	"github.com/ownlake/ownlake/tenant/directory"
)

// texts makes a list that is never null.
func texts[T ~string](list []T) []any {
	all := make([]any, 0, len(list))
	for _, s := range list {
		all = append(all, string(s))
	}
	return all
}

// orNull is a text, or null for an empty one, as Graph has it.
func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// user is a user as Graph shows it.
func (s *service) user(u directory.User) map[string]any {
	return map[string]any{
		"id": string(u.ID), "displayName": u.DisplayName, "userPrincipalName": u.UserPrincipalName, "mail": orNull(u.Mail),
		"mailNickname": orNull(u.MailNickname), "givenName": orNull(u.GivenName), "surname": orNull(u.Surname), "accountEnabled": u.Enabled,
		"createdDateTime": date(u.Created), "userType": "Member", "businessPhones": []any{}, "jobTitle": nil, "mobilePhone": nil,
		"officeLocation": nil, "preferredLanguage": nil, "otherMails": []any{}, "proxyAddresses": []any{},
	}
}

// group is a group as Graph shows it.
func (s *service) group(g directory.Group) map[string]any {
	return map[string]any{
		"id": string(g.ID), "displayName": g.DisplayName, "description": orNull(g.Description), "mail": nil, "mailEnabled": g.MailEnabled,
		"mailNickname": g.MailNickname, "securityEnabled": g.SecurityEnabled, "createdDateTime": date(g.Created), "groupTypes": []any{},
		"isAssignableToRole": nil, "visibility": nil, "deletedDateTime": nil, "membershipRule": nil, "onPremisesSyncEnabled": nil,
		"proxyAddresses": []any{}, "securityIdentifier": nil,
	}
}

func credentials(c directory.Credentials) (passwords, keys []any) {
	passwords, keys = []any{}, []any{}
	for _, p := range c.Secrets {
		passwords = append(passwords, passwordCredential(p))
	}
	for _, k := range c.Certificates {
		keys = append(keys, map[string]any{
			"keyId": k.KeyID, "displayName": orNull(k.DisplayName), "type": "AsymmetricX509Cert", "usage": "Verify", "key": nil,
			"customKeyIdentifier": directory.Thumbprint256(k.DER), "startDateTime": date(k.Start), "endDateTime": date(k.End),
		})
	}
	return passwords, keys
}

func passwordCredential(p directory.Secret) map[string]any {
	return map[string]any{
		"keyId": p.KeyID, "displayName": orNull(p.DisplayName), "hint": p.Hint, "secretText": nil, "customKeyIdentifier": nil,
		"startDateTime": date(p.Start), "endDateTime": date(p.End),
	}
}

// application is an app registration as Graph shows it.
func (s *service) application(a directory.Application) map[string]any {
	passwords, keys := credentials(a.Credentials)
	version := any(nil)
	if a.TokenVersion != 0 {
		version = a.TokenVersion
	}
	return map[string]any{
		"id": string(a.ID), "appId": a.AppID, "displayName": a.DisplayName, "identifierUris": texts(a.IdentifierURIs),
		"createdDateTime": date(a.Created), "signInAudience": "AzureADMyOrg", "publisherDomain": s.directory.Tenant().Domain,
		"isFallbackPublicClient": a.PublicClient, "publicClient": map[string]any{"redirectUris": texts(a.RedirectURIs)},
		"web": map[string]any{"redirectUris": []any{}}, "spa": map[string]any{"redirectUris": []any{}},
		"api":                 map[string]any{"requestedAccessTokenVersion": version, "oauth2PermissionScopes": []any{}},
		"passwordCredentials": passwords, "keyCredentials": keys, "requiredResourceAccess": []any{}, "appRoles": []any{}, "tags": []any{},
	}
}

// servicePrincipal is a service principal as Graph shows it.
func (s *service) servicePrincipal(p directory.ServicePrincipal) map[string]any {
	passwords, keys := credentials(p.Credentials)
	owner := s.directory.Tenant().ID
	if p.WellKnown {
		owner = microsoftTenant
	}
	return map[string]any{
		"id": string(p.ID), "appId": p.AppID, "displayName": p.DisplayName, "appDisplayName": p.DisplayName, "accountEnabled": p.Enabled,
		"servicePrincipalNames": texts(p.Names), "servicePrincipalType": "Application", "appOwnerOrganizationId": owner,
		"createdDateTime": date(p.Created), "signInAudience": "AzureADMyOrg", "passwordCredentials": passwords, "keyCredentials": keys,
		"appRoles": []any{}, "oauth2PermissionScopes": []any{}, "alternativeNames": []any{}, "tags": []any{}, "homepage": nil, "replyUrls": []any{},
	}
}

// microsoftTenant is the tenant that Microsoft's own applications are registered in.
const microsoftTenant = "f8cdef31-a31e-4b4a-93e4-5f571e91255a"

// render is any object as Graph shows it.
func (s *service) render(o directory.Object) map[string]any {
	switch v := o.(type) {
	case directory.User:
		return s.user(v)
	case directory.Group:
		return s.group(v)
	case directory.Application:
		return s.application(v)
	case directory.ServicePrincipal:
		return s.servicePrincipal(v)
	}
	return map[string]any{"id": string(o.ObjectID()), "displayName": o.Name()}
}

// renderTyped is an object of a list that has several kinds.
func (s *service) renderTyped(o directory.Object) map[string]any {
	item := s.render(o)
	item["@odata.type"] = "#microsoft.graph." + string(o.ObjectKind())
	return item
}

func renderAll[T any](list []T, render func(T) map[string]any) []map[string]any {
	items := make([]map[string]any, 0, len(list))
	for _, o := range list {
		items = append(items, render(o))
	}
	return items
}
