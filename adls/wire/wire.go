// Package wire is the shape of ADLS Gen2 and Blob requests and answers on the network: header names, dates,
// ETags, ranges, conditions, metadata, listings and error bodies.
//
// It translates between HTTP and the words of package lake and decides nothing: which operation a request is
// and what it does is known to package adls. The dfs endpoint answers JSON, the blob endpoint XML; [Endpoint]
// says which one a request speaks. Header names are written in the service's own case, straight into the
// header map, as net/http would change it.
package wire

import (
	"net/http"
	"strings"
	"time"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// Endpoint is one of the two protocols in which an account is spoken to.
type Endpoint uint8

// The endpoints. The zero value stands for none: not yet told.
const (
	Unknown Endpoint = iota
	DFS
	Blob
)

// String returns the endpoint's name as it stands in host names.
func (e Endpoint) String() string {
	switch e {
	case DFS:
		return "dfs"
	case Blob:
		return "blob"
	case Unknown:
	}
	return "unknown"
}

// LatestVersion is the service version answered to requests that name none.
const LatestVersion = "2026-12-06"

// RequestIDHeader names an answer in a support request; every answer carries one.
const RequestIDHeader = "X-Ms-Request-Id"

// Set writes a header in exactly the case given. An empty value writes nothing.
func Set(h http.Header, name, value string) {
	if value != "" {
		h[name] = []string{value}
	}
}

// FormatETag quotes an ETag for a header.
func FormatETag(e lake.ETag) string { return `"` + string(e) + `"` }

// ParseETag reads an ETag of a condition header: quoted, weak or, as ABFS sends it, bare (reference ENGINES
// section 2).
func ParseETag(s string) lake.ETag {
	s = strings.TrimPrefix(strings.TrimSpace(s), "W/")
	return lake.ETag(strings.Trim(s, `"`))
}

// FormatDate renders a time as HTTP does, in GMT with seconds.
func FormatDate(t time.Time) string {
	// By hand, as listings have two dates in each entry and Format reads its layout anew for each.
	const days, months = "SunMonTueWedThuFriSat", "JanFebMarAprMayJunJulAugSepOctNovDec"
	t = t.UTC()
	year, month, day := t.Date()
	if year < 0 || year > 9999 {
		return t.Format(http.TimeFormat)
	}
	hour, minute, second := t.Clock()
	text := [len(http.TimeFormat)]byte{3: ',', 4: ' ', 7: ' ', 11: ' ', 16: ' ', 19: ':', 22: ':', 25: ' ', 26: 'G', 27: 'M', 28: 'T'}
	copy(text[0:], days[3*t.Weekday():][:3])
	copy(text[8:], months[3*(month-1):][:3])
	for _, field := range [...]struct{ at, value int }{{5, day}, {12, year / 100}, {14, year % 100}, {17, hour}, {20, minute}, {23, second}} {
		text[field.at], text[field.at+1] = byte('0'+field.value/10), byte('0'+field.value%10)
	}
	return string(text[:])
}

// fileTimeEpoch is 1601-01-01 in seconds before the Unix epoch.
const fileTimeEpoch = 11644473600

// FileTime renders a time in Windows file time, as List Paths gives creation times: ticks of 100 ns since
// 1601.
func FileTime(t time.Time) int64 { return (t.Unix()+fileTimeEpoch)*1e7 + int64(t.Nanosecond())/100 }

// conditionHeaders are the four headers of a set of conditions.
type conditionHeaders struct{ match, noneMatch, modified, unmodified, tags, lease string }

var (
	targetConditions = conditionHeaders{"If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "X-Ms-If-Tags", "X-Ms-Lease-Id"}
	sourceConditions = conditionHeaders{
		"X-Ms-Source-If-Match", "X-Ms-Source-If-None-Match",
		"X-Ms-Source-If-Modified-Since", "X-Ms-Source-If-Unmodified-Since", "X-Ms-Source-If-Tags", "X-Ms-Source-Lease-Id",
	}
)

// Conditions reads If-Match and its siblings, and x-ms-if-tags. A date that cannot be read is InvalidHeaderValue.
func Conditions(h http.Header) (lake.Conditions, error) { return targetConditions.read(h) }

// SourceConditions reads x-ms-source-if-match and its siblings, which a rename puts to its source.
func SourceConditions(h http.Header) (lake.Conditions, error) { return sourceConditions.read(h) }

func (names conditionHeaders) read(h http.Header) (lake.Conditions, error) {
	c := lake.Conditions{IfMatch: ParseETag(h.Get(names.match)), IfNoneMatch: ParseETag(h.Get(names.noneMatch))}
	var err error
	if c.IfModifiedSince, err = headerDate(h, names.modified); err != nil {
		return c, err
	}
	if c.IfUnmodifiedSince, err = headerDate(h, names.unmodified); err != nil {
		return c, err
	}
	if c.LeaseID, err = LeaseID(h, names.lease); err != nil {
		return c, err
	}
	if text := h.Get(names.tags); text != "" {
		c.IfTags, err = lake.ParseTagExpression(text)
	}
	return c, err
}

func headerDate(h http.Header, name string) (time.Time, error) {
	v := h.Get(name)
	if v == "" {
		return time.Time{}, nil
	}
	t, err := http.ParseTime(v)
	if err != nil {
		return t, BadHeader(name, v, "a date such as Tue, 02 Jan 2029 15:04:05 GMT")
	}
	return t, nil
}

// BadHeader reports a header's value that cannot be used.
func BadHeader(name, value, want string) error {
	return errs.E(errs.Invalid, CodeInvalidHeaderValue, errs.Item(strings.ToLower(name)),
		"the header's value "+quoted(value)+" is not "+want)
}

// BadQuery reports a query parameter's value that cannot be used.
func BadQuery(name, value, want string) error {
	return errs.E(errs.Invalid, CodeInvalidQueryParameterValue, errs.Item(name),
		"the query parameter's value "+quoted(value)+" is not "+want)
}

// quoted shortens a value from outside for a message.
func quoted(s string) string {
	if len(s) > 64 {
		s = strings.ToValidUTF8(s[:64], "") + "…"
	}
	return "'" + s + "'"
}
