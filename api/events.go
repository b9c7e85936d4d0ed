package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/ownlake/ownlake/insights"
)

const (
	// eventEvery is how often a run is looked at for those who follow it, and aliveEvery how long nothing is sent at most:
	// proxies close connections that are silent.
	eventEvery = 300 * time.Millisecond
	aliveEvery = 15 * time.Second
)

// followRun sends a run as it goes: an event "run" with each change, beginning with how it is now, and "done" at its end
// (Server-sent events, HTML Living Standard section 9.2).
func (r *routes) followRun(ctx context.Context, in *runInput) (*huma.StreamResponse, error) {
	run, err := r.o.Services.Runs.Get(ctx, in.Environment, in.Run)
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		ctx.SetHeader("Content-Type", "text/event-stream")
		ctx.SetHeader("Cache-Control", "no-store")
		ctx.SetHeader("X-Accel-Buffering", "no")
		ctx.SetStatus(http.StatusOK)
		r.sendRun(ctx, run, in)
	}}, nil
}

func (r *routes) sendRun(ctx huma.Context, run insights.Run, in *runInput) {
	flush := func() {
		if f, ok := ctx.BodyWriter().(http.Flusher); ok {
			f.Flush()
		}
	}
	ticker := time.NewTicker(eventEvery)
	defer ticker.Stop()
	last, quiet := "", 0
	for {
		text, err := json.Marshal(run)
		if err != nil {
			return
		}
		if quiet++; string(text) != last {
			last, quiet = string(text), 0
			_, err = fmt.Fprintf(ctx.BodyWriter(), "event: run\ndata: %s\n\n", text)
		} else if time.Duration(quiet)*eventEvery >= aliveEvery {
			quiet = 0
			_, err = fmt.Fprint(ctx.BodyWriter(), ": still going\n\n")
		}
		if err == nil && run.Status.Done() {
			_, err = fmt.Fprintf(ctx.BodyWriter(), "event: done\ndata: {\"status\":%q}\n\n", run.Status)
		}
		flush()
		if err != nil || run.Status.Done() {
			return
		}
		select {
		case <-ticker.C:
		case <-ctx.Context().Done():
			return
		}
		if run, err = r.o.Services.Runs.Get(ctx.Context(), in.Environment, in.Run); err != nil {
			return // the page connects again, and learns what is wrong
		}
	}
}

// streamed describes an answer that is a stream of a media type.
func streamed(contentType string) func(*huma.Operation) {
	return func(op *huma.Operation) {
		op.Responses = map[string]*huma.Response{"200": {
			Description: "The stream", Content: map[string]*huma.MediaType{contentType: {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}},
		}}
	}
}

// ranged describes a file of which a range can be asked for.
func ranged(op *huma.Operation) {
	streamed("application/octet-stream")(op)
	op.Responses["206"] = &huma.Response{Description: "The range", Content: op.Responses["200"].Content}
}

// takesFile says that the body is a file, of any size.
func takesFile(op *huma.Operation) {
	op.RequestBody = &huma.RequestBody{
		Required: true, Content: map[string]*huma.MediaType{"application/octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}},
	}
}
