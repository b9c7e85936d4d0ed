package bearer

import (
	"crypto/sha256"
	"sync"
	"time"
)

// maxVerified is how many tokens are remembered, each of at most about [maxToken] bytes.
const maxVerified = 1024

// verified is what was found out about a token.
type verified struct {
	identity                    Identity
	groupsListed, hasMoreGroups bool
	expires                     time.Time

	issuer *issuer
	key    *signingKey
}

// cache remembers verified tokens by their hash: a client sends the same token with thousands of requests. The last
// half of its size that were used are in it.
type cache struct {
	mu          sync.Mutex
	half        int
	young, aged map[[sha256.Size]byte]verified // guarded by mu
}

func newCache(size int) *cache {
	return &cache{half: size / 2, young: map[[sha256.Size]byte]verified{}}
}

func (c *cache) get(hash [sha256.Size]byte) (verified, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	v, ok := c.young[hash]
	if ok {
		return v, true
	}
	if v, ok = c.aged[hash]; ok {
		c.add(hash, v)
	}
	return v, ok
}

func (c *cache) put(hash [sha256.Size]byte, v verified) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.add(hash, v)
}

// add is for callers that hold mu.
func (c *cache) add(hash [sha256.Size]byte, v verified) {
	if len(c.young) >= c.half {
		c.aged, c.young = c.young, make(map[[sha256.Size]byte]verified, c.half)
	}
	c.young[hash] = v
}

func (c *cache) forget(hash [sha256.Size]byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.young, hash)
	delete(c.aged, hash)
}
