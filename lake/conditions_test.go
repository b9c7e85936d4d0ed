package lake_test

import (
	"testing"
	"time"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

func TestConditions(t *testing.T) {
	t.Parallel()
	modified := time.Date(2026, 3, 4, 5, 6, 7, 800_000_000, time.UTC)
	second := modified.Truncate(time.Second)
	const ok, notMet, exists = errs.Other, errs.Precondition, errs.Exists
	for _, tc := range []struct {
		name string
		c    lake.Conditions
		// What Check says, and CheckTarget of an existing and of a missing item.
		check, present, missing errs.Kind
	}{
		{"none", lake.Conditions{}, ok, ok, ok},
		{"the ETag matches", lake.Conditions{IfMatch: "0x8D1"}, ok, ok, notMet},
		{"another ETag", lake.Conditions{IfMatch: "0x8D2"}, notMet, notMet, notMet},
		{"any ETag", lake.Conditions{IfMatch: lake.AnyETag}, ok, ok, notMet},
		{"not the ETag", lake.Conditions{IfNoneMatch: "0x8D1"}, notMet, notMet, ok},
		{"not another ETag", lake.Conditions{IfNoneMatch: "0x8D2"}, ok, ok, ok},
		{"nothing may exist", lake.Conditions{IfNoneMatch: lake.AnyETag}, notMet, exists, ok},
		{"modified since the second before", lake.Conditions{IfModifiedSince: second.Add(-time.Second)}, ok, ok, ok},
		{"modified since the very second", lake.Conditions{IfModifiedSince: second}, notMet, notMet, ok},
		{"modified since later", lake.Conditions{IfModifiedSince: second.Add(time.Hour)}, notMet, notMet, ok},
		{"unmodified since the second before", lake.Conditions{IfUnmodifiedSince: second.Add(-time.Second)}, notMet, notMet, ok},
		{"unmodified since the very second", lake.Conditions{IfUnmodifiedSince: second}, ok, ok, ok},
		{"one of two fails", lake.Conditions{IfMatch: "0x8D1", IfUnmodifiedSince: second.Add(-time.Hour)}, notMet, notMet, notMet},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			for what, got := range map[string]struct {
				err  error
				want errs.Kind
			}{
				"Check":                  {tc.c.Check("0x8D1", modified), tc.check},
				"CheckTarget, existing":  {tc.c.CheckTarget(true, "0x8D1", modified), tc.present},
				"CheckTarget, not there": {tc.c.CheckTarget(false, "", time.Time{}), tc.missing},
			} {
				if (got.err == nil) != (got.want == ok) || errs.KindOf(got.err) != got.want {
					t.Errorf("%s: %v (kind %v), want kind %v", what, got.err, errs.KindOf(got.err), got.want)
				}
				if got.want == notMet && errs.CodeOf(got.err) != lake.CodeConditionNotMet {
					t.Errorf("%s: code %q", what, errs.CodeOf(got.err))
				}
				if got.want == exists && errs.CodeOf(got.err) != lake.CodePathAlreadyExists {
					t.Errorf("%s: code %q", what, errs.CodeOf(got.err))
				}
			}
		})
	}
}
