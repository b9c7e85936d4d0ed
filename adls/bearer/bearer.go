// Package bearer tells who a bearer token is from: a JSON Web Token (RFC 7519) that one of the configured issuers
// signed for storage.
//
// A [Verifier] finds an issuer's keys by OpenID Connect Discovery when the first token of it comes, and keeps them:
// an issuer that cannot be reached stops neither the start of a server nor tokens whose keys are known. The package
// knows nothing of requests, roles or paths; what a principal may is package access's to say.
//
// Tokens are credentials. No error, and no line of a log, repeats any part of one.
package bearer

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
)

// maxToken bounds a token before anything of it is read. Entra's, with 200 groups, are below 16 KiB.
const maxToken = 32 << 10

// Identity is who a token is from.
type Identity struct {
	// Tenant is the id of the directory that the principal is in, in lower case.
	Tenant string
	// Principal has the object id, in lower case, and the groups. It is shared: do not change the groups.
	Principal access.Principal
	// Name is the user's principal name or the id of the application that the token was given to: for people to
	// read and not to decide by. It may be empty.
	Name string
}

// Issuer is a service whose tokens are taken.
type Issuer struct {
	// URL is the issuer's identifier, below which its discovery document is. For Microsoft Entra it is
	// https://login.microsoftonline.com/TENANT/v2.0, and tokens of version 1, which is what Entra gives for
	// storage, are of the same issuer. It has the scheme https, or http on loopback.
	URL string
	// Aliases are other values that "iss" has in tokens of the same issuer and tenant.
	Aliases []string
	// Tenant is the id of the directory whose principals the issuer knows. Tokens that name another are refused. It
	// may be empty where the URL is Entra's, which names it.
	Tenant string
	// Audiences are taken beside those of storage.
	Audiences []string
	// PrincipalClaim is the claim with the object id: "oid", also meant by "", or "sub" for issuers whose
	// subjects are GUIDs.
	PrincipalClaim string
	// RootCAs verify the issuer's certificate; nil means the system's.
	RootCAs *x509.CertPool
}

// Validate returns an Invalid error if the issuer cannot be one whose tokens are taken.
func (i Issuer) Validate() error {
	_, err := newIssuer(i, "", nil, nil)
	return err
}

// Options configure a verifier. Account, Issuers and Clock are required.
type Options struct {
	// Account is the storage account's name, which may be the audience.
	Account string
	Issuers []Issuer
	// GroupsOf looks up the groups of a principal, nested ones included, for tokens that do not list them. It
	// returns an error of kind NotFound for one that it knows nothing about. It is called for each verification, and
	// must be safe for concurrent use. Nil knows about nobody.
	GroupsOf func(ctx context.Context, tenant string, id access.ObjectID) ([]access.ObjectID, error)
	Clock    func() time.Time
	// Former is a verifier that this one replaces. What it knows of the keys of issuers that stay as they are is taken
	// over, so that they need not be reached for the change. It may be nil.
	Former *Verifier
	// Logger is told of issuers that do not answer. Nil is silent.
	Logger *slog.Logger
}

// Verifier verifies tokens. It is safe for concurrent use.
type Verifier struct {
	account  string
	first    string             // URL of the first issuer
	issuers  map[string]*issuer // by what "iss" may be
	groupsOf func(ctx context.Context, tenant string, id access.ObjectID) ([]access.ObjectID, error)
	clock    func() time.Time
	verified *cache
}

// New returns a verifier. It asks no issuer anything yet. Options that make no sense are Invalid.
func New(o Options) (*Verifier, error) {
	const op errs.Op = "bearer.New"
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	v := &Verifier{account: o.Account, issuers: map[string]*issuer{}, groupsOf: o.GroupsOf, clock: o.Clock, verified: newCache(maxVerified)}
	if len(o.Issuers) == 0 {
		return nil, errs.E(op, errs.Invalid, "no issuer whose tokens are to be taken")
	}
	v.first = o.Issuers[0].URL
	for _, configured := range o.Issuers {
		i, err := newIssuer(configured, o.Account, o.Clock, o.Logger)
		if err != nil {
			return nil, errs.E(op, err)
		}
		for _, name := range i.names {
			if v.issuers[name] != nil {
				return nil, errs.E(op, errs.Invalid, errs.Item(name), "two issuers have the same name")
			}
			v.issuers[name] = i
		}
		i.takeOver(o.Former)
	}
	return v, nil
}

// AuthorizationURI is where people and programs get a token of the first issuer, in the form that SDKs find the tenant in:
// https://login.microsoftonline.com/TENANT/oauth2/authorize.
func (v *Verifier) AuthorizationURI() string {
	return strings.TrimSuffix(strings.TrimSuffix(v.first, "/"), "/v2.0") + "/oauth2/authorize"
}

