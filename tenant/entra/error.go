package entra

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"
)

// failure is an error as the endpoints answer it: OAuth's code, and Entra's number and text, which libraries read
// ("Microsoft Entra authentication and authorization error codes").
type failure struct {
	status   int // 400 where it is 0
	oauth    string
	number   int
	text     string
	suberror string
	// retryAfter asks a client to wait.
	retryAfter time.Duration
}

// Error makes a failure an error. Nobody but the edge reads it.
func (f *failure) Error() string { return fmt.Sprintf("AADSTS%d: %s", f.number, f.text) }

// OAuth's error codes (RFC 6749, section 5.2; RFC 8628, section 3.5).
const (
	invalidRequest       = "invalid_request"
	invalidClient        = "invalid_client"
	invalidGrant         = "invalid_grant"
	invalidScope         = "invalid_scope"
	invalidResource      = "invalid_resource"
	unauthorizedClient   = "unauthorized_client"
	unsupportedGrantType = "unsupported_grant_type"
	interactionRequired  = "interaction_required"
)

func fail(oauth string, number int, format string, args ...any) *failure {
	f := &failure{oauth: oauth, number: number, text: fmt.Sprintf(format, args...)}
	if oauth == invalidClient {
		f.status = http.StatusUnauthorized
	}
	return f
}

func missingParameter(name string) *failure {
	return fail(invalidRequest, 900144, "The request body must contain the following parameter: '%s'.", name)
}

// errorBody is the JSON of a failure.
type errorBody struct {
	Error         string `json:"error"`
	Description   string `json:"error_description"`
	Codes         []int  `json:"error_codes"`
	Timestamp     string `json:"timestamp"`
	TraceID       string `json:"trace_id"`
	CorrelationID string `json:"correlation_id"`
	URI           string `json:"error_uri,omitempty"`
	Suberror      string `json:"suberror,omitempty"`
}

func (s *Service) errorBody(r *http.Request, f *failure) errorBody {
	b := errorBody{
		Error: f.oauth, Codes: []int{f.number}, Timestamp: s.clock().UTC().Format("2006-01-02 15:04:05Z"), Suberror: f.suberror,
		TraceID: uuid.NewString(), CorrelationID: correlationID(r), URI: s.base + "/error?code=" + strconv.Itoa(f.number),
	}
	b.Description = fmt.Sprintf("%s Trace ID: %s Correlation ID: %s Timestamp: %s", f.Error(), b.TraceID, b.CorrelationID, b.Timestamp)
	return b
}

// correlationID is the client's own, if it is one.
func correlationID(r *http.Request) string {
	for _, id := range []string{r.Header.Get("client-request-id"), r.URL.Query().Get("client-request-id")} {
		if parsed, err := uuid.Parse(id); err == nil {
			return parsed.String()
		}
	}
	return uuid.NewString()
}

// refuse answers with a failure.
func (s *Service) refuse(w http.ResponseWriter, r *http.Request, f *failure) {
	status := f.status
	if status == 0 {
		status = http.StatusBadRequest
	}
	if f.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(f.retryAfter/time.Second)+1))
	}
	writeJSON(w, status, s.errorBody(r, f))
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(text) // a client that has gone asks again
}
