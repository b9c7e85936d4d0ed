package match

// comparisonsOf chooses what is compared.
func comparisonsOf(r *records) []comparison {
	list := nameComparisons(r)
	if c, ok := placeComparison(r); ok {
		list = append(list, c)
	}
	for i, f := range r.fields {
		if len(list) == mostComparison {
			break
		}
		space := uint8(16 + i)
		switch f.kind {
		case Middle:
			list = append(list, middleComparison(r, f))
		case Email:
			list = append(list, emailComparison(f, space))
		case Phone:
			list = append(list, phoneComparison(f, space))
		case BirthDate, Date:
			list = append(list, dayComparison(f, space))
		case ID:
			list = append(list, idComparison(f, space))
		case Label, Text, Number, Suffix, Gender:
			list = append(list, textComparison(f, space))
		default:
		}
	}
	return list
}

func middleComparison(r *records, f *field) comparison {
	names := newNames(r.names)
	c := comparison{name: f.name, same: spread(0.75, 0.01, 0.17, 0.01, 0.01, 0.005, 0.005, 0.04), related: spread(0.06, 0.01, 0.03, 0.01, 0.01, 0.01, 0.07, 0.8)}
	c.ofField(f, nameLevels, func(w *worker, x, y uint32) uint8 { return names.nameLevel(w, x, y) }, 0)
	return c
}

func idComparison(f *field, space uint8) comparison {
	t := newTexts(f.dict.values)
	c := comparison{name: f.name, same: spread(0.8, 0.08, 0.12), related: spread(0.05, 0.02, 0.93)}
	c.ofField(f, []string{
		"missing", "equal, shared by many", "equal, shared by several", "equal, of some", "equal, of few", "equal", "equal, hardly ever seen",
		"one edit apart", "different",
	}, func(w *worker, x, y uint32) uint8 {
		a, b := t.values[x], t.values[y]
		if distanceAtLeast(len(a), len(b), t.letters[x], t.letters[y]) <= 1 {
			w.pattern.load(a)
			if w.pattern.distance(b) <= 1 {
				return buckets + 1
			}
		}
		return buckets + 2
	}, space)
	return c
}

func textComparison(f *field, space uint8) comparison {
	t := newTexts(f.dict.values)
	c := comparison{name: f.name, same: spread(0.7, 0.12, 0.06, 0.12), related: spread(0.3, 0.1, 0.1, 0.5)}
	c.ofField(f, []string{
		"missing", "equal, very common", "equal, common", "equal, less common", "equal, rare", "equal, very rare", "equal, hardly ever seen",
		"nearly equal", "alike", "different",
	}, func(w *worker, x, y uint32) uint8 {
		a, b := t.values[x], t.values[y]
		w.pattern.load(a)
		d, longest := w.pattern.distance(b), max(len(a), len(b))
		switch {
		case d*5 <= longest:
			return buckets + 1
		case w.pattern.jaroWinkler(b) > 0.8 || containsWords(a, b):
			return buckets + 2
		}
		return buckets + 3
	}, space)
	return c
}
