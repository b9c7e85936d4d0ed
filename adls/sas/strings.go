package sas

import (
	"slices"
	"strings"
)

// Versions of the service that changed what is signed. Versions compare as text.
const (
	since20130815 = "2013-08-15" // response headers
	since20150221 = "2015-02-21" // the service's name in the resource
	since20150405 = "2015-04-05" // account SAS, IP range, protocol
	since20181109 = "2018-11-09" // user delegation SAS, kind of resource, snapshot
	since20200210 = "2020-02-10" // directories, agents, correlation
	since20201206 = "2020-12-06" // encryption scope
	since20250705 = "2025-07-05" // tokens bound to one user
	since20260406 = "2026-04-06" // request headers and parameters
)

// oldest is the first version that knows a kind. Service SAS before 2012-02-12 had no sv and are refused.
var oldest = map[Kind]string{Account: since20150405, Service: "2012-02-12", UserDelegation: since20181109}

// Lines of the string to sign that are no fields.
const (
	accountName Field = "(account)"
	resourceURI Field = "(resource)"
	timestamp   Field = "(snapshot or version)"
	emptyLine   Field = "(empty)"
)

// line is one line of a string to sign, and the version that introduced it.
type line struct {
	field Field
	since string
}

const always = ""

func from(version string, fields ...Field) []line {
	lines := make([]line, len(fields))
	for i, f := range fields {
		lines[i] = line{f, version}
	}
	return lines
}

var accountLines = slices.Concat(
	from(always, accountName, Permissions, Services, ResourceTypes, Start, Expiry, IPRange, Protocol, Version),
	from(since20201206, EncryptionScope),
	from(always, emptyLine),
)

var serviceLines = slices.Concat(
	from(always, Permissions, Start, Expiry, resourceURI, Identifier),
	requestLines,
	from(since20201206, EncryptionScope),
	responseLines,
)

var userDelegationLines = slices.Concat(
	from(always, Permissions, Start, Expiry, resourceURI),
	from(always, KeyObjectID, KeyTenantID, KeyStart, KeyExpiry, KeyService, KeyVersion),
	from(since20200210, AuthorizedObjectID, UnauthorizedObjectID, CorrelationID),
	from(since20250705, KeyDelegatedTenantID, DelegatedUserObjectID),
	requestLines,
	from(since20201206, EncryptionScope),
	from(since20260406, RequestHeaders, RequestQuery),
	responseLines,
)

var requestLines = slices.Concat(
	from(since20150405, IPRange, Protocol),
	from(always, Version),
	from(since20181109, Resource, timestamp),
)

var responseLines = from(since20130815, CacheControl, ContentDisposition, ContentEncoding, ContentLanguage, ContentType)

// lines returns the lines that the token's kind and version sign.
func (t Token) lines() []Field {
	all := serviceLines
	switch t.Kind() {
	case Account:
		all = accountLines
	case UserDelegation:
		all = userDelegationLines
	case Service:
	}
	version := t[Version]
	fields := make([]Field, 0, len(all))
	for _, l := range all {
		if version >= l.since {
			fields = append(fields, l.field)
		}
	}
	return fields
}

// stringToSign writes the lines. Resource is the canonical resource, "" for an account SAS.
func (t Token) stringToSign(r Request, resource string) string {
	fields := t.lines()
	text := make([]string, len(fields))
	for i, f := range fields {
		switch f {
		case accountName:
			text[i] = r.Account
		case resourceURI:
			text[i] = resource
		case timestamp:
			text[i] = t.timestamp()
		case emptyLine:
		case RequestHeaders:
			text[i] = signedHeaders(t[f], r)
		case RequestQuery:
			text[i] = signedQuery(t[f], r)
		default:
			text[i] = t[f]
		}
	}
	return strings.Join(text, "\n")
}

// timestamp is the snapshot or version that the token is for; other resources have none.
func (t Token) timestamp() string {
	switch t[Resource] {
	case resourceSnapshot:
		return t[Snapshot]
	case resourceVersion:
		return t[VersionID]
	}
	return ""
}

// signedHeaders writes the headers that srh names, each "name:value" with a line end behind it.
func signedHeaders(names string, r Request) string {
	var b strings.Builder
	for name := range eachName(names) {
		b.WriteString(name + ":" + r.Header.Get(name) + "\n")
	}
	return b.String()
}

// signedQuery writes the parameters that srq names, each "name:value" with a line end before it.
func signedQuery(names string, r Request) string {
	var b strings.Builder
	for name := range eachName(names) {
		b.WriteString("\n" + name + ":" + r.Query.Get(name))
	}
	return b.String()
}

func eachName(names string) func(func(string) bool) {
	if names == "" {
		return func(func(string) bool) {}
	}
	return strings.SplitSeq(names, ",")
}

// resources returns the canonical resources that the token may have been signed for when it is used on the
// request's container and path. Several spell the same directory: the documentation ends it with a slash,
// SDKs do not.
func (t Token) resources(r Request) []string {
	if t.Kind() == Account {
		return []string{""}
	}
	container := "/blob/" + r.Account + "/" + r.Container
	if t[Version] < since20150221 {
		container = "/" + r.Account + "/" + r.Container
	}
	if r.Container == "" {
		return nil
	}
	switch t[Resource] {
	case resourceContainer:
		return []string{container}
	case resourceDirectory:
		dir, ok := firstNames(r.Path, t.depth())
		if !ok {
			return nil
		}
		if dir == "" {
			return []string{container, container + "/", container + "//"}
		}
		return []string{container + "/" + dir, container + "/" + dir + "/"}
	}
	if r.Path == "" {
		return nil
	}
	return []string{container + "/" + r.Path}
}

// firstNames returns the directory that is made of the first n names of a path.
func firstNames(path string, n int) (string, bool) {
	names := splitPath(path)
	if n > len(names) {
		return "", false
	}
	return strings.Join(names[:n], "/"), true
}

func splitPath(path string) []string {
	if path == "" {
		return nil
	}
	return strings.Split(path, "/")
}
