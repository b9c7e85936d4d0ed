package api

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/ownlake/ownlake/api/idempotency"
	"github.com/ownlake/ownlake/errs"
)

// IdempotencyHeader is the key by which a request that creates something can be sent again without doing it twice.
const IdempotencyHeader = "Idempotency-Key"

const (
	maxKey = 200
	// maxAsked bounds what is compared, maxAnswer what is kept.
	maxAsked  = maxDefinitions
	maxAnswer = 1 << 20
)

// replayed are the headers that an answer has again.
var replayed = []string{"Content-Type", "Location", "Etag"}

// once answers a request whose key was used before as it was answered then.
func (o Options) once(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key := r.Header.Get(IdempotencyHeader)
		caller := requestOf(r.Context()).caller
		if key == "" || r.Method != http.MethodPost || o.Answers == nil || !caller.known() {
			next.ServeHTTP(w, r)
			return
		}
		if len(key) > maxKey {
			newProblem(errs.E(errs.Invalid, errs.Item(IdempotencyHeader), "the key is longer than 200 characters")).write(w)
			return
		}
		body, err := io.ReadAll(io.LimitReader(r.Body, maxAsked+1))
		if err != nil || len(body) > maxAsked {
			next.ServeHTTP(w, withBody(r, body)) // which refuses it
			return
		}
		asked := slices.Concat([]byte(r.Method+" "+r.URL.RequestURI()+"\n"), body)
		before, err := o.Answers.Begin(caller.principal.ID, key, asked)
		switch {
		case err != nil:
			newProblem(err).write(w)
		case before != nil:
			replay(w, before)
		default:
			o.first(w, withBody(r, body), next, key, asked)
		}
	})
}

func withBody(r *http.Request, body []byte) *http.Request {
	r = r.Clone(r.Context())
	r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), r.Body))
	return r
}

func replay(w http.ResponseWriter, a *idempotency.Answer) {
	maps.Copy(w.Header(), a.Header)
	w.Header().Set("Idempotent-Replayed", "true")
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body) //nolint:gosec // G705: it is what the API answered before, with the type of its content
}

// first does a request and keeps its answer. What failed for want of anything but the request itself may be tried again.
func (o Options) first(w http.ResponseWriter, r *http.Request, next http.Handler, key string, asked []byte) {
	caller := requestOf(r.Context()).caller.principal.ID
	rec := &recorder{ResponseWriter: w, status: http.StatusOK}
	var answer *idempotency.Answer
	defer func() {
		if err := o.Answers.End(caller, key, asked, answer); err != nil {
			o.Logger.ErrorContext(r.Context(), "an answer is not kept", "error", err)
		}
	}()
	next.ServeHTTP(rec, r)
	if rec.status >= http.StatusInternalServerError || rec.whole.Len() > maxAnswer ||
		slices.Contains([]int{http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests, http.StatusConflict}, rec.status) {
		return
	}
	answer = &idempotency.Answer{Status: rec.status, Header: map[string][]string{}, Body: rec.whole.Bytes()}
	for name, values := range w.Header() {
		if slices.ContainsFunc(replayed, func(one string) bool { return strings.EqualFold(one, name) }) {
			answer.Header[name] = values
		}
	}
}

// recorder keeps what is answered.
type recorder struct {
	http.ResponseWriter
	status int
	whole  bytes.Buffer
}

// WriteHeader implements http.ResponseWriter.
func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (r *recorder) Write(p []byte) (int, error) {
	if r.whole.Len() <= maxAnswer {
		r.whole.Write(p)
	}
	return r.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
