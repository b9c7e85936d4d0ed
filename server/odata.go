package server

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/engine"
	"github.com/ownlake/ownlake/insights/pipeline"
	"github.com/ownlake/ownlake/odata"
	"github.com/ownlake/ownlake/odata/relation"
)

// dataPath is where the tables of environments are served by OData: /api/data/<environmentId>/.
const dataPath = "/api/data/"

// maxReads bounds how many tables are read at a time for OData, as each takes a session of the engine.
const maxReads = 4

// dataHandler serves the tables of every environment by OData.
type dataHandler struct {
	tables pipeline.Tables
	slots  chan struct{}
	logger *slog.Logger
}

func (s *Server) newDataHandler(logger *slog.Logger) *dataHandler {
	return &dataHandler{tables: s.pipeline.Tables(), slots: make(chan struct{}, maxReads), logger: logger}
}

// dataEnvironment is the environment that a request for tables is about.
func dataEnvironment(r *http.Request) insights.EnvironmentID {
	id, _, _ := strings.Cut(strings.TrimPrefix(r.URL.EscapedPath(), dataPath), "/")
	return insights.EnvironmentID(id)
}

// ServeHTTP implements http.Handler.
func (h *dataHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id, _, below := strings.Cut(strings.TrimPrefix(r.URL.EscapedPath(), dataPath), "/")
	path := dataPath + id + "/"
	switch {
	case id == "":
		odata.Fail(w, errs.E(errs.NotFound, "there is no resource here", errs.Hint("call "+dataPath+"<environmentId>/")))
		return
	case !below:
		http.Redirect(w, r, path, http.StatusPermanentRedirect) // links of the service document are relative to it
		return
	}
	service := odata.Service{
		Source: relation.New(relation.Options{Tables: environmentTables{h, insights.EnvironmentID(id)}, Clock: time.Now}),
		Base:   requestOrigin(r) + path, Path: path,
		Log: func(ctx context.Context, err error) {
			h.logger.ErrorContext(ctx, "OData", "path", r.URL.Path, "error", err)
		},
	}
	service.ServeHTTP(w, r)
}

// requestOrigin is the scheme and host by which the caller of a request reaches the app.
func requestOrigin(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// environmentTables are those of one environment.
type environmentTables struct {
	*dataHandler
	env insights.EnvironmentID
}

// List implements [relation.Tables].
func (t environmentTables) List(ctx context.Context) ([]insights.Snapshot, error) {
	return t.tables.List(ctx, t.env)
}

// Read implements [relation.Tables].
func (t environmentTables) Read(ctx context.Context, s insights.Snapshot, f func(engine.Session, string) error) error {
	select {
	case t.slots <- struct{}{}:
		defer func() { <-t.slots }()
	case <-ctx.Done():
		return errs.E(ctx.Err())
	}
	return t.tables.Relation(ctx, t.env, s, f)
}
