package sample

import "strings"

// foldASCII writes text as systems do that know no accents.
func foldASCII(s string) string {
	if isASCII(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for _, c := range s {
		if c < 0x80 {
			b.WriteRune(c)
			continue
		}
		b.WriteString(asciiOf[c])
	}
	return b.String()
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// asciiOf has every letter outside ASCII that occurs in lists/; a test sees to that.
var asciiOf = func() map[rune]string {
	m := map[rune]string{'æ': "ae", 'Æ': "AE", 'ß': "ss", 'œ': "oe", 'ø': "o", 'Ø': "O", 'ł': "l", 'Ł': "L", 'đ': "d", 'ı': "i"}
	for plain, accented := range map[string]string{
		"A": "ÁÀÂÄÃÅĄ", "a": "áàâäãåą", "C": "ÇĆČ", "c": "çćč", "E": "ÉÈÊËĘ", "e": "éèêëę", "g": "ğ", "I": "ÍÌÎÏİ", "i": "íìîï",
		"N": "ÑŃ", "n": "ñń", "O": "ÓÒÔÖÕ", "o": "óòôöõ", "S": "ŚŞŠ", "s": "śşš", "U": "ÚÙÛÜ", "u": "úùûü", "y": "ýÿ",
		"Z": "ŹŻŽ", "z": "źżž",
	} {
		for _, c := range accented {
			m[c] = plain
		}
	}
	return m
}()
