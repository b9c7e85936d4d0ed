package spelling

import "strings"

// FullName is a full name taken apart.
type FullName struct{ First, Middle, Last string }

// SplitFullName takes "Dr. Anna Maria van der Berg Jr." or "van der Berg, Anna Maria" apart. Titles are dropped, and
// particles such as "van der" belong to the last name. A single word is a last name, as in "Prof. Smith".
func SplitFullName(s string) FullName {
	if last, rest, ok := strings.Cut(s, ","); ok {
		rest := withoutTitles(strings.Fields(strings.ReplaceAll(rest, ",", " ")))
		family := withoutTitles(strings.Fields(last))
		titled := len(rest) == 1 && isTitlePart(rest[0]) // "Anna Berg, PhD"
		if len(rest) > 0 && len(family) > 0 && !titled {
			return FullName{rest[0], strings.Join(rest[1:], " "), strings.Join(family, " ")}
		}
		s = last
	}
	parts := withoutTitles(strings.Fields(s))
	if len(parts) < 2 {
		return FullName{Last: strings.Join(parts, " ")}
	}
	at := len(parts) - 1
	for at > 1 && nameParticles[strings.ToLower(parts[at-1])] {
		at--
	}
	return FullName{parts[0], strings.Join(parts[1:at], " "), strings.Join(parts[at:], " ")}
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

func isTitlePart(part string) bool { return IsTitle(strings.ToLower(strings.Trim(part, "."))) }

var nameParticles = map[string]bool{
	"van": true, "von": true, "der": true, "den": true, "de": true, "del": true, "della": true, "di": true, "da": true,
	"dos": true, "das": true, "du": true, "la": true, "le": true, "los": true, "las": true, "ter": true, "ten": true, "zu": true,
	"zum": true, "zur": true, "bin": true, "ibn": true, "al": true, "el": true, "st": true, "st.": true, "san": true, "mac": true,
}
