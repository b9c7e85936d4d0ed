package resources

import (
	"net/netip"
	"strings"
)

// NetworkAction is what becomes of requests that no rule is for.
type NetworkAction string

// The actions.
const (
	Allow NetworkAction = "Allow"
	Deny  NetworkAction = "Deny"
)

// NetworkRules say from which addresses an account may be reached. Rules by virtual network have no meaning on a
// machine of one's own and are refused.
type NetworkRules struct {
	DefaultAction NetworkAction `json:"defaultAction"`
	Bypass        string        `json:"bypass"`
	// IPRules are addresses, or ranges in CIDR form, that may in where the default denies. The service refuses private
	// addresses here; this box takes them, as its callers have no other.
	IPRules []string `json:"ipRules,omitempty"`
}

// maxIPRules is the service's limit.
const maxIPRules = 400

func (n NetworkRules) check(account string) error {
	if n.DefaultAction != Allow && n.DefaultAction != Deny {
		return invalidValue(account, "networkAcls.defaultAction")
	}
	for part := range strings.SplitSeq(n.Bypass, ",") {
		switch strings.TrimSpace(part) {
		case "None", "AzureServices", "Logging", "Metrics":
		default:
			return invalidValue(account, "networkAcls.bypass")
		}
	}
	if len(n.IPRules) > maxIPRules {
		return invalidValue(account, "networkAcls.ipRules")
	}
	for _, rule := range n.IPRules {
		if _, ok := parseRange(rule); !ok {
			return invalidValue(account, "networkAcls.ipRule["+rule+"]")
		}
	}
	return nil
}

// Allows reports whether an address may reach the account. The zero address, of a caller in the same process, may.
func (n NetworkRules) Allows(remote netip.Addr) bool {
	if n.DefaultAction == Allow || !remote.IsValid() {
		return true
	}
	for _, rule := range n.IPRules {
		if r, ok := parseRange(rule); ok && r.Contains(remote.Unmap().WithZone("")) {
			return true
		}
	}
	return false
}

func parseRange(text string) (netip.Prefix, bool) {
	if addr, err := netip.ParseAddr(text); err == nil && addr.Zone() == "" {
		return netip.PrefixFrom(addr.Unmap(), addr.Unmap().BitLen()), true
	}
	p, err := netip.ParsePrefix(text)
	return p.Masked(), err == nil
}
