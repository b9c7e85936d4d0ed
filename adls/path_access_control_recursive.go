package adls

import (
	"context"
	"strconv"
	"strings"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// maxRecords is the largest page of a recursive change, and the size of one that the request does not set.
const maxRecords = 2000

// belowRoot begins the continuation of a recursive change whose first path is done; the store's own
// continuation follows.
const belowRoot = "below:"

// pathSetAccessControlRecursive is Path - Update with action=setAccessControlRecursive: one page of changes to
// a directory and all that lies below it.
func (h *handler) pathSetAccessControlRecursive(w *timedWriter, req *request) error {
	if forBlob(req.grant) {
		return permissionMismatch()
	}
	change, err := parseACLChange(req)
	if err != nil {
		return err
	}
	limit, err := recordLimit(req)
	if err != nil {
		return err
	}
	r := recursiveChange{h: h, req: req, change: change, force: wire.ParseBool(req.query["forceflag"]), judge: h.newJudge(req, req.callers)}
	defer r.judge.done()
	r.judged = !r.judge.byRole(question{op: access.SetACL, fs: req.fs})
	r.answer.FailedEntries = []wire.AccessControlFailed{}
	next, err := r.page(req.Context(), req.query["continuation"], limit)
	if err != nil {
		return err
	}
	wire.Set(w.Header(), "x-ms-continuation", next)
	return writeJSON(w, r.answer)
}

func recordLimit(req *request) (int, error) {
	v := req.query["maxrecords"]
	if v == "" {
		return maxRecords, nil
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 {
		return 0, wire.BadQuery("maxRecords", v, "a number from 1")
	}
	return min(n, maxRecords), nil
}

// parseACLChange returns what to do with each list, by mode.
func parseACLChange(req *request) (func(access.ACL) access.ACL, error) {
	text := req.Header.Get("X-Ms-Acl")
	if text == "" {
		return nil, missingHeader("x-ms-acl")
	}
	mode := req.query["mode"]
	switch mode {
	case "set", "modify":
		entries, err := access.ParseACL(text)
		if mode == "set" {
			return func(access.ACL) access.ACL { return entries }, err
		}
		return func(old access.ACL) access.ACL { return old.Modify(entries) }, err
	case "remove":
		subjects, err := access.ParseSubjects(text)
		return func(old access.ACL) access.ACL { return old.Remove(subjects) }, err
	case "":
		return nil, missingParameter("mode")
	}
	return nil, wire.BadQuery("mode", mode, "set, modify or remove")
}

type recursiveChange struct {
	h      *handler
	req    *request
	change func(access.ACL) access.ACL
	force  bool // go on after failures
	judge  *judge
	judged bool // each path has to be the caller's own
	answer wire.AccessControlChanges
}

// page changes up to limit paths and returns the continuation of the rest.
func (r *recursiveChange) page(ctx context.Context, continuation string, limit int) (string, error) {
	token, below := strings.CutPrefix(continuation, belowRoot)
	if continuation != "" && !below {
		return "", wire.BadQuery("continuation", continuation, "one that this operation gave")
	}
	if !below {
		top, err := r.h.Store.Properties(ctx, r.req.fs, r.req.path, lake.Conditions{})
		if err != nil {
			return "", err
		}
		if _, err := r.apply(ctx, []lake.Properties{top}); err != nil || !top.IsDirectory {
			return "", err
		}
		if limit--; limit == 0 {
			return belowRoot, nil
		}
	}
	page, err := r.h.Store.List(ctx, r.req.fs, r.req.path, lake.ListOptions{Recursive: true, Continuation: token, MaxResults: limit})
	if err != nil {
		return "", err
	}
	ended, err := r.apply(ctx, page.Entries)
	if err != nil || ended || page.Continuation == "" {
		return "", err
	}
	return belowRoot + page.Continuation, nil
}

// apply changes the lists of entries, and reports whether a failure ended that, as the service has it without
// forceFlag. A path that is gone meanwhile is passed over; one whose list cannot take the change is counted, unless
// it is the one that the request names, which is then answered with the error.
func (r *recursiveChange) apply(ctx context.Context, entries []lake.Properties) (ended bool, err error) {
	paths := make([]lake.Path, len(entries))
	for i, p := range entries {
		paths[i] = p.Path
	}
	outcomes, err := r.h.Store.ChangeAccessControl(ctx, r.req.fs, paths, r.list, r.force)
	if err != nil {
		return true, err
	}
	for i, p := range entries[:len(outcomes)] {
		if err := r.count(p, outcomes[i]); err != nil {
			return true, err
		}
	}
	return len(outcomes) < len(paths) || r.answer.FailureCount > 0 && !r.force, nil
}

func (r *recursiveChange) count(p lake.Properties, err error) error {
	switch {
	case err == nil && p.IsDirectory:
		r.answer.DirectoriesSuccessful++
	case err == nil:
		r.answer.FilesSuccessful++
	case p.Path == r.req.path:
		return err
	case errs.Is(err, errs.NotFound):
	case errs.Is(err, errs.Invalid), errs.Is(err, errs.Conflict), errs.Is(err, errs.Permission):
		r.fail(p, err)
	default:
		return err
	}
	return nil
}

func (r *recursiveChange) fail(p lake.Properties, err error) {
	kind := "FILE"
	if p.IsDirectory {
		kind = "DIRECTORY"
	}
	r.answer.FailureCount++
	r.answer.FailedEntries = append(r.answer.FailedEntries, wire.AccessControlFailed{
		ErrorMessage: wire.FailureOf(wire.DFS, err).Message, Name: string(p.Path), Type: kind,
	})
}

// list makes a path's new list. Files take the access entries only.
func (r *recursiveChange) list(ac lake.AccessControl) (access.ACL, error) {
	if r.judged {
		if _, err := r.judge.may(question{op: access.SetACL, fs: r.req.fs, path: ac.Properties.Path}); err != nil {
			return nil, err
		}
	}
	list := r.change(ac.ACL)
	if !ac.Properties.IsDirectory {
		list = accessHalf(list)
	}
	return list, nil
}

func accessHalf(list access.ACL) access.ACL {
	if !list.HasDefault() {
		return list
	}
	var half access.ACL
	for _, e := range list {
		if !e.Default {
			half = append(half, e)
		}
	}
	return half
}
