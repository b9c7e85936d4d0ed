package adls_test

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// scenario is one request and what must come back.
type scenario struct {
	name   string
	call   call
	status int
	code   string // x-ms-error-code
	body   string // part of the body
}

func (l *testLake) run(scenarios []scenario) {
	l.t.Helper()
	for _, s := range scenarios {
		a := l.do(s.call)
		if a.status != s.status || a.code() != s.code || !strings.Contains(a.body, s.body) {
			l.t.Errorf("%s: %s %s answers %d %q\n%s\nwant %d %q and %q", s.name, s.call.method, s.call.target, a.status, a.code(), a.body, s.status, s.code, s.body)
		}
		if a.header.Get("X-Ms-Request-Id") == "" || a.header.Get("X-Ms-Version") == "" {
			l.t.Errorf("%s: the answer lacks the common headers: %v", s.name, a.header)
		}
	}
}

func headers(pairs ...string) map[string]string {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return m
}

func TestCallersWhoCannotProveThemselvesAreRefused(t *testing.T) {
	t.Parallel()
	l := startLake(t)
	l.filesystem("fs1")
	old := time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat)
	const list = "/fs1?resource=filesystem&recursive=true"
	l.run([]scenario{
		{"a wrong key on dfs", call{method: "GET", target: list, key: "not the key"}, 403, "AuthenticationFailed", `"AuthenticationErrorDetail":"The MAC signature`},
		{"a wrong key on blob", call{method: "GET", target: "/fs1?restype=container&comp=list", key: "not the key"}, 403, "AuthenticationFailed", "<AuthenticationErrorDetail>The MAC signature"},
		{"a wrong key and a missing filesystem", call{method: "GET", target: "/none?resource=filesystem&recursive=true", key: "not the key"}, 403, "AuthenticationFailed", ""},
		{"no signature", call{method: "GET", target: list, unsigned: true}, 401, "NoAuthenticationInformation", ""},
		{"no signature on HEAD", call{method: "HEAD", target: "/fs1?resource=filesystem", unsigned: true}, 401, "NoAuthenticationInformation", ""},
		{"an old request", call{method: "GET", target: list, header: headers("X-Ms-Date", old)}, 403, "AuthenticationFailed", "too old"},
		{"a broken header", call{method: "GET", target: list, unsigned: true, header: headers("Authorization", "SharedKey nonsense")}, 400, "InvalidAuthenticationInfo", ""},
		{"another account's header", call{method: "GET", target: list, unsigned: true, header: headers("Authorization", "SharedKey other:"+strings.Repeat("A", 43)+"=")}, 403, "AuthenticationFailed", "account"},
		{"a token", call{method: "GET", target: list, unsigned: true, header: headers("Authorization", "Bearer x.y.z")}, 401, "InvalidAuthenticationInfo", "takes no bearer tokens"},
		{"half a shared access signature", call{method: "GET", target: list + "&sv=2024-11-04&sig=abc", unsigned: true}, 403, "AuthenticationFailed", "sr is mandatory"},
	})
	if a := l.do(call{method: "GET", target: list}); a.status != 200 {
		t.Errorf("the right key: %d, want 200", a.status)
	}
}

func TestWhatIsMissingIsNamedByEndpoint(t *testing.T) {
	t.Parallel()
	l := startLake(t)
	l.filesystem("fs1")
	l.run([]scenario{
		{"listing a missing filesystem", call{method: "GET", target: "/none?resource=filesystem&recursive=true"}, 404, "FilesystemNotFound", `{"error":{"code":"FilesystemNotFound"`},
		{"listing a missing container", call{method: "GET", target: "/none?restype=container&comp=list"}, 404, "ContainerNotFound", "<Code>ContainerNotFound</Code>"},
		{"a container's properties", call{method: "HEAD", target: "/none?restype=container"}, 404, "ContainerNotFound", ""},
		{"a missing path", call{method: "HEAD", target: "/fs1/a?action=getStatus"}, 404, "PathNotFound", ""},
		{"a missing blob", call{method: "GET", target: "/fs1/a"}, 404, "BlobNotFound", "<Code>BlobNotFound</Code>"},
		{"a blob in a missing container", call{method: "GET", target: "/none/a"}, 404, "ContainerNotFound", ""},
		{"a missing directory", call{method: "GET", target: "/fs1?resource=filesystem&recursive=true&directory=a"}, 404, "PathNotFound", ""},
		{"flushing a missing file", call{method: "PATCH", target: "/fs1/a?action=flush&position=0"}, 404, "PathNotFound", ""},
		{"the account alone", call{method: "GET", target: "/"}, 404, "ResourceNotFound", ""},
		{"creating what is there", call{method: "PUT", target: "/fs1?resource=filesystem"}, 409, "FilesystemAlreadyExists", ""},
		{"creating the container", call{method: "PUT", target: "/fs1?restype=container"}, 409, "ContainerAlreadyExists", ""},
	})
	if a := l.do(call{method: "GET", target: "/fs1/a", host: "other.dfs.localhost"}); a.status != 404 || a.code() != "ResourceNotFound" {
		t.Errorf("another account's host: %d %s, want 404 ResourceNotFound", a.status, a.code())
	}
}

