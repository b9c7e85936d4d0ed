package source

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// scanText scans a text fed in blocks that grow as the reader of files lets them, starting with size bytes.
func scanText(s *scanner, text string, size int) []string {
	var out []string
	rest, b := text, &block{}
	n := size
	for {
		n = min(n, len(rest))
		b.data = []byte(rest[:n])
		final := n == len(rest)
		used := s.scan(b, final)
		for _, r := range b.records {
			var fields []string
			for _, f := range b.columns(r) {
				v, _ := b.value(f, s.quote, nil)
				fields = append(fields, string(v))
			}
			line := fmt.Sprintf("%d %q", r.line, fields)
			if r.problem != "" {
				line = fmt.Sprintf("%d ! %s @%d %q", r.line, r.problem, r.column, b.text(r))
			}
			out = append(out, line)
		}
		rest = rest[used:]
		if final {
			return out
		}
		if n += size; used > 0 {
			n = size
		}
	}
}

func TestRecordsAreFound(t *testing.T) {
	t.Parallel()
	const three = 3
	tests := []struct {
		name, text string
		want       int
		lines      []string
		crEnds     bool
	}{
		{"plain", "a,b,c\n1,2,3\n", three, []string{`1 ["a" "b" "c"]`, `2 ["1" "2" "3"]`}, false},
		{"no line end at the end", "1,2,3", three, []string{`1 ["1" "2" "3"]`}, false},
		{"mixed line ends", "1,2,3\r\n4,5,6\n7,8,9\r\n", three, []string{`1 ["1" "2" "3"]`, `2 ["4" "5" "6"]`, `3 ["7" "8" "9"]`}, false},
		{"a lone CR is text where lines end in LF", "1,a\rb,3\n", three, []string{`1 ["1" "a\rb" "3"]`}, false},
		{"lone CRs end lines of old files", "1,2,3\r4,\"x\ry\",6\r\r7,8,9\r", three, []string{`1 ["1" "2" "3"]`, `2 ["4" "x\ry" "6"]`, `5 ["7" "8" "9"]`}, true},
		{"both line ends where lone CRs count", "1,2,3\r4,5,6\r\n7,8,9\n", three, []string{`1 ["1" "2" "3"]`, `2 ["4" "5" "6"]`, `3 ["7" "8" "9"]`}, true},
		{"empty lines are no records", "\n1,2,3\n\r\n4,5,6\n\n", three, []string{`2 ["1" "2" "3"]`, `4 ["4" "5" "6"]`}, false},
		{"empty fields", ",,\n\"\",,\"\"\n", three, []string{`1 ["" "" ""]`, `2 ["" "" ""]`}, false},
		{
			"quotes, doubled quotes, delimiters and line breaks in them", "\"a,\"\"b\"\"\",\"x\ny\r\nz\",3\n4,5,6\n", three,
			[]string{`1 ["a,\"b\"" "x\ny\r\nz" "3"]`, `4 ["4" "5" "6"]`},
			false,
		},
		{"a quote in an unquoted value is text", "5\" pipe,b\"c,d\n", three, []string{`1 ["5\" pipe" "b\"c" "d"]`}, false},
		{
			"text after a closing quote spoils its line only", "1,\"Ann\"a,3\n4,5,6\n", three,
			[]string{`1 ! text follows a closing quote @1 "1,\"Ann\"a,3"`, `2 ["4" "5" "6"]`},
			false,
		},
		{"a blank after a closing quote is text", "1,\"b\" ,3\n", three, []string{`1 ! text follows a closing quote @1 "1,\"b\" ,3"`}, false},
		{
			"too few and too many columns", "1,2\n1,2,3,4\n4,5,6\n", three,
			[]string{`1 ! too few columns: 2 instead of 3 @-1 "1,2"`, `2 ! too many columns: 4 instead of 3 @-1 "1,2,3,4"`, `3 ["4" "5" "6"]`},
			false,
		},
		{
			"an unclosed quote does not swallow what follows", "1,\"b,3\n4,5,6\n7,8,9\n", three,
			[]string{`1 ! a quote is opened and never closed @1 "1,\"b,3"`, `2 ["4" "5" "6"]`, `3 ["7" "8" "9"]`},
			false,
		},
		{
			"an unclosed quote that the next quote seems to close", "1,\"b,3\n4,\"e\",6\n7,\"h\",9\n", three,
			[]string{`1 ! text follows a closing quote @1 "1,\"b,3"`, `2 ["4" "e" "6"]`, `3 ["7" "h" "9"]`},
			false,
		},
		{
			"an unclosed quote among values that are all quoted", "\"1\",\"b,\"3\"\n\"4\",\"5\",\"6\"\n", three,
			[]string{`1 ! text follows a closing quote @1 "\"1\",\"b,\"3\""`, `2 ["4" "5" "6"]`},
			false,
		},
		{
			"an unclosed quote at the end of a line", "\"1\",\"2\",\"3\n\"4\",\"5\",\"6\"\n", three,
			[]string{`1 ! text follows a closing quote @2 "\"1\",\"2\",\"3"`, `2 ["4" "5" "6"]`},
			false,
		},
		{
			"the rest of a broken record is not taken for one", "1,\"a\nb\",x,y\n4,5,6\n", three,
			[]string{`1 ! too many columns: 4 instead of 3 @-1 "1,\"a"`, `2 ! a quote within an unquoted value, after a broken record @0 "b\",x,y"`, `3 ["4" "5" "6"]`},
			false,
		},
		{"an unclosed quote in the last line", "1,2,3\n4,\"5", three, []string{`1 ["1" "2" "3"]`, `2 ! a quote is opened and never closed @1 "4,\"5"`}, false},
		{"a quote that ends the file", "1,2,\"3\"", three, []string{`1 ["1" "2" "3"]`}, false},
		{"only quotes", "\"\"\"\"\"\"\n", 1, []string{`1 ["\"\""]`}, false},
		{"one column", "a\n\"b\nc\"\n", 1, []string{`1 ["a"]`, `2 ["b\nc"]`}, false},
		{
			"a line that is too long is given up whole", "1,2,3\n" + strings.Repeat("x", 300) + ",2,3\n4,5,6\n", three,
			[]string{`1 ["1" "2" "3"]`, `2 ! the record is longer than 16 MiB @0 "` + strings.Repeat("x", 200) + `"`, `3 ["4" "5" "6"]`},
			false,
		},
		{"a quoted value that is too long counts as never closed", "\"1\n" + strings.Repeat("4,5,6\n", 50) + "7\",8,9\n", three, nil, false},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			for _, size := range []int{1, 2, 3, 7, 50, 200, 100_000} {
				s := newScanner(dialect{delimiter: ',', quote: '"', crEnds: tc.crEnds}, tc.want)
				s.limit = 200
				if size > s.limit && strings.Contains(tc.name, "too long") {
					continue // limits only matter to blocks that had to grow
				}
				got := scanText(s, tc.text, size)
				if tc.lines == nil {
					if len(got) != 52 || !strings.Contains(got[0], neverClosed) || !strings.Contains(got[51], strayQuote) {
						t.Errorf("blocks of %d: got %d records, first %s, last %s", size, len(got), got[0], got[len(got)-1])
					}
					continue
				}
				if size > 1 && size < 200 && strings.Contains(tc.name, "given up whole") {
					got[1] = tc.lines[1] // how much of the line is kept depends on the blocks
				}
				if diff := cmp.Diff(tc.lines, got); diff != "" {
					t.Errorf("blocks of %d (-want +got):\n%s", size, diff)
				}
			}
		})
	}
}

