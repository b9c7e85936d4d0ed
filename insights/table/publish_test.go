package table

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/cdm"
	"github.com/ownlake/ownlake/lake"
)

var rewrite = flag.Bool("rewrite", false, "write golden files anew")

func TestModelJSONIsWrittenAsItStands(t *testing.T) {
	t.Parallel()
	for _, format := range []insights.DataFormat{insights.Parquet, insights.CSV} {
		t.Run(string(format), func(t *testing.T) {
			t.Parallel()
			fx := newFixture(t, format, nil)
			fx.publish(t, insights.Ingestion, Spec{Table: "Crm Contacts", Description: "all types", Columns: everyColumn, PrimaryKey: "Id", Fingerprint: "f1"}, everyType)
			fx.publish(t, insights.Ingestion, Spec{Table: "Shop_Orders"}, "SELECT 1 AS n")
			got := fx.modelText(t, insights.Ingestion)
			// The size of a Parquet file is the engine's.
			got = regexp.MustCompile(`("ci:bytes",\s+"value": )"\d+"`).ReplaceAllString(got, `$1"…"`)
			golden := "testdata/model." + string(format) + ".json"
			if *rewrite {
				if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("model.json (-want +got); -rewrite takes it as right:\n%s", diff)
			}
		})
	}
}

func TestCSVFilesAreWrittenByTheRulesOfModelJSON(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, insights.CSV, nil)
	s := fx.publish(t, insights.Ingestion, Spec{Table: "T", Columns: everyColumn}, everyType)
	want, err := os.ReadFile("testdata/rows.csv")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), fx.text(t, lake.Path(s.Partitions[0].Path))); diff != "" {
		t.Errorf("file (-want +got):\n%s", diff)
	}
}

func TestTablesOfOneProcessCommittedAtOnceAllLand(t *testing.T) {
	t.Parallel()
	const writers = 8
	fx := newFixture(t, insights.Parquet, nil)
	fx.publish(t, insights.Ingestion, Spec{Table: "T0"}, "SELECT 0 AS n")
	folders := []*Folder{fx.Folder, fx.folderOn(fx.store, insights.Parquet), fx.folderOn(fx.store, insights.Parquet)}
	results := make(chan error, writers)
	var wg sync.WaitGroup
	for i := range writers {
		run := fx.nextRun()
		wg.Go(func() {
			c := folders[i%len(folders)].Begin(insights.Ingestion, run)
			_, err := c.Write(t.Context(), fx.session, fmt.Sprintf("SELECT %d AS n", i), Spec{Table: fmt.Sprint("T", i)}, nil)
			if err == nil {
				err = c.Publish(t.Context())
			}
			results <- err
		})
	}
	wg.Wait()
	close(results)
	for err := range results {
		if err != nil {
			t.Error(err)
		}
	}
	for i := range writers {
		s, err := fx.Current(t.Context(), insights.Ingestion, fmt.Sprint("T", i))
		if err != nil {
			t.Fatal(err)
		}
		if got := fx.content(t, s)[0][0]; got != strconv.Itoa(i) {
			t.Errorf("T%d holds %s", i, got)
		}
	}
}

func TestTheLaterOfTwoCommitsOfOneTableIsRefused(t *testing.T) {
	t.Parallel()
	for _, format := range []insights.DataFormat{insights.Parquet, insights.CSV} {
		fx := newFixture(t, format, nil)
		fx.publish(t, insights.Ingestion, Spec{Table: "T"}, "SELECT 0 AS n")
		slow := fx.Begin(insights.Ingestion, fx.nextRun())
		if _, err := slow.Write(t.Context(), fx.session, "SELECT 1 AS n", Spec{Table: "T"}, nil); err != nil {
			t.Fatal(err)
		}
		quick := fx.publish(t, insights.Ingestion, Spec{Table: "T"}, "SELECT 2 AS n")
		err := slow.Publish(t.Context())
		if !errs.Is(err, errs.Conflict) || !strings.Contains(err.Error(), string(quick.Run)) {
			t.Errorf("error = %v; want a Conflict that names run %s", err, quick.Run)
		}
		slow.Abort(t.Context())
		s, err := fx.Find(t.Context(), "T")
		if err != nil {
			t.Fatal(err)
		}
		if got := fx.content(t, s)[0][0]; got != "2" {
			t.Errorf("T holds %s", got)
		}
		if got := len(fx.dataFiles(t)); got != 2 {
			t.Errorf("%d data files, want the current and the superseded one", got)
		}
	}
}

