package unify

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
)

func contacts() insights.Snapshot {
	return insights.Snapshot{Table: "CRM_Contacts", PrimaryKey: "id", Columns: []insights.Column{
		{Name: "id", Type: insights.Int64},
		{Name: "given", Type: insights.String},
		{Name: "family", Type: insights.String},
		{Name: "mail", Type: insights.String},
		{Name: "born", Type: insights.Date},
		{Name: "changed", Type: insights.DateTime},
	}}
}

func accounts() insights.Snapshot {
	return insights.Snapshot{Table: "Shop_Accounts", PrimaryKey: "no", Columns: []insights.Column{
		{Name: "no", Type: insights.String},
		{Name: "name", Type: insights.String, SemanticType: insights.PersonFullName},
		{Name: "mail", Type: insights.String},
		{Name: "born", Type: insights.String},
		{Name: "changed", Type: insights.String},
	}}
}

func validUnification() insights.Unification {
	return insights.Unification{
		Tables: []insights.UnifyTable{
			{Table: "CRM_Contacts", Fields: []insights.MappedField{
				{Field: "FirstName", Column: "given"},
				{Field: "LastName", Column: "family"},
				{Field: "Email", Column: "mail"},
				{Field: "BirthDate", Column: "born"},
				{Field: "Changed", Column: "changed"},
			}},
			{Table: "Shop_Accounts", Fields: []insights.MappedField{
				{Field: "FullName", Column: "name"}, {Field: "Email", Column: "mail"}, {Field: "BirthDate", Column: "born"}, {Field: "Changed", Column: "changed"},
			}},
		},
		Rules: []insights.Rule{{Name: "Email", Conditions: []insights.Condition{{Field: "Email"}, {Field: "FirstName", Precision: "high"}}}},
	}
}

func TestAValidUnificationIsAccepted(t *testing.T) {
	t.Parallel()
	u := validUnification()
	u.Tables[0].Winner = insights.Winner{By: insights.MostRecent, Column: "Changed"} // a field's name will do
	u.Rules[0].Tables = []string{"CRM_Contacts", "Shop_Accounts"}
	u.Merge = []insights.FieldMerge{{Field: "Email", Order: []string{"Shop_Accounts"}}, {Field: "FullName", Exclude: true}}
	if err := Validate(u, []insights.Snapshot{contacts(), accounts()}); err != nil {
		t.Error(err)
	}
}

