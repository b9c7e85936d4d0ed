package lake

import "context"

// UncommittedBlobs finds what Put Block has begun and Put Block List not ended.
type UncommittedBlobs interface {
	// UncommittedBlobs returns, in byte order, the paths that have uncommitted blocks and no file: those that
	// begin with prefix and sort after a name, which need not exist, and at most limit of them.
	UncommittedBlobs(ctx context.Context, fs Filesystem, prefix, after string, limit int) ([]Path, error)
}
