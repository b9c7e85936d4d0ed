package adlstest

import (
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
)

// blobListing is the body of List Blobs.
type blobListing struct {
	XMLName         xml.Name `xml:"EnumerationResults"`
	ServiceEndpoint string   `xml:"ServiceEndpoint,attr"`
	ContainerName   string   `xml:"ContainerName,attr"`
	Prefix          string   `xml:"Prefix"`
	Delimiter       string   `xml:"Delimiter"`
	MaxResults      string   `xml:"MaxResults"`
	Blobs           struct {
		Blobs    []listedBlob `xml:"Blob"`
		Prefixes []struct {
			Name string `xml:"Name"`
		} `xml:"BlobPrefix"`
	} `xml:"Blobs"`
	NextMarker string `xml:"NextMarker"`
}

type listedBlob struct {
	Name       string `xml:"Name"`
	Snapshot   string `xml:"Snapshot"`
	Deleted    string `xml:"Deleted"`
	DeletionID string `xml:"DeletionId"`
	Properties struct {
		All []xmlPair `xml:",any"`
	} `xml:"Properties"`
	Metadata struct {
		All []xmlPair `xml:",any"`
	} `xml:"Metadata"`
	Tags struct {
		All []struct{ Key, Value string } `xml:"TagSet>Tag"`
	} `xml:"Tags"`
}

func (b listedBlob) property(name string) string {
	for _, p := range b.Properties.All {
		if p.XMLName.Local == name {
			return p.Value
		}
	}
	return ""
}

func (t *T) listBlobs(query string) blobListing {
	var l blobListing
	t.Blob("GET", "?restype=container&comp=list"+query).Want(200).XML(&l)
	return l
}

func (l blobListing) names() string {
	var names []string
	for _, b := range l.Blobs.Blobs {
		names = append(names, b.Name)
	}
	return strings.Join(names, " ")
}

func (l blobListing) prefixes() string {
	var names []string
	for _, p := range l.Blobs.Prefixes {
		names = append(names, p.Name)
	}
	return strings.Join(names, " ")
}

// only is the one blob that a listing has.
func (l blobListing) only(t *T) listedBlob {
	t.Equal("blobs listed", len(l.Blobs.Blobs), 1)
	return l.Blobs.Blobs[0]
}

