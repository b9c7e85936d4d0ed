package wire

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/ownlake/ownlake/lake"
)

const undeleteSource = "x-ms-undelete-source"

// UndeleteSource reads the header that names a deletion ("Undelete Blob": the path, percent-encoded, then ?deletionid= and
// the id). The path is the root where it says none, as the SDK for JavaScript does: then it is that of the
// address. ok is false where there is no header.
func UndeleteSource(h http.Header) (p lake.Path, id lake.DeletionID, ok bool, err error) {
	source := h.Get(undeleteSource)
	if source == "" {
		return "", "", false, nil
	}
	escaped, deletion, _ := strings.Cut(source, "?deletionid=")
	name, err := url.PathUnescape(escaped)
	if err == nil {
		p, err = lake.ParsePath(name)
	}
	if err != nil || deletion == "" {
		return "", "", false, BadHeader(undeleteSource, source, "a path with ?deletionid= and an id behind it")
	}
	return p, lake.DeletionID(deletion), true, nil
}

// ContainerVersion is how the deletion of a container is named: as that of a path, but by 16 hexadecimal digits.
func ContainerVersion(id lake.DeletionID) string {
	n, err := strconv.ParseUint(string(id), 10, 64)
	if err != nil {
		return string(id)
	}
	return fmt.Sprintf("%016X", n)
}

// ParseContainerVersion reads what [ContainerVersion] wrote; ok is false for another text.
func ParseContainerVersion(s string) (id lake.DeletionID, ok bool) {
	n, err := strconv.ParseUint(s, 16, 64)
	return lake.DeletionID(strconv.FormatUint(n, 10)), err == nil
}
