package unify

import "strings"

// fullName is a full name taken apart.
type fullName struct{ first, middle, last string }

// splitFullName takes "Dr. Anna Maria van der Berg Jr." or "van der Berg, Anna Maria" apart. Titles are dropped, and
// particles such as "van der" belong to the last name. A single word is a last name, as in "Prof. Smith".
func splitFullName(s string) fullName {
	if last, rest, ok := strings.Cut(s, ","); ok {
		rest := withoutTitles(strings.Fields(strings.ReplaceAll(rest, ",", " ")))
		family := withoutTitles(strings.Fields(last))
		titled := len(rest) == 1 && isTitlePart(rest[0]) // "Anna Berg, PhD"
		if len(rest) > 0 && len(family) > 0 && !titled {
			return fullName{rest[0], strings.Join(rest[1:], " "), strings.Join(family, " ")}
		}
		s = last
	}
	parts := withoutTitles(strings.Fields(s))
	if len(parts) < 2 {
		return fullName{last: strings.Join(parts, " ")}
	}
	at := len(parts) - 1
	for at > 1 && nameParticles[strings.ToLower(parts[at-1])] {
		at--
	}
	return fullName{parts[0], strings.Join(parts[1:at], " "), strings.Join(parts[at:], " ")}
}

// withoutTitles cuts titles from both ends as long as two words are left.
func withoutTitles(parts []string) []string {
	for len(parts) > 2 && isTitlePart(parts[len(parts)-1]) {
		parts = parts[:len(parts)-1]
	}
	for len(parts) > 1 && isTitlePart(parts[0]) {
		parts = parts[1:]
	}
	return parts
}

func isTitlePart(part string) bool { return isTitle(strings.ToLower(strings.Trim(part, "."))) }

var nameParticles = map[string]bool{
	"van": true, "von": true, "der": true, "den": true, "de": true, "del": true, "della": true, "di": true, "da": true,
	"dos": true, "das": true, "du": true, "la": true, "le": true, "los": true, "las": true, "ter": true, "ten": true, "zu": true,
	"zum": true, "zur": true, "bin": true, "ibn": true, "al": true, "el": true, "st": true, "st.": true, "san": true, "mac": true,
}

// part returns what a source of that kind takes of a full name.
func (k sourceKind) part(s string) string {
	switch k {
	case firstOfFull:
		return splitFullName(s).first
	case middleOfFull:
		return splitFullName(s).middle
	case lastOfFull:
		return splitFullName(s).last
	default:
		return s
	}
}
