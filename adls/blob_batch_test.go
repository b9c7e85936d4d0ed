package adls_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
)

// batch is a batch of requests, each a line "METHOD target"; it is signed with the account key.
func (l *testLake) batch(target string, requests ...string) call {
	l.t.Helper()
	var b strings.Builder
	for i, r := range requests {
		method, path, _ := strings.Cut(r, " ")
		sub, err := http.NewRequestWithContext(l.t.Context(), method, l.url()+path, nil)
		if err != nil {
			l.t.Fatal(err)
		}
		sub.Header.Set("X-Ms-Date", time.Now().UTC().Format(http.TimeFormat))
		if !strings.Contains(path, "sig=") {
			l.cred.Sign(sub)
		}
		fmt.Fprintf(&b, "--b\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\nContent-ID: %d\r\n\r\n", i)
		fmt.Fprintf(&b, "%s %s HTTP/1.1\r\n", method, sub.URL.RequestURI())
		_ = sub.Header.Write(&b)
		b.WriteString("Content-Length: 0\r\n\r\n\r\n")
	}
	b.WriteString("--b--\r\n")
	return call{method: "POST", target: target, body: b.String(), header: headers("Content-Type", "multipart/mixed; boundary=b")}
}

// statuses returns the status lines in the answer to a batch.
func statuses(body string) string {
	var lines []string
	for line := range strings.SplitSeq(body, "\r\n") {
		if rest, ok := strings.CutPrefix(line, "HTTP/1.1 "); ok {
			lines = append(lines, rest[:3])
		}
	}
	return strings.Join(lines, " ")
}

func TestABatchDeletesEachBlobByItsOwnRight(t *testing.T) {
	t.Parallel()
	l := startLake(t)
	l.filesystem("fs1")
	l.filesystem("fs2")
	for _, f := range []string{"/fs1/a", "/fs1/b%20%25", "/fs1/c", "/fs1/d/e", "/fs2/a"} {
		l.file(f, "x")
	}
	read, del := l.token("fs1", "", serviceSAS("c", "r")), l.token("fs1", "", serviceSAS("c", "d"))
	a := l.must(202, l.batch("/?comp=batch", "DELETE /fs1/a", "DELETE /fs1/b%20%25", "DELETE /fs1/none", "DELETE /fs1/c?"+read,
		"DELETE /fs1/d", "GET /fs1/c", "DELETE /fs1/c?recursive=true", "DELETE /fs2/a", "DELETE /fs1?restype=container"))
	if got, want := statuses(a.body), "202 202 404 403 409 501 501 202 501"; got != want {
		t.Errorf("statuses %s, want %s\n%s", got, want, a.body)
	}
	if !strings.Contains(a.body, "Content-ID: 3\r\n\r\nHTTP/1.1 403 Forbidden\r\n") || !strings.Contains(a.body, "AuthorizationPermissionMismatch") {
		t.Errorf("the refused part is not told by its id and code:\n%s", a.body)
	}
	c := l.batch("/fs1?restype=container&comp=batch&"+del, "DELETE /fs1/c?"+del, "DELETE /fs2/a?"+del, "DELETE /fs2/a")
	c.unsigned = true
	if got, want := statuses(l.must(202, c).body), "202 403 400"; got != want {
		t.Errorf("with a signature: statuses %s, want %s", got, want)
	}
	for f, want := range map[string]int{"/fs1/a": 404, "/fs1/b%20%25": 404, "/fs1/c": 404, "/fs1/d/e": 200, "/fs2/a": 404} {
		if got := l.do(call{method: "HEAD", target: f}).status; got != want {
			t.Errorf("%s afterwards: %d, want %d", f, got, want)
		}
	}
}

// The object_store crate draws boundaries as base64, and quotes none.
func TestABatchMayHaveASlashInItsBoundary(t *testing.T) {
	t.Parallel()
	l := startLake(t)
	l.filesystem("fs1")
	l.file("/fs1/a", "x")
	c := l.batch("/fs1?restype=container&comp=batch", "DELETE /fs1/a")
	c.body = strings.ReplaceAll(c.body, "--b", "--batch_18o/gGkbjB17SW8wWvy59g")
	c.header = headers("Content-Type", "multipart/mixed; boundary=batch_18o/gGkbjB17SW8wWvy59g")
	if a := l.must(202, c); statuses(a.body) != "202" {
		t.Errorf("the blob was not deleted:\n%s", a.body)
	}
	if got := l.do(call{method: "HEAD", target: "/fs1/a"}).status; got != 404 {
		t.Errorf("the blob afterwards: %d, want 404", got)
	}
}

func TestABatchThatCannotBeReadChangesNothing(t *testing.T) {
	t.Parallel()
	l := startLake(t)
	l.filesystem("fs1")
	l.file("/fs1/a", "x")
	good := l.batch("/?comp=batch", "DELETE /fs1/a")
	with := func(body, contentType string) call {
		return call{method: "POST", target: good.target, body: body, header: headers("Content-Type", contentType)}
	}
	const multi = "multipart/mixed; boundary=b"
	unsigned := good
	unsigned.unsigned = true
	many := make([]string, 257)
	for i := range many {
		many[i] = "DELETE /fs1/a"
	}
	l.run([]scenario{
		{"cut off", with(strings.TrimSuffix(good.body, "--b--\r\n"), multi), 400, "InvalidInput", ""},
		{"no parts", with("--b--\r\n", multi), 400, "InvalidInput", ""},
		{"no request in a part", with(strings.Replace(good.body, "DELETE ", "DELETE", 1), multi), 400, "InvalidInput", ""},
		{"no boundary", with(good.body, "multipart/mixed"), 400, "InvalidHeaderValue", ""},
		{"another type", with(good.body, "text/plain"), 400, "InvalidHeaderValue", ""},
		{"too many", l.batch("/?comp=batch", many...), 400, "InvalidInput", "more than 256"},
		{"too long", with(good.body+strings.Repeat(" ", 5<<20), multi), 413, "RequestBodyTooLarge", ""},
		{"nobody's", unsigned, 401, "NoAuthenticationInformation", ""},
		{"the blob afterwards", call{method: "HEAD", target: "/fs1/a"}, 200, "", ""},
	})
}

func TestBlobSDKDeletesInABatch(t *testing.T) {
	t.Parallel()
	l := startLake(t)
	ctx := t.Context()
	c := blobClient(t, l)
	_, err := c.CreateContainer(ctx, "blobs", nil)
	check(t, "creating the container", err)
	client := c.ServiceClient().NewContainerClient("blobs")
	builder, err := client.NewBatchBuilder()
	check(t, "making the batch", err)
	for i := range 20 {
		name := fmt.Sprintf("d/%d ä", i)
		_, err = c.UploadBuffer(ctx, "blobs", name, []byte("x"), nil)
		check(t, "uploading", err)
		check(t, "adding to the batch", builder.Delete(name, nil))
	}
	check(t, "adding to the batch", builder.Delete("none", nil))
	r, err := client.SubmitBatch(ctx, builder, nil)
	check(t, "submitting", err)
	failed := 0
	for _, item := range r.Responses {
		if item.Error != nil {
			failed++
		}
	}
	if len(r.Responses) != 21 || failed != 1 {
		t.Errorf("%d answers with %d failures, want 21 with one", len(r.Responses), failed)
	}
	page, err := client.NewListBlobsFlatPager(&container.ListBlobsFlatOptions{Prefix: new("d/")}).NextPage(ctx)
	check(t, "listing", err)
	if n := len(page.Segment.BlobItems); n != 0 {
		t.Errorf("%d blobs are left, want none", n)
	}
}
