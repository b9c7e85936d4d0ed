package catalog

import (
	"fmt"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/insights"
)

// The roles that a check may find missing (reference BYOL section 6), by the names that [access.BuiltInRole] knows.
const (
	roleReader      = "Reader"
	roleContributor = "Storage Blob Data Contributor"
	roleDelegator   = "Storage Blob Delegator"
)

// assigners are the roles that hold Microsoft.Authorization/roleAssignments/write.
const assigners = "An Owner, User Access Administrator or Role Based Access Control Administrator of "

// missing is the outcome of a right that somebody lacks: the role, the scope, the command, and who may run it.
func (k *check) missing(name, detail, role string, scope access.Scope, who insights.Identity) {
	g := grant(role, scope, who)
	place := string(scope)
	if scope == "" {
		place = "the account " + k.address.account
	}
	g.By = assigners + place
	k.failed = true
	k.put(insights.Prerequisite{
		Name: name, Outcome: insights.Failed, Detail: fmt.Sprintf("%s: the role %s is missing at %s", detail, role, place),
		Mend:  g.By + ": " + g.Command + " (a new role takes effect within 10 minutes)",
		Grant: g,
	})
}

// grant writes the command by object id: so the Azure CLI needs not look the principal up, which takes a right of its own.
func grant(role string, scope access.Scope, who insights.Identity) *insights.Grant {
	definition, _ := access.BuiltInRole(role)
	kind := "User"
	if who.IsApp {
		kind = "ServicePrincipal"
	}
	g := &insights.Grant{Role: role, RoleID: definition.ID, Scope: string(scope), To: string(who.ID)}
	g.Command = fmt.Sprintf("az role assignment create --assignee-object-id %s --assignee-principal-type %s --role %q --scope %q",
		orPlaceholder(string(who.ID), "<object id>"), kind, role, orPlaceholder(string(scope), "<resource id of the account>"))
	return g
}

func orPlaceholder(text, placeholder string) string {
	if text == "" {
		return placeholder
	}
	return text
}

// containerScope is where a data role is enough for an environment.
func (k *check) containerScope() access.Scope {
	if k.resource == "" {
		return ""
	}
	return k.resource.Container(string(insights.Container))
}
