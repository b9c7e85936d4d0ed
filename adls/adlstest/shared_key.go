package adlstest

import (
	"slices"
	"strings"
	"time"
)

func sharedKey(s *suite) {
	s.of("SharedKey")
	list := func(t *T) *Request { return t.Blob("GET", "?restype=container&comp=list") }

	s.check("a request that is signed with the key is answered", func(t *T) {
		list(t).Want(200)
	})
	s.check("a date in Date is as good as one in x-ms-date", func(t *T) {
		list(t).Set("x-ms-date", "").H("Date", httpDate(t.target.Clock())).Want(200)
	})
	s.check("x-ms-date goes before Date", func(t *T) {
		list(t).H("Date", httpDate(t.target.Clock().Add(-time.Hour))).Want(200)
	})
	s.check("another key is refused, and the answer says what was signed", func(t *T) {
		list(t).Key([]byte("another key")).Fails(403, "AuthenticationFailed").Contains("AuthenticationErrorDetail")
	})
	s.check("another account's name is refused", func(t *T) {
		list(t).Doctored(func(r *Request) {
			r.Set("Authorization", strings.Replace(r.header("Authorization"), t.target.Account+":", "anotheraccount:", 1))
		}).Fails(403, "AuthenticationFailed|AuthorizationFailure")
	})
	s.check("no signature is refused", func(t *T) {
		list(t).Unsigned().Fails(401, "NoAuthenticationInformation").Has("WWW-Authenticate")
	})
	s.check("no signature is refused where nothing is there, too", func(t *T) {
		a := t.Blob("GET", "b").Unsigned().Send()
		t.True(a.status >= 401 && a.status <= 409, "the request is refused")
	})
	s.check("a header that is no signature is refused", func(t *T) {
		list(t).Unsigned().H("Authorization", "SharedKey nonsense").Fails(400, "InvalidAuthenticationInfo")
	})
	s.check("an unknown scheme is refused", func(t *T) {
		a := list(t).Unsigned().H("Authorization", "Basic YTpi").Send()
		t.True(a.status == 400 || a.status == 401 || a.status == 403, "the request is refused")
	})
	s.check("a request without a date is refused", func(t *T) {
		list(t).Set("x-ms-date", "").Fails(403, "AuthenticationFailed")
	})
	s.check("a date that is none is refused", func(t *T) {
		list(t).Set("x-ms-date", "today").Fails(403, "AuthenticationFailed")
	})
	s.check("a request of 20 minutes ago is refused", func(t *T) {
		list(t).Set("x-ms-date", httpDate(t.target.Clock().Add(-20*time.Minute))).Fails(403, "AuthenticationFailed")
	})
	s.check("a request of 10 minutes ago is taken", func(t *T) {
		list(t).Set("x-ms-date", httpDate(t.target.Clock().Add(-10*time.Minute))).Want(200)
	})
	sharedKeyDoctored(s)
	sharedKeyForms(s)
}

// sharedKeyDoctored are requests that were changed after they were signed.
func sharedKeyDoctored(s *suite) {
	doctored := func(what string, request func(*T) *Request, change func(*Request)) {
		s.check(what+" changed after signing is refused", func(t *T) {
			t.PutBlob("b", "content")
			request(t).Doctored(change).Fails(403, "AuthenticationFailed")
			t.Content("b", "content")
		})
	}
	get := func(t *T) *Request { return t.Blob("GET", "b") }
	put := func(t *T) *Request {
		return t.Blob("PUT", "b").H("x-ms-blob-type", "BlockBlob").H("Content-Type", "text/csv").H("x-ms-meta-a", "1").Body("other")
	}
	doctored("the method", get, func(r *Request) { r.method = "DELETE" })
	doctored("the path", get, func(r *Request) { r.url.Path += "c" })
	doctored("a parameter", func(t *T) *Request { return t.Blob("GET", "?restype=container&comp=list&prefix=a") },
		func(r *Request) { r.url.RawQuery = strings.Replace(r.url.RawQuery, "prefix=a", "prefix=b", 1) })
	doctored("a parameter added", func(t *T) *Request { return t.Blob("GET", "?restype=container&comp=list") },
		func(r *Request) { r.url.RawQuery += "&include=metadata" })
	doctored("an x-ms header", put, func(r *Request) { r.Set("x-ms-meta-a", "2") })
	doctored("an x-ms header added", put, func(r *Request) { r.H("x-ms-meta-b", "2") })
	doctored("an x-ms header taken away", put, func(r *Request) { r.Set("x-ms-meta-a", "") })
	doctored("Content-Type", put, func(r *Request) { r.Set("Content-Type", "text/html") })
	doctored("the length of the body", put, func(r *Request) { r.body = "something longer" })
	doctored("Range", func(t *T) *Request { return get(t).H("Range", "bytes=0-1") }, func(r *Request) { r.Set("Range", "bytes=0-5") })
	doctored("If-Match", func(t *T) *Request { return put(t).H("If-Match", `"0x8D000000000000"`) }, func(r *Request) { r.Set("If-Match", "*") })
	doctored("If-None-Match", func(t *T) *Request { return put(t).H("If-None-Match", "*") }, func(r *Request) { r.Set("If-None-Match", "") })
	doctored("If-Unmodified-Since", func(t *T) *Request { return put(t).H("If-Unmodified-Since", httpDate(t.Now().AddDate(0, 0, -1))) },
		func(r *Request) { r.Set("If-Unmodified-Since", "") })
	doctored("If-Modified-Since", func(t *T) *Request { return put(t).H("If-Modified-Since", httpDate(t.Now().AddDate(0, 0, 1))) },
		func(r *Request) { r.Set("If-Modified-Since", "") })
	doctored("Content-MD5", func(t *T) *Request { return put(t).H("Content-MD5", md5Of("another")) }, func(r *Request) { r.Set("Content-MD5", md5Of("other")) })
	doctored("Content-Encoding", put, func(r *Request) { r.H("Content-Encoding", "gzip") })
	doctored("Content-Language", put, func(r *Request) { r.H("Content-Language", "de") })
}

