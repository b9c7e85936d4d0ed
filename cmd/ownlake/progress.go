package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/ownlake/ownlake/insights"
)

// runProgress prints how a run goes: a line for each task that ends, and between them what is being done, with rate
// and time left. On a terminal that line is overwritten; in a log it comes every few seconds.
type runProgress struct {
	w        io.Writer
	terminal bool
	every    time.Duration
	last     time.Time
	width    int // of the line that is to be overwritten
	done     map[string]bool
	steps    map[string]stepStart
}

// stepStart is where a task's step began, as far as we saw.
type stepStart struct {
	step string
	at   time.Time
	done int64
}

func newRunProgress(w io.Writer) *runProgress {
	p := &runProgress{w: w, every: 5 * time.Second, done: map[string]bool{}, steps: map[string]stepStart{}}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		p.terminal, p.every = true, 0
	}
	return p
}

func (p *runProgress) show(run insights.Run, now time.Time) {
	for _, t := range run.Tasks {
		name := taskName(t)
		if t.Status.Done() && !p.done[name] {
			p.done[name] = true
			p.line(finished(t))
		}
		if t.Status == insights.StatusRefreshing {
			p.observe(name, t.Progress, now)
		}
	}
	if now.Sub(p.last) < p.every && !p.last.IsZero() {
		return
	}
	p.last = now
	var parts []string
	for _, t := range run.Tasks {
		if t.Status == insights.StatusRefreshing {
			parts = append(parts, p.going(t, now))
		}
	}
	if len(parts) > 0 {
		p.transient(strings.Join(parts, " · "))
	}
}

func finished(t insights.Task) string {
	s := taskName(t) + ": " + strings.ToLower(string(t.Status))
	if t.RowsOut > 0 {
		s += fmt.Sprintf(", %s rows in %s", groupDigits(t.RowsOut), took(t.StartedAt, t.FinishedAt))
	}
	if t.Corrupt > 0 {
		s += fmt.Sprintf(", %s corrupt", groupDigits(t.Corrupt))
	}
	return s
}

// going describes a task under way.
func (p *runProgress) going(t insights.Task, now time.Time) string {
	s := taskName(t)
	pr := t.Progress
	if pr.Step != "" {
		s += ": " + pr.Step
	}
	if pr.Unit == "%" {
		s += fmt.Sprintf(" %d %%", pr.Done)
	} else if pr.Total > 0 {
		s += fmt.Sprintf(" %d %%", pr.Done*100/pr.Total)
	}
	start := p.steps[taskName(t)]
	return s + rate(pr, pr.Done-start.done, now.Sub(start.at))
}

// observe notes where a task's step began: the rate is that of the step.
func (p *runProgress) observe(name string, pr insights.Progress, now time.Time) {
	start, known := p.steps[name]
	if !known || start.step != pr.Step || pr.Done < start.done {
		p.steps[name] = stepStart{pr.Step, now, pr.Done}
	}
}

// rate says how fast it goes and how long it will take, once enough was seen to tell.
func rate(pr insights.Progress, done int64, elapsed time.Duration) string {
	if elapsed < time.Second || done <= 0 {
		return ""
	}
	perSecond := float64(done) / elapsed.Seconds()
	s := ""
	switch pr.Unit {
	case "%", "":
	case "bytes":
		s = ", " + size(int64(perSecond)) + "/s"
	default:
		s = ", " + groupDigits(int64(perSecond)) + " " + pr.Unit + "/s"
	}
	if left := pr.Total - pr.Done; pr.Total > 0 && left > 0 {
		s += ", " + duration(time.Duration(float64(left)/perSecond*float64(time.Second))) + " left"
	}
	return s
}

// line prints a line that stays.
func (p *runProgress) line(s string) {
	p.clear()
	_, _ = fmt.Fprintln(p.w, s)
}

// clear takes away the line that the next would overwrite.
func (p *runProgress) clear() {
	if p.width > 0 {
		_, _ = fmt.Fprintf(p.w, "\r%s\r", strings.Repeat(" ", p.width))
		p.width = 0
	}
}

// transient prints a line that the next one overwrites.
func (p *runProgress) transient(s string) {
	if !p.terminal {
		_, _ = fmt.Fprintln(p.w, s)
		return
	}
	if columns, _, err := term.GetSize(int(os.Stderr.Fd())); err == nil && len([]rune(s)) >= columns {
		s = string([]rune(s)[:max(columns-1, 0)])
	}
	width := len([]rune(s))
	_, _ = fmt.Fprintf(p.w, "\r%s%s", s, strings.Repeat(" ", max(p.width-width, 0)))
	p.width = max(width, p.width)
}
