package state

import (
	"encoding/json"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/errs"
)

func TestABackupHasTheRecordsOfItsMomentAndOpensWhatIsSealed(t *testing.T) {
	t.Parallel()
	fs := vfs.NewMem()
	s, err := Open(Options{FS: fs, Dir: "/tenant"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	commit := func(changes ...Change) {
		t.Helper()
		if err := s.Commit(changes...); err != nil {
			t.Fatal(err)
		}
	}
	commit(Change{"a", "before"}, Change{"gone", 1}, Change{"secret", s.Seal("secret", []byte("s3cret"))})
	commit(Change{"gone", nil})
	if err := s.Backup("/backup/tenant"); err != nil {
		t.Fatal(err)
	}
	commit(Change{"a", "after"})
	if err := s.Backup("/backup/tenant"); !errs.Is(err, errs.Conflict) {
		t.Errorf("a backup over another: %v, want kind conflict", err)
	}
	if err := Restore(fs, "/backup/tenant", "/again"); err != nil {
		t.Fatal(err)
	}
	if err := Restore(fs, "/backup/tenant", "/again"); !errs.Is(err, errs.Conflict) {
		t.Errorf("a restore over another: %v, want kind conflict", err)
	}
	if err := Restore(fs, "/nothing", "/more"); err == nil {
		t.Error("a folder that is missing was restored")
	}
	for _, dir := range []string{"/backup/tenant", "/again"} {
		b, err := Open(Options{FS: fs, Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		records := map[string]string{}
		for key, value := range b.Records("") {
			records[key] = string(value)
		}
		if len(records) != 2 || records["a"] != `"before"` {
			t.Errorf("%s has %v, want what was there before", dir, records)
		}
		if secret, err := b.Unseal("secret", sealedIn(t, b)); err != nil || string(secret) != "s3cret" {
			t.Errorf("%s opens %q, %v", dir, secret, err)
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		if err := b.Backup("/closed"); !errs.Is(err, errs.Unavailable) {
			t.Errorf("a backup of what is closed: %v, want kind unavailable", err)
		}
	}
}

func sealedIn(t *testing.T, s *Store) (sealed []byte) {
	t.Helper()
	for _, value := range s.Records("secret") {
		if err := json.Unmarshal(value, &sealed); err != nil {
			t.Fatal(err)
		}
	}
	return sealed
}
