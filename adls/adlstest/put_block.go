package adlstest

import (
	"encoding/xml"
	"fmt"
	"strings"
)

// block begins a Put Block with the id of a short name.
func (t *T) block(name, content string) *Request {
	return t.Blob("PUT", "b?comp=block&blockid="+escape(b64(name))).Body(content)
}

// commit begins a Put Block List. Each block is a name, with a letter before it that says where to look: C, U
// or L.
func (t *T) commit(blocks ...string) *Request {
	kinds := map[byte]string{'C': "Committed", 'U': "Uncommitted", 'L': "Latest"}
	var body strings.Builder
	body.WriteString(`<?xml version="1.0" encoding="utf-8"?><BlockList>`)
	for _, b := range blocks {
		kind := kinds[b[0]]
		body.WriteString("<" + kind + ">" + b64(b[1:]) + "</" + kind + ">")
	}
	return t.Blob("PUT", "b?comp=blocklist").Body(body.String() + "</BlockList>")
}

func putBlock(s *suite) {
	s.of("PutBlock")

	s.check("answers 201, and the blob is not there yet", func(t *T) {
		a := t.block("01", "hello").Want(201).Text("")
		t.True(contains("|"+md5Of("hello"), a.Get("Content-MD5")) && contains("|"+crc64Of("hello"), a.Get("x-ms-content-crc64")), "checksums that are answered are right")
		t.Blob("HEAD", "b").Fails(404, "BlobNotFound")
	})
	s.check("the right Content-MD5 is taken and answered", func(t *T) {
		t.block("01", "hello").H("Content-MD5", md5Of("hello")).Want(201).Header("Content-MD5", md5Of("hello"))
	})
	s.check("a wrong Content-MD5 is refused", func(t *T) {
		t.block("01", "hello").H("Content-MD5", md5Of("other")).Fails(400, "Md5Mismatch")
	})
	s.check("the right CRC64 is taken and answered", func(t *T) {
		t.block("01", "hello").H("x-ms-content-crc64", crc64Of("hello")).Want(201).Header("x-ms-content-crc64", crc64Of("hello"))
	})
	s.check("a wrong CRC64 is refused", func(t *T) {
		t.block("01", "hello").H("x-ms-content-crc64", crc64Of("other")).Fails(400, "Crc64Mismatch")
	})
	s.check("MD5 and CRC64 together are refused", func(t *T) {
		t.block("01", "hello").H("Content-MD5", md5Of("hello")).H("x-ms-content-crc64", crc64Of("hello")).Fails(400, "")
	})
	s.check("a block without content is refused", func(t *T) {
		t.block("01", "").Fails(400, "InvalidHeaderValue|InvalidInput")
	})
	s.check("an id that is not base64 is refused", func(t *T) {
		t.Blob("PUT", "b?comp=block&blockid=%25%25").Body("x").Fails(400, "InvalidQueryParameterValue")
	})
	s.check("an id of more than 64 bytes is refused", func(t *T) {
		t.block(strings.Repeat("x", 65), "x").Fails(400, "InvalidQueryParameterValue|OutOfRangeQueryParameterValue")
	})
	s.check("an id of 64 bytes is taken", func(t *T) {
		t.block(strings.Repeat("x", 64), "x").Want(201)
		t.commit("L" + strings.Repeat("x", 64)).Want(201)
		t.Content("b", "x")
	})
	s.check("an id is required", func(t *T) {
		t.Blob("PUT", "b?comp=block").Body("x").Fails(400, "MissingRequiredQueryParameter|InvalidQueryParameterValue")
	})
	s.check("ids of unequal lengths are refused", func(t *T) {
		t.block("01", "x").Want(201)
		t.block("001", "x").Fails(400, "InvalidBlobOrBlock|InvalidBlockId")
	})
	s.check("a block sent again replaces the first", func(t *T) {
		t.block("01", "first").Want(201)
		t.block("01", "again").Want(201)
		t.commit("L01").Want(201)
		t.Content("b", "again")
	})
	s.check("a missing container is not found", func(t *T) {
		t.at(false, "PUT", t.Unused(), "b?comp=block&blockid=MDE%3D").Body("x").Fails(404, "ContainerNotFound")
	})
	s.check("a blob that is there stays as it is", func(t *T) {
		t.PutBlob("b", "old")
		t.block("01", "new").Want(201)
		t.Content("b", "old")
	})
	s.check("a leased blob takes blocks with the lease only", func(t *T) {
		t.PutBlob("b", "old")
		id := t.lease("b")
		t.block("01", "x").Fails(412, "LeaseIdMissing")
		t.block("01", "x").H("x-ms-lease-id", id).Want(201)
	})
}

