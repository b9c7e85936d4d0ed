package match

import (
	"encoding/binary"
	"hash/crc32"
	"sync"

	"github.com/ownlake/ownlake/errs"
)

// Index finds the records that a new one may be, with the model that a run has learned. It is a file:
//
//	"OWNLKIDX", version (4 bytes), length of the description (4), the description (JSON), zeros up to 8 bytes,
//	sections in the order of the description, each of little-endian numbers of 4 bytes or of text, filled up to 8 bytes,
//	the CRC-32 (Castagnoli) of everything before (4 bytes).
//
// The description holds what the columns are, the model and the blocking keys. The sections hold per dictionary its
// texts and where each begins, per field a code per row and the rows per value, per key the rows by a hash of what it
// joins, and per row its cluster and names.
//
// An Index is for concurrent use, and never changes.
type Index struct {
	about    indexAbout
	model    model
	fields   []indexField
	keys     []indexKey
	names    indexTexts // of rows
	ids      indexTexts // of clusters
	clusters []uint32   // of rows
	sizes    []uint32   // records of each cluster
	workers  sync.Pool
}

const (
	indexMagic   = "OWNLKIDX"
	indexVersion = 1
)

// indexAbout is the description of an index.
type indexAbout struct {
	Rows      int                    `json:"rows"`
	Records   int                    `json:"records"`
	Customers int                    `json:"customers"`
	Threshold float64                `json:"threshold"`
	Columns   []indexColumn          `json:"columns"`
	Fields    []indexFieldAbout      `json:"fields"`
	Dicts     int                    `json:"dictionaries"`
	Keys      [][]string             `json:"keys"` // names of atoms
	Shares    [classes]float64       `json:"shares"`
	Levels    [classes][][]float64   `json:"levels"`
	Compared  []indexComparisonAbout `json:"comparisons"`
}

type indexComparisonAbout struct {
	Name   string `json:"name"`
	Levels int    `json:"levels"`
}

// indexColumn is what a column of the tables holds.
type indexColumn struct {
	Name       string `json:"name"`
	Kind       Kind   `json:"kind"`
	MonthFirst bool   `json:"monthFirst,omitempty"`
}

type indexFieldAbout struct {
	Kind   Kind   `json:"kind"`
	Name   string `json:"name"`
	Filled int    `json:"filled"`
	Dict   int    `json:"dictionary"`
	// Defaults are values that count as missing.
	Defaults []string `json:"defaults,omitempty"`
}

// indexTexts are texts one after the other: text i is of blob[starts[i]:starts[i+1]].
type indexTexts struct {
	starts []uint32
	blob   []byte
}

func (t *indexTexts) text(i uint32) string { return unsafeString(t.blob[t.starts[i]:t.starts[i+1]]) }

func (t *indexTexts) len() int { return max(0, len(t.starts)-1) }

// indexField is a field of all rows.
type indexField struct {
	kind     Kind
	name     string
	filled   int
	dict     *indexTexts
	codes    []uint32 // of rows
	counts   []uint32 // rows of each value
	defaults map[string]bool
	corpus   *wordIndex
}

// indexKey is a blocking key: the rows whose hash begins alike are of rows[starts[bucket]:starts[bucket+1]].
type indexKey struct {
	name   string
	atoms  []atom
	starts []uint32
	rows   []uint32
}

func (k *indexKey) bucket(hash uint64) []uint32 {
	buckets := len(k.starts) - 1
	if buckets < 1 {
		return nil
	}
	at := bucketAt(hash, buckets)
	return k.rows[k.starts[at]:k.starts[at+1]]
}

// bucketAt maps a hash to one of a power of two of buckets.
func bucketAt(hash uint64, buckets int) int { return int(hash >> 32 & uint64(buckets-1)) }

// textHash64 is FNV-1a of 64 bits, never 0 but for the empty text, and with its bits spread.
func textHash64(s string) uint64 {
	if s == "" {
		return 0
	}
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	h ^= h >> 29
	return h*0xbf58476d1ce4e5b9 | 1
}

// mixHashes makes one hash of several; 0 of them makes it 0.
func mixHashes(h, next uint64) uint64 {
	if h == 0 || next == 0 {
		return 0
	}
	h = (h ^ next) * 0x94d049bb133111eb
	return (h ^ h>>31) | 1
}

// byteOrder is that of the file.
var byteOrder = binary.LittleEndian

func checksum() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

func corruptIndex(item string, cause error) error {
	return errs.E(errs.Corrupt, errs.Item(item), "the index is damaged", errs.Hint("make it again: ownlake unify … --index FILE"), cause)
}