func TestWrongRequestsAreRefusedAndChangeNothing(t *testing.T) {
	t.Parallel()
	l := startLake(t)
	l.filesystem("fs1")
	l.file("/fs1/f", "0123456789")
	put := headers("x-ms-blob-type", "BlockBlob")
	l.run([]scenario{
		{"an unknown resource", call{method: "PUT", target: "/fs1/x?resource=link"}, 400, "InvalidQueryParameterValue", "file or directory"},
		{"an unknown action", call{method: "PATCH", target: "/fs1/f?action=explode"}, 400, "InvalidQueryParameterValue", ""},
		{"no action", call{method: "PATCH", target: "/fs1/f"}, 400, "MissingRequiredQueryParameter", ""},
		{"no position", call{method: "PATCH", target: "/fs1/f?action=append", body: "x"}, 400, "MissingRequiredQueryParameter", "position"},
		{"a negative position", call{method: "PATCH", target: "/fs1/f?action=flush&position=-1"}, 400, "InvalidQueryParameterValue", ""},
		{"a flush past the data", call{method: "PATCH", target: "/fs1/f?action=flush&position=99"}, 400, "InvalidFlushPosition", ""},
		{"a wrong MD5", call{method: "PATCH", target: "/fs1/f?action=append&position=10", body: "x", header: headers("Content-MD5", "AAAAAAAAAAAAAAAAAAAAAA==")}, 400, "Md5Mismatch", ""},
		{"a broken MD5", call{method: "PATCH", target: "/fs1/f?action=append&position=10", body: "x", header: headers("Content-MD5", "AA==")}, 400, "InvalidHeaderValue", ""},
		{"a wrong CRC64", call{method: "PATCH", target: "/fs1/f?action=append&position=10", body: "x", header: headers("x-ms-content-crc64", "AAAAAAAAAAA=")}, 400, "Crc64Mismatch", ""},
		{"a range past the end", call{method: "GET", target: "/fs1/f", header: headers("Range", "bytes=10-20")}, 416, "InvalidRange", ""},
		{"a checksum without a range", call{method: "GET", target: "/fs1/f", header: headers("x-ms-range-get-content-md5", "true")}, 400, "InvalidHeaderValue", ""},
		{"a path with ..", call{method: "PUT", target: "/fs1/a/%2E%2E/b?resource=file"}, 400, "InvalidUri", ""},
		{"a broken name", call{method: "PUT", target: "/Fs_1?restype=container"}, 400, "InvalidResourceName", ""},
		{"an endless page", call{method: "GET", target: "/fs1?resource=filesystem&recursive=true&maxResults=0"}, 400, "InvalidQueryParameterValue", ""},
		{"a made-up marker", call{method: "GET", target: "/fs1?restype=container&comp=list&marker=***"}, 400, "InvalidQueryParameterValue", ""},
		{"another delimiter", call{method: "GET", target: "/fs1?restype=container&comp=list&delimiter=-"}, 400, "InvalidQueryParameterValue", ""},
		{"a date that is none", call{method: "DELETE", target: "/fs1/f?recursive=false", header: headers("If-Modified-Since", "soon")}, 400, "InvalidHeaderValue", ""},
		{"deleting the root", call{method: "DELETE", target: "/fs1/?recursive=true"}, 400, "InvalidInput", ""},
		{"no blob type", call{method: "PUT", target: "/fs1/f"}, 400, "MissingRequiredHeader", "x-ms-blob-type"},
		{"a block id that is none", call{method: "PUT", target: "/fs1/f?comp=block&blockid=%25%25", body: "x"}, 400, "InvalidQueryParameterValue", ""},
		{"a block list that is none", call{method: "PUT", target: "/fs1/f?comp=blocklist", body: "<Blocks/>"}, 400, "InvalidXmlDocument", ""},
		{"a blob over a directory", call{method: "PUT", target: "/fs1/f/g", body: "x", header: put}, 409, "PathConflict", ""},
		{"metadata that is none", call{method: "PUT", target: "/fs1/x?resource=file", header: headers("x-ms-properties", "a=%")}, 400, "InvalidHeaderValue", ""},
		{"a list that is none", call{method: "PATCH", target: "/fs1/f?action=setAccessControl", header: headers("x-ms-acl", "user::rwz")}, 400, "InvalidAcl", ""},
		{"permissions that are none", call{method: "PUT", target: "/fs1/x?resource=file", header: headers("x-ms-permissions", "999")}, 400, "InvalidPermission", ""},
		{"no list", call{method: "PATCH", target: "/fs1/f?action=setAccessControl"}, 400, "MissingRequiredHeader", ""},
		{"a verb that is none", call{method: "POST", target: "/fs1/f?comp=metadata"}, 501, "NotImplemented", ""},
		{"OPTIONS", call{method: "OPTIONS", target: "/fs1/f"}, 405, "UnsupportedHttpVerb", ""},
		{"a body where none is read", call{method: "PUT", target: "/fs1/x?resource=file", body: strings.Repeat("x", 70<<10)}, 413, "RequestBodyTooLarge", ""},
	})
	if got := l.read("/fs1/f"); got != "0123456789" {
		t.Errorf("the file is %q afterwards, want it unchanged", got)
	}
	if a := l.do(call{method: "HEAD", target: "/fs1/x?action=getStatus"}); a.status != 404 {
		t.Errorf("a refused create left a path behind: %d", a.status)
	}
}

