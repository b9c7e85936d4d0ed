package catalog

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/lake"
)

// The prerequisites (ENV-4, ENV-5; reference BYOL section 6). Those of a service principal and those of the person who asks
// are apart, as one can hold what the other lacks.
const (
	askAddress    = "address"
	askCredential = "credential"
	askReachable  = "account reachable"
	askKey        = "account key"
	askHierarchy  = "hierarchical namespace"
	askRegion     = "region"
	askContainer  = "container " + string(insights.Container)
	askWrite      = "write access"
	askRead       = "read access"

	askPerson     = "you: signed in"
	askResource   = "you: Azure resource"
	askPersonData = "you: data access"

	askPrincipal      = "service principal: signed in"
	askPrincipalWrite = "service principal: write access"
	askPrincipalRead  = "service principal: read access"
	askDelegation     = "service principal: user delegation key"
)

// check asks the prerequisites of one account, one after the other. What could not be asked, because something
// before it failed, is Skipped.
type check struct {
	c       *Catalog
	storage insights.DataStorage
	with    insights.Credentials
	region  insights.Region // empty: any
	// createContainer says that a missing container is made later, by [check.makeContainer].
	createContainer bool

	person    Caller // nil: nobody is signed in
	personID  insights.Identity
	principal insights.Identity

	resource access.Scope             // "" where it is not known
	facts    *insights.StorageAccount // as Resource Manager tells; nil where nobody could ask it
	address  address
	store    lake.Store // nil until it was opened
	account  lake.AccountProperties
	// absent is set where the container does not exist, made if [check.makeContainer] created it.
	absent, made bool

	found  map[string]insights.Prerequisite
	failed bool
}

// order is how the lines are given, whatever order they are asked in.
func (k *check) order() []string {
	if k.storage.Kind == insights.ManagedStorage {
		return []string{askReachable, askKey, askHierarchy, askRegion, askContainer, askWrite, askRead}
	}
	var lines []string
	if k.asksPerson() {
		lines = append(lines, askPerson)
		if k.resource != "" {
			lines = append(lines, askResource)
		}
	}
	lines = append(lines, askAddress, askCredential)
	if k.byPrincipal() {
		lines = append(lines, askPrincipal, askReachable, askHierarchy, askRegion, askContainer, askPrincipalWrite, askPrincipalRead, askDelegation)
	} else {
		lines = append(lines, askReachable, askKey, askHierarchy, askRegion, askContainer, askWrite, askRead)
	}
	if k.asksPerson() {
		lines = append(lines, askPersonData)
	}
	return lines
}

// asksPerson reports whether the rights of whoever is signed in count: where Azure's own sign-in is used at all.
func (k *check) asksPerson() bool { return k.byPrincipal() || k.with.SignIn != "" }

func (k *check) byPrincipal() bool { return k.storage.Credential == insights.ServicePrincipal }

// lines returns all lines in their order.
func (k *check) lines() []insights.Prerequisite {
	order := k.order()
	lines := make([]insights.Prerequisite, len(order))
	for i, name := range order {
		line, asked := k.found[name]
		if !asked {
			line = insights.Prerequisite{Name: name, Outcome: insights.Skipped, Detail: "not asked, as a prerequisite before it failed"}
		}
		lines[i] = line
	}
	return lines
}

func (k *check) put(line insights.Prerequisite) { k.found[line.Name] = line }

func (k *check) pass(name, format string, args ...any) {
	k.put(insights.Prerequisite{Name: name, Outcome: insights.Passed, Detail: fmt.Sprintf(format, args...)})
}

func (k *check) unknown(name, detail, mend string) {
	k.put(insights.Prerequisite{Name: name, Outcome: insights.Unknown, Detail: detail, Mend: mend})
}

func (k *check) fail(name, detail, mend string) {
	k.failed = true
	k.put(insights.Prerequisite{Name: name, Outcome: insights.Failed, Detail: detail, Mend: mend})
}

// run asks everything. Nothing is changed, but for probe files that are written, read and deleted again where the
// container exists. It returns an error only if the caller gave up.
func (k *check) run(ctx context.Context) error {
	if k.findAccount(ctx) {
		k.askHierarchy(ctx)
		k.askRegion()
		if _, asked := k.found[askContainer]; !asked {
			k.askContainer(ctx)
		}
	}
	k.askAccess(ctx)
	return ctx.Err()
}

