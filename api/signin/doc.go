// Package signin lets people sign in by OpenID Connect: the authorization code flow with PKCE (OpenID Connect Core 1.0,
// section 3.1; RFC 7636; RFC 9700), at the tenant in the box or a Microsoft Entra tenant.
//
// A [Flow] begins with the address that the browser is sent to, and ends with the answer that the browser brings back.
// What comes back counts only in the browser that began it, once, and within ten minutes. The package verifies no
// signatures itself: who wires it says how ([Options.Verify]).
package signin
