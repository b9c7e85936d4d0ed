package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/ownlake/ownlake/errs"
)

// execute runs a command line in this process and returns its exit code and output.
func execute(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	code = runContext(t.Context(), args, strings.NewReader(""), &out, &err)
	return code, out.String(), err.String()
}

func TestWrongUsageEndsWithExitCode2AndAHint(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"versio"}, "did you mean version?"},
		{[]string{"version", "extra"}, "--help"},
		{[]string{"version", "--no-such-flag"}, "--no-such-flag"},
		{[]string{"version", "--log-level", "loud"}, "use debug, info, warn or error"},
		{[]string{"version", "--log-format", "xml"}, "use text or json"},
	} {
		code, stdout, stderr := execute(t, tt.args...)
		if code != exitUsage || stdout != "" || !strings.Contains(stderr, tt.want) || !strings.HasPrefix(stderr, "error: ") {
			t.Errorf("ownlake %s: exit %d, stdout %q, stderr %q; want exit 2 and %q on stderr",
				strings.Join(tt.args, " "), code, stdout, stderr, tt.want)
		}
	}
}

func TestErrorsAreJSONOnRequest(t *testing.T) {
	t.Parallel()
	_, _, stderr := execute(t, "version", "extra", "--json")
	var got struct {
		Error struct{ Message, Kind, Code, Hint string }
	}
	if err := json.Unmarshal([]byte(stderr), &got); err != nil {
		t.Fatalf("stderr %q is not JSON: %v", stderr, err)
	}
	if got.Error.Code != "Usage" || got.Error.Kind != "invalid" || got.Error.Message == "" || got.Error.Hint == "" {
		t.Errorf("error is %+v, want its message, kind, code and hint", got.Error)
	}
}

func TestKindsDecideExitCodes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		err  error
		want int
	}{
		{nil, 0},
		{errs.E(errs.Internal, "boom"), 1},
		{errs.E(errs.Invalid, "the file is not CSV"), 1},
		{usageError("", "no such thing"), 2},
		{fmt.Errorf("3 rows: %w", errWarnings), 3},
		{errs.E(errs.Precondition, "region differs"), 4},
		{errs.E(errs.Canceled, "stopped"), 130},
	} {
		if got := exitCode(tt.err); got != tt.want {
			t.Errorf("exit code of %v is %d, want %d", tt.err, got, tt.want)
		}
	}
}

func TestVersionIsPrinted(t *testing.T) {
	t.Parallel()
	code, stdout, _ := execute(t, "version")
	if code != 0 || !strings.HasPrefix(stdout, "ownlake "+version) {
		t.Errorf("ownlake version: exit %d, %q", code, stdout)
	}
}
