package adls_test

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"
)

// abfs signs and sends as Hadoop's ABFS does with the JDK's HTTP library: PATCH is PUT with an override.
func abfs(method, target string, header map[string]string) call {
	h := map[string]string{}
	maps.Copy(h, header)
	if method == "PATCH" {
		method = "PUT"
		h["X-Http-Method-Override"] = "PATCH"
	}
	if !strings.Contains(target, "?") {
		target += "?timeout=90"
	} else {
		target += "&timeout=90"
	}
	return call{method: method, target: target, header: h}
}

// TestSparkOverABFSReadsAndWrites replays the requests that Spark makes (reference ENGINES section 2).
func TestSparkOverABFSReadsAndWrites(t *testing.T) {
	t.Parallel()
	l := startLake(t)
	l.filesystem("data")

	a := l.must(200, abfs("HEAD", "/data/?upn=false&action=getAccessControl", nil))
	if a.header.Get("X-Ms-Acl") == "" || a.header.Get("X-Ms-Owner") != "$superuser" {
		t.Errorf("getAccessControl on the root: %v, want an ACL and the owner: the client detects the namespace by it", a.header)
	}
	if a := l.do(abfs("HEAD", "/data/t1?upn=false&action=getStatus", nil)); a.status != 404 || a.code() != "PathNotFound" {
		t.Errorf("status of a missing path: %d %s, want 404 PathNotFound", a.status, a.code())
	}
	if a := l.do(abfs("DELETE", "/data/t1?recursive=true", nil)); a.status != 404 || a.code() != "PathNotFound" {
		t.Errorf("deleting a missing path: %d %s, want 404 PathNotFound", a.status, a.code())
	}
	l.must(201, abfs("PUT", "/data/t1/_temporary/0?resource=directory", map[string]string{"x-ms-permissions": "0777", "x-ms-umask": "0022"}))

	const temp = "/data/t1/_temporary/0/part-0000.parquet"
	create := map[string]string{"If-None-Match": "*", "x-ms-permissions": "0644", "x-ms-umask": "0022"}
	l.must(201, abfs("PUT", temp+"?resource=file", create))
	if a := l.do(abfs("PUT", temp+"?resource=file", create)); a.status != 409 || a.code() != "PathAlreadyExists" {
		t.Errorf("creating an existing file with If-None-Match: %d %s, want 409 PathAlreadyExists", a.status, a.code())
	}
	write := abfs("PATCH", temp+"?action=append&position=0", map[string]string{"Expect": "100-continue"})
	write.body = "0123456789"
	l.must(202, write)
	l.must(200, abfs("PATCH", temp+"?action=flush&position=10&close=true&retainUncommittedData=false", nil))
	l.must(201, abfs("PUT", "/data/t1/_SUCCESS?resource=file", create))
	l.must(200, abfs("PATCH", "/data/t1/_SUCCESS?action=flush&position=0&close=true&retainUncommittedData=false", nil))
	l.must(201, abfs("PUT", "/data/t1/part-0000.parquet", map[string]string{"x-ms-rename-source": "/data/t1/_temporary/0/part-0000.parquet", "If-None-Match": "*"}))
	l.must(200, abfs("DELETE", "/data/t1/_temporary?recursive=true", nil))

	a = l.must(200, abfs("HEAD", "/data/t1/part-0000.parquet?upn=false&action=getStatus", nil))
	etag := a.header.Get("ETag")
	if a.header.Get("Content-Length") != "10" || a.header.Get("X-Ms-Resource-Type") != "file" || !strings.HasPrefix(etag, `"0x`) || a.header.Get("Last-Modified") == "" {
		t.Errorf("status of a file: %v, want length, type, quoted ETag and date", a.header)
	}
	for _, match := range []string{etag, strings.Trim(etag, `"`)} {
		a := l.must(206, abfs("GET", "/data/t1/part-0000.parquet", map[string]string{"Range": "bytes=2-5", "If-Match": match}))
		if a.body != "2345" || a.header.Get("Content-Range") != "bytes 2-5/10" {
			t.Errorf("read with If-Match %s: %q, Content-Range %q, want 2345 of bytes 2-5/10", match, a.body, a.header.Get("Content-Range"))
		}
	}
	if a := l.do(abfs("GET", "/data/t1/part-0000.parquet?action=read", map[string]string{"If-Match": "0xBAD"})); a.status != 412 || a.code() != "ConditionNotMet" {
		t.Errorf("read with a stale ETag: %d %s, want 412 ConditionNotMet", a.status, a.code())
	}

	a = l.must(200, abfs("GET", "/data?resource=filesystem&directory=t1&recursive=false&maxResults=5000&upn=false", nil))
	var list struct {
		Paths []struct{ Name, ContentLength, IsDirectory, ETag, Owner, Permissions, LastModified string }
	}
	if err := json.Unmarshal([]byte(a.body), &list); err != nil {
		t.Fatalf("list: %v\n%s", err, a.body)
	}
	if len(list.Paths) != 2 || list.Paths[1].Name != "t1/part-0000.parquet" || list.Paths[1].ContentLength != "10" {
		t.Fatalf("list of t1: %s, want _SUCCESS and the part with its length", a.body)
	}
	if p := list.Paths[1]; p.ETag != strings.Trim(etag, `"`) || p.IsDirectory != "" || p.Permissions != "rw-r--r--" || p.Owner != "$superuser" || p.LastModified == "" {
		t.Errorf("entry of the list is %+v, want the ETag unquoted, permissions 0644 and the owner", p)
	}
	if a := l.do(abfs("HEAD", "/?resource=filesystem", nil)); a.status != 404 {
		t.Errorf("HEAD of the account: %d, want 404", a.status)
	}
}
