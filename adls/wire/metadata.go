package wire

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// MetaPrefix begins the headers that carry metadata on the blob endpoint.
const MetaPrefix = "x-ms-meta-"

// MaxMetadataSize is the service's limit on the names and values of one item's metadata together.
const MaxMetadataSize = 8 << 10

// ParseProperties reads x-ms-properties, the dfs endpoint's metadata: name=base64 pairs with commas between.
func ParseProperties(s string) (lake.Metadata, error) {
	m := lake.Metadata{}
	for pair := range strings.SplitSeq(s, ",") {
		pair = strings.TrimSpace(pair)
		if pair == "" {
			continue
		}
		name, value, ok := strings.Cut(pair, "=")
		decoded, err := base64.StdEncoding.DecodeString(value)
		if !ok || err != nil {
			return nil, BadHeader("x-ms-properties", pair, "a name, = and a value in base64")
		}
		m[name] = string(decoded)
	}
	return m, checkMetadata(m)
}

// FormatProperties renders metadata as x-ms-properties, in the order of the names.
func FormatProperties(m lake.Metadata) string {
	var b strings.Builder
	for i, name := range sortedNames(m) {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(name + "=" + base64.StdEncoding.EncodeToString([]byte(m[name])))
	}
	return b.String()
}

// MetaHeaders reads x-ms-meta-* headers, with names in the case in which they were sent where the connection
// kept it (see [Listener]), in lower case otherwise.
func MetaHeaders(r *http.Request, sent SentNames) (lake.Metadata, error) {
	m := lake.Metadata{}
	for name, values := range r.Header {
		lower := strings.ToLower(name)
		if !strings.HasPrefix(lower, MetaPrefix) {
			continue
		}
		if s, ok := sent[lower]; ok {
			lower = s
		}
		meta := lower[len(MetaPrefix):]
		if meta != "" && !identifier(meta) {
			return nil, errs.E(errs.Invalid, CodeInvalidMetadata, errs.Item(meta), "not a metadata name: letters, digits and underscores, no digit first")
		}
		m[meta] = strings.Join(values, ",")
	}
	return m, checkMetadata(m)
}

// identifier reports whether a metadata name is an identifier of C#, as Set Blob Metadata asks, within ASCII, as
// headers are.
func identifier(s string) bool {
	for i := range len(s) {
		c := s[i] | 0x20
		letter := c >= 'a' && c <= 'z' || s[i] == '_'
		digit := s[i] >= '0' && s[i] <= '9'
		if !letter && (i == 0 || !digit) {
			return false
		}
	}
	return s != ""
}

// SetMetaHeaders writes metadata as x-ms-meta-* headers. Values that HTTP cannot carry, which only the dfs
// endpoint takes in, are left out, as they could forge headers.
func SetMetaHeaders(h http.Header, m lake.Metadata) {
	for name, value := range m {
		if validHeaderValue(value) {
			h[MetaPrefix+name] = []string{value}
		}
	}
}

func checkMetadata(m lake.Metadata) error {
	size := 0
	seen := make(map[string]bool, len(m))
	for name, value := range m {
		size += len(name) + len(value)
		lower := strings.ToLower(name)
		if !validName(name) || seen[lower] {
			return errs.E(errs.Invalid, CodeInvalidMetadata, errs.Item(name), "not a metadata name, or given twice")
		}
		seen[lower] = true
	}
	if size > MaxMetadataSize {
		return errs.E(errs.Invalid, CodeMetadataTooLarge, "the metadata is larger than 8 KiB")
	}
	return nil
}

// validName reports whether a metadata name can stand in a header name. The dfs endpoint asks for no more.
func validName(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`"(),/:;<=>?@[\]{}`, c) >= 0 {
			return false
		}
	}
	return s != ""
}

func validHeaderValue(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f })
}

func sortedNames(m lake.Metadata) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
