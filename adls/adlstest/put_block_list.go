package adlstest

import (
	"fmt"
	"strings"
)

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
