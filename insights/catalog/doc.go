// Package catalog keeps environments, their definitions and the history of their runs, in the lake itself:
//
//	customerinsights/ci_<environmentId>/environment.json
//	customerinsights/ci_<environmentId>/definitions/sources/<name>.json
//	customerinsights/ci_<environmentId>/definitions/unification.json
//	customerinsights/ci_<environmentId>/runs/<runId>.json
//
// The lake is the truth: a catalog that is pointed at an account finds the environments there. What the server
// keeps of its own are the connections to accounts: address and key, the key sealed with AES-256-GCM by a key
// file beside it, and, as a cache, which environments were last seen there, so that an account that cannot be
// reached is shown with its problem and not as if it were empty. Documents are replaced with conditional
// writes: of two concurrent edits one is refused.
//
// Before an environment is created every prerequisite of the product (ENV-5) is asked with a real call. Each
// environment is handed out as a [lake.Store] that is limited to its folder ([Scoped]). The package knows no
// store, transport or engine; how an account is opened is given to it.
package catalog
