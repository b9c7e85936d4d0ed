package source

import (
	"fmt"
	"strings"
	"time"

	"github.com/ownlake/ownlake/errs"
)

// moment is a point of the calendar as a text says it, not yet in any zone but offset.
type moment struct {
	year, month, day     int
	hour, minute, second int
	micro                int
	afternoon            int8 // 0 not said, 1 AM, 2 PM
	offset               int  // seconds east of UTC
}

// dateFormat reads dates by a Java date pattern (reference lake-layout, section 1), such as "dd.MM.yyyy HH:mm".
// Letters are those of java.text.SimpleDateFormat: y M d E H k h K m s S a z Z X; anything between single
// quotes and every other character stands for itself. Like SimpleDateFormat, "dd" takes "5" too unless other
// digits adjoin, and "yy" means the hundred years that end 20 years from now.
type dateFormat struct {
	pattern string
	steps   []step
	hasTime bool // the pattern has a time of day
	pivot   int  // the first year that two digits can mean
}

// step is one run of a pattern letter, or a literal.
type step struct {
	letter  byte // 0: literal
	count   int
	literal string
	fixed   bool // other digits adjoin, so this number has exactly count digits
}

// parseFormat compiles a Java date pattern. now places two-digit years.
func parseFormat(pattern string, now time.Time) (*dateFormat, error) {
	f := &dateFormat{pattern: pattern, pivot: now.Year() - 80}
	has := map[byte]bool{}
	for i := 0; i < len(pattern); {
		c := pattern[i]
		switch {
		case c == '\'':
			text, n, ok := quotedLiteral(pattern[i:])
			if !ok {
				return nil, badPattern(pattern, "a quote is not closed")
			}
			f.steps = append(f.steps, step{literal: text})
			i += n
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			n := 1
			for i+n < len(pattern) && pattern[i+n] == c {
				n++
			}
			if !strings.ContainsRune("yMdEHkhKmsSazZXu", rune(c)) {
				return nil, badPattern(pattern, fmt.Sprintf("the letter %q is not known", c))
			}
			if c == 'u' {
				c = 'y' // the year of java.time, the same for dates of our era
			}
			has[c] = true
			f.steps = append(f.steps, step{letter: c, count: n})
			i += n
		default:
			f.steps = append(f.steps, step{literal: string(c)})
			i++
		}
	}
	for i := 1; i < len(f.steps); i++ {
		if isNumber(f.steps[i-1]) && isNumber(f.steps[i]) {
			f.steps[i-1].fixed, f.steps[i].fixed = true, true
		}
	}
	if !has['y'] || !has['M'] || !has['d'] {
		return nil, badPattern(pattern, "it needs a year, a month and a day")
	}
	f.hasTime = has['H'] || has['k'] || has['h'] || has['K']
	return f, nil
}

func badPattern(pattern, why string) error {
	return errs.E(errs.Invalid, errs.Item(pattern), "not a date format: "+why,
		errs.Hint("write it as a Java date pattern, such as dd.MM.yyyy or MM/dd/yyyy HH:mm:ss"))
}

// quotedLiteral reads what is between single quotes at the start of s; two quotes stand for one.
func quotedLiteral(s string) (text string, n int, ok bool) {
	if strings.HasPrefix(s, "''") {
		return "'", 2, true
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		if s[i] != '\'' {
			b.WriteByte(s[i])
			continue
		}
		if i+1 < len(s) && s[i+1] == '\'' {
			b.WriteByte('\'')
			i++
			continue
		}
		return b.String(), i + 1, true
	}
	return "", 0, false
}

func isNumber(s step) bool {
	return s.letter != 0 && strings.IndexByte("dHkhKmsS", s.letter) >= 0 || s.letter == 'y' || s.letter == 'M' && s.count <= 2
}

// parse reads a whole value and reports whether it is a date of the calendar in this format.
func (f *dateFormat) parse(v []byte) (moment, bool) {
	m := moment{}
	for _, s := range f.steps {
		var ok bool
		if v, ok = f.take(&m, s, v); !ok {
			return m, false
		}
	}
	return m, len(v) == 0 && m.settle()
}

