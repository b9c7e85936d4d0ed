// Package unify makes one Customer table of the records of several ingested tables, by rules (UNI-1 … UNI-12) and
// by the probabilistic model of package match.
//
// [Match] reads the ingested tables, removes duplicates within each and matches each with those above it;
// [Merge] chooses one value per unified field. SQL reads and writes the tables; between, matching works on
// numbers, so that its cost follows distinct values and not records:
//
//	values.go      columns become numbers of distinct normalised values (normalize.go)
//	tuples.go      records with equal values in all of a rule's fields become one tuple; exact conditions block
//	candidates.go  tuples of a block that may be similar, found without comparing all with all
//	compare.go     similarity (UNI-7)
//	dedup.go       groups of duplicates and their winners
//	custom.go      what a person has decided, which comes before all
//	match.go       customers: groups joined across tables
//	model.go       what the model joins beyond that
//	output.go      Deduplication_*, ConflationMatchPairs
//	merge.go       Customer
//	files.go       the same for files in memory: clusters, no tables
//	stableid.go    CustomerIds that stay, CustomerHistory
//
// Who is one customer depends on the tables' content and the rules alone: not on the order of rows, on the number of
// processors or on former runs. Only what customers are called depends on what they were called before. The package knows no engine and no store; it decides nothing about when to run.
package unify
