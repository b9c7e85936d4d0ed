package match

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/ownlake/ownlake/errs"
)

// Found is a customer that a record may be.
type Found struct {
	Customer string `json:"customer"` // its id
	Record   string `json:"record"`   // the name of the record of its that matches best
	Records  int    `json:"records"`
	// Match says whether a run would join the two; customers below are listed too.
	Match       bool        `json:"match"`
	Explanation Explanation `json:"explanation"`
}

// FoundList is what an index finds for a record.
type FoundList struct {
	Customers []Found `json:"customers"` // the likeliest first
	Compared  int     `json:"recordsCompared"`
	// Unknown are values of the record that no column of the index can be compared with.
	Unknown []string `json:"unknownColumns,omitempty"`
	// Common are keys whose values so many records share that not all of them were compared.
	Common []string `json:"commonKeys,omitempty"`
}

// mostCompared bounds the records that a new one is compared with. Those of the rarest keys come first.
const mostCompared = 4000

// Find returns the up to k likeliest customers of a record, given as values by column: by the names that the columns of
// the run had, or by such as a run would understand. Errors are Invalid for a record without any usable value, and
// Canceled.
func (x *Index) Find(ctx context.Context, record map[string]string, k int) (FoundList, error) {
	const op = errs.Op("match.Index.Find")
	if err := ctx.Err(); err != nil {
		return FoundList{}, errs.E(op, errs.Canceled, err)
	}
	values, unknown := x.clean(record)
	if !slices.ContainsFunc(values, func(v string) bool { return v != "" }) {
		return FoundList{}, errs.E(op, errs.Invalid, "the record has no value that can be compared", errs.Hint("name columns of the files, such as "+x.columnNames()))
	}
	list := FoundList{Unknown: unknown}
	rows, common := x.candidates(values)
	list.Compared, list.Common = len(rows), common
	if len(rows) == 0 {
		return list, nil
	}
	if err := ctx.Err(); err != nil {
		return FoundList{}, errs.E(op, errs.Canceled, err)
	}
	list.Customers = x.compare(values, rows, k)
	return list, nil
}

// Columns are the names of the columns that a record may have.
func (x *Index) Columns() []string {
	var names []string
	for _, c := range x.about.Columns {
		if !slices.Contains(names, c.Name) {
			names = append(names, c.Name)
		}
	}
	return names
}

// Size is how many records and customers the index has.
func (x *Index) Size() (records, customers int) { return x.about.Records, x.about.Customers }

func (x *Index) columnNames() string {
	names := x.Columns()
	return strings.Join(names[:min(len(names), 8)], ", ")
}

// resolve finds what a column of a record holds: as a column of the index, or else by its header.
func (x *Index) resolve(name string) (c indexColumn, ok bool) {
	for _, c := range x.about.Columns {
		if strings.EqualFold(c.Name, name) {
			return c, true
		}
	}
	kinds, _ := KindsOfHeader(name)
	for _, k := range kinds {
		if k == FullName && x.hasField(Given) || k == Address && x.hasField(Street) || k == HouseNumber && x.hasField(Street) {
			return indexColumn{Name: name, Kind: k}, true
		}
		if x.hasField(k) {
			c := indexColumn{Name: name, Kind: k}
			for _, other := range x.about.Columns {
				if other.Kind == k {
					c.MonthFirst = other.MonthFirst
				}
			}
			return c, true
		}
	}
	return c, false
}

// clean makes the values of the index's fields of a record, as a run would.
func (x *Index) clean(record map[string]string) (values, unknown []string) {
	t := &Table{Rows: 1}
	var profiles []Profile
	names := make([]string, 0, len(record))
	for name := range record {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		c, ok := x.resolve(name)
		if !ok {
			unknown = append(unknown, name)
			continue
		}
		order := dayOrder(c.MonthFirst)
		t.Columns = append(t.Columns, Column{Name: c.Name, Values: []string{"", record[name]}, Codes: []uint32{1}, order: &order})
		profiles = append(profiles, Profile{Column: c.Name, Kind: c.Kind})
	}
	r := &records{n: 1, first: []int{0}, tables: []*Table{t}, names: newDictionary()}
	r.addTable(context.Background(), 0, t, profiles)
	values = make([]string, len(x.fields))
	for _, f := range r.fields {
		for i := range x.fields {
			known := &x.fields[i]
			if v := f.dict.values[f.codes[0]]; known.kind == f.kind && known.name == f.name && !known.defaults[v] {
				values[i] = v
			}
		}
	}
	return values, unknown
}

