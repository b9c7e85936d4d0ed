// Package localstore is the lake on local disk: a [lake.Store] whose namespace is a Pebble database and whose
// content is plain files beside it. It knows what is on disk and what survives a crash; it does not know the
// wire protocol, who is calling, or what is kept in it. docs/design/accepted/lake-format.md specifies the
// format.
//
// The one idea: every change of the lake is one batch of one database. Whoever changes something reads and
// decides under the store's lock, applies the batch, releases the lock, and then waits for the write-ahead log
// to reach the disk, so that all writers who wait at the same time share one sync. Content is written and synced
// before the batch that refers to it and never changes afterwards; what a batch no longer refers to is
// removed after the batch is durable. Readers take no lock.
package localstore
