package unify

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/engine"
	"github.com/ownlake/ownlake/sample"
)

// exampleRules are rules as a person would write them for people with names, addresses, e-mail and phone.
func exampleRules() []insights.Rule {
	given := []insights.Normalization{insights.NormalizeName, insights.NormalizeUnicode, insights.NormalizeSymbols, insights.NormalizeWhitespace}
	family := []insights.Normalization{insights.NormalizeLowerCase, insights.NormalizeUnicode, insights.NormalizeSymbols, insights.NormalizeWhitespace}
	place := []insights.Normalization{insights.NormalizeAddress, insights.NormalizeUnicode}
	email := insights.Condition{Field: "Email", Normalize: []insights.Normalization{insights.NormalizeLowerCase, insights.NormalizeWhitespace}}
	phone := insights.Condition{Field: "Phone", Normalize: []insights.Normalization{insights.NormalizePhone}}
	born := insights.Condition{Field: "BirthDate"}
	first := func(precision string) insights.Condition {
		return insights.Condition{Field: "FirstName", Normalize: given, Precision: precision}
	}
	last := func(precision string) insights.Condition {
		return insights.Condition{Field: "LastName", Normalize: family, Precision: precision}
	}
	street := func(precision string) insights.Condition {
		return insights.Condition{Field: "Street", Normalize: place, Precision: precision}
	}
	return []insights.Rule{
		{Name: "Email and first name", Conditions: []insights.Condition{email, first("medium")}},
		{Name: "Phone and first name", Conditions: []insights.Condition{phone, first("medium")}},
		{Name: "Birth date and name", Conditions: []insights.Condition{born, first("high"), last("medium")}},
		{Name: "Name and street", Conditions: []insights.Condition{last("high"), first("high"), street("high")}},
	}
}

// score is how found clusters agree with the truth, by pairs of records.
type score struct{ truePairs, foundPairs, correctPairs int64 }

func (s score) precision() float64 { return float64(s.correctPairs) / float64(max(1, s.foundPairs)) }
func (s score) recall() float64    { return float64(s.correctPairs) / float64(max(1, s.truePairs)) }

// pairScore counts pairs without listing them: those of equal truth, of equal cluster, and of both.
func pairScore(truth, found map[string]string) score {
	byTruth, byFound, byBoth := map[string]int64{}, map[string]int64{}, map[[2]string]int64{}
	for key, entity := range truth {
		byTruth[entity]++
		if c, ok := found[key]; ok {
			byFound[c]++
			byBoth[[2]string{entity, c}]++
		}
	}
	return score{pairsOf(byTruth), pairsOf(byFound), pairsOf(byBoth)}
}

func pairsOf[K comparable](sizes map[K]int64) (pairs int64) {
	for _, n := range sizes {
		pairs += n * (n - 1) / 2
	}
	return pairs
}

// TestAccuracy needs the sets us_10000 and us_100000, of which each folder has records.parquet and truth.parquet.
func TestAccuracy(t *testing.T) {
	data := os.Getenv("OWNLAKE_ER_DATA")
	if data == "" {
		t.Skip("OWNLAKE_ER_DATA names no folder of entity-resolution data")
	}
	for _, set := range []string{"us_10000", "us_100000"} {
		t.Run(set, func(t *testing.T) {
			fx := newFixture(t)
			u := insights.Unification{Rules: exampleRules()}
			records := engine.QuoteText(filepath.Join(data, set, "records.parquet"))
			for _, source := range []string{"crm", "ecom", "loyalty"} {
				fx.ingest(t, source, "record_id", fmt.Sprintf("SELECT * EXCLUDE (source) FROM read_parquet(%s) WHERE source = '%s'", records, source))
				u.Tables = append(u.Tables, insights.UnifyTable{Table: source})
			}
			s, took := fx.scored(t, u, filepath.Join(data, set, "truth.parquet"))
			t.Logf("%s: precision %.4f, recall %.4f, %v", set, s.precision(), s.recall(), took)
			if s.precision() < 0.97 || s.recall() < 0.80 {
				t.Errorf("precision %.4f and recall %.4f, want at least 0.97 and 0.80", s.precision(), s.recall())
			}
		})
	}
}

