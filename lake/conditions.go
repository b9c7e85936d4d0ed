package lake

import (
	"time"

	"github.com/ownlake/ownlake/errs"
)

// Check reports whether the conditions hold for an existing item of this ETag and time, as for reading,
// changing or deleting it. The error is Precondition with code ConditionNotMet.
func (c Conditions) Check(etag ETag, modified time.Time) error {
	// HTTP dates have whole seconds, so that is what a client can have seen of the time (RFC 9110, 13.1.3).
	modified = modified.Truncate(time.Second)
	switch {
	case c.IfMatch != "" && c.IfMatch != AnyETag && c.IfMatch != etag:
		return notMet("the ETag is " + string(etag) + " and not the one asked for")
	case c.IfNoneMatch != "" && (c.IfNoneMatch == AnyETag || c.IfNoneMatch == etag):
		return notMet("the ETag is still " + string(etag))
	case !c.IfModifiedSince.IsZero() && !modified.After(c.IfModifiedSince):
		return notMet("not modified since the time asked for")
	case !c.IfUnmodifiedSince.IsZero() && modified.After(c.IfUnmodifiedSince):
		return notMet("modified since the time asked for")
	}
	return nil
}

// CheckTarget reports whether the conditions hold for an item that is to be made or replaced. For an existing
// item IfNoneMatch [AnyETag] answers Exists with code PathAlreadyExists; otherwise it is as [Conditions.Check].
// A missing item fails any IfMatch.
func (c Conditions) CheckTarget(exists bool, etag ETag, modified time.Time) error {
	switch {
	case exists && c.IfNoneMatch == AnyETag:
		return errs.E(errs.Op("lake.Conditions"), errs.Exists, CodePathAlreadyExists, "the path exists already")
	case exists:
		return c.Check(etag, modified)
	case c.IfMatch != "":
		return notMet("there is nothing whose ETag could match")
	}
	return nil
}

func notMet(msg string) error {
	return errs.E(errs.Op("lake.Conditions"), errs.Precondition, CodeConditionNotMet, msg,
		errs.Hint("read the item again and decide anew"))
}
