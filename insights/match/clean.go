package match

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/ownlake/ownlake/insights/spelling"
)

// fold writes a text in lower case ASCII letters, digits and single spaces. Letters of other scripts stay. Apostrophes
// and dots within words are dropped, so that O'Neil and S.A. are one word; other signs separate words.
func fold(s string) string {
	if clean(s) {
		return s
	}
	s = spelling.ASCII(s)
	b := make([]byte, 0, len(s))
	for _, r := range s {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b = append(b, byte(r))
		case r >= 'A' && r <= 'Z':
			b = append(b, byte(r)|0x20)
		case r == '\'' || r == '.':
		case r >= 0x80 && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)):
			b = append(b, string(unicode.ToLower(r))...)
		case len(b) > 0 && b[len(b)-1] != ' ':
			b = append(b, ' ')
		}
	}
	if len(b) > 0 && b[len(b)-1] == ' ' {
		b = b[:len(b)-1]
	}
	return string(b)
}

// clean says whether fold would change nothing.
func clean(s string) bool {
	space := true
	for i := range len(s) {
		switch b := s[i]; {
		case b >= 'a' && b <= 'z' || b >= '0' && b <= '9':
			space = false
		case b == ' ' && !space:
			space = true
		default:
			return false
		}
	}
	return !space || s == ""
}

// personName is a name's parts, folded.
type personName struct{ given, middle, surname, suffix string }

// splitName takes a full name apart.
func splitName(s string) personName {
	full := spelling.SplitFullName(s)
	if full.First == "" && full.Last == "" {
		return personName{}
	}
	n := personName{given: fold(full.First), middle: fold(full.Middle)}
	n.surname, n.suffix = splitSuffix(fold(full.Last))
	if n.suffix == "" {
		_, n.suffix = splitSuffix(fold(s))
	}
	return n
}

var suffixes = map[string]string{"jr": "jr", "junior": "jr", "sr": "sr", "senior": "sr", "ii": "ii", "iii": "iii", "iv": "iv"}

// splitSuffix cuts "jr" from "smith jr".
func splitSuffix(s string) (name, suffix string) {
	at := strings.LastIndexByte(s, ' ')
	if at < 0 {
		return s, ""
	}
	if suffix, ok := suffixes[s[at+1:]]; ok {
		return s[:at], suffix
	}
	return s, ""
}

// cleanGiven drops titles before a name.
func cleanGiven(s string) string {
	s = fold(s)
	if strings.IndexByte(s, ' ') < 0 {
		return s
	}
	parts := strings.Fields(s)
	for len(parts) > 1 && spelling.IsTitle(parts[0]) {
		parts = parts[1:]
	}
	return strings.Join(parts, " ")
}

// cleanEmail lower-cases, and leaves out what no mail system looks at: a "mailto:", a tag behind a plus sign, and the
// dots of Gmail's names.
func cleanEmail(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	s = strings.TrimPrefix(s, "mailto:")
	s = strings.Trim(s, "<>\"' ;,")
	local, domain, ok := strings.Cut(s, "@")
	if !ok {
		return ""
	}
	if tag := strings.IndexByte(local, '+'); tag > 0 {
		local = local[:tag]
	}
	if domain == "googlemail.com" {
		domain = "gmail.com"
	}
	if domain == "gmail.com" {
		local = strings.ReplaceAll(local, ".", "")
	}
	if isPlaceholder(local, domain) {
		return ""
	}
	return local + "@" + domain
}

// isPlaceholder says whether an address is one that people type to get past a form.
func isPlaceholder(local, domain string) bool {
	switch local {
	case "", "test", "none", "noemail", "no-email", "noreply", "no-reply", "na", "n/a", "unknown", "example", "asdf", "abc", "xxx":
		return true
	}
	return strings.HasPrefix(domain, "test.") || domain == "none.com"
}

