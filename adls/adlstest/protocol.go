package adlstest

import (
	"bufio"
	"net/http"
	"regexp"
	"strings"
	"time"
)

func protocol(s *suite) {
	s.of("Versions")
	for _, version := range []string{"2019-12-12", "2020-10-02", "2021-12-02", "2023-11-03", "2024-11-04", "2025-05-05", "2025-11-05"} {
		s.check(version+" is taken and answered", func(t *T) {
			t.Blob("HEAD", "?restype=container").Set("x-ms-version", version).Want(200).Header("x-ms-version", version)
		})
	}
	s.check("a version that is none is refused", func(t *T) {
		t.Blob("HEAD", "?restype=container").Set("x-ms-version", "newest").Fails(400, "InvalidHeaderValue")
	})
	s.check("an error has a version, too", func(t *T) {
		t.Blob("GET", "none").Fails(404, "BlobNotFound").Header("x-ms-version", serviceVersion)
	})

	s.of("RequestIDs")
	guid := regexp.MustCompile(`^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$`)
	s.check("every answer has an id of its own", func(t *T) {
		first := t.Blob("HEAD", "?restype=container").Want(200).Has("x-ms-request-id")
		second := t.Blob("HEAD", "?restype=container").Want(200).Has("x-ms-request-id")
		t.True(guid.MatchString(first), "the id is a GUID, and not "+first)
		t.True(first != second, "two answers have two ids")
	})
	s.check("an error has an id, and says it in its message", func(t *T) {
		a := t.Blob("GET", "none").Fails(404, "BlobNotFound")
		a.Contains("RequestId:" + a.Has("x-ms-request-id"))
	})
	s.check("an error on dfs has an id, and says it in its message", func(t *T) {
		a := t.DFS("GET", "none").Fails(404, "PathNotFound")
		a.Contains("RequestId:" + a.Has("x-ms-request-id"))
	}, DFS)
	s.check("the client's id comes back", func(t *T) {
		t.Blob("HEAD", "?restype=container").H("x-ms-client-request-id", "my-request-7").Want(200).Header("x-ms-client-request-id", "my-request-7")
	})
	s.check("the client's id comes back with an error", func(t *T) {
		t.Blob("GET", "none").H("x-ms-client-request-id", "my-request-8").Fails(404, "BlobNotFound").Header("x-ms-client-request-id", "my-request-8")
	})
	s.check("every answer has a date that is about now", func(t *T) {
		d := t.Blob("HEAD", "?restype=container").Want(200).Time("Date").Sub(t.Now())
		t.True(d > -15*time.Minute && d < 15*time.Minute, "the clocks differ by less than 15 minutes")
	})

	s.of("Errors")
	s.check("on blob are XML with code and message", func(t *T) {
		a := t.Blob("GET", "none").Fails(404, "BlobNotFound").Contains("<Code>BlobNotFound</Code>").Contains("<Message>")
		t.True(strings.HasPrefix(a.Get("Content-Type"), "application/xml"), "the content type is XML")
	})
	s.check("on dfs are JSON with code and message", func(t *T) {
		a := t.DFS("GET", "none").Fails(404, "PathNotFound").Contains(`"code":"PathNotFound"`).Contains(`"message":`)
		t.True(strings.HasPrefix(a.Get("Content-Type"), "application/json"), "the content type is JSON")
	}, DFS)
	s.check("of HEAD have a code in the header and no body", func(t *T) {
		t.Blob("HEAD", "none").Raw().Status(404).Header("x-ms-error-code", "BlobNotFound")
	})
	s.check("an operation that is none is refused", func(t *T) {
		a := t.Blob("PUT", "?restype=container&comp=nonsense").Send()
		t.True(a.status >= 400 && a.Get("x-ms-error-code") != "", "the request is refused with a code")
	})
	s.check("a method that is none is refused", func(t *T) {
		a := t.Blob("TRACE", "b").Send()
		t.True(a.status >= 400, "the request is refused")
	})

	transfer(s)
}

