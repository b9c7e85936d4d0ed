package unify

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
)

// persons writes people as rows of (id, given, family, mail, phone, born, street, zip). The same number is the same
// person, whose e-mail and phone may be missing in a copy.
func persons(r *rand.Rand, prefix string, numbers ...int) []string {
	given := strings.Fields("anna bertram carla dimitri elena farid gesa hakan ines jonas katrin lars mira nils olga pavel rita sven tilda uwe")
	family := strings.Fields("albers brandt castillo dietrich engel fischer gruber haas ibsen jansen koch lindner maurer novak olsen peters quast richter stein thoma")
	rows := make([]string, len(numbers))
	for i, n := range numbers {
		g, f := given[n%20], family[n/20%20]
		mail, phone := fmt.Sprintf("'%s.%s%d@mail.example'", g, f, n), fmt.Sprintf("'555 %07d'", n*7919%10_000_000)
		if r.IntN(3) == 0 {
			mail = "NULL"
		}
		if r.IntN(3) == 0 {
			phone = "NULL"
		}
		rows[i] = fmt.Sprintf("('%s%05d', '%s', '%s', %s, %s, DATE '1950-01-01' + %d, '%d Elm Street %d', '%05d')",
			prefix, i, g, f, mail, phone, n*397%18_000, n%97+1, n*31%53, n*173%90_000+1000)
	}
	return rows
}

func (fx *fixture) ingestPersons(t *testing.T, name string, rows []string) {
	t.Helper()
	fx.ingest(t, name, "id", "SELECT * FROM (VALUES "+strings.Join(rows, ", ")+") t(id, FirstName, LastName, Email, Phone, BirthDate, Street, PostalCode)")
}

