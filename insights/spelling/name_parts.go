package spelling

import (
	"strings"
	"unicode"
)

// NameParts splits "Address1_PostalCode" into address, postal, code: at case, digits and symbols.
func NameParts(name string) []string {
	var parts []string
	var part []rune
	flush := func() {
		if len(part) > 0 {
			parts = append(parts, strings.ToLower(string(part)))
			part = part[:0]
		}
	}
	letters := []rune(ASCII(name))
	for i, r := range letters {
		startsWord := unicode.IsUpper(r) && i > 0 &&
			(!unicode.IsUpper(letters[i-1]) || i+1 < len(letters) && unicode.IsLower(letters[i+1]))
		if startsWord || !unicode.IsLetter(r) {
			flush()
		}
		if unicode.IsLetter(r) {
			part = append(part, r)
		}
	}
	flush()
	return parts
}
