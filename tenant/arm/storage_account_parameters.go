package arm

import (
	"strings"

	"github.com/ownlake/ownlake/tenant/resources"
)

// accountParameters are what makes or changes an account. Fields that are not there leave what is.
type accountParameters struct {
	Location   string            `json:"location"`
	Kind       string            `json:"kind"`
	SKU        *skuBody          `json:"sku"`
	Tags       map[string]string `json:"tags"`
	Properties struct {
		IsHnsEnabled                 *bool              `json:"isHnsEnabled"`
		AccessTier                   *string            `json:"accessTier"`
		AllowBlobPublicAccess        *bool              `json:"allowBlobPublicAccess"`
		AllowSharedKeyAccess         *bool              `json:"allowSharedKeyAccess"`
		SupportsHTTPSTrafficOnly     *bool              `json:"supportsHttpsTrafficOnly"`
		DefaultToOAuthAuthentication *bool              `json:"defaultToOAuthAuthentication"`
		MinimumTLSVersion            *string            `json:"minimumTlsVersion"`
		PublicNetworkAccess          *string            `json:"publicNetworkAccess"`
		NetworkACLs                  *networkParameters `json:"networkAcls"`

		// What would promise something that does not happen here.
		IsSftpEnabled    bool                        `json:"isSftpEnabled"`
		IsNfsV3Enabled   bool                        `json:"isNfsV3Enabled"`
		ImmutableStorage *struct{ Enabled bool }     `json:"immutableStorageWithVersioning"`
		CustomDomain     *struct{ Name string }      `json:"customDomain"`
		KeyPolicy        *struct{}                   `json:"keyPolicy"`
		Encryption       *struct{ KeySource string } `json:"encryption"`
	} `json:"properties"`
}

type networkParameters struct {
	Bypass              *string      `json:"bypass"`
	DefaultAction       *string      `json:"defaultAction"`
	IPRules             []ipRuleBody `json:"ipRules"`
	VirtualNetworkRules []struct{}   `json:"virtualNetworkRules"`
	ResourceAccessRules []struct{}   `json:"resourceAccessRules"`
}

// refuse judges what is asked for and not done here.
func (p accountParameters) refuse() error {
	q := p.Properties
	for name, asked := range map[string]bool{
		"isSftpEnabled":                  q.IsSftpEnabled,
		"isNfsV3Enabled":                 q.IsNfsV3Enabled,
		"immutableStorageWithVersioning": q.ImmutableStorage != nil && q.ImmutableStorage.Enabled,
		"customDomain":                   q.CustomDomain != nil && q.CustomDomain.Name != "",
		"keyPolicy":                      q.KeyPolicy != nil,
		"encryption.keySource":           q.Encryption != nil && strings.EqualFold(q.Encryption.KeySource, "Microsoft.Keyvault"),
		"networkAcls.virtualNetworkRules": q.NetworkACLs != nil &&
			(len(q.NetworkACLs.VirtualNetworkRules) > 0 || len(q.NetworkACLs.ResourceAccessRules) > 0),
	} {
		if asked {
			return invalid(codePropertyCannotBeSet, "The property '%s' cannot be set: this cloud does not have what it stands for.", name)
		}
	}
	return nil
}

// applyTo changes what the parameters name.
func (p accountParameters) applyTo(a *resources.Account) {
	q := p.Properties
	if p.SKU != nil {
		a.SKU = p.SKU.Name
	}
	if p.Tags != nil {
		a.Tags = p.Tags
	}
	set(&a.AccessTier, q.AccessTier)
	set(&a.AllowBlobPublicAccess, q.AllowBlobPublicAccess)
	set(&a.AllowSharedKeyAccess, q.AllowSharedKeyAccess)
	set(&a.HTTPSOnly, q.SupportsHTTPSTrafficOnly)
	set(&a.DefaultToOAuth, q.DefaultToOAuthAuthentication)
	set(&a.MinimumTLSVersion, q.MinimumTLSVersion)
	set(&a.PublicNetworkAccess, q.PublicNetworkAccess)
	if n := q.NetworkACLs; n != nil {
		set(&a.Network.Bypass, n.Bypass)
		set((*string)(&a.Network.DefaultAction), n.DefaultAction)
		if n.IPRules != nil {
			a.Network.IPRules = nil
			for _, rule := range n.IPRules {
				a.Network.IPRules = append(a.Network.IPRules, rule.Value)
			}
		}
	}
}

func set[T any](target, value *T) {
	if value != nil {
		*target = *value
	}
}
