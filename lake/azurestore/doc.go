// Package azurestore is a [lake.Store] over HTTP: an ADLS Gen2 account, Azure's or one of our own, reached with
// Microsoft's SDKs, by account key or by a principal's tokens.
//
// It knows what the SDKs ask of the service and what its answers mean in the words of package lake. It does not
// know what lies in the account. Nothing in it is special to the embedded lake but one answer header, which
// tells the region that an account key cannot find out (see [Store.Account]).
//
// The SDKs build, sign, send and parse the requests. Three things they cannot do are done to the request between
// building and signing (request.go): naming a path with a backslash, renaming across filesystems, and reading
// metadata from the dfs endpoint, where the case of names survives (net/http folds header names).
package azurestore
