package adls_test

import (
	"net/netip"
	"sync"
	"testing"

	"github.com/ownlake/ownlake/adls"
)

// rules are changed while the lake is served.
type rules struct {
	mu            sync.Mutex
	keys          []string
	unreachable   bool
	https, public bool
	asked         netip.Addr
}

func (r *rules) Keys() [][]byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	var keys [][]byte
	for _, k := range r.keys {
		keys = append(keys, []byte(k))
	}
	return keys
}

func (r *rules) Reachable(remote netip.Addr) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked = remote
	return !r.unreachable
}

func (r *rules) RequiresHTTPS() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.https
}

func (r *rules) AllowPublicAccess() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.public
}

func (r *rules) set(change func(*rules)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(r)
}

func TestRulesOfTheAccountHoldFromTheNextRequestOn(t *testing.T) {
	t.Parallel()
	const old, fresh, newest = "the first key of the account....", "the second key of the account...", "a key that took the place of one"
	r := &rules{keys: []string{old, fresh}}
	l := startLake(t, func(o *adls.Options) { o.Rules = r })
	expect := func(what string, got answer, status int, code string) {
		t.Helper()
		if got.status != status || got.code() != code {
			t.Errorf("%s: %d %s, want %d %s", what, got.status, got.code(), status, code)
		}
	}
	list := func(key string) answer { return l.do(call{method: "GET", target: "?comp=list", key: key}) }
	expect("a filesystem made with key1", l.do(call{method: "PUT", target: "/fs1?restype=container", key: old}), 201, "")
	expect("key1", list(old), 200, "")
	expect("key2", list(fresh), 200, "")
	expect("the key that the lake was started with", l.do(call{method: "GET", target: "?comp=list"}), 403, "AuthenticationFailed")

	r.set(func(r *rules) { r.keys = []string{newest, fresh} })
	expect("key1, after another took its place", list(old), 403, "AuthenticationFailed")
	expect("the new key1", list(newest), 200, "")
	expect("key2, which stays", list(fresh), 200, "")

	l.cred.Key = []byte(fresh)
	token := l.token("fs1", "", serviceSAS("c", "rl"))
	expect("a signature by key2", l.do(signed("GET", "/fs1?restype=container&comp=list", token)), 200, "")
	r.set(func(r *rules) { r.keys = []string{newest, old} })
	expect("a signature by a key that is no more", l.do(signed("GET", "/fs1?restype=container&comp=list", token)), 403, "AuthenticationFailed")

	r.set(func(r *rules) { r.keys = nil })
	expect("a key where none signs", list(newest), 403, "KeyBasedAuthenticationNotPermitted")
	expect("a signature where no key signs", l.do(signed("GET", "/fs1?restype=container&comp=list", token)), 403, "KeyBasedAuthenticationNotPermitted")

	r.set(func(r *rules) { r.keys, r.public = []string{newest}, true })
	expect("a container that is opened", l.do(call{method: "PUT", target: "/fs1?restype=container&comp=acl", key: newest, header: headers("x-ms-blob-public-access", "container")}), 200, "")
	open := call{method: "GET", target: "/fs1?restype=container&comp=list", unsigned: true}
	expect("an open container", l.do(open), 200, "")
	r.set(func(r *rules) { r.public = false })
	expect("an open container of an account that opens none", l.do(open), 401, "NoAuthenticationInformation")

	r.set(func(r *rules) { r.https = true })
	expect("HTTP to an account for HTTPS", list(newest), 400, "AccountRequiresHttps")
	r.set(func(r *rules) { r.https, r.unreachable = false, true })
	expect("a caller from elsewhere", list(newest), 403, "AuthorizationFailure")
	if !r.asked.IsLoopback() {
		t.Errorf("the rules were asked about %v", r.asked)
	}
}
