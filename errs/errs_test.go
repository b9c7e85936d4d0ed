package errs_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/errs"
)

func TestKindOf(t *testing.T) {
	t.Parallel()
	inner := errs.E(errs.Op("lake.Read"), errs.NotFound, errs.Code("PathNotFound"), errs.Item("fs/a.csv"), "no such path")
	for _, tc := range []struct {
		name string
		err  error
		want errs.Kind
	}{
		{"nil has no kind", nil, errs.Other},
		{"foreign error", io.EOF, errs.Other},
		{"own kind", inner, errs.NotFound},
		{"kind is taken from the cause", errs.E(errs.Op("ingest"), inner), errs.NotFound},
		{"outer kind wins", errs.E(errs.Precondition, inner), errs.Precondition},
		{"through a foreign wrapper", fmt.Errorf("while reading: %w", inner), errs.NotFound},
		{"cancelled context", errs.E(errs.Op("run"), context.Canceled), errs.Canceled},
		{"passed deadline", context.DeadlineExceeded, errs.Unavailable},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if got := errs.KindOf(tc.err); got != tc.want {
				t.Errorf("KindOf(%v) = %v, want %v", tc.err, got, tc.want)
			}
		})
	}
}

func TestErrorPrintsEachFactOnce(t *testing.T) {
	t.Parallel()
	err := errs.E(errs.Op("lake.Flush"), errs.Precondition, errs.Item("fs/a.csv"), errs.Hint("read its ETag again"),
		errs.E(errs.Op("localstore.commit"), errs.Code("ConditionNotMet"), "the file changed since you read it"))
	if got, want := err.Error(), "fs/a.csv: the file changed since you read it (read its ETag again)"; got != want {
		t.Errorf("Error() = %q, want %q", got, want)
	}
	if diff := cmp.Diff([]errs.Op{"lake.Flush", "localstore.commit"}, errs.Trail(err)); diff != "" {
		t.Errorf("Trail (-want +got):\n%s", diff)
	}
	if got := errs.CodeOf(err); got != "ConditionNotMet" {
		t.Errorf("CodeOf = %q", got)
	}
	if got := errs.HintOf(errors.Join(err)); got != "read its ETag again" {
		t.Errorf("HintOf = %q", got)
	}
}

func TestAHintThatTheCauseGivesIsPrintedOnce(t *testing.T) {
	t.Parallel()
	cause := errs.E(errs.NotFound, errs.Item("a.csv"), "no such file", errs.Hint("check the name"))
	err := errs.E(errs.Item("task"), errs.Hint("check the name"), "failed: "+cause.Error())
	if got, want := err.Error(), "task: failed: a.csv: no such file (check the name)"; got != want {
		t.Errorf("error is %q, want %q", got, want)
	}
}

func TestAMessageIsPutBeforeItsCause(t *testing.T) {
	t.Parallel()
	cause := errors.New("permission denied")
	err := errs.E(errs.Unavailable, errs.Item("a.csv"), "the file cannot be read", cause)
	if got, want := err.Error(), "a.csv: the file cannot be read: permission denied"; got != want || !errors.Is(err, cause) {
		t.Errorf("error is %q, want %q wrapping its cause", got, want)
	}
}
