package odata

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/ownlake/ownlake/errs"
)

func testModel() *Model {
	return &Model{Namespace: "n", Sets: []EntitySet{{Name: "S", Type: "S", Key: "Id", Properties: []Property{
		{Name: "Id", Type: String, Required: true}, {Name: "N", Type: Int64}, {Name: "D", Type: DateTimeOffset}, {Name: "F", Type: Double},
	}, Navigations: []Navigation{{Name: "Self", Target: "S", From: "Id", To: "Id"}}}}}
}

// FuzzOptions: whatever a client sends is understood or refused as wrong, and nothing else happens.
func FuzzOptions(f *testing.F) {
	for _, seed := range []string{
		"$filter=N eq 1 and contains(Id,'x')&$orderby=N desc", "$expand=Self($filter=N in (1,2);$select=Id)", "$search=a AND (b OR NOT \"c d\")",
		"$skiptoken=WyJ4Il0", "$filter=D gt 2024-01-01T10:00Z", "$filter=-N lt 1e5 or not true", "$filter=cast(N,Edm.String) eq null", "$expand=Self(", "$filter=((((",
	} {
		f.Add(seed)
	}
	m := testModel()
	f.Fuzz(func(t *testing.T, query string) {
		name, value, _ := strings.Cut(query, "=")
		o, err := parseOptions(m, &m.Sets[0], url.Values{name: {value}})
		if err != nil && !errs.Is(err, errs.Invalid) {
			t.Errorf("%q: %v is of kind %v", query, err, errs.KindOf(err))
		}
		if err == nil && (len(o.query.Select) == 0 || len(o.query.Order) == 0) {
			t.Errorf("%q: nothing is selected or ordered", query)
		}
	})
}

// FuzzPath: the same of paths.
func FuzzPath(f *testing.F) {
	for _, seed := range []string{"S", "S('a%27')/N/$value", "S(Id='x')/Self", "S/$count", "S()", "S('"} {
		f.Add(seed)
	}
	m := testModel()
	f.Fuzz(func(t *testing.T, path string) {
		r, err := parsePath(m, path)
		if err == nil && r.set == nil || err != nil && !errs.Is(err, errs.Invalid) && !errs.Is(err, errs.NotFound) {
			t.Errorf("%q: %v", path, err)
		}
	})
}

func TestATokenBringsBackTheValuesThatItWasMadeOf(t *testing.T) {
	t.Parallel()
	m := testModel()
	token, err := skipToken([]any{"2024-01-01T10:00:00.5Z", nil, "it's"})
	if err != nil {
		t.Fatal(err)
	}
	o, err := parseOptions(m, &m.Sets[0], url.Values{"$orderby": {"D,F"}, "$skiptoken": {token}})
	if err != nil || len(o.query.After) != 3 || o.query.After[0] != "2024-01-01T10:00:00.5Z" || o.query.After[1] != nil || o.query.After[2] != "it's" {
		t.Errorf("got %v, %v", o, err)
	}
	// The token of another order.
	var failure *errs.Error
	if _, err = parseOptions(m, &m.Sets[0], url.Values{"$orderby": {"N,F"}, "$skiptoken": {token}}); !errors.As(err, &failure) {
		t.Errorf("a text was taken for a number: %v", err)
	}
}

func TestAnyNameBecomesAnIdentifierOfItsOwn(t *testing.T) {
	t.Parallel()
	taken := map[string]bool{}
	for _, c := range [][2]string{
		{"First Name", "First_Name"},
		{"First-Name", "First_Name_2"},
		{"first name", "first_name_3"},
		{"2x", "_2x"},
		{"", "_"},
		{"Größe", "Größe"},
		{strings.Repeat("a", 200), strings.Repeat("a", 128)},
		{strings.Repeat("a", 200), strings.Repeat("a", 126) + "_2"},
	} {
		if got := Identifier(c[0], taken); got != c[1] {
			t.Errorf("%q: got %q, want %q", c[0], got, c[1])
		}
	}
}
