// Package directory is the tenant's directory: users, app registrations, service principals, security groups with
// owners and members, and who holds which directory role.
//
// It knows no protocol and no tokens: package graph shows it to clients, package entra signs its users and
// applications in. The objects are records of a [state.Store], each change one atomic group, and all of them are in
// memory. Members and owners are records of their own, so that a large group costs no more to change than a small
// one. Object ids are GUIDs in lower case.
//
// Service principals of Microsoft's own applications that a lake meets (reference BYOL) are there from the start,
// under the application ids that they have in every tenant.
package directory
