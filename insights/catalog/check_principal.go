package catalog

import (
	"context"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
)

// askPerson asks who is signed in.
func (k *check) askPerson(ctx context.Context) {
	if !k.asksPerson() {
		return
	}
	if k.with.SignIn == "" {
		k.unknown(askPerson, "nobody is signed in, so that only the service principal's rights are checked", "You: sign in to have yours checked, too")
		k.unknown(askPersonData, "nobody is signed in", "")
		if k.resource != "" {
			k.unknown(askResource, "nobody is signed in", "")
		}
		return
	}
	person, err := k.c.o.SignedIn(ctx, k.with.SignIn)
	if err == nil {
		k.personID, err = person.Identity(ctx)
	}
	if err != nil {
		k.fail(askPerson, withoutHint(err), "You: sign in again")
		return
	}
	k.person = person
	k.pass(askPerson, "%s", describeIdentity(k.personID))
}

func describeIdentity(i insights.Identity) string {
	name := i.Name
	if i.IsApp {
		name = "application " + orPlaceholder(i.ClientID, "without a name")
	}
	if i.ID != "" {
		name += ", object id " + string(i.ID)
	}
	return name
}

// askPrincipalCredential asks whether what the principal signs in by was given.
func (k *check) askPrincipalCredential() bool {
	p := k.storage.Principal
	switch p.Method {
	case insights.ManagedIdentity:
		k.pass(askCredential, "the managed identity of the machine")
	case insights.WorkloadIdentity:
		k.pass(askCredential, "the workload identity of the process")
	case insights.ClientCertificate:
		if k.with.Certificate.IsZero() {
			k.fail(askCredential, "no certificate was given", "You: give a file with the certificate and its private key by --certificate-file")
			return false
		}
		k.pass(askCredential, "certificate of the application %s", p.ClientID)
	default:
		if k.with.ClientSecret.IsZero() {
			k.fail(askCredential, "no client secret was given", "You: give it by --client-secret-file or --client-secret-env")
			return false
		}
		k.pass(askCredential, "client secret of the application %s", p.ClientID)
	}
	return true
}

// askPrincipal signs the service principal in. It returns nil if that failed.
func (k *check) askPrincipal(ctx context.Context) Caller {
	caller, err := k.c.o.Principal(ctx, k.connection())
	if err == nil {
		k.principal, err = caller.Identity(ctx)
	}
	if err != nil {
		mend := "You: compare tenant and application id with the app registration; its owner: see that the secret or certificate is registered there and has not expired"
		if hint := errs.HintOf(err); hint != "" {
			mend = "You: " + string(hint)
		}
		k.fail(askPrincipal, withoutHint(err), mend)
		return nil
	}
	k.pass(askPrincipal, "%s", describeIdentity(k.principal))
	return caller
}

// askResource asks Resource Manager for the account: as the person, who must be allowed to see it, or else as the principal,
// who needs not.
func (k *check) askResource(ctx context.Context, principal Caller) {
	if k.person != nil {
		facts, err := k.person.StorageAccount(ctx, k.resource)
		switch {
		case err == nil:
			k.facts = &facts
			k.pass(askResource, "%s, %s, %s", facts.Name, facts.Kind, facts.SKU)
			return
		case errs.Is(err, errs.Permission):
			k.missing(askResource, "you may not read the storage account ("+withoutHint(err)+")", roleReader, k.resource, k.personID)
		case errs.Is(err, errs.NotFound):
			k.fail(askResource, withoutHint(err), "You: compare the resource id, letter by letter, with the one on the account's page; and see that you signed in to its tenant")
		default:
			k.fail(askResource, withoutHint(err), "You: try again; whoever runs the network: allow this machine to reach Resource Manager")
		}
	}
	if principal != nil {
		if facts, err := principal.StorageAccount(ctx, k.resource); err == nil {
			k.facts = &facts
		}
	}
}

