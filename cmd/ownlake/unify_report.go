package main

import (
	"io"
	"os"
	"strings"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights/match"
	"github.com/ownlake/ownlake/insights/match/report"
)

// doubtfulPairs is how many pairs a report asks about: an hour's work.
const doubtfulPairs = 100

// writeReport writes a run as a page, if one is wanted.
func writeReport(path string, tables []*match.Table, result *match.Result) error {
	if path == "" {
		return nil
	}
	r, err := result.Report(doubtfulPairs)
	if err != nil {
		return err
	}
	names := make([]string, len(tables))
	for i, t := range tables {
		names[i] = t.Name
	}
	_, err = writeWhole(path, func(w io.Writer) (int64, error) { return 0, report.Page(w, strings.Join(names, ", "), r) })
	return err
}

// decide takes the answers of a review into the options. unknown counts those that name records which are not there.
func decide(o *match.Options, path string, tables []*match.Table, keys tableKeys) (unknown int, err error) {
	if path == "" {
		return 0, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return 0, errs.E(errs.NotFound, errs.Item(path), "the answers cannot be read", errs.Hint("check the path of --review"), err)
	}
	defer func() { _ = file.Close() }() // it is only read
	answers, err := report.ReadAnswers(file)
	if err != nil {
		return 0, errs.E(errs.Invalid, errs.Item(path), err)
	}
	numbers := findRecords(tables, keys, answers)
	for _, x := range answers {
		a, okA := numbers[x.First]
		b, okB := numbers[x.Second]
		switch pair := [2]uint32{a, b}; {
		case !okA || !okB:
			unknown++
		case x.Same:
			o.Together = append(o.Together, pair)
		default:
			o.Apart = append(o.Apart, pair)
		}
	}
	return unknown, nil
}

// findRecords finds the records that answers name, as SOURCE:KEY, in one pass.
func findRecords(tables []*match.Table, keys tableKeys, answers []report.Answer) map[string]uint32 {
	wanted := make(map[string]bool, 2*len(answers))
	for _, x := range answers {
		wanted[x.First], wanted[x.Second] = true, true
	}
	numbers := make(map[string]uint32, len(wanted))
	rec := uint32(0)
	name := keys.namer(tables)
	for t, table := range tables {
		for row := range table.Rows {
			if n := name(t, row); wanted[n] {
				numbers[n] = rec
			}
			rec++
		}
	}
	return numbers
}
