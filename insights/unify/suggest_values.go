package unify

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/spelling"
)

// mostly says whether at least so many percent of the values, of which there are enough to tell, pass a test.
func mostly(values []string, percent int, test func(string) bool) bool {
	const enough = 5
	if len(values) < enough {
		return false
	}
	n := 0
	for _, v := range values {
		if test(strings.TrimSpace(v)) {
			n++
		}
	}
	return 100*n >= percent*len(values)
}

// fits says whether a column can mean what its name says: by its type, and unless most of its values are something
// else.
func fits(s insights.SemanticType, t insights.DataType, values []string) bool {
	test, known := valueTests[s]
	switch {
	case s == insights.PersonBirthDate:
		return t == insights.Date || t == insights.DateTime || isText(t)
	case t == insights.Boolean || t == insights.Double || t == insights.Date || t == insights.DateTime || t == insights.Time:
		return false
	case !known || len(values) == 0:
		return true
	}
	// Real columns hold malformed values, so a third is enough where the name agrees.
	return !mostly(values, 67, func(v string) bool { return !test(v) })
}

// valueTests say what values of a semantic type look like, where they look like something.
var valueTests = map[insights.SemanticType]func(string) bool{
	insights.IdentityEmail:      emailPattern.MatchString,
	insights.IdentityPhone:      func(v string) bool { n := len(onlyDigits(v)); return n >= 5 && n <= 17 },
	insights.PersonFirstName:    hasNoDigits,
	insights.PersonMiddleName:   hasNoDigits,
	insights.PersonLastName:     hasNoDigits,
	insights.PersonFullName:     hasNoDigits,
	insights.LocationCity:       hasNoDigits,
	insights.LocationPostalCode: func(v string) bool { return len(v) <= 12 && strings.ContainsFunc(v, unicode.IsDigit) },
	insights.LocationStreet:     func(v string) bool { return strings.ContainsFunc(v, unicode.IsLetter) },
	insights.PersonGender:       func(v string) bool { return len(v) <= 12 },
}

var (
	emailPattern = regexp.MustCompile(`^[^@\s]+@[^@\s]+\.[^@\s.]+$`)
	// phonePattern asks for more than digits, which may be any number.
	phonePattern  = regexp.MustCompile(`^(\+|\(|0[0-9]*[-./ ]|[0-9]{3}[-. ])[0-9()\-./ ]{5,}(\s*(x|ext\.?)\s*[0-9]+)?$`)
	addressEnding = regexp.MustCompile(`,.*[0-9]{4,}`)
)

func hasNoDigits(v string) bool    { return !strings.ContainsFunc(v, unicode.IsDigit) }
func isSingleWord(v string) bool   { return !strings.ContainsAny(v, " ,") }
func isWholeAddress(v string) bool { return addressEnding.MatchString(v) }

func isPhone(v string) bool {
	n := len(onlyDigits(v))
	return n >= 7 && n <= 17 && phonePattern.MatchString(v)
}

func isGivenName(v string) bool {
	return isSingleWord(v) && spelling.IsGivenName(strings.ToLower(spelling.ASCII(v)))
}

func isFullName(v string) bool {
	parts := strings.Fields(v)
	if len(parts) < 2 || len(parts) > 5 || !hasNoDigits(v) {
		return false
	}
	return spelling.IsGivenName(strings.ToLower(spelling.ASCII(spelling.SplitFullName(v).First)))
}

func isGender(v string) bool {
	switch strings.ToLower(v) {
	case "m", "f", "d", "x", "male", "female", "man", "woman", "diverse", "other", "unknown", "u":
		return true
	}
	return false
}

// semanticOfValues judges a text column by its values alone. Shares are those that lists of common given names reach
// on names of many countries.
func semanticOfValues(t insights.DataType, values []string) insights.SemanticType {
	switch {
	case !isText(t):
		return ""
	case mostly(values, 70, emailPattern.MatchString):
		return insights.IdentityEmail
	case mostly(values, 70, isPhone):
		return insights.IdentityPhone
	case mostly(values, 95, isGender):
		return insights.PersonGender
	case mostly(values, 50, isGivenName):
		return insights.PersonFirstName
	case mostly(values, 40, isFullName):
		return insights.PersonFullName
	}
	return ""
}
