package source

import (
	"net"
	"net/url"
	"path"
	"strings"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// location is where files lie: on local disk, or in an account's container.
type location struct {
	local string // a path or glob; "" for a lake

	endpoint, account string
	filesystem        lake.Filesystem
	path              string // decoded, maybe a glob
}

// parseLocation reads a local path or one of the addresses
//
//	https://account.dfs.core.windows.net/container/path    also with .blob.
//	http://127.0.0.1:10000/account/container/path          path-style, for hosts that are addresses or localhost
//	abfss://container@account.dfs.core.windows.net/path
func parseLocation(s string) (location, error) {
	scheme, rest, isAddress := strings.Cut(s, "://")
	if !isAddress {
		if strings.TrimSpace(s) == "" {
			return location{}, badLocation(s, "a table needs a location")
		}
		return location{local: s}, nil
	}
	host, p, _ := strings.Cut(rest, "/")
	p, err := url.PathUnescape(p)
	if err != nil {
		return location{}, badLocation(s, "the address is not well written: "+err.Error())
	}
	if strings.Contains(p, "sig=") {
		return location{}, badLocation(s, "addresses with a signature are not kept, as they are secrets that expire")
	}
	switch scheme {
	case "abfs", "abfss":
		container, host, ok := strings.Cut(host, "@")
		if !ok {
			return location{}, badLocation(s, "the container is missing before the @")
		}
		return inAccount(s, "https://"+host, strings.Split(host, ".")[0], container, p)
	case "http", "https":
	default:
		return location{}, badLocation(s, scheme+" is not a kind of address that is read")
	}
	if isPathStyle(host) {
		account, p, _ := strings.Cut(p, "/")
		container, p, _ := strings.Cut(p, "/")
		return inAccount(s, scheme+"://"+host+"/"+account, account, container, p)
	}
	account, service, _ := strings.Cut(host, ".")
	kind, suffix, _ := strings.Cut(service, ".")
	if kind != "dfs" && kind != "blob" {
		return location{}, badLocation(s, "the host is not that of a storage account")
	}
	container, p, _ := strings.Cut(p, "/")
	return inAccount(s, scheme+"://"+account+".dfs."+suffix, account, container, p)
}

// isPathStyle says that the account is the first name of the path, as the host cannot tell it.
func isPathStyle(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	return name == "localhost" || net.ParseIP(strings.Trim(name, "[]")) != nil
}

func inAccount(s, endpoint, account, container, p string) (location, error) {
	if account == "" {
		return location{}, badLocation(s, "the account is missing")
	}
	fs, err := lake.ParseFilesystem(container)
	if err != nil {
		return location{}, errs.E(errs.Item(s), err)
	}
	parsed, err := lake.ParsePath(p)
	if err != nil {
		return location{}, errs.E(errs.Item(s), err)
	}
	return location{endpoint: endpoint, account: account, filesystem: fs, path: string(parsed)}, nil
}

func badLocation(s, why string) error {
	return errs.E(errs.Invalid, errs.Item(s), why, errs.Hint("name a local file, folder or glob, "+
		"https://account.dfs.core.windows.net/container/path or abfss://container@account.dfs.core.windows.net/path"))
}

// isGlob reports whether the path has characters that stand for others.
func isGlob(p string) bool { return strings.ContainsAny(p, "*?[") }

// globRoot is the folder below which everything that matches lies.
func globRoot(p string) string {
	for isGlob(p) {
		p = path.Dir(p)
	}
	if p == "." {
		return ""
	}
	return p
}

// Place is where a location is: on local disk, or in an account.
type Place struct {
	Local string // a path or glob; "" for a lake

	Endpoint   string
	Filesystem lake.Filesystem
	Path       string // decoded, maybe a glob
}

// Locate reads a location without looking at what is there; Invalid where it is none.
func Locate(text string) (Place, error) {
	l, err := parseLocation(text)
	return Place{Local: l.local, Endpoint: l.endpoint, Filesystem: l.filesystem, Path: l.path}, errs.Wrap("source.Locate", err)
}
