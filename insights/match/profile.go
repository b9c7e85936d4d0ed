package match

import (
	"slices"
	"strings"

	"github.com/ownlake/ownlake/insights/spelling"
)

// Profile is what is known of a column before matching.
type Profile struct {
	Table    string  `json:"table"`
	Column   string  `json:"column"`
	Kind     Kind    `json:"kind"`
	Filled   float64 `json:"filled"`   // share of the records that have a value
	Distinct int     `json:"distinct"` // values
	Why      string  `json:"why"`
}

// headerKinds are the kinds by squeezed header, the more specific kind first where a name stands for several.
var headerKinds = func() map[string][]Kind {
	all := map[string][]Kind{}
	for k := range kindCount {
		for name := range strings.FieldsSeq(headerNames[k]) {
			all[name] = append(all[name], k)
		}
	}
	return all
}()

// profileTable finds the kind of each column of a table. skip names columns that are no evidence.
func profileTable(t *Table, skip func(string) bool) []Profile {
	list := make([]Profile, len(t.Columns))
	samples := make([]columnSample, len(t.Columns))
	for i := range t.Columns {
		samples[i] = sampleColumn(&t.Columns[i])
		list[i] = profileColumn(t, &t.Columns[i], samples[i], skip)
	}
	copies(t, list, samples)
	byNeighbours(list, samples)
	return list
}

const oneValue = "one value everywhere"

// copies takes the columns of a table of copies of one record for evidence, which says nothing elsewhere.
func copies(t *Table, list []Profile, samples []columnSample) {
	same := 0
	for _, p := range list {
		if p.Kind != Ignored || p.Why == oneValue && p.Filled < 1 {
			return
		}
		if p.Why == oneValue {
			same++
		}
	}
	if same < enough {
		return
	}
	for i := range list {
		if list[i].Why == oneValue {
			list[i].Kind, _ = samples[i].kind(t.Columns[i].Name)
			list[i].Why = "all records are copies of one"
		}
	}
}

// byNeighbours finds what values alone cannot tell: words beside given names are surnames, single letters there middle
// names, and words behind a street are a city.
func byNeighbours(list []Profile, samples []columnSample) {
	find := func(of, beside Kind, before, behind int, test func(*columnSample) bool) {
		if slices.ContainsFunc(list, func(p Profile) bool { return p.Kind == of }) {
			return
		}
		at := slices.IndexFunc(list, func(p Profile) bool { return p.Kind == beside })
		if at < 0 {
			return
		}
		for i := max(0, at-before); i <= min(at+behind, len(list)-1); i++ {
			if list[i].Kind == Label && list[i].Why == "values" && test(&samples[i]) {
				list[i].Kind, list[i].Why = of, "values, beside "+beside.String()
				return
			}
		}
	}
	words := func(v string) bool { return digitCount(v) == 0 && len(v) > 1 }
	find(Middle, Given, 0, 2, func(s *columnSample) bool {
		return s.share(func(v string) bool { return len(strings.Trim(v, ".")) == 1 }) > 0.8
	})
	find(Surname, Given, 2, 3, func(s *columnSample) bool { return s.distinct > 20 && s.share(words) > 0.95 && s.averageWords() < 1.5 })
	find(City, Street, 1, 3, func(s *columnSample) bool { return s.distinct > 20 && s.share(words) > 0.95 })
}

func profileColumn(t *Table, c *Column, s columnSample, skip func(string) bool) Profile {
	p := Profile{Table: t.Name, Column: c.Name}
	p.Filled, p.Distinct = float64(s.filled)/float64(max(1, t.Rows)), s.distinct
	switch {
	case skip(c.Name):
		p.Why = "excluded"
	case s.filled == 0:
		p.Why = "no values"
	case s.distinct == 1 && s.filled > 10:
		p.Why = oneValue
	case describesRecord(c.Name, &s):
		p.Why = "describes the record, not the entity"
	default:
		p.Kind, p.Why = s.kind(c.Name)
	}
	return p
}

// describesRecord says whether a column tells when or where a record was made: by its header, or by days whose header
// ends like "registered_at" or "last seen".
func describesRecord(name string, s *columnSample) bool {
	words := headerWords(name)
	if strings.Contains(notEvidence, " "+strings.Join(words, "")+" ") {
		return true
	}
	if s.share(isDate) < 0.8 {
		return false
	}
	if s.share(func(v string) bool { return strings.Contains(v, ":") && !strings.Contains(v, "00:00") }) > 0.8 {
		return true // a time of day: nobody knows theirs of birth
	}
	if len(words) == 0 {
		return false
	}
	switch words[len(words)-1] {
	case "at", "on", "seen", "since", "joined", "registered", "created", "updated", "modified", "changed", "signup", "login", "visit", "timestamp", "time":
		return true
	}
	return false
}

// columnSample is what a kind is found from.
type columnSample struct {
	values           []string // distinct, filled
	filled, distinct int
	uses             float64 // records per distinct value
}

func sampleColumn(c *Column) columnSample {
	seen := make([]uint32, len(c.Values))
	s := columnSample{}
	for _, code := range c.Codes {
		seen[code]++
	}
	const enough = 1000
	step := max(1, len(c.Values)/enough)
	for code := 1; code < len(c.Values); code++ {
		v := c.Values[code]
		v = strings.TrimSpace(v[:min(len(v), longestValue)])
		if v == "" || isNull(v) {
			continue
		}
		s.distinct++
		s.filled += int(seen[code])
		if code%step == 0 {
			s.values = append(s.values, v)
		}
	}
	if c.listed {
		s.distinct = c.distinct()
	}
	s.uses = float64(s.filled) / float64(max(1, s.distinct))
	return s
}

