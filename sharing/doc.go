// Package sharing lets others read a lake by security groups: it does what the two set-up scripts of the product do
// (reference BYOL sections 1 and 2), as plan, apply, check and undo, with the corrections of section 7.
//
// It knows the steps, their order, and what must be true afterwards. It reaches the tenant and the account through the
// three interfaces in cloud.go, which are Microsoft Graph, Azure Resource Manager and the Data Lake endpoint (package
// sharing/microsoft), in Microsoft's cloud and in the tenant in the box alike. It does not know HTTP, sign-in or terminals.
package sharing
