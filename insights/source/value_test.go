package source

import (
	"testing"
	"time"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
)

var testNow = time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)

func TestDatesAreReadByJavaPatterns(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ pattern, value, want string }{
		{"dd.MM.yyyy", "31.12.1999", "1999-12-31 00:00:00"},
		{"dd.MM.yyyy", "1.2.1999", "1999-02-01 00:00:00"},
		{"d.M.yyyy", "01.02.1999", "1999-02-01 00:00:00"},
		{"dd.MM.yyyy", "31.02.1999", ""},
		{"dd.MM.yyyy", "29.02.2000", "2000-02-29 00:00:00"},
		{"dd.MM.yyyy", "29.02.1900", ""},
		{"dd.MM.yyyy", "31.12.99", ""},
		{"dd.MM.yyyy", "31.12.1999 ", ""},
		{"dd.MM.yyyy", "0.12.1999", ""},
		{"dd.MM.yyyy", "31/12/1999", ""},
		{"dd.MM.yyyy", "00.00.0000", ""},
		{"dd/MM/yy", "01/02/26", "2026-02-01 00:00:00"},
		{"dd/MM/yy", "01/02/45", "2045-02-01 00:00:00"},
		{"dd/MM/yy", "01/02/46", "1946-02-01 00:00:00"},
		{"MM/dd/yyyy HH:mm", "12/31/1999 23:59", "1999-12-31 23:59:00"},
		{"MM/dd/yyyy HH:mm", "12/31/1999 24:00", ""},
		{"MM/dd/yyyy h:mm a", "12/31/1999 12:05 AM", "1999-12-31 00:05:00"},
		{"MM/dd/yyyy h:mm a", "12/31/1999 12:05 pm", "1999-12-31 12:05:00"},
		{"MM/dd/yyyy hh:mm:ss a", "12/31/1999 01:05:09 PM", "1999-12-31 13:05:09"},
		{"MM/dd/yyyy h:mm a", "12/31/1999 13:05 PM", ""},
		{"yyyyMMdd", "19991231", "1999-12-31 00:00:00"},
		{"yyyyMMdd", "1999123", ""},
		{"yyyyMMddHHmmss", "19991231235958", "1999-12-31 23:59:58"},
		{"dd MMM yyyy", "5 Mar 2021", "2021-03-05 00:00:00"},
		{"dd-MMM-yyyy", "05-MARCH-2021", "2021-03-05 00:00:00"},
		{"MMMM d, yyyy", "March 5, 2021", "2021-03-05 00:00:00"},
		{"EEE, d MMM yyyy HH:mm:ss Z", "Sun, 5 Jul 2020 10:00:00 +0200", "2020-07-05 08:00:00"},
		{"yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "2020-01-01T00:30:00.25+01:00", "2019-12-31 23:30:00.250000"},
		{"yyyy-MM-dd'T'HH:mm:ss'Z'", "2020-01-01T00:30:00Z", "2020-01-01 00:30:00"},
		{"yyyy''MM''dd", "2020'01'02", "2020-01-02 00:00:00"},
		{"dd.MM.uuuu", "31.12.1999", "1999-12-31 00:00:00"},
	} {
		f, err := parseFormat(tc.pattern, testNow)
		if err != nil {
			t.Errorf("%s: %v", tc.pattern, err)
			continue
		}
		got := ""
		if m, ok := f.parse([]byte(tc.value)); ok {
			got = string(m.appendTime(nil))
		}
		if got != tc.want {
			t.Errorf("%q as %s is %q, want %q", tc.value, tc.pattern, got, tc.want)
		}
	}
	for _, pattern := range []string{"", "HH:mm", "dd.MM", "dd.MM.YYYY", "'dd.MM.yyyy", "jj.MM.yyyy"} {
		if _, err := parseFormat(pattern, testNow); !errs.Is(err, errs.Invalid) || errs.HintOf(err) == "" {
			t.Errorf("%q: got %v, want an invalid error with a hint", pattern, err)
		}
	}
}

