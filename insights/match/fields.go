package match

// comparisonsOf chooses what is compared.
func comparisonsOf(r *records) []comparison {
	names := newNames(r.names)
	list := nameComparisons(r, names)
	if c, ok := placeComparison(r); ok {
		list = append(list, c)
	}
	for _, f := range r.fields {
		if len(list) >= mostComparison-1 { // a field may add two
			break
		}
		switch f.kind {
		case Middle:
			list = append(list, oneName(f, names, sameMiddle, relatedMiddle))
		case Email:
			list = append(list, emailComparison(f))
		case Phone:
			list = append(list, phoneComparison(f))
		case BirthDate, Date:
			list = append(list, dayComparison(f))
		case ID:
			list = append(list, idComparison(f))
		case Number:
			list = append(list, numberComparison(f))
		case Label, Text:
			list = append(list, textComparisons(f)...)
		case Category:
			if !isPerson(r) {
				list = append(list, textComparison(f))
			}
		case Suffix, Gender, Country:
			list = append(list, textComparison(f))
		default:
		}
	}
	return list
}

var (
	sameMiddle    = spread(0.75, 0.01, 0.17, 0.01, 0.01, 0.005, 0.005, 0.04)
	relatedMiddle = spread(0.06, 0.01, 0.03, 0.01, 0.01, 0.01, 0.07, 0.8)
)

func idComparison(f *field) comparison {
	t := newTexts(f.dict.values)
	c := comparison{name: f.name, exact: buckets, equal: f, fields: []*field{f}, same: spread(0.8, 0.08, 0.12), related: spread(0.05, 0.02, 0.93)}
	c.levels = []string{
		"missing", "equal, shared by many", "equal, shared by several", "equal, of some", "equal, of few", "equal", "equal, hardly ever seen",
		"one edit apart", "different",
	}
	far := func(a, b cell) bool { return a.atLeast(b) > 1 }
	c.level = compareField(f, far, buckets+2, func(w *worker, x, y uint32) uint8 {
		w.pattern.load(t.values[x])
		if w.pattern.distance(t.values[y]) <= 1 {
			return buckets + 1
		}
		return buckets + 2
	})
	return c
}

// textComparisons compare texts of several words by their words, and short ones by their letters.
func textComparisons(f *field) []comparison {
	x := newWordIndex(f)
	if !x.wordy {
		return []comparison{textComparison(f)}
	}
	list := []comparison{wordComparison(f, x)}
	if x.models {
		list = append(list, numbersComparison(f, x))
	}
	return list
}

func textComparison(f *field) comparison {
	t := newTexts(f.dict.values)
	c := comparison{name: f.name, exact: buckets, equal: f, fields: []*field{f}, same: spread(0.7, 0.12, 0.06, 0.12), related: spread(0.3, 0.1, 0.1, 0.5)}
	c.levels = []string{
		"missing", "equal, very common", "equal, common", "equal, less common", "equal, rare", "equal, very rare", "equal, hardly ever seen",
		"nearly equal", "alike", "different",
	}
	c.level = compareField(f, func(cell, cell) bool { return false }, 0, func(w *worker, x, y uint32) uint8 {
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
	})
	return c
}