func listBlobs(s *suite) {
	s.of("ListBlobs")
	some := func(t *T) {
		for _, name := range []string{"a", "b", "c", "d"} {
			t.PutBlob(name, name)
		}
	}

	s.check("lists blobs by name", func(t *T) {
		for _, name := range []string{"c", "a", "B", "10", "9"} {
			t.PutBlob(name, "x")
		}
		t.Equal("names", t.listBlobs("").names(), "10 9 B a c")
	})
	s.check("the body names service and container and is XML", func(t *T) {
		t.PutBlob("a", "x")
		a := t.Blob("GET", "?restype=container&comp=list").Want(200)
		t.True(strings.HasPrefix(a.Get("Content-Type"), "application/xml"), "Content-Type is XML, and not "+a.Get("Content-Type"))
		var l blobListing
		a.XML(&l)
		t.Equal("ContainerName", l.ContainerName, t.Filesystem())
		t.True(strings.HasPrefix(l.ServiceEndpoint, "http"), "ServiceEndpoint is an address, and not "+l.ServiceEndpoint)
	})
	s.check("an entry has the blob's properties", func(t *T) {
		t.PutBlob("a", "content", "x-ms-blob-content-type", "text/csv", "x-ms-blob-content-encoding", "identity",
			"x-ms-blob-content-language", "de", "x-ms-blob-cache-control", "no-cache", "x-ms-blob-content-disposition", "inline")
		head := t.Head("a")
		b := t.listBlobs("").only(t)
		for name, want := range map[string]string{
			"Content-Length": "7", "Content-Type": "text/csv", "Content-Encoding": "identity", "Content-Language": "de",
			"Cache-Control": "no-cache", "Content-Disposition": "inline", "Content-MD5": md5Of("content"), "BlobType": "BlockBlob",
			"LeaseStatus": "unlocked", "LeaseState": "available", "Last-Modified": head.Get("Last-Modified"),
			"Creation-Time": head.Get("x-ms-creation-time"),
		} {
			t.Equal(name, b.property(name), want)
		}
		t.Equal("Etag", strings.Trim(b.property("Etag"), `"`), strings.Trim(head.Get("ETag"), `"`))
	})
	s.check("an entry says whether the blob is encrypted", func(t *T) {
		t.PutBlob("a", "content")
		v := t.listBlobs("").only(t).property("ServerEncrypted")
		t.True(v == "true" || v == "false", "ServerEncrypted is true or false")
	})
	s.check("metadata comes where it is asked for", func(t *T) {
		t.PutBlob("a", "x", "x-ms-meta-Color", "blue")
		b := t.listBlobs("&include=metadata").only(t)
		t.Equal("metadata", len(b.Metadata.All), 1)
		t.Equal("value", b.Metadata.All[0].Value, "blue")
		t.Equal("metadata that was not asked for", len(t.listBlobs("").only(t).Metadata.All), 0)
	})
	s.check("a prefix chooses", func(t *T) {
		for _, name := range []string{"ab", "abc", "b"} {
			t.PutBlob(name, "x")
		}
		l := t.listBlobs("&prefix=ab")
		t.Equal("names", l.names(), "ab abc")
		t.Equal("Prefix", l.Prefix, "ab")
	})
	s.check("a prefix is told apart by case", func(t *T) {
		some(t)
		t.Equal("names", t.listBlobs("&prefix=A").names(), "")
	})
	s.check("a delimiter gathers what is below", func(t *T) {
		for _, name := range []string{"a", "d/b", "d/e/c", "z"} {
			t.PutBlob(name, "x")
		}
		l := t.listBlobs("&delimiter=/")
		t.Equal("prefixes", l.prefixes(), "d/")
		t.Equal("Delimiter", l.Delimiter, "/")
		t.True(strings.HasPrefix(l.names(), "a ") && strings.HasSuffix(l.names(), " z") || l.names() == "a z", "the blobs at the top are listed: "+l.names())
		below := t.listBlobs("&delimiter=/&prefix=d/")
		t.Equal("prefixes below", below.prefixes(), "d/e/")
		t.Equal("names below", below.names(), "d/b")
	})
	s.check("pages visit every blob once and in order", func(t *T) {
		some(t)
		for _, size := range []int{1, 2, 3, 4, 5} {
			marker, seen := "", []string{}
			for {
				l := t.listBlobs(fmt.Sprintf("&maxresults=%d&marker=%s", size, escape(marker)))
				t.True(len(l.Blobs.Blobs) <= size, "a page is not longer than asked for")
				for _, b := range l.Blobs.Blobs {
					seen = append(seen, b.Name)
				}
				if marker = l.NextMarker; marker == "" {
					break
				}
				t.True(len(seen) <= 4, "the listing ends")
			}
			t.Equal(fmt.Sprintf("names in pages of %d", size), strings.Join(seen, " "), "a b c d")
		}
	})
	s.check("pages with a delimiter visit every prefix once", func(t *T) {
		for _, name := range []string{"d/1", "d/2", "e/1", "f", "g/1"} {
			t.PutBlob(name, "x")
		}
		marker, prefixes := "", []string{}
		for i := 0; ; i++ {
			l := t.listBlobs("&maxresults=1&delimiter=/&marker=" + escape(marker))
			for _, p := range l.Blobs.Prefixes {
				prefixes = append(prefixes, p.Name)
			}
			if marker = l.NextMarker; marker == "" {
				break
			}
			t.True(i < 20, "the listing ends")
		}
		t.Equal("prefixes", strings.Join(prefixes, " "), "d/ e/ g/")
	})
	s.check("the next page is right after blobs were deleted", func(t *T) {
		some(t)
		first := t.listBlobs("&maxresults=2")
		t.Blob("DELETE", "b").Want(202)
		t.Blob("DELETE", "c").Want(202)
		t.Equal("names", t.listBlobs("&marker="+escape(first.NextMarker)).names(), "d")
	})
	s.check("MaxResults is told where it was asked", func(t *T) {
		some(t)
		t.Equal("MaxResults", t.listBlobs("&maxresults=3").MaxResults, "3")
	})
	for _, bad := range []string{"0", "-1", "many"} {
		s.check("maxresults "+bad+" is refused", func(t *T) {
			t.Blob("GET", "?restype=container&comp=list&maxresults="+bad).Fails(400, "OutOfRangeQueryParameterValue|InvalidQueryParameterValue")
		})
	}
	s.check("an unknown include is refused", func(t *T) {
		t.Blob("GET", "?restype=container&comp=list&include=everything").Fails(400, "InvalidQueryParameterValue")
	})
	s.check("a missing container is not found", func(t *T) {
		t.at(false, "GET", t.Unused(), "?restype=container&comp=list").Fails(404, "ContainerNotFound")
	})
	s.check("an empty container lists nothing", func(t *T) {
		l := t.listBlobs("")
		t.Equal("names", l.names(), "")
		t.Equal("NextMarker", l.NextMarker, "")
	})
	s.check("names are listed decoded", func(t *T) {
		t.PutBlob("a%20b%26%3C/%C3%A9", "x")
		t.True(strings.HasSuffix(t.listBlobs("").names(), "a b&</é"), "the name is as it is: "+t.listBlobs("").names())
	})
	listBlobsIncludes(s)
}

