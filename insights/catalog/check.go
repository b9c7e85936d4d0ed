package catalog

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/lake"
)

// The prerequisites, in the order they are asked (ENV-4, ENV-5).
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
)

// check asks the prerequisites of one account, one after the other. What could not be asked, because something
// before it failed, is Skipped.
type check struct {
	c       *Catalog
	storage insights.DataStorage
	key     insights.Secret
	region  insights.Region // empty: any
	// createContainer says that a missing container is made later, by [check.makeContainer].
	createContainer bool

	address address
	store   lake.Store // nil until it was opened
	account lake.AccountProperties
	// missing is set while the container does not exist, made if [check.makeContainer] created it.
	missing, made bool

	lines  []insights.Prerequisite
	failed bool
}

func (k *check) pass(name, format string, args ...any) {
	k.lines = append(k.lines, insights.Prerequisite{Name: name, Outcome: insights.Passed, Detail: fmt.Sprintf(format, args...)})
}

func (k *check) unknown(name, detail, mend string) {
	k.lines = append(k.lines, insights.Prerequisite{Name: name, Outcome: insights.Unknown, Detail: detail, Mend: mend})
}

func (k *check) fail(name, detail, mend string) {
	k.failed = true
	k.lines = append(k.lines, insights.Prerequisite{Name: name, Outcome: insights.Failed, Detail: detail, Mend: mend})
}

func (k *check) skip(names ...string) {
	for _, name := range names {
		k.lines = append(k.lines, insights.Prerequisite{
			Name: name, Outcome: insights.Skipped, Detail: "not asked, as a prerequisite before it failed",
		})
	}
}

// run asks everything. Nothing is changed, but for a probe file that is written, read and deleted again where the
// container exists. It returns an error only if the caller gave up.
func (k *check) run(ctx context.Context) error {
	if !k.findAccount(ctx) {
		return ctx.Err()
	}
	k.askHierarchy()
	k.askRegion()
	k.askContainer(ctx)
	switch {
	case k.failed:
		k.skip(askWrite, askRead)
	case k.missing:
		k.unknown(askWrite, "asked when the container exists", "")
		k.unknown(askRead, "asked when the container exists", "")
	default:
		k.askAccess(ctx)
	}
	return ctx.Err()
}

// findAccount asks for address, credential, reachability and key. False: the rest is skipped.
func (k *check) findAccount(ctx context.Context) bool {
	rest := []string{askReachable, askKey, askHierarchy, askRegion, askContainer, askWrite, askRead}
	if k.storage.Kind == insights.ManagedStorage {
		k.store = k.c.o.Managed
		return k.askAccount(ctx, rest)
	}
	if !k.askAddress() {
		k.skip(append([]string{askCredential}, rest...)...)
		return false
	}
	if !k.askCredential() {
		k.skip(rest...)
		return false
	}
	store, err := k.c.o.Connect(ctx, k.connection())
	if err != nil {
		k.accountFailed(err)
		k.skip(rest[len(k.lines)-2:]...)
		return false
	}
	k.store = store
	return k.askAccount(ctx, rest)
}

func (k *check) connection() Connection {
	return Connection{Endpoint: k.address.endpoint, Account: k.address.account, Credential: insights.AccountKey, Key: k.key}
}

func (k *check) askAddress() bool {
	a, err := parseAddress(k.storage)
	if err != nil {
		k.fail(askAddress, withoutHint(err), "You: "+string(errs.HintOf(err)))
		return false
	}
	k.address = a
	if !a.encrypted() {
		k.pass(askAddress, "%s; http: data travels unencrypted", a.endpoint)
		return true
	}
	k.pass(askAddress, "%s", a.endpoint)
	return true
}

func (k *check) askCredential() bool {
	if k.storage.Credential == insights.ServicePrincipal {
		k.fail(askCredential, "this version connects to own accounts by account key, not yet by service principal",
			"You: connect with the account's key (access keys of the storage account)")
		return false
	}
	if k.key.IsZero() {
		k.fail(askCredential, "no account key was given", "You: give the key by --key-file or --key-env, or by keyFile or keyEnv in the project")
		return false
	}
	if raw, err := base64.StdEncoding.DecodeString(k.key.Reveal()); err != nil || len(raw) == 0 {
		k.fail(askCredential, "the account key is not base64 text", "You: copy the whole key, with the equals signs at its end")
		return false
	}
	k.pass(askCredential, "account key")
	return true
}

