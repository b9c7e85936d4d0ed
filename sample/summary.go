package sample

// format marks the summary file; its number grows when readers must change.
const format = "ownlake-sample/1"

// Summary tells what was generated.
type Summary struct {
	Format    string        `json:"format"` // "ownlake-sample/1"
	Customers int           `json:"customers"`
	Seed      uint64        `json:"seed"`
	Files     []FileSummary `json:"files"`
	// TruePairs counts the pairs of rows that belong together, in the three customer tables.
	TruePairs int64       `json:"truePairs"`
	Flaws     []FlawCount `json:"flaws"`
}

// FileSummary tells what one file holds.
type FileSummary struct {
	Path  string `json:"path"`            // relative to the sample's folder, with slashes
	Table string `json:"table,omitempty"` // <DataSource>_<Table>, as the truth file names it; "" for the truth itself
	Rows  int64  `json:"rows"`            // without the header, corrupt ones included
	// Corrupt counts the rows that no reader should accept.
	Corrupt int64 `json:"corrupt"`
	// Duplicates counts the rows beyond each customer's first.
	Duplicates int64 `json:"duplicates"`
	Bytes      int64 `json:"bytes"`
}

// FlawCount tells how often one kind of flaw could happen in a table, and did. [Kinds] explains the names.
type FlawCount struct {
	Table   string `json:"table"`
	Kind    string `json:"kind"`
	Tried   int64  `json:"tried"`
	Applied int64  `json:"applied"`
}

// CustomerRows is the number of rows in the three customer tables.
func (s *Summary) CustomerRows() int64 {
	rows := int64(0)
	for i := range numSources {
		rows += s.Files[i].Rows
	}
	return rows
}

// totals add up blocks.
type totals struct {
	customers  int
	rows       [numFiles]int64
	bytes      [numFiles]int64
	duplicates [numSources]int64
	tally      [numSources + 1]tally
	truePairs  int64
}

// headers returns the first line of each file.
func (t *totals) headers() *[numFiles][]byte {
	var out [numFiles][]byte
	for i, s := range sources {
		out[i] = s.format.appendRow(nil, s.header)
	}
	out[ordersFile] = ordersSource.format.appendRow(nil, ordersSource.header)
	out[truthFile] = []byte("source,key,entity_id\n")
	t.count(&out)
	return &out
}

func (t *totals) count(out *[numFiles][]byte) {
	for i := range out {
		t.bytes[i] += int64(len(out[i]))
	}
}

func (t *totals) add(b *block) {
	t.customers += b.n
	t.truePairs += b.truePairs
	t.count(&b.out)
	for i := range t.rows {
		t.rows[i] += b.counts[i]
	}
	for i := range t.duplicates {
		t.duplicates[i] += b.duplicates[i]
	}
	for i := range t.tally {
		t.tally[i].add(&b.tally[i])
	}
}

func (t *totals) summary(o Options) Summary {
	s := Summary{Format: format, Customers: o.Customers, Seed: o.Seed, TruePairs: t.truePairs}
	for i, src := range append(sources[:], &ordersSource) {
		f := FileSummary{Path: src.path, Table: src.name, Rows: t.rows[i], Corrupt: t.tally[i].corrupt(), Bytes: t.bytes[i]}
		if i < numSources {
			f.Duplicates = t.duplicates[i]
		}
		s.Files = append(s.Files, f)
		for k, n := range t.tally[i] {
			if n.tried > 0 {
				s.Flaws = append(s.Flaws, FlawCount{Table: src.name, Kind: kindFacts[k].name, Tried: n.tried, Applied: n.applied})
			}
		}
	}
	s.Files = append(s.Files, FileSummary{Path: truthPath, Rows: t.rows[truthFile], Bytes: t.bytes[truthFile]})
	return s
}
