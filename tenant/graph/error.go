package graph

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/tenant/directory"
	"github.com/ownlake/ownlake/tenant/entra"
)

// Codes of Graph's errors ("Microsoft Graph error responses and resource types").
const (
	codeBadRequest       errs.Code = "BadRequest"
	codeRequest          errs.Code = "Request_BadRequest"
	codeUnsupportedQuery errs.Code = "Request_UnsupportedQuery"
	codeNotFound         errs.Code = "Request_ResourceNotFound"
	codeDenied           errs.Code = "Authorization_RequestDenied"
	codeService          errs.Code = "Service_ServiceUnavailable"
)

// errorBody is Graph's form of an error.
type errorBody struct {
	Error struct {
		Code       errs.Code  `json:"code"`
		Message    string     `json:"message"`
		InnerError innerError `json:"innerError"`
	} `json:"error"`
}

type innerError struct {
	Date            string `json:"date"`
	RequestID       string `json:"request-id"`
	ClientRequestID string `json:"client-request-id"`
}

// refuse answers with an error in Graph's form. It is the one place where kinds become statuses.
func (s *service) refuse(w http.ResponseWriter, r *http.Request, err error) {
	status, code := statusOf(err)
	var b errorBody
	b.Error.Code, b.Error.Message = code, message(err)
	b.Error.InnerError = innerError{
		Date: s.clock().UTC().Format("2006-01-02T15:04:05"), RequestID: w.Header().Get("request-id"), ClientRequestID: w.Header().Get("client-request-id"),
	}
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="", authorization_uri="`+strings.TrimSuffix(s.base, prefix)+`/common/oauth2/authorize"`)
	}
	if status == http.StatusInternalServerError {
		s.logger.ErrorContext(r.Context(), "the directory cannot answer", "path", r.URL.Path, "error", err)
		b.Error.Message = "The service failed. Try again later."
	}
	writeJSON(w, status, b)
}

// message is what happened and what to do, without the trail of operations.
func message(err error) string {
	text := err.Error()
	if text == "" {
		return "The request failed."
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

func statusOf(err error) (int, errs.Code) {
	code := errs.CodeOf(err)
	switch errs.KindOf(err) {
	case errs.Unauthorized:
		if code == directory.CodeCredentials {
			return http.StatusBadRequest, codeRequest
		}
		return http.StatusUnauthorized, entra.CodeInvalidToken
	case errs.Permission:
		return http.StatusForbidden, codeDenied
	case errs.NotFound:
		return http.StatusNotFound, either(code, codeNotFound)
	case errs.Invalid, errs.Exists, errs.Conflict, errs.Precondition:
		switch code {
		case codeBadRequest, codeUnsupportedQuery:
			return http.StatusBadRequest, code
		}
		return http.StatusBadRequest, codeRequest
	case errs.Unavailable, errs.Canceled:
		return http.StatusServiceUnavailable, codeService
	default:
		return http.StatusInternalServerError, "InternalServerError"
	}
}

func either(code, other errs.Code) errs.Code {
	if code == codeBadRequest {
		return code
	}
	return other
}

func badRequest(text string) error { return errs.E(errs.Invalid, codeRequest, text) }

// unknownAddress is what Graph answers where it has nothing.
func (r *request) unknownAddress() error {
	last := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	return errs.E(errs.Invalid, codeBadRequest, "Resource not found for the segment '"+shown(last)+"'.",
		errs.Hint("the tenant in the box answers a part of Graph: docs/guide/tenant.md lists it"))
}

// shown is a client's text as an error repeats it: short, and without control characters.
func shown(text string) string {
	const limit = 128
	if len(text) > limit {
		text = text[:limit] + "..."
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0xfffd {
			return '?'
		}
		return r
	}, text)
}

func (a *answer) write(w http.ResponseWriter) {
	if a.location != "" {
		w.Header().Set("Location", a.location)
	}
	w.Header().Set("OData-Version", "4.0")
	if a.body == nil {
		w.WriteHeader(a.status)
		return
	}
	writeJSON(w, a.status, a.body)
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(text) // a client that has gone asks again
}

// decode reads the body of a request. Properties that it does not know are passed over.
func (r *request) decode(into any) error {
	d := json.NewDecoder(r.Body)
	if err := d.Decode(into); err != nil {
		return errs.E(errs.Invalid, codeBadRequest, "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.")
	}
	return nil
}

func date(t time.Time) string { return t.UTC().Format(time.RFC3339) }