// cleanPhone keeps the digits of a number without country code, trunk prefix and extension.
func cleanPhone(s string) string {
	seen := 0
	for i := range len(s) {
		if c := s[i] | 0x20; (c == 'x' || c == 'e' || s[i] == '#' || s[i] == ';') && seen >= 7 {
			s = s[:i] // an extension
			break
		}
		if s[i] >= '0' && s[i] <= '9' {
			seen++
		}
	}
	plus := strings.HasPrefix(strings.TrimLeft(s, " ("), "+")
	s = strings.Replace(s, "(0)", "", 1)
	digits := make([]byte, 0, 16)
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			digits = append(digits, s[i])
		}
	}
	d := string(digits)
	switch {
	case plus:
		d = withoutCountryCode(d)
	case strings.HasPrefix(d, "00"):
		d = withoutCountryCode(d[2:])
	case strings.HasPrefix(d, "011") && len(d) > 11:
		d = withoutCountryCode(d[3:])
	case len(d) == 11 && d[0] == '1' && d[1] >= '2': // area codes of North America begin with 2 to 9
		d = d[1:]
	}
	d = strings.TrimLeft(d, "0")
	if len(d) < 5 || strings.Count(d, d[:1]) == len(d) || strings.HasPrefix("12345678901234", d) {
		return ""
	}
	return d
}

// withoutCountryCode cuts the calling code (ITU-T E.164) from an international number.
func withoutCountryCode(d string) string {
	if len(d) < 4 {
		return d
	}
	switch {
	case d[0] == '1' || d[0] == '7':
		return d[1:]
	case strings.Contains(twoDigitCountryCodes, " "+d[:2]+" "):
		return d[2:]
	}
	return d[3:]
}

const twoDigitCountryCodes = " 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 " +
	"60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98 "

// cleanStreet writes the words of an address line in their short forms.
func cleanStreet(s string) string {
	parts := strings.Fields(fold(strings.ReplaceAll(s, "#", " unit ")))
	for i, w := range parts {
		if w[0] > '9' {
			parts[i] = spelling.AddressWord(w)
		}
	}
	return strings.Join(slices.Compact(parts), " ")
}

// cleanPostcode keeps letters and digits; of the nine digits of the United States' long form the first five.
func cleanPostcode(s string) string {
	f := strings.ReplaceAll(fold(s), " ", "")
	if n := digitCount(f); n == len(f) {
		switch {
		case n == 9:
			return f[:5]
		case n == 4 && len(s) == 4:
			return f
		}
	}
	return f
}

func cleanGender(s string) string {
	switch f := fold(s); f {
	case "male", "man", "mr":
		return "m"
	case "female", "woman", "w", "mrs", "ms":
		return "f"
	default:
		return f
	}
}

func cleanID(s string) string { return strings.ReplaceAll(fold(s), " ", "") }

// cleanNumber drops signs of currency and thousands.
func cleanNumber(s string) string {
	s = strings.Trim(s, " $€£")
	if f, err := strconv.ParseFloat(strings.ReplaceAll(s, ",", ""), 64); err == nil && !math.IsNaN(f) && !math.IsInf(f, 0) {
		return strconv.FormatFloat(f, 'g', -1, 64)
	}
	return ""
}

// parseNumber reads what cleanNumber wrote.
func parseNumber(s string) float64 {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0
	}
	return f
}

// postalAddress is a whole address taken apart, not yet cleaned.
type postalAddress struct{ street, city, region, postcode string }

// splitAddress reads "6 Gardner Ave, Canton, OH, 44708" and its kin: the street comes first, the postcode is the last
// part with digits, the region a word of two or three letters before it, the city what stands before these.
func splitAddress(s string) postalAddress {
	parts := strings.Split(s, ",")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	a := postalAddress{street: parts[0]}
	rest := parts[1:]
	for i := len(rest) - 1; i >= 0; i-- {
		part := rest[i]
		if a.postcode == "" && digitCount(part) >= 3 {
			a.postcode, part = cutPostcode(part)
			rest[i] = part
		}
		switch {
		case part == "":
		case a.region == "" && len(part) <= 3 && i > 0:
			a.region = part
		case a.city == "" || i > 0:
			a.city = part
		default:
			if a.city == "" {
				a.city = part
			} else {
				a.street += " " + part
			}
		}
	}
	return a
}

// cutPostcode takes the words with digits out of "OH 44708" or "44708 Canton".
func cutPostcode(part string) (postcode, rest string) {
	var code, other []string
	for w := range strings.FieldsSeq(part) {
		if digitCount(w) > 0 {
			code = append(code, w)
		} else {
			other = append(other, w)
		}
	}
	return strings.Join(code, " "), strings.Join(other, " ")
}
