package match

import (
	"strings"

	"github.com/ownlake/ownlake/insights/spelling"
)

// comparison judges one property of two records by a level. Level 0 says that one of them lacks it.
type comparison struct {
	name   string
	levels []string // what each level means
	exact  int      // levels 1 … exact say "equal", from the commonest values to the rarest
	// level compares. It may be called for different workers at the same time.
	level func(w *worker, a, b row) uint8
	// warm reads what level will need, in steps that need each what the one before has read. It returns anything.
	warm []func(a, b row) uint64
	// equal is the field whose values are equal for exactly the pairs of levels 1 … exact.
	equal *field
	// fields are what is compared, to be shown.
	fields []*field
	held   []float64 // records by the level that they would have with an equal one
	// same and related are what is expected of two records of one entity, and of two that are related (a household),
	// before anything is learned: a probability per level.
	same, related []float64
}

// Levels of values that differ. Equal values take levels 1 to buckets by how common they are.
const (
	buckets = 6

	levelVariant   = buckets + 1 // a nickname, a spelling of the same name
	levelInitial   = buckets + 2
	levelClose     = buckets + 3 // one edit
	levelNear      = buckets + 4 // two edits, or nearly all letters
	levelContained = buckets + 5 // all words of the shorter one
	levelFaint     = buckets + 6
	levelDifferent = buckets + 7
)

var nameLevels = []string{
	"missing", "equal, very common", "equal, common", "equal, less common", "equal, rare", "equal, very rare", "equal, hardly ever seen",
	"a variant of the same name", "an initial", "one edit apart", "nearly equal", "one contains the other", "faintly alike", "different",
}

// bucketOf turns a value's share of the filled records into a level of 1 to buckets: a factor of 6 each.
func bucketOf(count uint32, filled int) uint8 {
	level := uint8(1)
	for limit := filled / 30; level < buckets && int(count) <= limit; limit /= 6 {
		level++
	}
	return level
}

// worker has what one goroutine needs to compare values.
type worker struct {
	pattern pattern
	cache   []cached
	names   comparedNames
}

// cached is a remembered level of two values: from the low end 4 bits of level, 4 of which comparison, and the two
// codes. Slots are overwritten when another pair needs them.
type cached uint64

const (
	cacheBits  = 15
	mostSpaces = 16
)

func newWorker() *worker { return &worker{cache: make([]cached, 1<<cacheBits)} }

// remember returns the level, below 16, of two values, computing it only if it is not in the cache.
func (w *worker) remember(space uint8, x, y uint32, compute func(x, y uint32) uint8) uint8 {
	if space >= mostSpaces {
		return compute(x, y)
	}
	if x > y {
		x, y = y, x
	}
	pair := cached(x)<<(codeBits+8) | cached(y)<<8 | cached(space)<<4
	slot := &w.cache[uint64(pair)*0x9e3779b97f4a7c15>>(64-cacheBits)]
	if *slot&^15 != pair {
		*slot = pair | cached(compute(x, y))
	}
	return uint8(*slot & 15)
}

// texts are the values of a dictionary with what makes comparing them cheap.
type texts struct {
	values []string
	formal []uint32 // for names: the number of the formal name, so that nicknames are equal
}

func newTexts(values []string) *texts {
	t := &texts{values: make([]string, len(values))}
	for i, v := range values {
		t.values[i] = v[:min(len(v), wordBits)]
	}
	return t
}

// warm reads the texts of a field ahead, where they are compared.
func (t *texts) warm(at int, far func(a, b cell) bool) []func(a, b row) uint64 {
	needed := func(a, b row) bool {
		return a[at].code() != b[at].code() && a[at] != 0 && b[at] != 0 && !far(a[at], b[at])
	}
	return []func(a, b row) uint64{
		func(a, b row) uint64 {
			if !needed(a, b) {
				return 0
			}
			return uint64(len(t.values[a[at].code()]) + len(t.values[b[at].code()]))
		},
		func(a, b row) uint64 {
			if !needed(a, b) {
				return 0
			}
			return uint64(t.values[a[at].code()][0]) + uint64(t.values[b[at].code()][0])
		},
	}
}

// newNames also knows which values are forms of one name.
func newNames(d *dictionary) *texts {
	forms := map[uint32]uint32{}
	for i, v := range d.values { // formal names that do not occur themselves are added behind
		if f := spelling.FormalName(v); f != v {
			forms[uint32(i)] = d.codeString(f)
		}
	}
	t := newTexts(d.values)
	t.formal = make([]uint32, len(d.values))
	for i := range t.formal {
		t.formal[i] = uint32(i)
	}
	for i, f := range forms {
		t.formal[i] = f
	}
	return t
}

// names compares two cells of names.
func (t *texts) names(w *worker, a, b cell) uint8 {
	x, y := a.code(), b.code()
	switch {
	case x == 0 || y == 0:
		return 0
	case x == y:
		return a.level()
	case t.formal[x] == t.formal[y]:
		return levelVariant
	case a.length() > 1 && b.length() > 1 && a.common(b) < 3 && a.atLeast(b) > 2:
		return levelDifferent
	}
	return w.remember(0, x, y, func(x, y uint32) uint8 { return t.nameLevel(w, x, y) })
}

// nameLevel compares two different names.
func (t *texts) nameLevel(w *worker, x, y uint32) uint8 {
	a, b := t.values[x], t.values[y]
	if len(a) == 1 || len(b) == 1 {
		if a[0] == b[0] {
			return levelInitial
		}
		return levelDifferent
	}
	longest := max(len(a), len(b))
	w.pattern.load(a)
	switch d := w.pattern.distance(b); {
	case d <= 1 && longest >= 3:
		return levelClose
	case d == 2 && longest >= 6:
		return levelNear
	}
	if containsWords(a, b) {
		return levelContained
	}
	switch s := w.pattern.jaroWinkler(b); {
	case s >= 0.92:
		return levelNear
	case s >= 0.80:
		return levelFaint
	}
	return levelDifferent
}

// containsWords says whether all words of one are words of the other, which has more, or whether one is the
// beginning of the other.
func containsWords(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(a) >= 3 && strings.HasPrefix(b, a) {
		return true
	}
	if strings.IndexByte(b, ' ') < 0 {
		return false
	}
	for word := range strings.SplitSeq(a, " ") {
		if !hasWord(b, word) {
			return false
		}
	}
	return true
}

func hasWord(s, word string) bool {
	for w := range strings.SplitSeq(s, " ") {
		if w == word {
			return true
		}
	}
	return false
}
