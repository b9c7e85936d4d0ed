package match

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/unicode"
)

// rowsOf are a table's rows, the header first.
func rowsOf(t *Table) [][]string {
	header := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		header[i] = c.Name
	}
	rows := [][]string{header}
	for row := range t.Rows {
		values := make([]string, len(t.Columns))
		for i := range t.Columns {
			values[i] = t.Columns[i].Value(row)
		}
		rows = append(rows, values)
	}
	return rows
}

// TestRowsAreReadAcrossBlocks writes files of several blocks with fields that are cut by their ends, and compares with
// the standard library's reader.
func TestRowsAreReadAcrossBlocks(t *testing.T) {
	t.Parallel()
	for _, lineEnd := range []string{"\n", "\r\n"} {
		r := rand.New(rand.NewPCG(21, 22))
		var file bytes.Buffer
		file.WriteString("key,name,note" + lineEnd)
		want := [][]string{{"key", "name", "note"}}
		for i := range 15_000 {
			name := randomText(r, 12, "abcd ")
			note := randomText(r, 150, "xyz ,\n\"")
			if i == 9000 {
				note = strings.Repeat("a long \"note\"\n", 200_000)
			}
			want = append(want, []string{strconv.Itoa(i), name, note})
			fmt.Fprintf(&file, `%d,%s,"%s"%s`, i, name, strings.ReplaceAll(note, `"`, `""`), lineEnd)
		}
		same := func(a, b [][]string) bool { return slices.EqualFunc(a, b, slices.Equal[[]string]) }
		if again, err := csv.NewReader(bytes.NewReader(file.Bytes())).ReadAll(); err != nil || !same(again, want) {
			t.Fatalf("the test's file is not what it should be: %v", err)
		}
		table, ragged, err := ReadCSV("t", file.Bytes())
		if err != nil || ragged != 0 {
			t.Fatalf("%d ragged, %v", ragged, err)
		}
		if got := rowsOf(table); !same(got, want) {
			for i := range min(len(got), len(want)) {
				if !slices.Equal(got[i], want[i]) {
					t.Fatalf("row %d: %.200q, want %.200q", i, got[i], want[i])
				}
			}
			t.Fatalf("%d rows, want %d", len(got), len(want))
		}
	}
}

func TestFilesOfAllKindsAreRead(t *testing.T) {
	t.Parallel()
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String("a,b\nä,1\n")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		file   string
		want   [][]string
		ragged int
	}{
		"no line end at the end":        {"a,b\n1,2", [][]string{{"a", "b"}, {"1", "2"}}, 0},
		"a header alone":                {"a,b", [][]string{{"a", "b"}}, 0},
		"an empty line":                 {"a,b\n\n1,2\n", [][]string{{"a", "b"}, {"1", "2"}}, 0},
		"short and long records":        {"a,b\n1\n1,2,3\n", [][]string{{"a", "b"}, {"1", ""}, {"1", "2"}}, 2},
		"a byte order mark":             {"\xef\xbb\xbfa;b\n1;2\n", [][]string{{"a", "b"}, {"1", "2"}}, 0},
		"UTF-16":                        {utf16, [][]string{{"a", "b"}, {"ä", "1"}}, 0},
		"Windows-1252":                  {"n\xe4me,b\nM\xfcller,2\n", [][]string{{"näme", "b"}, {"Müller", "2"}}, 0},
		"a quote that is never closed":  {"a,b\n1,\"x\n2,y\n", [][]string{{"a", "b"}, {"1", "x\n2,y\n"}}, 0},
		"text behind a closing quote":   {"a,b\n\"1\"x,2\n", [][]string{{"a", "b"}, {"1", "2"}}, 0},
		"quotes of quotes at the end":   {"a,b\n1,\"\"\"\"", [][]string{{"a", "b"}, {"1", `"`}}, 0},
		"an empty quoted field at last": {"a,b\n1,\"\"\n", [][]string{{"a", "b"}, {"1", ""}}, 0},
	} {
		table, ragged, err := ReadCSV("t", []byte(c.file))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(c.want, rowsOf(table)); diff != "" || ragged != c.ragged {
			t.Errorf("%s: %d ragged, want %d; rows (-want +got):\n%s", name, ragged, c.ragged, diff)
		}
	}
	if _, _, err := ReadCSV("t", nil); err == nil {
		t.Error("an empty file is a table")
	}
}

// FuzzReadCSV looks for files that break the reader, or that it reads otherwise in one block than in several.
func FuzzReadCSV(f *testing.F) {
	for _, s := range []string{"a,b\n1,2\n", "a;b\n\"1\";\"\"\"\"\n", "\xff\xfea\x00\n\x00", "a\n\"", "\"", "a,b\r\n\"x\"\"\r\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		table, _, err := ReadCSV("t", data)
		if err != nil {
			return
		}
		for i, c := range table.Columns {
			if len(c.Codes) != table.Rows {
				t.Fatalf("column %d has %d codes, want %d", i, len(c.Codes), table.Rows)
			}
			for _, code := range c.Codes {
				if int(code) >= len(c.Values) {
					t.Fatalf("column %d has a code %d of %d", i, code, len(c.Values))
				}
			}
		}
	})
}
