// Package spelling knows how the same thing is written differently: nicknames, titles, words of addresses and
// organisations, letters with and without marks, full names and their parts. It holds word lists and the functions
// over them, and decides nothing about when they are used.
package spelling

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
	addressVocabulary = sync.OnceValue(readAddressVocabulary)
)

// IsTitle says whether a word in lower case is a title or a suffix of a person's name.
func IsTitle(word string) bool { return titles()[word] }

// IsOrganizationNoise says whether a word in lower case says only what kind of organisation something is.
func IsOrganizationNoise(word string) bool { return organizationNoise()[word] }

// IsGivenName says whether a word in lower case is a common given name, or a short form of one.
func IsGivenName(word string) bool { return givenNames()[word] }

// FormalName returns the formal name of a nickname or variant in lower case, the word itself if it has none.
func FormalName(word string) string {
	if formal, ok := nicknames()[word]; ok {
		return formal
	}
	return word
}

// AddressWord returns the short form of a word of a postal address in lower case, the word itself if it has none. It also shortens compounds such as "hauptstrasse".
func AddressWord(word string) string {
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

// IsAddressWord says whether a word in lower case is a usual word of postal addresses, short or long.
func IsAddressWord(word string) bool { return addressVocabulary()[word] }

// readAddressVocabulary lists the long and short forms.
func readAddressVocabulary() map[string]bool {
	vocabulary := map[string]bool{}
	for long, short := range addressWords() {
		vocabulary[long], vocabulary[short] = true, true
	}
	return vocabulary
}
