package match

import (
	"maps"
	"slices"
	"strings"
)

// keysOf proposes blocking keys from the fields there are. Each joins properties that two records of one entity are
// likely to share and few others do; a pair need agree on one of them only.
func keysOf(r *records) (keys []key, dividers []atom) {
	a := atomsOf(r)
	add := func(names ...string) {
		atoms := make([]atom, len(names))
		for i, name := range names {
			var ok bool
			if atoms[i], ok = a[name]; !ok {
				return
			}
		}
		keys = append(keys, join(atoms...))
	}
	for _, names := range keyPlans {
		add(names...)
	}
	for _, name := range slices.Sorted(maps.Keys(a)) {
		if strings.HasPrefix(name, "id ") {
			add(name)
		}
	}
	texts, dividers := textKeys(r)
	keys = append(keys, texts...)
	for _, names := range looseKeyPlans {
		before := len(keys)
		add(names...)
		if len(keys) > before && !keys[before].cheap(r) {
			keys = keys[:before]
		}
	}
	if all := int64(r.n) * int64(r.n-1) / 2; all <= exhaustive {
		keys = append(keys, key{name: "all pairs, as they are few", of: func(row) uint32 { return 1 }, whole: true})
	}
	for _, name := range []string{"birth year", "region", "initial", "city", "postcode", "surname sound"} {
		if d, ok := a[name]; ok {
			dividers = append(dividers, d)
		}
	}
	return keys, dividers
}

// keyPlans are the combinations tried, the likeliest first: a pair is counted for the first that proposes it.
var keyPlans = [][]string{
	{"email"},
	{"phone"},
	{"names"},
	{"email name"},
	{"birth", "given"},
	{"birth", "surname"},
	{"birth", "postcode"},
	{"birth", "city"},
	{"street", "postcode"},
	{"street", "given"},
	{"street", "surname"},
	{"postcode", "given"},
	{"postcode", "surname"},
	{"city", "given", "surname sound"},
	{"city", "surname", "initial"},
	{"given sound", "surname sound", "birth year"},
	{"surname sound", "initial", "birth month"},
	{"given sound", "surname start", "region"},
	{"birth", "initial"},
	{"street", "city"},
}

// looseKeyPlans reach pairs that agree on little. They are used where they are cheap, which is where data are few or
// values are rare.
var looseKeyPlans = [][]string{
	{"birth"},
	{"street"},
	{"surname sound", "initial"},
	{"given sound", "birth year"},
	{"surname sound", "birth year"},
	{"surname sound", "city"},
	{"given sound", "city"},
	{"given sound", "postcode"},
	{"surname start"},
	{"given"},
}

// inEitherOrder joins the formal forms of two names, the lesser first.
func inEitherOrder(v []string) string {
	x, y := formalFirst(v[0]), formalFirst(v[1])
	if x == "" || y == "" {
		return ""
	}
	return min(x, y) + " " + max(x, y)
}

const (
	// exhaustive is how many pairs are all compared without blocking.
	exhaustive = 600_000
	// loosest is how many pairs a loose key may always propose. In larger data it may propose one for two records.
	loosest = 40_000
)

// cheap says whether a key proposes few pairs. Where a sixteenth of many records has far too many, the rest is not looked
// at.
func (k *key) cheap(r *records) bool {
	most := max(loosest, int64(r.n)/2)
	const part, many = 16, 100_000
	if r.n > many && countPairs(k.entries(r, part)) > 4*most/(part*part) {
		return false
	}
	return countPairs(k.entries(r, 1)) <= most
}

func countPairs(entries []entry) (pairs int64) {
	eachRun(entries, func(run []entry) { pairs += int64(len(run)) * int64(len(run)-1) / 2 })
	return pairs
}

func atomsOf(r *records) map[string]atom {
	a := map[string]atom{}
	given, surname := r.field(Given), r.field(Surname)
	if given != nil {
		a["given"] = derivedAtom("given name", given, formalFirst)
		a["given sound"] = derivedAtom("sound of given name", given, func(s string) string { return sound(formalFirst(s)) })
		a["initial"] = derivedAtom("initial", given, func(s string) string { return s[:min(1, len(s))] })
	}
	if surname != nil {
		a["surname"] = codeAtom("surname", surname)
		a["surname sound"] = derivedAtom("sound of surname", surname, sound)
		a["surname start"] = derivedAtom("surname's first four letters", surname, func(s string) string { return s[:min(4, len(s))] })
	}
	if given != nil && surname != nil {
		formal := newDictionary()
		forms := make([]uint32, len(r.names.values))
		for i, v := range r.names.values {
			forms[i] = formal.codeString(formalFirst(v))
		}
		a["names"] = atom{"names in either order", func(r row) uint32 {
			x, y := forms[r[given.at].code()], forms[r[surname.at].code()]
			return mix(min(x, y), max(x, y))
		}, []*field{given, surname}, inEitherOrder}
	}
	if f := r.field(BirthDate); f != nil {
		a["birth"] = codeAtom("date of birth", f)
		a["birth year"] = derivedAtom("year of birth", f, func(s string) string { return s[:min(4, len(s))] })
		a["birth month"] = derivedAtom("month and day of birth", f, func(s string) string { return s[min(4, len(s)):] })
	}
	if f := r.field(Email); f != nil {
		a["email"] = codeAtom("e-mail", f)
		a["email name"] = derivedAtom("name in e-mail", f, func(s string) string {
			if at := strings.IndexByte(s, '@'); at >= 5 {
				return s[:at]
			}
			return ""
		})
	}
	if f := r.field(Phone); f != nil {
		a["phone"] = codeAtom("phone", f)
	}
	for kind, name := range map[Kind]string{Street: "street", Postcode: "postcode", City: "city", Region: "region"} {
		if f := r.field(kind); f != nil {
			a[name] = codeAtom(name, f)
		}
	}
	for _, f := range r.fields {
		if f.kind == ID {
			a["id "+f.name] = codeAtom(f.name, f)
		}
	}
	return a
}
