package unify

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/engine"
)

// decidedPair is two records by number.
type decidedPair [2]int32

// custom are the pairs of records that a person has decided (UNI-9).
type custom struct{ together, apart []decidedPair }

// customColumns are the product's template of a table of custom matches.
var customColumns = []string{"Table1", "Table1Key", "Table2", "Table2Key"}

// openCustom opens the tables of custom matches.
func (w *work) openCustom() error {
	w.customRelations = map[string]string{}
	for path, name := range map[string]string{"alwaysMatch": w.Unification.AlwaysMatch, "neverMatch": w.Unification.NeverMatch} {
		if name == "" {
			continue
		}
		s, err := w.Folder.Current(w.ctx, insights.Ingestion, name)
		if err != nil {
			return errs.E(errs.Item(path), err, errs.Hint("ingest the table first"))
		}
		for _, c := range customColumns {
			if _, ok := columnOf(s, c); !ok {
				return errs.E(errs.Invalid, errs.Item(name), fmt.Sprintf("the table of custom matches has no column %s", c),
					errs.Hint("its columns are "+strings.Join(customColumns, ", ")))
			}
		}
		files, err := w.Folder.Open(w.ctx, s)
		if err != nil {
			return err
		}
		w.files = append(w.files, files)
		w.customRelations[name] = files.Relation()
	}
	return nil
}

// loadCustom reads the custom matches as numbers of records.
func (w *work) loadCustom(r *records) (err error) {
	if w.custom.together, err = w.loadPairs(r, w.Unification.AlwaysMatch); err != nil {
		return err
	}
	w.custom.apart, err = w.loadPairs(r, w.Unification.NeverMatch)
	return err
}

func (w *work) loadPairs(r *records, name string) ([]decidedPair, error) {
	if name == "" {
		return nil, nil
	}
	keys := make([]string, len(w.inputs))
	for i, t := range w.inputs {
		keys[i] = fmt.Sprintf("SELECT %s AS name, CAST(key AS VARCHAR) AS key, record + %d AS record FROM %s", engine.QuoteText(t.name), r.starts[i], t.keys)
	}
	all := "(" + strings.Join(keys, " UNION ALL ") + ")"
	rows, err := w.Session.Query(w.ctx, fmt.Sprintf("SELECT a.record, b.record FROM %[1]s c LEFT JOIN %[2]s a ON a.name = c.Table1 AND a.key = CAST(c.Table1Key AS VARCHAR) "+
		"LEFT JOIN %[2]s b ON b.name = c.Table2 AND b.key = CAST(c.Table2Key AS VARCHAR)", w.customRelations[name], all))
	if err != nil {
		return nil, err
	}
	var (
		pairs   []decidedPair
		unknown int
		a, b    sql.NullInt32
	)
	if err := scanAll(rows, func() {
		if !a.Valid || !b.Valid || a == b {
			unknown++
			return
		}
		pairs = append(pairs, decidedPair{min(a.Int32, b.Int32), max(a.Int32, b.Int32)})
	}, &a, &b); err != nil {
		return nil, err
	}
	if unknown > 0 {
		w.warnings = append(w.warnings, fmt.Sprintf("%s: %d rows name no two records of the unified tables and were left out", name, unknown))
	}
	slices.SortFunc(pairs, func(x, y decidedPair) int { return slices.Compare(x[:], y[:]) }) // whatever the order of rows
	return pairs, nil
}

// joinCustom joins the pairs of records that are always one, of each table or across them, and has those apart that never
// are.
func (w *work) joinCustom(c *clusters) {
	for _, p := range w.custom.together {
		c.join(p[0], p[1])
	}
	contradicted := 0
	for _, p := range w.custom.apart {
		if !c.part(p[0], p[1]) {
			contradicted++
		}
	}
	if contradicted > 0 {
		w.warnings = append(w.warnings, fmt.Sprintf("%d pairs are to match always, directly or through others, and never: they match", contradicted))
	}
}

// kernelPairs are pairs as the model takes them.
func kernelPairs(pairs []decidedPair) [][2]uint32 {
	list := make([][2]uint32, len(pairs))
	for i, p := range pairs {
		list[i] = [2]uint32{uint32(p[0]), uint32(p[1])}
	}
	return list
}

// decidedPairs is the reverse of kernelPairs.
func decidedPairs(pairs [][2]uint32) []decidedPair {
	list := make([]decidedPair, len(pairs))
	for i, p := range pairs {
		list[i] = decidedPair{int32(p[0]), int32(p[1])}
	}
	return list
}
