package relation

import (
	"fmt"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/odata"
)

// calls are functions in SQL, of their arguments.
var calls = map[odata.Function]string{
	odata.Contains: "contains(%s, %s)", odata.StartsWith: "starts_with(%s, %s)", odata.EndsWith: "ends_with(%s, %s)",
	odata.MatchesPattern: "regexp_matches(%s, %s)", odata.Length: "length(%s)", odata.IndexOf: "(strpos(%s, %s) - 1)",
	odata.ToLower: "lower(%s)", odata.ToUpper: "upper(%s)", odata.Trim: "trim(%s)", odata.Concat: "(%s || %s)",
	odata.Year: "year(%s)", odata.Month: "month(%s)", odata.Day: "day(%s)", odata.Hour: "hour(%s)", odata.Minute: "minute(%s)", odata.Second: "second(%s)",
	odata.FractionalSeconds:  "CAST((microsecond(%s) %% 1000000) AS DECIMAL(38, 6)) / 1000000",
	odata.TotalOffsetMinutes: "CASE WHEN %s IS NOT NULL THEN 0 END",
	odata.ToDate:             "CAST(%s AS DATE)", odata.ToTime: "CAST(%s AS TIME)",
	odata.Round: "round(%s)", odata.Floor: "floor(%s)", odata.Ceiling: "ceil(%s)",
}

// The ends of time ("URL Conventions", section 5.1.1.8.6 and 5.1.1.8.5).
const minDateTime, maxDateTime = "TIMESTAMP '0001-01-01 00:00:00'", "TIMESTAMP '9999-12-31 23:59:59.999999'"

func (r *renderer) call(x *odata.Call) (string, error) {
	args := make([]any, len(x.Args))
	for i, a := range x.Args {
		text, err := r.expression(a)
		if err != nil {
			return "", err
		}
		if r.foldCase && x.Type() == odata.Boolean && (x.Function == odata.Contains || x.Function == odata.StartsWith || x.Function == odata.EndsWith) {
			text = "lower(" + text + ")"
		}
		args[i] = text
	}
	switch x.Function {
	case odata.Now:
		return r.literal(odata.DateTimeOffset, r.now.UTC().Format("2006-01-02T15:04:05.999999Z")), nil
	case odata.MinDateTime:
		return minDateTime, nil
	case odata.MaxDateTime:
		return maxDateTime, nil
	case odata.Substring:
		return substring(args), nil
	case odata.Cast:
		return fmt.Sprintf("TRY_CAST(%s AS %s)", args[0], sqlTypes[x.Type()]), nil
	default:
		return plain(x.Function, args)
	}
}

// plain is a function that its form says all of.
func plain(f odata.Function, args []any) (string, error) {
	form, ok := calls[f]
	if !ok {
		return "", errs.E(errs.Internal, "a function that has no SQL: "+string(f))
	}
	return fmt.Sprintf(form, args...), nil
}

// substring counts from 0, and takes what is before the text's beginning for its beginning.
func substring(args []any) string {
	if len(args) == 2 {
		return fmt.Sprintf("substring(%s, greatest(%s, 0) + 1)", args...)
	}
	return fmt.Sprintf("substring(%s, greatest(%s, 0) + 1, greatest(%s, 0))", args...)
}
