package insights

import "time"

// DataType is a column's type, in the names of model.json 1.0.
type DataType string

// The data types. Int64, Double, Decimal (38,18 at most; 16 digits are safe for readers, SRC-16), Date without
// time, DateTime in UTC.
const (
	String   DataType = "string"
	Int64    DataType = "int64"
	Double   DataType = "double"
	Decimal  DataType = "decimal"
	Boolean  DataType = "boolean"
	Date     DataType = "date"
	Time     DataType = "time"
	DateTime DataType = "dateTime"
	GUID     DataType = "guid"
	JSON     DataType = "json"
)

// SemanticType says what a column means, such as "Person.FirstName" (TAB-4). Empty: not mapped.
type SemanticType string

// The semantic types that unification knows by name. Others are kept as custom names.
const (
	PersonFirstName    SemanticType = "Person.FirstName"
	PersonMiddleName   SemanticType = "Person.MiddleName"
	PersonLastName     SemanticType = "Person.LastName"
	PersonFullName     SemanticType = "Person.FullName"
	PersonGender       SemanticType = "Person.Gender"
	PersonBirthDate    SemanticType = "Person.BirthDate"
	IdentityEmail      SemanticType = "Identity.Service.Email"
	IdentityPhone      SemanticType = "Identity.Service.Phone"
	LocationAddress    SemanticType = "Location.Address"
	LocationStreet     SemanticType = "Location.Street"
	LocationCity       SemanticType = "Location.City"
	LocationState      SemanticType = "Location.State"
	LocationPostalCode SemanticType = "Location.PostalCode"
	LocationCountry    SemanticType = "Location.Country"
	CalendarDate       SemanticType = "Calendar.Date"
	OrganizationName   SemanticType = "Organization.Name"
)

// Column is one column of a table.
type Column struct {
	Name         string       `json:"name" yaml:"name"`
	Type         DataType     `json:"type,omitempty" yaml:"type,omitempty"`
	SemanticType SemanticType `json:"semanticType,omitempty" yaml:"semanticType,omitempty"`
	// Format is how a source writes dates and times in this column, as a Java date pattern such as
	// "dd.MM.yyyy" (ci:CustomDateFormat, lake-layout.md section 1). Empty: ISO 8601, or inferred.
	Format string `json:"format,omitempty" yaml:"format,omitempty"`
	// Precision and Scale are a Decimal's digits in all and after the point. Precision 0 means not said: the
	// writer of a table takes them from its query, or (38,18).
	Precision int `json:"precision,omitempty" yaml:"precision,omitempty"`
	Scale     int `json:"scale,omitempty" yaml:"scale,omitempty"`
}

// Process is a kind of work with a folder of its own in the environment's folder (design, section 5).
type Process string

// The processes, spelled as their folders.
const (
	Ingestion Process = "Ingestion"
	Match     Process = "Match"
	Merge     Process = "Merge"
)

// Processes lists the processes in the order they depend on each other.
func Processes() []Process { return []Process{Ingestion, Match, Merge} }

// Names of the product's tables.
const (
	CustomerTable            = "Customer"
	CustomerHistoryTable     = "CustomerHistory"
	CustomerSourcesTable     = "CustomerSources"
	ConflationMatchPairs     = "ConflationMatchPairs"
	deduplicationTablePrefix = "Deduplication_"
	corruptTableSuffix       = "_corrupt"
)

// DeduplicationTable names the deduplication output of an ingested table ("<DataSource>_<Table>").
func DeduplicationTable(table string) string { return deduplicationTablePrefix + table }

// CorruptTable names the table of an ingested table's rows that did not fit (SRC-15).
func CorruptTable(table string) string { return table + corruptTableSuffix }

// Partition is one immutable file of a table.
type Partition struct {
	Name  string `json:"name"`
	Path  string `json:"path"` // in the container, such as "ci_…/Merge/Customer/part-….parquet"
	Rows  int64  `json:"rows"`
	Bytes int64  `json:"bytes"`
}

// Snapshot is a table as of one run: what model.json says of it.
type Snapshot struct {
	Process    Process     `json:"process"`
	Table      string      `json:"table"`
	Run        RunID       `json:"run"`
	Columns    []Column    `json:"columns"`
	PrimaryKey string      `json:"primaryKey,omitempty"`
	Format     DataFormat  `json:"format"`
	Partitions []Partition `json:"partitions"`
	// Fingerprint is a hash of everything the content was made from: definition and input snapshots. A task
	// with the same fingerprint has nothing to do.
	Fingerprint string    `json:"fingerprint,omitempty"`
	ModifiedAt  time.Time `json:"modifiedAt"`
}

// Rows is the number of rows in all partitions.
func (s Snapshot) Rows() int64 {
	var n int64
	for _, p := range s.Partitions {
		n += p.Rows
	}
	return n
}
