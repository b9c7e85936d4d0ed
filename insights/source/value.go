package source

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/ownlake/ownlake/insights"
)

// kind is how a column's values are read and written for the engine.
type kind struct {
	of   insights.DataType
	date *dateFormat // of dates and times; nil: ISO 8601
	// precision and scale bound a decimal.
	precision, scale int
}

// missing reports whether a value of a typed column is missing: empty, blank, NULL or \N.
func missing(v []byte) bool {
	switch len(v) {
	case 0:
		return true
	case 2:
		return v[0] == '\\' && v[1] == 'N'
	case 4:
		return string(v) == "NULL" || string(v) == "null"
	}
	return false
}

// trim leaves out blanks around a value.
func trim(v []byte) []byte {
	if len(v) == 0 || v[0] > ' ' && v[len(v)-1] > ' ' {
		return v
	}
	return bytes.TrimSpace(v)
}

// read appends the value as the engine reads it. ok is false if it does not fit. Nothing is appended for a missing
// value. Text comes unquoted.
func (k kind) read(to, v []byte) (out []byte, ok bool) {
	if k.of == insights.String {
		return append(to, v...), true
	}
	if v = trim(v); missing(v) {
		return to, true
	}
	switch k.of {
	case insights.Int64:
		return append(to, v...), isInt(v)
	case insights.Double:
		return append(to, v...), isDouble(v)
	case insights.Decimal:
		return k.readDecimal(to, v)
	case insights.Boolean:
		return readBoolean(to, v)
	case insights.GUID:
		return append(to, bytes.ToLower(v)...), isGUID(v)
	case insights.Date, insights.DateTime:
		return k.readMoment(to, v)
	case insights.Time:
		m := moment{}
		rest, ok := takeClock(&m, v)
		return m.appendClock(to), ok && len(rest) == 0 && m.hour < 24 && m.minute < 60 && m.second < 60
	case insights.JSON:
		return append(to, v...), json.Valid(v)
	default:
		return append(to, v...), true
	}
}

// readMoment reads dates and times. A declared date whose values have a time of midnight fits, any other does not: it
// would lose the time.
func (k kind) readMoment(to, v []byte) ([]byte, bool) {
	var m moment
	var ok bool
	if k.date == nil {
		m, _, ok = parseISO(v)
	} else {
		m, ok = k.date.parse(v)
	}
	if k.of == insights.Date {
		return m.appendDate(to), ok && m.midnight()
	}
	return m.appendTime(to), ok && m.year <= 9999
}

// isInt accepts -?digits within 64 bits. A plus sign or a leading zero says that the digits are not a number.
func isInt(v []byte) bool {
	digits := v
	if len(v) > 0 && v[0] == '-' {
		digits = v[1:]
	}
	if len(digits) == 0 || len(digits) > 19 || digits[0] == '0' && len(v) > 1 {
		return false
	}
	for _, c := range digits {
		if !isDigit(c) {
			return false
		}
	}
	if len(digits) < 19 {
		return true
	}
	_, err := strconv.ParseInt(string(v), 10, 64)
	return err == nil
}

// leadingZero reports whether digits begin with a zero that a number would lose.
func leadingZero(v []byte) bool {
	if len(v) < 2 || v[0] != '0' {
		return false
	}
	for _, c := range v {
		if !isDigit(c) {
			return false
		}
	}
	return true
}

// isDouble accepts a decimal point and an exponent, but not words such as "inf", which are no measurements.
func isDouble(v []byte) bool {
	whole, fraction, exponent, ok := numberParts(v)
	if !ok || len(whole) > 1 && whole[0] == '0' {
		return false
	}
	if len(whole)+len(fraction) <= 300 && exponent == "" {
		return true
	}
	f, err := strconv.ParseFloat(string(v), 64)
	return err == nil && f-f == 0
}

