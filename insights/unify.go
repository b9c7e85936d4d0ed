package insights

import "slices"

// Unification says how the records of several ingested tables become one Customer table: customer data (map),
// duplicates, match rules, unified fields (UNI-1 … UNI-12). With tables alone everything else is found from the data.
type Unification struct {
	// Tables are the customer data, in match order: the first is the primary table (UNI-5).
	Tables []UnifyTable `json:"tables" yaml:"tables"`
	// Rules are the match rules, tried in order between a table and those above it (UNI-6).
	Rules []Rule `json:"rules" yaml:"rules"`
	// Model is the probabilistic model, which decides where there are no rules.
	Model Model `json:"model,omitzero" yaml:"model,omitempty"`
	// Merge says how each unified field is chosen; fields not named use order of importance (UNI-12).
	Merge []FieldMerge `json:"merge,omitempty" yaml:"merge,omitempty"`
	// AlwaysMatch and NeverMatch are ingested tables of pairs of records, with the columns Table1, Table1Key, Table2 and
	// Table2Key, that are one customer, or are not, whatever rules and model say (UNI-9). What both say is always.
	AlwaysMatch string `json:"alwaysMatch,omitempty" yaml:"alwaysMatch,omitempty"`
	NeverMatch  string `json:"neverMatch,omitempty" yaml:"neverMatch,omitempty"`
	// Groups are fields whose values are taken together (UNI-13).
	Groups []FieldGroup `json:"groups,omitempty" yaml:"groups,omitempty"`
}

// HasRules says whether anything is declared that matches records: match rules, or rules for duplicates.
func (u Unification) HasRules() bool {
	return len(u.Rules) > 0 || slices.ContainsFunc(u.Tables, func(t UnifyTable) bool { return len(t.Duplicates) > 0 })
}

// Inputs names the ingested tables that unification reads: the customer data and the custom matches.
func (u Unification) Inputs() []string {
	var list []string
	for _, t := range u.Tables {
		list = append(list, t.Table)
	}
	for _, name := range []string{u.AlwaysMatch, u.NeverMatch} {
		if name != "" {
			list = append(list, name)
		}
	}
	return list
}

// UsesModel says whether the model decides anything.
func (u Unification) UsesModel() bool {
	return u.Model.Use == ModelAfterRules || u.Model.Use != ModelNever && !u.HasRules()
}

// Model is what the probabilistic model may decide, and how. Its zero value decides everything where there are no rules,
// by what the fields' values look like.
type Model struct {
	Use ModelUse `json:"use,omitempty" yaml:"use,omitempty"`
	// Compare lists the fields that are evidence. None: all.
	Compare []Comparison `json:"compare,omitempty" yaml:"compare,omitempty"`
	// Threshold is the least probability of a pair that joins two records, such as "95%". "": found from the data.
	Threshold string `json:"threshold,omitempty" yaml:"threshold,omitempty"`
}

// ModelUse says when the model decides.
type ModelUse string

// The uses of the model. "" is ModelWithoutRules.
const (
	ModelWithoutRules ModelUse = "withoutRules" // everything, if there are no rules
	ModelAfterRules   ModelUse = "afterRules"   // rules decide, the model decides the rest
	ModelNever        ModelUse = "never"
)

// Comparison is a unified field that the model compares.
type Comparison struct {
	Field string `json:"field" yaml:"field"`
	// As is a kind of values, which says how they are cleaned and compared, such as "phone" or "text". "": as the field's
	// semantic type says, or as the values look. See the guide for the kinds.
	As string `json:"as,omitempty" yaml:"as,omitempty"`
}

// UnifyTable is one table of the customer data.
type UnifyTable struct {
	Table string `json:"table" yaml:"table"` // "<DataSource>_<Table>"
	// Fields maps unified fields to the table's columns. None: suggested from names and values. A table with
	// Person.FullName alone can be matched on first and last name, and the reverse: they are derived.
	Fields []MappedField `json:"fields,omitempty" yaml:"fields,omitempty"`
	// Duplicates are the rules for duplicates within the table (UNI-2). None: the match rules are used.
	Duplicates []Rule `json:"duplicates,omitempty" yaml:"duplicates,omitempty"`
	// Winner says which row of a group of duplicates stands for it (UNI-3).
	Winner Winner `json:"winner,omitzero" yaml:"winner,omitempty"`
	// DropUnmatched leaves out rows that match no table above. The product's "Include all records" is its
	// opposite, on unless said otherwise; the primary table is always kept (UNI-5).
	DropUnmatched bool `json:"dropUnmatched,omitempty" yaml:"dropUnmatched,omitempty"`
}