func TestFeaturesThatAreNotThereNeverSucceed(t *testing.T) {
	t.Parallel()
	l := startLake(t)
	l.filesystem("fs1")
	l.file("/fs1/f", "0123456789")
	for name, c := range map[string]call{
		"copy":         {method: "PUT", target: "/fs1/g", header: headers("x-ms-copy-source", "http://x/fs1/f")},
		"purge":        {method: "DELETE", target: "/fs1/f?deletetype=permanent&comp="},
		"customer key": {method: "PUT", target: "/fs1/g?resource=file", header: headers("x-ms-encryption-key", "AAAA")},
	} {
		if a := l.do(c); a.status != 501 || a.code() != "NotImplemented" {
			t.Errorf("%s: %d %s, want 501 NotImplemented\n%s", name, a.status, a.code(), a.body)
		}
	}
	if a := l.do(call{method: "GET", target: "/fs1/f", header: headers("x-ms-lease-id", "11111111-2222-3333-4444-555555555555")}); a.status != 412 {
		t.Errorf("naming a lease: %d, want 412", a.status)
	}
	if a := l.do(call{method: "PUT", target: "/open1?restype=container", header: headers("x-ms-blob-public-access", "blob")}); a.status != 409 || a.code() != "PublicAccessNotPermitted" {
		t.Errorf("a public container: %d %s, want 409 PublicAccessNotPermitted", a.status, a.code())
	}
	if got := l.read("/fs1/f"); got != "0123456789" {
		t.Errorf("the file is %q afterwards, want it unchanged", got)
	}
}

