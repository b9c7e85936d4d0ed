package sample_test

import (
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/ownlake/ownlake/sample"
)

var rewrite = flag.Bool("rewrite", false, "write the table of flaws into the guide")

func TestTheGuideListsTheFlawsAsTheyAre(t *testing.T) {
	t.Parallel()
	const path, begin, end = "../docs/guide/sample.md", "-rewrite` -->\n", "<!-- end flaws -->"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(text), begin)
	_, tail, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("%s has no place for the table", path)
	}
	want := head + begin + flawTable() + end + tail
	if *rewrite {
		if err := os.WriteFile(path, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(text) != want {
		t.Errorf("%s is out of date; run go test ./sample -run Guide -rewrite", path)
	}
}

func flawTable() string {
	var b strings.Builder
	b.WriteString("| kind | | CRM | shop | loyalty |\n|---|---|--:|--:|--:|\n")
	for _, k := range sample.Kinds() {
		fmt.Fprintf(&b, "| `%s` | %s |", k.Name, k.Note)
		for _, table := range []string{"CRM_Contacts", "Shop_Customers", "Loyalty_Members"} {
			switch share := k.Shares[table]; {
			case share < 0:
				b.WriteString(" life |")
			case share == 0:
				b.WriteString(" – |")
			default:
				b.WriteString(" " + strconv.FormatFloat(share*100, 'g', 3, 64) + " % |")
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}