// askAccount asks the account to describe itself, which proves that it is there and accepts the key.
func (k *check) askAccount(ctx context.Context, rest []string) bool {
	account, err := k.store.Account(ctx)
	if err != nil {
		before := len(k.lines)
		k.accountFailed(err)
		k.skip(rest[len(k.lines)-before:]...)
		return false
	}
	k.account = account
	k.pass(askReachable, "%s", describeAccount(account))
	if k.storage.Kind == insights.OwnStorage {
		k.pass(askKey, "accepted")
	} else {
		k.pass(askKey, "not needed: the account is the server's own")
	}
	return true
}

func describeAccount(a lake.AccountProperties) string {
	parts := []string{a.Name}
	for _, s := range []string{a.Kind, a.SKU} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, ", ")
}

// accountFailed tells a refused key from an account that cannot be reached.
func (k *check) accountFailed(err error) {
	who := k.address.account
	switch errs.KindOf(err) {
	case errs.Unauthorized, errs.Invalid:
		k.pass(askReachable, "%s answers", who)
		k.fail(askKey, "the account refuses the key: "+withoutHint(err),
			"Whoever may read the keys of "+who+": copy one anew (it may have been rotated), and see that this machine's clock is right")
	case errs.Permission:
		k.fail(askReachable, who+" refuses requests from here: "+withoutHint(err),
			"An owner or contributor of "+who+": allow this network in its firewall, and allow access by account key")
	default:
		k.fail(askReachable, withoutHint(err),
			"You: compare the name with the account's; whoever runs the network: allow this machine to reach "+k.address.endpoint)
	}
}

func (k *check) askHierarchy() {
	if k.account.HierarchicalNamespace {
		k.pass(askHierarchy, "on")
		return
	}
	k.fail(askHierarchy, "off: "+k.account.Name+" is not a Data Lake Storage Gen2 account",
		"An owner or contributor of "+k.account.Name+": upgrade it to a hierarchical namespace, or make an account that has it; it cannot be turned off again")
}

func (k *check) askRegion() {
	found := insights.Region(k.account.Region)
	switch {
	case found == "" && k.region == "":
		k.unknown(askRegion, "an account key cannot tell where "+k.account.Name+" lies", "")
	case found == "":
		k.unknown(askRegion, "an account key cannot tell where "+k.account.Name+" lies",
			"You: see on the account's overview page that its location is "+k.region.DisplayName())
	case k.region == "" || k.region == found:
		k.pass(askRegion, "%s", found.DisplayName())
	default:
		k.fail(askRegion, fmt.Sprintf("the account is in %s (%s), the environment would be in %s (%s)",
			found.DisplayName(), found, k.region.DisplayName(), k.region),
			"You: create the environment with the region "+string(found)+", or name an account in "+k.region.DisplayName())
	}
}

func (k *check) askContainer(ctx context.Context) {
	_, err := k.store.FilesystemProperties(ctx, insights.Container)
	switch {
	case err == nil:
		k.pass(askContainer, "exists")
	case errs.Is(err, errs.NotFound) && k.createContainer:
		k.missing = true
		k.pass(askContainer, "does not exist; it will be created")
	case errs.Is(err, errs.NotFound):
		k.fail(askContainer, k.account.Name+" has no container named "+string(insights.Container),
			"You, or a contributor of "+k.account.Name+": create it there, or let it be created with --create-container (createContainer: true)")
	default:
		k.fail(askContainer, withoutHint(err), "A contributor of "+k.account.Name+": see why the container cannot be read")
	}
}