// MappedField binds a unified field, a column of Customer, to a table's column.
type MappedField struct {
	Field        string       `json:"field" yaml:"field"`
	Column       string       `json:"column" yaml:"column"`
	SemanticType SemanticType `json:"semanticType,omitempty" yaml:"semanticType,omitempty"`
}

// WinnerKind says how a winner row or a field's value is chosen.
type WinnerKind string

// The winner kinds (UNI-3, UNI-12). MostFilled is for rows only, Importance for fields only.
const (
	MostFilled  WinnerKind = "mostFilled"
	MostRecent  WinnerKind = "mostRecent"
	LeastRecent WinnerKind = "leastRecent"
	Importance  WinnerKind = "importance"
)

// Winner is a merge preference for rows: the kind and, for the recent ones, the column to compare. Zero means
// MostFilled. Ties go to the larger primary key (UNI-3).
type Winner struct {
	By     WinnerKind `json:"by,omitempty" yaml:"by,omitempty"`
	Column string     `json:"column,omitempty" yaml:"column,omitempty"`
}

// Rule matches two records if every condition holds and no exception does (UNI-2).
type Rule struct {
	Name       string      `json:"name" yaml:"name"`
	Conditions []Condition `json:"conditions" yaml:"conditions"`
	Exceptions []Condition `json:"exceptions,omitempty" yaml:"exceptions,omitempty"`
	// Tables, if set, limits a match rule to pairs of these tables.
	Tables []string `json:"tables,omitempty" yaml:"tables,omitempty"`
}

// Condition compares one unified field of two records. A missing value equals nothing.
type Condition struct {
	Field     string          `json:"field" yaml:"field"`
	Normalize []Normalization `json:"normalize,omitempty" yaml:"normalize,omitempty"`
	// Precision is "exact" (default), "high", "medium", "low", or a percentage such as "85%" (UNI-7): the
	// similarity (len(longer) − edits) / len(longer) must reach it. Only strings can be fuzzy.
	Precision string `json:"precision,omitempty" yaml:"precision,omitempty"`
	// Alias lists groups of values that are equal, and Bypass values that count as missing (UNI-9). They are compared as
	// values are, after the normalisations.
	Alias  [][]string `json:"alias,omitempty" yaml:"alias,omitempty"`
	Bypass []string   `json:"bypass,omitempty" yaml:"bypass,omitempty"`
}

// Normalization changes values for matching only (UNI-8).
type Normalization string

// The normalisations.
const (
	NormalizeNumerals     Normalization = "numerals"
	NormalizeSymbols      Normalization = "symbols"
	NormalizeLowerCase    Normalization = "lowerCase"
	NormalizePhone        Normalization = "phone"
	NormalizeName         Normalization = "name"
	NormalizeAddress      Normalization = "address"
	NormalizeOrganization Normalization = "organization"
	NormalizeUnicode      Normalization = "unicodeToAscii"
	NormalizeWhitespace   Normalization = "whitespace"
)

// FieldMerge chooses the value of one unified field (UNI-12).
type FieldMerge struct {
	Field string `json:"field" yaml:"field"`
	// By is Importance (default), MostRecent or LeastRecent; the recent ones compare the unified field Column.
	By     WinnerKind `json:"by,omitempty" yaml:"by,omitempty"`
	Column string     `json:"column,omitempty" yaml:"column,omitempty"`
	// Order lists the tables by importance; those not named follow in match order.
	Order   []string `json:"order,omitempty" yaml:"order,omitempty"`
	Exclude bool     `json:"exclude,omitempty" yaml:"exclude,omitempty"`
}

// FieldGroup takes the values of several fields from one record, as the street of one address and the city of another are
// nobody's (UNI-13). A record speaks for the group if it has any of its fields; the values that it lacks are missing then.
type FieldGroup struct {
	Name   string   `json:"name" yaml:"name"` // for messages
	Fields []string `json:"fields" yaml:"fields"`
	// By, Column and Order are those of [FieldMerge].
	By     WinnerKind `json:"by,omitempty" yaml:"by,omitempty"`
	Column string     `json:"column,omitempty" yaml:"column,omitempty"`
	Order  []string   `json:"order,omitempty" yaml:"order,omitempty"`
}
