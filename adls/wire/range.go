package wire

import (
	"net/http"
	"strconv"
	"strings"
)

// Range is a range of bytes that a read asks for. Count 0 means to the end.
type Range struct{ Offset, Count int64 }

// ParseRange reads x-ms-range or, without it, Range. It returns nil where none is given, and also for forms
// that the service does not serve and HTTP lets a server ignore: several ranges, the last bytes, other units.
func ParseRange(h http.Header) *Range {
	s := h.Get("X-Ms-Range")
	if s == "" {
		s = h.Get("Range")
	}
	spec, ok := strings.CutPrefix(strings.TrimSpace(s), "bytes=")
	if !ok {
		return nil
	}
	from, to, ok := strings.Cut(spec, "-")
	if !ok {
		return nil
	}
	offset, err := strconv.ParseInt(from, 10, 64)
	if err != nil || offset < 0 {
		return nil
	}
	if to == "" {
		return &Range{Offset: offset}
	}
	end, err := strconv.ParseInt(to, 10, 64)
	if err != nil || end < offset {
		return nil
	}
	return &Range{Offset: offset, Count: max(end-offset+1, 0)} // 2⁶³ bytes are all that there are
}

// ContentRange renders the header of a partial answer.
func ContentRange(offset, length, size int64) string {
	return "bytes " + strconv.FormatInt(offset, 10) + "-" + strconv.FormatInt(offset+length-1, 10) + "/" + strconv.FormatInt(size, 10)
}
