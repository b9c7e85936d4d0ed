// Package search finds customers: by words of any of their fields, by beginnings of words, and by key.
//
// An index is one file, made of the rows of a snapshot of Customer and never changed: it holds the rows, the terms in blocks
// in their order, and for each term the rows that have it. Of it only the first term of each block and the rows' places
// are in memory (about 10 bytes per customer); a search reads a few hundred bytes per term. The terms of a row are the words of its texts in
// lower case without accents and, as they are, what identifies: e-mail addresses, keys, phone numbers as digits.
//
// A [Searcher] keeps the index of each environment, makes it anew when Customer has changed, and answers from the former
// one meanwhile. Indexes are caches: they can be deleted.
package search
