package lake

import (
	"context"
	"strings"
	"time"
)

// ServiceSettings is what Set Blob Service Properties can change, and ContainerRetentionDays, which the service's
// management changes.
type ServiceSettings struct {
	// CORS are the rules by which pages of other origins may call; the first that fits decides.
	CORS []CORSRule
	// DeleteRetentionDays is how long deleted files and directories are kept, ContainerRetentionDays how long filesystems
	// are; 0 is not at all. See [SoftDelete].
	DeleteRetentionDays, ContainerRetentionDays int
}

// MaxCORSRules is how many rules there can be.
const MaxCORSRules = 5

// CORSRule lets pages of some origins call. Origins and headers may be "*", and an origin's host and a header may begin
// or end, as "https://*.contoso.com" and "x-ms-meta-*" do.
type CORSRule struct {
	Origins, Methods, AllowedHeaders, ExposedHeaders []string
	MaxAge                                           time.Duration // how long a browser may remember a preflight's answer
}

// ServiceSettingsStore keeps the settings of the account's blob service.
type ServiceSettingsStore interface {
	ServiceSettings(ctx context.Context) (ServiceSettings, error)
	SetServiceSettings(ctx context.Context, s ServiceSettings) error
}

// Allows reports whether the rule lets a page of an origin send a request with the method and the headers.
func (r CORSRule) Allows(origin, method string, headers []string) bool {
	if !anyMatch(r.Origins, origin) || !anyMatch(r.Methods, method) {
		return false
	}
	for _, h := range headers {
		if !anyMatch(r.AllowedHeaders, strings.ToLower(strings.TrimSpace(h))) {
			return false
		}
	}
	return true
}

// AnyOrigin reports whether the rule is for all origins, so that the answer need not name one.
func (r CORSRule) AnyOrigin() bool { return len(r.Origins) == 1 && r.Origins[0] == "*" }

// anyMatch reports whether a pattern with at most one star matches.
func anyMatch(patterns []string, text string) bool {
	for _, p := range patterns {
		begin, end, star := strings.Cut(p, "*")
		if !star && p == text || star && len(text) >= len(begin)+len(end) && strings.HasPrefix(text, begin) && strings.HasSuffix(text, end) {
			return true
		}
	}
	return false
}
