package match

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/ownlake/ownlake/insights/spelling"
)

// What values look like.

func isNull(v string) bool {
	if len(v) > len("not available") {
		return false
	}
	if v != "" && strings.IndexByte("nNuU#-?.\\", v[0]) < 0 { // what the words below begin with
		return false
	}
	switch v {
	case "Nan", "Na", "Null", "Nil", "Nat": // written like a name, and names: what stands for nothing is in one case
		return false
	}
	switch strings.ToLower(v) {
	case "null", "none", "nan", "n/a", "na", "nil", "-", "--", "?", ".", `\n`, "unknown", "nat", "#n/a", "not available", "not provided":
		return true
	}
	return false
}

func isEmail(v string) bool {
	at := strings.IndexByte(v, '@')
	return at > 0 && at < len(v)-3 && !strings.ContainsAny(v, " \t") && strings.IndexByte(v[at+1:], '.') > 0
}

func digitCount(v string) (n int) {
	for i := range len(v) {
		if v[i] >= '0' && v[i] <= '9' {
			n++
		}
	}
	return n
}

func isPhone(v string) bool {
	n := digitCount(v)
	if n < 7 || n > 17 {
		return false
	}
	other := strings.Trim(v, "0123456789()+-./ x")
	if other != "" && !strings.HasPrefix(strings.ToLower(other), "ext") {
		return false
	}
	return strings.HasPrefix(v, "+") || strings.HasPrefix(v, "(") || strings.HasPrefix(v, "0") || strings.ContainsAny(v, "-./ ") && n >= 9
}

func isNumber(v string) bool {
	_, err := strconv.ParseFloat(strings.NewReplacer(",", "", "$", "", "€", "", "£", "", " ", "").Replace(v), 64)
	return err == nil
}

func isWholeNumber(v string) bool { return v != "" && digitCount(v) == len(v) }

func isOneWord(v string) bool { return !strings.ContainsAny(v, " ,") }

func isGivenName(v string) bool {
	return isOneWord(v) && spelling.IsGivenName(strings.ToLower(spelling.ASCII(v)))
}

func isFullName(v string) bool {
	parts := strings.Fields(v)
	return len(parts) >= 2 && len(parts) <= 5 && digitCount(v) == 0 &&
		spelling.IsGivenName(strings.ToLower(spelling.ASCII(spelling.SplitFullName(v).First)))
}

func isGender(v string) bool {
	switch strings.ToLower(v) {
	case "m", "f", "d", "x", "male", "female", "man", "woman", "diverse", "other", "u", "w":
		return true
	}
	return false
}

// isWholeAddress asks for two commas, or for one and a number of four digits after it.
func isWholeAddress(v string) bool {
	_, rest, ok := strings.Cut(v, ",")
	return ok && (strings.Contains(rest, ",") || digitCount(rest) >= 4) && digitCount(v) > 0
}

// isStreetLine is a number with words, one of them a usual word of addresses.
func isStreetLine(v string) bool {
	if digitCount(v) == 0 {
		return false
	}
	for w := range strings.FieldsFuncSeq(strings.ToLower(v), func(r rune) bool { return !unicode.IsLetter(r) }) {
		if len(w) > 1 && spelling.IsAddressWord(w) {
			return true
		}
	}
	return false
}

func isDate(v string) bool { return parseDate(v, dayFirst) != 0 }
func isBirthDate(v string) bool {
	d := parseDate(v, dayFirst)
	return d.year() >= 1900 && d.year() <= 2025
}

// isCode is one word of letters and digits.
func isCode(v string) bool { return isOneWord(v) && len(v) >= 4 && digitCount(v)*5 >= 2*len(v) }

// postcodes are forms that hardly anything else has: with a leading zero or the long form of the United States,
// British and Canadian ones.
var postcodes = regexp.MustCompile(`^(0[0-9]{4}|[0-9]{5}-[0-9]{4}|[A-Z]{1,2}[0-9][0-9A-Z]? [0-9][A-Z]{2}|[A-Z][0-9][A-Z] ?[0-9][A-Z][0-9])$`)

func isPostcode(v string) bool {
	return postcodes.MatchString(v)
}

func isRegionCode(v string) bool {
	return len(v) >= 2 && len(v) <= 3 && v == strings.ToUpper(v) && digitCount(v) == 0
}
