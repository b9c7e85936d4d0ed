package table

import (
	"bufio"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/lake"
)

func TestTheDeltaLogListsTheFilesOfModelJSON(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, insights.Parquet, nil)
	fx.partBytes = 64 << 10
	var s insights.Snapshot
	for i := range 4 { // the last one leaves the columns as they are
		columns := []string{"n", "n, hash(n) >> 1 AS h", "n, hash(n)::DOUBLE AS h", "n, hash(n)::DOUBLE AS h"}[i]
		s = fx.publish(t, insights.Ingestion, Spec{Table: "T"}, "SELECT "+columns+" FROM range(400000) r(n)")
	}
	if len(s.Partitions) < 2 || s.Rows() != 400000 {
		t.Fatalf("%d rows in %d files", s.Rows(), len(s.Partitions))
	}
	d := deltaSnapshot(t, fx.Folder, insights.Ingestion, "T")
	sizes := func(s insights.Snapshot) map[string]int64 {
		m := map[string]int64{}
		for _, p := range s.Partitions {
			m[p.Path] = p.Bytes
		}
		return m
	}
	if diff := cmp.Diff(sizes(s), sizes(d)); diff != "" {
		t.Errorf("files (-model +log):\n%s", diff)
	}
	if diff := cmp.Diff(s.Columns, d.Columns); diff != "" {
		t.Errorf("columns (-model +log):\n%s", diff)
	}
}

func TestADeltaLogOfPublications(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, insights.Parquet, nil)
	fx.publish(t, insights.Ingestion, Spec{Table: "T"}, "SELECT 1 AS n")
	fx.publish(t, insights.Ingestion, Spec{Table: "T"}, "SELECT 2 AS n")
	fx.publish(t, insights.Ingestion, Spec{Table: "T"}, "SELECT 2 AS n, 'x' AS m")
	c := fx.Begin(insights.Ingestion, fx.nextRun())
	c.Drop("T")
	c.Drop("Unknown")
	if err := c.Publish(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"commitInfo protocol metaData add",
		"commitInfo remove add",
		"commitInfo metaData remove add",
		"commitInfo remove",
	}
	ids := map[string]bool{}
	for version, kinds := range want {
		var got []string
		for _, line := range fx.deltaLines(t, "T", version) {
			for kind, body := range line {
				got = append(got, kind)
				if m := (deltaMetaData{}); kind == "metaData" {
					if err := json.Unmarshal(body, &m); err != nil {
						t.Fatal(err)
					}
					ids[m.ID] = true
				}
			}
		}
		if diff := cmp.Diff(kinds, strings.Join(got, " ")); diff != "" {
			t.Errorf("version %d (-want +got):\n%s", version, diff)
		}
	}
	if len(ids) != 1 {
		t.Errorf("table ids: %v", ids)
	}
	if _, err := fx.store.Properties(t.Context(), insights.Container, fx.tableDir(insights.Ingestion, "Unknown"), lake.Conditions{}); !errs.Is(err, errs.NotFound) {
		t.Errorf("dropping an unknown table made a folder, error %v", err)
	}
}

func TestALogThatAnotherProgramRaisedIsLeftAlone(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, insights.Parquet, nil)
	s := fx.publish(t, insights.Ingestion, Spec{Table: "T"}, "SELECT 1 AS n")
	path := fx.tableDir(insights.Ingestion, "T").Join(deltaLogDir, "00000000000000000001.json")
	raised := `{"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["deletionVectors"],"writerFeatures":[]}}` + "\n"
	if _, err := fx.store.PutBlob(t.Context(), insights.Container, path, strings.NewReader(raised), lake.PutBlobOptions{}); err != nil {
		t.Fatal(err)
	}
	c := fx.Begin(insights.Ingestion, fx.nextRun())
	if _, err := c.Write(t.Context(), fx.session, "SELECT 2 AS n", Spec{Table: "T"}, nil); err != nil {
		t.Fatal(err)
	}
	if err := c.Publish(t.Context()); !errs.Is(err, errs.Conflict) || !strings.Contains(err.Error(), "(3,7)") {
		t.Errorf("error = %v", err)
	}
	c.Abort(t.Context())
	fx.content(t, s)
}

// deltaLines reads a version of a table's log.
func (fx *fixture) deltaLines(t *testing.T, table string, version int) []map[string]json.RawMessage {
	t.Helper()
	d := deltaLog{dir: fx.tableDir(insights.Ingestion, table).Join(deltaLogDir)}
	c, err := fx.store.Read(t.Context(), insights.Container, d.versionPath(int64(version)), lake.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Body.Close() }()
	var lines []map[string]json.RawMessage
	for sc := bufio.NewScanner(io.LimitReader(c.Body, 1<<20)); sc.Scan(); {
		var m map[string]json.RawMessage
		if err := json.Unmarshal(sc.Bytes(), &m); err != nil {
			t.Fatalf("%s: %v", sc.Text(), err)
		}
		lines = append(lines, m)
	}
	return lines
}

// schemaColumns reads a schemaString back, as far as Delta's types tell.
func schemaColumns(t *testing.T, schema string) []insights.Column {
	t.Helper()
	if schema == "" {
		return nil
	}
	var s struct{ Fields []struct{ Name, Type string } }
	if err := json.Unmarshal([]byte(schema), &s); err != nil {
		t.Fatal(err)
	}
	types := map[string]insights.DataType{"long": insights.Int64, "timestamp": insights.DateTime}
	var list []insights.Column
	for _, f := range s.Fields {
		c := insights.Column{Name: f.Name, Type: insights.DataType(f.Type)}
		if t, ok := types[f.Type]; ok {
			c.Type = t
		}
		list = append(list, c)
	}
	return list
}
