// Package storetest is what every [lake.Store] must pass. It knows the contract of package lake and nothing
// of any store; it tests only what can be seen through the ADLS Gen2 protocol, so that the same cases run
// against a store in process and against one at the other end of a connection. Times are compared by the
// second, errors by kind and code.
package storetest

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// Run runs every case against the store that open returns. Open is called once; it registers with t.Cleanup
// what has to be closed. Each case works in a filesystem of its own, so the store may hold other things.
func Run(t *testing.T, open func(t *testing.T) lake.Store) {
	t.Helper()
	store := open(t)
	groups := []struct {
		name  string
		cases []testCase
	}{
		{"account", accountCases},
		{"filesystem", filesystemCases},
		{"create", createCases},
		{"append", appendCases},
		{"read", readCases},
		{"properties", propertiesCases},
		{"list", listCases},
		{"rename", renameCases},
		{"delete", deleteCases},
		{"undelete", keepingCases},
		{"access control", accessCases},
		{"blob", blobCases},
		{"block", blockCases},
		{"names", nameCases},
		{"concurrency", concurrencyCases},
		{"model", modelCases},
	}
	for _, g := range groups {
		t.Run(g.name, func(t *testing.T) {
			t.Parallel()
			for _, c := range g.cases {
				t.Run(c.name, func(t *testing.T) {
					t.Parallel()
					c.run(newEnv(t, store))
				})
			}
		})
	}
}

// testCase is one case; its name is the sentence that fails.
type testCase struct {
	name string
	run  func(*env)
}

// env is what a case works with: a store, and an empty filesystem of its own.
type env struct {
	*testing.T
	store lake.Store
	fs    lake.Filesystem
}

func newEnv(t *testing.T, store lake.Store) *env {
	t.Helper()
	e := &env{T: t, store: store}
	e.fs = e.filesystem("case")
	return e
}

// filesystem makes a filesystem that is deleted after the case.
func (e *env) filesystem(label string) lake.Filesystem {
	e.Helper()
	fs := uniqueName(label)
	_, err := e.store.CreateFilesystem(e.Context(), fs, lake.CreateFilesystemOptions{})
	e.ok(err)
	e.deleteAfter(fs)
	return fs
}

func (e *env) deleteAfter(fs lake.Filesystem) {
	e.Cleanup(func() {
		// The case's context has ended by now.
		err := e.store.DeleteFilesystem(context.WithoutCancel(e.Context()), fs, lake.Conditions{})
		if err != nil && !errs.Is(err, errs.NotFound) {
			e.Errorf("delete filesystem %s after the case: %v", fs, err)
		}
	})
}

func uniqueName(label string) lake.Filesystem {
	random := make([]byte, 6)
	_, _ = rand.Read(random) // crypto/rand never fails
	return lake.Filesystem("st-" + label + "-" + hex.EncodeToString(random))
}

// ok ends the case at an error.
func (e *env) ok(err error) {
	e.Helper()
	if err != nil {
		e.Fatalf("unexpected error: %v (kind %v, code %q)", err, errs.KindOf(err), errs.CodeOf(err))
	}
}

// fails checks an error's kind and that its code is one of those given.
func (e *env) fails(err error, kind errs.Kind, codes ...errs.Code) {
	e.Helper()
	if err == nil {
		e.Fatalf("no error, want kind %v, code %q", kind, codes)
	}
	if got := errs.KindOf(err); got != kind || !slices.Contains(codes, errs.CodeOf(err)) {
		e.Errorf("error has kind %v, code %q; want kind %v, code %q: %v", got, errs.CodeOf(err), kind, codes, err)
	}
}

