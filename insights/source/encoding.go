package source

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
)

// encoding is how a file writes characters.
type encoding string

// The encodings. Latin-1 is read as Windows-1252, which has the same letters and, where Latin-1 has control
// characters that nobody means, the quotes and dashes that people do.
const (
	utf8Encoding encoding = "utf-8"
	utf16LE      encoding = "utf-16le"
	utf16BE      encoding = "utf-16be"
	windows1252  encoding = "windows-1252"
)

// declaredEncoding reads the encoding that a definition names.
func declaredEncoding(name string) (encoding, error) {
	switch strings.ToLower(strings.ReplaceAll(name, "_", "-")) {
	case "utf-8", "utf8":
		return utf8Encoding, nil
	case "utf-16", "utf16", "utf-16le":
		return utf16LE, nil
	case "utf-16be":
		return utf16BE, nil
	case "latin-1", "latin1", "iso-8859-1", "windows-1252", "cp1252":
		return windows1252, nil
	}
	return "", errs.E(errs.Invalid, errs.Item(name), "not an encoding that files are read in",
		errs.Hint("use utf-8, utf-16, latin-1 or windows-1252"))
}

var (
	utf8BOM    = []byte("\xef\xbb\xbf")
	utf16LEBOM = []byte("\xff\xfe")
	utf16BEBOM = []byte("\xfe\xff")
)

// detectEncoding judges a file by its beginning. sure is false where bytes that are not UTF-8 made it Windows-1252.
// A byte order mark decides; declared is used where there is none.
func detectEncoding(head []byte, declared encoding) (e encoding, sure bool) {
	switch {
	case bytes.HasPrefix(head, utf8BOM):
		return utf8Encoding, true
	case bytes.HasPrefix(head, utf16LEBOM):
		return utf16LE, true
	case bytes.HasPrefix(head, utf16BEBOM):
		return utf16BE, true
	case declared != "":
		return declared, true
	}
	if e := utf16ByZeros(head); e != "" {
		return e, true
	}
	letters, wrong := 0, 0
	for i := 0; i < len(head); {
		if head[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRune(head[i:])
		switch {
		case r != utf8.RuneError || n > 1:
			letters++
		case !utf8.FullRune(head[i:]):
			return utf8Encoding, true // the beginning ends within a letter
		default:
			wrong++
		}
		i += n
	}
	// A few wrong bytes among many right letters are damage; otherwise the file was never UTF-8.
	if wrong > 0 && wrong*10 >= letters {
		return windows1252, false
	}
	return utf8Encoding, true
}

// utf16ByZeros recognises UTF-16 without a byte order mark: of mostly Latin text every other byte is zero.
func utf16ByZeros(head []byte) encoding {
	var zeros [2]int
	for i, c := range head {
		if c == 0 {
			zeros[i%2]++
		}
	}
	pairs := len(head) / 2
	switch {
	case pairs >= 4 && zeros[1] > pairs/2 && zeros[0] < pairs/20+1:
		return utf16LE
	case pairs >= 4 && zeros[0] > pairs/2 && zeros[1] < pairs/20+1:
		return utf16BE
	}
	return ""
}

// reader turns a file's bytes, from the beginning, into UTF-8 without a byte order mark. UTF-8 is passed on
// unchecked, as a record with wrong bytes must be told from those without.
func (e encoding) reader(r io.Reader) io.Reader {
	switch e {
	case utf16LE:
		return transform.NewReader(r, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder())
	case utf16BE:
		return transform.NewReader(r, unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewDecoder())
	case windows1252:
		return transform.NewReader(r, charmap.Windows1252.NewDecoder())
	default:
		return &withoutBOM{r: r}
	}
}

// withoutBOM leaves out a UTF-8 byte order mark.
type withoutBOM struct {
	r       io.Reader
	checked bool
	rest    []byte
}

// Read implements [io.Reader].
func (w *withoutBOM) Read(p []byte) (int, error) {
	if !w.checked {
		w.checked = true
		head := make([]byte, len(utf8BOM))
		n, err := io.ReadFull(w.r, head)
		if head = head[:n]; !bytes.Equal(head, utf8BOM) {
			w.rest = head
		}
		if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
			return 0, err
		}
	}
	if len(w.rest) > 0 {
		n := copy(p, w.rest)
		w.rest = w.rest[n:]
		return n, nil
	}
	return w.r.Read(p)
}

// refuseForeign says what a file is that begins so and is not text, with what to do about it.
func refuseForeign(name string, head []byte) error {
	for _, known := range []struct{ magic, is, do string }{
		{"PK\x03\x04", "a ZIP archive or an Excel workbook", "save the sheet as CSV, or unpack the archive"},
		{"\xd0\xcf\x11\xe0", "an old Excel workbook", "save the sheet as CSV"},
		{"\x1f\x8b", "compressed with gzip", "unpack it"},
		{"%PDF", "a PDF document", "export the data as CSV"},
		{"PAR1", "a Parquet file", "set format: parquet, or give it the ending .parquet"},
	} {
		if bytes.HasPrefix(head, []byte(known.magic)) {
			return errs.E(errs.Invalid, errs.Item(name), "the file is "+known.is+", not CSV", errs.Hint(known.do))
		}
	}
	return nil
}

// formatOf decides how a file is written: as declared, by its ending, or by its first bytes.
func formatOf(declared insights.DataFormat, name string, head []byte) insights.DataFormat {
	switch {
	case declared != "":
		return declared
	case strings.HasSuffix(strings.ToLower(name), ".parquet"), bytes.HasPrefix(head, []byte("PAR1")):
		return insights.Parquet
	}
	return insights.CSV
}
