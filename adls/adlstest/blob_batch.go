package adlstest

import (
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"strings"
)

const batchBoundary = "batch_a81786c8-e301-4e42-a729-a32ca24ae252"

// batch begins a Blob Batch of requests.
func (t *T) batch(target string, subs ...*Request) *Request {
	var b strings.Builder
	for i, sub := range subs {
		sub.Set("x-ms-version", "") // which the parts of a batch must not have
		sub.Set("Authorization", sub.sharedKey())
		fmt.Fprintf(&b, "--%s\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\nContent-ID: %d\r\n\r\n", batchBoundary, i)
		fmt.Fprintf(&b, "%s %s HTTP/1.1\r\n", sub.method, sub.url.RequestURI())
		for _, h := range sub.headers {
			fmt.Fprintf(&b, "%s: %s\r\n", h.name, h.value)
		}
		b.WriteString("Content-Length: 0\r\n\r\n")
	}
	b.WriteString("--" + batchBoundary + "--\r\n")
	r := t.BlobService("POST", "?comp=batch")
	if target != "" {
		r = t.Blob("POST", target)
	}
	return r.H("Content-Type", "multipart/mixed; boundary="+batchBoundary).Body(b.String())
}

// parts are the status lines of a batch's answers, by content id.
func (a *Answer) parts() map[string]string {
	_, params, err := mime.ParseMediaType(a.Has("Content-Type"))
	if err != nil {
		a.fail("the content type is none: %v", err)
	}
	all := map[string]string{}
	reader := multipart.NewReader(strings.NewReader(string(a.body)), params["boundary"])
	for {
		part, err := reader.NextRawPart()
		if err != nil {
			return all
		}
		text, err := io.ReadAll(part)
		if err != nil {
			a.fail("a part breaks off: %v", err)
		}
		all[part.Header.Get("Content-ID")] = string(text)
	}
}

func blobBatch(s *suite) {
	s.of("BlobBatch")
	remove := func(t *T, path string) *Request { return t.Blob("DELETE", path) }
	wantPart := func(t *T, parts map[string]string, id, status string) {
		t.True(strings.HasPrefix(parts[id], "HTTP/1.1 "+status), "part "+id+" is answered "+status+", and not "+quoted(parts[id]))
	}

	s.check("blobs are deleted, each with an answer of its own", func(t *T) {
		t.PutBlob("a", "x")
		t.PutBlob("b", "x")
		parts := t.batch("", remove(t, "a"), remove(t, "b")).Want(202).parts()
		wantPart(t, parts, "0", "202")
		wantPart(t, parts, "1", "202")
		t.Blob("HEAD", "a").Fails(404, "BlobNotFound")
		t.Blob("HEAD", "b").Fails(404, "BlobNotFound")
	})
	s.check("the answer is multipart", func(t *T) {
		t.PutBlob("a", "x")
		a := t.batch("", remove(t, "a")).Want(202)
		t.True(strings.HasPrefix(a.Get("Content-Type"), "multipart/mixed"), "the content type is multipart/mixed")
	})
	s.check("a part that fails fails alone", func(t *T) {
		t.PutBlob("a", "x")
		parts := t.batch("", remove(t, "none"), remove(t, "a")).Want(202).parts()
		wantPart(t, parts, "0", "404")
		t.True(strings.Contains(parts["0"], "BlobNotFound"), "the failed part says why")
		wantPart(t, parts, "1", "202")
	})
	s.check("a container has batches of its own", func(t *T) {
		t.PutBlob("a", "x")
		parts := t.batch("?restype=container&comp=batch", remove(t, "a")).Want(202).parts()
		wantPart(t, parts, "0", "202")
	})
	s.check("tiers are set", func(t *T) {
		t.PutBlob("a", "x")
		parts := t.batch("", t.Blob("PUT", "a?comp=tier").H("x-ms-access-tier", "Cool")).Want(202).parts()
		wantPart(t, parts, "0", "200")
		t.Head("a").Header("x-ms-access-tier", "Cool")
	})
	s.check("a part with a wrong signature fails alone", func(t *T) {
		t.PutBlob("a", "x")
		t.PutBlob("b", "x")
		parts := t.batch("", remove(t, "a").Key([]byte("wrong")), remove(t, "b")).Want(202).parts()
		wantPart(t, parts, "0", "403")
		wantPart(t, parts, "1", "202")
		t.Content("a", "x")
	})
	s.check("a body that is no batch is refused", func(t *T) {
		t.BlobService("POST", "?comp=batch").H("Content-Type", "multipart/mixed; boundary=x").Body("nonsense").Fails(400, "")
	})
	s.check("other operations than Delete Blob and Set Blob Tier are refused", func(t *T) {
		t.PutBlob("a", "x")
		a := t.batch("", t.Blob("GET", "a")).Send()
		if a.status == 202 {
			t.True(!strings.Contains(string(a.body), "HTTP/1.1 200"), "the part is not done")
			return
		}
		t.Equal("status", a.status, 400)
	})
	s.check("a batch without a signature is refused", func(t *T) {
		t.PutBlob("a", "x")
		a := t.batch("", remove(t, "a")).Unsigned().Send()
		t.True(a.status == 401 || a.status == 403, "the batch is refused")
		t.Content("a", "x")
	})
}
