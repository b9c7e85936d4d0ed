package unify

import (
	"strings"

	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/engine"
	"github.com/ownlake/ownlake/insights/spelling"
)

// source says where a table has the values of a unified field.
type source struct {
	kind    sourceKind
	columns []insights.Column
	// textType is the type that values are brought to before they become text, so that tables whose columns have
	// different types can be compared.
	textType insights.DataType
}

// sourceKind is how a field's value comes from a table's columns.
type sourceKind uint8

const (
	missing     sourceKind = iota // the table does not have the field
	whole                         // the column's value
	firstOfFull                   // the first name of a full name
	middleOfFull
	lastOfFull
	fullOfParts // a full name of first name, middle name if there is one, and last name
)

// sources finds a field in each table. A table that has only the full name can be matched on its parts, and the
// reverse (UNI-1).
func (p *plan) sources(field string) []source {
	list := make([]source, len(p.tables))
	semantic := p.semantic(field)
	for i := range p.tables {
		list[i] = p.tables[i].source(field, semantic)
	}
	textType := commonType(list)
	for i := range list {
		list[i].textType = textType
	}
	return list
}

func (p *plan) semantic(field string) insights.SemanticType {
	for _, f := range p.fields {
		if f.name == field {
			return f.semantic
		}
	}
	return semanticOfField(field)
}

func (t *planTable) source(field string, semantic insights.SemanticType) source {
	if c, ok := t.column(field); ok {
		return source{kind: whole, columns: []insights.Column{c}}
	}
	switch semantic {
	case insights.PersonFullName:
		return t.fullOfParts()
	case insights.PersonFirstName:
		return t.partOfFull(firstOfFull)
	case insights.PersonMiddleName:
		return t.partOfFull(middleOfFull)
	case insights.PersonLastName:
		return t.partOfFull(lastOfFull)
	default:
		return source{}
	}
}

func (t *planTable) partOfFull(kind sourceKind) source {
	full, ok := t.withSemantic(insights.PersonFullName)
	if !ok || !isText(full.Type) {
		return source{}
	}
	return source{kind: kind, columns: []insights.Column{full}}
}

func (t *planTable) fullOfParts() source {
	first, hasFirst := t.withSemantic(insights.PersonFirstName)
	last, hasLast := t.withSemantic(insights.PersonLastName)
	if !hasFirst || !hasLast {
		return source{}
	}
	columns := []insights.Column{first, last}
	if middle, ok := t.withSemantic(insights.PersonMiddleName); ok {
		columns = []insights.Column{first, middle, last}
	}
	return source{kind: fullOfParts, columns: columns}
}

// commonType is the type in which the tables' values can be compared: a date and time is compared with a date as a
// date, numbers as the widest kind of number, anything else as text.
func commonType(list []source) insights.DataType {
	var common insights.DataType
	for _, s := range list {
		for _, c := range s.columns {
			common = widened(common, c.Type)
		}
	}
	return common
}

func widened(a, b insights.DataType) insights.DataType {
	switch {
	case a == b || a == "":
		return b
	case isDay(a) && isDay(b):
		return insights.Date
	case isNumber(a) && isNumber(b):
		if a == insights.Double || b == insights.Double {
			return insights.Double
		}
		return insights.Decimal
	}
	return insights.String
}

func isDay(t insights.DataType) bool { return t == insights.Date || t == insights.DateTime }

func isNumber(t insights.DataType) bool {
	return t == insights.Int64 || t == insights.Decimal || t == insights.Double
}

// sql is the field's value as text, NULL if it is missing. relation is the name of the table in the statement.
func (s source) sql(relation string) string {
	texts := make([]string, len(s.columns))
	for i, c := range s.columns {
		texts[i] = textSQL(relation, c, s.textType)
	}
	if s.kind == fullOfParts {
		return fullNameSQL(texts)
	}
	return texts[0]
}

// textSQL renders a column as text, by way of the type it is compared in.
func textSQL(relation string, c insights.Column, as insights.DataType) string {
	value := relation + "." + engine.QuoteIdent(c.Name)
	if isText(c.Type) {
		return value
	}
	if as != c.Type && as != insights.String && as != "" {
		value = "CAST(" + value + " AS " + sqlType(as) + ")"
	}
	return "CAST(" + value + " AS VARCHAR)"
}

// fullNameSQL composes first, middle (if there are three) and last name. A part of a name is no full name.
func fullNameSQL(parts []string) string {
	first, last := parts[0], parts[len(parts)-1]
	for i, part := range parts {
		parts[i] = "NULLIF(trim(" + part + "), '')"
	}
	return "CASE WHEN trim(" + first + ") <> '' AND trim(" + last + ") <> '' THEN concat_ws(' ', " + strings.Join(parts, ", ") + ") END"
}

// sqlType is the engine's name of a type.
func sqlType(t insights.DataType) string {
	switch t {
	case insights.Int64:
		return "BIGINT"
	case insights.Double:
		return "DOUBLE"
	case insights.Decimal:
		return "DECIMAL(38, 18)"
	case insights.Boolean:
		return "BOOLEAN"
	case insights.Date:
		return "DATE"
	case insights.Time:
		return "TIME"
	case insights.DateTime:
		return "TIMESTAMP"
	default:
		return "VARCHAR"
	}
}

// part returns what a source of that kind takes of a full name.
func (k sourceKind) part(s string) string {
	switch k {
	case firstOfFull:
		return spelling.SplitFullName(s).First
	case middleOfFull:
		return spelling.SplitFullName(s).Middle
	case lastOfFull:
		return spelling.SplitFullName(s).Last
	default:
		return s
	}
}
