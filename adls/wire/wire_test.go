package wire_test

import (
	"encoding/xml"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

func header(pairs ...string) http.Header {
	h := http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		h.Set(pairs[i], pairs[i+1])
	}
	return h
}

func TestETagsCompareWithoutQuotes(t *testing.T) {
	t.Parallel()
	for sent, want := range map[string]lake.ETag{
		`"0x8DC"`: "0x8DC", "0x8DC": "0x8DC", `W/"0x8DC"`: "0x8DC", " \"0x8DC\" ": "0x8DC", "*": "*", `"*"`: "*", "": "",
	} {
		c, err := wire.Conditions(header("If-Match", sent, "If-None-Match", sent))
		if err != nil || c.IfMatch != want || c.IfNoneMatch != want {
			t.Errorf("%q is read as %q and %q (%v), want %q", sent, c.IfMatch, c.IfNoneMatch, err, want)
		}
	}
}

func TestConditionsReadDatesOfTargetAndSource(t *testing.T) {
	t.Parallel()
	const date = "Tue, 24 Nov 2026 12:00:00 GMT"
	want := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	c, err := wire.Conditions(header("If-Modified-Since", date, "x-ms-source-if-match", "0x1"))
	if err != nil || !c.IfModifiedSince.Equal(want) || c.IfMatch != "" {
		t.Errorf("conditions are %+v (%v)", c, err)
	}
	c, err = wire.SourceConditions(header("x-ms-source-if-unmodified-since", date, "If-Match", "0x1"))
	if err != nil || !c.IfUnmodifiedSince.Equal(want) || c.IfMatch != "" {
		t.Errorf("source conditions are %+v (%v)", c, err)
	}
	if _, err := wire.Conditions(header("If-Unmodified-Since", "soon")); errs.CodeOf(err) != wire.CodeInvalidHeaderValue {
		t.Errorf("a date 'soon': %v, want InvalidHeaderValue", err)
	}
}

func TestRangesAreReadOrIgnored(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		header http.Header
		want   *wire.Range
	}{
		{header(), nil},
		{header("Range", "bytes=0-"), &wire.Range{}},
		{header("Range", "bytes=5-9"), &wire.Range{Offset: 5, Count: 5}},
		{header("Range", "bytes=5-9", "x-ms-range", "bytes=1-1"), &wire.Range{Offset: 1, Count: 1}},
		{header("Range", "bytes=9-5"), nil},
		{header("Range", "bytes=-5"), nil},
		{header("Range", "bytes=1-2,4-5"), nil},
		{header("Range", "lines=1-2"), nil},
		{header("Range", "bytes=a-b"), nil},
		{header("Range", "bytes=99999999999999999999-"), nil},
	} {
		if diff := cmp.Diff(tt.want, wire.ParseRange(tt.header)); diff != "" {
			t.Errorf("%v (-want +got):\n%s", tt.header, diff)
		}
	}
}

func TestPropertiesReadBackAsWritten(t *testing.T) {
	t.Parallel()
	m := lake.Metadata{"camelCase": "ä, = %", "empty": "", "b": "1"}
	text := wire.FormatProperties(m)
	if want := "b=MQ==,camelCase=w6QsID0gJQ==,empty="; text != want {
		t.Errorf("properties are %q, want %q", text, want)
	}
	got, err := wire.ParseProperties(text)
	if err != nil || !cmp.Equal(m, got) {
		t.Errorf("read back as %v (%v), want %v", got, err, m)
	}
	for text, want := range map[string]errs.Code{
		"a":                                 wire.CodeInvalidHeaderValue,
		"a=%%":                              wire.CodeInvalidHeaderValue,
		"a=MQ==,A=MQ==":                     wire.CodeInvalidMetadata,
		"a b=MQ==":                          wire.CodeInvalidMetadata,
		"a=" + strings.Repeat("QUFB", 3000): wire.CodeMetadataTooLarge,
	} {
		if _, err := wire.ParseProperties(text); errs.CodeOf(err) != want {
			t.Errorf("%.20q: %v, want %s", text, err, want)
		}
	}
}

func TestMetadataCannotForgeHeaders(t *testing.T) {
	t.Parallel()
	h := http.Header{}
	wire.SetMetaHeaders(h, lake.Metadata{"good": "1", "bad": "1\r\nSet-Cookie: x"})
	if diff := cmp.Diff(http.Header{"x-ms-meta-good": {"1"}}, h); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
}

