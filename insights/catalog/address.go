package catalog

import (
	"net"
	"net/url"
	"regexp"
	"strings"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
)

// address is an account's canonical dfs endpoint and name.
type address struct{ endpoint, account string }

var accountName = regexp.MustCompile(`^[a-z0-9]{3,24}$`)

const endpointHint = errs.Hint("name the account, or its Data Lake Storage endpoint: https://<account>.dfs.core.windows.net")

// parseAddress reads where an own account is: by name (in the public cloud), by host-style endpoint
// (account.dfs.<suffix>) or by path-style endpoint (host/account). Errors are of kind Invalid.
func parseAddress(s insights.DataStorage) (address, error) {
	const op errs.Op = "catalog.parseAddress"
	if s.Endpoint == "" {
		if gen1(s.Account) {
			return address{}, gen1Error(s.Account)
		}
		if !accountName.MatchString(s.Account) {
			return address{}, errs.E(op, errs.Invalid, errs.Item(s.Account),
				"a storage account's name is 3 to 24 lower-case letters and digits", endpointHint)
		}
		return address{"https://" + s.Account + ".dfs.core.windows.net", s.Account}, nil
	}
	a, err := parseEndpoint(s.Endpoint)
	if err != nil {
		return a, errs.E(op, err)
	}
	if s.Account != "" && s.Account != a.account {
		return a, errs.E(op, errs.Invalid, errs.Item(s.Endpoint), "the endpoint is of the account "+a.account+", not of "+s.Account,
			errs.Hint("leave one of the two out, or make them agree"))
	}
	return a, nil
}

func parseEndpoint(text string) (address, error) {
	if gen1(text) {
		return address{}, gen1Error(text)
	}
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || (u.Scheme != "https" && u.Scheme != "http") {
		return address{}, errs.E(errs.Invalid, errs.Item(withoutQuery(text)), "not the address of a storage account", endpointHint)
	}
	host, path := strings.ToLower(u.Host), strings.Trim(u.Path, "/")
	first, rest, _ := strings.Cut(host, ".")
	switch {
	case strings.HasPrefix(rest, "blob."):
		return address{}, errs.E(errs.Invalid, errs.Item(text), "this is the account's blob endpoint",
			errs.Hint("use its dfs endpoint: "+u.Scheme+"://"+first+".dfs."+strings.TrimPrefix(rest, "blob.")))
	case strings.HasPrefix(rest, "dfs.") && path == "":
		return address{u.Scheme + "://" + host, first}, nil
	case !strings.HasPrefix(rest, "dfs.") && path != "" && !strings.Contains(path, "/"):
		return address{u.Scheme + "://" + host + "/" + path, path}, nil
	}
	return address{}, errs.E(errs.Invalid, errs.Item(text), "not the dfs endpoint of a storage account", endpointHint)
}

// withoutQuery cuts what may be a shared access signature.
func withoutQuery(text string) string {
	text, _, _ = strings.Cut(text, "?")
	return text
}

// encrypted reports whether data on its way to the endpoint can be read by nobody else.
func (a address) encrypted() bool {
	u, err := url.Parse(a.endpoint)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "https" || u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// gen1 reports whether the address is one of Data Lake Storage Gen1, which the product refuses (ENV-5).
func gen1(text string) bool {
	text = strings.ToLower(text)
	host, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(text, "https://"), "http://"), "/")
	return strings.HasPrefix(text, "adl://") || strings.HasSuffix(host, ".azuredatalakestore.net")
}

func gen1Error(text string) error {
	return errs.E(errs.Invalid, errs.Item(text), "this is a Data Lake Storage Gen1 account; Gen1 has no hierarchical namespace of files as Gen2 has, and is retired",
		errs.Hint("copy the data to a StorageV2 account with hierarchical namespace (Gen2) and name that account"))
}
