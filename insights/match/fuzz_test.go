package match

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// normalisers are the functions that clean values, by name.
var normalisers = map[string]func(string) string{
	"fold": fold, "given name": cleanGiven, "e-mail": cleanEmail, "phone": cleanPhone, "street": cleanStreet, "postcode": cleanPostcode,
	"gender": cleanGender, "identifier": cleanID, "number": cleanNumber,
	"day": func(s string) string {
		if d := parseDate(s, monthFirst); d != 0 {
			return d.String()
		}
		return ""
	},
	"name's surname": func(s string) string { return splitName(s).surname },
	"name's given":   func(s string) string { return splitName(s).given },
	"address's town": func(s string) string { return fold(splitAddress(s).city) },
}

// hostileTexts are seeds: what real columns hold, and what nobody expects.
var hostileTexts = []string{
	"", " ", "Anna", "Müller-Lüdenscheidt", "O'Neil", "SMITH, John Q. Jr.", "Dr. med. Anna von und zu Berg", "محمد العربي", "מרים כהן", "王小明", "Ångström", "ﬀ", "İstanbul", "ẞ",
	"anna+news@gmail.com", "MAILTO:a.b.c@googlemail.com", "@", "a@", "<x@y.example>;", "+49 (0)30 123-456 ext. 7", "0049 30 123456", "011 44 20 7946 0958", "00000000", "(11) 96123-4567",
	"1960-02-31", "31.12.1999", "12/31/1999 23:59:59", "19991231", "3 Mar 1980", "99-99-99", "12 Main St. #4, Springfield, IL 62704-1234", ",,,", "1,234.50", "-0", "NaN", "1e999", "$ 5",
	"😀👩‍👩‍👧", "\u202eevil", "\x00", "\xff\xfe", "a\u0301\u0301\u0301", strings.Repeat("ab ", 2000), "'" + strings.Repeat("9", 400),
}

// FuzzNormalisersSettle holds every normaliser to three laws: what is clean stays as it is, valid text stays valid,
// and text does not grow beyond what folding a letter into several can make of it.
func FuzzNormalisersSettle(f *testing.F) {
	for _, s := range hostileTexts {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for name, clean := range normalisers {
			once := clean(s)
			if utf8.ValidString(s) && !utf8.ValidString(once) {
				t.Errorf("%s: %q becomes %q, which is no text", name, s, once)
			}
			if len(once) > 8*len(s)+16 {
				t.Errorf("%s: %d bytes become %d", name, len(s), len(once))
			}
			if name == "fold" {
				if twice := clean(once); twice != once {
					t.Errorf("%s: %q becomes %q, and that %q", name, s, once, twice)
				}
			}
		}
	})
}

// FuzzDistanceIsTheDefinitions compares the bit-parallel distance with the matrix of its definition.
func FuzzDistanceIsTheDefinitions(f *testing.F) {
	f.Add("smith", "smiht")
	f.Add("", "a")
	f.Add(strings.Repeat("ab", 32), strings.Repeat("ba", 40))
	f.Fuzz(func(t *testing.T, a, b string) {
		a, b = a[:min(len(a), wordBits)], b[:min(len(b), 200)]
		var p pattern
		p.load(a)
		want := alignment(a, b)
		if got := p.distance(b); got != want {
			t.Errorf("distance(%q, %q) = %d, want %d", a, b, got, want)
		}
		if len(b) > wordBits {
			return
		}
		if s := p.jaroWinkler(b); s < 0 || s > 1 || a == b && a != "" && s != 1 {
			t.Errorf("jaroWinkler(%q, %q) = %f", a, b, s)
		}
		var q pattern
		q.load(b)
		if p.jaro(b) != q.jaro(a) || q.distance(a) != want {
			t.Errorf("%q and %q are not as far from each other in both directions", a, b)
		}
	})
}

// FuzzReadingIsThatOfTheStandardLibrary reads what encoding/csv reads as it does, and gives every row every column
// whatever it reads.
func FuzzReadingIsThatOfTheStandardLibrary(f *testing.F) {
	f.Add([]byte("a,b\n1,2\n3,\"x,\"\"y\"\"\n z\"\n"))
	f.Add([]byte("a;b\r\n1;2\r\n\r\n3\r\n"))
	f.Add([]byte("\xff\xfea\x00,\x00b\x00\n\x001\x00,\x002\x00"))
	f.Add([]byte("a\xe9,b\n\xfc,1\n"))
	f.Add([]byte("\"a\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		table, _, err := ReadCSV("t", bytes.Clone(data))
		if err != nil {
			return
		}
		for _, c := range table.Columns {
			if len(c.Codes) != table.Rows || len(c.Values) == 0 || c.Values[0] != "" {
				t.Fatalf("%q: column %q has %d codes of %d rows, values %q", data, c.Name, len(c.Codes), table.Rows, c.Values)
			}
			for _, code := range c.Codes {
				if int(code) >= len(c.Values) {
					t.Fatalf("%q: a code without a value", data)
				}
			}
		}
		compareReaders(t, table, data)
	})
}

