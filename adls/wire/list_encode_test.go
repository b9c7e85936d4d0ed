package wire

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// awkward are texts that need care in JSON, in XML, or in both.
var awkward = []string{
	"", "plain-1.csv", "a b", `q"uo'te`, `back\slash`, "<&>", "ü€😀", "tab\tline\nreturn\r", "\x00\x1f\x7f", "\u2028\u2029",
	"bad\xff\xfe", "\ufffe\uffff", "+,-./:;=?@[]^_`{|}~!#$%()*",
}

// fill sets every field of a structure that a listing's text can hold, so that one that the encoder does not know
// makes the texts differ.
func fill(v reflect.Value, text string) {
	for i := range v.NumField() {
		f := v.Field(i)
		switch f.Interface().(type) {
		case xml.Name, BlobItems:
			continue
		case *TagSet:
			f.Set(reflect.ValueOf(&TagSet{Tags: []BlobTag{{Key: text, Value: text}, {Key: "plain"}}}))
			continue
		case *XMLMetadata:
			f.Set(reflect.ValueOf(&XMLMetadata{"plain": text, "not <xml>": text}))
			continue
		}
		switch f.Kind() {
		case reflect.Pointer:
			f.Set(reflect.New(f.Type().Elem()))
			if f = f.Elem(); f.Kind() == reflect.Struct {
				fill(f, text)
				continue
			}
			if f.Kind() == reflect.Int {
				f.SetInt(int64(len(text)))
				continue
			}
			f.SetString(text)
		case reflect.String:
			f.SetString(text)
		case reflect.Int, reflect.Int64:
			f.SetInt(int64(len(text)) * 1_000_000_007)
		case reflect.Bool:
			f.SetBool(text != "")
		case reflect.Struct:
			fill(f, text)
		default:
			panic(fmt.Sprintf("fill does not know the type of %s", v.Type().Field(i).Name))
		}
	}
}

func TestListsOfPathsAreWrittenAsTheStandardLibraryWouldDo(t *testing.T) {
	t.Parallel()
	list := PathList{Paths: []PathItem{}}
	for n := range 1000 { // more than one buffer
		item := PathItem{}
		if n > 0 {
			fill(reflect.ValueOf(&item).Elem(), awkward[n%len(awkward)])
		}
		list.Paths = append(list.Paths, item)
	}
	for _, l := range []PathList{{Paths: []PathItem{}}, list} {
		want, err := json.Marshal(l)
		if err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		if err := l.Encode(&got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got.String()); diff != "" {
			t.Fatalf("%d entries (-encoding/json +ours):\n%s", len(l.Paths), diff)
		}
	}
}

func TestListsOfBlobsAreWrittenAsTheStandardLibraryWouldDo(t *testing.T) {
	t.Parallel()
	lists := []BlobList{{}}
	var items []any
	for _, text := range awkward {
		list, item, prefix := BlobList{}, BlobItem{}, BlobPrefix{}
		for _, v := range []any{&list, &item, &prefix} {
			fill(reflect.ValueOf(v).Elem(), text)
		}
		items = append(items, item, prefix, BlobItem{Name: XMLName(text)}, BlobPrefix{Name: XMLName(text)})
		list.Blobs.Items = items
		lists = append(lists, list)
	}
	for range 8 { // more than one buffer
		items = append(items, items...)
	}
	lists = append(lists, BlobList{Blobs: BlobItems{Items: items}})
	for _, l := range lists {
		want, err := xml.Marshal(l)
		if err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		list := NewBlobListWriter(&got, l)
		for _, item := range l.Blobs.Items {
			list.Add(item)
		}
		if err := list.End(l.NextMarker); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(xml.Header+string(want), got.String()); diff != "" {
			t.Fatalf("%d entries (-encoding/xml +ours):\n%s", len(l.Blobs.Items), diff)
		}
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("the client went away") }

func TestListsTellThatTheyCouldNotBeSent(t *testing.T) {
	t.Parallel()
	if err := (PathList{Paths: make([]PathItem, 5000)}).Encode(failing{}); err == nil {
		t.Error("a list that was sent nowhere is no error")
	}
}

func TestDatesAreThoseOfHTTP(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("", -5*60*60)
	for at := time.Date(1900, 1, 1, 0, 0, 0, 0, zone); at.Year() < 2200; at = at.Add(11*24*time.Hour + 7*time.Hour + 13*time.Minute + 17*time.Second) {
		if got, want := FormatDate(at), at.UTC().Format(http.TimeFormat); got != want {
			t.Fatalf("%q, want %q", got, want)
		}
	}
	for _, at := range []time.Time{{}, time.Date(-1, 2, 3, 4, 5, 6, 7, time.UTC), time.Date(12345, 2, 3, 4, 5, 6, 7, time.UTC)} {
		if got, want := FormatDate(at), at.Format(http.TimeFormat); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