// numberParts splits -?digits[.digits][e[+-]digits].
func numberParts(v []byte) (whole, fraction []byte, exponent string, ok bool) {
	if len(v) > 0 && v[0] == '-' {
		v = v[1:]
	}
	n := digitsAt(v)
	whole, v = v[:n], v[n:]
	if len(v) > 0 && v[0] == '.' {
		n = digitsAt(v[1:])
		fraction, v = v[1:n+1], v[n+1:]
	}
	if len(whole)+len(fraction) == 0 {
		return nil, nil, "", false
	}
	if len(v) > 0 && v[0]|0x20 == 'e' {
		exponent, v = string(v), v[1:]
		if len(v) > 0 && (v[0] == '+' || v[0] == '-') {
			v = v[1:]
		}
		n = digitsAt(v)
		if n == 0 {
			return nil, nil, "", false
		}
		v = v[n:]
	}
	return whole, fraction, exponent, len(v) == 0
}

func digitsAt(v []byte) int {
	n := 0
	for n < len(v) && isDigit(v[n]) {
		n++
	}
	return n
}

// readDecimal accepts what the decimal can hold without rounding.
func (k kind) readDecimal(to, v []byte) ([]byte, bool) {
	whole, fraction, exponent, ok := numberParts(v)
	whole, fraction = bytes.TrimLeft(whole, "0"), bytes.TrimRight(fraction, "0")
	return append(to, v...), ok && exponent == "" && len(fraction) <= k.scale && len(whole) <= k.precision-k.scale
}

func readBoolean(to, v []byte) ([]byte, bool) {
	switch string(bytes.ToLower(v)) {
	case "true", "t", "yes", "y", "1":
		return append(to, "true"...), true
	case "false", "f", "no", "n", "0":
		return append(to, "false"...), true
	}
	return to, false
}

// isTrueOrFalse is what a column must hold to be taken for booleans undeclared.
func isTrueOrFalse(v []byte) bool {
	switch len(v) {
	case 4:
		return bytes.EqualFold(v, []byte("true"))
	case 5:
		return bytes.EqualFold(v, []byte("false"))
	}
	return false
}

// isGUID accepts 8-4-4-4-12 hexadecimal digits.
func isGUID(v []byte) bool {
	if len(v) != 36 {
		return false
	}
	for i, c := range v {
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		default:
			if !isDigit(c) && (c|0x20 < 'a' || c|0x20 > 'f') {
				return false
			}
		}
	}
	return true
}

// describe names the kind in a reason.
func (k kind) describe() string {
	switch k.of {
	case insights.Int64:
		return "a whole number of 64 bits"
	case insights.Double:
		return "a number"
	case insights.Decimal:
		return "a decimal of " + strconv.Itoa(k.precision) + " digits, " + strconv.Itoa(k.scale) + " after the point"
	case insights.Boolean:
		return "true or false"
	case insights.GUID:
		return "a GUID"
	case insights.Date:
		return "a date " + k.form("yyyy-MM-dd")
	case insights.DateTime:
		return "a date and time " + k.form("of ISO 8601")
	case insights.Time:
		return "a time of day HH:mm:ss"
	case insights.JSON:
		return "JSON"
	default:
		return "text"
	}
}

func (k kind) form(iso string) string {
	if k.date == nil {
		return iso
	}
	return k.date.pattern
}

// sqlType is the engine's type that reads what read wrote.
func (k kind) sqlType() string {
	switch k.of {
	case insights.Int64:
		return "BIGINT"
	case insights.Double:
		return "DOUBLE"
	case insights.Decimal:
		return "DECIMAL(" + strconv.Itoa(k.precision) + "," + strconv.Itoa(k.scale) + ")"
	case insights.Boolean:
		return "BOOLEAN"
	case insights.Date:
		return "DATE"
	case insights.DateTime:
		return "TIMESTAMP"
	case insights.Time:
		return "TIME"
	default:
		return "VARCHAR"
	}
}
