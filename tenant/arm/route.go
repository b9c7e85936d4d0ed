package arm

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/google/uuid"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// request is a request with what its path names.
type request struct {
	*http.Request
	caller  Caller
	held    []access.RoleAssignment // by the caller
	version string
	// used is the lake that the request uses until it ends; end ends that.
	used lake.Service
	end  func()
	// scope is the place that the caller needs a right at.
	scope access.Scope
	// subscription, group, account, container and name are the path's, in the case in which they were sent.
	subscription, group, account, container, name string
}

func (req *request) done() {
	if req.end != nil {
		req.end()
	}
}

// operation is a line of the table of routes.
type operation struct {
	method, pattern string
	// action is what the caller needs at the request's scope.
	action access.Action
	rule   rule
	serve  func(*handler, *request) (answer, error)
	parts  []string // of the pattern
}

// rule says how an action is looked at.
type rule uint8

const (
	must     rule = iota // the caller holds the action at the scope
	filtered             // the caller has some right in the subscription; the operation shows what the caller may see
	anybody              // whoever is known
)

const (
	scopeParameter = "{scope}"
	authorization  = "Microsoft.Authorization"
)

// splitPath decodes the segments of a path. Empty ones are passed over: clients write a scope, which begins with a
// slash, behind one.
func splitPath(escaped string) ([]string, error) {
	if len(escaped) > 4096 {
		return nil, invalid("InvalidRequestUri", "The request's path is too long.")
	}
	var segments []string
	for part := range strings.SplitSeq(escaped, "/") {
		if part == "" {
			continue
		}
		s, err := url.PathUnescape(part)
		if err != nil || s == "." || s == ".." || strings.ContainsAny(s, "/\\\x00") {
			return nil, invalid("InvalidRequestUri", "The request's path is not that of a resource.")
		}
		segments = append(segments, s)
	}
	return segments, nil
}

// route finds the operation of a request and reads what the path names.
func route(req *request, segments []string) (operation, error) {
	scope, rest, isExtension := splitScope(segments)
	otherMethod := false
	for _, op := range routes {
		parts := op.parts
		of := segments
		if parts[0] == scopeParameter {
			if !isExtension {
				continue
			}
			parts, of = parts[1:], rest
		}
		named, ok := matchParts(parts, of)
		if !ok {
			continue
		}
		if op.method != req.Method {
			otherMethod = true
			continue
		}
		return op, req.place(named, scope, op.parts[0] == scopeParameter)
	}
	if otherMethod {
		return operation{}, errs.E(errs.Invalid, codeMethodNotAllowed, fmt.Sprintf("The resource does not support the method %s.", req.Method))
	}
	return operation{}, noSuchType(segments)
}

// splitScope takes a path of an extension resource, such as a role assignment, apart: what it extends, and the rest.
func splitScope(segments []string) (scope, rest []string, ok bool) {
	for i := len(segments) - 2; i >= 0; i-- {
		if strings.EqualFold(segments[i], "providers") && strings.EqualFold(segments[i+1], authorization) {
			return segments[:i], segments[i:], true
		}
	}
	return nil, nil, false
}

// matchParts compares a path with a pattern, whose parts in braces stand for names.
func matchParts(pattern, segments []string) (named map[string]string, ok bool) {
	if len(pattern) != len(segments) {
		return nil, false
	}
	named = map[string]string{}
	for i, p := range pattern {
		if strings.HasPrefix(p, "{") {
			named[p] = segments[i]
		} else if !strings.EqualFold(p, segments[i]) {
			return nil, false
		}
	}
	return named, true
}

// place reads what the path names, and the scope that it makes.
func (req *request) place(named map[string]string, scope []string, isExtension bool) error {
	req.subscription, req.group, req.account = named["{subscription}"], named["{group}"], named["{account}"]
	req.container, req.name = named["{container}"], named["{name}"]
	if isExtension {
		s, err := access.ParseScope("/" + strings.Join(scope, "/"))
		if err != nil {
			return invalid("InvalidScope", "The scope '/%s' is not that of a subscription, a resource group, a storage account or a container.",
				strings.Join(scope, "/"))
		}
		req.scope = s
		if len(scope) > 1 {
			req.subscription = scope[1]
		}
		return req.checkSubscription()
	}
	req.scope = access.RootScope
	if req.subscription == "" {
		return nil
	}
	req.scope = access.Subscription(req.subscription)
	if req.group != "" {
		req.scope = req.scope.ResourceGroup(req.group)
	}
	if req.account != "" {
		req.scope = req.scope.Account(req.account)
	}
	if req.container != "" {
		req.scope = req.scope.Container(req.container)
	}
	return req.checkSubscription()
}

func (req *request) checkSubscription() error {
	if req.subscription == "" {
		return nil
	}
	if _, err := uuid.Parse(req.subscription); err != nil || len(req.subscription) != 36 {
		return invalid(codeInvalidSubscription, "The provided subscription identifier '%s' is malformed or invalid.", req.subscription)
	}
	return nil
}

// noSuchType is the error of a path that is no operation's.
func noSuchType(segments []string) error {
	for i, s := range segments {
		if !strings.EqualFold(s, "providers") || i+1 >= len(segments) {
			continue
		}
		namespace := segments[i+1]
		if !strings.EqualFold(namespace, "Microsoft.Storage") && !strings.EqualFold(namespace, authorization) {
			return errs.E(errs.NotFound, codeInvalidNamespace, fmt.Sprintf("The resource namespace '%s' is invalid.", namespace))
		}
		kind := ""
		if i+2 < len(segments) {
			kind = segments[i+2]
		}
		return errs.E(errs.NotFound, codeInvalidResourceType, fmt.Sprintf("The resource type '%s' could not be found in the namespace '%s'.", kind, namespace))
	}
	return errs.E(errs.NotFound, codeNotFound, "The request is for no resource that is served here.")
}

// decode reads a request's JSON. An empty body is as "{}".
func (req *request) decode(into any) error {
	text, err := io.ReadAll(req.Body)
	if err != nil {
		return errs.E(errs.Invalid, codeInvalidContent, err)
	}
	if len(strings.TrimSpace(string(text))) == 0 {
		return nil
	}
	if err := json.Unmarshal(text, into); err != nil {
		return invalid(codeInvalidContent, "The request content was invalid and could not be deserialized: '%s'.", err)
	}
	return nil
}
