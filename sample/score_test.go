package sample_test

import (
	"math"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/sample"
)

// groups makes rows of source A with keys 1, 2, … from one letter for each row's group.
func groups(letters string) []sample.Row {
	rows := make([]sample.Row, len(letters))
	for i, c := range letters {
		rows[i] = sample.Row{Source: "A", Key: strconv.Itoa(i + 1), Group: string(c)}
	}
	return rows
}

func TestScoreCountsPairs(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, truth, clusters string
		want                  sample.Metrics
	}{
		{
			"the truth itself under other names", "aabbb", "xxyyy",
			sample.Metrics{
				Records: 5, Entities: 2, Clusters: 2, TruePairs: 4, FoundPairs: 4, CorrectPairs: 4,
				Pairs: sample.Quality{Precision: 1, Recall: 1, F1: 1}, BCubed: sample.Quality{Precision: 1, Recall: 1, F1: 1},
			},
		},
		{
			"nothing matched", "aab", "xyz",
			sample.Metrics{
				Records: 3, Entities: 2, Clusters: 3, TruePairs: 1,
				Pairs:  sample.Quality{Precision: 1},
				BCubed: sample.Quality{Precision: 1, Recall: 2.0 / 3, F1: 0.8},
			},
		},
		{
			"everything matched", "aab", "xxx",
			sample.Metrics{
				Records: 3, Entities: 2, Clusters: 1, TruePairs: 1, FoundPairs: 3, CorrectPairs: 1,
				Pairs:  sample.Quality{Precision: 1.0 / 3, Recall: 1, F1: 0.5},
				BCubed: sample.Quality{Precision: 5.0 / 9, Recall: 1, F1: 5.0 / 7},
			},
		},
		{
			"one record in the wrong cluster", "aaabb", "xxyyy",
			sample.Metrics{
				Records: 5, Entities: 2, Clusters: 2, TruePairs: 4, FoundPairs: 4, CorrectPairs: 2,
				Pairs:  sample.Quality{Precision: 0.5, Recall: 0.5, F1: 0.5},
				BCubed: sample.Quality{Precision: 11.0 / 15, Recall: 11.0 / 15, F1: 11.0 / 15},
			},
		},
		{
			"no pair to find", "abc", "xyz",
			sample.Metrics{
				Records: 3, Entities: 3, Clusters: 3,
				Pairs: sample.Quality{Precision: 1, Recall: 1, F1: 1}, BCubed: sample.Quality{Precision: 1, Recall: 1, F1: 1},
			},
		},
	} {
		got, err := sample.Score(groups(tt.truth), groups(tt.clusters))
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if diff := cmp.Diff(tt.want, got, cmpopts.EquateApprox(0, 1e-12)); diff != "" {
			t.Errorf("%s: Score(%s, %s) (-want +got):\n%s", tt.name, tt.truth, tt.clusters, diff)
		}
	}
}

// The definitions, applied pair by pair and record by record, against the counting.
func TestScoreAgreesWithTheDefinitions(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(21, 22))
	for range 300 {
		n := 1 + r.IntN(40)
		truth, clusters := make([]byte, n), make([]byte, n)
		for i := range n {
			truth[i], clusters[i] = 'a'+byte(r.IntN(10)), 'a'+byte(r.IntN(10))
		}
		got, err := sample.Score(groups(string(truth)), groups(string(clusters)))
		if err != nil {
			t.Fatal(err)
		}
		var same, found, correct int64
		var precision, recall float64
		for i := range n {
			inEntity, inCluster, inBoth := 0.0, 0.0, 0.0
			for j := range n {
				e, c := truth[i] == truth[j], clusters[i] == clusters[j]
				inEntity, inCluster, inBoth = inEntity+one(e), inCluster+one(c), inBoth+one(e && c)
				if i < j {
					same, found, correct = same+int64(one(e)), found+int64(one(c)), correct+int64(one(e && c))
				}
			}
			precision, recall = precision+inBoth/inCluster, recall+inBoth/inEntity
		}
		if got.TruePairs != same || got.FoundPairs != found || got.CorrectPairs != correct {
			t.Errorf("Score(%s, %s): pairs %d %d %d, want %d %d %d", truth, clusters,
				got.TruePairs, got.FoundPairs, got.CorrectPairs, same, found, correct)
		}
		if math.Abs(got.BCubed.Precision-precision/float64(n)) > 1e-9 || math.Abs(got.BCubed.Recall-recall/float64(n)) > 1e-9 {
			t.Errorf("Score(%s, %s): B-cubed %+v, want %v and %v", truth, clusters, got.BCubed, precision/float64(n), recall/float64(n))
		}
	}
}

