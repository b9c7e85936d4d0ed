package sample

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ownlake/ownlake/errs"
)

// Row says that one record belongs to a group: in the truth to an entity, in a clustering to a customer.
type Row struct {
	Source, Key string
	Group       string
}

// Metrics compare a clustering with the truth. A pair is two records of one group. Shares are 0 to 1.
type Metrics struct {
	Records  int `json:"records"`  // in the truth
	Missing  int `json:"missing"`  // of these, how many the clustering does not know; each counts as a customer of its own
	Unknown  int `json:"unknown"`  // in the clustering and not in the truth; left out of everything else
	Entities int `json:"entities"` // in the truth
	Clusters int `json:"clusters"` // in the clustering, that hold records of the truth

	TruePairs    int64 `json:"truePairs"`
	FoundPairs   int64 `json:"foundPairs"`
	CorrectPairs int64 `json:"correctPairs"`

	// Pairs weighs groups by their pairs: a large group that went wrong weighs heavily. Precision is 1 when no
	// pair was found, recall is 1 when there is none to find.
	Pairs Quality `json:"pairs"`
	// BCubed weighs each record the same.
	BCubed Quality `json:"bCubed"`
}

// Quality is precision, recall and their harmonic mean.
type Quality struct {
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
	F1        float64 `json:"f1"`
}

func quality(precision, recall float64) Quality {
	q := Quality{Precision: precision, Recall: recall}
	if precision+recall > 0 {
		q.F1 = 2 * precision * recall / (precision + recall)
	}
	return q
}

// Score compares clusters with the truth. It counts group sizes and never visits pairs, so its time grows with the
// number of rows.
//
// A source of the clustering that the truth does not have stands for the truth's source of that table, when there
// is exactly one: contacts for CRM_Contacts, as file names and table names differ. A record that occurs twice in
// either is an Invalid error, as is a truth without rows.
func Score(truth, clusters []Row) (Metrics, error) {
	const op = errs.Op("sample.Score")
	if len(truth) == 0 {
		return Metrics{}, errs.E(op, errs.Invalid, errs.Hint("pass the truth.csv of a sample"), "the truth has no rows")
	}
	t, err := newTruth(truth)
	if err != nil {
		return Metrics{}, errs.E(op, errs.Invalid, errs.Hint("give each record one entity"), err)
	}
	m := Metrics{Records: len(truth), Entities: t.entities.count()}
	cluster, err := t.assign(clusters, &m)
	if err != nil {
		return Metrics{}, errs.E(op, errs.Invalid, errs.Hint("give each record one customer"), err)
	}
	m.compare(t.entity, cluster)
	return m, nil
}

// recordKey names a record; sources are numbered.
type recordKey struct {
	source int32
	key    string
}

// numbering gives consecutive numbers to names.
type numbering map[string]int32

func (n numbering) of(name string) int32 {
	i, ok := n[name]
	if !ok {
		i = int32(len(n))
		n[name] = i
	}
	return i
}

func (n numbering) count() int { return len(n) }

// truthIndex finds records of the truth.
type truthIndex struct {
	sources, entities numbering
	record            map[recordKey]int32
	entity            []int32 // of each record
}

func newTruth(rows []Row) (*truthIndex, error) {
	t := &truthIndex{
		sources: numbering{}, entities: numbering{},
		record: make(map[recordKey]int32, len(rows)), entity: make([]int32, len(rows)),
	}
	for i, r := range rows {
		k := recordKey{t.sources.of(r.Source), r.Key}
		if _, twice := t.record[k]; twice {
			return nil, fmt.Errorf("the truth has %s %s twice", r.Source, r.Key)
		}
		t.record[k] = int32(i)
		t.entity[i] = t.entities.of(r.Group)
	}
	return t, nil
}

// assign returns the cluster of each record of the truth. Records without one get a cluster of their own.
func (t *truthIndex) assign(rows []Row, m *Metrics) ([]int32, error) {
	const none = -1
	cluster := slices.Repeat([]int32{none}, len(t.entity))
	names, alias := numbering{}, map[string]int32{}
	for _, r := range rows {
		i, ok := t.record[recordKey{t.source(r.Source, alias), r.Key}]
		switch {
		case !ok:
			m.Unknown++
			continue
		case cluster[i] != none:
			return nil, fmt.Errorf("the clustering has %s %s twice", r.Source, r.Key)
		}
		cluster[i] = names.of(r.Group)
	}
	m.Clusters = names.count()
	for i := range cluster {
		if cluster[i] == none {
			cluster[i] = int32(names.count() + m.Missing)
			m.Missing++
		}
	}
	return cluster, nil
}

// source finds the truth's number of a clustering's source, and -1 when there is none.
func (t *truthIndex) source(name string, alias map[string]int32) int32 {
	if i, ok := t.sources[name]; ok {
		return i
	}
	if i, ok := alias[name]; ok {
		return i
	}
	found := int32(-1)
	for known, i := range t.sources {
		_, table, _ := strings.Cut(known, "_")
		if !strings.EqualFold(table, name) {
			continue
		}
		if found >= 0 {
			found = -1
			break
		}
		found = i
	}
	alias[name] = found
	return found
}

// compare fills in pairs and shares. Records of the same entity and cluster form a cell; the sizes of cells, entities
// and clusters say everything.
func (m *Metrics) compare(entity, cluster []int32) {
	cells := make([]uint64, len(entity))
	entitySize, clusterSize := make([]int64, len(entity)), make([]int64, len(entity))
	for i := range entity {
		cells[i] = uint64(entity[i])<<32 | uint64(cluster[i])
		entitySize[entity[i]]++
		clusterSize[cluster[i]]++
	}
	m.TruePairs, m.FoundPairs = pairs(entitySize), pairs(clusterSize)
	slices.Sort(cells)
	var precision, recall float64
	for i := 0; i < len(cells); {
		n := i
		for n < len(cells) && cells[n] == cells[i] {
			n++
		}
		size := int64(n - i)
		m.CorrectPairs += size * (size - 1) / 2
		square := float64(size) * float64(size)
		recall += square / float64(entitySize[cells[i]>>32])
		precision += square / float64(clusterSize[cells[i]&0xffffffff])
		i = n
	}
	records := float64(len(entity))
	m.BCubed = quality(precision/records, recall/records)
	m.Pairs = quality(share(m.CorrectPairs, m.FoundPairs), share(m.CorrectPairs, m.TruePairs))
}

func pairs(sizes []int64) (n int64) {
	for _, size := range sizes {
		n += size * (size - 1) / 2
	}
	return n
}

func share(part, whole int64) float64 {
	if whole == 0 {
		return 1
	}
	return float64(part) / float64(whole)
}
