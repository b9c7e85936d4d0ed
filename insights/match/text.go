package match

import "unsafe"

// unsafeString views bytes that never change again as a string.
func unsafeString(b []byte) string {
	return unsafe.String(unsafe.SliceData(b), len(b)) //nolint:gosec // the arena is only appended to
}