func TestHostStyleAddressesNameTheEndpoint(t *testing.T) {
	t.Parallel()
	l := startLake(t)
	for host, code := range map[string]string{
		account + ".dfs.core.windows.net":  "PathNotFound",
		account + ".blob.core.windows.net": "BlobNotFound",
		account + ".dfs.localhost:10000":   "PathNotFound",
	} {
		l.do(call{method: "PUT", target: "/fs1?resource=filesystem", host: host})
		if a := l.do(call{method: "GET", target: "/fs1/missing", host: host}); a.status != 404 || a.code() != code {
			t.Errorf("a bare GET to %s: %d %s, want 404 %s", host, a.status, a.code(), code)
		}
		if a := l.do(call{method: "GET", target: "/?comp=list", host: host}); a.status != 200 || !strings.Contains(a.body, `ServiceEndpoint="http://`+host+`/"`) {
			t.Errorf("listing containers at %s: %d\n%s", host, a.status, a.body)
		}
	}
}

func TestMetadataKeepsItsCaseOnBothEndpoints(t *testing.T) {
	t.Parallel()
	l := startLake(t)
	l.filesystem("fs1")
	l.must(201, call{method: "PUT", target: "/fs1/f", body: "x", header: map[string]string{"x-ms-blob-type": "BlockBlob", "x-ms-meta-camelCase": "1"}})
	a := l.must(200, call{method: "HEAD", target: "/fs1/f?upn=true"})
	if got := a.header.Get("X-Ms-Properties"); got != "camelCase=MQ==" {
		t.Errorf("x-ms-properties is %q, want camelCase=MQ==", got)
	}
	raw := rawHead(t, l, "/fs1/f")
	if !strings.Contains(raw, "\r\nx-ms-meta-camelCase: 1\r\n") {
		t.Errorf("the answer's head does not have x-ms-meta-camelCase in that case:\n%s", raw)
	}
	l.must(200, call{method: "PATCH", target: "/fs1/f?action=setProperties", header: headers("x-ms-properties", "otherName=Mg==")})
	if raw := rawHead(t, l, "/fs1/f"); !strings.Contains(raw, "\r\nx-ms-meta-otherName: 2\r\n") || strings.Contains(raw, "camelCase") {
		t.Errorf("metadata was not replaced:\n%s", raw)
	}
}

func TestReadsAnswerConditionsRangesAndChecksums(t *testing.T) {
	t.Parallel()
	l := startLake(t)
	l.filesystem("fs1")
	l.file("/fs1/f", "0123456789")
	l.file("/fs1/empty", "")
	etag := l.must(200, call{method: "HEAD", target: "/fs1/f"}).header.Get("ETag")
	l.run([]scenario{
		{"unchanged", call{method: "GET", target: "/fs1/f", header: headers("If-None-Match", etag)}, 304, "ConditionNotMet", ""},
		{"unchanged on HEAD", call{method: "HEAD", target: "/fs1/f", header: headers("If-None-Match", etag)}, 304, "ConditionNotMet", ""},
		{"changed", call{method: "GET", target: "/fs1/f", header: headers("If-Match", `"0x1"`)}, 412, "ConditionNotMet", ""},
		{"a range of an empty file", call{method: "GET", target: "/fs1/empty", header: headers("Range", "bytes=0-9")}, 416, "InvalidRange", ""},
		{"an empty file", call{method: "GET", target: "/fs1/empty"}, 200, "", ""},
		{"a range to the end", call{method: "GET", target: "/fs1/f", header: headers("x-ms-range", "bytes=8-")}, 206, "", "89"},
		{"a range beyond the end", call{method: "GET", target: "/fs1/f", header: headers("x-ms-range", "bytes=8-99")}, 206, "", "89"},
	})
	a := l.must(206, call{method: "GET", target: "/fs1/f", header: headers("x-ms-range", "bytes=8-99", "x-ms-range-get-content-md5", "true")})
	if a.header.Get("Content-Range") != "bytes 8-9/10" || a.header.Get("Content-MD5") != "dkeWa3NDwpBIZzJS5JD3Ng==" {
		t.Errorf("headers of a checked range: %v", a.header)
	}
	a = l.must(206, call{method: "GET", target: "/fs1/f", header: headers("x-ms-range", "bytes=8-99", "x-ms-range-get-content-crc64", "true")})
	if a.header.Get("X-Ms-Content-Crc64") == "" {
		t.Errorf("headers of a checked range: %v", a.header)
	}
}

