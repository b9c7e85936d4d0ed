package unify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/ownlake/ownlake/errs"
)

// pair is two tuples that match by a rule. In matching, a is the tuple of records of tables above.
type pair struct {
	a, b  int32
	score float32
}

// search finds all pairs of tuples that match by the tuples' rule.
type search struct {
	records *records
	tuples  *tuples
	// sides splits the tuples of a block into the two sides to compare, appending to left and right; a tuple may be
	// on both. Nil compares all with all, each pair once, and a tuple of several records with itself.
	sides func(block, left, right []int32) ([]int32, []int32)
	// budget bounds the looks at values and tuples per block. A block that needs more is searched with a higher
	// precision, which is said in a warning.
	budget   int64
	progress func(done, total int64)
}

const (
	// blockBudget is half a minute to a minute of one processor.
	blockBudget = 300_000_000
	// pairCost is how many looks a pair that matches counts for, as it takes memory.
	pairCost = 16
	// mostPairs bounds a rule's matching pairs and so the memory for them.
	mostPairs = 100_000_000
	// nestedPairs is up to how many pairs comparing each is cheaper than an index.
	nestedPairs = 1024
)

// raised are the precisions that a search over budget is repeated with. Beyond the last the block is given up.
var raised = []precision{60, 70, 80, 90, exact}

// errOverBudget stops a search that looks at too much.
var errOverBudget = errors.New("too many comparisons")

// pairs returns the matching pairs, the most similar first and otherwise by tuple, so that the order depends on the
// tuples alone; and a warning if part of them was searched with a higher precision.
func (s *search) pairs(ctx context.Context) ([]pair, []string, error) {
	var (
		workers, wctx = errgroup.WithContext(ctx)
		shared        searchState
		mu            sync.Mutex
		all           []pair
		trouble       overBudget
	)
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() error {
			w := newWorker(wctx, s, &shared)
			if err := w.run(); err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, w.found...)
			trouble.add(w.trouble)
			return nil
		})
	}
	if err := workers.Wait(); err != nil {
		return nil, nil, err
	}
	slices.SortFunc(all, func(x, y pair) int {
		return cmp.Or(cmp.Compare(y.score, x.score), cmp.Compare(x.a, y.a), cmp.Compare(x.b, y.b))
	})
	return all, trouble.warnings(s.tuples.rule), nil
}

// equalPairs are the matches of a rule without anything to compare: tuples with themselves.
func (s *search) equalPairs() []pair {
	var all []pair
	var left, right []int32
	for tuple := range s.tuples.count() {
		if s.sides == nil {
			if len(s.tuples.records.of(tuple)) > 1 {
				all = append(all, pair{tuple, tuple, 1})
			}
			continue
		}
		left, right = s.sides([]int32{tuple}, left[:0], right[:0])
		if len(left) > 0 && len(right) > 0 {
			all = append(all, pair{tuple, tuple, 1})
		}
	}
	return all
}

// searchState is what the workers of a search share.
type searchState struct{ nextBlock, doneTuples, foundPairs atomic.Int64 }

// overBudget is what a warning says of blocks that took too many comparisons.
type overBudget struct {
	blocks    int
	tuples    int    // in the largest
	field     string // the one of most values in the largest
	precision precision
	givenUp   int
}

func (o *overBudget) add(p overBudget) {
	if p.tuples > o.tuples {
		o.tuples, o.field = p.tuples, p.field
	}
	o.blocks += p.blocks
	o.givenUp += p.givenUp
	o.precision = max(o.precision, p.precision)
}

func (o *overBudget) warnings(r *rule) []string {
	if o.blocks == 0 {
		return nil
	}
	shared := "without an exact condition"
	if fields := r.exactFields(); fields != "" {
		shared = "with one value of " + fields
	}
	done := fmt.Sprintf("matched only where at least %d%% similar", o.precision)
	if o.givenUp > 0 {
		done = "left unmatched by this rule"
	}
	return []string{fmt.Sprintf("rule %q: %d different records %s are too many to compare by %s and were %s (groups like this: %d); "+
		"add an exact condition to the rule", r.name, o.tuples, shared, o.field, done, o.blocks)}
}

// worker searches one block after the other. It is not for concurrent use.
type worker struct {
	*search
	ctx         context.Context
	state       *searchState
	fuzzy       []condition // with the precision in force
	comparers   []comparer  // per compared feature
	levels      []level     // per fuzzy condition that is being joined on
	found       []pair
	looked      int64
	blockSize   int // tuples of the block
	left, right []int32
	trouble     overBudget
}

// level is the working memory of a join on one condition, within that on another.
type level struct {
	index       segmentIndex
	comparer    comparer
	memory      [2]valueGroups
	left, right *valueGroups
}

