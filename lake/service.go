package lake

// Service is what a server of the protocol asks of a lake beyond [Store]: what the data pipeline of this project does
// not need and clients of an account do. Each group of operations is an interface in a file of its own. Calls keep
// the promises that Store makes.
type Service interface {
	Store
	BlobService
	Leases
	Snapshots
	SoftDelete
	ServiceSettingsStore
	AccessControls
	UncommittedBlobs
	ContainerAccesses
}
