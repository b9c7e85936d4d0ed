package report

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/ownlake/ownlake/errs"
)

// Answer is a person's decision on a pair.
type Answer struct {
	First, Second string // names of records, as the report has them
	Same          bool
}

// ReadAnswers reads what a page saved: CSV with the columns first, second and answer, which is "same" or "different";
// pairs without an answer are left out. Errors are Invalid, with the line.
func ReadAnswers(r io.Reader) ([]Answer, error) {
	const op = errs.Op("report.ReadAnswers")
	in := csv.NewReader(r)
	in.FieldsPerRecord = 3
	header, err := in.Read()
	if err != nil || strings.TrimPrefix(strings.Join(header, ","), "\ufeff") != "first,second,answer" {
		return nil, errs.E(op, errs.Invalid, "the first line is not first,second,answer", errs.Hint("use a file that the report's page saved"), err)
	}
	var list []Answer
	for {
		fields, err := in.Read()
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return nil, errs.E(op, errs.Invalid, "the file is no CSV of answers", errs.Hint("use a file that the report's page saved"), err)
		}
		line, _ := in.FieldPos(2)
		switch fields[2] {
		case "same", "different":
			if fields[0] == fields[1] {
				return nil, errs.E(op, errs.Invalid, fmt.Sprintf("line %d: both records are %q", line, fields[0]), errs.Hint("name two records"))
			}
			list = append(list, Answer{fields[0], fields[1], fields[2] == "same"})
		case "":
		default:
			return nil, errs.E(op, errs.Invalid, fmt.Sprintf("line %d: the answer is %q", line, fields[2]), errs.Hint("answers are same and different"))
		}
	}
}