func newWorker(ctx context.Context, s *search, state *searchState) *worker {
	return &worker{
		search: s, ctx: ctx, state: state,
		comparers: make([]comparer, s.tuples.width), levels: make([]level, len(s.tuples.rule.fuzzy())),
	}
}

func (w *worker) run() error {
	blocks := int64(w.tuples.blocks.count())
	wanted := w.tuples.rule.fuzzy()
	for block := w.state.nextBlock.Add(1) - 1; block < blocks; block = w.state.nextBlock.Add(1) - 1 {
		tuples := w.tuples.blocks.of(int32(block))
		before := len(w.found)
		if err := w.block(tuples, wanted); err != nil {
			return err
		}
		w.step(len(tuples))
		if w.state.foundPairs.Add(int64(len(w.found)-before)) > mostPairs {
			return errs.E(errs.Invalid, errs.Item("rule "+w.tuples.rule.name), fmt.Sprintf("more than %d pairs of records match", mostPairs),
				errs.Hint("ask for a higher precision, or add an exact condition"))
		}
	}
	return nil
}

// block searches one block, with a higher precision where the budget does not suffice.
func (w *worker) block(tuples []int32, wanted []condition) error {
	start := len(w.found)
	w.fuzzy, w.blockSize = wanted, len(tuples)
	err := w.within(tuples)
	if !errors.Is(err, errOverBudget) {
		return err
	}
	trouble := overBudget{blocks: 1, tuples: len(tuples), field: w.widest(tuples)}
	defer func() { w.trouble.add(trouble) }()
	for _, p := range raised {
		if len(wanted) == 0 {
			break // it is the exceptions that take too long
		}
		w.found, w.fuzzy, trouble.precision = w.found[:start], atLeast(wanted, p), p
		if err := w.within(tuples); !errors.Is(err, errOverBudget) {
			return err
		}
	}
	w.found, trouble.givenUp = w.found[:start], 1
	return nil
}

// partly tells of progress within a block.
func (w *worker) partly(done, total int) {
	if w.progress != nil {
		w.progress(w.state.doneTuples.Load()+int64(w.blockSize)*int64(done)/int64(total), int64(w.tuples.count()))
	}
}

func (w *worker) step(tuples int) {
	done := w.state.doneTuples.Add(int64(tuples))
	if w.progress != nil {
		w.progress(done, int64(w.tuples.count()))
	}
}

// widest names the compared field with the most values.
func (w *worker) widest(tuples []int32) string {
	field, most := "", 0
	for i, c := range w.tuples.rule.compared() {
		var g valueGroups
		if g.collect(w.tuples, tuples, i); len(g.values) > most {
			field, most = c.field, len(g.values)
		}
	}
	return field
}

func (w *worker) within(tuples []int32) error {
	w.looked = 0
	open := make([]int, len(w.fuzzy))
	for i := range open {
		open[i] = i
	}
	if w.sides != nil {
		w.left, w.right = w.sides(tuples, w.left[:0], w.right[:0])
		return w.join(w.left, w.right, false, open)
	}
	for _, t := range tuples {
		if len(w.tuples.records.of(t)) > 1 {
			w.verify(t, t)
		}
	}
	return w.join(tuples, tuples, true, open)
}

// meet counts a look at a value or tuple against the budget, and notices a cancelled context.
func (w *worker) meet() error {
	w.looked++
	if w.looked&0xffff == 0 && w.ctx.Err() != nil {
		return w.ctx.Err()
	}
	if w.looked > w.budget {
		return errOverBudget
	}
	return nil
}

// join finds the pairs of left and right that match, given that they do in all conditions that are not open. With
// self, both are the same and each pair is found once.
func (w *worker) join(left, right []int32, self bool, open []int) error {
	if len(left) == 0 || len(right) == 0 {
		return nil
	}
	if len(open) == 0 || len(left)*len(right) <= nestedPairs {
		return w.nested(left, right, self)
	}
	at, l, cost := w.choose(left, right, self, open)
	outermost := len(open) == len(w.fuzzy)
	if outermost && !math.IsInf(cost, 1) && cost > float64(w.budget) {
		return errOverBudget // rather than find out by spending it
	}
	rest := make([]int, 0, len(open)-1)
	for _, i := range open {
		if i != at {
			rest = append(rest, i)
		}
	}
	return w.similarValues(l, at, self, outermost, func(i, j int32) error {
		return w.join(l.left.tuples(i), l.right.tuples(j), self && i == j, rest)
	})
}

