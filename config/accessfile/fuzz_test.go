package accessfile

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/ownlake/ownlake/errs"
)

// FuzzRead looks for a file that ends the process, as one that is read again while it serves must not, and for an
// assignment of what is no principal or no role.
func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("roles:\n  -\n  - &a {role: Reader}\n  - *a\n  - <<: *a\n? [a]\n: !!str b\n---\nx"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := &reader{file: "testdata/access.yaml", account: "contoso"}
		got := r.read(data)
		if err := r.err(); err != nil {
			if !errs.Is(err, errs.Invalid) {
				t.Errorf("error %v", err)
			}
			return
		}
		if len(got.Issuers) == 0 {
			t.Error("no issuer")
		}
		for _, assignments := range got.assignments {
			for _, a := range assignments {
				if len(a.Principal) != 36 || a.Role.ID == "" || a.Scope == "" {
					t.Errorf("assignment %+v", a)
				}
			}
		}
		for id := range got.groups {
			if all, ok := got.GroupsOf(id); !ok || slices.Contains(all, id) {
				t.Errorf("%s is in %v, %v", id, all, ok)
			}
		}
	})
}
