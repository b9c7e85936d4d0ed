package lake_test

import (
	"testing"

	"github.com/ownlake/ownlake/lake"
)

func TestCORSRulesLetInWhomTheyName(t *testing.T) {
	t.Parallel()
	rule := lake.CORSRule{
		Origins: []string{"https://www.contoso.com", "https://*.fabrikam.com"}, Methods: []string{"GET", "PUT"},
		AllowedHeaders: []string{"x-ms-version", "x-ms-meta-*"},
	}
	for _, c := range []struct {
		origin, method string
		headers        []string
		want           bool
	}{
		{"https://www.contoso.com", "GET", nil, true},
		{"https://www.contoso.com", "DELETE", nil, false},
		{"https://shop.fabrikam.com", "PUT", []string{"X-Ms-Meta-Color", " x-ms-version"}, true},
		{"https://fabrikam.com", "PUT", nil, false},
		{"http://www.contoso.com", "GET", nil, false},
		{"https://www.contoso.com.evil.example", "GET", nil, false},
		{"https://www.contoso.com", "GET", []string{"authorization"}, false},
	} {
		if got := rule.Allows(c.origin, c.method, c.headers); got != c.want {
			t.Errorf("%s %s %v: %v, want %v", c.origin, c.method, c.headers, got, c.want)
		}
	}
	if all := (lake.CORSRule{Origins: []string{"*"}, Methods: []string{"GET"}}); !all.Allows("null", "GET", nil) || !all.AnyOrigin() {
		t.Error("a rule for all origins does not let in everybody")
	}
}