// compareReaders compares where both agree on what the format is: commas, UTF-8, as many fields in each record.
func compareReaders(t *testing.T, table *Table, data []byte) {
	t.Helper()
	if !utf8.Valid(data) || bytes.HasPrefix(data, []byte("\xef\xbb\xbf")) || bytes.ContainsAny(data, ";\t|\r\x00") {
		return
	}
	records, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil || len(records) == 0 || len(records[0]) < 2 {
		return
	}
	if table.Rows != len(records)-1 {
		t.Fatalf("%q: %d rows, want %d", data, table.Rows, len(records)-1)
	}
	for row, record := range records[1:] {
		for i, want := range record {
			if got := table.Columns[i].Value(row); got != want {
				t.Fatalf("%q: row %d has %q, want %q", data, row, got, want)
			}
		}
	}
}

// TestDaysAreReadInEveryWayTheyAreWritten writes days in many ways and reads them back.
func TestDaysAreReadInEveryWayTheyAreWritten(t *testing.T) {
	t.Parallel()
	for order, layouts := range map[dayOrder][]string{
		dayFirst: {
			"2006-01-02", "02.01.2006", "2.1.2006", "02/01/2006", "2006/01/02", "20060102", "02-Jan-2006", "2 January 2006", "Jan 2, 2006", "2006-01-02T15:04:05Z",
			"2006-01-02 15:04:05", "02.01.2006 15:04", "2006.01.02", "02 01 2006",
		},
		monthFirst: {"2006-01-02", "01/02/2006", "1/2/2006", "01-02-2006", "January 2, 2006", "Jan 2 2006", "20060102", "2 Jan 2006", "01/02/2006 15:04"},
	} {
		for day := time.Date(1931, 1, 1, 13, 14, 15, 0, time.UTC); day.Year() < 2020; day = day.AddDate(0, 0, 17) {
			for _, layout := range layouts {
				text := day.Format(layout)
				if got, want := parseDate(text, order).String(), day.Format("20060102"); got != want {
					t.Fatalf("%s (%s, month first: %v) is %s, want %s", text, layout, order, got, want)
				}
			}
		}
	}
}

// TestEveryNormaliserAgreesWithItself cleans what people write for one thing in several ways.
func TestEveryNormaliserAgreesWithItself(t *testing.T) {
	t.Parallel()
	for name, ways := range map[string][][]string{
		"e-mail":     {{"Anna.Lee+shop@Gmail.com", "annalee@googlemail.com", " <anna.lee@gmail.com>", "mailto:ANNA.LEE@GMAIL.COM;"}, {"", "test@test.com", "n/a", "noreply@shop.example", "@x.example"}},
		"phone":      {{"+1 (415) 555-2671", "415.555.2671", "1-415-555-2671", "4155552671 ext 12", "001 415 555 2671"}, {"+44 (0)20 7946 0958", "020 7946 0958", "0044 20 7946 0958"}, {"", "0000000000", "555", "1234567890"}},
		"street":     {{"12 Main Street", "12 MAIN ST.", "12  Main  St"}, {"4 Oak Avenue #7", "4 oak ave unit 7"}},
		"postcode":   {{"SW1A 1AA", "sw1a1aa"}, {"62704-1234", "627041234", "62704"}},
		"gender":     {{"F", "female", "Woman", "Mrs."}, {"m", "MALE", "Mr"}},
		"number":     {{"$1,234.50", "1234.5", " 1234.50 "}, {"", "NaN", "twelve"}},
		"fold":       {{"Jürgen", "JÜRGEN", "Ju\u0308rgen"}, {"O'Neil", "ONEIL", "O’Neil"}, {"Smith-Jones", "smith jones", "SMITH  JONES"}},
		"given name": {{"Dr. Anna", "ANNA", "Mrs Anna"}},
	} {
		clean := normalisers[name]
		for _, same := range ways {
			for _, s := range same[1:] {
				if got, want := clean(s), clean(same[0]); got != want && name != "postcode" || name == "postcode" && got[:3] != want[:3] {
					t.Errorf("%s: %q is %q, and %q is %q", name, s, got, same[0], want)
				}
			}
		}
	}
}
