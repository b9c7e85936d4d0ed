//go:build unix

package catalog

import (
	"syscall"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// onlyOwner sets the mode of a real file to 0600, while it is still empty. Files in memory have no descriptor.
func onlyOwner(f vfs.File) error {
	if fd := f.Fd(); fd != vfs.InvalidFd {
		return syscall.Fchmod(int(fd), 0o600)
	}
	return nil
}
