package wire_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/errs"
)

func FuzzParseRange(f *testing.F) {
	for _, seed := range []string{"bytes=0-", "bytes=1-5", "bytes=5-1", "bytes=-3", "bytes=9223372036854775807-", "bytes=0-9223372036854775807", "lines=1-2"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r := wire.ParseRange(http.Header{"Range": {text}})
		if r != nil && (r.Offset < 0 || r.Count < 0) {
			t.Errorf("%q: %+v", text, *r)
		}
	})
}

func FuzzConditions(f *testing.F) {
	f.Add(`"0x8D"`, "*", "Tue, 24 Nov 2026 11:00:00 GMT", "")
	f.Add("W/\"a\"", "\"", "yesterday", "Tue, 24 Nov 2026 11:00:00 +0100")
	f.Fuzz(func(t *testing.T, match, noneMatch, since, unmodified string) {
		_, err := wire.Conditions(http.Header{
			"If-Match": {match}, "If-None-Match": {noneMatch}, "If-Modified-Since": {since}, "If-Unmodified-Since": {unmodified},
		})
		if err != nil && !errs.Is(err, errs.Invalid) {
			t.Errorf("kind %v: %v", errs.KindOf(err), err)
		}
	})
}

func FuzzUndeleteSource(f *testing.F) {
	for _, seed := range []string{"d/f?deletionid=132658816156507617", "/d%2Ff?deletionid=1", "%C3%A4?deletionid=x", "d/../f?deletionid=1", "d?deletionid=", "%zz?deletionid=1", "d"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, id, ok, err := wire.UndeleteSource(http.Header{"X-Ms-Undelete-Source": {text}})
		if err != nil && !errs.Is(err, errs.Invalid) || ok && (err != nil || id == "") {
			t.Fatalf("%q: %q, %q, %v, %v", text, p, id, ok, err)
		}
		if !ok {
			return
		}
		again, sameID, _, err := wire.UndeleteSource(http.Header{"X-Ms-Undelete-Source": {url.PathEscape(string(p)) + "?deletionid=" + string(id)}})
		if again != p || sameID != id || err != nil {
			t.Errorf("%q is read as %q, %q, and that as %q, %q, %v", text, p, id, again, sameID, err)
		}
	})
}

func FuzzContainerVersion(f *testing.F) {
	f.Add("01D69540C360196E")
	f.Add("+1")
	f.Fuzz(func(t *testing.T, text string) {
		id, ok := wire.ParseContainerVersion(text)
		if again, _ := wire.ParseContainerVersion(wire.ContainerVersion(id)); ok && again != id {
			t.Errorf("%q is read as %q, and that as %q", text, id, again)
		}
	})
}
