package match

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/ownlake/ownlake/insights/engine"
	"github.com/ownlake/ownlake/insights/engine/duckdb"
	"github.com/ownlake/ownlake/sample"
)

// level is a quality reached: F1 of pairs and of B-cubed.
type level struct {
	Pairs  float64 `json:"pairs"`
	BCubed float64 `json:"bCubed"`
}

// TestAccuracyDoesNotFall scores the sets of OWNLAKE_ER_DATA against testdata/floor.json, the level last reached,
// which OWNLAKE_RAISE_FLOOR=1 raises and nothing lowers. Sets without a floor are printed only.
func TestAccuracyDoesNotFall(t *testing.T) {
	data := os.Getenv("OWNLAKE_ER_DATA")
	if data == "" {
		t.Skip("OWNLAKE_ER_DATA names no folder of entity-resolution data")
	}
	floor := readFloor(t)
	raised := false
	for name, set := range accuracySets(t, data) {
		t.Run(name, func(t *testing.T) {
			got, onePair := accuracy(t, set.records, set.truth)
			least := floor[name]
			t.Logf("%-10s pairs %.4f (floor %.4f), B-cubed %.4f (floor %.4f)", name, got.Pairs, least.Pairs, got.BCubed, least.BCubed)
			same := 0.0005 + onePair // what chance is made of is sampled
			if got.Pairs < least.Pairs-same || got.BCubed < least.BCubed-same {
				t.Errorf("%s fell below the level last reached", name)
			}
			if got.Pairs > least.Pairs || got.BCubed > least.BCubed {
				floor[name] = level{max(got.Pairs, least.Pairs), max(got.BCubed, least.BCubed)}
				raised = true
			}
		})
	}
	if raised && os.Getenv("OWNLAKE_RAISE_FLOOR") != "" {
		writeFloor(t, floor)
	}
}

type accuracySet struct{ records, truth string }

// accuracySets are the folder's files that hold their truth, and its folders of records and truth.
func accuracySets(t *testing.T, data string) map[string]accuracySet {
	t.Helper()
	sets := map[string]accuracySet{}
	files, err := filepath.Glob(filepath.Join(data, "*.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		sets[filepath.Base(f[:len(f)-len(".parquet")])] = accuracySet{f, f}
	}
	folders, err := filepath.Glob(filepath.Join(data, "*", "truth.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range folders {
		dir := filepath.Dir(f)
		sets[filepath.Base(dir)] = accuracySet{filepath.Join(dir, "records.parquet"), f}
	}
	return sets
}

func accuracy(t *testing.T, recordsFile, truthFile string) (reached level, onePair float64) {
	t.Helper()
	records, truth := readTable(t, recordsFile), readTable(t, truthFile)
	result, err := Run(t.Context(), []*Table{records}, Options{Skip: []string{"record_id", "entity_id"}})
	if err != nil {
		t.Fatal(err)
	}
	id, _ := records.Column("record_id")
	key, _ := truth.Column("record_id")
	group, _ := truth.Column("entity_id")
	var want, got []sample.Row
	for row := range truth.Rows {
		want = append(want, sample.Row{Key: key.Value(row), Group: group.Value(row)})
	}
	for row, c := range result.Clusters {
		got = append(got, sample.Row{Key: id.Value(row), Group: strconv.Itoa(int(c))})
	}
	m, err := sample.Score(want, got)
	if err != nil {
		t.Fatal(err)
	}
	return level{m.Pairs.F1, m.BCubed.F1}, 1 / float64(max(1, m.TruePairs))
}

func readTable(t *testing.T, path string) *Table {
	t.Helper()
	table, _, err := ReadFile(t.Context(), path, func() (engine.Session, error) { return openSession(t.Context(), t.TempDir()) })
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func openSession(ctx context.Context, dir string) (engine.Session, error) {
	db, err := duckdb.New(duckdb.Options{Dir: dir})
	if err != nil {
		return nil, err
	}
	return db.Open(ctx, engine.Options{})
}

const floorFile = "testdata/floor.json"

func readFloor(t *testing.T) map[string]level {
	t.Helper()
	floor := map[string]level{}
	text, err := os.ReadFile(floorFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &floor); err != nil {
		t.Fatal(err)
	}
	return floor
}

func writeFloor(t *testing.T, floor map[string]level) {
	t.Helper()
	text, err := json.MarshalIndent(floor, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(floorFile, append(text, '\n'), 0o600); err != nil {
		t.Fatal(err)
	}
}
