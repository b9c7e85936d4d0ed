package project

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
)

var rewrite = flag.Bool("rewrite", false, "write the messages that bad files get into their expectation")

// TestBadFilesAreRefusedWithEveryProblem holds each testdata/*.bad.yaml against the messages that end it, as
// comments: "# want: line:column: message (hint)".
func TestBadFilesAreRefusedWithEveryProblem(t *testing.T) {
	t.Parallel()
	for _, file := range matching(t, "testdata/*.bad.yaml") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			data := readFile(t, file)
			text, want := splitExpectation(data)
			_, err := Load(projectOf(t, text))
			problems, ok := errors.AsType[*ProblemsError](err)
			if !ok || !errs.Is(err, errs.Invalid) {
				t.Fatalf("Load: %v, want problems of kind invalid", err)
			}
			var got []string
			for _, p := range problems.Problems {
				got = append(got, strings.TrimPrefix(p.String(), p.File+":"))
			}
			if *rewrite {
				text += "# want: " + strings.Join(got, "\n# want: ") + "\n"
				if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

func splitExpectation(data string) (text string, want []string) {
	var kept strings.Builder
	for line := range strings.Lines(data) {
		if message, ok := strings.CutPrefix(line, "# want: "); ok {
			want = append(want, strings.TrimSuffix(message, "\n"))
			continue
		}
		kept.WriteString(line)
	}
	return kept.String(), want
}

func TestGoodFilesAreRead(t *testing.T) {
	t.Parallel()
	for _, file := range matching(t, "testdata/*.good.yaml") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			if _, err := Load(projectOf(t, readFile(t, file))); err != nil {
				t.Error(err)
			}
		})
	}
}

func matching(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no files match %s (%v)", pattern, err)
	}
	return files
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// projectOf makes a project of one file.
func projectOf(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "project.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestTheExampleIsAProject(t *testing.T) {
	t.Parallel()
	p, err := Load("../../examples/contoso")
	if err != nil {
		t.Fatal(err)
	}
	if p.Environment == nil || p.Environment.Name != "Contoso" || len(p.Definitions.Sources) != 3 || p.Definitions.Unification == nil {
		t.Errorf("the example declares %+v", p)
	}
	for _, s := range p.Definitions.Sources {
		for _, table := range s.Tables {
			if !filepath.IsAbs(table.Location) || !strings.HasPrefix(table.Location, p.Dir) {
				t.Errorf("%s_%s lies at %q, want an absolute path in the project's folder", s.Name, table.Name, table.Location)
			}
		}
	}
}

func TestEveryFieldIsRead(t *testing.T) {
	t.Parallel()
	dir := projectOf(t, readFile(t, "testdata/full.good.yaml"))
	got, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	header := true
	want := &Project{
		Dir: dir,
		Environment: &insights.EnvironmentRequest{
			Name: "Contoso", Type: insights.Sandbox, Region: "westeurope", DataFormat: insights.CSV, CreateContainer: true,
			Storage: insights.DataStorage{
				Kind: insights.OwnStorage, Account: "contosolake", Endpoint: "https://contosolake.dfs.core.windows.net", Credential: insights.AccountKey,
			},
		},
		Secrets: Secrets{Key: Secret{File: filepath.Join(dir, "contoso.key")}},
		Definitions: insights.Definitions{
			Sources: []insights.DataSource{
				{
					Name: "CRM", Description: "Contacts",
					Tables: []insights.SourceTable{{
						Name: "Contacts", Location: filepath.Join(dir, "data/contacts.csv"), Format: insights.CSV, PrimaryKey: "ID",
						CSV: insights.CSVOptions{
							Delimiter: "\t", Quote: `"`, Encoding: "latin-1", Header: &header,
							DateFormat: "dd.MM.yyyy", TimestampFormat: "yyyy-MM-dd'T'HH:mm:ss",
						},
						Columns: []insights.Column{
							{Name: "ID", Type: insights.String},
							{Name: "born", Type: insights.Date, Format: "yyyyMMdd", SemanticType: insights.PersonBirthDate},
						},
					}},
				},
				{Name: "Shop", Folder: "abfss://in@contosolake.dfs.core.windows.net/shop"},
			},
			Unification: &insights.Unification{
				Tables: []insights.UnifyTable{
					{
						Table: "CRM_Contacts",
						Fields: []insights.MappedField{
							{Field: "FullName", Column: "name", SemanticType: insights.PersonFullName},
							{Field: "Code", Column: "code"},
						},
						Duplicates: []insights.Rule{{Name: "same code", Conditions: []insights.Condition{{Field: "Code"}}}},
						Winner:     insights.Winner{By: insights.MostRecent, Column: "changed"},
					},
					{Table: "Shop_Customers", DropUnmatched: true},
				},
				Rules: []insights.Rule{{
					Name:       "name",
					Tables:     []string{"CRM_Contacts", "Shop_Customers"},
					Conditions: []insights.Condition{{Field: "FullName", Normalize: []insights.Normalization{insights.NormalizeName}, Precision: "85%", Alias: [][]string{{"a", "b"}}, Bypass: []string{"c"}}},
					Exceptions: []insights.Condition{{Field: "Code", Precision: "exact"}},
				}},
				AlwaysMatch: "CRM_Contacts", NeverMatch: "Shop_Never",
				Model:  insights.Model{Use: insights.ModelAfterRules, Threshold: "97.5%", Compare: []insights.Comparison{{Field: "Code", As: "identifier"}}},
				Groups: []insights.FieldGroup{{Name: "all", Fields: []string{"Code", "LastName"}, By: insights.LeastRecent, Column: "changed", Order: []string{"CRM_Contacts"}}},
				Merge: []insights.FieldMerge{
					{Field: "FullName", By: insights.MostRecent, Column: "changed", Order: []string{"Shop_Customers"}},
					{Field: "Code", Exclude: true},
				},
			},
		},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(insights.Secret{})); diff != "" {
		t.Errorf("project (-want +got):\n%s", diff)
	}
}

