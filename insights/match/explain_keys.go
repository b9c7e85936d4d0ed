package match

import (
	"fmt"
	"strings"
)

// MissedKey is a blocking key that does not propose a pair, and why.
type MissedKey struct {
	Key string `json:"key"`
	Why string `json:"why"`
}

// proposing says of each key whether it proposes two rows.
func (r *Result) proposing(left, right row) (keys []string, missed []MissedKey) {
	for i := range r.keys {
		k := &r.keys[i]
		why := ""
		switch a, b := k.of(left), k.of(right); {
		case a == 0 || b == 0:
			why = k.lacking(left, right)
		case a != b:
			why = k.differing(left, right)
		case !k.whole:
			why = r.divided(k, a, left, right)
		}
		if why == "" {
			keys = append(keys, k.name)
			continue
		}
		missed = append(missed, MissedKey{k.name, why})
	}
	return keys, missed
}

func (k *key) lacking(left, right row) string {
	var names []string
	for _, a := range k.atoms {
		if a.of(left) == 0 || a.of(right) == 0 {
			names = append(names, a.name)
		}
	}
	return "a record has no " + strings.Join(names, ", no ")
}

func (k *key) differing(left, right row) string {
	var names []string
	for _, a := range k.atoms {
		if a.of(left) != a.of(right) {
			names = append(names, a.name)
		}
	}
	return "they differ in " + strings.Join(names, ", ")
}

// divided follows how a block is divided, and says by what the two rows were separated: "" if they were not.
func (r *Result) divided(k *key, hash uint32, left, right row) string {
	var block []row
	for rec := range uint32(r.records.n) {
		if row := r.records.row(rec); k.of(row) == hash {
			block = append(block, row)
		}
	}
	size := len(block)
	for _, d := range r.dividers {
		if len(block) <= maxBlock {
			return ""
		}
		var part []row
		have, at := 0, d.of(left)
		for _, row := range block {
			h := d.of(row)
			if h != 0 {
				have++
			}
			if h == at {
				part = append(part, row)
			}
		}
		switch {
		case have*2 < len(block):
			continue // hardly any record has it
		case at == 0 || d.of(right) == 0:
			return fmt.Sprintf("%d records share it, which are divided by %s, and a record has none", size, d.name)
		case d.of(right) != at:
			return fmt.Sprintf("%d records share it, which are divided by %s, and that differs", size, d.name)
		}
		block = part
	}
	if len(block) <= maxBlock || equalRows(left, right) {
		return ""
	}
	return fmt.Sprintf("%d records share it, too many to compare", size)
}

func equalRows(a, b row) bool {
	for i := range a {
		if a[i].code() != b[i].code() {
			return false
		}
	}
	return true
}