// interrupted is a store that does something before it puts a path.
type interrupted struct {
	lake.Store
	path lake.Path
	once sync.Once
	do   func()
}

func (s *interrupted) PutBlob(ctx context.Context, fs lake.Filesystem, p lake.Path, r io.Reader, o lake.PutBlobOptions) (lake.Properties, error) {
	if p == s.path {
		s.once.Do(s.do)
	}
	return s.Store.PutBlob(ctx, fs, p, r, o)
}

func TestACommitThatIsOvertakenBeforeItsDeltaVersionOverwritesNothing(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, insights.Parquet, func(s lake.Service) lake.Store { return remote{s} })
	fx.publish(t, insights.Ingestion, Spec{Table: "T"}, "SELECT 0 AS n")
	var quick insights.Snapshot
	store := &interrupted{
		Store: fx.store, path: fx.tableDir(insights.Ingestion, "T").Join(deltaLogDir, "00000000000000000001.json"),
		do: func() { quick = fx.publish(t, insights.Ingestion, Spec{Table: "T"}, "SELECT 2 AS n") },
	}
	slow := fx.folderOn(store, insights.Parquet).Begin(insights.Ingestion, fx.nextRun())
	if _, err := slow.Write(t.Context(), fx.session, "SELECT 1 AS n", Spec{Table: "T"}, nil); err != nil {
		t.Fatal(err)
	}
	if err := slow.Publish(t.Context()); !errs.Is(err, errs.Conflict) {
		t.Errorf("error = %v, want Conflict", err)
	}
	slow.Abort(t.Context())
	got := deltaSnapshot(t, fx.Folder, insights.Ingestion, "T")
	if len(got.Partitions) != 1 || got.Partitions[0].Path != quick.Partitions[0].Path {
		t.Errorf("the log lists %v, want %v", got.Partitions, quick.Partitions)
	}
}