// makeContainer makes the container that was promised, and then asks what could not be asked before.
func (k *check) makeContainer(ctx context.Context) error {
	k.lines = k.lines[:len(k.lines)-3] // the lines of container, write and read access
	_, err := k.store.CreateFilesystem(ctx, insights.Container, lake.CreateFilesystemOptions{})
	switch {
	case err == nil:
		k.made = true
		k.pass(askContainer, "created")
	case errs.Is(err, errs.Exists):
		k.pass(askContainer, "exists")
	default:
		k.fail(askContainer, "it cannot be created: "+withoutHint(err), "A contributor of "+k.account.Name+": create it")
		k.skip(askWrite, askRead)
		return ctx.Err()
	}
	k.missing = false
	k.askAccess(ctx)
	return ctx.Err()
}

// removeContainer takes back what makeContainer made, if nobody put anything into it.
func (k *check) removeContainer(ctx context.Context) error {
	if !k.made {
		return nil
	}
	page, err := k.store.List(ctx, insights.Container, lake.Root, lake.ListOptions{MaxResults: 1})
	if err != nil || len(page.Entries) > 0 {
		return err
	}
	return k.store.DeleteFilesystem(ctx, insights.Container, lake.Conditions{})
}

// cleanUpTime is how long taking back may last after the caller gave up.
const cleanUpTime = 20 * time.Second

// askAccess writes a probe file, reads it back and deletes it.
func (k *check) askAccess(ctx context.Context) {
	const mend = "allow the key's holder to read and write: no read-only lock, no immutability policy on the container"
	probe := lake.Path("ownlake-probe-" + uuid.NewString() + ".txt")
	content := []byte("written by ownlake to see whether it may write here; it can be deleted\n")
	_, err := k.store.PutBlob(ctx, insights.Container, probe, bytes.NewReader(content), lake.PutBlobOptions{
		Conditions: lake.Conditions{IfNoneMatch: lake.AnyETag},
	})
	if err != nil {
		// Over a network a call that failed may have been carried out.
		_ = k.deleteProbe(ctx, probe)
		k.fail(askWrite, withoutHint(err), "An owner of "+k.account.Name+": "+mend)
		k.skip(askRead)
		return
	}
	got, readErr := k.readProbe(ctx, probe)
	if err := k.deleteProbe(ctx, probe); err != nil {
		k.fail(askWrite, "the probe "+string(probe)+" was written and cannot be deleted: "+withoutHint(err), "An owner of "+k.account.Name+": "+mend)
		k.skip(askRead)
		return
	}
	k.pass(askWrite, "a probe file was written and deleted again")
	switch {
	case readErr != nil:
		k.fail(askRead, withoutHint(readErr), "An owner of "+k.account.Name+": "+mend)
	case !bytes.Equal(got, content):
		k.fail(askRead, "the probe file read back differs from what was written", "Whoever runs the network: no proxy may change what is sent to "+k.address.endpoint)
	default:
		k.pass(askRead, "the probe file was read back")
	}
}

func (k *check) readProbe(ctx context.Context, probe lake.Path) ([]byte, error) {
	content, err := k.store.Read(ctx, insights.Container, probe, lake.ReadOptions{})
	if err != nil {
		return nil, err
	}
	got, err := io.ReadAll(content.Body)
	if closed := content.Body.Close(); err == nil {
		err = closed
	}
	return got, err
}

// deleteProbe deletes the probe, also if the caller gave up meanwhile.
func (k *check) deleteProbe(ctx context.Context, probe lake.Path) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanUpTime)
	defer cancel()
	err := k.store.Delete(ctx, insights.Container, probe, lake.DeleteOptions{})
	if errs.Is(err, errs.NotFound) {
		return nil
	}
	return err
}

// err returns nil if nothing failed, and otherwise one error that names what did.
func (k *check) err(op errs.Op) error {
	if !k.failed {
		return nil
	}
	var failed []string
	mend := ""
	for _, line := range k.lines {
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

// withoutHint is the error's text for a line that has its own advice.
func withoutHint(err error) string {
	text := err.Error()
	if hint := errs.HintOf(err); hint != "" {
		text = strings.ReplaceAll(text, " ("+string(hint)+")", "")
	}
	return text
}
