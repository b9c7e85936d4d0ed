package sample

import "time"

// day is a date as days since 1970-01-01.
type day int32

// The sample's present and the first day on which a row was written. They are fixed, as the output depends on
// the seed alone.
var (
	today    = dayOf(2025, 9, 30)
	firstDay = dayOf(2017, 1, 1)
)

func dayOf(year, month, dayOfMonth int) day {
	return day(time.Date(year, time.Month(month), dayOfMonth, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

func (d day) civil() (year, month, dayOfMonth int) {
	y, m, dom := time.Unix(int64(d)*86400, 0).UTC().Date()
	return y, int(m), dom
}

// dateOrder says how a source writes dates.
type dateOrder uint8

const (
	isoDate    dateOrder = iota // 2006-01-02
	dayFirst                    // 02/01/2006
	monthFirst                  // 01/02/2006
)

func (o dateOrder) format(year, month, dayOfMonth int) string {
	b := make([]byte, 0, 10)
	switch o {
	case dayFirst:
		b = appendPadded(append(appendPadded(append(appendPadded(b, dayOfMonth, 2), '/'), month, 2), '/'), year, 4)
	case monthFirst:
		b = appendPadded(append(appendPadded(append(appendPadded(b, month, 2), '/'), dayOfMonth, 2), '/'), year, 4)
	default:
		b = appendPadded(append(appendPadded(append(appendPadded(b, year, 4), '-'), month, 2), '-'), dayOfMonth, 2)
	}
	return string(b)
}

func (o dateOrder) day(d day) string { return o.format(d.civil()) }

// appendPadded appends n in decimal with leading zeros up to width.
func appendPadded(b []byte, n, width int) []byte {
	var digits [20]byte
	i := len(digits)
	for n > 0 || width > 0 {
		i--
		digits[i] = byte('0' + n%10)
		n /= 10
		width--
	}
	return append(b, digits[i:]...)
}
