package adlstest_test

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ownlake/ownlake/adls/adlstest"
)

func TestServersThatDoNothingPassNothing(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 201, 202, 206, 400, 404, 500} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			t.Parallel()
			h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
			url := listen(t, h)
			report, err := adlstest.Run(t.Context(), adlstest.Target{Blob: url, DFS: url, Account: account, Key: []byte("key"), Clock: time.Now}, adlstest.Options{})
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range report.Results {
				if r.Status == adlstest.Passed {
					t.Errorf("%s/%s passes on a server that answers %d to everything", r.Operation, r.Name, status)
				}
			}
		})
	}
}

// faulty answers as a handler does, but for what a change does to the answer.
type faulty struct {
	http.ResponseWriter
	change func(http.Header, *int)
	begun  bool
}

func (f *faulty) WriteHeader(status int) {
	if f.begun = status >= 200; f.begun {
		f.change(f.Header(), &status)
	}
	f.ResponseWriter.WriteHeader(status)
}

func (f *faulty) Write(p []byte) (int, error) {
	if !f.begun {
		f.WriteHeader(http.StatusOK)
	}
	return f.ResponseWriter.Write(p)
}

func (f *faulty) Unwrap() http.ResponseWriter { return f.ResponseWriter }

func TestFaultsOfAServerAreFound(t *testing.T) {
	t.Parallel()
	without := func(names ...string) func(http.Header, *int) {
		return func(h http.Header, _ *int) {
			for _, n := range names {
				delete(h, n)
			}
		}
	}
	instead := func(was, is int) func(http.Header, *int) {
		return func(_ http.Header, status *int) {
			if *status == was {
				*status = is
			}
		}
	}
	for _, fault := range []struct {
		name   string
		change func(http.Header, *int)
		in     []string // operations of which a case must fail
	}{
		{"no version of what was written", without("ETag", "Etag"), []string{"FilesystemCreate", "PathCreate", "PathFlush", "PutBlob", "PutBlockList", "SetBlobMetadata"}},
		{"no id of the request", without("X-Ms-Request-Id", "x-ms-request-id"), []string{"RequestIDs", "PathRead", "GetBlob"}},
		{"no kind of path", without("x-ms-resource-type"), []string{"PathGetProperties", "PathCreate", "PathRead"}},
		{"no continuation", without("x-ms-continuation"), []string{"PathList", "PathSetAccessControlRecursive", "FilesystemList"}},
		{"no code of errors", without("x-ms-error-code"), []string{"PathDelete", "DeleteBlob", "SharedKey", "ServiceSAS"}},
		{"no range", without("Content-Range"), []string{"PathRead", "GetBlob"}},
		{"no access control list", without("x-ms-acl"), []string{"PathGetAccessControl", "PathSetAccessControl", "PathSetAccessControlRecursive"}},
		{"the whole instead of a range", instead(206, 200), []string{"PathRead", "GetBlob"}},
		{"a condition that is not met, answered as if it were", instead(412, 200), []string{"PathRead", "PathDelete", "PutBlob", "GetBlob", "DeleteBlob", "SetBlobMetadata", "CopyBlob"}},
		{"not found instead of not modified", instead(304, 404), []string{"PathGetProperties", "GetBlob", "GetBlobProperties"}},
		{"refused callers let in", instead(403, 200), []string{"SharedKey", "SharedKeyLite", "ServiceSAS", "AccountSAS"}},
	} {
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			target := startLakeBehind(t, func(h http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					h.ServeHTTP(&faulty{ResponseWriter: w, change: fault.change}, r)
				})
			})
			match := regexp.MustCompile("^(" + strings.Join(fault.in, "|") + ")/")
			report, err := adlstest.Run(t.Context(), target, adlstest.Options{Match: match})
			if err != nil {
				t.Fatal(err)
			}
			found := map[string]bool{}
			for _, r := range report.Results {
				if r.Status == adlstest.Failed {
					found[r.Operation] = true
				}
			}
			for _, operation := range fault.in {
				if !found[operation] {
					t.Errorf("no case of %s fails", operation)
				}
			}
		})
	}
}
