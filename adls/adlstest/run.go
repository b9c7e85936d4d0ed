package adlstest

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/ownlake/ownlake/errs"
)

// Options choose cases and say how they run. The zero value runs all.
type Options struct {
	// Match chooses cases by [Case.ID]. Nil chooses all.
	Match *regexp.Regexp
	// Parallel is how many cases run at a time; 0 is 8.
	Parallel int
	// Progress, where it is not nil, gets each result as it comes, from one goroutine at a time.
	Progress func(Result, Tally)
}

// Status is how a case ended.
type Status string

// The ways to end.
const (
	Passed  Status = "passed"
	Failed  Status = "failed"
	Skipped Status = "skipped"
)

// Result is how one case ended. Message says what was asked, expected and answered, or why it was skipped.
type Result struct {
	Operation string `json:"operation"`
	Name      string `json:"name"`
	Status    Status `json:"status"`
	Message   string `json:"message,omitempty"`
}

// Tally counts results.
type Tally struct {
	Cases   int `json:"cases"`
	Passed  int `json:"passed"`
	Failed  int `json:"failed"`
	Skipped int `json:"skipped"`
}

// Done is how many cases have ended.
func (t Tally) Done() int { return t.Passed + t.Failed + t.Skipped }

func (t Tally) String() string {
	return fmt.Sprintf("%d cases, %d passed, %d failed, %d skipped", t.Cases, t.Passed, t.Failed, t.Skipped)
}

// Report is what became of a run. Results are in the order of [Cases].
type Report struct {
	Tally
	Results []Result `json:"results"`
}

// Run checks a target. When the context ends it begins no more cases; the report then has those that ended,
// and the error is Canceled. A failed case is no error; a server that does not answer is one
// (Unavailable), and a key that it refuses (Unauthorized).
func Run(ctx context.Context, target Target, o Options) (Report, error) {
	target = target.withDefaults()
	if idle, ok := target.Transport.(interface{ CloseIdleConnections() }); ok {
		defer idle.CloseIdleConnections()
	}
	cases := chosen(o.Match)
	if len(cases) == 0 {
		return Report{}, nil
	}
	if err := reach(ctx, target); err != nil {
		return Report{}, err
	}
	missing := features(ctx, target)
	results := make([]Result, len(cases))
	report := Report{Tally: Tally{Cases: len(cases)}}

	var mu sync.Mutex
	next := 0
	take := func() int {
		mu.Lock()
		defer mu.Unlock()
		if next >= len(cases) || ctx.Err() != nil {
			return -1
		}
		next++
		return next - 1
	}
	end := func(i int, r Result) {
		mu.Lock()
		defer mu.Unlock()
		results[i] = r
		report.count(r.Status)
		if o.Progress != nil {
			o.Progress(r, report.Tally)
		}
	}
	running, stop := outlasting(ctx)
	defer stop()
	var workers sync.WaitGroup
	var beside neighbours
	for range parallel(o.Parallel) {
		workers.Go(func() {
			for i := take(); i >= 0; i = take() {
				unlock := beside.enter(cases[i])
				r := runCase(running, target, cases[i], missing)
				unlock()
				if running.Err() == nil {
					end(i, r)
				}
			}
		})
	}
	workers.Wait()
	for _, r := range results {
		if r.Status != "" {
			report.Results = append(report.Results, r)
		}
	}
	if err := ctx.Err(); err != nil {
		return report, errs.E(errs.Op("adlstest.Run"), err)
	}
	return report, nil
}

// endTimeout is how long cases under way may go on when a run is interrupted.
const endTimeout = 5 * time.Second

// outlasting returns a context that ends some time after another, so that cases under way come to their end: one that
// is cut short may leave behind what it was about to make.
func outlasting(ctx context.Context) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(endTimeout, cancel) })
	return longer, func() {
		stop()
		cancel()
	}
}

// neighbours keeps cases that run alone from the others.
type neighbours struct{ mu sync.RWMutex }

// enter waits until a case may run, and returns what to call when it has.
func (n *neighbours) enter(c Case) (leave func()) {
	if c.alone {
		n.mu.Lock()
		return n.mu.Unlock
	}
	n.mu.RLock()
	return n.mu.RUnlock
}

func parallel(asked int) int {
	if asked > 0 {
		return asked
	}
	return 8
}

func (t *Tally) count(s Status) {
	switch s {
	case Passed:
		t.Passed++
	case Failed:
		t.Failed++
	case Skipped:
		t.Skipped++
	}
}

// chosen returns the cases that an expression matches.
func chosen(match *regexp.Regexp) []Case {
	var cases []Case
	for _, c := range Cases() {
		if match == nil || match.MatchString(c.ID()) {
			cases = append(cases, c)
		}
	}
	return cases
}

func runCase(ctx context.Context, target Target, c Case, missing map[Feature]string) Result {
	r := Result{Operation: c.Operation, Name: c.Name}
	for _, f := range c.Needs {
		if why, lacks := missing[f]; lacks {
			r.Status, r.Message = Skipped, why
			return r
		}
	}
	t := newT(ctx, target, c.ID())
	defer t.cleanUp()
	r.Status, r.Message = t.outcome(t.attempt(func() { c.run(t) }))
	return r
}

// answerTimeout is how long a server may take to begin an answer.
const answerTimeout = time.Minute

func (target Target) withDefaults() Target {
	target.Blob, target.DFS = strings.TrimSuffix(target.Blob, "/"), strings.TrimSuffix(target.DFS, "/")
	if target.Transport == nil {
		target.Transport = &http.Transport{
			MaxIdleConnsPerHost: 64, DisableCompression: true, ResponseHeaderTimeout: answerTimeout,
			ExpectContinueTimeout: time.Second, IdleConnTimeout: answerTimeout,
		}
	}
	return target
}
