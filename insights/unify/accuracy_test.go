package unify

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/engine"
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
