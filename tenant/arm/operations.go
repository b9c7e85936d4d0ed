package arm

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/tenant/resources"
)

// retryAfter is how many seconds a client waits before it asks for the outcome of what was accepted.
const retryAfter = 1

// accepted answers a change that Resource Manager makes while the client waits for it: 202, and where to ask. Here it
// is made already. under is the part of the address between the subscription and the operation's id.
func (h *handler) accepted(req *request, target access.Scope, under string) (answer, error) {
	o, err := h.Resources.PutOperation(resources.Operation{
		Subscription: strings.ToLower(req.subscription), Target: target, By: req.caller.ID,
	})
	if err != nil {
		return answer{}, err
	}
	location := h.base(req) + "/subscriptions/" + req.subscription + under + o.ID + "?monitor=true&api-version=" + req.version
	return answer{status: http.StatusAccepted, header: map[string]string{
		"Location": location, "Retry-After": strconv.Itoa(retryAfter),
	}}, nil
}

// base is the address under which the client reached this server.
func (h *handler) base(req *request) string {
	scheme := "http"
	if req.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + req.Host
}

// getOperation tells the outcome of an operation to whoever asked for it.
func (h *handler) getOperation(req *request) (answer, error) {
	o, err := h.Resources.Operation(req.subscription, req.name)
	if err == nil && !req.caller.Is(o.By) {
		err = errs.E(errs.NotFound, errs.Code("OperationNotFound"), "The operation '"+req.name+"' is not found.")
	}
	if err != nil {
		return answer{}, err
	}
	if o.Target == "" {
		return answer{status: http.StatusOK}, nil
	}
	parts := strings.Split(string(o.Target), "/")
	a, err := h.Resources.Account(parts[2], parts[4], parts[8])
	if err != nil {
		return answer{}, err
	}
	return ok(h.accountBody(a))
}
