package odata

import (
	"regexp"
	"slices"
	"strings"
)

// Function is a function of expressions (U 5.1.1.4 and following).
type Function string

// The functions. Cast converts its argument to the type of the call; what cannot be converted is null.
const (
	Contains           Function = "contains"
	StartsWith         Function = "startswith"
	EndsWith           Function = "endswith"
	Length             Function = "length"
	IndexOf            Function = "indexof" // from 0; -1 if it is not there
	Substring          Function = "substring"
	ToLower            Function = "tolower"
	ToUpper            Function = "toupper"
	Trim               Function = "trim"
	Concat             Function = "concat"
	MatchesPattern     Function = "matchespattern"
	Year               Function = "year"
	Month              Function = "month"
	Day                Function = "day"
	Hour               Function = "hour"
	Minute             Function = "minute"
	Second             Function = "second"
	FractionalSeconds  Function = "fractionalseconds"
	TotalOffsetMinutes Function = "totaloffsetminutes"
	ToDate             Function = "date"
	ToTime             Function = "time"
	Now                Function = "now"
	MinDateTime        Function = "mindatetime"
	MaxDateTime        Function = "maxdatetime"
	Round              Function = "round"
	Floor              Function = "floor"
	Ceiling            Function = "ceiling"
	Cast               Function = castFunction
)

const castFunction = "cast"

// signature is what a function takes and yields. A number is given as Double, and stands for any; yields Any is the type
// of the argument.
type signature struct {
	takes  []Type
	yields Type
}

var signatures = map[Function][]signature{
	Contains:          {{[]Type{String, String}, Boolean}},
	StartsWith:        {{[]Type{String, String}, Boolean}},
	EndsWith:          {{[]Type{String, String}, Boolean}},
	MatchesPattern:    {{[]Type{String, String}, Boolean}},
	Length:            {{[]Type{String}, Int64}},
	IndexOf:           {{[]Type{String, String}, Int64}},
	Substring:         {{[]Type{String, Int64}, String}, {[]Type{String, Int64, Int64}, String}},
	ToLower:           {{[]Type{String}, String}},
	ToUpper:           {{[]Type{String}, String}},
	Trim:              {{[]Type{String}, String}},
	Concat:            {{[]Type{String, String}, String}},
	Year:              {{[]Type{Date}, Int64}, {[]Type{DateTimeOffset}, Int64}},
	Month:             {{[]Type{Date}, Int64}, {[]Type{DateTimeOffset}, Int64}},
	Day:               {{[]Type{Date}, Int64}, {[]Type{DateTimeOffset}, Int64}},
	Hour:              {{[]Type{DateTimeOffset}, Int64}, {[]Type{TimeOfDay}, Int64}},
	Minute:            {{[]Type{DateTimeOffset}, Int64}, {[]Type{TimeOfDay}, Int64}},
	Second:            {{[]Type{DateTimeOffset}, Int64}, {[]Type{TimeOfDay}, Int64}},
	FractionalSeconds: {{[]Type{DateTimeOffset}, Decimal}, {[]Type{TimeOfDay}, Decimal}},

	TotalOffsetMinutes: {{[]Type{DateTimeOffset}, Int64}},
	ToDate:             {{[]Type{DateTimeOffset}, Date}},
	ToTime:             {{[]Type{DateTimeOffset}, TimeOfDay}},
	Now:                {{nil, DateTimeOffset}},
	MinDateTime:        {{nil, DateTimeOffset}},
	MaxDateTime:        {{nil, DateTimeOffset}},
	Round:              {{[]Type{Double}, Any}},
	Floor:              {{[]Type{Double}, Any}},
	Ceiling:            {{[]Type{Double}, Any}},
}

// functionNamed is the function of a name. Names are in lower case but for matchesPattern, and clients are not of one mind.
func functionNamed(name string) Function { return Function(strings.ToLower(name)) }

// call makes a call of a function that there is, of arguments whose types fit, or fails.
func call(name string, args []Expr) (Expr, error) {
	f := functionNamed(name)
	list := signatures[f]
	i := slices.IndexFunc(list, func(s signature) bool { return s.accepts(args) })
	if i < 0 {
		return nil, invalid("%s does not take these arguments", name)
	}
	c := &Call{Function: f, Args: args, kind: list[i].yields}
	if c.kind == Any {
		if c.kind = args[0].Type(); c.kind == Any {
			c.kind = Double
		}
	}
	return c, c.checkPattern()
}

func (s signature) accepts(args []Expr) bool {
	if len(args) != len(s.takes) {
		return false
	}
	for i, t := range s.takes {
		got := args[i].Type()
		if !got.fits(t) && (t != Double || !got.isNumber()) && (t != String || got != GUID) {
			return false
		}
	}
	return true
}

// checkPattern refuses patterns that no source could read. The pattern must be a literal: one from a column could be wrong
// in some rows alone.
func (c *Call) checkPattern() error {
	if c.Function != MatchesPattern {
		return nil
	}
	l, ok := c.Args[1].(*Literal)
	if !ok {
		return unimplemented("the pattern of matchesPattern must be a text")
	}
	text, _ := l.Value.(string)
	if _, err := regexp.Compile(text); err != nil {
		return invalid("the pattern %q is not a regular expression", text)
	}
	return nil
}

// castTypes are the types that cast makes.
var castTypes = []Type{String, Int64, Double, Decimal, Boolean, Date, TimeOfDay, DateTimeOffset, GUID}

func cast(of Expr, name string) (Expr, error) {
	t := Type(name)
	if t == "Edm.Int32" || t == "Edm.Int16" || t == "Edm.Byte" || t == "Edm.SByte" {
		t = Int64
	}
	if !slices.Contains(castTypes, t) {
		return nil, unimplemented("cast to %s is not served", name)
	}
	return &Call{Function: Cast, Args: []Expr{of}, kind: t}, nil
}
