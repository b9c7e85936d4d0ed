package api

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
)

// Problem is the body of every answer that reports a failure: problem details of RFC 9457, with the facts of
// [errs.Error] as extension members.
//
//nolint:errname // RFC 9457 calls it a problem, and so does the description of the API
type Problem struct {
	Title  string `json:"title" doc:"The status in words"`
	Status int    `json:"status"`
	Detail string `json:"detail" doc:"What happened, to which item"`
	Kind   string `json:"kind" doc:"What sort of failure it is; programs decide by it" example:"not found"`
	Code   string `json:"code,omitempty" doc:"A stable detail of the kind"`
	Hint   string `json:"hint,omitempty" doc:"What to do next"`
	// Errors lists each thing that is wrong with what was sent.
	Errors []ProblemDetail `json:"errors,omitempty"`
	// Prerequisites are the outcomes of the check that stopped the creation of an environment.
	Prerequisites []insights.Prerequisite `json:"prerequisites,omitempty"`

	retryAfter string // seconds
}

// ProblemDetail is one thing that is wrong with a request.
type ProblemDetail struct {
	Location string `json:"location,omitempty" doc:"Where, such as sources[0].tables[1].format"`
	Message  string `json:"message"`
	Hint     string `json:"hint,omitempty"`
}

// Error returns the detail.
func (p *Problem) Error() string { return p.Detail }

// GetStatus returns the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType says that the body is a problem document.
func (*Problem) ContentType(string) string { return "application/problem+json" }

// statusClientClosedRequest answers a caller that is gone already; it is what proxies log for that.
const statusClientClosedRequest = 499

// statuses maps kinds to HTTP statuses; this is the only place that does. Unauthorized is an account's refusal of
// a key, not the API's refusal of a token, so it is a bad gateway.
var statuses = map[errs.Kind]int{
	errs.Other:        http.StatusInternalServerError,
	errs.NotFound:     http.StatusNotFound,
	errs.Exists:       http.StatusConflict,
	errs.Invalid:      http.StatusUnprocessableEntity,
	errs.Permission:   http.StatusForbidden,
	errs.Unauthorized: http.StatusBadGateway,
	errs.Precondition: http.StatusPreconditionFailed,
	errs.Conflict:     http.StatusConflict,
	errs.Unavailable:  http.StatusServiceUnavailable,
	errs.Canceled:     statusClientClosedRequest,
	errs.Corrupt:      http.StatusInternalServerError,
	errs.Internal:     http.StatusInternalServerError,
}

// newProblem makes the problem document of an error.
func newProblem(err error) *Problem {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p
	}
	kind := errs.KindOf(err)
	p := &Problem{
		Status: statuses[kind],
		Detail: err.Error(),
		Kind:   kind.String(),
		Code:   string(errs.CodeOf(err)),
		Hint:   string(errs.HintOf(err)),
	}
	p.Title = title(p.Status)
	// The hint has a member of its own.
	p.Detail = strings.TrimSuffix(p.Detail, " ("+p.Hint+")")
	if invalid, ok := errors.AsType[*insights.ProblemsError](err); ok {
		for _, one := range invalid.Problems {
			p.Errors = append(p.Errors, ProblemDetail{Location: one.Path, Message: one.Message, Hint: one.Hint})
		}
	}
	if stopped, ok := errors.AsType[*prerequisitesError](err); ok {
		p.Prerequisites = stopped.lines
	}
	return p
}

func title(status int) string {
	if status == statusClientClosedRequest {
		return "Client Closed Request"
	}
	return http.StatusText(status)
}

// prerequisitesError carries the outcomes of a check along with the error it ended in.
type prerequisitesError struct {
	lines []insights.Prerequisite
	err   error
}

func (e *prerequisitesError) Error() string { return e.err.Error() }
func (e *prerequisitesError) Unwrap() error { return e.err }

// withPrerequisites adds the outcomes to an error; nil stays nil.
func withPrerequisites(lines []insights.Prerequisite, err error) error {
	if err == nil || len(lines) == 0 {
		return err
	}
	return &prerequisitesError{lines, err}
}

// logProblem logs what an operator must look at: failures that are not the caller's.
func logProblem(ctx context.Context, log *slog.Logger, err error) {
	if p := newProblem(err); p.Status >= http.StatusInternalServerError {
		log.ErrorContext(ctx, "request failed", "error", err, "kind", p.Kind, "trail", errs.Trail(err))
	}
}

// write sends the problem document.
func (p *Problem) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", p.ContentType(""))
	w.Header().Set("Cache-Control", "no-store")
	if p.retryAfter != "" {
		w.Header().Set("Retry-After", p.retryAfter)
	}
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p)
}

// respond sends the problem document from a middleware.
func (p *Problem) respond(ctx huma.Context) {
	ctx.SetHeader("Content-Type", p.ContentType(""))
	ctx.SetStatus(p.Status)
	_ = json.NewEncoder(ctx.BodyWriter()).Encode(p)
}

// useProblems makes huma report what it finds itself, such as a body that does not fit its schema, as a [Problem]
// too. The setting is the library's only one and is the same for every API of the process.
var useProblems = sync.OnceFunc(func() {
	huma.NewError = func(status int, message string, causes ...error) huma.StatusError {
		p := &Problem{Title: title(status), Status: status, Detail: message, Kind: kindOfStatus(status).String()}
		for _, cause := range causes {
			if cause == nil {
				continue
			}
			detail := ProblemDetail{Message: cause.Error()}
			var located huma.ErrorDetailer
			if errors.As(cause, &located) {
				d := located.ErrorDetail()
				detail = ProblemDetail{Location: d.Location, Message: d.Message}
			}
			p.Errors = append(p.Errors, detail)
		}
		return p
	}
})

// kindOfStatus is the kind of a failure that names only its status.
func kindOfStatus(status int) errs.Kind {
	switch {
	case status == http.StatusUnauthorized:
		return errs.Unauthorized
	case status == http.StatusForbidden:
		return errs.Permission
	case status == http.StatusNotFound:
		return errs.NotFound
	case status == http.StatusPreconditionFailed:
		return errs.Precondition
	case status == http.StatusConflict:
		return errs.Conflict
	case status == http.StatusBadGateway || status == http.StatusServiceUnavailable || status == http.StatusGatewayTimeout:
		return errs.Unavailable
	case status >= http.StatusInternalServerError:
		return errs.Internal
	}
	return errs.Invalid
}