// FuzzScan holds the scanner to two laws: how the text is cut into blocks changes nothing, and every line that
// is not empty belongs to a record.
func FuzzScan(f *testing.F) {
	for _, text := range []string{"a,b\n1,2\n", "\"a\nb\",c\n", "a\"b,\"c\"d\n\"e", "\r\n,\r\r\"\",\"", "1,\"x\n2,\"y\"\n3,z\n"} {
		for _, want := range []byte{0, 2} {
			f.Add(text, want, byte(3), false)
			f.Add(text, want, byte(1), true)
		}
	}
	f.Fuzz(func(t *testing.T, text string, want, size byte, crEnds bool) {
		d := dialect{delimiter: ',', quote: '"', crEnds: crEnds}
		whole := scanText(newScanner(d, int(want)), text, len(text)+1)
		pieces := scanText(newScanner(d, int(want)), text, max(1, int(size)))
		if diff := cmp.Diff(whole, pieces); diff != "" {
			t.Fatalf("blocks change the records (-whole +pieces):\n%s", diff)
		}
		s, b := newScanner(d, int(want)), &block{data: []byte(text)}
		if used := s.scan(b, true); used != len(text) {
			t.Fatalf("%d of %d bytes were used", used, len(text))
		}
		pos := 0
		for _, r := range b.records {
			if between := strings.Trim(text[pos:r.from], "\r\n"); between != "" {
				t.Fatalf("%q belongs to no record", between)
			}
			pos = int(r.to)
		}
		if rest := strings.Trim(text[pos:], "\r\n"); rest != "" {
			t.Fatalf("%q at the end belongs to no record", rest)
		}
	})
}
