// Package resources is what a tenant's subscriptions hold: resource groups, storage accounts with their keys and
// network rules, and the role assignments that say who may do what with them.
//
// It knows no protocol; package arm shows it to clients as Resource Manager does. It judges values, not callers:
// whether a caller may make a change is arm's to ask. Its records are those of a [state.Store], each change one
// atomic group, and all of them are in memory as one immutable view, so reading waits for nobody.
//
// The lake takes from an [AccountView] who holds which role at an account, which keys sign for it, and which
// addresses may reach it. Role changes reach it as late as [Options] say, because that is how they behave in Azure: what a
// program does in those minutes is worth trying out.
package resources
