package accessfile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/adls/bearer"
	"github.com/ownlake/ownlake/config/accessfile"
	"github.com/ownlake/ownlake/errs"
)

// TestFiles reads every file of testdata: *.good.yaml must load, *.bad.yaml must fail with the messages in the
// comments at its end ("# error: …", one per problem). OWNLAKE_REWRITE=1 writes them anew.
func TestFiles(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			_, err := accessfile.Load(file, "contoso")
			if strings.HasSuffix(file, ".good.yaml") {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if !errs.Is(err, errs.Invalid) {
				t.Fatalf("error %v, want an Invalid one", err)
			}
			checkProblems(t, file, err.Error())
		})
	}
}

func checkProblems(t *testing.T, file, got string) {
	t.Helper()
	const mark = "# error: "
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text, _, _ := strings.Cut(string(data), mark)
	text += mark + strings.ReplaceAll(strings.ReplaceAll(got, file+":", ""), "\n", "\n"+mark) + "\n"
	if os.Getenv("OWNLAKE_REWRITE") != "" {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(data), text); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

func load(t *testing.T) *accessfile.File {
	t.Helper()
	f, err := accessfile.Load("testdata/all.good.yaml", "contoso")
	if err != nil {
		t.Fatal(err)
	}
	return f
}

const (
	alice    access.ObjectID = "a11ce000-0000-4000-8000-000000000001"
	analysts access.ObjectID = "9a0b5000-0000-4000-8000-000000000002"
	auditors access.ObjectID = "9a0b5000-0000-4000-8000-000000000003"
	bob      access.ObjectID = "b0b00000-0000-4000-8000-000000000004"
)

func TestIssuersAreAsWritten(t *testing.T) {
	t.Parallel()
	f := load(t)
	want := []bearer.Issuer{
		{URL: "https://login.microsoftonline.com/72f988bf-86f1-41af-91ab-2d7cd011db47/v2.0"},
		{
			URL: "https://id.example/realms/contoso", Tenant: "3F2504E0-4F89-41D3-9A0C-0305E82C3301", Aliases: []string{"https://id.example/old"},
			Audiences: []string{"ownlake", "7"}, PrincipalClaim: "sub",
		},
	}
	if diff := cmp.Diff(want, f.Issuers, cmpopts.IgnoreFields(bearer.Issuer{}, "RootCAs")); diff != "" {
		t.Errorf("issuers (-want +got):\n%s", diff)
	}
	if f.Issuers[0].RootCAs != nil || f.Issuers[1].RootCAs == nil {
		t.Error("the second issuer alone has roots of its own")
	}
}

func TestAssignmentsAreThoseOfThePrincipalAndItsGroups(t *testing.T) {
	t.Parallel()
	f := load(t)
	const scope = "/subscriptions/5f9e6679-7425-40de-944b-e07fc1f90ae7/resourceGroups/analytics/providers/Microsoft.Storage/storageAccounts/contoso"
	if f.Scope != scope {
		t.Errorf("the account's scope is %s", f.Scope)
	}
	for _, tc := range []struct {
		name string
		of   access.Principal
		want []string
	}{
		{"alone", access.Principal{ID: alice}, []string{"all.good.yaml:13 Storage Blob Data Contributor " + scope + "/blobServices/default/containers/raw"}},
		{"by a group", access.Principal{ID: bob, Groups: []access.ObjectID{analysts}}, []string{
			"all.good.yaml:16 Storage Blob Data Owner /subscriptions/5f9e6679-7425-40de-944b-e07fc1f90ae7",
			"all.good.yaml:12 Storage Blob Data Reader " + scope,
		}},
		{"in capitals", access.Principal{ID: "B0B00000-0000-4000-8000-000000000004"}, []string{
			"all.good.yaml:16 Storage Blob Data Owner /subscriptions/5f9e6679-7425-40de-944b-e07fc1f90ae7",
		}},
		{"nobody", access.Principal{}, nil},
	} {
		var got []string
		for _, a := range f.Assignments(tc.of) {
			got = append(got, strings.Join([]string{a.ID, a.Role.Name, string(a.Scope)}, " "))
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, diff)
		}
	}
}

// TestGroupsContainTheirGroups has two groups that are in each other.
func TestGroupsContainTheirGroups(t *testing.T) {
	t.Parallel()
	f := load(t)
	for id, want := range map[access.ObjectID][]access.ObjectID{
		alice: {analysts, auditors}, access.ObjectID(strings.ToUpper(string(alice))): {analysts, auditors}, bob: {auditors, analysts},
		analysts: {auditors}, "c0ffee00-0000-4000-8000-000000000005": nil,
	} {
		got, known := f.GroupsOf(id)
		if diff := cmp.Diff(want, got); diff != "" || known != (want != nil) {
			t.Errorf("groups of %s, known %v (-want +got):\n%s", id, known, diff)
		}
	}
}

func TestAFileThatIsNotThereIsNotFound(t *testing.T) {
	t.Parallel()
	if _, err := accessfile.Load(filepath.Join(t.TempDir(), accessfile.Name), "contoso"); !errs.Is(err, errs.NotFound) {
		t.Errorf("error %v, want a NotFound one", err)
	}
}
