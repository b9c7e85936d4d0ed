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

func (s score) f1() float64 {
	return 2 * float64(s.correctPairs) / float64(max(1, s.truePairs+s.foundPairs))
}

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
	type test struct {
		set   string
		rules []insights.Rule
		use   insights.ModelUse
		least [2]float64 // precision and recall
	}
	for _, tt := range []test{
		{"us_10000", exampleRules(), insights.ModelNever, [2]float64{0.97, 0.80}},
		{"us_10000", nil, "", [2]float64{0.98, 0.98}},
		{"us_10000", exampleRules(), insights.ModelAfterRules, [2]float64{0.96, 0.98}},
		{"us_100000", exampleRules(), insights.ModelNever, [2]float64{0.97, 0.80}},
		{"us_100000", nil, "", [2]float64{0.98, 0.98}},
	} {
		set := tt.set
		t.Run(fmt.Sprint(set, " ", len(tt.rules), " rules ", tt.use), func(t *testing.T) {
			fx := newFixture(t)
			u := insights.Unification{Rules: tt.rules, Model: insights.Model{Use: tt.use}}
			records := engine.QuoteText(filepath.Join(data, set, "records.parquet"))
			for _, source := range []string{"crm", "ecom", "loyalty"} {
				fx.ingest(t, source, "record_id", fmt.Sprintf("SELECT * EXCLUDE (source) FROM read_parquet(%s) WHERE source = '%s'", records, source))
				u.Tables = append(u.Tables, insights.UnifyTable{Table: source})
			}
			start := time.Now()
			for _, w := range fx.unify(t, u) {
				t.Log(w)
			}
			took := time.Since(start)
			s := fx.scoreAgainst(t, "SELECT CAST(record_id AS VARCHAR), CAST(entity_id AS VARCHAR) FROM read_parquet("+engine.QuoteText(filepath.Join(data, set, "truth.parquet"))+")",
				func(_, key string) string { return key })
			t.Logf("%s: precision %.4f, recall %.4f, F1 %.4f, %v", set, s.precision(), s.recall(), s.f1(), took)
			if s.precision() < tt.least[0] || s.recall() < tt.least[1] {
				t.Errorf("precision %.4f and recall %.4f, want at least %v", s.precision(), s.recall(), tt.least)
			}
		})
	}
}

// TestTheSampleIsUnifiedAsPromised holds the example's rules to what the example promises. OWNLAKE_SAMPLE_CUSTOMERS
// sets another size, for measuring time and memory.
func TestTheSampleIsUnifiedAsPromised(t *testing.T) {
	customers := 20_000
	if n, err := strconv.Atoi(os.Getenv("OWNLAKE_SAMPLE_CUSTOMERS")); err == nil {
		customers = n
	}
	dir, fx := t.TempDir(), newFixture(t)
	u := fx.ingestSample(t, dir, customers)
	without := u
	without.Rules = nil
	u.Model.Use = insights.ModelNever
	both := u
	both.Model.Use = insights.ModelAfterRules
	for _, tt := range []struct {
		name              string
		u                 insights.Unification
		precision, recall float64
	}{{"rules", u, 0.97, 0.80}, {"rules and model", both, 0.98, 0.98}, {"nothing but tables", without, 0.99, 0.98}} {
		start := time.Now()
		if w := fx.unify(t, tt.u); len(w) > 0 {
			t.Errorf("%s: warnings: %q", tt.name, w)
		}
		took := time.Since(start)
		s := fx.scoreAgainst(t, "SELECT source || '/' || key, entity_id FROM read_csv("+engine.QuoteText(filepath.Join(dir, "truth.csv"))+", header = true, all_varchar = true)",
			func(source, key string) string { return source + "/" + key })
		t.Logf("%d customers by %s: precision %.4f, recall %.4f, %v", customers, tt.name, s.precision(), s.recall(), took)
		if s.precision() < tt.precision || s.recall() < tt.recall {
			t.Errorf("%s: precision %.4f and recall %.4f, want at least %.2f and %.2f", tt.name, s.precision(), s.recall(), tt.precision, tt.recall)
		}
	}
}

// BenchmarkUnify is Match and Merge of about 60,000 records by the example's rules.
func BenchmarkUnify(b *testing.B) {
	fx := newFixture(b)
	u := fx.ingestSample(b, b.TempDir(), 20_000)
	for b.Loop() {
		fx.unify(b, u)
	}
}

// ingestSample generates the sample and ingests it as the example does, and returns the example's unification.
func (fx *fixture) ingestSample(tb testing.TB, dir string, customers int) (u insights.Unification) {
	tb.Helper()
	if _, err := sample.Generate(tb.Context(), sample.Options{Customers: customers, Seed: 1, Dir: dir}); err != nil {
		tb.Fatal(err)
	}
	text, err := os.ReadFile("../../examples/contoso/unify.yaml")
	if err != nil {
		tb.Fatal(err)
	}
	if err := yaml.Unmarshal(text, &u); err != nil {
		tb.Fatal(err)
	}
	for _, in := range []struct {
		table, key, file, delimiter, dateFormat string
		dates                                   []string
	}{
		{"CRM_Contacts", "ContactId", "crm/contacts.csv", ",", "%Y-%m-%d", []string{"BirthDate", "ModifiedOn"}},
		{"Shop_Customers", "customer_no", "shop/customers.csv", ";", "%d/%m/%Y", []string{"dob", "updated_at"}},
		{"Loyalty_Members", "MEMBER_ID", "loyalty/members.csv", "|", "%m/%d/%Y", []string{"BIRTH_DT", "LAST_SEEN"}},
	} {
		var dates []string
		for _, c := range in.dates { // what is no date is missing
			dates = append(dates, fmt.Sprintf("CAST(coalesce(try_strptime(%[1]s, '%[2]s'), TRY_CAST(%[1]s AS TIMESTAMP)) AS DATE) AS %[1]s", c, in.dateFormat))
		}
		fx.ingest(tb, in.table, in.key, fmt.Sprintf(`SELECT * REPLACE (%s) FROM read_csv(%s, delim = '%s', header = true, all_varchar = true, `+
			`quote = '"', escape = '"', strict_mode = false, ignore_errors = true, nullstr = '')`,
			strings.Join(dates, ", "), engine.QuoteText(filepath.Join(dir, in.file)), in.delimiter))
	}
	return u
}

// scoreAgainst compares Customer with a query of (record, entity), where name gives a record's name in it.
func (fx *fixture) scoreAgainst(t *testing.T, truthQuery string, name func(source, key string) string) score {
	t.Helper()
	truth, found := map[string]string{}, map[string]string{}
	rows, err := fx.session.Query(t.Context(), truthQuery)
	if err != nil {
		t.Fatal(err)
	}
	var key, entity string
	if err := scanAll(rows, func() { truth[key] = entity }, &key, &entity); err != nil {
		t.Fatal(err)
	}
	err = Clusters(t.Context(), fx.session, fx.Folder, func(source, key, id string) error {
		found[name(source, key)] = id
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return pairScore(truth, found)
}
