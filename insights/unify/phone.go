package unify

import (
	"regexp"
	"strings"
	"unicode"
)

// phone reduces a telephone number to its national significant number: digits only, without extension,
// international prefix, country code and trunk zero, so that "+1 (555) 123-4567 ext. 9", "001 555 123 4567" and
// "555.123.4567" are equal. Equal national numbers of two countries are equal, too: a number written without its
// country could be of either.
func phone(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	if strings.ContainsAny(s, "xwe#o") { // each mark has one of these
		if at := extensionMark.FindStringIndex(s); at != nil && at[0] > 0 {
			s = s[:at[0]]
		}
	}
	s = strings.ReplaceAll(s, "(0)", "") // the trunk zero of "+44 (0)20", only dialled inland
	digits := onlyDigits(s)
	switch {
	case strings.HasPrefix(s, "+") || strings.HasPrefix(s, "(+"):
		digits = withoutCountryCode(digits)
	case strings.HasPrefix(digits, "00"):
		digits = withoutCountryCode(digits[2:])
	case strings.HasPrefix(digits, "011") && len(digits) > 11: // dialled from North America
		digits = withoutCountryCode(digits[3:])
	case len(digits) == 11 && digits[0] == '1': // North America's trunk prefix is also its country code
		digits = digits[1:]
	}
	return strings.TrimLeft(digits, "0")
}

// extensionMark starts an extension: "ext. 12", "x12", "#12", "Durchwahl 12", "poste 12".
var extensionMark = regexp.MustCompile(`\s*(extension|extn|ext|x|#|;ext=|durchwahl|dw|poste|anexo|interno)[\s.:=]*[0-9]{1,6}\s*$`)

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9':
			return r
		case r >= 0x80 && unicode.Is(unicode.Nd, r):
			return rune('0' + digitValue(r))
		}
		return -1
	}, s)
}

// withoutCountryCode cuts the country calling code (ITU-T E.164, whose codes are prefix-free) from an
// international number.
func withoutCountryCode(digits string) string {
	for n := 1; n <= 3 && n < len(digits); n++ {
		if isCountryCode(digits[:n]) {
			return digits[n:]
		}
	}
	return digits
}

// isCountryCode knows the codes of one and two digits; all others have three.
func isCountryCode(code string) bool {
	switch len(code) {
	case 1:
		return code == "1" || code == "7"
	case 2:
		return strings.Contains(twoDigitCountryCodes, " "+code+" ")
	}
	return true
}

const twoDigitCountryCodes = " 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 " +
	"60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98 "
