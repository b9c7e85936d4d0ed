//go:build unix

package server

import "syscall"

// fileHandles is how many files the process may have open, 0 where nobody knows.
func fileHandles() uint64 {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0
	}
	return uint64(limit.Cur) //nolint:unconvert // it is signed on some systems
}
