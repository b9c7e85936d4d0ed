package unify

// records are the records of all tables as numbers: tables in match order, each by primary key, so that a lower
// number is a record of a table above or one with a smaller key. Whatever follows from these numbers does not
// depend on the order of rows in files.
type records struct {
	starts  []int32 // per table its first record, and the number of all at the end
	columns []column
	// preference says how much a record deserves to be its group's winner: more is better (UNI-3).
	preference []int32
}

// column holds a feature's values. Number 0 is a missing value.
type column struct {
	numbers []int32 // per record
	values  []text  // per number; only for features that are compared and not just equated
}

func (r *records) count() int32 { return r.starts[len(r.starts)-1] }

// span returns the records of a table as the half-open range from…to.
func (r *records) span(table int) (from, to int32) { return r.starts[table], r.starts[table+1] }

// tableOf returns the table of a record. There are few tables.
func (r *records) tableOf(record int32) int {
	t := 0
	for r.starts[t+1] <= record {
		t++
	}
	return t
}

// better says whether record a is preferred to b of the same table; ties go to the larger primary key (UNI-3).
func (r *records) better(a, b int32) bool {
	if r.preference[a] != r.preference[b] {
		return r.preference[a] > r.preference[b]
	}
	return a > b
}