func TestDirectoriesShowOnTheBlobEndpoint(t *testing.T) {
	t.Parallel()
	l := startLake(t)
	l.filesystem("fs1")
	l.must(201, call{method: "PUT", target: "/fs1/d", header: headers("x-ms-blob-type", "BlockBlob", "x-ms-meta-hdi_isfolder", "true", "x-ms-meta-k", "v")})
	a := l.must(200, call{method: "HEAD", target: "/fs1/d"})
	if a.header.Get("X-Ms-Meta-Hdi_isfolder") != "true" || a.header.Get("X-Ms-Resource-Type") != "directory" || a.header.Get("X-Ms-Meta-K") != "v" {
		t.Errorf("properties of a directory: %v", a.header)
	}
	if a := l.do(call{method: "GET", target: "/fs1/d"}); a.status != 200 || a.body != "" {
		t.Errorf("reading a directory as a blob: %d %q, want an empty 200", a.status, a.body)
	}
	if a := l.do(call{method: "PUT", target: "/fs1/d", body: "x", header: headers("x-ms-blob-type", "BlockBlob")}); a.status != 409 {
		t.Errorf("a blob over a directory: %d, want 409", a.status)
	}
	l.must(202, call{method: "DELETE", target: "/fs1/d"})
	l.must(201, call{method: "PUT", target: "/fs1/e/", header: headers("x-ms-blob-type", "BlockBlob", "x-ms-meta-is_directory", "true")})
	l.must(201, call{method: "PUT", target: "/fs1/e/f/", header: headers("x-ms-blob-type", "BlockBlob", "x-ms-meta-is_directory", "true")})
	if a := l.must(200, call{method: "HEAD", target: "/fs1/e/f?action=getStatus"}); a.header.Get("X-Ms-Resource-Type") != "directory" {
		t.Errorf("an empty blob whose name ends in a slash is %v, want a directory", a.header)
	}
}

func TestAppendCanFlushAtOnce(t *testing.T) {
	t.Parallel()
	l := startLake(t)
	l.filesystem("fs1")
	l.must(201, call{method: "PUT", target: "/fs1/f?resource=file", header: headers("x-ms-content-type", "text/csv", "x-ms-cache-control", "no-store")})
	a := l.must(202, call{method: "PATCH", target: "/fs1/f?action=append&position=0&flush=true", body: "hello"})
	if a.header.Get("ETag") == "" {
		t.Errorf("headers of an append with flush: %v, want the new ETag", a.header)
	}
	l.must(202, call{method: "PATCH", target: "/fs1/f?action=append&position=5", body: " world"})
	l.must(200, call{method: "PATCH", target: "/fs1/f?action=flush&position=11", header: headers("x-ms-content-language", "en")})
	a = l.must(200, call{method: "GET", target: "/fs1/f"})
	if a.body != "hello world" || a.header.Get("Content-Type") != "text/csv" || a.header.Get("Cache-Control") != "no-store" || a.header.Get("Content-Language") != "en" {
		t.Errorf("file is %q with %v, want all headers kept that the flush did not name", a.body, a.header)
	}
}

func TestRenameTakesTheSourceInEveryForm(t *testing.T) {
	t.Parallel()
	l := startLake(t)
	l.filesystem("fs1")
	l.filesystem("fs2")
	l.must(201, call{method: "PUT", target: "/fs2/a%20b?resource=directory"})
	for _, source := range []string{"/fs1/a%20b/f", "fs1/a b/f", "/" + account + "/fs1/a%20b/f", "/fs1/a%20b/f?sv=2024-11-04&sig=x", "/fs1/a%20b%2Ff"} {
		l.file("/fs1/a%20b/f", "x")
		l.must(201, call{method: "PUT", target: "/fs2/a%20b/g?mode=posix", header: headers("x-ms-rename-source", source)})
		if got := l.read("/fs2/a%20b/g"); got != "x" {
			t.Errorf("after a rename from %s the target is %q", source, got)
		}
	}
	l.run([]scenario{
		{"a missing source", call{method: "PUT", target: "/fs2/g", header: headers("x-ms-rename-source", "/fs1/none")}, 404, "SourcePathNotFound", ""},
		{"no path", call{method: "PUT", target: "/fs2/g", header: headers("x-ms-rename-source", "/fs1")}, 400, "InvalidHeaderValue", ""},
		{"a stale source", call{method: "PUT", target: "/fs2/g", header: headers("x-ms-rename-source", "/fs2/a%20b/g", "x-ms-source-if-match", "0x1")}, 412, "SourceConditionNotMet", ""},
		{"an existing target", call{method: "PUT", target: "/fs2/a%20b/g", header: headers("x-ms-rename-source", "/fs2/a%20b", "If-None-Match", "*")}, 409, "PathAlreadyExists", ""},
		{"an unknown mode", call{method: "PUT", target: "/fs2/g?mode=fast", header: headers("x-ms-rename-source", "/fs2/a%20b/g")}, 400, "InvalidQueryParameterValue", ""},
	})
}

