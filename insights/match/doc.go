// Package match finds the records of tables that are the same entity, with nothing to configure: what the columns
// hold, how values are cleaned and compared, what agreement is worth and where to draw the line are found from the
// data.
//
//	csv.go, read.go     files become dictionary-encoded columns
//	profile.go          what each column holds, from its header and its values
//	clean.go, date.go   each distinct value is cleaned once
//	field.go            columns of all tables become fields of all records
//	block.go, keys.go   candidates: pairs that agree on one of many keys, each compared once
//	compare.go …        a pair becomes a vector of small levels
//	em.go               a mixture of three classes is learned over the distinct vectors
//	match.go            the threshold of the best expected F1
//	cluster.go          the best pairs are joined first, if their clusters agree
//
// The one idea: pairs are not only "the same" or "unrelated". Members of a household share surname, address and
// often phone, and make two classes learn nonsense; so there is a third class, the related. Probabilities are relative
// to all pairs of records, not to the candidates, so that they stay right as data grow.
//
// The result depends on the records alone: not on their order, the number of processors or former runs. The package
// knows no store and no engine but through insights/engine.
package match
