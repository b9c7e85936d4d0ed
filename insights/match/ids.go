package match

import (
	"crypto/sha256"
	"encoding/hex"
)

// IDs names clusters: a hash of the source and key of the record that comes first by source and key, so that a
// cluster keeps its name as long as it keeps that record, in whatever order records are read.
func (r *Result) IDs(key func(table, row int) string) func(cluster uint32) string {
	names := make(map[uint32]string, r.Summary.Customers)
	rec := 0
	least := make(map[uint32]string, r.Summary.Customers)
	for t, table := range r.tables {
		for row := range table.Rows {
			c := r.Clusters[rec]
			name := table.Name + "\x00" + key(t, row)
			if first, ok := least[c]; !ok || name < first {
				least[c] = name
			}
			rec++
		}
	}
	return func(cluster uint32) string {
		if id, ok := names[cluster]; ok {
			return id
		}
		sum := sha256.Sum256([]byte(least[cluster]))
		names[cluster] = hex.EncodeToString(sum[:12])
		return names[cluster]
	}
}

// Clustered is a result with clusters that were found otherwise, or that go beyond those of model, which may be nil. A
// cluster is named by its first record.
func Clustered(model *Result, tables []*Table, clusters []uint32) *Result {
	r := &Result{}
	if model != nil {
		*r = *model
	}
	r.tables, r.Clusters = tables, clusters
	r.Summary.Records, r.Summary.Customers = len(clusters), 0
	for rec, c := range clusters {
		if c == uint32(rec) {
			r.Summary.Customers++
		}
	}
	return r
}