func TestRecursiveListsChangeInPages(t *testing.T) {
	t.Parallel()
	l := startLake(t)
	l.filesystem("fs1")
	for _, p := range []string{"/fs1/d/a", "/fs1/d/b", "/fs1/d/s/c", "/fs1/other"} {
		l.must(201, call{method: "PUT", target: p + "?resource=file"})
	}
	acl := headers("x-ms-acl", "user::rwx,group::r-x,other::---,default:user::rwx,default:group::r-x,default:other::---")
	var total struct{ DirectoriesSuccessful, FilesSuccessful, FailureCount int }
	continuation, pages := "", 0
	for more := true; more; more = continuation != "" {
		a := l.must(200, call{method: "PATCH", target: "/fs1/d?action=setAccessControlRecursive&mode=set&maxRecords=1&continuation=" + continuation, header: acl})
		var page struct{ DirectoriesSuccessful, FilesSuccessful, FailureCount int }
		if err := json.Unmarshal([]byte(a.body), &page); err != nil {
			t.Fatal(err)
		}
		total.DirectoriesSuccessful += page.DirectoriesSuccessful
		total.FilesSuccessful += page.FilesSuccessful
		total.FailureCount += page.FailureCount
		continuation = a.header.Get("X-Ms-Continuation")
		pages++
	}
	if total.DirectoriesSuccessful != 2 || total.FilesSuccessful != 3 || total.FailureCount != 0 || pages < 5 {
		t.Errorf("%+v in %d pages, want 2 directories and 3 files in pages of one", total, pages)
	}
	want := map[string]string{"/fs1/d/s": acl["x-ms-acl"], "/fs1/d/s/c": "user::rwx,group::r-x,other::---", "/fs1/other": "user::rw-,group::r--,other::---"}
	got := map[string]string{}
	for p := range want {
		got[p] = l.must(200, call{method: "HEAD", target: p + "?action=getAccessControl"}).header.Get("X-Ms-Acl")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lists afterwards (-want +got):\n%s", diff)
	}
}

func TestAnswersEchoWhoAsked(t *testing.T) {
	t.Parallel()
	l := startLake(t)
	a := l.do(call{method: "GET", target: "/?comp=list", header: headers("x-ms-version", "2099-01-01", "x-ms-client-request-id", "my request")})
	if a.status != 200 || a.header.Get("X-Ms-Version") != "2099-01-01" || a.header.Get("X-Ms-Client-Request-Id") != "my request" {
		t.Errorf("%d %v, want 200, the version and the client's request id", a.status, a.header)
	}
}

func TestTheRegionIsToldToOurOwnClient(t *testing.T) {
	t.Parallel()
	l := startLake(t)
	for _, target := range []string{"/?restype=account&comp=properties", "/fs1?restype=account&comp=properties"} {
		a := l.must(200, call{method: "HEAD", target: target})
		if a.header.Get("X-Ownlake-Region") != "westeurope" || a.header.Get("X-Ms-Is-Hns-Enabled") != "true" {
			t.Errorf("%s: %v, want the region and the namespace", target, a.header)
		}
	}
}

// rawHead reads an answer's head as bytes, as http.Header does not keep the case of names.
func rawHead(t *testing.T, l *testLake, target string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodHead, l.url()+target, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("x-ms-date", time.Now().UTC().Format(http.TimeFormat))
	l.cred.Sign(r)
	return rawExchange(t, l.address, r)
}

// rawExchange sends a request and returns the answer's head.
func rawExchange(t *testing.T, address string, r *http.Request) string {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // read to the end
	r.Close = true
	if err := r.Write(conn); err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
