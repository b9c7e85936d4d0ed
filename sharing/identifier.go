package sharing

import (
	"net/url"
	"strings"

	"github.com/google/uuid"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// Container is the container that the product writes to, and the only one that it shares.
const Container = "customerinsights"

// Identifier is the permissions identifier that a Dataverse environment is linked by (reference BYOL section 2, "The
// printed string").
type Identifier struct {
	Account string
	// Suffix is the cloud's, such as "core.windows.net"; "" where the text had the account's name alone.
	Suffix              string
	Path                lake.Path // "" is the whole container
	Contributor, Reader access.ObjectID
}

// String returns the canonical form: https://ACCOUNT.dfs.SUFFIX/customerinsights?cg=GUID&rg=GUID.
func (i Identifier) String() string {
	suffix := i.Suffix
	if suffix == "" {
		suffix = defaultSuffix
	}
	path := ""
	if i.Path != lake.Root {
		path = (&url.URL{Path: "/" + string(i.Path)}).EscapedPath()
	}
	return "https://" + i.Account + ".dfs." + suffix + "/" + Container + path + "?cg=" + string(i.Contributor) + "&rg=" + string(i.Reader)
}

const defaultSuffix = "core.windows.net"

// ParseIdentifier reads a permissions identifier as people paste it: the host may be the account's name alone, or that
// of the blob endpoint, the groups come in either order, and GUIDs in either case. Errors are Invalid, name the part
// that is wrong, and say what belongs there.
func ParseIdentifier(text string) (Identifier, error) {
	const op errs.Op = "sharing.ParseIdentifier"
	u, err := url.Parse(strings.TrimSpace(text))
	switch {
	case err != nil || u.Scheme != "https" || u.User != nil || u.Fragment != "":
		return Identifier{}, errs.E(op, wrong("it", "https://ACCOUNT.dfs."+defaultSuffix+"/"+Container+"?cg=GUID&rg=GUID"))
	case u.Port() != "":
		return Identifier{}, errs.E(op, wrong("the host", "the account's name without a port"))
	}
	var i Identifier
	if i.Account, i.Suffix, err = parseHost(u.Hostname()); err != nil {
		return Identifier{}, errs.E(op, err)
	}
	container, path, _ := strings.Cut(strings.Trim(u.Path, "/"), "/")
	if container != Container {
		return Identifier{}, errs.E(op, wrong("the container", Container))
	}
	if i.Path, err = lake.ParsePath(path); err != nil {
		return Identifier{}, errs.E(op, wrong("the path", "that of a folder in the container"))
	}
	if i.Contributor, i.Reader, err = parseGroups(u.RawQuery); err != nil {
		return Identifier{}, errs.E(op, err)
	}
	return i, nil
}

func wrong(part, want string) error {
	return errs.E(errs.Invalid, "the permissions identifier is not right: "+part+" is not as it must be", errs.Hint("it must be "+want))
}

// parseHost reads an account's name, alone or as the host of its dfs or blob endpoint.
func parseHost(host string) (account, suffix string, err error) {
	account, rest, qualified := strings.Cut(strings.ToLower(host), ".")
	if qualified {
		var endpoint string
		endpoint, suffix, _ = strings.Cut(rest, ".")
		if endpoint != "dfs" && endpoint != "blob" || suffix == "" {
			return "", "", wrong("the host", "the account's name, or ACCOUNT.dfs."+defaultSuffix)
		}
	}
	if !isAccountName(account) {
		return "", "", wrong("the account's name", "3 to 24 lower-case letters and digits")
	}
	return account, suffix, nil
}

func isAccountName(s string) bool {
	for _, c := range s {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return len(s) >= 3 && len(s) <= 24
}

func parseGroups(query string) (contributor, reader access.ObjectID, err error) {
	found := map[string]access.ObjectID{}
	for pair := range strings.SplitSeq(query, "&") {
		key, value, _ := strings.Cut(pair, "=")
		id, err := uuid.Parse(value)
		switch {
		case key != "cg" && key != "rg":
			return "", "", wrong("the part "+strings.ToValidUTF8(key, "?"), "cg and rg alone")
		case found[key] != "":
			return "", "", wrong(key, "there once")
		case err != nil || len(value) != len(uuid.Nil.String()) || id == uuid.Nil:
			return "", "", wrong(key, "the object id of a security group, a GUID")
		}
		found[key] = access.ObjectID(id.String())
	}
	switch {
	case found["cg"] == "" || found["rg"] == "":
		return "", "", wrong("the query", "cg=GUID&rg=GUID with both groups")
	case found["cg"] == found["rg"]:
		return "", "", wrong("the query", "of two different groups")
	}
	return found["cg"], found["rg"], nil
}
