package match

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ownlake/ownlake/sample"
)

// things are records that are no people, in two tables, with the entity of each.
type things struct {
	tables []*Table
	entity []string
}

func newTable(name string, columns []string, rows [][]string) *Table {
	t := &Table{Name: name, Rows: len(rows)}
	for i, c := range columns {
		d := newDictionary()
		column := Column{Name: c}
		for _, row := range rows {
			column.Codes = append(column.Codes, d.codeString(row[i]))
		}
		column.Values = d.values
		t.Columns = append(t.Columns, column)
	}
	return t
}

// vocabulary is made of syllables; low numbers are drawn far more often.
func vocabulary(r *rand.Rand, n int) func() string {
	words := make([]string, n)
	for i := range words {
		for range 2 + r.IntN(3) {
			words[i] += string("bcdfglmnprstv"[r.IntN(13)]) + string("aeiou"[r.IntN(5)])
		}
	}
	return func() string {
		x := r.Float64()
		return words[int(x*x*x*float64(n))]
	}
}

func typo(r *rand.Rand, s string) string {
	if len(s) < 4 {
		return s
	}
	i := 1 + r.IntN(len(s)-2)
	switch r.IntN(3) {
	case 0:
		return s[:i] + s[i+1:]
	case 1:
		return s[:i] + string("aeioutns"[r.IntN(8)]) + s[i:]
	}
	return s[:i-1] + string(s[i]) + string(s[i-1]) + s[i+1:]
}

// publications are written differently by two libraries.
func publications(r *rand.Rand, n int) things {
	word, name := vocabulary(r, 2500), vocabulary(r, 900)
	venues := [][2]string{
		{"International Conference on Very Large Things", "VLT"},
		{"Journal of Records", "J. Records"},
		{"Transactions on Linkage", "Trans. Linkage"},
		{"Symposium on Principles", "SoP"},
		{"Workshop on Blocks", "Blocks Workshop"},
	}
	var left, right [][]string
	var leftEntity, rightEntity []string
	for i := range n {
		title := make([]string, 4+r.IntN(7))
		for j := range title {
			title[j] = word()
		}
		authors := make([][2]string, 1+r.IntN(4))
		for j := range authors {
			authors[j] = [2]string{name(), name()}
		}
		venue, year := venues[r.IntN(len(venues))], 1990+r.IntN(25)
		full, short := []string{}, []string{}
		for _, a := range authors {
			full, short = append(full, a[0]+" "+a[1]), append(short, a[0][:1]+". "+a[1])
		}
		entity := "p" + strconv.Itoa(i)
		left = append(left, []string{"a" + strconv.Itoa(i), strings.Join(title, " "), strings.Join(full, ", "), venue[0], strconv.Itoa(year)})
		leftEntity = append(leftEntity, entity)
		if r.IntN(3) == 0 {
			continue
		}
		other := slices.Clone(title)
		for j := range other {
			if r.IntN(12) == 0 {
				other[j] = typo(r, other[j])
			}
		}
		if len(other) > 5 && r.IntN(6) == 0 {
			other = other[:len(other)-1]
		}
		shown := short
		if r.IntN(3) == 0 {
			shown = full
		}
		published := strconv.Itoa(year)
		if r.IntN(10) == 0 {
			published = ""
		}
		right = append(right, []string{"b" + strconv.Itoa(i), strings.Title(strings.Join(other, " ")), strings.Join(shown, "; "), venue[1], published}) //nolint:staticcheck // ASCII words
		rightEntity = append(rightEntity, entity)
	}
	columns := []string{"id", "title", "authors", "venue", "year"}
	return things{[]*Table{newTable("one", columns, left), newTable("two", columns, right)}, append(leftEntity, rightEntity...)}
}

// products are series of one brand whose names differ in the model's number alone.
func products(r *rand.Rand, n int) things {
	word, brand := vocabulary(r, 400), vocabulary(r, 60)
	var left, right [][]string
	var leftEntity, rightEntity []string
	for i := 0; i < n; {
		maker, line := brand(), []string{word(), word(), word()}
		for range 1 + r.IntN(4) {
			model := fmt.Sprintf("%s%d", strings.ToUpper(line[0][:2]), 100+r.IntN(9000))
			price := 20 + r.Float64()*900
			entity := "t" + strconv.Itoa(i)
			left = append(left, []string{"a" + strconv.Itoa(i), maker + " " + strings.Join(line, " ") + " " + model, maker, fmt.Sprintf("%.2f", price)})
			leftEntity = append(leftEntity, entity)
			if r.IntN(3) > 0 {
				name := model + " " + line[0] + " " + line[2] + " " + word()
				if r.IntN(2) == 0 {
					name = maker + " " + name
				}
				shown := fmt.Sprintf("$%.2f", price*(0.9+0.2*r.Float64()))
				made := maker
				if r.IntN(3) == 0 {
					made = ""
				}
				right = append(right, []string{"b" + strconv.Itoa(i), name, made, shown})
				rightEntity = append(rightEntity, entity)
			}
			i++
		}
	}
	columns := []string{"id", "name", "manufacturer", "price"}
	return things{[]*Table{newTable("one", columns, left), newTable("two", columns, right)}, append(leftEntity, rightEntity...)}
}

func (th things) score(t *testing.T) (sample.Metrics, *Result) {
	t.Helper()
	result, err := Run(t.Context(), th.tables, Options{Skip: []string{"id"}})
	if err != nil {
		t.Fatal(err)
	}
	var want, got []sample.Row
	for rec, c := range result.Clusters {
		key := strconv.Itoa(rec)
		want = append(want, sample.Row{Key: key, Group: th.entity[rec]})
		got = append(got, sample.Row{Key: key, Group: strconv.Itoa(int(c))})
	}
	m, err := sample.Score(want, got)
	if err != nil {
		t.Fatal(err)
	}
	return m, result
}

func TestThingsThatAreNoPeopleAreUnified(t *testing.T) {
	t.Parallel()
	for name, make := range map[string]func(*rand.Rand, int) things{"publications": publications, "products": products} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, result := make(rand.New(rand.NewPCG(1, 2)), 3000).score(t)
			t.Logf("pairs %+v, B-cubed %+v", m.Pairs, m.BCubed)
			if m.Pairs.F1 < 0.9 {
				t.Errorf("pair F1 %.3f, want at least 0.9; columns %+v", m.Pairs.F1, result.Profiles)
				for _, w := range result.Summary.Weights {
					t.Logf("%-24s %-30s %.4f %.3g", w.Comparison, w.Level, w.Same, w.Unrelated)
				}
				for _, k := range result.Summary.Keys {
					t.Logf("%v", k)
				}
			}
		})
	}
}
