package insights_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
)

func TestSecretsAreNeverPrinted(t *testing.T) {
	t.Parallel()
	const text = "a2V5LW9mLXRoZS1hY2NvdW50"
	q := insights.EnvironmentRequest{Name: "Contoso", Credentials: insights.Credentials{Key: insights.NewSecret(text)}}
	asJSON, err := json.Marshal(q)
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("create", "request", q, "key", q.Key)
	for _, printed := range []string{
		string(asJSON), log.String(),
		fmt.Sprint(q), fmt.Sprintf("%v %+v %#v %s %q", q, q, q, q.Key, q.Key), fmt.Sprintf("%#v", q.Key),
	} {
		if strings.Contains(printed, text) {
			t.Errorf("the secret is printed in %q", printed)
		}
	}
	if q.Key.Reveal() != text {
		t.Errorf("Reveal() = %q, want %q", q.Key.Reveal(), text)
	}
}

func TestNearestNameIsTheOneMeantOrNone(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ word, want string }{
		{"westeurpe", "westeurope"},
		{"WestEurope", "westeurope"},
		{"wseteurope", "westeurope"},
		{"zz", ""},
		{"precison", "precision"},
		{"emial", "email"},
		{"nothing-like-it", ""},
	} {
		if got := insights.Nearest(tt.word, []string{"westus", "westeurope", "precision", "email", "id"}); got != tt.want {
			t.Errorf("Nearest(%q) = %q, want %q", tt.word, got, tt.want)
		}
	}
}

// problems joins what is wrong, one problem per line.
func problems(ps insights.Problems) string {
	if err := ps.Err("test"); err != nil {
		return err.Error()
	}
	return ""
}

func TestEnvironmentRequestProblems(t *testing.T) {
	t.Parallel()
	managed := insights.DataStorage{Kind: insights.ManagedStorage}
	for _, tt := range []struct {
		q    insights.EnvironmentRequest
		want string
	}{
		{insights.EnvironmentRequest{Name: "A", Region: "westeurope", Storage: managed}, ""},
		{insights.EnvironmentRequest{Name: " ", Region: "westeurope", Storage: managed}, "name: the name is missing"},
		{insights.EnvironmentRequest{Name: "A", Storage: managed}, "region: the region is missing"},
		{insights.EnvironmentRequest{Name: "A", Region: "West Europe", Storage: managed}, "did you mean westeurope?"},
		{insights.EnvironmentRequest{Name: "A", Region: "weteurope", Storage: managed}, "did you mean westeurope?"},
		{insights.EnvironmentRequest{Name: "A", Type: "prodution", Region: "westeurope", Storage: managed}, "did you mean production?"},
		{insights.EnvironmentRequest{Name: "A", Region: "westeurope"}, "storage.kind: the kind of storage is missing"},
		{insights.EnvironmentRequest{Name: "A", Region: "westeurope", Storage: insights.DataStorage{Kind: "own"}}, "storage.account: own storage needs an account"},
		{insights.EnvironmentRequest{Name: "A", Region: "westeurope", Storage: insights.DataStorage{Kind: "managed", Account: "x"}}, "managed storage takes no account"},
	} {
		got := problems(tt.q.Problems())
		if !strings.Contains(got, tt.want) || (tt.want == "" && got != "") {
			t.Errorf("%+v:\n got %q\nwant %q", tt.q, got, tt.want)
		}
	}
}

// definitions is a valid set that cases change.
func definitions() insights.Definitions {
	source := func(name, table string) insights.DataSource {
		return insights.DataSource{Name: name, Tables: []insights.SourceTable{{Name: table, Location: table + ".csv"}}}
	}
	fields := []insights.MappedField{
		{Field: "FirstName", Column: "first", SemanticType: insights.PersonFirstName},
		{Field: "LastName", Column: "last", SemanticType: insights.PersonLastName},
		{Field: "Email", Column: "mail", SemanticType: insights.IdentityEmail},
	}
	return insights.Definitions{
		Sources: []insights.DataSource{source("CRM", "Contacts"), source("Shop", "Customers")},
		Unification: &insights.Unification{
			Tables: []insights.UnifyTable{{Table: "CRM_Contacts", Fields: fields}, {Table: "Shop_Customers", Fields: fields}},
			Rules: []insights.Rule{{Name: "email", Conditions: []insights.Condition{
				{Field: "Email", Normalize: []insights.Normalization{insights.NormalizeLowerCase}},
				{Field: "FullName", Precision: "85%"},
			}}},
		},
	}
}

