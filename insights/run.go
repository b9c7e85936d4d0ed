package insights

import "time"

// RunID names a run; ids sort by start time: "20261124T055000Z-1a2b3c4d".
type RunID string

// Status is the state of a run or of one of its tasks (SYS-3).
type Status string

// The statuses.
const (
	StatusQueued       Status = "Queued"
	StatusRefreshing   Status = "Refreshing"
	StatusSuccessful   Status = "Successful"
	StatusWithWarnings Status = "Completed with warnings"
	StatusFailed       Status = "Failed"
	StatusSkipped      Status = "Skipped" // an upstream task failed, or nothing it depends on changed
	StatusCanceled     Status = "Canceled"
)

// Done reports whether the status is final.
func (s Status) Done() bool { return s != StatusQueued && s != StatusRefreshing }

// Task is one piece of a run: a process applied to a table.
type Task struct {
	Process    Process   `json:"process"`
	Table      string    `json:"table"`
	Status     Status    `json:"status"`
	Detail     string    `json:"detail,omitempty"` // why it was skipped, the error's text
	Hint       string    `json:"hint,omitempty"`
	Warnings   []string  `json:"warnings,omitempty"`
	RowsIn     int64     `json:"rowsIn"`
	RowsOut    int64     `json:"rowsOut"`
	Corrupt    int64     `json:"corruptRows"`
	StartedAt  time.Time `json:"startedAt,omitzero"`
	FinishedAt time.Time `json:"finishedAt,omitzero"`
	Progress   Progress  `json:"progress,omitzero"`
	// Matching is what a task of process Match found; nil for others, and where nothing was done.
	Matching *MatchStatistics `json:"matching,omitempty"`
}

// MatchStatistics say what matching found (UNI-11).
type MatchStatistics struct {
	SourceRecords    int64             `json:"sourceRecords"`
	UniqueRecords    int64             `json:"uniqueRecords"` // without the duplicates within each table
	Customers        int64             `json:"customers"`
	MatchedCustomers int64             `json:"matchedCustomers"` // that have records of several tables
	Tables           []TableStatistics `json:"tables"`
	// Notes are what the model stopped or passed over so that strangers stay apart, such as values that stand for nothing.
	Notes []string `json:"notes,omitempty"`
}

// TableStatistics say what matching found of one table.
type TableStatistics struct {
	Table            string  `json:"table"`
	Records          int64   `json:"records"`
	Duplicates       int64   `json:"duplicates"` // records that another of the table stands for
	DuplicatePercent float64 `json:"duplicatePercent"`
	MatchedRecords   int64   `json:"matchedRecords"` // whose customer has records of another table
	LeftOut          int64   `json:"leftOut"`        // as they match no table above (see UnifyTable.DropUnmatched)
}

// Run is one execution of the pipeline, kept as runs/<runId>.json in the environment's folder.
type Run struct {
	ID          RunID         `json:"id"`
	Environment EnvironmentID `json:"environment"`
	Status      Status        `json:"status"`
	Tasks       []Task        `json:"tasks"`
	StartedAt   time.Time     `json:"startedAt"`
	FinishedAt  time.Time     `json:"finishedAt,omitzero"`
}

// Progress says how far a task is. Total 0 means not known yet.
type Progress struct {
	Step  string `json:"step,omitempty"` // what is being done now, such as "comparing candidates"
	Done  int64  `json:"done"`
	Total int64  `json:"total"`
	Unit  string `json:"unit,omitempty"` // "rows", "bytes", "pairs", "%"
}

// ProgressFunc receives a task's progress, often; it must return quickly and may be called from any goroutine.
type ProgressFunc func(Progress)

// TaskResult is what a task tells its run.
type TaskResult struct {
	RowsIn, RowsOut, Corrupt int64
	Warnings                 []string
	Matching                 *MatchStatistics
}
