package insights

// TableProfile describes a table by its values (TAB-2).
type TableProfile struct {
	Table   string          `json:"table"`
	Run     RunID           `json:"run"` // that wrote the table
	Rows    int64           `json:"rows"`
	Columns []ColumnProfile `json:"columns"`
}

// ColumnProfile describes a column by its values.
type ColumnProfile struct {
	Name     string       `json:"name"`
	Type     DataType     `json:"type"`
	Missing  int64        `json:"missing"`  // rows without a value, or with an empty text
	Distinct int64        `json:"distinct"` // different values; of very many about
	Min      any          `json:"min,omitempty"`
	Max      any          `json:"max,omitempty"`
	Top      []ValueCount `json:"top"` // the most frequent values
	// Histogram counts the values of numbers and dates in parts of equal width.
	Histogram []Bucket `json:"histogram,omitempty"`
}

// ValueCount is a value and how many rows have it.
type ValueCount struct {
	Value any   `json:"value"`
	Rows  int64 `json:"rows"`
}

// Bucket counts the values from one to another, the last one included in the last bucket only.
type Bucket struct {
	From any   `json:"from"`
	To   any   `json:"to"`
	Rows int64 `json:"rows"`
}
