package spelling

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// ASCII takes letters apart from their marks and spells letters that have no parts, such as ß. Scripts without
// an ASCII form stay as they are: to drop them would make different values equal.
func ASCII(s string) string {
	if isASCII(s) {
		return s
	}
	var b strings.Builder
	for _, r := range norm.NFKD.String(s) {
		switch spelled, known := spellings[r]; {
		case known:
			b.WriteString(spelled)
		case !unicode.Is(unicode.Mn, r):
			b.WriteRune(r)
		}
	}
	return b.String()
}

// spellings are letters and signs that NFKD leaves whole.
var spellings = map[rune]string{
	'ß': "ss", 'ẞ': "SS", 'æ': "ae", 'Æ': "AE", 'œ': "oe", 'Œ': "OE", 'ø': "o", 'Ø': "O", 'đ': "d", 'Đ': "D",
	'ð': "d", 'Ð': "D", 'þ': "th", 'Þ': "Th", 'ł': "l", 'Ł': "L", 'ı': "i", 'ħ': "h", 'Ħ': "H", 'ŋ': "ng",
	'Ŋ': "NG", 'ŧ': "t", 'Ŧ': "T", 'ĸ': "k", 'ƒ': "f", 'ɓ': "b", 'ɗ': "d", 'ə': "e", 'Ə': "E", 'ʻ': "'", 'ʼ': "'",
	'‘': "'", '’': "'", '‚': ",", '‛': "'", '“': `"`, '”': `"`, '„': `"`, '«': `"`, '»': `"`, '‹': "'", '›': "'",
	'‐': "-", '‑': "-", '‒': "-", '–': "-", '—': "-", '―': "-", '−': "-", '⁄': "/", '×': "x", '·': ".", '•': ".",
	'\u00ad': "", '\u200b': "", '\u200c': "", '\u200d': "", '\u2060': "", '\ufeff': "",
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
