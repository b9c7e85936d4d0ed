package arm

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
)

// authenticate tells who is calling.
func (h *handler) authenticate(r *http.Request) (Caller, error) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return Caller{}, errs.E(errs.Unauthorized, codeNoToken, "Authentication failed. The 'Authorization' header is missing.")
	}
	c, err := h.Authenticate(r.Context(), strings.TrimSpace(token))
	if err == nil && c.ID == "" {
		err = errs.E(errs.Internal, "the token was verified and is nobody's")
	}
	return c, err
}

// challenge tells a client where tokens come from.
func (h *handler) challenge(_ *http.Request, code errs.Code) string {
	text := fmt.Sprintf(`Bearer authorization_uri="%s/%s"`, h.Cloud.Login, h.Tenant.ID)
	if code == codeNoToken {
		return text
	}
	return text + `, error="invalid_token", error_description="The access token is invalid."`
}

// authorize checks that the caller may.
func (h *handler) authorize(req *request, op operation) error {
	if req.subscription != "" {
		if _, err := h.Resources.Subscription(req.subscription); err != nil {
			return err
		}
	}
	switch op.rule {
	case anybody:
		return nil
	case filtered:
		if req.inside(access.Subscription(req.subscription)) {
			return nil
		}
	case must:
	}
	if req.may(op.action, req.scope) {
		return nil
	}
	return req.refused(op.action)
}

// may reports whether the caller holds an action at a scope.
func (req *request) may(a access.Action, at access.Scope) bool {
	_, held := req.caller.Holds(req.held, a, at)
	return held
}

// inside reports whether the caller has some right in a subscription, be it at one container.
func (req *request) inside(subscription access.Scope) bool {
	for _, a := range req.held {
		if subscription.Contains(a.Scope) || a.Scope.Contains(subscription) {
			return true
		}
	}
	return false
}

func (req *request) refused(a access.Action) error {
	return errs.E(errs.Permission, codeAuthorizationFailed, fmt.Sprintf(
		"The client '%s' with object id '%s' does not have authorization to perform action '%s' over scope '%s' or the scope is invalid. "+
			"If access was recently granted, please refresh your credentials.", req.caller.Name, req.caller.ID, a, req.scope))
}
