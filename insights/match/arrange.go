package match

// arrange orders rows so that those that resemble each other are neighbours, people by how their names sound: what
// blocks propose then lies near in memory, and so do the values, which are numbered anew in the order of the rows.
func (r *records) arrange(rows []uint32) []uint32 {
	entries := make([]entry, len(rows))
	for i, rec := range rows {
		entries[i] = entry{rec: rec}
	}
	var other []entry
	for _, kind := range []Kind{Given, Surname} { // the last decides first
		f := r.field(kind)
		if f == nil {
			continue
		}
		of := soundNumbers(f)
		for i := range entries {
			entries[i].hash = of[f.codes[entries[i].rec]]
		}
		entries, other = sortEntries(entries, other)
	}
	order := make([]uint32, len(rows))
	for i, e := range entries {
		order[i] = e.rec
	}
	return order
}

// soundNumbers numbers how the values of a field of names sound.
func soundNumbers(f *field) []uint32 {
	d := newDictionary()
	of := make([]uint32, len(f.dict.values))
	for i, v := range f.dict.values {
		of[i] = d.codeString(sound(formalFirst(v)))
	}
	return of
}

// take keeps the codes of some rows, in their order, and numbers the values in the order in which they occur. Values that
// other fields have too keep their numbers.
func (f *field) take(rows []uint32, shared bool) {
	codes := make([]uint32, len(rows))
	for i, rec := range rows {
		codes[i] = f.codes[rec]
	}
	f.codes = codes
	if shared {
		return
	}
	d := newDictionary()
	d.values, d.slots = make([]string, 1, len(f.dict.values)), nil
	number := make([]uint32, len(f.dict.values))
	for i, c := range codes {
		if c == 0 {
			continue
		}
		if number[c] == 0 {
			number[c] = uint32(len(d.values))
			d.values = append(d.values, d.keep([]byte(f.dict.values[c])))
		}
		codes[i] = number[c]
	}
	f.dict = d
}