func TestAFolderThatDeclaresNothingIsNotAProject(t *testing.T) {
	t.Parallel()
	for name, dir := range map[string]string{
		"empty": t.TempDir(), "missing": filepath.Join(t.TempDir(), "none"), "comments": projectOf(t, "# nothing\n"),
	} {
		if _, err := Load(dir); !errs.Is(err, errs.NotFound) {
			t.Errorf("%s: %v, want kind not found", name, err)
		}
	}
}

func TestDocumentsMayLieInSeveralFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "sources"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"sources/b.yaml": "kind: source\nname: B\ntables: [{name: T, location: ../b.csv}]\n",
		"sources/a.yml":  "kind: source\nname: A\ntables: [{name: T, location: /data/a/}]\n---\nkind: source\nname: C\nfolder: cdm/\n",
		".hidden.yaml":   "kind: nonsense\n",
		"notes.txt":      "kind: nonsense\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range p.Definitions.Sources {
		if s.Folder != "" {
			got = append(got, s.Name+" "+s.Folder)
		}
		for _, table := range s.Tables {
			got = append(got, s.Name+" "+table.Location)
		}
	}
	want := []string{"A /data/a/", "C " + dir + "/cdm/", "B " + filepath.Join(filepath.Dir(dir), "b.csv")}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sources (-want +got):\n%s", diff)
	}
	if p.Environment != nil {
		t.Errorf("an environment was made up: %+v", p.Environment)
	}
}

func FuzzLoadNeverPanics(f *testing.F) {
	for _, pattern := range []string{"testdata/*.yaml", "../../examples/contoso/*.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range files {
			data, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(string(data))
		}
	}
	f.Add("kind: source\nname: &a *a\ntables: &b [*b]\n")
	f.Add("? {a: b}\n: c\nkind: unification")
	f.Fuzz(func(t *testing.T, text string) {
		r := newReader("p")
		r.file("x.yaml", []byte(text))
		r.check(problemsOf(r.project("/p")))
		for _, p := range r.problems {
			if p.Message == "" {
				t.Errorf("a problem without a message: %+v", p)
			}
		}
	})
}

func TestAServicePrincipalIsReadWithWhereItsSecretsAre(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text := `kind: environment
name: Contoso
region: westeurope
storage:
  kind: own
  subscription: 7d4c1c2e-9d0f-4d2e-8f60-1f5b7a3c9e10
  resourceGroup: lakes
  account: contosolake
  principal: {tenant: t, clientId: c, certificateFile: c.pem, certificatePasswordEnv: PASSWORD}
  cloud: {manager: "https://127.0.0.1:10006", caFile: /ca.pem}
`
	if err := os.WriteFile(filepath.Join(dir, "environment.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	q := insights.EnvironmentRequest{Name: "Contoso", Region: "westeurope", Storage: insights.DataStorage{
		Kind: insights.OwnStorage, Account: "contosolake", Subscription: "7d4c1c2e-9d0f-4d2e-8f60-1f5b7a3c9e10", ResourceGroup: "lakes",
		Credential: insights.ServicePrincipal, Principal: insights.AccountPrincipal{Tenant: "t", ClientID: "c", Method: insights.ClientCertificate},
	}}
	q.Cloud.Manager = "https://127.0.0.1:10006"
	want := &Project{Dir: dir, Environment: &q, Secrets: Secrets{
		Certificate: Secret{File: filepath.Join(dir, "c.pem")}, CertificatePassword: Secret{Env: "PASSWORD"}, CA: Secret{File: "/ca.pem"},
	}}
	if diff := cmp.Diff(want, p, cmp.AllowUnexported(insights.Secret{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
