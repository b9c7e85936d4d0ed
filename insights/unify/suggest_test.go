package unify

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/insights"
)

// suggested lists suggestions as "column → field (semantic type)".
func suggested(t insights.Snapshot, sample func(string) []string) []string {
	var list []string
	for _, f := range Suggest(t, sample) {
		s := f.Column + " → " + f.Field
		if f.SemanticType != "" {
			s += " (" + string(f.SemanticType) + ")"
		}
		list = append(list, s)
	}
	return list
}

func textColumns(names string) []insights.Column {
	var columns []insights.Column
	for name := range strings.FieldsSeq(names) {
		columns = append(columns, insights.Column{Name: name, Type: insights.String})
	}
	return columns
}

func TestColumnsAreKnownByTheirNames(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ columns, want string }{
		{"Id FirstName MiddleName LastName", "FirstName MiddleName LastName"},
		{"Id GIVEN_NAME SURNAME TOWN", "FirstName LastName City"},
		{"Id FNAME MI LNAME SEX", "FirstName MiddleName LastName Gender"},
		{"Id EmailAddress1 Telephone1", "Email Phone"},
		{"Id e_mail MOBILE", "Email Phone"},
		{"Id Address1_Line1 Address1_City Address1_PostalCode Address1_Country", "Street City PostalCode Country"},
		{"Id Address1_StateOrProvince zip dob", "State PostalCode BirthDate"},
		{"Id customer_name", "FullName"},
		{"Id companyName", "OrganizationName"},
		{"Id Telephone1 Phone Mobile", "Telephone1 Phone Mobile"},   // the one called Phone is it
		{"Id email_opt_in phone_type", "email_opt_in phone_type"},   // said of an address, not one
		{"Id CustomerId Notes", "T_CustomerId Notes"},               // CustomerId is the product's own
		{"Id Vorname Nachname Straße", "FirstName LastName Street"}, // other languages
		{"Id HomeAddress BillingEmail", "Street Email"},             // whose or which it is does not matter
		{"Id birth_place BIRTH_DT", "birth_place BirthDate"},        //
		{"Id Email BillingEmail", "Email BillingEmail"},             // of two, the plain one
		{"Id a.b", "a_b"}, // model.json allows no full stop
	} {
		var got []string
		for _, f := range Suggest(insights.Snapshot{Table: "T", PrimaryKey: "Id", Columns: textColumns(tc.columns)}, nil) {
			got = append(got, f.Field)
		}
		if diff := cmp.Diff(strings.Fields(tc.want), got); diff != "" {
			t.Errorf("%s: want -, got +\n%s", tc.columns, diff)
		}
	}
}

func TestColumnsAreKnownByTheirValues(t *testing.T) {
	t.Parallel()
	values := map[string][]string{
		"a": {"ann@contoso.com", "bob@contoso.com", "n/a", "cy@contoso.com", "di@contoso.com", "ed@contoso.com"},
		"b": {"+1 555 123 4567", "(555) 222-3333", "555-444-5555", "001-555-222-3333", "0151 2345678"},
		"c": {"Robert", "María", "Ann", "Peter", "Xzibit", "Susan"},
		"d": {"Robert Smith", "Lopez, María", "Dr. Ann Chu", "Peter Chu", "Kim Novak"},
		"e": {"M", "F", "F", "M", "female"},
		"f": {"1234567", "2345678", "3456789", "4567890", "5678901"},    // numbers of something
		"g": {"blue", "red", "green", "blue", "red"},                    // words
		"h": {"2024-01-01", "2024-01-02", "2024-01-03", "2024-1-4", ""}, // dates as text
	}
	table := insights.Snapshot{Table: "T", PrimaryKey: "Id", Columns: textColumns("Id a b c d e f g h")}
	want := []string{
		"a → Email (Identity.Service.Email)", "b → Phone (Identity.Service.Phone)", "c → FirstName (Person.FirstName)",
		"d → FullName (Person.FullName)", "e → Gender (Person.Gender)", "f → f", "g → g", "h → h",
	}
	if diff := cmp.Diff(want, suggested(table, func(c string) []string { return values[c] })); diff != "" {
		t.Errorf("want -, got +\n%s", diff)
	}
}

func TestValuesContradictNames(t *testing.T) {
	t.Parallel()
	values := map[string][]string{
		"phone":   {"iPhone 12", "Galaxy", "Pixel", "Nokia", "iPhone 9"},
		"name":    {"Robert", "Ann", "Peter", "Susan", "Ed"},
		"address": {"1 Main St, Elgin, IL 60120", "2 Elm Rd, Rome, NY 13440", "3 Oak Ln, Troy, MI 48007", "4 Low Ct, Ada, OK 74820", "x"},
		"mail":    {"1 Main St", "2 Elm Rd", "3 Oak Ln", "4 Low Ct", "5 High St"},
	}
	table := insights.Snapshot{Table: "T", PrimaryKey: "Id", Columns: textColumns("Id phone name address mail")}
	want := []string{"phone → phone", "name → FirstName (Person.FirstName)", "address → Address (Location.Address)", "mail → mail"}
	if diff := cmp.Diff(want, suggested(table, func(c string) []string { return values[c] })); diff != "" {
		t.Errorf("want -, got +\n%s", diff)
	}
}

func TestDeclaredTypesWin(t *testing.T) {
	t.Parallel()
	table := insights.Snapshot{Table: "T", PrimaryKey: "Id", Columns: []insights.Column{
		{Name: "Id", Type: insights.String},
		{Name: "Email", Type: insights.String},
		{Name: "contact", Type: insights.String, SemanticType: insights.IdentityEmail},
		{Name: "since", Type: insights.Date},
		{Name: "active", Type: insights.Boolean},
		{Name: "city", Type: insights.Double},
	}}
	want := []string{
		"Email → T_Email (Identity.Service.Email)", "contact → Email (Identity.Service.Email)", "since → since (Calendar.Date)",
		"active → active", "city → city",
	}
	if diff := cmp.Diff(want, suggested(table, nil)); diff != "" {
		t.Errorf("want -, got +\n%s", diff)
	}
}
