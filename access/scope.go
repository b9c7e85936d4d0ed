package access

import (
	"slices"
	"strings"

	"github.com/ownlake/ownlake/errs"
)

// Scope is the resource id that a role is assigned at: "/", a subscription, a resource group, a storage
// account or a container. An assignment holds at its scope and at everything below. Scopes compare without
// regard to case. Make one with [ParseScope] or from [Subscription] downwards.
type Scope string

// RootScope contains every scope.
const RootScope Scope = "/"

// scopeForms are the segments of a scope at each level; "" stands for a name.
var scopeForms = [][]string{
	{"subscriptions", ""},
	{"resourceGroups", ""},
	{"providers", "Microsoft.Storage", "storageAccounts", ""},
	{"blobServices", "default", "containers", ""},
}

// Subscription returns the scope of a subscription.
func Subscription(id string) Scope { return Scope("/subscriptions/" + id) }

// ResourceGroup returns the scope of a resource group of this subscription.
func (s Scope) ResourceGroup(name string) Scope { return s + Scope("/resourceGroups/"+name) }

// Account returns the scope of a storage account of this resource group.
func (s Scope) Account(name string) Scope {
	return s + Scope("/providers/Microsoft.Storage/storageAccounts/"+name)
}

// Container returns the scope of a container of this account.
func (s Scope) Container(name string) Scope {
	return s + Scope("/blobServices/default/containers/"+name)
}

// ParseScope reads a resource id of one of the levels that roles for a lake are assigned at, and writes its
// fixed parts in their usual case. The error is of kind Invalid.
func ParseScope(text string) (Scope, error) {
	if text == "/" {
		return RootScope, nil
	}
	rest, ok := strings.CutPrefix(strings.TrimSuffix(text, "/"), "/")
	if !ok {
		return "", invalidScope(text)
	}
	var b strings.Builder
	segments := strings.Split(rest, "/")
	for _, form := range scopeForms {
		if len(segments) == 0 {
			break
		}
		if len(segments) < len(form) {
			return "", invalidScope(text)
		}
		for i, fixed := range form {
			name := fixed
			if fixed == "" {
				name = segments[i]
			}
			if name == "" || !strings.EqualFold(name, segments[i]) {
				return "", invalidScope(text)
			}
			b.WriteString("/" + name)
		}
		segments = segments[len(form):]
	}
	if len(segments) > 0 {
		return "", invalidScope(text)
	}
	return Scope(b.String()), nil
}

// Contains reports whether an assignment at this scope holds at the other one.
func (s Scope) Contains(other Scope) bool {
	if s == RootScope {
		return true
	}
	return s != "" && hasPrefixFold(string(other), string(s)) &&
		(len(other) == len(s) || other[len(s)] == '/')
}

// Level names what the scope is the resource id of.
func (s Scope) Level() string {
	levels := []string{"tenant", "subscription", "resource group", "account", "container"}
	depth := 0
	rest := strings.Split(strings.TrimPrefix(string(s), "/"), "/")
	for _, form := range scopeForms {
		if len(rest) < len(form) {
			break
		}
		depth++
		rest = slices.Delete(rest, 0, len(form))
	}
	return levels[depth]
}

func invalidScope(text string) error {
	return errs.E(errs.Op("access.ParseScope"), errs.Invalid, errs.Item(text), "not a scope that roles of a lake are assigned at",
		errs.Hint("write the resource id of a subscription, resource group, storage account or container"))
}
