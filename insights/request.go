package insights

import (
	"log/slog"
	"time"
)

// Secret is a text, such as an account key, that no log, error or API answer shows: every way of printing it
// yields "[secret]". Only [Secret.Reveal] gives it away.
type Secret struct{ text string }

// NewSecret wraps a text.
func NewSecret(text string) Secret { return Secret{text} }

const redacted = "[secret]"

// Reveal returns the text. Callers pass it on to what needs it and keep no copy.
func (s Secret) Reveal() string { return s.text }

// IsZero reports whether the secret is empty.
func (s Secret) IsZero() bool { return s.text == "" }

// String returns "[secret]".
func (Secret) String() string { return redacted }

// GoString returns "[secret]".
func (Secret) GoString() string { return redacted }

// LogValue returns "[secret]".
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns "[secret]", for JSON and YAML alike.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// EnvironmentRequest asks for a new environment (ENV-2, ENV-4).
type EnvironmentRequest struct {
	Name       string
	Type       EnvironmentType // empty: production
	Region     Region
	DataFormat DataFormat // empty: Parquet
	Storage    DataStorage
	// Credentials are those of own storage.
	Credentials
	// CreateContainer makes the container "customerinsights" where it is missing. It is never made otherwise.
	CreateContainer bool
}

// RemovedEnvironment says what deleting an environment left behind (ENV-13).
type RemovedEnvironment struct {
	Environment Environment `json:"environment"`
	// DataKept is set for own storage: the folder stays in the customer's account.
	DataKept bool   `json:"dataKept"`
	Folder   string `json:"folder"` // such as "customerinsights/ci_…"
	Files    int64  `json:"files"`  // in the folder: kept or deleted
	Bytes    int64  `json:"bytes"`
}

// Definitions are what a project declares for an environment.
type Definitions struct {
	Sources     []DataSource `json:"sources"`
	Unification *Unification `json:"unification,omitempty"` // nil: not declared
	// Version stands for the exact state that was read. Where it is given to a write, the write is refused with
	// kind Precondition if the definitions changed since.
	Version string `json:"version,omitempty"`
}

// Applied says what applying definitions changed: names such as "source CRM" or "unification".
type Applied struct {
	Created   []string `json:"created"`
	Updated   []string `json:"updated"`
	Unchanged []string `json:"unchanged"`
	Deleted   []string `json:"deleted"`
	Version   string   `json:"version"`
}

// RunOptions are the options of a run.
type RunOptions struct {
	// Force runs every task, also those whose inputs did not change.
	Force bool `json:"force,omitempty"`
}

// RowsOptions choose rows of a table. Limit 0 means 100.
type RowsOptions struct {
	Limit int
}

// Rows is an excerpt of a table. Values are JSON values: texts, numbers, booleans, nil; dates and times are
// texts in ISO 8601, decimals texts.
type Rows struct {
	Snapshot Snapshot `json:"table"`
	Columns  []Column `json:"columns"`
	Rows     [][]any  `json:"rows"`
}

// TableInspection is what looking at a source's files tells, before anything is ingested (SRC-1).
type TableInspection struct {
	Source  string            `json:"source"`
	Table   string            `json:"table"`
	Files   []InspectedFile   `json:"files"`
	Format  DataFormat        `json:"format"`
	CSV     CSVOptions        `json:"csv,omitzero"` // as inferred or declared; CSV only
	Columns []InspectedColumn `json:"columns"`
	// PrimaryKeys are the columns that can be the primary key, the best first.
	PrimaryKeys []string `json:"primaryKeys"`
	Warnings    []string `json:"warnings,omitempty"` // such as dates that can be read two ways
	Sample      [][]any  `json:"sample"`             // the first rows
}

// InspectedFile is one file of an inspected table.
type InspectedFile struct {
	Name  string `json:"name"`
	Bytes int64  `json:"bytes"`
}

// InspectedColumn is a column with what its values suggest.
type InspectedColumn struct {
	Column
	// Note says what a person must decide, such as an ambiguous date format. Empty: nothing.
	Note string `json:"note,omitempty"`
}

// TableState is one line of the status page: a task's last result and the table it keeps (SYS-2).
type TableState struct {
	Process   Process    `json:"process"`
	Table     string     `json:"table"`
	Status    Status     `json:"status"` // of the last run that had this task; empty if the table is older than the history
	Detail    string     `json:"detail,omitempty"`
	Warnings  []string   `json:"warnings,omitempty"`
	Run       RunID      `json:"run,omitempty"`
	Rows      int64      `json:"rows"` // in the table as it can be read now
	Corrupt   int64      `json:"corruptRows"`
	Format    DataFormat `json:"format,omitempty"`
	UpdatedAt time.Time  `json:"updatedAt,omitzero"` // when the table last changed
}
