package adlstest

import (
	"encoding/xml"
	"strings"
)

// tagSet is the body of Get and Set Blob Tags.
type tagSet struct {
	XMLName xml.Name `xml:"Tags"`
	All     []struct {
		Key   string `xml:"Key"`
		Value string `xml:"Value"`
	} `xml:"TagSet>Tag"`
}

// tagsBody writes tags, given as key, value, key, value.
func tagsBody(pairs ...string) string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="utf-8"?><Tags><TagSet>`)
	for i := 0; i+1 < len(pairs); i += 2 {
		b.WriteString("<Tag><Key>" + pairs[i] + "</Key><Value>" + pairs[i+1] + "</Value></Tag>")
	}
	return b.String() + "</TagSet></Tags>"
}

func blobTags(s *suite) {
	s.of("SetBlobTags")
	set := func(t *T, pairs ...string) *Request { return t.Blob("PUT", "b?comp=tags").Body(tagsBody(pairs...)) }
	get := func(t *T) map[string]string {
		var tags tagSet
		t.Blob("GET", "b?comp=tags").Want(200).XML(&tags)
		m := map[string]string{}
		for _, tag := range tags.All {
			m[tag.Key] = tag.Value
		}
		return m
	}

	s.check("answers 204, and the tags are kept", func(t *T) {
		t.PutBlob("b", "content")
		set(t, "color", "blue", "size", "7").Want(204)
		t.Equal("tags", get(t), map[string]string{"color": "blue", "size": "7"})
	})
	s.check("all tags are replaced", func(t *T) {
		t.PutBlob("b", "content", "x-ms-tags", "a=1&b=2")
		set(t, "c", "3").Want(204)
		t.Equal("tags", get(t), map[string]string{"c": "3"})
	})
	s.check("an empty set takes all tags away", func(t *T) {
		t.PutBlob("b", "content", "x-ms-tags", "a=1")
		set(t).Want(204)
		t.Equal("tags", get(t), map[string]string{})
	})
	s.check("ten tags are taken and eleven refused", func(t *T) {
		t.PutBlob("b", "content")
		ten := []string{"0", "v", "1", "v", "2", "v", "3", "v", "4", "v", "5", "v", "6", "v", "7", "v", "8", "v", "9", "v"}
		set(t, ten...).Want(204)
		set(t, append(ten, "10", "v")...).Fails(400, "TagsTooLarge|InvalidTags|InvalidXmlDocument|InvalidInput")
	})
	s.check("a key twice is refused", func(t *T) {
		t.PutBlob("b", "content")
		set(t, "a", "1", "a", "2").Fails(400, "InvalidTags|InvalidInput|DuplicateTagNames|InvalidXmlDocument")
	})
	s.check("characters that tags do not have are refused", func(t *T) {
		t.PutBlob("b", "content")
		set(t, "a", "1?").Fails(400, "")
	})
	s.check("a body that is no XML is refused", func(t *T) {
		t.PutBlob("b", "content")
		t.Blob("PUT", "b?comp=tags").Body("<Tags>").Fails(400, "InvalidXmlDocument")
	})
	s.check("a missing blob is not found", func(t *T) {
		set(t, "a", "1").Fails(404, "BlobNotFound")
	})
	s.check("the version of the blob stays", func(t *T) {
		etag := t.PutBlob("b", "content").Get("ETag")
		set(t, "a", "1").Want(204)
		t.Head("b").Header("ETag", etag)
	})
	s.check("the blob says how many it has", func(t *T) {
		t.PutBlob("b", "content", "x-ms-tags", "a=1&b=2")
		t.Head("b").Header("x-ms-tag-count", "2")
		t.Blob("GET", "b").Want(200).Header("x-ms-tag-count", "2")
	})

	s.of("GetBlobTags")
	s.check("tags of Put Blob are kept", func(t *T) {
		t.PutBlob("b", "content", "x-ms-tags", "color=blue&one%20two=3")
		t.Equal("tags", get(t), map[string]string{"color": "blue", "one two": "3"})
	})
	s.check("a blob without tags has an empty set", func(t *T) {
		t.PutBlob("b", "content")
		t.Equal("tags", get(t), map[string]string{})
	})
	s.check("replacing the blob takes its tags away", func(t *T) {
		t.PutBlob("b", "content", "x-ms-tags", "color=blue")
		t.PutBlob("b", "content")
		t.Equal("tags", get(t), map[string]string{})
	})
	s.check("x-ms-if-tags that holds is met", func(t *T) {
		t.PutBlob("b", "content", "x-ms-tags", "color=blue")
		t.Blob("GET", "b").H("x-ms-if-tags", `"color" = 'blue'`).Want(200).Text("content")
	})
	s.check("x-ms-if-tags that does not hold is not met", func(t *T) {
		t.PutBlob("b", "content", "x-ms-tags", "color=blue")
		t.Blob("GET", "b").H("x-ms-if-tags", `"color" = 'red'`).Fails(412, "ConditionNotMet")
	})
	s.check("a missing blob is not found", func(t *T) {
		t.Blob("GET", "none?comp=tags").Fails(404, "BlobNotFound")
	})
}
