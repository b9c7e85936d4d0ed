package adlstest_test

import (
	"os"
	"strings"
	"testing"

	"github.com/ownlake/ownlake/adls/adlstest"
)

// docs/compatibility.md says of each operation whether it is supported. It is held to what the kit finds.
func TestThePageOfOperationsPromisesNoMoreThanTheKitFinds(t *testing.T) {
	t.Parallel()
	status := compatibility(t)
	failing := map[string]string{}
	for id := range pending(t) {
		operation, _, _ := strings.Cut(id, "/")
		failing[operation] = id
	}
	for _, c := range adlstest.Cases() {
		if status[c.Operation] == "" {
			t.Errorf("docs/compatibility.md has no row for %s", c.Operation)
			status[c.Operation] = "missing"
		}
	}
	for operation, s := range status {
		if id := failing[operation]; s == "supported" && id != "" {
			t.Errorf("docs/compatibility.md says that %s is supported, but %q fails", operation, id)
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
