package adlstest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// T is what a case works with: requests to the target, and a filesystem of its own, made when the first
// request names it.
type T struct {
	ctx    context.Context
	target Target
	name   string
	fs     string
	made   []string // filesystems to delete
	last   string   // request, to tell in messages
}

func newT(ctx context.Context, target Target, name string) *T {
	return &T{ctx: ctx, target: target, name: name}
}

// failure and skip end a case from within.
type (
	failure struct{ message string }
	skip    struct{ reason string }
)

func (f failure) Error() string { return f.message }
func (s skip) Error() string    { return s.reason }

// attempt runs what may end a case, and returns how it ended.
func (t *T) attempt(run func()) (err error) {
	defer func() {
		switch end := recover().(type) {
		case nil:
		case failure:
			err = end
		case skip:
			err = end
		default:
			panic(end)
		}
	}()
	run()
	return nil
}

// Fatalf ends the case as failed.
func (*T) Fatalf(format string, args ...any) { panic(failure{fmt.Sprintf(format, args...)}) }

// Skip ends the case as one that cannot be tried here.
func (*T) Skip(reason string) { panic(skip{reason}) }

// Equal ends the case as failed unless two values are the same.
func (t *T) Equal(what string, got, want any) {
	if g, w := fmt.Sprint(got), fmt.Sprint(want); g != w {
		t.Fatalf("%s: %s is %s, want %s", t.last, what, g, w)
	}
}

// True ends the case as failed unless something holds, which is said as a sentence.
func (t *T) True(holds bool, what string) {
	if !holds {
		t.Fatalf("%s: it is not so that %s", t.last, what)
	}
}

// Now is the time, in the precision of HTTP dates.
func (t *T) Now() time.Time { return t.target.Clock().UTC().Truncate(time.Second) }

// Filesystem is the name of the case's filesystem.
func (t *T) Filesystem() string {
	if t.fs == "" {
		t.fs = t.NewFilesystem()
	}
	return t.fs
}

// NewFilesystem makes a filesystem that is deleted at the end.
func (t *T) NewFilesystem() string {
	name := t.Unused()
	t.at(false, "PUT", name, "?restype=container").Want(201)
	return name
}

// Unused returns a filesystem's name that is free. One made by this name is deleted at the end.
func (t *T) Unused() string {
	name := "conform-" + unique()
	t.made = append(t.made, name)
	return name
}

func unique() string {
	b := make([]byte, 8)
	_, _ = rand.Read(b) // which never fails
	return hex.EncodeToString(b)
}

// cleanUp deletes the filesystems. Where that does not go, breaking the lease does more often than not.
func (t *T) cleanUp() {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.ctx), answerTimeout)
	defer cancel()
	t.ctx = ctx
	for _, name := range t.made {
		_ = t.attempt(func() {
			a := t.at(false, "DELETE", name, "?restype=container").Send()
			if a.status != http.StatusPreconditionFailed {
				return
			}
			t.at(false, "PUT", name, "?restype=container&comp=lease").H("x-ms-lease-action", "break").H("x-ms-lease-break-period", "0").Send()
			t.at(false, "DELETE", name, "?restype=container").Send()
		})
	}
}

// DFS begins a request to the dfs endpoint for a path of the case's filesystem, escaped, with its query. An
// empty path is the filesystem.
func (t *T) DFS(method, target string) *Request { return t.at(true, method, t.Filesystem(), target) }

// Blob is [T.DFS] for the blob endpoint.
func (t *T) Blob(method, target string) *Request { return t.at(false, method, t.Filesystem(), target) }

// DFSService begins a request to the account.
func (t *T) DFSService(method, query string) *Request { return t.at(true, method, "", query) }

// BlobService begins a request to the account.
func (t *T) BlobService(method, query string) *Request { return t.at(false, method, "", query) }

// at begins a request for something in a filesystem.
func (t *T) at(dfs bool, method, fs, target string) *Request {
	u, err := url.Parse(t.address(dfs, fs, target))
	if err != nil {
		t.Fatalf("%s: %v", target, err)
	}
	r := &Request{t: t, dfs: dfs, method: method, url: u, key: t.target.Key}
	return r.H("x-ms-date", t.target.Clock().UTC().Format(http.TimeFormat)).H("x-ms-version", serviceVersion)
}

// address is the URL of something in a filesystem.
func (t *T) address(dfs bool, fs, target string) string {
	base := t.target.Blob
	if dfs {
		base = t.target.DFS
	}
	path, query, asks := strings.Cut(target, "?")
	u := base + "/" + fs
	if path != "" {
		u += "/" + path
	}
	if asks {
		u += "?" + query
	}
	return u
}

// URL is the blob address of a path in the case's filesystem, as copies name their sources.
func (t *T) URL(path string) string { return t.address(false, t.Filesystem(), path) }

// File makes a file on the dfs endpoint.
func (t *T) File(path, content string) {
	t.DFS("PUT", path+"?resource=file").Want(201)
	if content == "" {
		return
	}
	t.Append(path, 0, content)
	t.Flush(path, len(content))
}

// Append appends to a file without flushing.
func (t *T) Append(path string, position int, content string) {
	t.DFS("PATCH", path+"?action=append&position="+strconv.Itoa(position)).Body(content).Want(202)
}

// Flush flushes a file.
func (t *T) Flush(path string, position int) *Answer {
	return t.DFS("PATCH", path+"?action=flush&position="+strconv.Itoa(position)).Want(200)
}

// Dir makes a directory on the dfs endpoint.
func (t *T) Dir(path string) { t.DFS("PUT", path+"?resource=directory").Want(201) }

// PutBlob makes a block blob. Headers come as name, value, name, value.
func (t *T) PutBlob(path, content string, headers ...string) *Answer {
	r := t.Blob("PUT", path).H("x-ms-blob-type", "BlockBlob").Body(content)
	for i := 0; i+1 < len(headers); i += 2 {
		r.H(headers[i], headers[i+1])
	}
	return r.Want(201)
}

// Status is the properties of a path on the dfs endpoint.
func (t *T) Status(path string) *Answer { return t.DFS("HEAD", path).Want(200) }

// Head is the properties of a blob.
func (t *T) Head(path string) *Answer { return t.Blob("HEAD", path).Want(200) }

// Content wants the content of a blob.
func (t *T) Content(path, want string) { t.Blob("GET", path).Want(200).Text(want) }

// outcome is how a case ended.
func (t *T) outcome(err error) (Status, string) {
	skipped, failed := skip{}, failure{}
	switch {
	case err == nil:
		return Passed, ""
	case errors.As(err, &skipped):
		return Skipped, skipped.reason
	case errors.As(err, &failed):
		return Failed, failed.message
	}
	return Failed, err.Error()
}
