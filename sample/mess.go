package sample

// kind is one way in which a row differs from the plain truth.
type kind uint8

const (
	// What life does: the row is right for its date, and out of date today.
	oldSurname kind = iota
	oldAddress
	oldEmail
	oldPhone
	// What people give.
	nickname
	initialOnly
	middleInGiven
	quotedNickname
	otherEmail
	sharedEmail
	sharedPhone
	// What is missing.
	missingEmail
	missingPhone
	missingBirth
	missingAddress
	missingMiddle
	missingUnit
	// What is mistyped.
	typoGiven
	typoSurname
	typoStreet
	typoCity
	typoPostal
	typoEmail
	typoPhone
	typoBirth
	swappedNames
	swappedBirth
	// What is no value, though it looks like one.
	malformedEmail
	malformedPhone
	placeholderEmail
	placeholderPhone
	placeholderBirth
	// How it is written.
	upperCase
	lowerCase
	lostAccents
	extraSpaces
	abbreviated
	phoneExtension
	reversedName
	titledName
	// What no reader should accept: the line breaks the table's format.
	corruptColumns
	corruptDate
	corruptQuote

	numKinds
)

// facts of each kind. The base share is that of the rows in which it can happen (a nickname needs a given name
// that has one, a shared e-mail a household that shares); sources differ from it where their rates say so. Kinds
// without a share follow from the people's lives.
var kindFacts = [numKinds]struct {
	name  string
	share float64
	note  string
}{
	oldSurname:       {"old_surname", 0, "the name before a marriage"},
	oldAddress:       {"old_address", 0, "the address before a move"},
	oldEmail:         {"old_email", 0, "an address given up since"},
	oldPhone:         {"old_phone", 0, "a number given up since"},
	nickname:         {"nickname", 0.13, "Bill for William"},
	initialOnly:      {"initial_only", 0.012, "J. for James"},
	middleInGiven:    {"middle_in_given", 0.03, "the middle initial beside the given name"},
	quotedNickname:   {"quoted_nickname", 0, `Robert "Bob"`},
	otherEmail:       {"other_email", 0.30, "the person's second address"},
	sharedEmail:      {"shared_email", 0.45, "the family's address"},
	sharedPhone:      {"shared_phone", 0.35, "the household's landline"},
	missingEmail:     {"missing_email", 0.10, "empty"},
	missingPhone:     {"missing_phone", 0.14, "empty"},
	missingBirth:     {"missing_birth", 0.20, "empty"},
	missingAddress:   {"missing_address", 0.05, "street, city and postal code empty"},
	missingMiddle:    {"missing_middle", 0.40, "empty though the person has one"},
	missingUnit:      {"missing_unit", 0.15, "no apartment in the street line"},
	typoGiven:        {"typo_given", 0.025, "mistyped"},
	typoSurname:      {"typo_surname", 0.03, "mistyped"},
	typoStreet:       {"typo_street", 0.035, "mistyped"},
	typoCity:         {"typo_city", 0.02, "mistyped"},
	typoPostal:       {"typo_postal", 0.012, "one character wrong"},
	typoEmail:        {"typo_email", 0.02, "mistyped before the @"},
	typoPhone:        {"typo_phone", 0.02, "one digit wrong or two exchanged"},
	typoBirth:        {"typo_birth", 0.02, "day, month or year off"},
	swappedNames:     {"swapped_names", 0.005, "family name in the given name's place"},
	swappedBirth:     {"swapped_birth", 0.008, "day and month exchanged, where that is a date"},
	malformedEmail:   {"malformed_email", 0.005, "no @"},
	malformedPhone:   {"malformed_phone", 0.005, "letters"},
	placeholderEmail: {"placeholder_email", 0.001, "none@none.example and the like, the same for many"},
	placeholderPhone: {"placeholder_phone", 0.001, "all the same digit"},
	placeholderBirth: {"placeholder_birth", 0.003, "1 January 1900"},
	upperCase:        {"upper_case", 0.03, "names and address in capitals"},
	lowerCase:        {"lower_case", 0.02, "names and address in small letters"},
	lostAccents:      {"lost_accents", 0.25, "José as Jose"},
	extraSpaces:      {"extra_spaces", 0.008, "a blank before, after or twice within a name"},
	abbreviated:      {"abbreviated", 0.45, "St for Street, N for North"},
	phoneExtension:   {"phone_extension", 0, "x123 after the number"},
	reversedName:     {"reversed_name", 0, "Last, First in a full name"},
	titledName:       {"titled_name", 0, "Dr. or Mrs. before a full name"},
	corruptColumns:   {"corrupt_columns", 0.0002, "too few or too many columns"},
	corruptDate:      {"corrupt_date", 0.0002, "31 February, 0000-00-00, a word"},
	corruptQuote:     {"corrupt_quote", 0.0001, "text after a closing quote"},
}

// rates are the shares of one source.
type rates [numKinds]float64

// ratesWith returns the base shares with a source's own.
func ratesWith(own map[kind]float64) (r rates) {
	for k, f := range kindFacts {
		r[k] = f.share
	}
	for k, share := range own {
		r[k] = share
	}
	return r
}

// KindInfo describes one kind of flaw.
type KindInfo struct {
	Name string `json:"name"`
	Note string `json:"note"`
	// Shares holds, per table, the intended share of the rows in which the flaw can happen. Tables in which it
	// cannot are left out; a negative share means that it follows from the people's lives.
	Shares map[string]float64 `json:"shares"`
}

// Kinds lists everything that goes wrong in the three customer tables, and how often.
func Kinds() []KindInfo {
	out := make([]KindInfo, numKinds)
	for k, f := range kindFacts {
		out[k] = KindInfo{Name: f.name, Note: f.note, Shares: map[string]float64{}}
		for _, s := range sources {
			switch {
			case kind(k) <= oldPhone:
				out[k].Shares[s.name] = -1
			case s.rates[k] > 0:
				out[k].Shares[s.name] = s.rates[k]
			}
		}
	}
	return out
}

// tally counts, per kind, the rows in which it could happen and those in which it did.
type tally [numKinds]struct{ tried, applied int64 }

func (t *tally) add(o *tally) {
	for k := range t {
		t[k].tried += o[k].tried
		t[k].applied += o[k].applied
	}
}

func (t *tally) note(k kind, applied bool) bool {
	t[k].tried++
	if applied {
		t[k].applied++
	}
	return applied
}

func (t *tally) corrupt() int64 {
	return t[corruptColumns].applied + t[corruptDate].applied + t[corruptQuote].applied
}
