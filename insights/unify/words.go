package unify

import (
	_ "embed"
	"strings"
	"sync"
)

// The word lists of the type normalisations (UNI-8), one word or "short: forms …" to a line, # starts a comment.
var (
	//go:embed words/nicknames.txt
	nicknamesText string
	//go:embed words/titles.txt
	titlesText string
	//go:embed words/address.txt
	addressText string
	//go:embed words/organization.txt
	organizationText string
)

var (
	nicknames         = sync.OnceValue(func() map[string]string { return readForms(nicknamesText) })
	addressWords      = sync.OnceValue(func() map[string]string { return readForms(addressText) })
	titles            = sync.OnceValue(func() map[string]bool { return readWords(titlesText) })
	organizationNoise = sync.OnceValue(func() map[string]bool { return readWords(organizationText) })
	givenNames        = sync.OnceValue(readGivenNames)
)

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

func isTitle(word string) bool             { return titles()[word] }
func isOrganizationNoise(word string) bool { return organizationNoise()[word] }

func formalName(word string) string {
	if formal, ok := nicknames()[word]; ok {
		return formal
	}
	return word
}

// shortAddressWord also shortens compounds such as "hauptstrasse".
func shortAddressWord(word string) string {
	word = strings.ReplaceAll(word, "ß", "ss")
	if short, ok := addressWords()[word]; ok {
		return short
	}
	if stem, ok := strings.CutSuffix(word, "strasse"); ok {
		return stem + "str"
	}
	return word
}

// readForms reads lines of "word: form form …" into form → word.
func readForms(lines string) map[string]string {
	forms := map[string]string{}
	for line := range strings.Lines(lines) {
		word, list, ok := strings.Cut(line, ":")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		for form := range strings.FieldsSeq(list) {
			forms[form] = word
		}
	}
	return forms
}

// readWords reads words separated by space.
func readWords(lines string) map[string]bool {
	list := map[string]bool{}
	for line := range strings.Lines(lines) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		for word := range strings.FieldsSeq(line) {
			list[word] = true
		}
	}
	return list
}

// readGivenNames lists the formal names and their forms, to recognise columns of given names.
func readGivenNames() map[string]bool {
	names := map[string]bool{}
	for form, formal := range nicknames() {
		names[form], names[formal] = true, true
	}
	return names
}