func one(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func TestScoreCountsAMissingRecordAsACustomerOfItsOwn(t *testing.T) {
	t.Parallel()
	clusters := append(groups("xx"), sample.Row{Source: "A", Key: "99", Group: "x"}, sample.Row{Source: "B", Key: "1", Group: "x"})
	got, err := sample.Score(groups("aaaa"), clusters)
	if err != nil {
		t.Fatal(err)
	}
	if got.Missing != 2 || got.Unknown != 2 || got.Clusters != 1 || got.FoundPairs != 1 || got.TruePairs != 6 {
		t.Errorf("Score = %+v, want 2 missing, 2 unknown, 1 cluster, 1 pair found of 6", got)
	}
}

func TestScoreKnowsTablesByTheirFileName(t *testing.T) {
	t.Parallel()
	truth := []sample.Row{{"CRM_Contacts", "1", "a"}, {"Shop_Customers", "1", "a"}, {"Old_Customers", "1", "b"}}
	got, err := sample.Score(truth, []sample.Row{{"contacts", "1", "x"}, {"Shop_Customers", "1", "x"}})
	if err != nil || got.CorrectPairs != 1 || got.Unknown != 0 {
		t.Errorf("Score = %+v, %v; want contacts taken for CRM_Contacts", got, err)
	}
	got, err = sample.Score(truth, []sample.Row{{"customers", "1", "x"}})
	if err != nil || got.Unknown != 1 {
		t.Errorf("Score = %+v, %v; want customers unknown, as two tables have that name", got, err)
	}
}

func TestScoreRefusesARecordInTwoGroups(t *testing.T) {
	t.Parallel()
	twice := append(groups("ab"), sample.Row{Source: "A", Key: "1", Group: "b"})
	for name, pair := range map[string][2][]sample.Row{
		"the truth":      {twice, groups("xy")},
		"the clustering": {groups("ab"), twice},
	} {
		if _, err := sample.Score(pair[0], pair[1]); !errs.Is(err, errs.Invalid) || !strings.Contains(err.Error(), name+" has A 1 twice") {
			t.Errorf("%s with a record twice: error %v", name, err)
		}
	}
	if _, err := sample.Score(nil, groups("x")); !errs.Is(err, errs.Invalid) {
		t.Errorf("a truth without rows: error %v, want kind invalid", err)
	}
}

func TestASampleScoresPerfectlyAgainstItself(t *testing.T) {
	t.Parallel()
	dir, s := generate(t, 4_000, 1)
	truth, err := sample.ReadRows(filepath.Join(dir, "truth.csv"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := sample.Score(truth, truth)
	if err != nil || got.Pairs.F1 != 1 || got.BCubed.F1 != 1 || got.TruePairs != s.TruePairs || got.Entities != 4_000 {
		t.Errorf("Score = %+v, %v", got, err)
	}
}

func TestReadRowsNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, tt := range map[string]struct {
		text, want string
		kind       errs.Kind
	}{
		"empty.csv":   {"", "the file is empty", errs.Invalid},
		"columns.csv": {"key,source,customer_id\n", "line 1", errs.Invalid},
		"two.csv":     {"source,key\n", "line 1", errs.Invalid},
		"ragged.csv":  {"source,key,customer_id\nA,1,x\nA,2\n", "line 3", errs.Invalid},
		"quote.csv":   {"source,key,customer_id\nA,\"1\"2,x\n", "line 2", errs.Invalid},
	} {
		path := filepath.Join(dir, name)
		write(t, path, tt.text)
		_, err := sample.ReadRows(path)
		if !errs.Is(err, tt.kind) || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: error %v, want kind %v, the path and %q", name, err, tt.kind, tt.want)
		}
	}
	if _, err := sample.ReadRows(filepath.Join(dir, "absent.csv")); !errs.Is(err, errs.NotFound) {
		t.Errorf("a missing file: error %v, want kind not found", err)
	}
}

func TestReadRowsIgnoresFurtherColumns(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "clusters.csv")
	write(t, path, "source,key,customer_id,score\nA,\"1,5\",x,0.9\n")
	got, err := sample.ReadRows(path)
	if diff := cmp.Diff([]sample.Row{{"A", "1,5", "x"}}, got); err != nil || diff != "" {
		t.Errorf("ReadRows: %v (-want +got):\n%s", err, diff)
	}
}

func BenchmarkScore(b *testing.B) {
	const records = 300_000
	truth, clusters := make([]sample.Row, records), make([]sample.Row, records)
	for i := range truth {
		key := strconv.Itoa(i)
		truth[i] = sample.Row{Source: "A", Key: key, Group: strconv.Itoa(i / 3)}
		clusters[i] = sample.Row{Source: "A", Key: key, Group: strconv.Itoa(i / 2)}
	}
	for b.Loop() {
		if _, err := sample.Score(truth, clusters); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(records*b.N)/b.Elapsed().Seconds(), "rows/s")
}