// same compares two values.
func (e *env) same(what string, got, want any) {
	e.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		e.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// sameHeaders is [env.same] for content headers. A store may have added the content's MD5.
func (e *env) sameHeaders(got, want lake.ContentHeaders) {
	e.Helper()
	if want.ContentMD5 == nil {
		got.ContentMD5 = nil
	}
	e.same("headers", got, want)
}

// write makes a file with this content by Create, Append and Flush.
func (e *env) write(p lake.Path, content string) lake.Properties {
	e.Helper()
	return e.writeIn(e.fs, p, content)
}

func (e *env) writeIn(fs lake.Filesystem, p lake.Path, content string) lake.Properties {
	e.Helper()
	props, err := e.store.Create(e.Context(), fs, p, lake.CreateOptions{})
	e.ok(err)
	if content == "" {
		return props
	}
	e.ok(e.store.Append(e.Context(), fs, p, 0, strings.NewReader(content), lake.AppendOptions{}))
	props, err = e.store.Flush(e.Context(), fs, p, int64(len(content)), lake.FlushOptions{})
	e.ok(err)
	return props
}

func (e *env) append(p lake.Path, position int, content string) {
	e.Helper()
	e.ok(e.store.Append(e.Context(), e.fs, p, int64(position), strings.NewReader(content), lake.AppendOptions{}))
}

func (e *env) flush(p lake.Path, position int) lake.Properties {
	e.Helper()
	props, err := e.store.Flush(e.Context(), e.fs, p, int64(position), lake.FlushOptions{})
	e.ok(err)
	return props
}

func (e *env) put(p lake.Path, content string) lake.Properties {
	e.Helper()
	props, err := e.store.PutBlob(e.Context(), e.fs, p, strings.NewReader(content), lake.PutBlobOptions{})
	e.ok(err)
	return props
}

func (e *env) mkdir(p lake.Path) lake.Properties {
	e.Helper()
	props, err := e.store.Create(e.Context(), e.fs, p, lake.CreateOptions{IsDirectory: true})
	e.ok(err)
	return props
}

func (e *env) stat(p lake.Path) lake.Properties {
	e.Helper()
	props, err := e.store.Properties(e.Context(), e.fs, p, lake.Conditions{})
	e.ok(err)
	return props
}

// read reads a range; a count of 0 reads to the end.
func (e *env) read(p lake.Path, offset, count int64) string {
	e.Helper()
	return e.readIn(e.fs, p, offset, count)
}

func (e *env) readIn(fs lake.Filesystem, p lake.Path, offset, count int64) string {
	e.Helper()
	c, err := e.store.Read(e.Context(), fs, p, lake.ReadOptions{Offset: offset, Count: count})
	e.ok(err)
	b := e.drain(c)
	if c.Offset != offset || c.Length != int64(len(b)) {
		e.Errorf("read %s from %d: content says offset %d, length %d, and has %d bytes", p, offset, c.Offset, c.Length, len(b))
	}
	return string(b)
}

func (e *env) drain(c lake.Content) []byte {
	e.Helper()
	b, err := io.ReadAll(c.Body)
	e.ok(err)
	e.ok(c.Body.Close())
	return b
}

// holds checks a file's whole content without printing megabytes.
func (e *env) holds(p lake.Path, want string) {
	e.Helper()
	got := e.read(p, 0, 0)
	if got == want {
		return
	}
	at := 0
	for at < min(len(got), len(want)) && got[at] == want[at] {
		at++
	}
	e.Errorf("content of %s differs at byte %d: got %d bytes, want %d", p, at, len(got), len(want))
}

// missing checks that a path does not exist.
func (e *env) missing(p lake.Path) {
	e.Helper()
	_, err := e.store.Properties(e.Context(), e.fs, p, lake.Conditions{})
	e.fails(err, errs.NotFound, lake.CodePathNotFound)
}

// paths lists a directory in pages of a size, and returns the paths, directories with a slash at the end.
func (e *env) paths(dir lake.Path, o lake.ListOptions) []string {
	e.Helper()
	var list []string
	for {
		page, err := e.store.List(e.Context(), e.fs, dir, o)
		e.ok(err)
		for _, p := range page.Entries {
			list = append(list, show(p))
		}
		if o.Continuation = page.Continuation; o.Continuation == "" {
			return list
		}
		if len(list) > 100_000 {
			e.Fatal("the listing does not end")
		}
	}
}

func show(p lake.Properties) string {
	if p.IsDirectory {
		return string(p.Path) + "/"
	}
	return string(p.Path)
}

// tree lists everything below the root.
func (e *env) tree() []string {
	e.Helper()
	return e.paths(lake.Root, lake.ListOptions{Recursive: true})
}

// seconds cuts a time to what the protocol carries.
func seconds(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }

// lower makes metadata comparable: names are compared without regard to case.
func lower(m lake.Metadata) map[string]string {
	out := map[string]string{}
	for k, v := range m {
		out[strings.ToLower(k)] = v
	}
	return out
}

// bulk makes n bytes that differ from place to place, so that misplaced ones are seen.
func bulk(n int, seed byte) string {
	var b bytes.Buffer
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, "%c%08d\n", 'a'+seed%26, i)
	}
	return b.String()[:n]
}
