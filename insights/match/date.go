package match

import (
	"strings"
)

// date is a day as the number yyyymmdd; 0 is none. Days that do not exist, such as the 31st of a month of 30 or a
// 13th month, are kept: they are mistyped days.
type date uint32

func (d date) year() int { return int(d) / 10000 }

// dayOrder says how a column writes dates whose parts could be day or month.
type dayOrder bool

const (
	dayFirst   dayOrder = false
	monthFirst dayOrder = true
)

// findDayOrder lets the values whose day is above 12 decide.
func findDayOrder(values []string) dayOrder {
	votes := 0
	for _, v := range values {
		parts, n := dateParts(v)
		switch {
		case n == 3 && len(parts[2]) != 4 && len(parts[0]) != 2 || n == 0:
		case n == 1 && len(parts[0]) == 8:
			p := parts[0]
			if number(p[4:]) >= 1800 {
				votes += vote(number(p[:2]), number(p[2:4]))
			}
		case n == 3 && len(parts[0]) <= 2:
			votes += vote(number(parts[0]), number(parts[1]))
		}
	}
	return dayOrder(votes > 0)
}

// vote is 1 for the month first, -1 for the day.
func vote(first, second int) int {
	switch {
	case first > 12 && second <= 12:
		return -1
	case second > 12 && first <= 12:
		return 1
	}
	return 0
}

// parseDate reads the usual ways to write a day, with or without a time behind it.
func parseDate(s string, order dayOrder) date {
	parts, n := dateParts(s)
	switch {
	case n == 1 && len(parts[0]) == 8:
		return parseDigits(parts[0], order)
	case n != 3:
		return 0
	case len(parts[0]) == 4 && isWholeNumber(parts[0]): // and not June
		return newDate(number(parts[0]), monthNumber(parts[1]), number(parts[2]))
	}
	year := number(parts[2])
	switch len(parts[2]) {
	case 2:
		if year += 1900; year < 1930 {
			year += 100
		}
	case 4:
	default:
		return 0
	}
	first, second := monthNumber(parts[0]), monthNumber(parts[1])
	named := !isWholeNumber(parts[0])
	if named || isWholeNumber(parts[1]) && second > 12 || order == monthFirst && first <= 12 && isWholeNumber(parts[1]) {
		first, second = second, first
	}
	return newDate(year, second, first)
}

func parseDigits(p string, order dayOrder) date {
	if y := number(p[:4]); y >= 1850 && y <= 2100 {
		return newDate(y, number(p[4:6]), number(p[6:]))
	}
	day, month := number(p[:2]), number(p[2:4])
	if month > 12 && day <= 12 || order == monthFirst && day <= 12 {
		day, month = month, day
	}
	return newDate(number(p[4:]), month, day)
}

func newDate(y, m, d int) date {
	if y < 1800 || y > 2150 || m < 1 || m > 99 || d < 1 || d > 99 {
		return 0
	}
	return date(y*10000 + m*100 + d)
}

// dateParts splits at separators; a time behind the day is left out. n is 0 if it cannot be a date.
func dateParts(s string) (parts [3]string, n int) {
	s = strings.TrimSpace(s)
	if i := strings.IndexByte(s, ':'); i > 0 { // cut the time
		s = strings.TrimRight(s[:i], "0123456789")
		s = strings.TrimRight(s, "Tt ")
	}
	s = strings.TrimSuffix(s, " 00")
	if len(s) < 6 || len(s) > 18 || s[len(s)-1] < '0' || s[len(s)-1] > '9' {
		return parts, 0
	}
	start := -1
	for i := 0; i <= len(s); i++ {
		inPart := i < len(s) && (s[i] >= '0' && s[i] <= '9' || s[i]|0x20 >= 'a' && s[i]|0x20 <= 'z')
		switch {
		case inPart && start < 0:
			start = i
		case !inPart && start >= 0:
			if n == 3 {
				return parts, 0
			}
			parts[n] = s[start:i]
			n++
			start = -1
		}
		if !inPart && i < len(s) && strings.IndexByte("-/. ,", s[i]) < 0 {
			return parts, 0
		}
	}
	for i := range n {
		if !isWholeNumber(parts[i]) && monthNumber(parts[i]) == 0 {
			return parts, 0
		}
	}
	return parts, n
}

const monthNames = "janfebmaraprmayjunjulaugsepoctnovdec"

func monthNumber(s string) int {
	if isWholeNumber(s) {
		return number(s)
	}
	if len(s) < 3 {
		return 0
	}
	if i := strings.Index(monthNames, strings.ToLower(s[:3])); i >= 0 && i%3 == 0 {
		return i/3 + 1
	}
	return 0
}

func number(s string) (n int) {
	if len(s) > 8 {
		return 0
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0
		}
		n = n*10 + int(s[i]-'0')
	}
	return n
}

// String writes eight digits.
func (d date) String() string {
	var b [8]byte
	for i, n := 7, uint32(d); i >= 0; i, n = i-1, n/10 {
		b[i] = '0' + byte(n%10)
	}
	return string(b[:])
}
