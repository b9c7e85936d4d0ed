package resources

import (
	"cmp"
	"maps"
	"slices"

	"github.com/google/uuid"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
)

// Subscription is what resource groups belong to.
type Subscription struct {
	ID          string `json:"id"` // a GUID in lower case
	DisplayName string `json:"displayName"`
	// Providers are the namespaces of the resource providers that are registered, folded.
	Providers []string `json:"providers,omitempty"`
}

// Scope is the scope of everything in the subscription.
func (s Subscription) Scope() access.Scope { return access.Subscription(s.ID) }

// StorageNamespace is the resource provider of storage accounts. It is registered in every new subscription.
const StorageNamespace = "Microsoft.Storage"

// CreateSubscription makes a subscription whose owner is the principal. An empty id is one at random. A subscription
// of that id is Exists.
func (r *Resources) CreateSubscription(id, displayName string, owner access.ObjectID, kind PrincipalType) (Subscription, error) {
	const op errs.Op = "resources.CreateSubscription"
	if id == "" {
		id = uuid.NewString()
	}
	parsed, err := uuid.Parse(id)
	if err != nil {
		return Subscription{}, errs.E(op, errs.Invalid, errs.Item(id), "not the id of a subscription", errs.Hint("ids are GUIDs"))
	}
	s := Subscription{ID: parsed.String(), DisplayName: displayName, Providers: []string{fold(StorageNamespace)}}
	err = r.change(func(t *tx) error {
		if _, ok := t.subscriptions[s.ID]; ok {
			return errs.E(errs.Exists, errs.Item(s.ID), "the subscription exists already")
		}
		t.putSubscription(s)
		return r.assign(t, RoleAssignment{
			Name: uuid.NewString(), Scope: s.Scope(), Principal: owner, PrincipalType: kind, Role: access.Owner, CreatedBy: owner,
		})
	})
	return s, errs.Wrap(op, err)
}

// Subscription finds a subscription by its id.
func (r *Resources) Subscription(id string) (Subscription, error) {
	return r.view.Load().subscription(id)
}

func (v *view) subscription(id string) (Subscription, error) {
	s, ok := v.subscriptions[fold(id)]
	if !ok {
		return s, subscriptionNotFound(id)
	}
	return s, nil
}

// Subscriptions lists the subscriptions by name.
func (r *Resources) Subscriptions() []Subscription {
	return slices.SortedFunc(maps.Values(r.view.Load().subscriptions), func(a, b Subscription) int {
		return cmp.Or(cmp.Compare(a.DisplayName, b.DisplayName), cmp.Compare(a.ID, b.ID))
	})
}

// SetProvider registers a resource provider in a subscription, or takes that back.
func (r *Resources) SetProvider(subscription, namespace string, registered bool) error {
	err := r.change(func(t *tx) error {
		s, err := t.subscription(subscription)
		if err != nil {
			return err
		}
		s.Providers = slices.DeleteFunc(slices.Clone(s.Providers), func(p string) bool { return p == fold(namespace) })
		if registered {
			s.Providers = append(s.Providers, fold(namespace))
		}
		t.putSubscription(s)
		return nil
	})
	return errs.Wrap("resources.SetProvider", err)
}

// Registered reports whether a resource provider is registered in the subscription.
func (s Subscription) Registered(namespace string) bool {
	return slices.Contains(s.Providers, fold(namespace))
}

func (t *tx) putSubscription(s Subscription) {
	t.subscriptions[s.ID] = s
	t.put(subscriptionPrefix+s.ID, s)
}
