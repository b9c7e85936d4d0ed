package sample

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/ownlake/ownlake/errs"
)

// ReadRows reads a CSV file whose first columns are source, key and a group: the truth file of a sample (entity_id) or
// a clustering (customer_id). Further columns are ignored.
//
// Errors are NotFound for a missing file and Invalid, with the line, for content of another shape.
func ReadRows(path string) ([]Row, error) {
	const op = errs.Op("sample.ReadRows")
	file, err := os.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, errs.E(op, errs.NotFound, errs.Item(path), errs.Hint("check the path"), "no such file")
	case err != nil:
		return nil, errs.E(op, errs.Unavailable, errs.Item(path), err)
	}
	defer func() { _ = file.Close() }() // it was only read
	rows, err := readRows(file)
	if err != nil {
		return nil, errs.E(op, errs.Invalid, errs.Item(path), errs.Hint("the columns must be source, key and a group"), err)
	}
	return rows, nil
}

func readRows(in io.Reader) ([]Row, error) {
	r := csv.NewReader(in)
	r.ReuseRecord = true
	header, err := r.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("the file is empty")
	}
	if err != nil {
		return nil, err
	}
	if len(header) < 3 || header[0] != "source" || header[1] != "key" {
		return nil, fmt.Errorf("line 1: the columns are %q", header)
	}
	var rows []Row
	names := map[string]string{} // few sources and groups, many rows: each name is kept once
	for {
		f, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
		rows = append(rows, Row{Source: once(names, f[0]), Key: strings.Clone(f[1]), Group: once(names, f[2])})
	}
}

func once(names map[string]string, s string) string {
	if kept, ok := names[s]; ok {
		return kept
	}
	kept := strings.Clone(s) // s is a part of the whole line's memory
	names[kept] = kept
	return kept
}