func TestDefinitionsProblems(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(*insights.Definitions)
		want   string
	}{
		{"valid", func(*insights.Definitions) {}, ""},
		{"source name", func(d *insights.Definitions) { d.Sources[0].Name = "C R M" }, `sources[0].name: "C R M": a name is a letter`},
		{"sources that differ in case", func(d *insights.Definitions) { d.Sources[1].Name = "crm" }, "is declared already as sources[0]"},
		{"no tables", func(d *insights.Definitions) { d.Sources[0].Tables = nil }, "sources[0].tables: the source has no tables"},
		{"no location", func(d *insights.Definitions) { d.Sources[0].Tables[0].Location = "" }, "sources[0].tables[0].location: the table has no location"},
		{"location in a CDM folder", func(d *insights.Definitions) { d.Sources[0].Folder = "cdm" }, "located by its model.json"},
		{"collision of names", func(d *insights.Definitions) {
			d.Sources[1].Name, d.Sources[1].Tables[0].Name = "CRM_Contacts", "corrupt"
		}, "would both be the table CRM_Contacts_corrupt"},
		{"type", func(d *insights.Definitions) {
			d.Sources[0].Tables[0].Columns = []insights.Column{{Name: "a", Type: "datetime"}}
		}, `sources[0].tables[0].columns[0].type: unknown value "datetime" (did you mean dateTime?)`},
		{"semantic type", func(d *insights.Definitions) {
			d.Sources[0].Tables[0].Columns = []insights.Column{{Name: "a", SemanticType: "Person.FistName"}}
		}, "did you mean Person.FirstName?"},
		{"custom semantic type is kept", func(d *insights.Definitions) {
			d.Sources[0].Tables[0].Columns = []insights.Column{{Name: "a", SemanticType: "Contoso.ShoeSize"}}
		}, ""},
		{"strftime pattern", func(d *insights.Definitions) { d.Sources[0].Tables[0].CSV.DateFormat = "%d.%m.%Y" }, "is not a Java date pattern"},
		{"pattern letter", func(d *insights.Definitions) { d.Sources[0].Tables[0].CSV.DateFormat = "jj.MM.yyyy" }, `"j" is not a pattern letter`},
		{"minutes for months", func(d *insights.Definitions) { d.Sources[0].Tables[0].CSV.DateFormat = "dd/mm/yyyy" }, "M is the month, m the minute"},
		{"quoted text in a pattern", func(d *insights.Definitions) { d.Sources[0].Tables[0].CSV.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss" }, ""},
		{"delimiter", func(d *insights.Definitions) { d.Sources[0].Tables[0].CSV.Delimiter = "||" }, "is not one character"},
		{"unified table", func(d *insights.Definitions) { d.Unification.Tables[1].Table = "Shop_Customer" }, `no source makes the table "Shop_Customer"`},
		{"nearest table", func(d *insights.Definitions) { d.Unification.Tables[1].Table = "Shop_Customer" }, "did you mean Shop_Customers?"},
		{"table of an open CDM folder", func(d *insights.Definitions) {
			d.Sources[1] = insights.DataSource{Name: "Shop", Folder: "cdm"}
		}, ""},
		{"precision", func(d *insights.Definitions) { d.Unification.Rules[0].Conditions[0].Precision = "hihg" }, "did you mean high?"},
		{"precision without percent", func(d *insights.Definitions) { d.Unification.Rules[0].Conditions[0].Precision = "85" }, "write 85%"},
		{"precision over 100", func(d *insights.Definitions) { d.Unification.Rules[0].Conditions[0].Precision = "101%" }, "from 1% to 100%"},
		{"normalisation", func(d *insights.Definitions) { d.Unification.Rules[0].Conditions[0].Normalize[0] = "lowercase" }, "did you mean lowerCase?"},
		{"field", func(d *insights.Definitions) { d.Unification.Rules[0].Conditions[0].Field = "Emial" }, "unification.rules[0].conditions[0].field: no table has a field \"Emial\" (did you mean Email?)"},
		{"rule without conditions", func(d *insights.Definitions) { d.Unification.Rules[0].Conditions = nil }, "a rule needs at least one condition"},
		{"winner without column", func(d *insights.Definitions) { d.Unification.Tables[0].Winner.By = insights.MostRecent }, "unification.tables[0].winner: mostRecent needs a column"},
		{"group of one field", func(d *insights.Definitions) {
			d.Unification.Groups = []insights.FieldGroup{{Name: "Mail", Fields: []string{"Email"}}}
		}, "unification.groups[0].fields: a group of 1 fields (name 2 to 10 fields)"},
		{"group of recent fields", func(d *insights.Definitions) {
			d.Unification.Groups = []insights.FieldGroup{{Name: "Mail", Fields: []string{"Email", "LastName"}, By: insights.MostRecent}}
		}, "unification.groups[0].column: mostRecent needs a column"},
		{"field of two groups", func(d *insights.Definitions) {
			d.Unification.Groups = []insights.FieldGroup{{Name: "A", Fields: []string{"Email", "LastName"}}, {Name: "B", Fields: []string{"FirstName", "Email"}}}
		}, `unification.groups[1].fields[1]: field "Email" is in group "A" already`},
		{"grouped field with a preference", func(d *insights.Definitions) {
			d.Unification.Groups = []insights.FieldGroup{{Name: "A", Fields: []string{"Email", "LastName"}}}
			d.Unification.Merge = []insights.FieldMerge{{Field: "Email"}}
		}, `unification.merge[0].field: field "Email" is in group "A", which decides`},
		{"unknown field in a group", func(d *insights.Definitions) {
			d.Unification.Groups = []insights.FieldGroup{{Name: "A", Fields: []string{"Email", "LastNam"}}}
		}, `unification.groups[0].fields[1]: no table has a field "LastNam" (did you mean LastName?)`},
		{"compared field", func(d *insights.Definitions) {
			d.Unification.Model.Compare = []insights.Comparison{{Field: "Emial"}}
		}, `unification.model.compare[0].field: no table has a field "Emial"`},
		{"use of the model", func(d *insights.Definitions) { d.Unification.Model.Use = "alway" }, `unification.model.use: unknown value "alway"`},
		{"merge order", func(d *insights.Definitions) {
			d.Unification.Merge = []insights.FieldMerge{{Field: "Email", Order: []string{"Shop_Custmers"}}}
		}, "unification.merge[0].order[0]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := definitions()
			tt.change(&d)
			got := problems(d.Problems())
			if !strings.Contains(got, tt.want) || (tt.want == "" && got != "") {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestProblemsAreOfKindInvalid(t *testing.T) {
	t.Parallel()
	err := insights.Problems{{Path: "name", Message: "missing"}}.Err("op")
	if !errs.Is(err, errs.Invalid) {
		t.Errorf("kind of %v is %v, want invalid", err, errs.KindOf(err))
	}
}
