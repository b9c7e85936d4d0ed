package sample

import (
	"strconv"
	"strings"
)

// record is one row of a source before it becomes text.
type record struct {
	person *person
	index  uint64 // position of the row among all rows the source could have; decides its number
	seed   uint64

	created, updated             day
	createdSecond, updatedSecond int

	given, middle, surname string
	fullName               string // only where the source has one column for it
	email, phone           string
	street, city, state    string
	postal, country        string
	born                   string
	capitals               bool
	guid                   string
}

// record writes down what source s knows of the person, on a day drawn for the row.
func (b *block) record(m *person, s int) *record {
	src := sources[s]
	r := &record{person: m, seed: b.seed, guid: b.guid()}
	r.created = firstDay + day(b.r.IntN(int(today-firstDay)+1))
	r.updated = r.created + day(b.r.IntN(int(today-r.created)+1))
	r.createdSecond, r.updatedSecond = b.r.IntN(86400), b.r.IntN(86400)
	if r.created == r.updated {
		r.updatedSecond = max(r.createdSecond, r.updatedSecond)
	}
	b.names(r, s)
	b.emailOf(r, s)
	b.phoneOf(r, s)
	b.addressOf(r, s)
	b.birthOf(r, s)
	b.letters(r, s)
	if src.oneName {
		b.wholeName(r, s)
	}
	return r
}

// hit draws whether a flaw that can happen in the row does.
func (b *block) hit(s int, k kind) bool {
	share := sources[s].rates[k]
	if share == 0 {
		return false
	}
	return b.tally[s].note(k, b.chance(share))
}

func (b *block) names(r *record, s int) {
	m := r.person
	var old bool
	r.surname, old = m.surname.on(r.updated)
	b.tally[s].note(oldSurname, old)
	r.given = m.given.name
	switch {
	case len(m.given.short) > 0 && b.hit(s, nickname):
		r.given = m.given.short[b.r.IntN(len(m.given.short))]
	case b.hit(s, initialOnly):
		r.given = string([]rune(r.given)[:1]) + "."
	case b.hit(s, typoGiven):
		r.given = mistype(b.r, r.given)
	case len(m.given.short) > 0 && b.hit(s, quotedNickname):
		r.given += ` "` + m.given.short[0] + `"`
	}
	if b.hit(s, typoSurname) {
		r.surname = mistype(b.r, r.surname)
	}
	if m.middle != "" {
		b.middleName(r, s)
	}
	if b.hit(s, swappedNames) {
		r.given, r.surname = r.surname, r.given
	}
}

func (b *block) middleName(r *record, s int) {
	if b.hit(s, middleInGiven) {
		r.given += " " + r.person.middle
		return
	}
	if !b.hit(s, missingMiddle) {
		r.middle = r.person.middle
	}
}

// placeholders that clerks type to get past a field that must be filled.
var placeholders = [...]string{
	"none@none.example", "noemail@store.example", "na@na.example", "test@test.example", "unknown@unknown.example",
}

func (b *block) emailOf(r *record, s int) {
	if b.hit(s, missingEmail) {
		return
	}
	if b.hit(s, placeholderEmail) {
		r.email = placeholders[b.r.IntN(len(placeholders))]
		return
	}
	m, home := r.person, r.person.home
	var old bool
	r.email, old = m.email.on(r.updated)
	b.tally[s].note(oldEmail, old)
	if m.second != "" && b.hit(s, otherEmail) {
		r.email = m.second
	}
	if home.email != "" && b.hit(s, sharedEmail) {
		r.email = home.email
	}
	local, domain, ok := strings.Cut(r.email, "@")
	if !ok {
		return
	}
	if b.hit(s, typoEmail) {
		r.email = mistype(b.r, local) + "@" + domain
	}
	if b.hit(s, malformedEmail) {
		r.email = local + [...]string{"", " at ", "(at)", "."}[b.r.IntN(4)] + domain
	}
}

func (b *block) phoneOf(r *record, s int) {
	if b.hit(s, missingPhone) {
		return
	}
	if b.hit(s, placeholderPhone) {
		r.phone = strings.Repeat([...]string{"0", "1", "9"}[b.r.IntN(3)], 10)
		return
	}
	home := r.person.home
	digits, old := r.person.mobile.on(r.updated)
	b.tally[s].note(oldPhone, old)
	if home.landline != "" && b.hit(s, sharedPhone) {
		digits = home.landline
	}
	if b.hit(s, typoPhone) {
		digits = digits[:3] + mistypeDigits(b.r, digits[3:]) // the area code stays one that nobody has
	}
	r.phone = sources[s].phones.pick(b.r).format(digits)
	switch {
	case b.hit(s, malformedPhone):
		r.phone = b.malformedPhone(r.phone)
	case b.hit(s, phoneExtension):
		r.phone += " x" + strconv.Itoa(b.between(10, 9999))
	}
}

