package localstore

import (
	"errors"
	"io/fs"
	"os"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/errs"
)

// Within a lake's folder nothing is a symbolic link. Whoever could make one there, and any program that replaces files by
// links, would otherwise have the store write, truncate or remove files elsewhere. The folder itself may be one: it is what
// the operator named.

// errLink says that something in the folder is a link.
var errLink = errors.New("is a symbolic link, which is not followed")

// refuseLink fails with Corrupt where a name is a symbolic link.
func refuseLink(in vfs.FS, name string) error {
	if vfs.Root(in) != vfs.Default {
		return nil // a file system in memory has none
	}
	info, err := os.Lstat(name) // vfs follows links
	if err != nil || info.Mode()&fs.ModeSymlink == 0 {
		return nil //nolint:nilerr // whoever opens it is told
	}
	return errs.E(errs.Corrupt, errs.Item(name), errLink, errs.Hint("put what it points to in its place"))
}

// refuseLinks looks at all of a lake's folder but the content files, which are looked at when they are used.
func refuseLinks(in vfs.FS, dir string) error {
	for _, name := range []string{
		lockName, formatName, formatName + ".tmp", reserveName, contentDir, damagedDir,
		namesDir, namesDir + newSuffix, namesDir + copySuffix, namesDir + salvagedSuffix,
	} {
		if err := refuseLink(in, in.PathJoin(dir, name)); err != nil {
			return err
		}
	}
	return nil
}