func TestATableWrittenTwiceInOneCommitHasTheLaterRows(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, insights.Parquet, nil)
	c := fx.Begin(insights.Ingestion, "r1")
	for _, n := range []string{"1", "2"} {
		if _, err := c.Write(t.Context(), fx.session, "SELECT "+n+" AS n", Spec{Table: "T"}, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(c.Publish(t.Context()), c.Publish(t.Context())); err != nil {
		t.Fatal(err)
	}
	s, err := fx.Find(t.Context(), "T")
	if err != nil {
		t.Fatal(err)
	}
	if got := fx.content(t, s)[0][0]; got != "2" || len(fx.dataFiles(t)) != 1 {
		t.Errorf("T holds %s in files %v", got, fx.dataFiles(t))
	}
}

func TestWhatOthersKeepInModelJSONStays(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, insights.Parquet, nil)
	text := `{"name":"x","version":"1.0","pbi:mashup":{"a":1},"entities":[
		{"$type":"LocalEntity","name":"Theirs","attributes":[{"name":"a","dataType":"dateTimeOffset","cdm:traits":[]}],
		 "partitions":[{"name":"p","location":"https://elsewhere.dfs.core.windows.net/c/p.csv"}]},
		{"$type":"LocalEntity","name":"Gone","attributes":[{"name":"a","dataType":"string"}]}],
		"relationships":[
		{"$type":"SingleKeyRelationship","fromAttribute":{"entityName":"Theirs","attributeName":"a"},"toAttribute":{"entityName":"Theirs","attributeName":"a"}},
		{"$type":"SingleKeyRelationship","fromAttribute":{"entityName":"Theirs","attributeName":"a"},"toAttribute":{"entityName":"Gone","attributeName":"a"}}]}`
	if _, err := fx.store.PutBlob(t.Context(), insights.Container, fx.modelPath(insights.Merge), strings.NewReader(text), lake.PutBlobOptions{}); err != nil {
		t.Fatal(err)
	}
	c := fx.Begin(insights.Merge, "r1")
	_, err := c.Write(t.Context(), fx.session, "SELECT 1 AS n", Spec{Table: "Customer"}, nil)
	c.Drop("Gone")
	if err = errors.Join(err, c.Publish(t.Context())); err != nil {
		t.Fatal(err)
	}
	m, _, err := cdm.Parse([]byte(fx.modelText(t, insights.Merge)))
	if err != nil {
		t.Fatal(err)
	}
	theirs := m.Local("Theirs")
	if m.Name != "Merge" || len(m.Extensions) != 1 || theirs == nil || len(theirs.Attributes[0].Extensions) != 1 || m.Local("Gone") != nil || len(m.Relationships) != 1 {
		t.Errorf("model = %+v", m)
	}
	list, err := fx.List(t.Context())
	if err != nil || len(list) != 2 || list[0].Columns[0].Type != insights.DateTime {
		t.Errorf("List = %+v, error %v", list, err)
	}
	if _, err := fx.Open(t.Context(), list[0]); !errs.Is(err, errs.Invalid) {
		t.Errorf("opening a table that lies elsewhere: %v", err)
	}
}

func TestAnUnreadableModelJSONIsNotOverwritten(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, insights.Parquet, nil)
	if _, err := fx.store.PutBlob(t.Context(), insights.Container, fx.modelPath(insights.Merge), strings.NewReader("{"), lake.PutBlobOptions{}); err != nil {
		t.Fatal(err)
	}
	_, err := fx.Begin(insights.Merge, "r1").Write(t.Context(), fx.session, "SELECT 1 AS n", Spec{Table: "T"}, nil)
	if !errs.Is(err, errs.Corrupt) || !strings.Contains(err.Error(), "Merge/model.json") {
		t.Errorf("error = %v", err)
	}
}

func TestAFileThatIsGoneIsNamed(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, insights.Parquet, nil)
	s := fx.publish(t, insights.Merge, Spec{Table: "T"}, "SELECT 1 AS n")
	if err := fx.store.Delete(t.Context(), insights.Container, lake.Path(s.Partitions[0].Path), lake.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := fx.Open(t.Context(), s); !errs.Is(err, errs.NotFound) || !strings.Contains(err.Error(), s.Partitions[0].Path) {
		t.Errorf("error = %v", err)
	}
}

func TestProgressGoesFromWritingToStored(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, insights.CSV, func(s lake.Service) lake.Store { return remote{s} })
	var mu sync.Mutex
	var last insights.Progress
	c := fx.Begin(insights.Merge, "r1")
	s, err := c.Write(t.Context(), fx.session, "SELECT n FROM range(10000) r(n)", Spec{Table: "T"}, func(p insights.Progress) {
		mu.Lock()
		defer mu.Unlock()
		last = p
	})
	if err != nil {
		t.Fatal(err)
	}
	want := insights.Progress{Step: "storing T", Done: s.Partitions[0].Bytes, Total: s.Partitions[0].Bytes, Unit: "bytes"}
	if diff := cmp.Diff(want, last); diff != "" {
		t.Error(diff)
	}
}

func (fx *fixture) modelText(t *testing.T, p insights.Process) string {
	t.Helper()
	return fx.text(t, fx.modelPath(p))
}

func (fx *fixture) text(t *testing.T, path lake.Path) string {
	t.Helper()
	c, err := fx.store.Read(t.Context(), insights.Container, path, lake.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(c.Body)
	if err = errors.Join(err, c.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return string(text)
}
