package adlstest

import (
	"encoding/xml"
	"slices"
	"strings"
)

// foundBlobs is the body of Find Blobs by Tags.
type foundBlobs struct {
	XMLName xml.Name `xml:"EnumerationResults"`
	Where   string   `xml:"Where"`
	Blobs   []struct {
		Name      string `xml:"Name"`
		Container string `xml:"ContainerName"`
		Tags      []struct {
			Key   string `xml:"Key"`
			Value string `xml:"Value"`
		} `xml:"Tags>TagSet>Tag"`
	} `xml:"Blobs>Blob"`
	NextMarker string `xml:"NextMarker"`
}

func (f foundBlobs) names() string {
	var names []string
	for _, b := range f.Blobs {
		names = append(names, b.Name)
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

func findBlobsByTags(s *suite) {
	s.of("FindBlobsByTags")
	// The service's index follows the blobs with some delay, so that a search is tried again for a while.
	const tries = 50
	find := func(t *T, where, want string) foundBlobs {
		var f foundBlobs
		for range tries {
			f = foundBlobs{}
			t.Blob("GET", "?restype=container&comp=blobs&where="+escape(where)).Want(200).XML(&f)
			if f.names() == want {
				return f
			}
		}
		t.Fatalf("%s: %s finds %q, want %q", t.last, where, f.names(), want)
		return f
	}
	some := func(t *T) {
		t.PutBlob("a", "x", "x-ms-tags", "color=blue&size=1")
		t.PutBlob("d/b", "x", "x-ms-tags", "color=blue&size=2")
		t.PutBlob("c", "x", "x-ms-tags", "color=red&size=3")
		t.PutBlob("none", "x")
	}

	s.check("finds the blobs of a container that have a tag", func(t *T) {
		some(t)
		find(t, `"color" = 'blue'`, "a d/b")
	})
	s.check("tells container and tags of what it finds", func(t *T) {
		some(t)
		f := find(t, `"color" = 'red'`, "c")
		t.Equal("container", f.Blobs[0].Container, t.Filesystem())
		t.True(len(f.Blobs[0].Tags) > 0 && f.Blobs[0].Tags[0].Key == "color" && f.Blobs[0].Tags[0].Value == "red", "the tag that was asked for is told")
		t.True(f.Where != "", "the question is told")
	})
	s.check("AND joins conditions", func(t *T) {
		some(t)
		find(t, `"color" = 'blue' AND "size" = '2'`, "d/b")
	})
	s.check("values are compared as text", func(t *T) {
		some(t)
		find(t, `"size" >= '2'`, "c d/b")
		find(t, `"size" > '1' AND "size" < '3'`, "d/b")
	})
	s.check("what nothing has finds nothing", func(t *T) {
		some(t)
		find(t, `"color" = 'green'`, "")
	})
	s.check("the account is searched with a container's name", func(t *T) {
		some(t)
		find(t, `"color" = 'blue'`, "a d/b")
		var f foundBlobs
		t.BlobService("GET", "?comp=blobs&where="+escape(`@container = '`+t.Filesystem()+`' AND "color" = 'blue'`)).Want(200).XML(&f)
		t.Equal("names", f.names(), "a d/b")
	})
	s.check("a deleted blob is not found", func(t *T) {
		some(t)
		t.Blob("DELETE", "a").Want(202)
		find(t, `"color" = 'blue'`, "d/b")
	})
	s.check("pages visit every blob once", func(t *T) {
		some(t)
		find(t, `"color" = 'blue'`, "a d/b")
		marker, seen := "", []string{}
		for i := 0; ; i++ {
			t.True(i < 10, "the search ends")
			var f foundBlobs
			t.Blob("GET", "?restype=container&comp=blobs&maxresults=1&where="+escape(`"color" = 'blue'`)+"&marker="+escape(marker)).Want(200).XML(&f)
			t.True(len(f.Blobs) <= 1, "a page has at most one entry")
			for _, b := range f.Blobs {
				seen = append(seen, b.Name)
			}
			if marker = f.NextMarker; marker == "" {
				break
			}
		}
		slices.Sort(seen)
		t.Equal("names", strings.Join(seen, " "), "a d/b")
	})
	s.check("a question that is none is refused", func(t *T) {
		t.Blob("GET", "?restype=container&comp=blobs&where="+escape(`color is blue`)).Fails(400, "")
	})
	s.check("a question is required", func(t *T) {
		t.Blob("GET", "?restype=container&comp=blobs").Fails(400, "")
	})
	s.check("a missing container is not found", func(t *T) {
		t.at(false, "GET", t.Unused(), "?restype=container&comp=blobs&where="+escape(`"color" = 'blue'`)).Fails(404, "ContainerNotFound")
	})
}
