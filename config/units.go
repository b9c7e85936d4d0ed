package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// minMemory is what the SQL engine needs to run at all.
const minMemory = 256 << 20

var byteUnits = []struct {
	name string
	size int64
}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"GB", 1e9}, {"MB", 1e6}}

func parseBytes(text string) (int64, error) {
	for _, u := range byteUnits {
		number, ok := strings.CutSuffix(text, u.name)
		if !ok {
			continue
		}
		n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if err != nil || n <= 0 || n > float64(1<<50)/float64(u.size) {
			break
		}
		if bytes := int64(n * float64(u.size)); bytes >= minMemory {
			return bytes, nil
		}
		return 0, fmt.Errorf("%q is less than 256MiB", text)
	}
	return 0, fmt.Errorf("%q is not a size such as 3GiB or 512MiB", text)
}

func formatBytes(n int64) string {
	for _, u := range byteUnits {
		if n%u.size == 0 {
			return strconv.FormatInt(n/u.size, 10) + u.name
		}
	}
	return strconv.FormatFloat(float64(n)/(1<<20), 'f', -1, 64) + "MiB"
}

// parseDuration reads a Go duration, or days: "30d".
func parseDuration(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if days, ok := strings.CutSuffix(text, "d"); ok {
		var n int64
		if n, err = strconv.ParseInt(days, 10, 32); err == nil {
			d = time.Duration(n) * 24 * time.Hour
		}
	}
	switch {
	case err != nil:
		return 0, fmt.Errorf("%q is not a duration such as 30d or 720h", text)
	case d < time.Hour:
		return 0, fmt.Errorf("%q is less than 1h", text)
	}
	return d, nil
}

func formatDuration(d time.Duration) string {
	if d%(24*time.Hour) == 0 {
		return strconv.FormatInt(int64(d/(24*time.Hour)), 10) + "d"
	}
	return d.String()
}