// askReachable is the principal's first request to the account, for the container. What it is refused with tells the network
// from a role.
func (k *check) askReachable(ctx context.Context) bool {
	_, err := k.store.FilesystemProperties(ctx, insights.Container)
	kind := errs.KindOf(err)
	if err != nil && kind != errs.NotFound && (kind != errs.Permission || errs.CodeOf(err) == codeNetwork) {
		k.accountFailed(err)
		return false
	}
	k.account, _ = k.store.Account(ctx) // which a token needs not be told; what is missing is asked otherwise
	detail := k.address.account
	if k.facts != nil {
		detail += ", " + describeNetwork(k.facts.Network)
	}
	k.pass(askReachable, "%s", detail)
	if kind == errs.Permission {
		k.missing(askContainer, "the service principal may not see the container", roleContributor, k.containerScope(), k.principal)
		return true
	}
	k.containerFound(err)
	return true
}

// askPrincipalAccess asks what an output lake takes of the principal: to write and to read, and a user delegation key, which
// is an operation of the account.
func (k *check) askPrincipalAccess(ctx context.Context) {
	p := k.probe(ctx, k.store)
	switch {
	case errs.Is(p.writeErr, errs.Permission):
		k.missing(askPrincipalWrite, "the service principal may not write ("+withoutHint(p.writeErr)+")", roleContributor, k.containerScope(), k.principal)
	case p.writeErr != nil:
		k.fail(askPrincipalWrite, withoutHint(p.writeErr), "An owner of "+k.address.account+": no read-only lock, no immutability policy on the container")
	default:
		k.pass(askPrincipalWrite, "a probe file was written and deleted again")
	}
	switch {
	case p.writeErr != nil: // nothing to read
	case errs.Is(p.readErr, errs.Permission):
		k.missing(askPrincipalRead, "the service principal may not read ("+withoutHint(p.readErr)+")", roleContributor, k.containerScope(), k.principal)
	case p.readErr != nil:
		k.fail(askPrincipalRead, withoutHint(p.readErr), "Whoever runs the network: nothing may change what is sent to "+k.address.endpoint)
	default:
		k.pass(askPrincipalRead, "the probe file was read back")
	}
	k.askDelegation(ctx)
}

func (k *check) askDelegation(ctx context.Context) {
	d, ok := k.store.(delegating)
	if !ok {
		k.unknown(askDelegation, "this store cannot ask for one", "")
		return
	}
	switch err := d.UserDelegationKey(ctx, k.c.o.Clock()); {
	case err == nil:
		k.pass(askDelegation, "given")
	case errs.Is(err, errs.Permission):
		k.missing(askDelegation, "the service principal gets no user delegation key ("+withoutHint(err)+")", roleDelegator, k.resource, k.principal)
	default:
		k.fail(askDelegation, withoutHint(err), "You: try again")
	}
}

// askPersonAccess asks what the product asks of whoever creates an environment: a data role, shown by writing and reading.
func (k *check) askPersonAccess(ctx context.Context) {
	store, err := k.person.Lake(ctx, k.address.endpoint, k.address.account)
	if err != nil {
		k.fail(askPersonData, withoutHint(err), "You: sign in again, with a token for storage, too")
		return
	}
	defer func() { _ = store.Close() }()
	p := k.probe(ctx, store)
	if err = p.writeErr; err == nil {
		err = p.readErr
	}
	switch {
	case err == nil:
		k.pass(askPersonData, "a probe file was written, read back and deleted again")
	case errs.CodeOf(err) == codeNetwork:
		k.fail(askPersonData, withoutHint(err), "An owner or contributor of "+k.address.account+": let this machine in")
	case errs.Is(err, errs.Permission):
		k.missing(askPersonData, "you may not write and read data ("+withoutHint(err)+")", roleContributor, k.containerScope(), k.personID)
	default:
		k.fail(askPersonData, withoutHint(err), "You: sign in again, with a token for storage, too")
	}
}
