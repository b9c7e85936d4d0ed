package adls_test

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/ownlake/ownlake/adls"
	"github.com/ownlake/ownlake/lake"
)

// vanishing is a store that lists a filesystem which is gone when it is asked for.
type vanishing struct{ lake.Service }

func (v vanishing) ListFilesystems(ctx context.Context, o lake.ListFilesystemsOptions) (lake.FilesystemPage, error) {
	page, err := v.Service.ListFilesystems(ctx, o)
	page.Filesystems = append([]lake.FilesystemProperties{{Name: "before"}}, page.Filesystems...)
	return page, err
}

func TestASearchByTagsPassesOverContainersThatAreDeletedMeanwhile(t *testing.T) {
	t.Parallel()
	l := startLake(t, func(o *adls.Options) { o.Store = vanishing{o.Store} })
	l.filesystem("fs1")
	l.must(201, call{method: "PUT", target: "/fs1/b", body: "x", header: headers("x-ms-blob-type", "BlockBlob", "x-ms-tags", "color=blue")})
	where := "where=" + url.QueryEscape(`"color" = 'blue'`)
	if a := l.must(200, call{method: "GET", target: "/?comp=blobs&" + where}); !strings.Contains(a.body, "<Name>b</Name>") {
		t.Errorf("the blob is not found: %s", a.body)
	}
	if a := l.do(call{method: "GET", target: "/before?restype=container&comp=blobs&" + where}); a.status != 404 {
		t.Errorf("a container that is named and not there: %d, want 404", a.status)
	}
}

func TestTagsWithAWrongChecksumAreNotSet(t *testing.T) {
	t.Parallel()
	l := startLake(t)
	l.filesystem("fs1")
	l.file("/fs1/f", "x")
	const tags = "<Tags><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tags>"
	set := func(body string, pairs ...string) call {
		return call{method: "PUT", target: "/fs1/f?comp=tags", body: body, header: headers(pairs...)}
	}
	l.run([]scenario{
		{"MD5", set(tags, "Content-MD5", "AAAAAAAAAAAAAAAAAAAAAA=="), 400, "Md5Mismatch", ""},
		{"CRC64", set(tags, "x-ms-content-crc64", "AAAAAAAAAAA="), 400, "Crc64Mismatch", ""},
		{"no document", set("tags"), 400, "InvalidXmlDocument", ""},
		{"nothing", set(""), 400, "InvalidXmlDocument", ""},
		{"none was set", call{method: "GET", target: "/fs1/f?comp=tags"}, 200, "", "<TagSet></TagSet>"},
	})
}
