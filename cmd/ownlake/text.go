package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode/utf8"

	"github.com/ownlake/ownlake/insights"
)

// table prints rows with aligned columns. Cells must not hold tabs or line breaks.
func table(w io.Writer, header []string, rows [][]string) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range append([][]string{header}, rows...) {
		_, _ = fmt.Fprintln(t, strings.TrimRight(strings.Join(row, "\t"), "\t"))
	}
	return t.Flush()
}

// groupDigits prints a number with separators: 1,234,567.
func groupDigits(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// size prints a number of bytes in the largest unit that keeps a digit before the point.
func size(n int64) string {
	units := []string{"B", "kB", "MB", "GB", "TB"}
	f, i := float64(n), 0
	for f >= 1000 && i < len(units)-1 {
		f, i = f/1000, i+1
	}
	if i == 0 {
		return strconv.FormatInt(n, 10) + " B"
	}
	return fmt.Sprintf("%.1f %s", f, units[i])
}

// cell makes a value fit into a table: on one line, and not wider than people read.
func cell(v any) string {
	const widest = 40
	if v == nil {
		return ""
	}
	text := strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, fmt.Sprint(v))
	if utf8.RuneCountInString(text) > widest {
		text = string([]rune(text)[:widest-1]) + "…"
	}
	return text
}

// moment prints a time, or nothing for none.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05")
}

// printPrerequisites prints the outcomes of a check, and below each who can mend it.
func printPrerequisites(w io.Writer, lines []insights.Prerequisite) {
	width := 26
	for _, l := range lines {
		width = max(width, utf8.RuneCountInString(l.Name))
	}
	for _, l := range lines {
		_, _ = fmt.Fprintf(w, "  %-8s %-*s %s\n", l.Outcome, width, l.Name, cellLine(l.Detail))
		if l.Mend != "" {
			_, _ = fmt.Fprintf(w, "  %-8s %-*s → %s\n", "", width, "", cellLine(l.Mend))
		}
	}
}

// cellLine keeps a text on one line.
func cellLine(s string) string { return strings.Join(strings.Fields(s), " ") }
