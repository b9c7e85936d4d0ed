package insights

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// namePattern is what data sources and their tables may be called: their names become file names, table names
// and parts of column names.
var namePattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,62}$`)

// CheckName returns what is wrong with the name of a data source or a source's table, or "".
func CheckName(name string) string {
	if namePattern.MatchString(name) {
		return ""
	}
	return "a name is a letter followed by letters, digits or underscores, 63 characters at most"
}

// Problems returns what is wrong with the request by itself; whether the account fits is asked by real calls.
func (q EnvironmentRequest) Problems() Problems {
	var ps Problems
	switch name := strings.TrimSpace(q.Name); {
	case name == "":
		ps.add("name", "give the environment a name that people recognise", "the name is missing")
	case utf8.RuneCountInString(name) > 100 || strings.ContainsFunc(name, unicode.IsControl) || !utf8.ValidString(name):
		ps.add("name", "", "a name has 100 characters at most and no control characters")
	}
	oneOf(&ps, "type", q.Type, Production, Sandbox)
	oneOf(&ps, "dataFormat", q.DataFormat, Parquet, CSV)
	q.checkRegion(&ps)
	ps.under("storage", q.Storage.problems())
	ps.under("cloud", q.Cloud.problems())
	return ps
}

func (q EnvironmentRequest) checkRegion(ps *Problems) {
	var names, displayNames []Region
	for _, r := range Regions() {
		if r.Name == q.Region {
			return
		}
		names = append(names, r.Name)
		displayNames = append(displayNames, Region(r.DisplayName))
	}
	if q.Region == "" {
		ps.add("region", "name the region of the storage account, such as westeurope", "the region is missing")
		return
	}
	hint := "use the cloud's name of a region, such as westeurope"
	if near := Nearest(q.Region, displayNames); near != "" {
		hint = "did you mean " + strings.ToLower(strings.ReplaceAll(string(near), " ", "")) + "?"
	}
	if near := Nearest(q.Region, names); near != "" {
		hint = "did you mean " + string(near) + "?"
	}
	ps.add("region", hint, "unknown region %q", string(q.Region))
}

func (s DataStorage) problems() Problems {
	var ps Problems
	oneOf(&ps, "kind", s.Kind, ManagedStorage, OwnStorage)
	oneOf(&ps, "credential", s.Credential, AccountKey, ServicePrincipal)
	switch s.Kind {
	case "":
		ps.add("kind", "use managed, or own for an account of yours", "the kind of storage is missing")
	case ManagedStorage:
		if s != (DataStorage{Kind: s.Kind}) {
			ps.add("kind", "use own to name an account", "managed storage takes no account, endpoint or credential")
		}
	case OwnStorage:
		ps = append(ps, s.ownProblems()...)
	}
	return ps
}

// Problems returns what is wrong with the source by itself.
func (d DataSource) Problems() Problems {
	var ps Problems
	if d.Name == "" {
		ps.add("name", "", "the source has no name")
	} else if wrong := CheckName(d.Name); wrong != "" {
		ps.add("name", "", "%q: %s", d.Name, wrong)
	}
	if d.Folder == "" && len(d.Tables) == 0 {
		ps.add("tables", "list tables, or name a CDM folder", "the source has no tables")
	}
	names := map[string]int{}
	for i, t := range d.Tables {
		path := fmt.Sprintf("tables[%d]", i)
		ps.under(path, t.problems(d.Folder != ""))
		if first, twice := names[strings.ToLower(t.Name)]; twice && t.Name != "" {
			ps.add(path+".name", "", "table %q is listed already as tables[%d]", t.Name, first)
		}
		names[strings.ToLower(t.Name)] = i
	}
	return ps
}

func (t SourceTable) problems(inFolder bool) Problems {
	var ps Problems
	if t.Name == "" {
		ps.add("name", "", "the table has no name")
	} else if wrong := CheckName(t.Name); wrong != "" && !inFolder {
		ps.add("name", "", "%q: %s", t.Name, wrong)
	}
	switch {
	case t.Location == "" && !inFolder:
		ps.add("location", "name a file, a folder or a glob", "the table has no location")
	case t.Location != "" && inFolder:
		ps.add("location", "leave it out", "the tables of a CDM folder are located by its model.json")
	}
	oneOf(&ps, "format", t.Format, Parquet, CSV)
	ps.under("csv", t.CSV.problems())
	names := map[string]int{}
	for i, c := range t.Columns {
		path := fmt.Sprintf("columns[%d]", i)
		ps.under(path, c.problems())
		if first, twice := names[strings.ToLower(c.Name)]; twice && c.Name != "" {
			ps.add(path+".name", "", "column %q is listed already as columns[%d]", c.Name, first)
		}
		names[strings.ToLower(c.Name)] = i
	}
	return ps
}

func (o CSVOptions) problems() Problems {
	var ps Problems
	for _, one := range []struct{ path, value string }{{"delimiter", o.Delimiter}, {"quote", o.Quote}} {
		if one.value != "" && utf8.RuneCountInString(one.value) != 1 {
			ps.add(one.path, `for a tab write "\t"`, "%q is not one character", one.value)
		}
	}
	if o.Delimiter != "" && o.Delimiter == o.Quote {
		ps.add("quote", "", "delimiter and quote are the same character")
	}
	oneOf(&ps, "encoding", o.Encoding, "utf-8", "utf-16", "latin-1")
	checkDatePattern(&ps, "dateFormat", o.DateFormat)
	checkDatePattern(&ps, "timestampFormat", o.TimestampFormat)
	return ps
}

func (c Column) problems() Problems {
	var ps Problems
	if c.Name == "" {
		ps.add("name", "", "the column has no name")
	}
	oneOf(&ps, "type", c.Type, String, Int64, Double, Decimal, Boolean, Date, Time, DateTime, GUID, JSON)
	checkSemanticType(&ps, c.SemanticType)
	checkDatePattern(&ps, "format", c.Format)
	if c.Format != "" && c.Type != "" && c.Type != Date && c.Type != DateTime && c.Type != Time {
		ps.add("format", "", "a date pattern fits the types date, time and dateTime, not %s", c.Type)
	}
	return ps
}

// checkSemanticType refuses what looks like a misspelled known type; other names are custom types (TAB-4).
func checkSemanticType(ps *Problems, t SemanticType) {
	if t == "" {
		return
	}
	known := SemanticTypes()
	best, least := SemanticType(""), 3
	for _, k := range known {
		if d := edits(string(t), string(k)); d < least {
			best, least = k, d
		}
	}
	if best != "" && least > 0 {
		ps.add("semanticType", "did you mean "+string(best)+"?", "unknown semantic type %q", string(t))
	}
}

// datePatternLetters are the letters of java.time.format.DateTimeFormatter that say something about a date or a
// time of day.
const datePatternLetters = "GuyDMLdQqYwWEecFahHkKmsSnNAXxZzVO"

func checkDatePattern(ps *Problems, path, pattern string) {
	quoted := false
	for _, r := range pattern {
		switch {
		case r == '\'':
			quoted = !quoted
		case quoted || r > unicode.MaxASCII || !unicode.IsLetter(r):
		case !strings.ContainsRune(datePatternLetters, r):
			ps.add(path, "write a Java date pattern such as dd.MM.yyyy or yyyy-MM-dd HH:mm:ss", "%q: %q is not a pattern letter", pattern, string(r))
			return
		}
	}
	switch {
	case quoted:
		ps.add(path, "", "%q: a quoted text is not closed", pattern)
	case strings.Contains(pattern, "%"):
		ps.add(path, "write a Java date pattern such as dd.MM.yyyy", "%q is not a Java date pattern", pattern)
	case strings.Contains(pattern, "mm") && strings.ContainsAny(pattern, "yd") && !strings.ContainsAny(pattern, "MHhKk"):
		ps.add(path, "M is the month, m the minute", "%q has minutes but no hours", pattern)
	}
}

// Problems returns what is wrong with the unification by itself.
func (u Unification) Problems() Problems {
	var ps Problems
	if len(u.Tables) == 0 {
		ps.add("tables", "list the ingested tables to unify, the most complete first", "there are no tables")
	}
	names := map[string]int{}
	for i, t := range u.Tables {
		path := fmt.Sprintf("tables[%d]", i)
		ps.under(path, t.problems())
		if first, twice := names[t.Table]; twice && t.Table != "" {
			ps.add(path+".table", "", "table %q is listed already as tables[%d]", t.Table, first)
		}
		names[t.Table] = i
	}
	ps.under("rules", ruleProblems(u.Rules))
	oneOf(&ps, "model.use", u.Model.Use, ModelWithoutRules, ModelAfterRules, ModelNever)
	for i, m := range u.Merge {
		ps.under(fmt.Sprintf("merge[%d]", i), m.problems())
	}
	ps = append(ps, u.groupProblems()...)
	if ps == nil {
		ps = u.unknownNames()
	}
	return ps
}

// mostGrouped is how many fields a group has at most (UNI-13).
const mostGrouped = 10

// groupProblems finds groups that are none, and fields that two would decide.
func (u Unification) groupProblems() Problems {
	var ps Problems
	groupOf := map[string]string{}
	for i, g := range u.Groups {
		path := fmt.Sprintf("groups[%d]", i)
		ps.under(path, FieldMerge{Field: g.Name, By: g.By, Column: g.Column}.problems())
		if n := len(g.Fields); n < 2 || n > mostGrouped {
			ps.add(path+".fields", fmt.Sprintf("name 2 to %d fields", mostGrouped), "a group of %d fields", n)
		}
		for j, f := range g.Fields {
			if other, grouped := groupOf[f]; grouped {
				ps.add(fmt.Sprintf("%s.fields[%d]", path, j), "", "field %q is in group %q already", f, other)
			}
			groupOf[f] = g.Name
		}
	}
	for i, m := range u.Merge {
		if group, grouped := groupOf[m.Field]; grouped && !m.Exclude {
			ps.add(fmt.Sprintf("merge[%d].field", i), "say it of the group", "field %q is in group %q, which decides", m.Field, group)
		}
	}
	return ps
}

func (t UnifyTable) problems() Problems {
	var ps Problems
	if t.Table == "" {
		ps.add("table", "name an ingested table, <DataSource>_<Table>", "the table's name is missing")
	}
	fields := map[string]bool{}
	for i, f := range t.Fields {
		path := fmt.Sprintf("fields[%d]", i)
		if f.Field == "" || f.Column == "" {
			ps.add(path, "", "a mapped field needs field and column")
		}
		if fields[f.Field] {
			ps.add(path+".field", "", "field %q is mapped already", f.Field)
		}
		fields[f.Field] = true
		sub := Problems{}
		checkSemanticType(&sub, f.SemanticType)
		ps.under(path, sub)
	}
	ps.under("duplicates", ruleProblems(t.Duplicates))
	oneOf(&ps, "winner.by", t.Winner.By, MostFilled, MostRecent, LeastRecent)
	if recent(t.Winner.By) && t.Winner.Column == "" {
		ps.add("winner", "name a date or number column", "%s needs a column to compare", t.Winner.By)
	}
	return ps
}

func recent(k WinnerKind) bool { return k == MostRecent || k == LeastRecent }

func ruleProblems(rules []Rule) Problems {
	var ps Problems
	names := map[string]int{}
	for i, r := range rules {
		path := fmt.Sprintf("[%d]", i)
		if r.Name == "" {
			ps.add(path+".name", "", "the rule has no name")
		}
		if first, twice := names[r.Name]; twice && r.Name != "" {
			ps.add(path+".name", "", "rule %d has the name %q already", first+1, r.Name)
		}
		names[r.Name] = i
		if len(r.Conditions) == 0 {
			ps.add(path+".conditions", "", "a rule needs at least one condition")
		}
		for j, c := range r.Conditions {
			ps.under(fmt.Sprintf("%s.conditions[%d]", path, j), c.problems())
		}
		for j, c := range r.Exceptions {
			ps.under(fmt.Sprintf("%s.exceptions[%d]", path, j), c.problems())
		}
	}
	return ps
}

func (c Condition) problems() Problems {
	var ps Problems
	if c.Field == "" {
		ps.add("field", "", "the condition names no field")
	}
	for i, n := range c.Normalize {
		oneOf(&ps, fmt.Sprintf("normalize[%d]", i), n, Normalizations()...)
	}
	checkPrecision(&ps, c.Precision)
	for i, group := range c.Alias {
		if len(group) < 2 {
			ps.add(fmt.Sprintf("alias[%d]", i), "name two values or more that are equal", "an alias of %d values", len(group))
		}
	}
	return ps
}

func checkPrecision(ps *Problems, p string) {
	if percent, ok := strings.CutSuffix(p, "%"); ok {
		if n, err := strconv.Atoi(percent); err == nil && n >= 1 && n <= 100 {
			return
		}
		ps.add("precision", "", "%q is not a whole percentage from 1%% to 100%%", p)
		return
	}
	if _, err := strconv.Atoi(p); err == nil {
		ps.add("precision", "write "+p+"%", "%q lacks its percent sign", p)
		return
	}
	oneOf(ps, "precision", p, "exact", "high", "medium", "low")
}

func (m FieldMerge) problems() Problems {
	var ps Problems
	if m.Field == "" {
		ps.add("field", "", "the preference names no field")
	}
	oneOf(&ps, "by", m.By, Importance, MostRecent, LeastRecent)
	if recent(m.By) && m.Column == "" {
		ps.add("column", "name a unified field with a date or number", "%s needs a column to compare", m.By)
	}
	return ps
}
