package cdm

import (
	"encoding/json"
	"strings"
	"time"
)

// FileName is the only name under which readers accept the file.
const FileName = "model.json"

// Version is the only version of the format.
const Version = "1.0"

// Model is the content of a model.json.
type Model struct {
	Name            string
	Description     string
	Version         string
	Culture         string // IETF tag such as "en-US"; "" means that values are written without culture
	Application     string // the producer
	ModifiedTime    time.Time
	IsHidden        bool
	Annotations     Annotations
	Entities        []Entity
	ReferenceModels []ReferenceModel
	Relationships   []Relationship
	Extensions      Extensions
}

// Local returns the local entity of that name, compared by case as readers do, or nil.
func (m *Model) Local(name string) *LocalEntity {
	for _, e := range m.Entities {
		if l, ok := e.(*LocalEntity); ok && l.Name == name {
			return l
		}
	}
	return nil
}

// Entity is a [*LocalEntity] or a [*ReferenceEntity].
type Entity interface {
	// EntityName is the entity's name in the model.
	EntityName() string
	entity()
}

// LocalEntity is a table whose attributes and files the model lists.
type LocalEntity struct {
	Name        string
	Description string
	IsHidden    bool
	Annotations Annotations
	Attributes  []Attribute
	Partitions  []Partition
	Schemas     []string // addresses of CDM schema documents
	Extensions  Extensions
}

// EntityName implements [Entity].
func (e *LocalEntity) EntityName() string { return e.Name }
func (e *LocalEntity) entity()            {}

// ReferenceEntity is a table of another model, one of the model's reference models.
type ReferenceEntity struct {
	Name        string
	Description string
	IsHidden    bool
	Annotations Annotations
	Source      string // the entity's name there
	ModelID     string
	Extensions  Extensions
}

// EntityName implements [Entity].
func (e *ReferenceEntity) EntityName() string { return e.Name }
func (e *ReferenceEntity) entity()            {}

// DataType is the type of an attribute's values.
type DataType string

// The data types. Names are read in any case; unknown ones become Unclassified, as in the SDK.
const (
	Unclassified   DataType = "unclassified"
	String         DataType = "string"
	Int64          DataType = "int64"
	Double         DataType = "double"
	Date           DataType = "date"
	Time           DataType = "time"
	DateTime       DataType = "dateTime"
	DateTimeOffset DataType = "dateTimeOffset"
	Decimal        DataType = "decimal"
	Boolean        DataType = "boolean"
	GUID           DataType = "guid"
	JSON           DataType = "json"
)

var dataTypes = []DataType{
	Unclassified, String, Int64, Double, Date, Time, DateTime, DateTimeOffset, Decimal, Boolean, GUID, JSON,
}

// parseDataType returns the type of that name, and whether there is one.
func parseDataType(s string) (DataType, bool) {
	for _, t := range dataTypes {
		if strings.EqualFold(s, string(t)) {
			return t, true
		}
	}
	return Unclassified, false
}

// Attribute is a column.
type Attribute struct {
	Name        string
	DataType    DataType
	Description string
	IsHidden    bool
	Annotations Annotations
	Extensions  Extensions
}

// Partition is a file of an entity.
type Partition struct {
	Name        string
	Description string
	RefreshTime time.Time
	Location    string // absolute URI of the file
	IsHidden    bool
	Annotations Annotations
	// CSV says how a CSV file is written. Nil: not said, as for Parquet, which the format cannot describe.
	CSV        *CSVFormatSettings
	Extensions Extensions
}

// QuoteStyle says whether values may be quoted.
type QuoteStyle string

// The quote styles.
const (
	QuoteCSV  QuoteStyle = "QuoteStyle.Csv"
	QuoteNone QuoteStyle = "QuoteStyle.None"
)

// CSVStyle says where a quote has its meaning.
type CSVStyle string

// The CSV styles.
const (
	QuoteAlways         CSVStyle = "CsvStyle.QuoteAlways"
	QuoteAfterDelimiter CSVStyle = "CsvStyle.QuoteAfterDelimiter"
)

// CSVFormatSettings say how a CSV file is written. [DefaultCSV] returns what absent properties mean.
type CSVFormatSettings struct {
	ColumnHeaders bool
	Delimiter     string
	QuoteStyle    QuoteStyle
	CSVStyle      CSVStyle
	Encoding      string
	Extensions    Extensions
}

// DefaultCSV returns the settings of a file that does not state any.
func DefaultCSV() *CSVFormatSettings {
	return &CSVFormatSettings{Delimiter: ",", QuoteStyle: QuoteCSV, CSVStyle: QuoteAlways, Encoding: "UTF-8"}
}

// ReferenceModel is another model that reference entities name by its id.
type ReferenceModel struct {
	ID         string
	Location   string
	Extensions Extensions
}

// Relationship joins two entities by one attribute of each; its $type is "SingleKeyRelationship".
type Relationship struct {
	Name        string
	Description string
	Annotations Annotations
	From, To    AttributeReference
	Extensions  Extensions
}

// AttributeReference names an attribute of an entity.
type AttributeReference struct{ Entity, Attribute string }

// Annotation is a fact beside the format: a name, by custom with the producer's prefix, and a value.
type Annotation struct{ Name, Value string }

// Annotations are in the order of the file.
type Annotations []Annotation

// Get returns the value of the first annotation of that name, and whether there is one.
func (a Annotations) Get(name string) (value string, ok bool) {
	for _, x := range a {
		if x.Name == name {
			return x.Value, true
		}
	}
	return "", false
}

// Extension is a property that the format does not define, with its value as it was written.
type Extension struct {
	Name  string
	Value json.RawMessage
}

// Extensions are in the order of the file.
type Extensions []Extension
