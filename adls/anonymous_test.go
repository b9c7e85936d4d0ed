package adls_test

import (
	"testing"

	"github.com/ownlake/ownlake/lake"
)

func TestEverybodyReadsWhatIsOpenAndNothingElse(t *testing.T) {
	t.Parallel()
	l := startLake(t, allowPublicAccess)
	for name, level := range map[string]string{"private": "", "blobs": "blob", "whole": "container"} {
		l.must(201, call{method: "PUT", target: "/" + name + "?restype=container", header: headers("x-ms-blob-public-access", level)})
		l.file("/"+name+"/d/f", "0123456789")
		l.must(201, call{method: "PUT", target: "/" + name + "/d/f?comp=block&blockid=AAAA", body: "x"})
	}
	anyone := func(method, target string, pairs ...string) call {
		return call{method: method, target: target, unsigned: true, header: headers(pairs...)}
	}
	old := func(method, target string) call { return anyone(method, target, "x-ms-version", "2019-07-07") }
	const who, none = "NoAuthenticationInformation", "ResourceNotFound"
	l.run([]scenario{
		{"a blob", anyone("GET", "/blobs/d/f"), 200, "", "0123456789"},
		{"a file on dfs", anyone("HEAD", "/blobs/d/f?action=getStatus"), 200, "", ""},
		{"a blob's properties", anyone("HEAD", "/blobs/d/f"), 200, "", ""},
		{"a blob's metadata", anyone("GET", "/blobs/d/f?comp=metadata"), 200, "", ""},
		{"a blob that is not there", anyone("GET", "/blobs/d/g"), 404, "BlobNotFound", ""},
		{"committed blocks", anyone("GET", "/blobs/d/f?comp=blocklist"), 200, "", "CommittedBlocks"},
		{"uncommitted blocks", anyone("GET", "/blobs/d/f?comp=blocklist&blocklisttype=all"), 401, who, ""},
		{"blobs of a container", anyone("GET", "/blobs?restype=container&comp=list"), 401, who, ""},
		{"blobs of a container, before", old("GET", "/blobs?restype=container&comp=list"), 404, none, ""},
		{"paths of a container", anyone("GET", "/blobs?resource=filesystem&recursive=true"), 401, who, ""},
		{"its properties", anyone("HEAD", "/blobs?restype=container"), 401, who, ""},
		{"blobs of an open container", anyone("GET", "/whole?restype=container&comp=list"), 200, "", "<Name>d/f</Name>"},
		{"paths of an open container", anyone("GET", "/whole?resource=filesystem&recursive=true"), 200, "", `"d/f"`},
		{"an open container's properties", anyone("HEAD", "/whole?restype=container"), 200, "", ""},
		{"an open container's policies", anyone("GET", "/whole?restype=container&comp=acl"), 401, who, ""},
		{"a list of access", anyone("HEAD", "/whole/d/f?action=getAccessControl"), 401, who, ""},
		{"what account it is", anyone("GET", "/whole?restype=account&comp=properties"), 401, who, ""},
		{"a write", anyone("PUT", "/whole/d/g", "x-ms-blob-type", "BlockBlob"), 401, who, ""},
		{"a write said to be a read", anyone("PUT", "/whole/d/g", "x-ms-blob-type", "BlockBlob", "X-HTTP-Method-Override", "GET"), 404, "BlobNotFound", ""},
		{"a deletion", anyone("DELETE", "/whole/d/f"), 401, who, ""},
		{"a batch", anyone("POST", "/whole?restype=container&comp=batch"), 401, who, ""},
		{"a private blob", anyone("GET", "/private/d/f"), 401, who, ""},
		{"a private blob, before", old("GET", "/private/d/f"), 404, none, ""},
		{"a container that is not there", old("GET", "/nothere/d/f"), 404, none, ""},
		{"containers", anyone("GET", "/?comp=list"), 401, who, ""},
		{"a wrong signature on an open blob", signed("GET", "/blobs/d/f", "sv=2024-11-04&sr=b&sp=r&se=2030-01-01&sig=AAAA"), 403, "AuthenticationFailed", ""},
	})
	write := l.token("private", "", serviceSAS("c", "w"))
	from := func(source string) call {
		return signed("PUT", "/private/copy", write, "x-ms-copy-source", l.url()+source)
	}
	l.run([]scenario{
		{"a copy of an open blob", from("/blobs/d/f"), 202, "", ""},
		{"a copy of a private blob", from("/private/d/f"), 403, "CannotVerifyCopySource", ""},
		{"a copy of a blob of no container", from("/nothere/d/f"), 403, "CannotVerifyCopySource", ""},
	})
	l.must(200, call{method: "PUT", target: "/blobs?restype=container&comp=acl"})
	l.must(401, anyone("GET", "/blobs/d/f"))
}

func TestAnAccountThatForbidsItOpensNothing(t *testing.T) {
	t.Parallel()
	l := startLake(t)
	l.filesystem("fs1")
	l.file("/fs1/f", "0123456789")
	// It was opened when the account permitted that.
	if _, err := l.store.SetContainerAccess(t.Context(), "fs1", lake.ContainerAccess{Public: lake.PublicContainer}, lake.Conditions{}); err != nil {
		t.Fatal(err)
	}
	l.run([]scenario{
		{"now", call{method: "GET", target: "/fs1/f", unsigned: true}, 401, "NoAuthenticationInformation", ""},
		{"in an old version", call{method: "GET", target: "/fs1/f", unsigned: true, header: headers("x-ms-version", "2018-11-09")}, 409, "PublicAccessNotPermitted", ""},
	})
}
