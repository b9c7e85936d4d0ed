// Package web is the status page that the server shows until the product's pages come: environments, what ran,
// which tables there are and how to read them.
//
// It renders on the server and knows no transport but its own: what it shows comes through the interfaces
// below. It never shows customer data or secrets, so it needs no sign-in on loopback.
package web

import (
	"context"
	"embed"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
)

// Environments lists the environments to show.
type Environments interface {
	List(ctx context.Context) ([]insights.Environment, error)
}

// Runs lists the newest runs first.
type Runs interface {
	List(ctx context.Context, env insights.EnvironmentID, limit int) ([]insights.Run, error)
}

// Tables lists an environment's tables.
type Tables interface {
	List(ctx context.Context, env insights.EnvironmentID) ([]insights.Snapshot, error)
}

// Options are what the page is made of. All are required.
type Options struct {
	Environments Environments
	Runs         Runs
	Tables       Tables
	Account      Account
	Clock        func() time.Time
	Logger       *slog.Logger
}

// Account says where the embedded lake is.
type Account struct {
	Name      string
	Addresses []Address
}

// Address is one listener of the lake, such as {"dfs and blob", "http://127.0.0.1:10000/devstoreaccount1"}.
type Address struct{ Protocol, URL string }

//go:embed page
var pageFiles embed.FS

var page = template.Must(template.New("status.html").Funcs(template.FuncMap{
	"count":    count,
	"bytes":    bytes,
	"duration": duration,
	"class":    class,
	"percent":  percent,
}).ParseFS(pageFiles, "page/status.html"))

// Handler serves the page at "/" and its style sheet.
func Handler(o Options) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { o.serveStatus(w, r) })
	mux.HandleFunc("GET /style.css", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFileFS(w, r, pageFiles, "page/style.css")
	})
	return mux
}

// status is what the page shows.
type status struct {
	Now          time.Time
	Account      Account
	Environments []environmentStatus
	Running      bool // a run is going: the page refreshes itself
}

type environmentStatus struct {
	insights.Environment
	Folder string
	Run    *insights.Run
	Groups []tableGroup
	Rows   int64
	Error  string
}

type tableGroup struct {
	Process insights.Process
	Tables  []insights.Snapshot
}

func (o Options) serveStatus(w http.ResponseWriter, r *http.Request) {
	s := status{Now: o.Clock(), Account: o.Account}
	environments, err := o.Environments.List(r.Context())
	if err != nil {
		o.Logger.ErrorContext(r.Context(), "the status page could not list environments", "error", err)
		http.Error(w, "The environments cannot be read now: "+err.Error(), http.StatusInternalServerError)
		return
	}
	for _, env := range environments {
		e := o.environment(r.Context(), env)
		s.Running = s.Running || e.Run != nil && !e.Run.Status.Done()
		s.Environments = append(s.Environments, e)
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("Cache-Control", "no-store")
	if s.Running {
		h.Set("Refresh", "2")
	}
	if err := page.Execute(w, s); err != nil {
		o.Logger.WarnContext(r.Context(), "the status page was not sent whole", "error", err)
	}
}

// environment gathers one environment; what cannot be read is said on the page and spoils no other.
func (o Options) environment(ctx context.Context, env insights.Environment) environmentStatus {
	e := environmentStatus{Environment: env, Folder: string(insights.Container) + "/" + string(env.ID.Folder())}
	runs, err := o.Runs.List(ctx, env.ID, 1)
	if err != nil {
		e.Error = describe(err)
		return e
	}
	if len(runs) > 0 {
		e.Run = &runs[0]
	}
	tables, err := o.Tables.List(ctx, env.ID)
	if err != nil {
		e.Error = describe(err)
		return e
	}
	for _, p := range insights.Processes() {
		g := tableGroup{Process: p}
		for _, t := range tables {
			if t.Process == p {
				g.Tables = append(g.Tables, t)
				e.Rows += t.Rows()
			}
		}
		if len(g.Tables) > 0 {
			e.Groups = append(e.Groups, g)
		}
	}
	return e
}

func describe(err error) string {
	if hint := errs.HintOf(err); hint != "" {
		return err.Error()
	}
	return err.Error() + " (is the account reachable?)"
}

// count groups digits by threes.
func count(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func bytes(s insights.Snapshot) string {
	var n int64
	for _, p := range s.Partitions {
		n += p.Bytes
	}
	const unit = 1024
	switch {
	case n < unit:
		return strconv.FormatInt(n, 10) + " B"
	case n < unit*unit:
		return fmt.Sprintf("%.0f KiB", float64(n)/unit)
	case n < unit*unit*unit:
		return fmt.Sprintf("%.1f MiB", float64(n)/unit/unit)
	}
	return fmt.Sprintf("%.1f GiB", float64(n)/unit/unit/unit)
}

// duration is the time a task took, or has taken so far.
func duration(t insights.Task, now time.Time) string {
	switch {
	case t.StartedAt.IsZero():
		return ""
	case t.FinishedAt.IsZero():
		return now.Sub(t.StartedAt).Round(100 * time.Millisecond).String()
	}
	return t.FinishedAt.Sub(t.StartedAt).Round(10 * time.Millisecond).String()
}

func percent(p insights.Progress) string {
	if p.Total <= 0 {
		return ""
	}
	return strconv.FormatInt(min(100, p.Done*100/p.Total), 10) + " %"
}

// class is the style of a status.
func class(s insights.Status) string {
	return "status-" + strings.ReplaceAll(strings.ToLower(string(s)), " ", "-")
}
