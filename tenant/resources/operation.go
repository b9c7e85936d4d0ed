package resources

import (
	"time"

	"github.com/google/uuid"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
)

// Operation is a change that was accepted and whose outcome is asked for later.
type Operation struct {
	ID           string `json:"id"`
	Subscription string `json:"subscription"`
	// Target is the scope of what is made; "" for what is removed.
	Target  access.Scope    `json:"target,omitempty"`
	By      access.ObjectID `json:"by"`
	Created time.Time       `json:"created"`
}

// operationsKept is how long the outcome of an operation can be asked for.
const operationsKept = 24 * time.Hour

// PutOperation remembers an operation under an id of its own, and forgets those of long ago.
func (r *Resources) PutOperation(o Operation) (Operation, error) {
	o.ID, o.Created = uuid.NewString(), r.options.Clock().UTC()
	err := r.change(func(t *tx) error {
		for id, old := range t.operations {
			if old.Created.Before(o.Created.Add(-operationsKept)) {
				delete(t.operations, id)
				t.remove(operationPrefix + id)
			}
		}
		t.operations[o.ID] = o
		t.put(operationPrefix+o.ID, o)
		return nil
	})
	return o, errs.Wrap("resources.PutOperation", err)
}

// Operation finds an operation of a subscription.
func (r *Resources) Operation(subscription, id string) (Operation, error) {
	o, ok := r.view.Load().operations[fold(id)]
	if !ok || fold(subscription) != o.Subscription {
		return o, errs.E(errs.NotFound, errs.Code("OperationNotFound"), "The operation '"+id+"' is not found.")
	}
	return o, nil
}