// kind takes what the header says unless the values contradict, and else what the values say.
func (s *columnSample) kind(name string) (k Kind, why string) {
	kinds, _ := KindsOfHeader(name)
	for _, k := range kinds {
		if s.fits(k) {
			return s.refine(k), "header"
		}
	}
	k = s.kindOfValues()
	if k == Label && s.share(isCode) > 0.8 || isIDHeader(name) && (k == Number || k == Label || k == Text || k == Category) {
		k = ID
	}
	unique := s.uses < 1.02 && s.filled > 50
	switch {
	case k == ID && unique:
		return Ignored, "a key: hardly any value occurs twice"
	case k == Number && unique && s.share(isWholeNumber) > 0.99:
		return Ignored, "a number for each record"
	}
	return k, "values"
}

// refine tells kinds apart that share their headers.
func (s *columnSample) refine(k Kind) Kind {
	switch {
	case k == FullName && s.share(isOneWord) > 0.9 && s.share(isGivenName) > 0.3:
		return Given
	case k == Street && s.share(isWholeAddress) > 0.5:
		return Address
	case k == FullName && s.share(isFullName) < 0.15 && s.share(isGivenName) < 0.15:
		return Text // the name of something that is no person
	}
	return k
}

// KindsOfHeader judges a column's name: the whole name first, then with words before and numbers after it left out. The more
// specific kind comes first. whole says that no word was left out.
func KindsOfHeader(name string) (kinds []Kind, whole bool) {
	whole = true
	for parts := headerWords(name); len(parts) > 0; parts = parts[1:] {
		if kinds, ok := headerKinds[strings.Join(parts, "")]; ok {
			return kinds, whole
		}
		if !ownerWords[parts[0]] {
			break
		}
		whole = false
	}
	return nil, false
}

func isIDHeader(name string) bool {
	parts := headerWords(name)
	if len(parts) == 0 {
		return false
	}
	switch parts[len(parts)-1] {
	case "id", "key", "no", "nr", "number", "code", "num", "uuid", "guid", "ref":
		return true
	}
	return false
}

// headerWords splits a header, and takes what is one word for one.
func headerWords(name string) []string {
	parts := spelling.NameParts(name)
	// "EMailAddress" and "E-Mail" are one word.
	if i := slices.Index(parts, "e"); i >= 0 && i+1 < len(parts) && parts[i+1] == "mail" {
		parts = slices.Replace(parts, i, i+2, "email")
	}
	return parts
}

// share is the part of the sampled values that pass a test.
func (s *columnSample) share(test func(string) bool) float64 {
	n := 0
	for _, v := range s.values {
		if test(v) {
			n++
		}
	}
	return float64(n) / float64(max(1, len(s.values)))
}

// fits says whether values can be of the kind that their header names: real columns hold malformed values, so a
// third is enough.
func (s *columnSample) fits(k Kind) bool {
	test, least := func(string) bool { return true }, 0.0
	switch k {
	case Email:
		test, least = isEmail, 0.3
	case Phone:
		test, least = func(v string) bool { n := digitCount(v); return n >= 5 && n <= 17 }, 0.3
	case Given, Middle, Surname, FullName:
		test, least = func(v string) bool { return digitCount(v) == 0 }, 0.5
	case BirthDate, Date:
		test, least = isDate, 0.3
	case Postcode:
		test, least = func(v string) bool { return len(v) <= 12 && digitCount(v) > 0 }, 0.3
	case HouseNumber:
		test, least = func(v string) bool { return len(v) <= 8 && digitCount(v) > 0 }, 0.3
	case Gender, Suffix:
		test, least = func(v string) bool { return len(v) <= 12 }, 0.5
	case City, Region, Country:
		test, least = func(v string) bool { return digitCount(v)*2 < len(v) }, 0.5
	case Street:
		test, least = func(v string) bool { return digitCount(v) < len(v) }, 0.5
	case Address:
		test, least = isWholeAddress, 0.5
	default:
	}
	return s.share(test) >= least
}

// kindOfValues judges a column by its values alone.
func (s *columnSample) kindOfValues() Kind {
	switch {
	case s.share(isEmail) > 0.6:
		return Email
	case s.share(isDate) > 0.8:
		if s.share(isBirthDate) > 0.9 && s.years() > 40 {
			return BirthDate
		}
		return Date
	case s.share(isPhone) > 0.7:
		return Phone
	case s.share(isGender) > 0.95 && s.distinct <= 12:
		return Gender
	case s.distinct > 5 && s.share(isPostcode) > 0.02 && s.share(func(v string) bool { return isPostcode(v) || len(v) == 5 && isWholeNumber(v) }) > 0.95:
		return Postcode
	case s.share(isNumber) > 0.9:
		return Number
	case s.share(isWholeAddress) > 0.5:
		return Address
	case s.share(isOneWord) > 0.8 && s.share(isGivenName) > 0.35:
		return Given
	case s.share(isFullName) > 0.3:
		return FullName
	case s.share(isStreetLine) > 0.5:
		return Street
	case s.distinct > 12 && s.distinct <= 100 && s.share(isRegionCode) > 0.9:
		return Region
	case s.distinct <= 12 && s.uses > 20:
		return Category
	case s.averageWords() > 4:
		return Text
	}
	return Label
}

// years is how many different years the sampled days are of: people are born over decades.
func (s *columnSample) years() int {
	seen := map[int]bool{}
	for _, v := range s.values {
		if d := parseDate(v, dayFirst); d != 0 {
			seen[d.year()] = true
		}
	}
	return len(seen)
}

func (s *columnSample) averageWords() float64 {
	n := 0
	for _, v := range s.values {
		n += len(strings.Fields(v))
	}
	return float64(n) / float64(max(1, len(s.values)))
}