// nested compares each of left with each of right.
func (w *worker) nested(left, right []int32, self bool) error {
	for i, a := range left {
		others := right
		if self {
			others = right[i+1:]
		}
		for _, b := range others {
			if err := w.meet(); err != nil {
				return err
			}
			w.verify(a, b)
		}
	}
	return nil
}

// choose takes the open condition to join on first, the one that leaves the least to do, and groups the tuples by its
// values.
func (w *worker) choose(left, right []int32, self bool, open []int) (condition int, l *level, cost float64) {
	l = &w.levels[len(open)-1]
	l.left, l.right = &l.memory[0], &l.memory[1]
	best, least := open[0], math.Inf(1)
	for _, i := range open {
		if len(open) == 1 && int64(len(left))*int64(len(right)) <= w.budget {
			break // nothing to choose, and affordable
		}
		l.left.collect(w.tuples, left, i)
		l.right.collect(w.tuples, right, i)
		c := w.fuzzy[i]
		if cost := joinCost(l.left, l.right, w.records.columns[c.feature].values, c.precision); cost < least {
			best, least = i, cost
		}
	}
	l.right.collect(w.tuples, right, best)
	if self {
		l.left = l.right
	} else {
		l.left.collect(w.tuples, left, best)
	}
	return best, l, least
}

// similarValues calls visit with each pair of values (by their place in left and right) that match by the fuzzy
// condition.
func (w *worker) similarValues(l *level, at int, self, outermost bool, visit func(i, j int32) error) error {
	c := w.fuzzy[at]
	values := w.records.columns[c.feature].values
	indexed, probing, swapped := l.right, l.left, false
	if len(l.left.values) < len(l.right.values) {
		indexed, probing, swapped = l.left, l.right, true
	}
	texts := make([]text, len(indexed.values))
	for i, v := range indexed.values {
		texts[i] = values[v]
	}
	l.index.build(texts, c.precision)
	for i, v := range probing.values {
		if outermost && i&0xff == 0xff {
			w.partly(i, len(probing.values))
		}
		probe := values[v]
		l.comparer.load(probe)
		err := l.index.near(probe, w.meet, func(j int32) error {
			if self && j < int32(i) {
				return nil // found from the other side
			}
			limit := c.precision.maxEdits(max(probe.length, texts[j].length))
			if l.comparer.distance(texts[j], limit) > limit {
				return nil
			}
			if swapped {
				return visit(j, int32(i))
			}
			return visit(int32(i), j)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// verify adds the pair if all conditions hold and no exception does. Its score is the conditions' mean similarity.
func (w *worker) verify(a, b int32) {
	sum := float32(len(w.tuples.rule.conditions) - len(w.fuzzy))
	for i, c := range w.fuzzy {
		similarity, ok := w.similar(i, c, a, b)
		if !ok {
			return
		}
		sum += similarity
	}
	for i, c := range w.tuples.rule.exceptions {
		if _, holds := w.similar(len(w.fuzzy)+i, c, a, b); holds {
			return
		}
	}
	w.found = append(w.found, pair{a, b, sum / float32(len(w.tuples.rule.conditions))})
	w.looked += pairCost
}

// similar compares two tuples in the i-th compared feature.
func (w *worker) similar(i int, c condition, a, b int32) (similarity float32, ok bool) {
	x, y := w.tuples.value(a, i), w.tuples.value(b, i)
	if x == 0 || y == 0 {
		return 0, false
	}
	if x == y {
		return 1, true
	}
	if c.precision == exact {
		return 0, false
	}
	values := w.records.columns[c.feature].values
	longer := max(values[x].length, values[y].length)
	limit := c.precision.maxEdits(longer)
	if values[x].far(values[y], limit) {
		return 0, false
	}
	w.comparers[i].load(values[x])
	edits := w.comparers[i].distance(values[y], limit)
	return float32(longer-edits) / float32(longer), edits <= limit
}

// valueGroups are tuples by their value in one feature.
type valueGroups struct {
	values []int32
	starts []int32
	items  []int32
}

func (g *valueGroups) collect(t *tuples, from []int32, feature int) {
	g.items = append(g.items[:0], from...)
	slices.SortStableFunc(g.items, func(x, y int32) int { return int(t.value(x, feature)) - int(t.value(y, feature)) })
	g.values, g.starts = g.values[:0], g.starts[:0]
	for i, tuple := range g.items {
		if v := t.value(tuple, feature); i == 0 || v != g.values[len(g.values)-1] {
			g.values, g.starts = append(g.values, v), append(g.starts, int32(i))
		}
	}
	g.starts = append(g.starts, int32(len(g.items)))
}

func (g *valueGroups) tuples(i int32) []int32 { return g.items[g.starts[i]:g.starts[i+1]] }
