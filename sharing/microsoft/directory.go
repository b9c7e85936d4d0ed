package microsoft

import (
	"cmp"
	"context"
	"net/http"
	"sync"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/sharing"
)

// Directory is a tenant's directory by Microsoft Graph. It is safe for concurrent use.
type Directory struct {
	graph graph
	Options

	mu    sync.Mutex
	fresh map[access.ObjectID]bool // made by us, so that a replica may not know them yet
}

var _ sharing.Directory = (*Directory)(nil)

// NewDirectory returns the directory of the credential's tenant. It asks nothing yet.
func NewDirectory(o Options) *Directory {
	return &Directory{graph: newGraph(o), Options: o, fresh: map[access.ObjectID]bool{}}
}

// object is what we read of a user, group or service principal.
type object struct {
	ID              access.ObjectID `json:"id"`
	DisplayName     string          `json:"displayName"`
	UserName        string          `json:"userPrincipalName"`
	AppID           string          `json:"appId"`
	SecurityEnabled bool            `json:"securityEnabled"`
}

func (o object) principal(kind sharing.PrincipalKind) sharing.Principal {
	return sharing.Principal{ID: o.ID, Kind: kind, Name: cmp.Or(o.UserName, o.DisplayName)}
}

const (
	selectUser  = "id,displayName,userPrincipalName"
	selectSP    = "id,displayName,appId"
	selectGroup = "id,displayName,securityEnabled"
)

// Me is who is signed in, a user or a service principal.
func (d *Directory) Me(ctx context.Context) (sharing.Principal, error) {
	const op errs.Op = "microsoft.Me"
	claims, err := d.claims(ctx)
	if err != nil {
		return sharing.Principal{}, failure(op, "", err)
	}
	if claims.Type == "app" {
		return d.meAsApplication(ctx, claims)
	}
	var me object
	if err := d.graph.do(ctx, http.MethodGet, d.graph.address(query{"$select": selectUser}, "me"), nil, &me); err != nil {
		return sharing.Principal{}, failure(op, "", err)
	}
	return me.principal(sharing.UserPrincipal), nil
}

// meAsApplication is a service principal, which has no "me". It may not be allowed to read even itself, so its id is the
// token's.
func (d *Directory) meAsApplication(ctx context.Context, c claims) (sharing.Principal, error) {
	const op errs.Op = "microsoft.Me"
	me := object{ID: c.ObjectID, DisplayName: cmp.Or(c.AppName, c.AppID)}
	err := failure(op, errs.Item(c.ObjectID), d.graph.do(ctx, http.MethodGet, d.graph.address(query{"$select": selectSP}, "servicePrincipals", string(c.ObjectID)), nil, &me))
	if err != nil && !errs.Is(err, errs.Permission) {
		return sharing.Principal{}, err
	}
	return me.principal(sharing.ServicePrincipal), nil
}

func (d *Directory) claims(ctx context.Context) (claims, error) {
	token, err := d.credential().GetToken(ctx, policy.TokenRequestOptions{EnableCAE: true, Scopes: []string{d.graph.scope}})
	if err != nil {
		return claims{}, err
	}
	c, ok := readClaims(token.Token)
	if !ok || c.ObjectID == "" {
		return c, errs.E(errs.Unauthorized, "the token does not tell who is signed in")
	}
	return c, nil
}

// ServicePrincipal finds the one of an application by the application's id.
func (d *Directory) ServicePrincipal(ctx context.Context, appID string) (sharing.Principal, error) {
	const op errs.Op = "microsoft.ServicePrincipal"
	found, err := list[object](ctx, d.graph, d.graph.address(query{"$filter": "appId eq " + text(appID), "$select": selectSP}, "servicePrincipals"))
	if err != nil {
		return sharing.Principal{}, failure(op, errs.Item(appID), err)
	}
	if len(found) == 0 {
		return sharing.Principal{}, errs.E(op, errs.NotFound, errs.Item(appID), "the tenant has no service principal of this application")
	}
	return found[0].principal(sharing.ServicePrincipal), nil
}

// CreateServicePrincipal gives an application its service principal in the tenant. One that has it already is Exists.
func (d *Directory) CreateServicePrincipal(ctx context.Context, appID string) (sharing.Principal, error) {
	const op errs.Op = "microsoft.CreateServicePrincipal"
	var made object
	err := failure(op, errs.Item(appID), d.graph.do(onceUnlessThrottled(ctx, d.retry()), http.MethodPost, d.graph.address(nil, "servicePrincipals"), map[string]string{"appId": appID}, &made))
	if errs.Is(err, errs.Invalid) || errs.Is(err, errs.Conflict) {
		// Tenants answer 400 and 409, with codes that other mistakes have as well. What is there decides.
		if _, findErr := d.ServicePrincipal(ctx, appID); findErr == nil {
			return sharing.Principal{}, errs.E(op, errs.Exists, errs.Item(appID), err)
		}
	}
	if err != nil {
		return sharing.Principal{}, err
	}
	d.remember(made.ID)
	return made.principal(sharing.ServicePrincipal), nil
}

// DeleteServicePrincipal removes a service principal from the tenant.
func (d *Directory) DeleteServicePrincipal(ctx context.Context, id access.ObjectID) error {
	return failure("microsoft.DeleteServicePrincipal", errs.Item(id),
		d.graph.do(ctx, http.MethodDelete, d.graph.address(nil, "servicePrincipals", string(id)), nil, nil))
}

func (d *Directory) remember(id access.ObjectID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fresh[id] = true
}

// unheard says of which errors it may be the reason that the directory's replicas have not heard of an object of ours.
func (d *Directory) unheard(ids ...access.ObjectID) func(error) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, id := range ids {
		if d.fresh[id] {
			return func(err error) bool { return errs.Is(err, errs.NotFound) }
		}
	}
	return func(error) bool { return false }
}
