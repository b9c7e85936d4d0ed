package adlstest_test

import (
	"os"
	"strings"
	"testing"

	"github.com/ownlake/ownlake/adls/adlstest"
)

// docs/compatibility.md says of each operation whether it is supported. Every case of the kit passes, so what has cases
// is there: see TestTheLakeAnswersAsTheServiceDoes.
func TestThePageOfOperationsHasWhatTheKitChecks(t *testing.T) {
	t.Parallel()
	status := compatibility(t)
	for _, c := range adlstest.Cases() {
		switch status[c.Operation] {
		case "":
			t.Errorf("docs/compatibility.md has no row for %s", c.Operation)
			status[c.Operation] = "missing"
		case "not yet":
			t.Errorf("docs/compatibility.md says that %s is not there yet, but its cases pass", c.Operation)
			status[c.Operation] = "supported"
		}
	}
}

// compatibility reads the rows of docs/compatibility.md: the status of what is checked by each of the kit's operations.
func compatibility(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("../../docs/compatibility.md")
	if err != nil {
		t.Fatal(err)
	}
	status := map[string]string{}
	for line := range strings.SplitSeq(string(text), "\n") {
		cells := strings.Split(line, "|")
		if len(cells) < 6 {
			continue
		}
		switch s, operation := strings.TrimSpace(cells[2]), strings.TrimSpace(cells[3]); s {
		case "supported", "partly", "not yet":
			status[operation] = s
		}
	}
	return status
}
