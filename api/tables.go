package api

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"github.com/ownlake/ownlake/insights"
)

type rowsInput struct {
	Environment insights.EnvironmentID `path:"environment"`
	Table       string                 `path:"table"`
	Limit       int                    `query:"limit" minimum:"1" maximum:"10000" default:"100" doc:"How many rows at most"`
}

type exportInput struct {
	Environment insights.EnvironmentID `path:"environment"`
	Table       string                 `path:"table"`
	Format      insights.DataFormat    `query:"format" enum:"csv,parquet" default:"csv" doc:"The kind of file"`
}

func (r *routes) listTables(ctx context.Context, in *environmentInput) (*output[[]insights.Snapshot], error) {
	return listed(r.o.Services.Tables.List(ctx, in.Environment))
}

func (r *routes) listRows(ctx context.Context, in *rowsInput) (*output[insights.Rows], error) {
	return answer(r.o.Services.Tables.Rows(ctx, in.Environment, in.Table, insights.RowsOptions{Limit: in.Limit}))
}

// The media types of exports.
const (
	contentTypeCSV     = "text/csv; charset=utf-8; header=present"
	contentTypeParquet = "application/vnd.apache.parquet"
)

// exportTable streams the file. A failure before the first byte is a problem document; after it the connection
// is broken off, so that nobody takes half a file for a whole one.
func (r *routes) exportTable(_ context.Context, in *exportInput) (*huma.StreamResponse, error) {
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		w := &exportWriter{ctx: ctx, format: in.Format, table: in.Table}
		err := r.o.Services.Tables.Export(ctx.Context(), in.Environment, in.Table, in.Format, w)
		switch {
		case err == nil:
			w.start() // an export may be empty
		case w.started:
			if !errors.Is(err, context.Canceled) {
				r.o.Logger.ErrorContext(ctx.Context(), "export broken off", "table", in.Table, "error", err)
			}
			panic(http.ErrAbortHandler)
		default:
			logProblem(ctx.Context(), r.o.Logger, err)
			w.fail(newProblem(err))
		}
	}}, nil
}

// exportWriter sends the headers when the first byte comes.
type exportWriter struct {
	ctx     huma.Context
	format  insights.DataFormat
	table   string
	started bool
}

func (w *exportWriter) start() {
	if w.started {
		return
	}
	w.started = true
	contentType := contentTypeCSV
	if w.format == insights.Parquet {
		contentType = contentTypeParquet
	}
	w.ctx.SetHeader("Content-Type", contentType)
	w.ctx.SetHeader("Content-Disposition", `attachment; filename="`+fileName(w.table)+"."+string(w.format)+`"`)
	w.ctx.SetStatus(http.StatusOK)
}

// fileName makes a table's name fit between quotes in a header.
func fileName(table string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || strings.ContainsRune(`"\/:*?<>|`, r) {
			return '_'
		}
		return r
	}, table)
}

func (w *exportWriter) Write(p []byte) (int, error) {
	w.start()
	return w.ctx.BodyWriter().Write(p)
}

func (w *exportWriter) fail(p *Problem) {
	_, out := humachi.Unwrap(w.ctx)
	p.write(out)
}