func TestAProblemNamesThePlaceAndTheNearestName(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		change func(*insights.Unification)
		want   []string
	}{
		{"a table that was not ingested", func(u *insights.Unification) { u.Tables[0].Table = "CRM_Contact" }, []string{"tables[0].table", `"CRM_Contact"`, "did you mean CRM_Contacts?"}},
		{"an unknown column", func(u *insights.Unification) { u.Tables[0].Fields[2].Column = "email" }, []string{"tables[0].fields[2].column", `"email"`, "did you mean mail?"}},
		{"an alias of two meanings", func(u *insights.Unification) {
			u.Rules[0].Conditions[0].Normalize = []insights.Normalization{insights.NormalizeLowerCase}
			u.Rules[0].Conditions[0].Alias = [][]string{{"A", "B"}, {"b", "c"}}
		}, []string{"rules[0].conditions[0].alias", `"b" is in two groups`}},
		{"a field that takes the name of the id", func(u *insights.Unification) { u.Tables[0].Fields[2].Field = "customerid" }, []string{"tables[0].fields[2].field", "customer's own id"}},
		{"a field that takes the name of a key's column", func(u *insights.Unification) { u.Tables[0].Fields[4].Field = "Shop_Accounts_no" }, []string{"tables[0].fields[4].field", "keys"}},
		{"a field with a full stop", func(u *insights.Unification) { u.Tables[0].Fields[4].Field = "Last.Change" }, []string{"tables[0].fields[4].field", "full stop"}},
		{"fields that differ in case only", func(u *insights.Unification) { u.Tables[1].Fields[3].Field = "changed" }, []string{"tables[1].fields[3].field", "write Changed"}},
		{"a rule of an unknown field", func(u *insights.Unification) { u.Rules[0].Conditions[0].Field = "Emial" }, []string{"rules[0].conditions[0].field", "did you mean Email?"}},
		{"an unknown normalisation", func(u *insights.Unification) {
			u.Rules[0].Conditions[0].Normalize = []insights.Normalization{"lowercase"}
		}, []string{"rules[0].conditions[0].normalize[0]", "did you mean lowerCase?"}},
		{"an impossible precision", func(u *insights.Unification) { u.Rules[0].Conditions[1].Precision = "120%" }, []string{"rules[0].conditions[1].precision", "120%"}},
		{"a similarity of dates", func(u *insights.Unification) {
			u.Rules[0].Conditions[1] = insights.Condition{Field: "BirthDate", Precision: "high"}
		}, []string{"rules[0].conditions[1].precision", "only strings", "born", "CRM_Contacts"}},
		{"a rule for a table that is not unified", func(u *insights.Unification) { u.Rules[0].Tables = []string{"Shop_Acounts"} }, []string{"rules[0].tables[0]", "did you mean Shop_Accounts?"}},
		{"a winner by a text", func(u *insights.Unification) {
			u.Tables[1].Winner = insights.Winner{By: insights.MostRecent, Column: "changed"}
		}, []string{"tables[1].winner.column", "no order in time or number"}},
		{"a winner by an unknown column", func(u *insights.Unification) {
			u.Tables[0].Winner = insights.Winner{By: insights.LeastRecent, Column: "chnged"}
		}, []string{"tables[0].winner.column", "did you mean changed?"}},
		{"a preference for an unknown field", func(u *insights.Unification) { u.Merge = []insights.FieldMerge{{Field: "Mail"}} }, []string{"merge[0].field", "did you mean Email?"}},
		{"a preference by columns of different types", func(u *insights.Unification) {
			u.Merge = []insights.FieldMerge{{Field: "Email", By: insights.MostRecent, Column: "BirthDate"}}
		}, []string{"merge[0].column", "no order"}},
		{"a preference for an unknown table", func(u *insights.Unification) {
			u.Merge = []insights.FieldMerge{{Field: "Email", Order: []string{"CRM_Kontakts"}}}
		}, []string{"merge[0].order[0]", "did you mean CRM_Contacts?"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			u := validUnification()
			tc.change(&u)
			err := Validate(u, []insights.Snapshot{contacts(), accounts()})
			if !errs.Is(err, errs.Invalid) {
				t.Fatalf("err = %v, want an invalid unification", err)
			}
			for _, part := range tc.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q lacks %q", err, part)
				}
			}
			if problems := (*insights.ProblemsError)(nil); !errors.As(err, &problems) {
				t.Errorf("no list of problems in %v", err)
			}
		})
	}
}

func TestFieldsThatSuggestionsMayFindAreNotMissed(t *testing.T) {
	t.Parallel()
	u := validUnification()
	u.Tables[1].Fields = nil
	u.Rules[0].Conditions = append(u.Rules[0].Conditions, insights.Condition{Field: "Phone"})
	if err := Validate(u, []insights.Snapshot{contacts(), accounts()}); err != nil {
		t.Error(err)
	}
}

func TestARuleThatCannotMatchTablesIsSaid(t *testing.T) {
	t.Parallel()
	u := validUnification()
	u.Tables[1].Fields = u.Tables[1].Fields[:1]
	p, err := newPlan(u, []insights.Snapshot{contacts(), accounts()}, nil)
	if err != nil {
		t.Fatal(err)
	}
	said := slices.ContainsFunc(p.warnings, func(w string) bool {
		return strings.Contains(w, `rule "Email"`) && strings.Contains(w, "CRM_Contacts only")
	})
	if !said {
		t.Errorf("warnings %q do not say that Email is in one table only", p.warnings)
	}
	u.Rules, u.Model.Use = nil, insights.ModelNever
	if p, err = newPlan(u, []insights.Snapshot{contacts(), accounts()}, nil); err != nil || len(p.warnings) != 1 {
		t.Errorf("warnings without rules = %q, %v", p.warnings, err)
	}
}

func TestTypesAreBroughtTogetherToBeCompared(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ a, b, want insights.DataType }{
		{insights.Date, insights.Date, insights.Date},
		{insights.Date, insights.DateTime, insights.Date},
		{insights.Int64, insights.Decimal, insights.Decimal},
		{insights.Int64, insights.Double, insights.Double},
		{insights.Int64, insights.String, insights.String},
		{insights.Date, insights.Int64, insights.String},
	} {
		list := []source{{columns: []insights.Column{{Type: tc.a}}}, {columns: []insights.Column{{Type: tc.b}}}}
		if got := commonType(list); got != tc.want {
			t.Errorf("%s and %s are compared as %s, want %s", tc.a, tc.b, got, tc.want)
		}
	}
}
