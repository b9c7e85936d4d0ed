package entra

import (
	"crypto/rand"
	"math/big"
	"strings"
	"sync"
	"time"

	"github.com/ownlake/ownlake/access"
)

const (
	codeLife       = 10 * time.Minute // of an authorization code, and of a sign-in page
	deviceCodeLife = 15 * time.Minute
	// maxPending bounds what waits for users, of each kind.
	maxPending  = 5000
	userCodeLen = 9
	// userCodeLetters leave out what people confuse.
	userCodeLetters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
)

// codes holds what lasts minutes: sign-in pages that are open, authorization codes, and device codes. Each is taken
// once.
type codes struct {
	clock func() time.Time

	mu      sync.Mutex
	pages   map[string]timed[signIn]
	grants  map[string]timed[authorization]
	spent   map[string]timed[struct{}] // codes that were redeemed
	devices map[string]timed[*device]  // by device code
}

type timed[T any] struct {
	value T
	until time.Time
}

// signIn is a request to the authorization endpoint whose user has not answered.
type signIn struct {
	clientID, redirect, scope, state, nonce string
	challenge, mode, hint                   string
}

// authorization is what an authorization code stands for.
type authorization struct {
	signIn
	user   access.ObjectID
	method string
	at     time.Time
}

// device is a device code whose user has answered or not.
type device struct {
	clientID, scope string
	userCode        string
	user            access.ObjectID // empty until somebody signed in
	method          string
	at              time.Time
	declined        bool
}

func newCodes(clock func() time.Time) *codes {
	return &codes{
		clock: clock, pages: map[string]timed[signIn]{}, grants: map[string]timed[authorization]{},
		spent: map[string]timed[struct{}]{}, devices: map[string]timed[*device]{},
	}
}

// put keeps a value under a new secret. Where too many wait, what has expired makes room, or any other: whoever opens
// pages without end makes others start again now and then, and keeps nobody out.
func put[T any](c *codes, m map[string]timed[T], value T, life time.Duration) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.clock()
	if len(m) >= maxPending {
		for key, t := range m {
			if !now.Before(t.until) {
				delete(m, key)
			}
		}
	}
	for key := range m {
		if len(m) < maxPending {
			break
		}
		delete(m, key)
	}
	key := secretText()
	m[key] = timed[T]{value, now.Add(life)}
	return key
}

// take returns a value once.
func take[T any](c *codes, m map[string]timed[T], key string) (T, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t, ok := m[key]
	delete(m, key)
	if !ok || !c.clock().Before(t.until) {
		var none T
		return none, false
	}
	return t.value, true
}

// redeem takes an authorization code once, and tells one that was taken from one that never was.
func (c *codes) redeem(code string) (a authorization, spent, ok bool) {
	if a, ok = take(c, c.grants, code); ok {
		c.mu.Lock()
		defer c.mu.Unlock()
		if len(c.spent) >= maxPending {
			clear(c.spent)
		}
		c.spent[code] = timed[struct{}]{until: c.clock().Add(codeLife)}
		return a, false, true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	_, spent = c.spent[code]
	return a, spent, false
}

// newDevice keeps a device's request.
func (c *codes) newDevice(clientID, scope string) (deviceCode, userCode string) {
	d := &device{clientID: clientID, scope: scope, userCode: newUserCode()}
	return put(c, c.devices, d, deviceCodeLife), d.userCode
}

func newUserCode() string {
	var b strings.Builder
	for range userCodeLen {
		n, err := rand.Int(rand.Reader, big.NewInt(int64(len(userCodeLetters))))
		if err != nil {
			continue // never: the reader does not fail
		}
		b.WriteByte(userCodeLetters[n.Int64()])
	}
	return b.String()
}

// pendingDevice finds a device that waits, by the code that its user types.
func (c *codes) pendingDevice(userCode string) (device, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if d := c.byUserCode(userCode); d != nil {
		return *d, true
	}
	return device{}, false
}

func (c *codes) byUserCode(userCode string) *device {
	userCode = strings.ToUpper(strings.TrimSpace(userCode))
	for _, t := range c.devices {
		if t.value.userCode == userCode && c.clock().Before(t.until) && t.value.user == "" && !t.value.declined {
			return t.value
		}
	}
	return nil
}

// answer lets a device go on as a user, or not at all for an empty user.
func (c *codes) answer(userCode string, user access.ObjectID, method string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	d := c.byUserCode(userCode)
	if d == nil {
		return false
	}
	d.user, d.method, d.at, d.declined = user, method, c.clock(), user == ""
	return true
}

// poll returns a device that its user has answered, once.
func (c *codes) poll(deviceCode, clientID string) (device, *failure) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t, ok := c.devices[deviceCode]
	switch {
	case !ok || t.value.clientID != clientID:
		return device{}, fail("bad_verification_code", 70018, "The device code is not known, or was used before.")
	case !c.clock().Before(t.until):
		delete(c.devices, deviceCode)
		return device{}, fail("expired_token", 70020, "The provided value for the input parameter 'device_code' is not valid: it has expired.")
	case t.value.declined:
		delete(c.devices, deviceCode)
		return device{}, fail("authorization_declined", 65004, "The user declined to sign in on the device.")
	case t.value.user == "":
		return device{}, fail("authorization_pending", 70016, "OAuth 2.0 device flow error. Authorization is pending. Continue polling.")
	}
	delete(c.devices, deviceCode)
	return *t.value, nil
}
