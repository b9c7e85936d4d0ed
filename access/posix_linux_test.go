package access

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"unsafe"
)

// ids are the numbers that the principals of people and lists have on this machine.
var ids = map[ObjectID]uint32{"owner": 60001, "alice": 60002, "bob": 60003, "group": 60101, "team": 60102, "x": 60103}

// kernelACL writes a list as Linux keeps it in the attribute system.posix_acl_access.
func kernelACL(a ACL) []byte {
	tags := map[EntryType][2]uint16{User: {0x01, 0x02}, Group: {0x04, 0x08}, Mask: {0x10, 0x10}, Other: {0x20, 0x20}}
	out := binary.LittleEndian.AppendUint32(nil, 2)
	for _, e := range a.sorted() {
		tag, id := tags[e.Type][0], ^uint32(0)
		if e.ID != "" {
			tag, id = tags[e.Type][1], ids[e.ID]
		}
		out = binary.LittleEndian.AppendUint16(out, tag)
		out = binary.LittleEndian.AppendUint16(out, uint16(e.Permission))
		out = binary.LittleEndian.AppendUint32(out, id)
	}
	return out
}

// TestLinuxDecidesAlike gives files of this machine every list of [lists] and asks the kernel, as each of
// people, for every set of bits. The kernel follows POSIX 1003.1e, which has the casting vote (see [Check]),
// but for a short cut: it does not read a list whose mask is empty, and so lets whom it names pass as other.
func TestLinuxDecidesAlike(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("needs root, to give files away and to act as others")
	}
	dir := t.TempDir()
	for _, d := range []string{dir, filepath.Dir(dir)} {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	var all []ACL
	for acl := range lists {
		if acl.mask() == 0 {
			continue
		}
		path := filepath.Join(dir, strconv.Itoa(len(all)))
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Setxattr(path, "system.posix_acl_access", kernelACL(acl), 0); err != nil {
			t.Skipf("needs a file system with access control lists: %v", err)
		}
		if err := os.Chown(path, int(ids["owner"]), int(ids["group"])); err != nil {
			t.Fatal(err)
		}
		all = append(all, acl)
	}
	t.Logf("%d lists", len(all))
	for name, p := range people {
		item := Item{Owner: "owner", Group: "group"}
		compare := func() {
			for i, acl := range all {
				item.ACL = acl
				path := filepath.Join(dir, strconv.Itoa(i))
				for wanted := Permission(1); wanted < 8; wanted++ {
					kernel := syscall.Access(path, uint32(wanted)) == nil
					if s := Check(item, p, wanted); s.Granted != kernel {
						t.Errorf("%v, %s, %v: %v by %v; the kernel says %v", acl, name, wanted, s.Granted, s.Entry, kernel)
						return
					}
				}
			}
		}
		if err := actAs(p, compare); err != nil {
			t.Skipf("needs the right to act as others: %v", err)
		}
	}
}

// actAs calls f on a thread that is the principal. The thread ends with it.
func actAs(p Principal, f func()) error {
	done := make(chan error)
	go func() {
		defer close(done)
		runtime.LockOSThread() // and never unlocked, so that nobody else gets the thread
		groups := []uint32{60999}
		for _, g := range p.Groups {
			groups = append(groups, ids[g])
		}
		uid, gid := uintptr(ids[p.ID]), uintptr(groups[0])
		for _, call := range [][4]uintptr{
			{syscall.SYS_SETGROUPS, uintptr(len(groups)), uintptr(unsafe.Pointer(&groups[0])), 0},
			{syscall.SYS_SETRESGID, gid, gid, gid},
			{syscall.SYS_SETRESUID, uid, uid, uid},
		} {
			if _, _, errno := syscall.RawSyscall(call[0], call[1], call[2], call[3]); errno != 0 {
				done <- errno
				return
			}
		}
		f()
	}()
	return <-done
}