func listBlobsIncludes(s *suite) {
	s.check("snapshots come where they are asked for", func(t *T) {
		t.PutBlob("a", "x")
		snapshot := t.Blob("PUT", "a?comp=snapshot").Want(201).Has("x-ms-snapshot")
		l := t.listBlobs("&include=snapshots")
		t.Equal("entries", len(l.Blobs.Blobs), 2)
		of := []string{l.Blobs.Blobs[0].Snapshot, l.Blobs.Blobs[1].Snapshot}
		slices.Sort(of)
		t.Equal("Snapshot of the blob and of its snapshot", fmt.Sprintf("%q", of), fmt.Sprintf("%q", []string{"", snapshot}))
		t.Equal("entries where they were not asked for", len(t.listBlobs("").Blobs.Blobs), 1)
	})
	s.check("blobs of uncommitted blocks come where they are asked for", func(t *T) {
		t.Blob("PUT", "a?comp=block&blockid="+escape(b64("01"))).Body("x").Want(201)
		t.Equal("names", t.listBlobs("&include=uncommittedblobs").names(), "a")
		t.Equal("names where they were not asked for", t.listBlobs("").names(), "")
	})
	s.check("blobs of uncommitted blocks come in the order of names, page by page", func(t *T) {
		for _, name := range []string{"a", "c", "e"} {
			t.PutBlob(name, "x")
		}
		for _, name := range []string{"b", "d", "e", "f"} {
			t.Blob("PUT", name+"?comp=block&blockid="+escape(b64("01"))).Body("x").Want(201)
		}
		for _, size := range []int{1, 2, 3, 6, 7} {
			marker, seen := "", []string{}
			for i := 0; ; i++ {
				t.True(i < 10, "the listing ends")
				l := t.listBlobs(fmt.Sprintf("&include=uncommittedblobs&maxresults=%d&marker=%s", size, escape(marker)))
				for _, b := range l.Blobs.Blobs {
					seen = append(seen, b.Name)
				}
				if marker = l.NextMarker; marker == "" {
					break
				}
			}
			t.Equal(fmt.Sprintf("names in pages of %d", size), strings.Join(seen, " "), "a b c d e f")
		}
	})
	s.check("copies come where they are asked for", func(t *T) {
		t.PutBlob("a", "x")
		t.Blob("PUT", "b").H("x-ms-copy-source", t.URL("a")).Want(202)
		l := t.listBlobs("&include=copy&prefix=b").only(t)
		t.Equal("CopyStatus", l.property("CopyStatus"), "success")
		t.True(l.property("CopyId") != "" && l.property("CopySource") != "", "id and source of the copy are there")
	})
	s.check("tags come where they are asked for", func(t *T) {
		t.PutBlob("a", "x", "x-ms-tags", "color=blue")
		b := t.listBlobs("&include=tags").only(t)
		t.Equal("tags", fmt.Sprint(b.Tags.All), "[{color blue}]")
	})
	s.check("deleted blobs come where they are asked for", func(t *T) {
		t.PutBlob("a", "x")
		t.Blob("DELETE", "a").Want(202)
		b := t.listBlobs("&include=deleted").only(t)
		t.Equal("Deleted", b.Deleted, "true")
		t.True(b.property("DeletedTime") != "" && b.property("RemainingRetentionDays") != "", "time and days left are there")
		t.Equal("names where they were not asked for", t.listBlobs("").names(), "")
	}, SoftDelete)
	s.check("several includes may be asked for", func(t *T) {
		t.PutBlob("a", "x", "x-ms-meta-Color", "blue")
		t.Blob("PUT", "a?comp=snapshot").Want(201)
		t.Equal("entries", len(t.listBlobs("&include=metadata,snapshots,copy").Blobs.Blobs), 2)
	})
	s.check("a tier is told", func(t *T) {
		t.PutBlob("a", "x", "x-ms-access-tier", "Cool")
		t.Equal("AccessTier", t.listBlobs("").only(t).property("AccessTier"), "Cool")
	})
	s.check("directories say what they are", func(t *T) {
		t.PutBlob("d/a", "x")
		for _, b := range t.listBlobs("").Blobs.Blobs {
			if b.Name == "d" {
				t.Equal("ResourceType", b.property("ResourceType"), "directory")
				t.Equal("Content-Length", b.property("Content-Length"), "0")
				return
			}
		}
		t.Fatalf("the directory is not listed")
	}, HNS)
	s.check("owner, group and list come where permissions are asked for", func(t *T) {
		t.PutBlob("a", "x")
		b := t.listBlobs("&include=permissions").only(t)
		t.Equal("Owner", b.property("Owner"), "$superuser")
		t.True(b.property("Group") != "" && b.property("Permissions") != "" && b.property("Acl") != "", "group, permissions and list are there")
	}, HNS)
}
