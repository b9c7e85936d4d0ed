package odata

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/ownlake/ownlake/errs"
)

// CodeNotImplemented marks what the protocol has and this service has not (P 9.3.1).
const CodeNotImplemented errs.Code = "NotImplemented"

func invalid(format string, args ...any) error {
	return errs.E(errs.Invalid, errs.Code("BadRequest"), fmt.Errorf(format, args...))
}

func unimplemented(format string, args ...any) error {
	return errs.E(errs.Invalid, CodeNotImplemented, fmt.Errorf(format, args...))
}

func notFound(format string, args ...any) error {
	return errs.E(errs.NotFound, errs.Code("NotFound"), fmt.Errorf(format, args...))
}

// statuses are those of kinds; others are 500.
var statuses = map[errs.Kind]int{
	errs.NotFound: http.StatusNotFound, errs.Invalid: http.StatusBadRequest, errs.Permission: http.StatusForbidden,
	errs.Unauthorized: http.StatusUnauthorized, errs.Precondition: http.StatusPreconditionFailed, errs.Conflict: http.StatusConflict,
	errs.Unavailable: http.StatusServiceUnavailable, errs.Canceled: 499,
}

// Fail writes the protocol's error (JSON Format 4.01, section 21.1), with the status of the error's kind and its code. Of
// kinds that say nothing to a caller the text stays here.
func Fail(w http.ResponseWriter, err error) {
	status, ok := statuses[errs.KindOf(err)]
	if !ok {
		status = http.StatusInternalServerError
	}
	var s statusError
	switch {
	case errors.As(err, &s):
		status = s.status
	case errs.CodeOf(err) == CodeNotImplemented:
		status = http.StatusNotImplemented
	}
	code, text := string(errs.CodeOf(err)), err.Error()
	if code == "" {
		code = http.StatusText(status)
	}
	if status == http.StatusInternalServerError {
		text = "the request failed by a defect of the service"
	}
	h := w.Header()
	h.Set("OData-Version", version)
	h.Set("Content-Type", contentJSON+";charset=utf-8")
	h.Del("ETag")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]string{"code": code, "message": text}})
}

// statusError has a status that its kind does not have.
type statusError struct {
	status int
	error
}

func (e statusError) Unwrap() error { return e.error }
