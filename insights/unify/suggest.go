package unify

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/match"
	"github.com/ownlake/ownlake/insights/spelling"
)

// Suggest maps a table's columns to unified fields, with semantic types by what the columns are called and, if sample
// gives values, by what they hold (UNI-1). Every column but the primary key is mapped: one of each semantic type to
// that type's usual field, such as Email, and the others to a field of their own name. A sample of a few hundred
// values per column is enough; nil judges by names alone.
func Suggest(t insights.Snapshot, sample func(column string) []string) []insights.MappedField {
	var guesses []guess
	for i, c := range t.Columns {
		if c.Name == t.PrimaryKey {
			continue
		}
		var values []string
		if sample != nil {
			values = filled(sample(c.Name))
		}
		guesses = append(guesses, guess{i, c, semanticGuess(c, values), 0})
		guesses[len(guesses)-1].rank()
	}
	return nameFields(t, guesses)
}

// guess is what a column seems to mean, and how sure that is.
type guess struct {
	at       int
	column   insights.Column
	semantic insights.SemanticType
	strength int
}

// rank prefers declared types, and then columns named like the field itself: of Email and BillingEmail the first.
func (g *guess) rank() {
	usual := fieldOfSemantic(g.semantic)
	switch {
	case g.column.SemanticType != "":
		g.strength = 3
	case usual != "" && strings.EqualFold(squeezed(g.column.Name), usual):
		g.strength = 2
	case usual != "":
		if named, whole := semanticOfName(g.column.Name); whole && named == g.semantic {
			g.strength = 1
		}
	}
}

func filled(values []string) []string {
	return slices.DeleteFunc(slices.Clone(values), func(s string) bool { return strings.TrimSpace(s) == "" })
}

// semanticGuess takes what is declared, else what the name says unless the values contradict, else what the values
// say by themselves.
func semanticGuess(c insights.Column, values []string) insights.SemanticType {
	if c.SemanticType != "" {
		return c.SemanticType
	}
	named, _ := semanticOfName(c.Name)
	if named == insights.PersonFullName && mostly(values, 70, isSingleWord) {
		named = insights.PersonFirstName // a column "name" of first names
	}
	if named == insights.LocationAddress && !mostly(values, 50, isWholeAddress) {
		named = insights.LocationStreet
	}
	if named != "" && fits(named, c.Type, values) {
		return named
	}
	if looks := semanticOfValues(c.Type, values); looks != "" {
		return looks
	}
	if c.Type == insights.Date || c.Type == insights.DateTime {
		return insights.CalendarDate
	}
	return ""
}

// nameFields gives each column a field. The best column of each semantic type gets the usual name.
func nameFields(t insights.Snapshot, guesses []guess) []insights.MappedField {
	best := map[string]int{} // usual field → column
	byStrength := slices.Clone(guesses)
	slices.SortStableFunc(byStrength, func(a, b guess) int { return cmp.Compare(b.strength, a.strength) })
	for _, g := range byStrength {
		usual := fieldOfSemantic(g.semantic)
		if _, taken := best[usual]; usual != "" && !taken {
			best[usual] = g.at
		}
	}
	taken := map[string]bool{strings.ToLower(customerIDColumn): true, strings.ToLower(previousIDColumn): true}
	for usual := range best {
		taken[strings.ToLower(usual)] = true
	}
	fields := make([]insights.MappedField, 0, len(guesses))
	for _, g := range guesses {
		field := fieldOfSemantic(g.semantic)
		if at, ok := best[field]; field == "" || !ok || at != g.at {
			field = freeName(t.Table, g.column.Name, taken)
		}
		fields = append(fields, insights.MappedField{Field: field, Column: g.column.Name, SemanticType: g.semantic})
	}
	return fields
}

// freeName is the column's own name, or one with the table's name before it.
func freeName(table, column string, taken map[string]bool) string {
	name := strings.NewReplacer(".", "_", `"`, "").Replace(column)
	for i := 1; taken[strings.ToLower(name)]; i++ {
		name = table + "_" + column
		if i > 1 {
			name += "_" + strconv.Itoa(i)
		}
	}
	taken[strings.ToLower(name)] = true
	return name
}

// usualFields are the unified fields that suggestions use, by semantic type.
var usualFields = map[insights.SemanticType]string{
	insights.PersonFirstName: "FirstName", insights.PersonMiddleName: "MiddleName", insights.PersonLastName: "LastName",
	insights.PersonFullName: "FullName", insights.PersonGender: "Gender", insights.PersonBirthDate: "BirthDate",
	insights.IdentityEmail: "Email", insights.IdentityPhone: "Phone", insights.LocationAddress: "Address",
	insights.LocationStreet: "Street", insights.LocationCity: "City", insights.LocationState: "State",
	insights.LocationPostalCode: "PostalCode", insights.LocationCountry: "Country", insights.OrganizationName: "OrganizationName",
}

// fieldOfSemantic returns the usual field of a semantic type, or "".
func fieldOfSemantic(s insights.SemanticType) string { return usualFields[s] }

// semanticOfField is the reverse of fieldOfSemantic.
func semanticOfField(field string) insights.SemanticType {
	for s, usual := range usualFields {
		if usual == field {
			return s
		}
	}
	return ""
}

// organizationNames are names of columns, squeezed, that hold organisations: short texts to the model.
var organizationNames = strings.Fields("company companyname organization organisation organizationname employer accountname firm firma")

// semanticOfName judges a column's name by what the model knows of headers. whole says that no word was left out.
func semanticOfName(name string) (s insights.SemanticType, whole bool) {
	if slices.Contains(organizationNames, squeezed(name)) {
		return insights.OrganizationName, true
	}
	kinds, whole := match.KindsOfHeader(name)
	if slices.Contains(kinds, match.Address) {
		return insights.LocationAddress, whole // or a street: the values say
	}
	for _, k := range kinds {
		for s := range usualFields {
			if semanticKinds[s] == k && k != match.Label {
				return s, whole
			}
		}
	}
	return "", false
}

func squeezed(name string) string { return strings.Join(spelling.NameParts(name), "") }