// askAccess asks whether data can be written and read, as each who must: the person also where the rest failed.
func (k *check) askAccess(ctx context.Context) {
	switch {
	case k.absent && k.createContainer:
		for _, name := range k.accessLines() {
			if _, said := k.found[name]; !said {
				k.unknown(name, "asked when the container exists", "")
			}
		}
		return
	case k.absent:
		return
	case k.found[askContainer].Outcome != insights.Passed:
	case k.byPrincipal():
		k.askPrincipalAccess(ctx)
	case k.failed: // a key can do all: what is wrong is not a right
	default:
		k.askKeyAccess(ctx)
	}
	if k.person != nil && k.address.endpoint != "" {
		k.askPersonAccess(ctx)
	}
}

// accessLines are those that need the container.
func (k *check) accessLines() []string {
	lines := []string{askWrite, askRead}
	if k.byPrincipal() {
		lines = []string{askPrincipalWrite, askPrincipalRead, askDelegation}
	}
	if k.person != nil {
		lines = append(lines, askPersonData)
	}
	return lines
}

// findAccount asks for everything up to the account's own description. False: the rest is skipped.
func (k *check) findAccount(ctx context.Context) bool {
	if k.storage.Kind == insights.ManagedStorage {
		k.store = k.c.o.Managed
		return k.askAccount(ctx)
	}
	k.askPerson(ctx)
	if k.resource == "" && !k.askAddress() {
		return false
	}
	if k.byPrincipal() {
		return k.findAsPrincipal(ctx)
	}
	return k.findByKey(ctx)
}

func (k *check) findByKey(ctx context.Context) bool {
	if !k.findResource(ctx, nil) || !k.askCredential() || !k.open(ctx) {
		return false
	}
	return k.askAccount(ctx)
}

func (k *check) findAsPrincipal(ctx context.Context) bool {
	var caller Caller
	if k.askCredential() {
		caller = k.askPrincipal(ctx)
	}
	// The resource is asked for also where the principal cannot sign in: the person's right to see it is the person's.
	if !k.findResource(ctx, caller) || caller == nil || !k.open(ctx) {
		return false
	}
	return k.askReachable(ctx)
}

// findResource finds the account's address by its resource id, if that is how it was named.
func (k *check) findResource(ctx context.Context, principal Caller) bool {
	if k.resource == "" {
		return true
	}
	k.askResource(ctx, principal)
	return k.askAddress()
}

func (k *check) open(ctx context.Context) bool {
	store, err := k.c.o.Connect(ctx, k.connection())
	if err != nil {
		k.accountFailed(err)
		return false
	}
	k.store = store
	return true
}

// connection is what the check would be kept as.
func (k *check) connection() Connection {
	c := Connection{
		Endpoint: k.address.endpoint, Account: k.address.account, ResourceID: string(k.resource),
		Credential: insights.AccountKey, Credentials: insights.Credentials{Key: k.with.Key, Cloud: k.with.Cloud},
	}
	if k.byPrincipal() {
		c.Credential, c.Principal, c.Credentials = insights.ServicePrincipal, k.storage.Principal, k.with
		c.Key, c.SignIn = insights.Secret{}, ""
	}
	return c
}

// err returns nil if nothing failed, and otherwise one error that names what did.
func (k *check) err(op errs.Op) error {
	if !k.failed {
		return nil
	}
	var failed []string
	mend := ""
	for _, line := range k.lines() {
		if line.Outcome == insights.Failed {
			failed = append(failed, line.Name+": "+line.Detail)
			if mend == "" {
				mend = line.Mend
			}
		}
	}
	return errs.E(op, errs.Precondition, errs.Hint(mend), "a prerequisite is not met: "+strings.Join(failed, "; "))
}

// close closes what the check opened.
func (k *check) close() {
	if k.store != nil && k.storage.Kind == insights.OwnStorage {
		_ = k.store.Close()
	}
}

// cleanUpTime is how long taking back may last after the caller gave up.
const cleanUpTime = 20 * time.Second

// withoutHint is the error's text for a line that has its own advice.
func withoutHint(err error) string {
	text := err.Error()
	if hint := errs.HintOf(err); hint != "" {
		text = strings.ReplaceAll(text, " ("+string(hint)+")", "")
	}
	return text
}