// candidates are the rows that share a key with a record, those of the rarest keys first.
func (x *Index) candidates(values []string) (rows []uint32, common []string) {
	if x.about.Rows <= mostCompared {
		for row := range uint32(x.about.Rows) {
			rows = append(rows, row)
		}
		return rows, nil
	}
	type bucket struct {
		key  string
		rows []uint32
	}
	var buckets []bucket
	for i := range x.keys {
		k := &x.keys[i]
		if found := k.bucket(k.hash(values)); len(found) > 0 {
			buckets = append(buckets, bucket{k.name, found})
		}
	}
	slices.SortStableFunc(buckets, func(a, b bucket) int { return cmp.Compare(len(a.rows), len(b.rows)) })
	seen := make(map[uint32]struct{}, mostCompared)
	for _, b := range buckets {
		for _, row := range b.rows {
			if _, ok := seen[row]; ok {
				continue
			}
			if len(rows) == mostCompared {
				common = append(common, b.key)
				break
			}
			seen[row] = struct{}{}
			rows = append(rows, row)
		}
	}
	return rows, common
}

// hash is 0 for a record that lacks what the key joins.
func (k *indexKey) hash(values []string) (h uint64) {
	of := make([]string, 0, 2)
	for i, a := range k.atoms {
		of = of[:0]
		for _, f := range a.fields {
			of = append(of, values[f.at])
		}
		if next := textHash64(a.derive(of)); i == 0 {
			h = next
		} else {
			h = mixHashes(h, next)
		}
	}
	return h
}

// compare weighs a record against rows, and keeps the best row of each of the k likeliest customers.
func (x *Index) compare(values []string, rows []uint32, k int) []Found {
	r := newWorkerRecords(x, 1+len(rows))
	x.fillRecords(r, values, rows)
	m := x.model // its comparisons are of these rows
	m.comparisons = comparisonsOf(r)
	w, _ := x.workers.Get().(*worker)
	w.reset()
	defer x.workers.Put(w)
	best := map[uint32]scoredPair{} // by cluster; b is a row of r
	record := r.row(0)
	for i, row := range rows {
		score := m.score(compareAll(m.comparisons, w, record, r.row(uint32(i+1))))
		p := scoredPair{row, uint32(i + 1), score}
		if before, ok := best[x.clusters[row]]; !ok || p.compare(before) < 0 {
			best[x.clusters[row]] = p
		}
	}
	ordered := make([]scoredPair, 0, len(best))
	for _, p := range best {
		ordered = append(ordered, p)
	}
	slices.SortFunc(ordered, scoredPair.compare)
	found := make([]Found, 0, k)
	for _, p := range ordered[:min(k, len(ordered))] {
		cluster := x.clusters[p.a]
		e := m.explain(w, record, r.row(p.b))
		e.Threshold, e.Cluster = probability(x.about.Threshold), int(x.sizes[cluster])
		e.Keys, e.Missed = x.proposing(values, p.a)
		e.Together = p.score >= x.about.Threshold
		e.Verdict = e.verdict()
		found = append(found, Found{x.ids.text(cluster), x.names.text(p.a), int(x.sizes[cluster]), e.Together, e})
	}
	return found
}

// proposing says of each key whether a record and a row share it.
func (x *Index) proposing(values []string, row uint32) (keys []string, missed []MissedKey) {
	other := make([]string, len(x.fields))
	for i := range x.fields {
		other[i] = x.fields[i].dict.text(x.fields[i].codes[row])
	}
	for i := range x.keys {
		k := &x.keys[i]
		switch a, b := k.hash(values), k.hash(other); {
		case a == 0 || b == 0:
			missed = append(missed, MissedKey{k.name, "a record lacks it"})
		case a != b:
			missed = append(missed, MissedKey{k.name, "they differ"})
		default:
			keys = append(keys, k.name)
		}
	}
	return keys, missed
}

// newWorkerRecords makes records of n rows with the index's fields, and no values yet.
func newWorkerRecords(x *Index, n int) *records {
	r := &records{n: n, names: newDictionary()}
	for i := range x.fields {
		f := r.ensure(x.fields[i].kind, x.fields[i].name)
		f.at, f.filled, f.corpus, f.counts = i, x.fields[i].filled, x.fields[i].corpus, []uint32{0}
	}
	r.cells = make([]cell, n*len(r.fields))
	return r
}

// fillRecords gives the first row a record's values and the others those of the index's rows. How many records have a
// value is counted in the whole index, so that levels are those of a run.
func (x *Index) fillRecords(r *records, values []string, rows []uint32) {
	for at, f := range r.fields {
		known := &x.fields[at]
		f.codes[0] = f.dict.codeString(values[at])
		local := make(map[uint32]uint32, len(rows)) // the index's codes in these records
		for i, row := range rows {
			code := known.codes[row]
			if code == 0 {
				continue
			}
			c, ok := local[code]
			if !ok {
				c = f.dict.codeString(known.dict.text(code))
				local[code] = c
			}
			f.codes[i+1] = c
		}
		f.counts = make([]uint32, len(f.dict.values))
		if c := f.codes[0]; c != 0 {
			f.counts[c] = 1
		}
		for code, c := range local {
			f.counts[c] = max(1, known.counts[code])
		}
	}
	for _, f := range r.fields { // names share a dictionary, which has grown
		f.counts = append(f.counts, make([]uint32, len(f.dict.values)-len(f.counts))...)
	}
	r.pack()
}

// reset makes a worker forget values of other records.
func (w *worker) reset() {
	clear(w.cache)
	w.names = comparedNames{}
}
