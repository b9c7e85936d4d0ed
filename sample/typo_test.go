package sample

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestAMistypedWordStaysClose(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	changed, seen := 0, map[string]bool{}
	const tries = 20_000
	for range tries {
		for _, word := range []string{"Katherine", "Müller", "O'Brien"} {
			got := mistype(r, word)
			if !utf8.ValidString(got) {
				t.Fatalf("mistype(%q) = %q, which is not UTF-8", word, got)
			}
			if d := utf8.RuneCountInString(got) - utf8.RuneCountInString(word); d < -1 || d > 1 {
				t.Fatalf("mistype(%q) = %q, %d letters longer", word, got, d)
			}
			if got != word {
				changed++
			}
			seen[got] = true
		}
	}
	if share := float64(changed) / (3 * tries); share < 0.99 {
		t.Errorf("%.3f of the slips changed the word, want nearly all", share)
	}
	for _, want := range []string{
		"Katjerine",  // a neighbouring key
		"Kahterine",  // two letters exchanged
		"Kathrine",   // one left out
		"Kattherine", // one doubled
		"Kathcrine",  // a letter misread
		"Mü1ler",     // beside a letter outside ASCII
	} {
		if !seen[want] {
			t.Errorf("no slip gave %q in %d tries", want, tries)
		}
	}
}

func TestShortWordsAreNotMistyped(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for range 100 {
		for _, word := range []string{"", "J", "Li", "É"} {
			if got := mistype(r, word); got != word {
				t.Fatalf("mistype(%q) = %q", word, got)
			}
		}
	}
}

func TestAMistypedDateIsADateOfThePast(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		born := today - day(r.IntN(36_000))
		got := mistypeDate(r, born)
		if apart := max(got-born, born-got); got > today || apart > 11*366 {
			t.Fatalf("mistypeDate(%s) = %s", isoDate.day(born), isoDate.day(got))
		}
	}
}

func TestDatesAreWrittenInEachOrder(t *testing.T) {
	t.Parallel()
	d := dayOf(1988, 3, 9)
	for order, want := range map[dateOrder]string{isoDate: "1988-03-09", dayFirst: "09/03/1988", monthFirst: "03/09/1988"} {
		if got := order.day(d); got != want {
			t.Errorf("order %d: %s, want %s", order, got, want)
		}
	}
}

func TestPhoneStylesKeepTheDigits(t *testing.T) {
	t.Parallel()
	for style, want := range map[phoneStyle]string{
		"+1 (AAA) BBB-CCCC": "+1 (290) 123-4567", "AAABBBCCCC": "2901234567", "1-AAA-BBB-CCCC": "1-290-123-4567",
	} {
		if got := style.format("2901234567"); got != want {
			t.Errorf("%s: %s, want %s", style, got, want)
		}
	}
}

func TestAddressesFollowTheirStyle(t *testing.T) {
	t.Parallel()
	a := address{number: 12, direction: "North", street: "Main", kind: &streetKind{long: "Street", short: "St"}, unit: "4B"}
	f := address{number: 7, street: "Saint-Denis", kind: &streetKind{"rue", "r.", true}, unit: "3"}
	for _, tt := range []struct {
		a     address
		style addressStyle
		want  string
	}{
		{a, addressStyle{}, "12 North Main Street, Apt 4B"},
		{a, addressStyle{short: true}, "12 N Main St, Apt 4B"},
		{a, addressStyle{short: true, dotted: true, hash: true}, "12 N. Main St. #4B"},
		{a, addressStyle{noUnit: true}, "12 North Main Street"},
		{f, addressStyle{}, "7 rue Saint-Denis, app. 3"},
		{f, addressStyle{short: true, dotted: true, noUnit: true}, "7 r. Saint-Denis"},
	} {
		if got := tt.a.line(tt.a.street, tt.style); got != tt.want {
			t.Errorf("style %+v: %q, want %q", tt.style, got, tt.want)
		}
	}
}

func TestEveryLetterOfTheListsHasAnASCIIForm(t *testing.T) {
	t.Parallel()
	files, err := listFiles.ReadDir("lists")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		for _, line := range lines(f.Name()) {
			for _, c := range line {
				if folded := foldASCII(string(c)); folded == "" || !isASCII(folded) {
					t.Errorf("%s: %q in %q folds to %q", f.Name(), c, line, folded)
				}
				if upper := strings.ToUpper(string(c)); foldASCII(upper) == "" {
					t.Errorf("%s: %q in %q has the capital %q, which has no ASCII form", f.Name(), c, line, upper)
				}
			}
		}
	}
}

func TestTheListsAreLargeEnough(t *testing.T) {
	t.Parallel()
	l := loadLists()
	short, built := 0, 0
	for _, names := range []*weighted[given]{&l.women, &l.men} {
		for _, g := range names.items {
			short += len(g.short)
		}
	}
	for _, p := range l.parts.items {
		built += len(p.begin) * len(p.end)
	}
	for _, tt := range []struct {
		what     string
		got, min int
	}{
		{"women's names", len(l.women.items), 350},
		{"men's names", len(l.men.items), 350},
		{"short forms", short, 500},
		{"surnames", len(l.surnames.items), 1000},
		{"surnames that can be built", built, 10_000},
		{"cities", len(l.cities.items), 150},
		{"streets", len(l.streets.items), 200},
	} {
		if tt.got < tt.min {
			t.Errorf("%d %s, want %d at least", tt.got, tt.what, tt.min)
		}
	}
}

func TestAreaCodesAreReserved(t *testing.T) {
	t.Parallel()
	reserved := regexp.MustCompile(`^[2-9]9\d$`)
	for _, c := range loadLists().cities.items {
		if !reserved.MatchString(c.area) {
			t.Errorf("%s has area code %s, want N9X", c.name, c.area)
		}
	}
}

func TestWeightsDecideHowOftenAnItemIsDrawn(t *testing.T) {
	t.Parallel()
	var w weighted[string]
	w.add("rare", 1)
	w.add("never", 0)
	w.add("common", 3)
	r := rand.New(rand.NewPCG(3, 4))
	got := map[string]int{}
	for range 40_000 {
		got[*w.pick(r)]++
	}
	if got["never"] != 0 || got["rare"] < 9_500 || got["rare"] > 10_500 {
		t.Errorf("drew %v, want a quarter rare, the rest common", got)
	}
}

func TestKeysDoNotRepeat(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for i := range uint64(300_000) {
		k := (&record{index: i * 331, seed: 5}).number("L", 1_000_000_000)
		if seen[k] || len(k) != 11 {
			t.Fatalf("key %d is %s, which is taken or not of 11 characters", i, k)
		}
		seen[k] = true
	}
}

func TestEveryCustomerHasARow(t *testing.T) {
	t.Parallel()
	total := 0
	for _, p := range presence {
		total += p.percent
		if !p.crm && !p.shop && !p.loyalty {
			t.Error("some customers are known nowhere")
		}
	}
	if total != 100 {
		t.Errorf("the shares add up to %d %%", total)
	}
}