func putBlockList(s *suite) {
	s.of("PutBlockList")
	three := func(t *T) {
		for _, name := range []string{"01", "02", "03"} {
			t.block(name, "<"+name+">").Want(201)
		}
	}

	s.check("makes the blob of the blocks in the order of the list", func(t *T) {
		three(t)
		t.commit("L03", "L01", "L02").Want(201).Text("").Have("ETag", "Last-Modified", "x-ms-request-server-encrypted")
		t.Content("b", "<03><01><02>")
	})
	s.check("the same block may stand in the list twice", func(t *T) {
		three(t)
		t.commit("L01", "L02", "L01").Want(201)
		t.Content("b", "<01><02><01>")
	})
	s.check("an empty list makes an empty blob", func(t *T) {
		t.commit().Want(201)
		t.Head("b").Header("Content-Length", "0")
	})
	s.check("committed blocks may be kept and others added", func(t *T) {
		three(t)
		t.commit("U01", "U02").Want(201)
		t.block("04", "<04>").Want(201)
		t.commit("C02", "U04").Want(201)
		t.Content("b", "<02><04>")
	})
	s.check("Latest prefers what is not committed", func(t *T) {
		three(t)
		t.commit("L01").Want(201)
		t.block("01", "<new>").Want(201)
		t.commit("L01").Want(201)
		t.Content("b", "<new>")
	})
	s.check("Latest finds what is committed", func(t *T) {
		three(t)
		t.commit("L01", "L02").Want(201)
		t.commit("L02").Want(201)
		t.Content("b", "<02>")
	})
	s.check("Committed does not find what is not committed", func(t *T) {
		three(t)
		t.commit("C01").Fails(400, "InvalidBlockList")
	})
	s.check("Uncommitted does not find what is committed", func(t *T) {
		three(t)
		t.commit("L01").Want(201)
		t.commit("U01").Fails(400, "InvalidBlockList")
	})
	s.check("an unknown block is refused, and the blob stays", func(t *T) {
		t.PutBlob("b", "old")
		t.block("01", "x").Want(201)
		t.commit("L01", "L99").Fails(400, "InvalidBlockList")
		t.Content("b", "old")
	})
	s.check("blocks that the list leaves out are gone", func(t *T) {
		three(t)
		t.commit("L01").Want(201)
		t.commit("U02").Fails(400, "InvalidBlockList")
	})
	s.check("a body that is no list is refused", func(t *T) {
		t.Blob("PUT", "b?comp=blocklist").Body("<Blocks/>").Fails(400, "InvalidXmlDocument|InvalidXmlNodeValue|InvalidBlockList")
	})
	s.check("a body that is no XML is refused", func(t *T) {
		t.Blob("PUT", "b?comp=blocklist").Body("<BlockList><Latest>").Fails(400, "InvalidXmlDocument")
	})
	s.check("properties, metadata and MD5 are set", func(t *T) {
		three(t)
		t.commit("L01").H("x-ms-blob-content-type", "text/csv").H("x-ms-blob-cache-control", "no-cache").H("x-ms-blob-content-md5", md5Of("<01>")).
			H("x-ms-meta-color", "blue").Want(201)
		t.Head("b").Header("Content-Type", "text/csv").Header("Cache-Control", "no-cache").Header("Content-MD5", md5Of("<01>")).Header("x-ms-meta-color", "blue")
	})
	s.check("properties and metadata that are not named are cleared", func(t *T) {
		t.PutBlob("b", "old", "x-ms-meta-color", "blue", "x-ms-blob-content-type", "text/csv")
		t.block("01", "new").Want(201)
		t.commit("L01").Want(201)
		t.Head("b").No("x-ms-meta-color").Header("Content-Type", "application/octet-stream")
	})
	s.check("a wrong Content-MD5 of the list is refused", func(t *T) {
		three(t)
		t.commit("L01").H("Content-MD5", md5Of("other")).Fails(400, "Md5Mismatch")
	})
	s.check("If-None-Match * keeps a blob that is there", func(t *T) {
		t.PutBlob("b", "old")
		t.block("01", "new").Want(201)
		t.commit("L01").H("If-None-Match", "*").Fails(409, "BlobAlreadyExists")
		t.Content("b", "old")
	})
	s.check("If-Match of another version is not met, and the blocks stay", func(t *T) {
		etag := t.PutBlob("b", "old").Get("ETag")
		t.block("01", "new").Want(201)
		t.commit("L01").H("If-Match", `"0x8D000000000000"`).Fails(412, "ConditionNotMet")
		t.commit("L01").H("If-Match", etag).Want(201)
		t.Content("b", "new")
	})
	s.check("a hundred blocks are taken", func(t *T) {
		var list []string
		for i := range 100 {
			name := fmt.Sprintf("%03d", i)
			t.block(name, "x").Want(201)
			list = append(list, "L"+name)
		}
		t.commit(list...).Want(201)
		t.Head("b").Header("Content-Length", "100")
	})
	s.check("a leased blob is made anew with the lease only", func(t *T) {
		three(t)
		t.commit("L01").Want(201)
		id := t.lease("b")
		t.commit("L01").Fails(412, "LeaseIdMissing")
		t.commit("L01").H("x-ms-lease-id", id).Want(201)
	})
}

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
