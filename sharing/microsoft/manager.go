package microsoft

import (
	"context"
	"net/http"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/storage/armstorage"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/sharing"
)

// Manager is Azure Resource Manager. It is safe for concurrent use.
type Manager struct {
	Options
	arm *arm.ClientOptions
}

var _ sharing.Manager = (*Manager)(nil)

// NewManager returns the Resource Manager of the cloud. It asks nothing yet.
func NewManager(o Options) *Manager {
	return &Manager{Options: o, arm: &arm.ClientOptions{ClientOptions: o.client(), DisableRPRegistration: true}}
}

// place is what a scope names.
type place struct{ subscription, group, account, container string }

// placeOf takes a scope of a level apart.
func placeOf(s access.Scope, level string) (place, error) {
	parsed, err := access.ParseScope(string(s))
	if err != nil {
		return place{}, err
	}
	if parsed.Level() != level {
		return place{}, errs.E(errs.Invalid, errs.Item(s), "not the resource id of "+level+"s", errs.Hint("give the resource id of the "+level))
	}
	p := place{}
	parts := strings.Split(string(parsed), "/")
	for i, at := range map[int]*string{2: &p.subscription, 4: &p.group, 8: &p.account, 12: &p.container} {
		if i < len(parts) {
			*at = parts[i]
		}
	}
	return p, nil
}

// Account describes the storage account with a resource id.
func (m *Manager) Account(ctx context.Context, account access.Scope) (sharing.Account, error) {
	a, err := m.StorageAccount(ctx, account)
	if err != nil {
		return sharing.Account{}, errs.E(errs.Op("microsoft.Account"), err)
	}
	// Private endpoints do not close an account by themselves: those who use them alone switch public access off. The bypass
	// for Azure services is for a list of them that Dataverse is not on ("Configure Azure Storage firewalls", trusted services).
	return sharing.Account{
		Name: a.Name, Location: string(a.Region), HierarchicalNamespace: a.HierarchicalNamespace, DFS: a.Endpoint, Reachable: a.Network.Open(),
		SharedKeys: a.KeyAccess,
	}, nil
}

// Container reports whether a container is open to everybody.
func (m *Manager) Container(ctx context.Context, container access.Scope) (public bool, err error) {
	const op errs.Op = "microsoft.Container"
	c, p, err := m.containers(container)
	if err != nil {
		return false, failure(op, errs.Item(container), err)
	}
	got, err := c.Get(ctx, p.group, p.account, p.container, nil)
	if err != nil {
		return false, failure(op, errs.Item(container), err)
	}
	if got.ContainerProperties == nil {
		return false, nil
	}
	level := value(got.ContainerProperties.PublicAccess)
	return level != "" && level != armstorage.PublicAccessNone, nil
}

func (m *Manager) containers(container access.Scope) (*armstorage.BlobContainersClient, place, error) {
	p, err := placeOf(container, "container")
	if err != nil {
		return nil, p, err
	}
	c, err := armstorage.NewBlobContainersClient(p.subscription, m.credential(), m.arm)
	return c, p, err
}

// CreateContainer makes a private container. One that is there is Exists, and stays as it is.
func (m *Manager) CreateContainer(ctx context.Context, container access.Scope) error {
	const op errs.Op = "microsoft.CreateContainer"
	exists := errs.E(op, errs.Exists, errs.Item(container), "the container exists already")
	// The request changes a container that is there. So it is not made where there is one.
	if _, err := m.Container(ctx, container); err == nil {
		return exists
	} else if !errs.Is(err, errs.NotFound) {
		return errs.Wrap(op, err)
	}
	c, p, err := m.containers(container)
	if err != nil {
		return failure(op, errs.Item(container), err)
	}
	var raw *http.Response
	_, err = c.Create(policy.WithCaptureResponse(ctx, &raw), p.group, p.account, p.container, armstorage.BlobContainer{
		ContainerProperties: &armstorage.ContainerProperties{PublicAccess: new(armstorage.PublicAccessNone)},
	}, nil)
	if err != nil {
		return failure(op, errs.Item(container), err)
	}
	if raw.StatusCode == http.StatusOK {
		return exists
	}
	return nil
}

// DeleteContainer removes a container with all that it holds.
func (m *Manager) DeleteContainer(ctx context.Context, container access.Scope) error {
	const op errs.Op = "microsoft.DeleteContainer"
	c, p, err := m.containers(container)
	if err != nil {
		return failure(op, errs.Item(container), err)
	}
	var raw *http.Response
	_, err = c.Delete(policy.WithCaptureResponse(ctx, &raw), p.group, p.account, p.container, nil)
	return gone(op, errs.Item(container), raw, err)
}

// gone is the error of a removal. Resource Manager answers "no content" where there was nothing to remove.
func gone(op errs.Op, item errs.Item, raw *http.Response, err error) error {
	if err == nil && raw.StatusCode == http.StatusNoContent {
		return errs.E(op, errs.NotFound, item, "it is not there")
	}
	return failure(op, item, err)
}