func TestErrorsSpeakTheEndpointsLanguage(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		endpoint wire.Endpoint
		method   string
		err      error
		status   int
		code     string
		body     string
	}{
		{wire.DFS, "GET", errs.E(errs.NotFound, lake.CodeFilesystemNotFound), 404, "FilesystemNotFound", `{"error":{"code":"FilesystemNotFound","message":"The specified filesystem`},
		{wire.Blob, "GET", errs.E(errs.NotFound, lake.CodeFilesystemNotFound), 404, "ContainerNotFound", `<Error><Code>ContainerNotFound</Code><Message>The specified container`},
		{wire.Blob, "HEAD", errs.E(errs.NotFound, lake.CodePathNotFound), 404, "BlobNotFound", ""},
		{wire.Blob, "PUT", errs.E(errs.Exists, lake.CodePathAlreadyExists), 409, "BlobAlreadyExists", "<Code>BlobAlreadyExists"},
		{wire.DFS, "PUT", errs.E(errs.Exists, lake.CodePathAlreadyExists), 409, "PathAlreadyExists", `"PathAlreadyExists"`},
		{wire.Blob, "PUT", errs.E(errs.Precondition, lake.CodeConditionNotMet), 412, "ConditionNotMet", "<Code>ConditionNotMet"},
		{wire.Blob, "GET", errs.E(errs.Precondition, lake.CodeConditionNotMet), 304, "ConditionNotMet", ""},
		{wire.DFS, "PUT", errs.E(errs.Conflict, "in the way"), 409, "PathConflict", "in the way"},
		{wire.DFS, "PUT", errs.E(errs.Unavailable, "the disk is slow"), 503, "ServerBusy", `"ServerBusy"`},
		{wire.DFS, "PUT", errs.E(errs.Unavailable, lake.CodeInsufficientStorage, "no space left"), 507, "InsufficientStorage", "no space left"},
		{wire.DFS, "PUT", errs.E(errs.Op("x"), &http.MaxBytesError{Limit: 3}), 413, "RequestBodyTooLarge", `"RequestBodyTooLarge"`},
		{wire.Blob, "GET", errs.E(errs.Unauthorized, wire.CodeAuthenticationFailed, "string <to> sign"), 403, "AuthenticationFailed", "<AuthenticationErrorDetail>string &lt;to&gt; sign</AuthenticationErrorDetail>"},
		{wire.Blob, "GET", errs.E(errs.Unauthorized, wire.CodeInvalidAuthenticationInfo, "Issuer did not match."), 401, "InvalidAuthenticationInfo", "<AuthenticationErrorDetail>Issuer did not match.</AuthenticationErrorDetail>"},
		{wire.Blob, "GET", errs.E(errs.Invalid, wire.CodeInvalidAuthenticationInfo, "no scheme"), 400, "InvalidAuthenticationInfo", "Verify the value of Authorization header. no scheme"},
		{wire.DFS, "GET", errs.E(errs.Unauthorized, wire.CodeAuthenticationFailed, "why"), 403, "AuthenticationFailed", `"detail":{"AuthenticationErrorDetail":"why"}`},
	} {
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), tt.method, "/", nil)
		r.Header.Set("If-None-Match", "*")
		f := wire.WriteError(w, r, tt.endpoint, tt.err)
		body := w.Body.String()
		if w.Code != tt.status || f.Code != tt.code || !strings.Contains(body, tt.body) || tt.body == "" && body != "" {
			t.Errorf("%s %s %v: %d %s %q, want %d %s %q", tt.endpoint, tt.method, tt.err, w.Code, f.Code, body, tt.status, tt.code, tt.body)
		}
	}
}

func TestOurOwnFailuresKeepTheirCauseToThemselves(t *testing.T) {
	t.Parallel()
	for _, kind := range []errs.Kind{errs.Internal, errs.Corrupt, errs.Other} {
		f := wire.FailureOf(wire.DFS, errs.E(kind, "/var/lib/ownlake/secret.sst: bad block"))
		if f.Status != 500 || f.Code != "InternalError" || strings.Contains(f.Message, "secret") {
			t.Errorf("%s is answered %+v, want 500 without the cause", kind, f)
		}
	}
}

