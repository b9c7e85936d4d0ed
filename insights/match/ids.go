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
