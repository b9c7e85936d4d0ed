package localstore

import (
	"errors"
	"io"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
)

func TestRecordsOfFormat1AreReadAndWrittenAsFormat2(t *testing.T) {
	t.Parallel()
	n := &node{inode: 7, isDirectory: true, etag: 3, owner: "o", group: "g", acl: access.DefaultDirectoryPermissions.ACL()}
	now := n.encode()
	old := append([]byte(nil), now[:len(now)-1]...) // no count of optional fields
	old[0] = 1
	read, err := decodeNode(old)
	if err != nil {
		t.Fatalf("a record of version 1: %v", err)
	}
	if diff := cmp.Diff(now, read.encode()); diff != "" {
		t.Errorf("written anew (-want +got):\n%s", diff)
	}
}

func TestOptionalFieldsAreTakenWholeOrTheRecordIsDamaged(t *testing.T) {
	t.Parallel()
	e := newRecord()
	e.fields([]field{{tag: 1, value: []byte{5}}, {tag: 2, value: []byte{6, 1}}})
	for name, c := range map[string]struct {
		read    func(tag uint64, value *decoder) bool
		damaged bool
	}{
		"all read":    {func(tag uint64, v *decoder) bool { return v.uint() == tag+4 && (tag == 1 || v.uint() == 1) }, false},
		"unknown tag": {func(tag uint64, v *decoder) bool { return tag == 1 && v.uint() == 5 }, true},
		"a rest":      {func(_ uint64, v *decoder) bool { return v.uint() > 0 }, true},
		"too short":   {func(_ uint64, v *decoder) bool { return v.uint() > 0 && v.uint() == 1 }, true},
	} {
		d := openRecord(e.buf)
		d.fields(c.read)
		if errs.Is(d.err, errs.Corrupt) != c.damaged {
			t.Errorf("%s: %v, want damaged %v", name, d.err, c.damaged)
		}
	}
}

func TestOpeningAnOlderFormatRaisesIt(t *testing.T) {
	t.Parallel()
	fs := vfs.NewMem()
	s, err := openAt(fs)
	if err != nil {
		t.Fatal(err)
	}
	closeStore(t, s)
	writeFile(t, fs, "/data/lake/"+formatName, formatText+"1\n")
	if s, err = openAt(fs); err != nil {
		t.Fatalf("format 1: %v", err)
	}
	closeStore(t, s)
	f, err := fs.Open("/data/lake/" + formatName)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(f)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	if want := formatText + "3\n"; string(got) != want {
		t.Errorf("FORMAT is %q, want %q", got, want)
	}
}
