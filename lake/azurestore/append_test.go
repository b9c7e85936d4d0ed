package azurestore

import (
	"bytes"
	"crypto/md5"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

func TestALongStreamIsSentInChunksThatJoinWithoutAGap(t *testing.T) {
	t.Parallel()
	for _, size := range []int{1, chunkSize - 1, chunkSize, chunkSize + 1, 2*chunkSize + 5} {
		data := bytes.Repeat([]byte("0123456789abcde"), size/15+1)[:size]
		var got []byte
		s := fakeService(t, func(w http.ResponseWriter, r *http.Request) {
			if position := strconv.Itoa(len(got)); r.URL.Query().Get("position") != position {
				t.Errorf("size %d: position %s, want %s", size, r.URL.Query().Get("position"), position)
			}
			b, err := io.ReadAll(r.Body)
			if err != nil || len(b) > chunkSize || int64(len(b)) != r.ContentLength {
				t.Errorf("size %d: %d bytes announced as %d: %v", size, len(b), r.ContentLength, err)
			}
			got = append(got, b...)
			w.WriteHeader(http.StatusAccepted)
		})
		sum := md5.Sum(data)
		if err := s.Append(t.Context(), "fs1", "a", 0, iotest.OneByteReader(bytes.NewReader(data[:min(size, 100)])), lake.AppendOptions{}); err != nil {
			t.Fatalf("size %d: %v", size, err)
		}
		got = nil
		if err := s.Append(t.Context(), "fs1", "a", 0, iotest.HalfReader(bytes.NewReader(data)), lake.AppendOptions{ContentMD5: sum[:]}); err != nil {
			t.Fatalf("size %d: %v", size, err)
		}
		if !bytes.Equal(got, data) {
			t.Errorf("size %d: the service got other bytes (%d)", size, len(got))
		}
	}
}

func TestTheLastBytesOfAStreamWithAWrongChecksumAreNotSent(t *testing.T) {
	t.Parallel()
	for _, size := range []int{5, chunkSize, chunkSize + 5} {
		sent := 0
		s := fakeService(t, func(w http.ResponseWriter, r *http.Request) {
			n, _ := io.Copy(io.Discard, r.Body)
			sent += int(n)
			w.WriteHeader(http.StatusAccepted)
		})
		err := s.Append(t.Context(), "fs1", "a", 0, bytes.NewReader(make([]byte, size)), lake.AppendOptions{ContentMD5: make([]byte, 16)})
		if errs.CodeOf(err) != lake.CodeMD5Mismatch || !errs.Is(err, errs.Invalid) {
			t.Errorf("size %d: got %v, want code Md5Mismatch", size, err)
		}
		if sent >= size {
			t.Errorf("size %d: all %d bytes were sent", size, sent)
		}
	}
}

// blobService records what a Put Blob or a block list commits.
type blobService struct {
	mu        sync.Mutex
	staged    int
	committed int
	body      []byte
}

func (b *blobService) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	data, _ := io.ReadAll(r.Body)
	b.mu.Lock()
	defer b.mu.Unlock()
	switch r.URL.Query().Get("comp") {
	case "block":
		b.staged += len(data)
	default:
		b.committed++
		b.body = data
	}
	w.Header().Set("ETag", `"0x1"`)
	w.WriteHeader(http.StatusCreated)
}

func TestAStreamThatFailsIsNeverCommittedAsIfItHadEnded(t *testing.T) {
	t.Parallel()
	broken := errs.E(errs.Corrupt, "the source is broken")
	for name, failure := range map[string]error{
		"with an error":       broken,
		"with a wrapped EOF":  fmt.Errorf("decoding: %w", io.EOF),
		"with unexpected EOF": io.ErrUnexpectedEOF,
	} {
		for _, size := range []int{0, 10, chunkSize + 10} {
			service := &blobService{}
			s := fakeService(t, service.ServeHTTP)
			r := io.MultiReader(bytes.NewReader(make([]byte, size)), iotest.ErrReader(failure))
			_, err := s.PutBlob(t.Context(), "fs1", "a", r, lake.PutBlobOptions{})
			if !errors.Is(err, failure) {
				t.Errorf("%s after %d bytes: got %v, want %v", name, size, err, failure)
			}
			if err := s.PutBlock(t.Context(), "fs1", "a", "id1", io.MultiReader(strings.NewReader("x"), iotest.ErrReader(failure)), lake.PutBlockOptions{}); !errors.Is(err, failure) {
				t.Errorf("%s: PutBlock: got %v, want %v", name, err, failure)
			}
			if service.committed != 0 {
				t.Errorf("%s after %d bytes: the content was committed", name, size)
			}
		}
	}
}

func TestABlobWithAWrongChecksumIsNotCommitted(t *testing.T) {
	t.Parallel()
	for _, size := range []int{0, 10, chunkSize, chunkSize + 10} {
		service := &blobService{}
		s := fakeService(t, service.ServeHTTP)
		_, err := s.PutBlob(t.Context(), "fs1", "a", bytes.NewReader(make([]byte, size)), lake.PutBlobOptions{ContentMD5: make([]byte, 16)})
		if errs.CodeOf(err) != lake.CodeMD5Mismatch || service.committed != 0 {
			t.Errorf("%d bytes: got %v and %d commits, want code Md5Mismatch and none", size, err, service.committed)
		}
	}
}

func TestABlockLargerThanAChunkArrivesWhole(t *testing.T) {
	t.Parallel()
	service := &blobService{}
	s := fakeService(t, service.ServeHTTP)
	if err := s.PutBlock(t.Context(), "fs1", "a", "id1", bytes.NewReader(make([]byte, 2*chunkSize+3)), lake.PutBlockOptions{}); err != nil {
		t.Fatal(err)
	}
	if want := 2*chunkSize + 3; service.staged != want {
		t.Errorf("%d bytes staged, want %d", service.staged, want)
	}
}

func TestABlockListNamesWhereEachBlockIsLookedFor(t *testing.T) {
	t.Parallel()
	service := &blobService{}
	s := fakeService(t, service.ServeHTTP)
	_, err := s.PutBlockList(t.Context(), "fs1", "a", []lake.BlockRef{
		{ID: "1", Source: lake.Committed}, {ID: "2", Source: lake.Uncommitted}, {ID: "3"},
	}, lake.PutBlobOptions{})
	if err != nil {
		t.Fatal(err)
	}
	const want = "<BlockList><Committed>MQ==</Committed><Uncommitted>Mg==</Uncommitted><Latest>Mw==</Latest></BlockList>"
	if !strings.HasSuffix(string(service.body), want) {
		t.Errorf("sent %s, want it to end with %s", service.body, want)
	}
}

func TestALargeUploadThatAnotherWriterOvertakesIsAConflict(t *testing.T) {
	t.Parallel()
	s := fakeService(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if r.URL.Query().Get("comp") == "blocklist" {
			w.Header().Set("x-ms-error-code", "InvalidBlockList")
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		w.WriteHeader(http.StatusCreated)
	})
	_, err := s.PutBlob(t.Context(), "fs1", "a", bytes.NewReader(make([]byte, chunkSize+1)), lake.PutBlobOptions{})
	if !errs.Is(err, errs.Conflict) || errs.HintOf(err) == "" || !strings.Contains(err.Error(), "another writer") {
		t.Errorf("got %v of kind %v, want kind conflict and what happened", err, errs.KindOf(err))
	}
}
