package adlstest

import (
	"encoding/xml"
	"fmt"
)

// blockLists is the body of Get Block List.
type blockLists struct {
	XMLName   xml.Name `xml:"BlockList"`
	Committed struct {
		Blocks []listedBlock `xml:"Block"`
	} `xml:"CommittedBlocks"`
	Uncommitted struct {
		Blocks []listedBlock `xml:"Block"`
	} `xml:"UncommittedBlocks"`
}

type listedBlock struct{ Name, Size string }

func getBlockList(s *suite) {
	s.of("GetBlockList")
	get := func(t *T, query string) (committed, uncommitted string) {
		var l blockLists
		t.Blob("GET", "b?comp=blocklist"+query).Want(200).XML(&l)
		return fmt.Sprint(l.Committed.Blocks), fmt.Sprint(l.Uncommitted.Blocks)
	}
	two := func(t *T) {
		t.block("01", "12345").Want(201)
		t.commit("L01").Want(201)
		t.block("02", "123").Want(201)
	}

	s.check("all lists committed and uncommitted blocks with sizes", func(t *T) {
		two(t)
		c, u := get(t, "&blocklisttype=all")
		t.Equal("committed", c, "[{MDE= 5}]")
		t.Equal("uncommitted", u, "[{MDI= 3}]")
	})
	s.check("committed lists those only", func(t *T) {
		two(t)
		c, u := get(t, "&blocklisttype=committed")
		t.Equal("blocks", c+u, "[{MDE= 5}][]")
	})
	s.check("uncommitted lists those only", func(t *T) {
		two(t)
		c, u := get(t, "&blocklisttype=uncommitted")
		t.Equal("blocks", c+u, "[][{MDI= 3}]")
	})
	s.check("committed is what is listed where no type is named", func(t *T) {
		two(t)
		c, u := get(t, "")
		t.Equal("blocks", c+u, "[{MDE= 5}][]")
	})
	s.check("committed blocks are in the order of the blob", func(t *T) {
		t.block("01", "1").Want(201)
		t.block("02", "2").Want(201)
		t.commit("L02", "L01").Want(201)
		c, _ := get(t, "&blocklisttype=committed")
		t.Equal("blocks", c, "[{MDI= 1} {MDE= 1}]")
	})
	s.check("says how long the committed blob is", func(t *T) {
		two(t)
		t.Blob("GET", "b?comp=blocklist&blocklisttype=all").Want(200).Header("x-ms-blob-content-length", "5").Have("ETag", "Last-Modified")
	})
	s.check("a blob of uncommitted blocks has a list", func(t *T) {
		t.block("01", "1").Want(201)
		c, u := get(t, "&blocklisttype=all")
		t.Equal("blocks", c+u, "[][{MDE= 1}]")
	})
	s.check("a blob that was put whole has no blocks", func(t *T) {
		t.PutBlob("b", "content")
		c, u := get(t, "&blocklisttype=all")
		t.Equal("blocks", c+u, "[][]")
	})
	s.check("an unknown type is refused", func(t *T) {
		two(t)
		t.Blob("GET", "b?comp=blocklist&blocklisttype=some").Fails(400, "InvalidQueryParameterValue")
	})
	s.check("a missing blob is not found", func(t *T) {
		t.Blob("GET", "b?comp=blocklist&blocklisttype=all").Fails(404, "BlobNotFound")
	})
}
