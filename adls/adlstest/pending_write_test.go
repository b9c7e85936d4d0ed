package adlstest_test

import (
	"fmt"
	"os"
	"sort"
	"strings"
	"testing"

	"github.com/ownlake/ownlake/adls/adlstest"
)

func TestWritePending(t *testing.T) {
	out := os.Getenv("PENDING_OUT")
	if out == "" {
		t.Skip()
	}
	report, _ := adlstest.Run(t.Context(), startLake(t), adlstest.Options{})
	by := map[string][]string{}
	for _, r := range report.Results {
		if r.Status != adlstest.Failed {
			continue
		}
		id, m := r.Operation+"/"+r.Name, r.Message
		why := "slice conformance: the lake's fault"
		l := strings.ToLower(id + m)
		switch {
		case strings.Contains(l, "lease"):
			why = "slice leases"
		case strings.Contains(l, "snapshot") || strings.Contains(l, "undelete") || strings.Contains(r.Operation, "ServicePropert") || strings.Contains(l, "comp=stats"):
			why = "slice snapshots"
		case strings.Contains(l, "comp=acl") || strings.Contains(l, "policy") || strings.Contains(l, "delegation"):
			why = "slice keys"
		case strings.Contains(l, "tier") || strings.Contains(l, "tags") || strings.Contains(l, "expir") || strings.Contains(l, "append") && !strings.HasPrefix(id, "Path") || strings.Contains(l, "copies") || strings.Contains(l, "copystatus") || strings.Contains(r.Operation, "FromURL"):
			why = "slice blobs"
		}
		by[why] = append(by[why], id)
		if strings.Contains(why, "conformance") {
			fmt.Println(m)
		}
	}
	var b strings.Builder
	var whys []string
	for w := range by {
		whys = append(whys, w)
	}
	sort.Strings(whys)
	for _, w := range whys {
		b.WriteString("# " + w + "\n" + strings.Join(by[w], "\n") + "\n")
	}
	os.WriteFile(out, []byte(b.String()), 0o644)
	fmt.Println(report.Tally)
}
