package unify

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/spelling"
)

// normalizer applies normalisations in an order of its own. The documents state none; this one lets each step see what
// the former ones cleaned: scripts and digits first, then case, then the types, which need words, and only then symbols
// and spaces, which separate words.
type normalizer struct {
	names []insights.Normalization
	steps []func(string) string
	// replaced are normal values that stand for others, or, being "", for none (UNI-9).
	replaced map[string]string
}

var normalizationSteps = []struct {
	name insights.Normalization
	do   func(string) string
}{
	{insights.NormalizeUnicode, spelling.ASCII},
	{insights.NormalizeNumerals, numerals},
	{insights.NormalizeLowerCase, strings.ToLower},
	{insights.NormalizePhone, phone},
	{insights.NormalizeName, personName},
	{insights.NormalizeAddress, address},
	{insights.NormalizeOrganization, organization},
	{insights.NormalizeSymbols, withoutSymbols},
	{insights.NormalizeWhitespace, withoutSpace},
}

// conditionNormalizer is what a condition does to values. problem says which values cannot be what they are said to be.
func conditionNormalizer(c insights.Condition) (n normalizer, problem string) {
	n = newNormalizer(c.Normalize)
	replaced := map[string]string{}
	add := func(value, by string) {
		normal := n.apply(value)
		if former, ok := replaced[normal]; ok && former != by {
			problem = fmt.Sprintf("%q is in two groups of aliases, or bypassed and aliased", value)
		}
		replaced[normal] = by
	}
	for _, group := range c.Alias {
		for _, value := range group {
			add(value, n.apply(group[0]))
		}
	}
	for _, value := range c.Bypass {
		add(value, "")
	}
	if len(replaced) > 0 {
		n.replaced = replaced
	}
	return n, problem
}

// newNormalizer orders normalisations and drops repeated ones.
func newNormalizer(wanted []insights.Normalization) normalizer {
	var n normalizer
	for _, step := range normalizationSteps {
		if slices.Contains(wanted, step.name) {
			n.names, n.steps = append(n.names, step.name), append(n.steps, step.do)
		}
	}
	return n
}

// equal says whether both do the same.
func (n normalizer) equal(m normalizer) bool {
	return slices.Equal(n.names, m.names) && maps.Equal(n.replaced, m.replaced)
}

// apply normalises a value for matching. Space around it never counts. An empty result stands for a missing
// value, which matches nothing.
func (n normalizer) apply(s string) string {
	s = strings.TrimSpace(s)
	for _, step := range n.steps {
		s = strings.TrimSpace(step(s))
	}
	if by, ok := n.replaced[s]; ok {
		return by
	}
	return s
}

// numerals writes numbers of every script and Roman numerals in ASCII digits. The documents name both readings.
// A Roman numeral is a word of two or more of the letters I, V and X: single letters are initials, and with L, C,
// D and M words such as "mix" or the surname "Li" would be numbers.
func numerals(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r < 0x80:
			b.WriteRune(r)
		case unicode.Is(unicode.Nd, r):
			b.WriteByte('0' + digitValue(r))
		case unicode.Is(unicode.No, r) || unicode.Is(unicode.Nl, r):
			b.WriteString(norm.NFKD.String(string(r))) // "Ⅳ" and "④" become "IV" and "4"
		default:
			b.WriteRune(r)
		}
	}
	return mapWords(b.String(), func(word string) string {
		if n, ok := romanNumber(word); ok {
			return n
		}
		return word
	})
}

// digitValue counts from the start of the block of ten that every script's decimal digits stand in.
func digitValue(r rune) byte {
	for v := byte(0); ; v++ {
		if v == 9 || !unicode.Is(unicode.Nd, r-rune(v)-1) {
			return v
		}
	}
}

// romanNumber reads 2 to 39, except the single letters.
func romanNumber(word string) (string, bool) {
	if len(word) < 2 || len(word) > 7 {
		return "", false
	}
	n, ok := romanNumbers[strings.ToLower(word)]
	return n, ok
}

// romanNumbers are the Roman numerals from 2 to 39 of more than one letter.
var romanNumbers = func() map[string]string {
	numbers := map[string]string{}
	units := []string{"", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix"}
	for tens, x := range []string{"", "x", "xx", "xxx"} {
		for ones, i := range units {
			if word := x + i; len(word) > 1 {
				numbers[word] = strings.TrimLeft(string([]byte{'0' + byte(tens), '0' + byte(ones)}), "0")
			}
		}
	}
	return numbers
}()

// mapWords replaces each run of letters and digits.
func mapWords(s string, f func(string) string) string {
	var b strings.Builder
	start := -1
	for i, r := range s {
		inWord := unicode.IsLetter(r) || unicode.IsDigit(r)
		switch {
		case inWord && start < 0:
			start = i
		case !inWord && start >= 0:
			b.WriteString(f(s[start:i]))
			start = -1
		}
		if !inWord {
			b.WriteRune(r)
		}
	}
	if start >= 0 {
		b.WriteString(f(s[start:]))
	}
	return b.String()
}

// words splits into runs of letters and digits, in lower case; apostrophes are dropped, so that O'Neil is one word.
func words(s string) []string {
	return strings.FieldsFunc(apostrophes.Replace(strings.ToLower(s)), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

var apostrophes = strings.NewReplacer("'", "", "’", "")

// personName replaces nicknames and variants by the formal name and drops titles, in lower case. A name of titles
// only is kept: "Major" may be a surname.
func personName(s string) string {
	all := words(s)
	kept := slices.DeleteFunc(slices.Clone(all), func(w string) bool { return spelling.IsTitle(w) })
	if len(kept) == 0 {
		kept = all
	}
	for i, w := range kept {
		kept[i] = spelling.FormalName(w)
	}
	return strings.Join(kept, " ")
}

// address writes the words of a postal address in their short forms, in lower case. "#5", "Apt 5" and "Apt. #5"
// are the same unit.
func address(s string) string {
	all := words(strings.ReplaceAll(s, "#", " unit "))
	for i, w := range all {
		all[i] = spelling.AddressWord(w)
	}
	return strings.Join(slices.Compact(all), " ")
}

// organization drops the words that say only what kind of organisation it is, in lower case. A name of such
// words only is kept.
func organization(s string) string {
	all := words(strings.ReplaceAll(s, ".", "")) // "S.A." is one word
	kept := slices.DeleteFunc(slices.Clone(all), spelling.IsOrganizationNoise)
	if len(kept) == 0 {
		kept = all
	}
	return strings.Join(kept, " ")
}

// withoutSymbols drops everything but letters, marks, numbers and space.
func withoutSymbols(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPunct(r) || unicode.IsSymbol(r) || unicode.IsControl(r) && !unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}

func withoutSpace(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}
