package api

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/ownlake/ownlake/api/audit"
	"github.com/ownlake/ownlake/insights"
)

// change is what a handler tells the audit log about what it does.
type change struct {
	who           insights.Principal // where it is not the caller: somebody who signs in
	environment   insights.EnvironmentID
	before, after any
}

// changing is the change of a request; a handler sets what it knows of it.
func changing(ctx context.Context) *change {
	if c := requestOf(ctx).change; c != nil {
		return c
	}
	return &change{}
}

// readsOnly marks routes whose method is that of changes, and which change nothing.
const readsOnly = "reads only"

// logged marks routes that are logged although their method is not that of changes.
const logged = "logged"

func reads(op *huma.Operation)   { op.Metadata = map[string]any{readsOnly: true} }
func logging(op *huma.Operation) { op.Metadata = map[string]any{logged: true} }

// log is the middleware that logs changes, those that are refused as well. It is around the check of roles.
func (o Options) log(ctx huma.Context, next func(huma.Context)) {
	op := ctx.Operation()
	if o.Audit == nil || op.Metadata[readsOnly] != nil || !isChange(op.Method) && op.Metadata[logged] == nil {
		next(ctx)
		return
	}
	in := requestOf(ctx.Context())
	in.change = &change{environment: insights.EnvironmentID(ctx.Param("environment"))}
	next(huma.WithValue(ctx, requestKey{}, in))
	status := ctx.Status()
	if status == 0 {
		status = http.StatusOK
	}
	u := ctx.URL()
	e := audit.Entry{
		Principal: in.caller.principal, By: in.caller.by, From: in.from, Agent: in.agent, Operation: op.OperationID,
		Environment: in.change.environment, Path: u.Path, Status: status, Before: recorded(in.change.before), After: recorded(in.change.after),
	}
	if in.change.who.ID != "" {
		e.Principal = in.change.who
	}
	if _, err := o.Audit.Append(e); err != nil {
		o.Logger.ErrorContext(ctx.Context(), "a change is not in the audit log", "error", err, "operation", e.Operation, "principal", e.Principal.ID, "path", e.Path)
	}
}

// maxRecorded bounds what an entry holds of a thing.
const maxRecorded = 64 << 10

func recorded(v any) json.RawMessage {
	if v == nil {
		return nil
	}
	text, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	if len(text) > maxRecorded {
		text, _ = json.Marshal(map[string]any{"tooLarge": len(text), "etag": etagOf(v)})
	}
	return text
}
