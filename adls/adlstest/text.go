package adlstest

import (
	"net/http"
	"net/url"
	"time"
)

// httpDate writes a time as headers have it.
func httpDate(t time.Time) string { return t.UTC().Format(http.TimeFormat) }

// escape writes a value of a query.
func escape(s string) string { return url.QueryEscape(s) }
