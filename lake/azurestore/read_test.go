package azurestore

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

const sentence = "the quick brown fox jumps over the lazy dog"

// breakingService breaks the connection in the middle of the first answer, and answers the rest by a function.
func breakingService(t *testing.T, rest http.HandlerFunc) *Store {
	t.Helper()
	first := true
	return fakeService(t, func(w http.ResponseWriter, r *http.Request) {
		if !first {
			rest(w, r)
			return
		}
		first = false
		w.Header().Set("ETag", `"0x1"`)
		w.Header().Set("Content-Length", strconv.Itoa(len(sentence)))
		_, _ = io.WriteString(w, sentence[:20])
		if f, ok := w.(http.Flusher); ok {
			f.Flush()
		}
		panic(http.ErrAbortHandler)
	})
}

func TestAReadThatBreaksGoesOnWhereItStoppedInTheSameFile(t *testing.T) {
	t.Parallel()
	s := breakingService(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("If-Match") != `"0x1"` {
			t.Errorf("continued with If-Match %q", r.Header.Get("If-Match"))
		}
		var from int
		if _, err := fmt.Sscanf(r.Header.Get("x-ms-range"), "bytes=%d-", &from); err != nil {
			t.Errorf("continued with range %q", r.Header.Get("x-ms-range"))
		}
		w.Header().Set("ETag", `"0x1"`)
		w.WriteHeader(http.StatusPartialContent)
		_, _ = io.WriteString(w, sentence[from:])
	})
	content, err := s.Read(t.Context(), "fs1", "a", lake.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(content.Body)
	if string(got) != sentence || err != nil {
		t.Errorf("got %q and %v", got, err)
	}
	if err := content.Body.Close(); err != nil {
		t.Error(err)
	}
}

func TestAReadThatBreaksNeverGoesOnInAnotherFile(t *testing.T) {
	t.Parallel()
	s := breakingService(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("x-ms-error-code", "ConditionNotMet")
		w.WriteHeader(http.StatusPreconditionFailed)
	})
	content, err := s.Read(t.Context(), "fs1", "a", lake.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(content.Body)
	if !strings.HasPrefix(sentence, string(got)) || !errs.Is(err, errs.Unavailable) || errors.Is(err, io.EOF) {
		t.Errorf("got %q and %v of kind %v, want a beginning and kind unavailable", got, err, errs.KindOf(err))
	}
	if err := content.Body.Close(); err != nil {
		t.Error(err)
	}
}
