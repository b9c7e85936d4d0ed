package graph

import (
	"strings"
	"testing"

	"github.com/ownlake/ownlake/errs"
)

func item() map[string]any {
	return map[string]any{
		"id": "1", "displayName": "Ann's Group", "mail": nil, "enabled": true, "names": []any{"api://one", "two"},
		"web": map[string]any{"uris": []any{"https://x"}}, "count": "3",
	}
}

func TestFilters(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"displayName eq 'Ann''s Group'":                           true,
		"DISPLAYNAME EQ 'ANN''S GROUP'":                           true,
		"displayName eq 'Ann'":                                    false,
		"displayName ne 'Ann'":                                    true,
		"mail eq null":                                            true,
		"mail ne null":                                            false,
		"mail eq ''":                                              false,
		"enabled eq true":                                         true,
		"enabled eq false":                                        false,
		"not enabled eq true":                                     false,
		"not (enabled eq false)":                                  true,
		"startswith(displayName,'ann')":                           true,
		"startswith( displayName , 'x')":                          false,
		"startsWith(displayName,'Ann') and enabled eq true":       true,
		"endswith(displayName,'group')":                           true,
		"displayName eq 'x' or enabled eq true and id eq '1'":     true,
		"(displayName eq 'x' or enabled eq true) and id eq '2'":   false,
		"displayName in ('x', 'Ann''s Group')":                    true,
		"displayName in ('x')":                                    false,
		"names/any(c:c eq 'TWO')":                                 true,
		"names/any(c: startswith(c,'api://'))":                    true,
		"names/any(c:c eq 'three' or c eq 'two')":                 true,
		"names/any(c:c eq 'three')":                               false,
		"web/uris/any(u:u eq 'https://x')":                        true,
		"missing/any(u:u eq 'x')":                                 false,
		"missing eq null":                                         true,
		"web/missing eq 'x'":                                      false,
		"displayName/x eq 'x'":                                    false,
		"names eq 'two'":                                          false,
		"id eq 1":                                                 true,
		"id eq 62375ab9-6b52-47ed-826b-58e47e0e304b":              false,
		"  id  eq  '1'  ":                                         true,
		"displayName eq 'and' or displayName eq 'Ann''s Group'":   true,
		"names/any(c:c eq 'two') and names/any(d:d eq 'missing')": false,
	} {
		f, err := parseFilter(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := f(item()); got != want {
			t.Errorf("%s: %t, want %t", text, got, want)
		}
	}
}

func TestWrongFilters(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", " ", "displayName", "displayName eq", "eq 'x'", "displayName like 'x'", "displayName eq 'x", "displayName eq 'x' 'y'",
		"(displayName eq 'x'", "displayName eq 'x')", "displayName eq 'x' and", "or displayName eq 'x'", "startswith(displayName)",
		"startswith(displayName,true)", "names/any(c eq 'x')", "names/any(c:c eq 'x'", "names/any(c:names/any(d:d eq 'x'))", "any(c:c eq 'x')",
		"displayName in ()", "displayName in ('x'", "names/all(c:c eq 'x')", "id gt 1", "displayName eq '\xff'", "/x eq 'x'", "x/ eq 'x'",
		strings.Repeat("(", 100) + "id eq '1'" + strings.Repeat(")", 100), strings.Repeat("not ", 100) + "id eq '1'", strings.Repeat("x", 5000),
	} {
		if _, err := parseFilter(text); !errs.Is(err, errs.Invalid) || errs.CodeOf(err) != codeBadRequest {
			t.Errorf("%.60q: %v, want Invalid", text, err)
		}
	}
}

// FuzzFilter looks for a filter that panics or, once read, does.
func FuzzFilter(f *testing.F) {
	for _, text := range []string{
		"displayName eq 'N' and mailNickname eq 'M'", "servicePrincipalNames/any(c:c eq 'APP')", "startswith(displayName,'x') or not (a in ('b',null))",
		"((((id eq 1))))", "names/any(c:c eq '''')", "not not x ne false",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := parseFilter(text)
		if err != nil {
			if !errs.Is(err, errs.Invalid) {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		negated, err := parseFilter("not (" + text + ")")
		if err != nil {
			return // one level too deep, or too long
		}
		if p(item()) == negated(item()) {
			t.Errorf("%q is its own opposite", text)
		}
	})
}