// Verify tells who a token is from, as it follows "Bearer " in a header. What is not a token of one of the issuers, for
// storage and of now, is Unauthorized with the service's code InvalidAuthenticationInfo; that it cannot be told, as
// the issuer's keys cannot be had or the groups not be looked up, is Unavailable.
func (v *Verifier) Verify(ctx context.Context, token string) (Identity, error) {
	const op errs.Op = "bearer.Verify"
	if len(token) > maxToken {
		return Identity{}, errs.E(op, refused("The token is too large."))
	}
	known, err := v.remember(ctx, token)
	if err != nil {
		return Identity{}, errs.E(op, err)
	}
	id := known.identity
	if known.groupsListed {
		return id, nil
	}
	if id.Principal.Groups, err = v.lookUpGroups(ctx, known); err != nil {
		return Identity{}, errs.E(op, err)
	}
	return id, nil
}

// remember verifies a token unless that was done before, it has not expired since and its key is the issuer's still.
func (v *Verifier) remember(ctx context.Context, token string) (verified, error) {
	now := v.clock()
	hash := sha256.Sum256([]byte(token))
	if known, ok := v.verified.get(hash); ok {
		if !now.After(known.expires) && known.issuer.current(ctx).has(known.key) {
			return known, nil
		}
		v.verified.forget(hash)
	}
	known, err := v.verify(ctx, token, now)
	if err == nil {
		v.verified.put(hash, known)
	}
	return known, err
}

// verify checks a token that has not been seen. What it says of itself is looked at first, as that is cheap and keeps
// strangers' tokens from making the lake ask issuers for keys.
func (v *Verifier) verify(ctx context.Context, token string, now time.Time) (verified, error) {
	t, err := parse(token)
	if err != nil {
		return verified{}, err
	}
	i := v.issuers[t.claims.Issuer]
	if i == nil {
		return verified{}, refused("Issuer validation failed. Issuer did not match.")
	}
	if err := t.claims.check(i, now); err != nil {
		return verified{}, err
	}
	identity, err := t.claims.identity(i)
	if err != nil {
		return verified{}, err
	}
	key, err := i.keyFor(ctx, t)
	if err != nil {
		return verified{}, err
	}
	if t.signed.Claims(key.public) != nil {
		return verified{}, refused("Signature validation failed. Signature verification failed.")
	}
	return verified{
		identity: identity, issuer: i, key: key, expires: t.claims.Expiry.Time().Add(skew),
		groupsListed: t.claims.listsGroups(), hasMoreGroups: t.claims.hasMoreGroups(),
	}, nil
}

// lookUpGroups finds the groups of a principal whose token does not list them. An entry of an access control list may
// take rights from a group, so a principal who is known to be in groups, but not in which, is not let in.
func (v *Verifier) lookUpGroups(ctx context.Context, known verified) ([]access.ObjectID, error) {
	err := errs.E(errs.NotFound, "nobody knows the groups of the principal")
	var groups []access.ObjectID
	if v.groupsOf != nil {
		groups, err = v.groupsOf(ctx, known.identity.Tenant, known.identity.Principal.ID)
	}
	switch {
	case err == nil:
		return groups, nil
	case errs.Is(err, errs.Canceled):
		return nil, err
	case !errs.Is(err, errs.NotFound):
		return nil, errs.E(errs.Unavailable, "the groups of the token's principal cannot be looked up", err)
	case known.hasMoreGroups:
		return nil, errs.E(refused("The token says that its principal is in more groups than it lists."),
			errs.Hint("list the principal's groups in the lake's access file"))
	}
	return nil, nil
}

// refused is the error for a token that is not taken. The sentence is shown to whoever sent it, as the service does.
func refused(sentence string) error {
	return errs.E(errs.Unauthorized, CodeInvalidAuthenticationInfo, sentence)
}

// CodeInvalidAuthenticationInfo is the service's code for a token that is not taken, answered with status 401 and a
// challenge.
const CodeInvalidAuthenticationInfo errs.Code = "InvalidAuthenticationInfo"

// isGUID reports whether a text is a GUID in its usual form, of either case.
func isGUID(s string) bool {
	const form = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"
	if len(s) != len(form) {
		return false
	}
	for i := range len(s) {
		hex := s[i] >= '0' && s[i] <= '9' || s[i] >= 'a' && s[i] <= 'f' || s[i] >= 'A' && s[i] <= 'F'
		if form[i] == '-' && s[i] != '-' || form[i] == 'x' && !hex {
			return false
		}
	}
	return true
}

// audiences are what "aud" may be in a token for storage and an account, without a slash at the end: the resource id
// of storage, the account's own addresses ("Authorize with Microsoft Entra ID"), and the application id of storage,
// which tokens of version 2 have.
func audiences(account string, more []string) []string {
	return slices.Concat([]string{
		"https://storage.azure.com", "https://" + account + ".blob.core.windows.net", "https://" + account + ".dfs.core.windows.net",
		"e406a681-f3d4-42a8-90b6-c2b029497af1",
	}, more)
}
