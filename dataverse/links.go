package dataverse

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/sharing"
)

// Environments are what links are of. insights/catalog implements it.
type Environments interface {
	Get(ctx context.Context, id insights.EnvironmentID) (insights.Environment, error)
	List(ctx context.Context) ([]insights.Environment, error)
	// Store returns the account of an environment, limited to the environment's folder.
	Store(ctx context.Context, env insights.Environment) (lake.Store, error)
}

// Options are what links are made of. All are required.
type Options struct {
	FS           vfs.FS
	Dir          string // of the registry; made when it is first written
	Environments Environments
	// CheckShared looks at what takes the rights of a person, who is signed in ([sharing.CheckLink]).
	CheckShared func(ctx context.Context, person insights.SignInID, account access.Scope, i sharing.Identifier) ([]sharing.Finding, error)
	Clock       func() time.Time
}

// Links are the organisations that are linked with environments. It is safe for concurrent use; one process at a time may
// change them.
type Links struct {
	o        Options
	registry registry
	mu       sync.Mutex // held while the registry is changed
}

// NewLinks returns the links of a folder. It reads nothing yet.
func NewLinks(o Options) *Links { return &Links{o: o, registry: registry{o.FS, o.Dir}} }

// Registered returns what the registry in a folder holds, for processes that only read it.
func Registered(fs vfs.FS, dir string) ([]insights.DataverseLink, error) {
	list, err := registry{fs, dir}.read()
	return list, errs.Wrap("dataverse.Registered", err)
}

// List returns every organisation that is bound, also those of environments that are deleted.
func (l *Links) List(ctx context.Context) ([]insights.DataverseLink, error) {
	const op errs.Op = "dataverse.List"
	list, err := l.registry.read()
	if err != nil || len(list) == 0 {
		return list, errs.Wrap(op, err)
	}
	environments, err := l.o.Environments.List(ctx)
	if err != nil {
		return nil, errs.E(op, err)
	}
	for i := range list {
		list[i].EnvironmentDeleted = !slices.ContainsFunc(environments, func(e insights.Environment) bool { return e.ID == list[i].Environment })
	}
	return list, nil
}

// Get returns the link of an environment; NotFound if it has none.
func (l *Links) Get(ctx context.Context, id insights.EnvironmentID) (insights.DataverseLink, error) {
	const op errs.Op = "dataverse.Get"
	if _, err := l.o.Environments.Get(ctx, id); err != nil {
		return insights.DataverseLink{}, errs.E(op, err)
	}
	list, err := l.registry.read()
	if err != nil {
		return insights.DataverseLink{}, errs.E(op, err)
	}
	if i := slices.IndexFunc(list, func(k insights.DataverseLink) bool { return k.Environment == id }); i >= 0 {
		return list[i], nil
	}
	return insights.DataverseLink{}, errs.E(op, errs.NotFound, errs.Item(id), "the environment is not linked with Dataverse",
		errs.Hint("link it: ownlake env dataverse link"))
}

// Check asks everything that must be so for a link, and changes nothing. What takes the rights of a signed-in person is Unknown
// where nobody is. The error is Invalid for a request that is wrong by itself.
func (l *Links) Check(ctx context.Context, id insights.EnvironmentID, q insights.DataverseRequest) ([]insights.Prerequisite, error) {
	const op errs.Op = "dataverse.Check"
	k, err := l.newCheck(ctx, id, q)
	if err != nil {
		return nil, errs.E(op, err)
	}
	list, err := l.registry.read()
	if err == nil {
		err = k.run(ctx, list)
	}
	if err == nil && q.DataSharing && k.failed() == nil {
		err = k.askPerson(ctx, l.o)
	}
	return k.lines, errs.Wrap(op, err)
}

// Link checks, and links if nothing failed: the error is Precondition otherwise. With data sharing somebody must be signed in. The same organisation and environment again
// change the sharing.
func (l *Links) Link(ctx context.Context, id insights.EnvironmentID, q insights.DataverseRequest) (insights.DataverseLink, []insights.Prerequisite, error) {
	const op errs.Op = "dataverse.Link"
	k, err := l.newCheck(ctx, id, q)
	if err != nil {
		return insights.DataverseLink{}, nil, errs.E(op, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	list, err := l.registry.read()
	if err == nil {
		err = k.run(ctx, list)
	}
	if err == nil && q.DataSharing && k.failed() == nil {
		err = k.askPerson(ctx, l.o)
	}
	if err == nil {
		err = k.failed()
	}
	if err == nil && q.DataSharing && q.SignIn == "" {
		err = errs.E(errs.Precondition, "nobody is signed in to the cloud who may share the lake", errs.Hint("sign in, and link as that person"))
	}
	if err != nil {
		return insights.DataverseLink{}, k.lines, errs.E(op, err)
	}
	link := insights.DataverseLink{
		DataverseStep: k.request.DataverseStep, Environment: id, EnvironmentName: k.env.Name, Account: k.account.Name, Endpoint: k.env.Storage.Endpoint,
		LinkedAt: l.o.Clock().UTC().Truncate(time.Second),
	}
	list = slices.DeleteFunc(list, func(other insights.DataverseLink) bool { return other.Organization.URL == link.Organization.URL })
	list = append(list, link)
	slices.SortFunc(list, func(a, b insights.DataverseLink) int { return strings.Compare(a.Organization.URL, b.Organization.URL) })
	if err := l.registry.write(list); err != nil {
		return insights.DataverseLink{}, k.lines, errs.E(op, err)
	}
	return link, k.lines, nil
}

// Detach frees an organisation, named by its address, its host or its id: it can then be linked anew, also with another
// account. What is shared in the lake stays shared; share undo takes that back. NotFound if it is not bound.
func (l *Links) Detach(_ context.Context, organization string) (insights.DataverseLink, error) {
	const op errs.Op = "dataverse.Detach"
	l.mu.Lock()
	defer l.mu.Unlock()
	list, err := l.registry.read()
	if err != nil {
		return insights.DataverseLink{}, errs.E(op, err)
	}
	i := slices.IndexFunc(list, func(k insights.DataverseLink) bool { return isNamed(k.Organization, organization) })
	if i < 0 {
		return insights.DataverseLink{}, errs.E(op, errs.NotFound, errs.Item(organization), "no such organisation is linked",
			errs.Hint("ownlake env dataverse list shows those that are"))
	}
	detached := list[i]
	return detached, errs.Wrap(op, l.registry.write(slices.Delete(list, i, i+1)))
}

func isNamed(o insights.Organization, text string) bool {
	text = strings.ToLower(strings.TrimSuffix(text, "/"))
	return text == o.URL || "https://"+text == o.URL || text == o.ID
}