func (b *block) addressOf(r *record, s int) {
	a, old := r.person.address.on(r.updated)
	b.tally[s].note(oldAddress, old)
	r.country = sources[s].countries[0]
	if a.city.canada {
		r.country = sources[s].countries[1]
	}
	if b.hit(s, missingAddress) {
		return
	}
	street := a.street
	if b.hit(s, typoStreet) {
		street = mistype(b.r, street)
	}
	r.street = a.line(street, addressStyle{
		short:  b.hit(s, abbreviated),
		dotted: b.chance(0.4),
		noUnit: a.unit != "" && b.hit(s, missingUnit),
		hash:   b.chance(0.4),
	})
	r.city, r.state, r.postal = a.city.name, a.city.state, a.postal
	if b.hit(s, typoCity) {
		r.city = mistype(b.r, r.city)
	}
	if b.hit(s, typoPostal) {
		r.postal = mistypeDigits(b.r, r.postal)
	}
	switch {
	case a.city.canada && b.chance(0.25):
		r.postal = strings.ReplaceAll(r.postal, " ", "")
	case !a.city.canada && b.chance(0.12):
		r.postal += "-" + string(appendPadded(nil, b.r.IntN(10000), 4))
	}
}

func (b *block) birthOf(r *record, s int) {
	if b.hit(s, missingBirth) {
		return
	}
	order := sources[s].dates
	if b.hit(s, placeholderBirth) {
		r.born = order.format(1900, 1, 1)
		return
	}
	born := r.person.born
	if b.hit(s, typoBirth) {
		born = mistypeDate(b.r, born)
	}
	year, month, dom := born.civil()
	if dom <= 12 && dom != month && b.hit(s, swappedBirth) {
		month, dom = dom, month
	}
	r.born = order.format(year, month, dom)
}

// letters decides on case, accents and blanks of the row's text.
func (b *block) letters(r *record, s int) {
	text := [...]*string{&r.given, &r.middle, &r.surname, &r.street, &r.city}
	accented := false
	for _, t := range text {
		accented = accented || !isASCII(*t)
	}
	if accented && b.hit(s, lostAccents) {
		for _, t := range text {
			*t = foldASCII(*t)
		}
	}
	switch {
	case b.hit(s, upperCase):
		r.capitals = true
		for _, t := range text {
			*t = strings.ToUpper(*t)
		}
		r.email = strings.ToUpper(r.email)
	case b.hit(s, lowerCase):
		for _, t := range text {
			*t = strings.ToLower(*t)
		}
	}
	if b.hit(s, extraSpaces) {
		b.addSpaces(text[b.r.IntN(3)/2*2])
	}
}

func (b *block) addSpaces(t *string) {
	before, after, ok := strings.Cut(*t, " ")
	switch n := b.r.IntN(3); {
	case n == 0:
		*t = " " + *t
	case n == 1 && ok:
		*t = before + "  " + after
	default:
		*t += " "
	}
}

// wholeName writes the name into one column.
func (b *block) wholeName(r *record, s int) {
	first := joinName(r.given, r.middle)
	if r.middle != "" {
		first += "."
	}
	switch {
	case b.hit(s, reversedName):
		r.fullName = r.surname + ", " + first
	case b.hit(s, titledName):
		r.fullName = b.title(r.person) + " " + joinName(first, r.surname)
	default:
		r.fullName = joinName(first, r.surname)
	}
}

func (b *block) title(m *person) string {
	if b.chance(0.2) {
		return "Dr."
	}
	if !m.female {
		return "Mr."
	}
	return [...]string{"Ms.", "Mrs."}[b.r.IntN(2)]
}

func joinName(first, last string) string {
	if first == "" || last == "" {
		return first + last
	}
	return first + " " + last
}

func (r *record) gender() string {
	switch {
	case r.createdSecond%10 < 3:
		return ""
	case r.person.female:
		return "F"
	}
	return "M"
}

// clock writes a time of day as UTC, to follow a date.
func (r *record) clock(second int) string {
	b := append(make([]byte, 0, 10), 'T')
	b = append(appendPadded(b, second/3600, 2), ':')
	b = append(appendPadded(b, second/60%60, 2), ':')
	return string(append(appendPadded(b, second%60, 2), 'Z'))
}

// nameOnCard is what the embosser makes of the name: capitals without accents, 26 at most.
func (r *record) nameOnCard() string {
	name := strings.ToUpper(foldASCII(strings.Join(strings.Fields(r.given+" "+r.middle+" "+r.surname), " ")))
	return strings.TrimSpace(name[:min(len(name), 26)])
}

func (r *record) tier() string {
	switch n := r.createdSecond % 100; {
	case n < 70:
		return "BRONZE"
	case n < 90:
		return "SILVER"
	case n < 98:
		return "GOLD"
	}
	return "PLATINUM"
}

func (r *record) points() string { return strconv.Itoa(r.updatedSecond / 7 * (1 + r.createdSecond%5)) }

// number is the row's key in a source that counts. Keys are spread over their range so that neither their order
// nor their distance says whose they are.
func (r *record) number(prefix string, first uint64) string {
	const (
		prime  = 999_999_937
		spread = 618_033_989
	)
	b := make([]byte, 0, 16)
	b = append(b, prefix...)
	return string(strconv.AppendUint(b, first+(r.index*spread+r.seed*spread%prime)%prime, 10))
}
