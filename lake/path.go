package lake

import (
	"strings"
	"unicode/utf8"

	"github.com/ownlake/ownlake/errs"
)

// Filesystem is the name of a filesystem, which the Blob API calls a container.
type Filesystem string

// ParseFilesystem checks a filesystem name: 3 to 63 characters of a–z, 0–9 and single hyphens, beginning and
// ending with a letter or digit, or one of the service's own "$root", "$web", "$logs". The error is
// Invalid with code InvalidResourceName.
func ParseFilesystem(s string) (Filesystem, error) {
	if s == "$root" || s == "$web" || s == "$logs" {
		return Filesystem(s), nil
	}
	ok := len(s) >= 3 && len(s) <= 63 && s[0] != '-' && s[len(s)-1] != '-' && !strings.Contains(s, "--")
	for i := 0; ok && i < len(s); i++ {
		c := s[i]
		ok = c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-'
	}
	if !ok {
		return "", errs.E(errs.Op("lake.ParseFilesystem"), errs.Invalid, CodeInvalidResourceName, errs.Item(s),
			"not a container name", errs.Hint("use 3 to 63 of a–z, 0–9 and single hyphens, beginning and ending with a letter or digit"))
	}
	return Filesystem(s), nil
}

// Path is a path within a filesystem: names separated by single slashes, without one at either end. The
// empty path is the root directory. Names are compared byte by byte, without Unicode normalisation.
type Path string

// Root is the root directory of a filesystem.
const Root Path = ""

// Limits of the service on names.
const (
	MaxPathLength = 1024 // characters of a whole path
	MaxPathDepth  = 63   // names in a path
)

// ParsePath makes a canonical path of decoded text: slashes at both ends and doubled slashes are dropped, as
// the hierarchical namespace does. It refuses names "." and "..", control characters, invalid UTF-8,
// and paths over the limits with kind Invalid, code InvalidUri.
func ParsePath(s string) (Path, error) {
	const op errs.Op = "lake.ParsePath"
	bad := func(msg string) (Path, error) {
		return "", errs.E(op, errs.Invalid, CodeInvalidURI, errs.Item(s), msg)
	}
	if !utf8.ValidString(s) {
		return bad("the path is not valid UTF-8")
	}
	if utf8.RuneCountInString(s) > MaxPathLength {
		return bad("the path is longer than 1,024 characters")
	}
	var names []string
	for name := range strings.SplitSeq(s, "/") {
		switch {
		case name == "":
			continue
		case name == "." || name == "..":
			return bad(`the names "." and ".." are not allowed in a path`)
		case strings.ContainsFunc(name, func(r rune) bool { return r < 0x20 || r == 0x7f }):
			return bad("a name holds a control character")
		}
		names = append(names, name)
	}
	if len(names) > MaxPathDepth {
		return bad("the path is deeper than 63 names")
	}
	return Path(strings.Join(names, "/")), nil
}

// Dir returns the parent directory; the root's is the root.
func (p Path) Dir() Path {
	if i := strings.LastIndexByte(string(p), '/'); i >= 0 {
		return p[:i]
	}
	return Root
}

// Base returns the last name, "" for the root.
func (p Path) Base() string { return string(p[strings.LastIndexByte(string(p), '/')+1:]) }

// Join appends names to a path. The names must not be empty nor hold slashes at their ends.
func (p Path) Join(names ...string) Path {
	s := string(p)
	for _, n := range names {
		if s != "" {
			s += "/"
		}
		s += n
	}
	return Path(s)
}

// Names splits the path; the root has none.
func (p Path) Names() []string {
	if p == Root {
		return nil
	}
	return strings.Split(string(p), "/")
}

// Contains reports whether q is p or lies below it.
func (p Path) Contains(q Path) bool {
	return p == Root || p == q || strings.HasPrefix(string(q), string(p)+"/")
}