func (f *dateFormat) take(m *moment, s step, v []byte) (rest []byte, ok bool) {
	switch s.letter {
	case 0:
		if len(v) < len(s.literal) || string(v[:len(s.literal)]) != s.literal {
			return v, false
		}
		return v[len(s.literal):], true
	case 'y':
		return f.takeYear(m, s, v)
	case 'M':
		if s.count >= 3 {
			return takeName(monthNames, &m.month, v)
		}
		return takeNumber(&m.month, s, 2, v)
	case 'E':
		var weekday int
		return takeName(weekdayNames, &weekday, v)
	case 'd':
		return takeNumber(&m.day, s, 2, v)
	case 'H', 'k', 'h', 'K':
		if rest, ok = takeNumber(&m.hour, s, 2, v); !ok {
			return v, false
		}
		return rest, m.clock(s.letter)
	case 'm':
		return takeNumber(&m.minute, s, 2, v)
	case 's':
		return takeNumber(&m.second, s, 2, v)
	case 'S':
		return takeFraction(m, v)
	case 'a':
		return takeHalf(m, v)
	default: // z Z X
		return takeZone(m, v)
	}
}

func (f *dateFormat) takeYear(m *moment, s step, v []byte) ([]byte, bool) {
	if s.count != 2 {
		n := 0
		for n < len(v) && n < 4 && isDigit(v[n]) {
			m.year = m.year*10 + int(v[n]-'0')
			n++
		}
		return v[n:], n == 4
	}
	rest, ok := takeNumber(&m.year, step{letter: 'y', count: 2, fixed: true}, 2, v)
	if !ok {
		return v, false
	}
	m.year += f.pivot - f.pivot%100
	if m.year < f.pivot {
		m.year += 100
	}
	return rest, true
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// takeNumber reads one to most digits, or exactly as many as the step has letters where other digits adjoin.
func takeNumber(to *int, s step, most int, v []byte) ([]byte, bool) {
	n, x := 0, 0
	if s.fixed {
		most = s.count
	}
	for n < len(v) && n < most && isDigit(v[n]) {
		x = x*10 + int(v[n]-'0')
		n++
	}
	*to = x
	return v[n:], n > 0 && (!s.fixed || n == most)
}

// takeFraction reads a fraction of a second of one to nine digits, kept to microseconds.
func takeFraction(m *moment, v []byte) ([]byte, bool) {
	n, scale := 0, 100_000
	for n < len(v) && n < 9 && isDigit(v[n]) {
		m.micro += int(v[n]-'0') * scale
		scale /= 10
		n++
	}
	return v[n:], n > 0
}

var (
	monthNames = [...]string{
		"january", "february", "march", "april", "may", "june", "july", "august", "september",
		"october", "november", "december",
	}
	weekdayNames = [...]string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
)

// takeName reads an English name in any case, whole or its first three letters with or without a point.
func takeName[L [12]string | [7]string](names L, to *int, v []byte) ([]byte, bool) {
	for i := range len(names) {
		name := names[i]
		if n := len(name); len(v) >= n && strings.EqualFold(string(v[:n]), name) {
			*to = i + 1
			return v[n:], true
		}
		if len(v) >= 3 && strings.EqualFold(string(v[:3]), name[:3]) {
			*to = i + 1
			v = v[3:]
			if len(v) > 0 && v[0] == '.' {
				v = v[1:]
			}
			return v, true
		}
	}
	return v, false
}

func takeHalf(m *moment, v []byte) ([]byte, bool) {
	if len(v) < 2 || v[1]|0x20 != 'm' {
		return v, false
	}
	switch v[0] | 0x20 {
	case 'a':
		m.afternoon = 1
	case 'p':
		m.afternoon = 2
	default:
		return v, false
	}
	return v[2:], true
}

// takeZone reads Z, UTC, GMT or an offset such as +02, +0200 or +02:00.
func takeZone(m *moment, v []byte) ([]byte, bool) {
	switch {
	case len(v) >= 1 && (v[0] == 'Z' || v[0] == 'z'):
		return v[1:], true
	case len(v) >= 3 && (string(v[:3]) == "UTC" || string(v[:3]) == "GMT"):
		return v[3:], true
	case len(v) < 3 || v[0] != '+' && v[0] != '-':
		return v, false
	}
	sign, rest := 1, v[1:]
	if v[0] == '-' {
		sign = -1
	}
	var hours, minutes int
	two := step{count: 2, fixed: true}
	rest, ok := takeNumber(&hours, two, 2, rest)
	if !ok || hours > 18 {
		return v, false
	}
	if len(rest) > 0 && rest[0] == ':' {
		rest = rest[1:]
	}
	if len(rest) > 0 {
		if rest, ok = takeNumber(&minutes, two, 2, rest); !ok || minutes > 59 {
			return v, false
		}
	}
	m.offset = sign * (hours*3600 + minutes*60)
	return rest, true
}

// clock brings an hour of the letter's kind to 0–23, or to 0–11 for those that AM or PM completes.
func (m *moment) clock(letter byte) bool {
	switch letter {
	case 'k': // 1–24
		m.hour %= 24
	case 'h': // 1–12
		if m.hour < 1 || m.hour > 12 {
			return false
		}
		m.hour %= 12
	case 'K': // 0–11
		return m.hour < 12
	}
	return true
}

// settle applies AM or PM and checks that the moment exists.
func (m *moment) settle() bool {
	if m.afternoon == 2 {
		m.hour += 12
	}
	return m.year >= 1 && m.month >= 1 && m.month <= 12 && m.day >= 1 && m.day <= daysIn(m.year, m.month) &&
		m.hour < 24 && m.minute < 60 && m.second < 60
}

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// appendDate appends the day as yyyy-MM-dd.
func (m moment) appendDate(b []byte) []byte {
	b = appendDigits(b, m.year, 4)
	b = appendDigits(append(b, '-'), m.month, 2)
	return appendDigits(append(b, '-'), m.day, 2)
}

// appendTime appends the moment in UTC as yyyy-MM-dd HH:mm:ss.ffffff.
func (m moment) appendTime(b []byte) []byte {
	if m.offset != 0 {
		t := time.Date(m.year, time.Month(m.month), m.day, m.hour, m.minute, m.second-m.offset, 0, time.UTC)
		m.year, m.month, m.day = t.Year(), int(t.Month()), t.Day()
		m.hour, m.minute, m.second = t.Hour(), t.Minute(), t.Second()
	}
	b = m.appendDate(b)
	return m.appendClock(append(b, ' '))
}

func (m moment) appendClock(b []byte) []byte {
	b = appendDigits(b, m.hour, 2)
	b = appendDigits(append(b, ':'), m.minute, 2)
	b = appendDigits(append(b, ':'), m.second, 2)
	if m.micro > 0 {
		b = appendDigits(append(b, '.'), m.micro, 6)
	}
	return b
}

func appendDigits(b []byte, n, width int) []byte {
	var digits [6]byte
	for i := width - 1; i >= 0; i-- {
		digits[i] = byte('0' + n%10)
		n /= 10
	}
	return append(b, digits[:width]...)
}

// midnight says that the moment has no time of day.
func (m moment) midnight() bool {
	return m.hour == 0 && m.minute == 0 && m.second == 0 && m.micro == 0 && m.afternoon == 0
}

// parseISO reads yyyy-MM-dd, with a time after "T" or a blank if there is one: HH:mm, seconds, fraction and zone
// as far as given. It is what columns without a format are read by.
func parseISO(v []byte) (m moment, hasTime, ok bool) {
	if len(v) < 10 || v[4] != '-' || v[7] != '-' {
		return m, false, false
	}
	two, four := step{count: 2, fixed: true}, step{count: 4, fixed: true}
	_, okY := takeNumber(&m.year, four, 4, v[:4])
	_, okM := takeNumber(&m.month, two, 2, v[5:7])
	_, okD := takeNumber(&m.day, two, 2, v[8:10])
	if !okY || !okM || !okD {
		return m, false, false
	}
	v = v[10:]
	if len(v) == 0 {
		return m, false, m.settle()
	}
	if v[0] != 'T' && v[0] != 't' && v[0] != ' ' {
		return m, false, false
	}
	if v, ok = takeClock(&m, v[1:]); !ok {
		return m, false, false
	}
	if len(v) > 1 && v[0] == ' ' {
		v = v[1:]
	}
	if len(v) > 0 {
		v, ok = takeZone(&m, v)
	}
	return m, true, ok && len(v) == 0 && m.settle()
}

// takeClock reads HH:mm, with seconds and their fraction if given.
func takeClock(m *moment, v []byte) (rest []byte, ok bool) {
	two := step{count: 2, fixed: true}
	if v, ok = takeNumber(&m.hour, two, 2, v); !ok || len(v) == 0 || v[0] != ':' {
		return v, false
	}
	if v, ok = takeNumber(&m.minute, two, 2, v[1:]); !ok {
		return v, false
	}
	if len(v) == 0 || v[0] != ':' {
		return v, true
	}
	if v, ok = takeNumber(&m.second, two, 2, v[1:]); !ok {
		return v, false
	}
	if len(v) > 1 && (v[0] == '.' || v[0] == ',') {
		return takeFraction(m, v[1:])
	}
	return v, true
}
