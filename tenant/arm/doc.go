// Package arm serves the resources of a tenant in the way Azure Resource Manager does: subscriptions, resource groups,
// storage accounts with their keys, containers and blob services, role definitions and role assignments.
//
// The life of a request: [New]'s handler asks who is calling, finds the operation (routes.go, one line for each),
// checks that role assignments give the caller its action at its scope (authorize.go), and runs it (a file per noun).
// What a caller may is judged by package access, by the same roles that the lake honours. The state is package
// resources'; what containers hold is a [lake.Service]'s. The package knows tokens only by what its caller makes
// of them.
//
// Any api-version of the right form is taken, and the newest meaning answered. Properties that change nothing here are
// ignored; what would promise something that does not happen is refused.
package arm
