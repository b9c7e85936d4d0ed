package arm

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/ownlake/ownlake/errs"
)

// answer is what a request is answered with. A nil body is none.
type answer struct {
	status int
	body   any
	header map[string]string
}

func ok(body any) (answer, error) { return answer{status: http.StatusOK, body: body}, nil }

// listOf is the form of all lists.
func listOf[T any](values []T) map[string][]T {
	if values == nil {
		values = []T{}
	}
	return map[string][]T{"value": values}
}

func (a answer) write(w http.ResponseWriter, r *http.Request) {
	for name, value := range a.header {
		w.Header().Set(name, value)
	}
	if a.body == nil {
		w.WriteHeader(a.status)
		return
	}
	text, err := json.Marshal(a.body)
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(a.status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(text)
	}
}

type errorBody struct {
	Error errorDetail `json:"error"`
}

type errorDetail struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// statuses are what kinds are on the wire, where a code does not say otherwise.
var statuses = map[errs.Kind]int{
	errs.NotFound: http.StatusNotFound, errs.Exists: http.StatusConflict, errs.Invalid: http.StatusBadRequest,
	errs.Permission: http.StatusForbidden, errs.Unauthorized: http.StatusUnauthorized, errs.Precondition: http.StatusPreconditionFailed,
	errs.Conflict: http.StatusConflict, errs.Unavailable: http.StatusServiceUnavailable,
}

// defaultCodes are for errors without one.
var defaultCodes = map[errs.Kind]errs.Code{
	errs.NotFound: codeNotFound, errs.Exists: "Conflict", errs.Invalid: "BadRequest", errs.Permission: codeAuthorizationFailed,
	errs.Unauthorized: codeInvalidToken, errs.Precondition: "PreconditionFailed", errs.Conflict: "Conflict", errs.Unavailable: "ServiceUnavailable",
}

// failure turns an error into the answer that Resource Manager gives. Of what is our own fault it says nothing.
func (h *handler) failure(r *http.Request, err error) answer {
	if _, tooLong := errors.AsType[*http.MaxBytesError](err); tooLong {
		err = errs.E(errs.Invalid, errs.Code("RequestContentTooLarge"), fmt.Sprintf("The request content is larger than %d bytes.", maxBody))
	}
	kind := errs.KindOf(err)
	status, known := statuses[kind]
	if !known {
		return answer{status: http.StatusInternalServerError, body: errorBody{errorDetail{"InternalServerError", "The server met an error that is not the request's."}}}
	}
	code := errs.CodeOf(err)
	if code == "" {
		code = defaultCodes[kind]
	}
	switch code {
	case codeMethodNotAllowed:
		status = http.StatusMethodNotAllowed
	case "RequestContentTooLarge":
		status = http.StatusRequestEntityTooLarge
	}
	a := answer{status: status, body: errorBody{errorDetail{string(code), message(err)}}}
	if status == http.StatusUnauthorized {
		a.header = map[string]string{"WWW-Authenticate": h.challenge(r, code)}
	}
	return a
}

// message is the innermost message, which is the one for clients.
func message(err error) string {
	for e := (*errs.Error)(nil); errors.As(err, &e) && e.Err != nil; {
		err = e.Err
	}
	return err.Error()
}
