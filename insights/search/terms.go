package search

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

const (
	maxTerm = 64 // bytes; longer words are cut
	// minPhone is how many digits make a number that is looked for by its digits alone.
	minPhone = 7
)

// The beginnings of terms that are no words.
const (
	idMark    = "\x00" // a CustomerId
	wholeMark = "\x01" // a value, or a word of one, that holds signs between its parts: an address, a key
	digitMark = "\x02" // the digits of a number
)

// fold is how texts are compared: in lower case, without accents, and with ß as ss.
func fold(text string) string {
	ascii := true
	for i := range len(text) {
		ascii = ascii && text[i] < 0x80
	}
	if ascii {
		return strings.ToLower(text)
	}
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(text)) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case r == 'ß':
			b.WriteString("ss")
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// words are the words of a folded text.
func words(folded string) []string {
	list := strings.FieldsFunc(folded, func(r rune) bool { return !isWordRune(r) })
	for i, w := range list {
		list[i] = cut(w)
	}
	return list
}

func cut(w string) string {
	if len(w) > maxTerm {
		w = strings.ToValidUTF8(w[:maxTerm], "")
	}
	return w
}

// wholes are the words of a folded text that have signs within, with their mark.
func wholes(folded string) []string {
	var list []string
	for one := range strings.FieldsSeq(folded) {
		if strings.ContainsFunc(one, func(r rune) bool { return !isWordRune(r) }) {
			list = append(list, wholeMark+cut(one))
		}
	}
	return list
}

// digits is the term of a text that is a number with signs between, "" for any other.
func digits(folded string) string {
	if strings.ContainsFunc(folded, unicode.IsLetter) {
		return ""
	}
	number := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, folded)
	if len(number) < minPhone {
		return ""
	}
	return digitMark + cut(number)
}

// termsOf are the terms of a value.
func termsOf(value string) []string {
	folded := fold(value)
	terms := append(words(folded), wholes(folded)...)
	if d := digits(folded); d != "" {
		terms = append(terms, d)
	}
	slices.Sort(terms)
	return slices.Compact(terms)
}

// asked are the terms that a search is for: each stands for one of the alternatives.
type asked struct {
	terms  []string
	prefix string // of a word that may go on; "" for none
}

// ask reads what somebody searches for (CUS-2: words are split at blanks and hyphens, and one of them suffices).
func ask(text string) asked {
	folded := fold(strings.TrimSpace(text))
	var a asked
	a.terms = append(a.terms, idMark+cut(folded))
	if d := digits(folded); d != "" {
		a.terms = append(a.terms, d)
	}
	a.terms = append(a.terms, wholes(folded)...)
	list := words(folded)
	a.terms = append(a.terms, list...)
	if len(list) > 0 && strings.HasSuffix(folded, list[len(list)-1]) && len(list[len(list)-1]) >= 2 {
		a.prefix = list[len(list)-1]
	}
	slices.Sort(a.terms)
	a.terms = slices.Compact(a.terms)
	return a
}