// scored unifies and compares with the truth. Keys are record ids of all sources.
func (fx *fixture) scored(t *testing.T, u insights.Unification, truthFile string) (s score, took time.Duration) {
	t.Helper()
	start := time.Now()
	for _, w := range fx.unify(t, u) {
		t.Log(w)
	}
	took = time.Since(start)
	truth, found := map[string]string{}, map[string]string{}
	rows, err := fx.session.Query(t.Context(), "SELECT CAST(record_id AS VARCHAR), CAST(entity_id AS VARCHAR) FROM read_parquet("+engine.QuoteText(truthFile)+")")
	if err != nil {
		t.Fatal(err)
	}
	var key, entity string
	if err := scanAll(rows, func() { truth[key] = entity }, &key, &entity); err != nil {
		t.Fatal(err)
	}
	err = Clusters(t.Context(), fx.session, fx.Folder, func(_, key, id string) error {
		found[key] = id
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return pairScore(truth, found), took
}

// TestTheSampleIsUnifiedAsPromised holds the example's rules to what the example promises. OWNLAKE_SAMPLE_CUSTOMERS
// sets another size, for measuring time and memory.
func TestTheSampleIsUnifiedAsPromised(t *testing.T) {
	customers := 20_000
	if n, err := strconv.Atoi(os.Getenv("OWNLAKE_SAMPLE_CUSTOMERS")); err == nil {
		customers = n
	}
	dir := t.TempDir()
	if _, err := sample.Generate(t.Context(), sample.Options{Customers: customers, Seed: 1, Dir: dir}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("../../examples/contoso/unify.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var u insights.Unification
	if err := yaml.Unmarshal(text, &u); err != nil {
		t.Fatal(err)
	}
	fx := newFixture(t)
	for _, in := range []struct{ table, key, file, options, dates string }{
		{"CRM_Contacts", "ContactId", "crm/contacts.csv", "delim = ','", "%Y-%m-%d"},
		{"Shop_Customers", "customer_no", "shop/customers.csv", "delim = ';'", "%d/%m/%Y"},
		{"Loyalty_Members", "MEMBER_ID", "loyalty/members.csv", "delim = '|'", "%m/%d/%Y"},
	} {
		fx.ingest(t, in.table, in.key, fmt.Sprintf("SELECT * REPLACE (%s) FROM read_csv(%s, header = true, all_varchar = true, quote = '\"', escape = '\"', strict_mode = false, ignore_errors = true, nullstr = '', %s)",
			datesOf(in.table, in.dates), engine.QuoteText(filepath.Join(dir, in.file)), in.options))
	}
	start := time.Now()
	if w := fx.unify(t, u); len(w) > 0 {
		t.Errorf("warnings: %q", w)
	}
	took := time.Since(start)
	truth, found := map[string]string{}, map[string]string{}
	rows, err := fx.session.Query(t.Context(), "SELECT source || '/' || key, entity_id FROM read_csv("+engine.QuoteText(filepath.Join(dir, "truth.csv"))+", header = true, all_varchar = true)")
	if err != nil {
		t.Fatal(err)
	}
	var key, entity string
	if err := scanAll(rows, func() { truth[key] = entity }, &key, &entity); err != nil {
		t.Fatal(err)
	}
	err = Clusters(t.Context(), fx.session, fx.Folder, func(source, key, id string) error {
		found[source+"/"+key] = id
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	s := pairScore(truth, found)
	t.Logf("%d customers, %d records: precision %.4f, recall %.4f, %v", customers, len(found), s.precision(), s.recall(), took)
	if s.precision() < 0.97 || s.recall() < 0.80 {
		t.Errorf("precision %.4f and recall %.4f, want at least 0.97 and 0.80", s.precision(), s.recall())
	}
}

// datesOf converts the columns of dates; what is no date is missing.
func datesOf(table, format string) string {
	var terms []string
	for _, c := range map[string][]string{
		"CRM_Contacts": {"BirthDate", "ModifiedOn"}, "Shop_Customers": {"dob", "updated_at"}, "Loyalty_Members": {"BIRTH_DT", "LAST_SEEN"},
	}[table] {
		terms = append(terms, fmt.Sprintf("CAST(coalesce(try_strptime(%[1]s, '%[2]s'), TRY_CAST(%[1]s AS TIMESTAMP)) AS DATE) AS %[1]s", c, format))
	}
	return strings.Join(terms, ", ")
}
