package resources

import (
	"slices"
	"strings"

	"github.com/ownlake/ownlake/internal/regions"
)

// ParseLocation returns a location's name, given that or what people see of it ("West Europe"). It returns false where
// there is no such location.
func ParseLocation(text string) (string, bool) {
	name := fold(strings.ReplaceAll(text, " ", ""))
	known := slices.ContainsFunc(regions.All(), func(r regions.Region) bool { return r.Name == name })
	if !known {
		return "", false
	}
	return name, true
}
