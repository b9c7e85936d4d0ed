package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/ownlake/ownlake/errs"
)

// tagged is the answer with one thing that can be changed, and its ETag (RFC 9110, section 8.8.3).
type tagged[T any] struct {
	Status int
	ETag   string `header:"ETag" doc:"To be sent as If-Match with a change"`
	Body   T
}

// etagOf is the ETag of a thing, which changes when anything of it does.
func etagOf(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(text)
	return `"` + hex.EncodeToString(sum[:12]) + `"`
}

// answerTagged answers with a thing and its ETag, or with nothing new where the caller has it.
func answerTagged[T any](ctx context.Context, v T, err error) (*tagged[T], error) {
	if err != nil {
		return nil, err
	}
	out := &tagged[T]{Status: http.StatusOK, ETag: etagOf(v), Body: v}
	if requestOf(ctx).knows(out.ETag) {
		out.Status = http.StatusNotModified
	}
	return out, nil
}

// knows reports whether the caller has the thing with the ETag already.
func (r request) knows(etag string) bool {
	return slices.ContainsFunc(strings.Split(r.ifNoneMatch, ","), func(one string) bool {
		return strings.TrimPrefix(strings.TrimSpace(one), "W/") == etag
	})
}

// matches refuses a change of a thing that is not as the caller knows it.
func (r request) matches(current any) error {
	etag := ""
	if current != nil {
		etag = etagOf(current)
	}
	return r.matchesTag(etag)
}

// matchesTag is matches for a thing of which the ETag is known; empty where there is none.
func (r request) matchesTag(etag string) error {
	none := errs.E(errs.Precondition, errs.Code("ConditionNotMet"), "it is there already", errs.Hint("read it, and change what is there"))
	other := errs.E(errs.Precondition, errs.Code("ConditionNotMet"), "it was changed meanwhile", errs.Hint("read it again, and change what is there now"))
	switch {
	case strings.TrimSpace(r.ifNoneMatch) == "*" && etag != "":
		return none
	case r.ifMatch == "":
		return nil
	case strings.TrimSpace(r.ifMatch) == "*" && etag != "":
		return nil
	}
	if etag != "" && slices.ContainsFunc(strings.Split(r.ifMatch, ","), func(one string) bool { return strings.TrimSpace(one) == etag }) {
		return nil
	}
	return other
}
