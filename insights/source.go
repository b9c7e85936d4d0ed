package insights

// DataSource is a named set of tables that are ingested from files (SRC-1).
type DataSource struct {
	Name        string `json:"name" yaml:"name"`
	Description string `json:"description,omitempty" yaml:"description,omitempty"`
	// Folder, if set, is a CDM folder: a folder with a model.json whose entities become tables (SRC-3). Tables
	// then choose among its entities by name; none listed means all.
	Folder string        `json:"folder,omitempty" yaml:"folder,omitempty"`
	Tables []SourceTable `json:"tables,omitempty" yaml:"tables,omitempty"`
}

// SourceTable is one table of a data source.
type SourceTable struct {
	Name string `json:"name" yaml:"name"`
	// Location is a file, a folder or a glob: a local path (relative ones count from the project's folder),
	// or an address in a reachable account: "https://acct.dfs.core.windows.net/container/path" or
	// "abfss://container@acct.dfs.core.windows.net/path".
	Location string `json:"location,omitempty" yaml:"location,omitempty"`
	// Format is "csv" or "parquet"; empty: by the file's ending and first bytes.
	Format DataFormat `json:"format,omitempty" yaml:"format,omitempty"`
	CSV    CSVOptions `json:"csv,omitzero" yaml:"csv,omitempty"`
	// PrimaryKey names the key column; empty: the best suggestion is taken, and said.
	PrimaryKey string `json:"primaryKey,omitempty" yaml:"primaryKey,omitempty"`
	// Columns declare types, formats and semantic types of the columns they name; others are inferred.
	Columns []Column `json:"columns,omitempty" yaml:"columns,omitempty"`
}

// CSVOptions declare how CSV is written. Zero fields are inferred.
type CSVOptions struct {
	Delimiter string `json:"delimiter,omitempty" yaml:"delimiter,omitempty"` // one character
	Quote     string `json:"quote,omitempty" yaml:"quote,omitempty"`         // one character
	Encoding  string `json:"encoding,omitempty" yaml:"encoding,omitempty"`   // "utf-8", "utf-16", "latin-1"
	Header    *bool  `json:"header,omitempty" yaml:"header,omitempty"`
	// DateFormat and TimestampFormat are Java date patterns for all columns without a format of their own.
	DateFormat      string `json:"dateFormat,omitempty" yaml:"dateFormat,omitempty"`
	TimestampFormat string `json:"timestampFormat,omitempty" yaml:"timestampFormat,omitempty"`
}

// IngestedTable names the table that a source's table becomes: "<DataSource>_<Table>".
func IngestedTable(dataSource, table string) string { return dataSource + "_" + table }