func upTo(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

// customers are the records of each customer, "A/a1 B/b2", by the id of the customer.
func (fx *fixture) customers(t *testing.T) map[string]string {
	t.Helper()
	records := map[string]string{}
	err := Clusters(t.Context(), fx.session, fx.Folder, func(source, key, id string) error {
		records[id] = strings.TrimSpace(records[id] + " " + source + "/" + key)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return records
}

// twoTables are 400 people in A, of whom 200 are in B and 50 twice in A.
func twoTables(t *testing.T, fx *fixture, shuffle bool) insights.Unification {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	a := persons(r, "a", append(upTo(400), upTo(50)...)...)
	b := persons(r, "b", upTo(200)...)
	if shuffle {
		r.Shuffle(len(a), func(i, j int) { a[i], a[j] = a[j], a[i] })
		r.Shuffle(len(b), func(i, j int) { b[i], b[j] = b[j], b[i] })
	}
	fx.ingestPersons(t, "A_T", a)
	fx.ingestPersons(t, "B_T", b)
	return insights.Unification{Tables: []insights.UnifyTable{{Table: "A_T"}, {Table: "B_T"}}}
}

func TestWithoutRulesTheModelFindsTheCustomers(t *testing.T) {
	t.Parallel()
	fx := newFixture(t)
	u := twoTables(t, fx, false)
	if w := fx.unify(t, u); len(w) > 0 {
		t.Errorf("warnings: %q", w)
	}
	right := 0
	for _, records := range fx.customers(t) {
		keys := strings.Fields(records)
		first := strings.TrimPrefix(keys[0], "A_T/a")
		switch {
		case len(keys) == 3 && keys[2] == "B_T/b"+first, len(keys) == 2 && keys[1] == "B_T/b"+first, len(keys) == 1 && first >= "00200" && first < "00400":
			right++
		}
	}
	if right < 395 {
		t.Errorf("%d of 400 customers have the records that they should", right)
	}
	duplicates := fx.text(t, insights.Match, "Deduplication_A_T")
	if n := strings.Count(duplicates, ","+modelName+","); n < 45 || n > 50 {
		t.Errorf("the model is named for %d groups of duplicates, want 50:\n%.500s", n, duplicates)
	}
	first := fx.texts(t)
	twoTables(t, fx, true)
	fx.unify(t, u)
	if diff := cmp.Diff(first, fx.texts(t)); diff != "" {
		t.Errorf("another order of rows changes\n%s", diff)
	}
}

func TestTheModelDecidesWhatRulesLeave(t *testing.T) {
	t.Parallel()
	fx := newFixture(t)
	u := twoTables(t, fx, false)
	u.Rules = []insights.Rule{{Name: "Mail", Conditions: []insights.Condition{{Field: "Email"}}}}
	u.Tables[0].Duplicates = []insights.Rule{{Name: "Phone", Conditions: []insights.Condition{{Field: "Phone"}}}}
	fx.unify(t, u)
	byRules := fx.customers(t)
	u.Model.Use = insights.ModelAfterRules
	if w := fx.unify(t, u); len(w) > 0 {
		t.Errorf("warnings: %q", w)
	}
	both := fx.customers(t)
	if len(both) > 410 || len(byRules) < 420 {
		t.Errorf("%d customers by rules, %d with the model, want more than 420 and about 400", len(byRules), len(both))
	}
	of := map[string]string{}
	for id, records := range both {
		for record := range strings.FieldsSeq(records) {
			of[record] = id
		}
	}
	for _, records := range byRules {
		keys := strings.Fields(records)
		for _, k := range keys {
			if of[k] != of[keys[0]] {
				t.Errorf("rules joined %s, and the model parted them", records)
			}
		}
	}
	if text := fx.text(t, insights.Match, "Deduplication_A_T"); !strings.Contains(text, ",Phone,1.0,") || !strings.Contains(text, ","+modelName+",") {
		t.Errorf("rules and model are not both named:\n%.800s", text)
	}
}

func TestTheModelComparesWhatItIsTold(t *testing.T) {
	t.Parallel()
	fx := newFixture(t)
	u := twoTables(t, fx, false)
	u.Model.Compare = []insights.Comparison{{Field: "PostalCode", As: "label"}}
	u.Model.Threshold = "99.9999%"
	fx.unify(t, u)
	if n := len(fx.customers(t)); n != 650 {
		t.Errorf("%d customers by postcode alone and a threshold that it cannot reach, want 650", n)
	}
	u.Model = insights.Model{Use: insights.ModelNever}
	if w := fx.unify(t, u); len(fx.customers(t)) != 650 || len(w) != 1 {
		t.Errorf("%d customers without rules and model, warnings %q", len(fx.customers(t)), w)
	}
}

func TestAModelThatCannotBeIsRefused(t *testing.T) {
	t.Parallel()
	fx := newFixture(t)
	u := twoTables(t, fx, false)
	u.Model = insights.Model{Threshold: "100%", Compare: []insights.Comparison{{Field: "Emial"}, {Field: "Phone", As: "phon"}}}
	_, err := Match(t.Context(), fx.request(u))
	if !errs.Is(err, errs.Invalid) {
		t.Fatalf("error %v, want invalid", err)
	}
	for _, want := range []string{"below 100%", "did you mean Email?", "did you mean phone?"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not say %q", err, want)
		}
	}
}

func TestWhatAPersonDecidedHoldsForTheModel(t *testing.T) {
	t.Parallel()
	fx := newFixture(t)
	u := twoTables(t, fx, false)
	fx.unify(t, u)
	if !fx.together(t, "A_T/a00003", "B_T/b00003") || fx.together(t, "A_T/a00300", "A_T/a00310") {
		t.Fatal("the data say nothing about decisions")
	}
	custom := func(name, rows string) {
		fx.ingest(t, name, "Nr", "SELECT * FROM (VALUES "+rows+") t(Nr, Table1, Table1Key, Table2, Table2Key)")
	}
	custom("Own_Always", "(1, 'A_T', 'a00300', 'A_T', 'a00310')")
	custom("Own_Never", "(1, 'B_T', 'b00003', 'A_T', 'a00003'), (2, 'B_T', 'b00003', 'A_T', 'a00403')")
	u.AlwaysMatch, u.NeverMatch = "Own_Always", "Own_Never"
	if w := fx.unify(t, u); len(w) > 0 {
		t.Errorf("warnings: %q", w)
	}
	if fx.together(t, "A_T/a00003", "B_T/b00003") {
		t.Error("records that never match are one customer")
	}
	if !fx.together(t, "A_T/a00300", "A_T/a00310") {
		t.Error("records that always match are two customers")
	}
	u.NeverMatch = "A_T"
	if _, err := Match(t.Context(), fx.request(u)); !errs.Is(err, errs.Invalid) || !strings.Contains(err.Error(), "Table1") {
		t.Errorf("a table that is no template: %v", err)
	}
}

// together says whether two records are one customer.
func (fx *fixture) together(t *testing.T, a, b string) bool {
	t.Helper()
	for _, records := range fx.customers(t) {
		all := strings.Fields(records)
		if slices.Contains(all, a) {
			return slices.Contains(all, b)
		}
	}
	t.Fatalf("no customer has %s", a)
	return false
}