func TestAReadWithBothKindsOfConditionsIsNot304(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	r.Header.Set("If-Match", "0x1")
	w := httptest.NewRecorder()
	wire.WriteError(w, r, wire.DFS, errs.E(errs.Precondition, lake.CodeConditionNotMet))
	if w.Code != http.StatusPreconditionFailed {
		t.Errorf("status %d, want 412", w.Code)
	}
}

func TestBlockListsAreReadInOrder(t *testing.T) {
	t.Parallel()
	got, err := wire.ParseBlockList(strings.NewReader(xml.Header + "\n<BlockList>\n <Latest>AAAA</Latest><Committed> AAAB </Committed>\n<Uncommitted>AAAC</Uncommitted></BlockList>\n"))
	want := []lake.BlockRef{{ID: "\x00\x00\x00", Source: lake.Latest}, {ID: "\x00\x00\x01", Source: lake.Committed}, {ID: "\x00\x00\x02", Source: lake.Uncommitted}}
	if err != nil || !cmp.Equal(want, got) {
		t.Errorf("block list is %v (%v), want %v", got, err, want)
	}
	for body, code := range map[string]errs.Code{
		"":                                    wire.CodeInvalidXMLDocument,
		"<Blocks></Blocks>":                   wire.CodeInvalidXMLDocument,
		"<BlockList><Latest>AAAA</Latest>":    wire.CodeInvalidXMLDocument,
		"<BlockList><Newest>A</Newest>":       wire.CodeInvalidXMLDocument,
		"<BlockList></BlockList><BlockList/>": "",
		"<BlockList><Latest>%%</Latest></BlockList>":                                               lake.CodeInvalidBlockList,
		"<BlockList>" + strings.Repeat("<Latest>AAAA</Latest>", wire.MaxBlocks+1) + "</BlockList>": wire.CodeBlockListTooLong,
	} {
		if _, err := wire.ParseBlockList(strings.NewReader(body)); errs.CodeOf(err) != code {
			t.Errorf("%.60q: %v, want %q", body, err, code)
		}
	}
}

func FuzzParseBlockList(f *testing.F) {
	f.Add("<BlockList><Latest>AAAA</Latest></BlockList>")
	f.Add("<?xml version='1.0'?><BlockList/>")
	f.Fuzz(func(t *testing.T, body string) {
		refs, err := wire.ParseBlockList(strings.NewReader(body))
		if err != nil && errs.KindOf(err) != errs.Invalid {
			t.Errorf("%q: %v, want Invalid", body, err)
		}
		for _, ref := range refs {
			if len(ref.ID) == 0 || len(ref.ID) > 64 {
				t.Errorf("%q: block id of %d bytes", body, len(ref.ID))
			}
		}
	})
}

func FuzzParseProperties(f *testing.F) {
	f.Add("a=MQ==,b=")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := wire.ParseProperties(text)
		if err != nil {
			return
		}
		again, err := wire.ParseProperties(wire.FormatProperties(m))
		if err != nil || !cmp.Equal(m, again) {
			t.Errorf("%q: %v does not read back: %v, %v", text, m, again, err)
		}
	})
}

func TestTimesAreThoseOfTheService(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 24, 12, 0, 0, 123456700, time.FixedZone("", 3600))
	if got := wire.FormatDate(at); got != "Tue, 24 Nov 2026 11:00:00 GMT" {
		t.Errorf("date is %q", got)
	}
	if got := wire.FileTime(at); got != 134399916001234567 {
		t.Errorf("file time is %d", got)
	}
}

func TestNamesThatXMLCannotHoldAreEncoded(t *testing.T) {
	t.Parallel()
	for name, want := range map[wire.XMLName]string{
		"a&<b>":   "<Name>a&amp;&lt;b&gt;</Name>",
		"a\uffff": `<Name Encoded="true">a%EF%BF%BF</Name>`,
	} {
		b, err := xml.Marshal(struct {
			XMLName xml.Name     `xml:"X"`
			Name    wire.XMLName `xml:"Name"`
		}{Name: name})
		if err != nil || !strings.Contains(string(b), want) {
			t.Errorf("%q is written %s (%v), want %s", name, b, err, want)
		}
	}
}
