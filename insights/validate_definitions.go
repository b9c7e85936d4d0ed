package insights

import (
	"fmt"
	"slices"
	"strings"
)

// Problems returns what is wrong with each definition (paths start with "sources[i]" or "unification") and
// with how they fit together: two tables that would be one, and names in the unification that no source has.
func (d Definitions) Problems() Problems {
	var ps Problems
	names := map[string]int{}
	for i, s := range d.Sources {
		path := fmt.Sprintf("sources[%d]", i)
		ps.under(path, s.Problems())
		if first, twice := names[strings.ToLower(s.Name)]; twice && s.Name != "" {
			ps.add(path+".name", "names that differ only in case are the same", "source %q is declared already as sources[%d]", s.Name, first)
		}
		names[strings.ToLower(s.Name)] = i
	}
	if d.Unification != nil {
		ps.under("unification", d.Unification.Problems())
	}
	ps = append(ps, d.collisions()...)
	return append(ps, d.unknownTables()...)
}

// collisions finds tables of different sources that would be ingested under one name: A_B + C and A + B_C, or
// a table that is called like another's corrupt rows.
func (d Definitions) collisions() Problems {
	var ps Problems
	owner := map[string]string{}
	for i, s := range d.Sources {
		for j, t := range s.Tables {
			for _, name := range []string{IngestedTable(s.Name, t.Name), CorruptTable(IngestedTable(s.Name, t.Name))} {
				key, me := strings.ToLower(name), s.Name+" / "+t.Name
				if other, taken := owner[key]; taken && other != me {
					ps.add(fmt.Sprintf("sources[%d].tables[%d].name", i, j), "rename one of them", "%s and %s would both be the table %s", other, me, name)
				}
				owner[key] = me
			}
		}
	}
	return ps
}

// unknownTables finds tables of the unification that no source makes. A CDM folder without a list of tables can
// hold any.
func (d Definitions) unknownTables() Problems {
	if d.Unification == nil {
		return nil
	}
	var ps Problems
	var known, open []string
	for _, s := range d.Sources {
		if s.Folder != "" && len(s.Tables) == 0 {
			open = append(open, s.Name+"_")
		}
		for _, t := range s.Tables {
			known = append(known, IngestedTable(s.Name, t.Name))
		}
	}
	check := func(path, table string) {
		inFolder := slices.ContainsFunc(open, func(prefix string) bool { return strings.HasPrefix(table, prefix) })
		if table != "" && !inFolder && !slices.Contains(known, table) {
			ps.add("unification."+path, suggest(table, known), "no source makes the table %q", table)
		}
	}
	for i, t := range d.Unification.Tables {
		check(fmt.Sprintf("tables[%d].table", i), t.Table)
	}
	check("alwaysMatch", d.Unification.AlwaysMatch)
	check("neverMatch", d.Unification.NeverMatch)
	return ps
}

// unknownNames finds fields and tables that the rules and preferences name and the customer data has not. Where a
// table's fields are left to suggestion, its fields are not known before the data is.
func (u Unification) unknownNames() Problems {
	var ps Problems
	tables := make([]string, len(u.Tables))
	for i, t := range u.Tables {
		tables[i] = t.Table
	}
	fields, certain := u.fields()
	field := func(path, name string) {
		if certain && !slices.Contains(fields, name) {
			ps.add(path, suggest(name, fields), "no table has a field %q", name)
		}
	}
	rules := func(path string, rules []Rule) {
		for i, r := range rules {
			for j, c := range r.Conditions {
				field(fmt.Sprintf("%s[%d].conditions[%d].field", path, i, j), c.Field)
			}
			for j, c := range r.Exceptions {
				field(fmt.Sprintf("%s[%d].exceptions[%d].field", path, i, j), c.Field)
			}
			unknownTables(&ps, fmt.Sprintf("%s[%d].tables", path, i), r.Tables, tables)
		}
	}
	for i, t := range u.Tables {
		rules(fmt.Sprintf("tables[%d].duplicates", i), t.Duplicates)
	}
	rules("rules", u.Rules)
	for i, c := range u.Model.Compare {
		field(fmt.Sprintf("model.compare[%d].field", i), c.Field)
	}
	for i, m := range u.Merge {
		path := fmt.Sprintf("merge[%d]", i)
		field(path+".field", m.Field)
		if m.Column != "" {
			field(path+".column", m.Column)
		}
		unknownTables(&ps, path+".order", m.Order, tables)
	}
	for i, g := range u.Groups {
		path := fmt.Sprintf("groups[%d]", i)
		for j, f := range g.Fields {
			field(fmt.Sprintf("%s.fields[%d]", path, j), f)
		}
		if g.Column != "" {
			field(path+".column", g.Column)
		}
		unknownTables(&ps, path+".order", g.Order, tables)
	}
	return ps
}

func unknownTables(ps *Problems, path string, names, tables []string) {
	for i, name := range names {
		if !slices.Contains(tables, name) {
			ps.add(fmt.Sprintf("%s[%d]", path, i), suggest(name, tables), "%q is not among the unified tables", name)
		}
	}
}

// fields returns the unified fields of all tables, and whether they are all known.
func (u Unification) fields() (fields []string, certain bool) {
	certain = true
	for _, t := range u.Tables {
		certain = certain && len(t.Fields) > 0
		fields = append(fields, t.ownFields()...)
	}
	return fields, certain
}

// ownFields returns the fields that a table's mapping gives, with those derived from them: a full name from
// first and last name, and the reverse.
func (t UnifyTable) ownFields() []string {
	var fields []string
	kinds := map[SemanticType]bool{}
	for _, f := range t.Fields {
		fields = append(fields, f.Field)
		kinds[f.meaning()] = true
	}
	if kinds[PersonFullName] {
		fields = append(fields, "FirstName", "LastName", "MiddleName")
	}
	if kinds[PersonFirstName] && kinds[PersonLastName] {
		fields = append(fields, "FullName")
	}
	return fields
}

// meaning is the field's semantic type. Where none is given, the usual names of a person's names say it.
func (f MappedField) meaning() SemanticType {
	if f.SemanticType != "" {
		return f.SemanticType
	}
	switch f.Field {
	case "FullName":
		return PersonFullName
	case "FirstName":
		return PersonFirstName
	case "LastName":
		return PersonLastName
	default:
		return ""
	}
}

// SemanticTypes lists the semantic types of the product (TAB-4), those that unification knows first.
func SemanticTypes() []SemanticType {
	return []SemanticType{
		PersonFirstName, PersonMiddleName, PersonLastName, PersonFullName, PersonGender, PersonBirthDate,
		IdentityEmail, IdentityPhone, LocationAddress, LocationStreet, LocationCity, LocationState,
		LocationPostalCode, LocationCountry, CalendarDate, OrganizationName,
		"Person.ProfileImage", "Identity.Service.Facebook", "Identity.Service.Twitter", "Identity.GovernmentID",
		"Location.Province", "Location.County", "Location.Region", "Location.Continent", "Location.Latitude",
		"Location.Longitude", "Location.Point", "Location.Timezone", "Organization.LogoImage", "Product", "Brand",
		"BarCode", "Channel", "Language", "Reference.URL", "Reference.ImageURL", "Reference.Description",
		"Reference.Phonetic",
	}
}

// Normalizations lists the normalisations (UNI-8).
func Normalizations() []Normalization {
	return []Normalization{
		NormalizeNumerals, NormalizeSymbols, NormalizeLowerCase, NormalizePhone, NormalizeName, NormalizeAddress,
		NormalizeOrganization, NormalizeUnicode, NormalizeWhitespace,
	}
}