// transfer are cases of how requests and answers are carried.
func transfer(s *suite) {
	s.of("HTTP")
	put := func(t *T, body string) *Request {
		return t.Blob("PUT", "b").H("x-ms-blob-type", "BlockBlob").Body(body)
	}

	s.check("HEAD answers as GET does, without its body", func(t *T) {
		t.PutBlob("b", "content")
		r := t.Blob("HEAD", "b")
		conn := r.connect()
		defer conn.Close() //nolint:errcheck // both answers were read
		in := bufio.NewReader(conn)
		head, _ := r.text()
		r.exchange(conn, in, head).Status(200).Header("Content-Length", "7")
		// Were there a body, it would be read as the head of the next answer.
		next := t.Blob("GET", "b")
		head, _ = next.text()
		t.Equal("content", next.exchange(conn, in, head).Status(200).body, "content")
	})
	s.check("a connection serves one request after another", func(t *T) {
		t.PutBlob("b", "content")
		r := t.Blob("GET", "b")
		conn := r.connect()
		defer conn.Close() //nolint:errcheck // all answers were read
		in := bufio.NewReader(conn)
		for range 5 {
			head, _ := t.Blob("GET", "b").text()
			r.exchange(conn, in, head).Status(200)
		}
	})
	s.check("a refused request does not end the connection", func(t *T) {
		t.PutBlob("b", "content")
		r := t.Blob("GET", "none")
		conn := r.connect()
		defer conn.Close() //nolint:errcheck // both answers were read
		in := bufio.NewReader(conn)
		head, _ := r.text()
		r.exchange(conn, in, head).Status(404)
		head, _ = t.Blob("GET", "b").text()
		r.exchange(conn, in, head).Status(200)
	})
	s.check("a body in chunks is taken whole, or refused for want of a length", func(t *T) {
		a := put(t, "content in chunks").Chunked().Raw()
		if a.status == http.StatusLengthRequired || a.status == http.StatusBadRequest {
			return
		}
		a.Status(201)
		t.Content("b", "content in chunks")
	})
	s.check("Expect: 100-continue is answered before the body is sent", func(t *T) {
		r := put(t, "content").H("Expect", "100-continue")
		conn := r.connect()
		defer conn.Close() //nolint:errcheck // the answer was read
		in := bufio.NewReader(conn)
		head, body := r.text()
		if _, err := conn.Write([]byte(head)); err != nil {
			t.Fatalf("%s: %v", r, err)
		}
		status, _ := r.readHead(in)
		t.Equal("interim status", status, http.StatusContinue)
		r.exchange(conn, in, body).Status(201)
		t.Content("b", "content")
	})
	s.check("the case of metadata names is kept", func(t *T) {
		put(t, "x").H("x-ms-meta-CamelCase", "1").H("x-ms-meta-lower", "2").Raw().Status(201)
		t.Blob("HEAD", "b").Raw().Status(200).Line("x-ms-meta-CamelCase: 1").Line("x-ms-meta-lower: 2")
	})
	s.check("the case of metadata names is kept on containers", func(t *T) {
		t.Blob("PUT", "?restype=container&comp=metadata").H("x-ms-meta-CamelCase", "1").Raw().Status(200)
		t.Blob("HEAD", "?restype=container").Raw().Status(200).Line("x-ms-meta-CamelCase: 1")
	})
	s.check("the case of property names is kept on dfs", func(t *T) {
		t.DFS("PUT", "f?resource=file").H("x-ms-properties", "CamelCase="+b64("1")).Want(201)
		t.Blob("HEAD", "f").Raw().Status(200).Line("x-ms-meta-CamelCase: 1")
		t.Status("f").Header("x-ms-properties", "CamelCase="+b64("1"))
	}, DFS)
	s.check("a parameter that nobody knows is ignored", func(t *T) {
		t.PutBlob("b", "content")
		t.Blob("GET", "b?nonsense=1&timeout=30").Want(200).Text("content")
	})
	s.check("the addresses of both endpoints show the same content", func(t *T) {
		t.PutBlob("b", "content")
		t.DFS("GET", "b").Want(200).Text("content")
		t.File("f", "more")
		t.Content("f", "more")
	}, DFS)
}