func TestISODatesAreRead(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"1999-12-31":                       "1999-12-31 00:00:00",
		"1999-12-31T23:59":                 "1999-12-31 23:59:00",
		"1999-12-31 23:59:58":              "1999-12-31 23:59:58",
		"1999-12-31T23:59:58Z":             "1999-12-31 23:59:58",
		"1999-12-31T23:59:58.123456789Z":   "1999-12-31 23:59:58.123456",
		"1999-12-31T23:59:58,5 UTC":        "1999-12-31 23:59:58.500000",
		"1999-12-31T23:59:58-01:30":        "2000-01-01 01:29:58",
		"2024-02-29":                       "2024-02-29 00:00:00",
		"2023-02-29":                       "",
		"0000-00-00":                       "",
		"1999-12-31T25:00":                 "",
		"1999-12-31X23:59":                 "",
		"1999-12-3":                        "",
		"1999/12/31":                       "",
		"1999-12-31T23:59:58+99:00":        "",
		"1999-12-31T23:59:58 and the rest": "",
	} {
		got := ""
		if m, _, ok := parseISO([]byte(value)); ok {
			got = string(m.appendTime(nil))
		}
		if got != want {
			t.Errorf("%q is %q, want %q", value, got, want)
		}
	}
}

func TestValuesAreReadByKind(t *testing.T) {
	t.Parallel()
	const bad = "does not fit"
	money := kind{of: insights.Decimal, precision: 10, scale: 2}
	for _, tc := range []struct {
		k           kind
		value, want string
	}{
		{kind{of: insights.Int64}, "-12", "-12"},
		{kind{of: insights.Int64}, " 12 ", "12"},
		{kind{of: insights.Int64}, "0", "0"},
		{kind{of: insights.Int64}, "", ""},
		{kind{of: insights.Int64}, "  ", ""},
		{kind{of: insights.Int64}, "NULL", ""},
		{kind{of: insights.Int64}, `\N`, ""},
		{kind{of: insights.Int64}, "9223372036854775807", "9223372036854775807"},
		{kind{of: insights.Int64}, "9223372036854775808", bad},
		{kind{of: insights.Int64}, "-9223372036854775808", "-9223372036854775808"},
		{kind{of: insights.Int64}, "99999999999999999999", bad},
		{kind{of: insights.Int64}, "012", bad},
		{kind{of: insights.Int64}, "-0", bad},
		{kind{of: insights.Int64}, "+12", bad},
		{kind{of: insights.Int64}, "1.0", bad},
		{kind{of: insights.Int64}, "-", bad},
		{kind{of: insights.Double}, "1.5e-3", "1.5e-3"},
		{kind{of: insights.Double}, ".5", ".5"},
		{kind{of: insights.Double}, "5.", "5."},
		{kind{of: insights.Double}, "1e999", bad},
		{kind{of: insights.Double}, "inf", bad},
		{kind{of: insights.Double}, "nan", bad},
		{kind{of: insights.Double}, "1,5", bad},
		{kind{of: insights.Double}, ".", bad},
		{kind{of: insights.Double}, "1e", bad},
		{kind{of: insights.Double}, "00.5", bad},
		{kind{of: insights.Double}, "0x1p3", bad},
		{money, "-12345678.90", "-12345678.90"},
		{money, "1.100", "1.100"},
		{money, "1.101", bad},
		{money, "123456789", bad},
		{money, "1e2", bad},
		{kind{of: insights.Boolean}, "TRUE", "true"},
		{kind{of: insights.Boolean}, "no", "false"},
		{kind{of: insights.Boolean}, "maybe", bad},
		{kind{of: insights.GUID}, "FD7A5D0F-7471-4d9c-bee9-6fc0da31a757", "fd7a5d0f-7471-4d9c-bee9-6fc0da31a757"},
		{kind{of: insights.GUID}, "fd7a5d0f74714d9cbee96fc0da31a757", bad},
		{kind{of: insights.Date}, "2020-01-31", "2020-01-31"},
		{kind{of: insights.Date}, "2020-01-31T00:00:00Z", "2020-01-31"},
		{kind{of: insights.Date}, "2020-01-31T10:00:00Z", bad},
		{kind{of: insights.DateTime}, "2020-01-31", "2020-01-31 00:00:00"},
		{kind{of: insights.DateTime}, "2020-01-31T10:00:00+10:00", "2020-01-31 00:00:00"},
		{kind{of: insights.Time}, "23:59:58.5", "23:59:58.500000"},
		{kind{of: insights.Time}, "24:00", bad},
		{kind{of: insights.JSON}, `{"a": [1]}`, `{"a": [1]}`},
		{kind{of: insights.JSON}, `{"a": [1]`, bad},
		{kind{of: insights.String}, "  NULL ", "  NULL "},
	} {
		out, ok := tc.k.read(nil, []byte(tc.value))
		got := string(out)
		if !ok {
			got = bad
		}
		if got != tc.want {
			t.Errorf("%q as %s is %q, want %q", tc.value, tc.k.describe(), got, tc.want)
		}
	}
}