// sharedKeyForms are requests whose canonical form is easily got wrong.
func sharedKeyForms(s *suite) {
	put := func(t *T) *Request { return t.Blob("PUT", "b").H("x-ms-blob-type", "BlockBlob").Body("content") }

	s.check("headers may come in any order", func(t *T) {
		r := put(t).H("x-ms-meta-b", "2").H("x-ms-meta-a", "1")
		slices.Reverse(r.headers)
		r.Raw().Status(201)
		t.Head("b").Header("x-ms-meta-a", "1").Header("x-ms-meta-b", "2")
	})
	s.check("header names may be written in any case", func(t *T) {
		put(t).H("X-MS-Meta-A", "1").H("x-Ms-mEtA-b", "2").Raw().Status(201)
		t.Head("b").Header("x-ms-meta-a", "1").Header("x-ms-meta-b", "2")
	})
	s.check("a header that is sent twice is signed with both values", func(t *T) {
		put(t).H("x-ms-meta-a", "1").H("x-ms-meta-a", "2").Raw().Status(201)
		t.Head("b").Header("x-ms-meta-a", "1,2")
	})
	s.check("spaces around a value are not signed", func(t *T) {
		put(t).H("x-ms-meta-a", "  spaced\t").Raw().Status(201)
		t.Head("b").Header("x-ms-meta-a", "spaced")
	})
	s.check("an empty header is signed as such", func(t *T) {
		put(t).H("x-ms-client-request-id", "").Want(201)
		t.Content("b", "content")
	})
	s.check("names of which one begins with another are sorted, the shorter first", func(t *T) {
		put(t).H("x-ms-meta-b", "1").H("x-ms-meta-ab", "2").H("x-ms-meta-a1", "3").H("x-ms-meta-a", "4").Want(201)
		t.Head("b").Header("x-ms-meta-a1", "3").Header("x-ms-meta-ab", "2")
	})
	s.check("all standard headers are signed", func(t *T) {
		put(t).H("Content-MD5", md5Of("content")).H("Content-Type", "text/csv").H("Content-Language", "de").H("Content-Encoding", "identity").
			H("If-None-Match", "*").Want(201)
		t.Head("b").Header("Content-Type", "text/csv").Header("Content-Language", "de").Header("Content-Encoding", "identity")
	})
	s.check("parameter names are signed in lower case", func(t *T) {
		t.PutBlob("b", "content")
		t.Blob("GET", "?RESTYPE=container&Comp=list&PREFIX=b").Want(200).Contains("<Name>b</Name>")
	})
	s.check("a parameter that is there twice is signed with both values", func(t *T) {
		t.Blob("GET", "?restype=container&comp=list&x=b&x=a").Want(200)
	})
	s.check("a parameter without a value is signed", func(t *T) {
		t.Blob("GET", "?restype=container&comp=list&prefix=&marker=").Want(200)
	})
	s.check("escaped parameters are signed decoded", func(t *T) {
		t.PutBlob("a%20b%2B%25", "content")
		t.Blob("GET", "?restype=container&comp=list&prefix=a%20b%2B%25").Want(200).Contains("<Name>a b+%</Name>")
	})
	s.check("an escaped path is signed as it is sent", func(t *T) {
		t.PutBlob("%C3%A4%20%26%20%28b%29", "content")
		t.Content("%C3%A4%20%26%20%28b%29", "content")
	})
	s.check("an empty body has no length in the signature", func(t *T) {
		t.Blob("PUT", "b").H("x-ms-blob-type", "BlockBlob").Want(201)
		t.Head("b").Header("Content-Length", "0")
	})
}
