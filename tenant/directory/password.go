package directory

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"

	"github.com/ownlake/ownlake/errs"
)

// HashCost is what hashing a password or a client secret costs. Hashes carry it, so it can be raised at any time.
type HashCost struct {
	MemoryKiB, Passes uint32
}

// defaultHashCost is what OWASP's password storage page asks of Argon2id at least.
var defaultHashCost = HashCost{MemoryKiB: 19 << 10, Passes: 2}

const (
	saltLen = 16
	hashLen = 32
	// maxPasswordLen is Entra's limit. It also bounds the work of whoever sends a large one.
	maxPasswordLen = 256
	minPasswordLen = 8
	// maxHashing is how many hashes are made at once: each takes its memory.
	maxHashing = 4
)

// hasher hashes passwords with Argon2id, a few at a time.
type hasher struct {
	cost  HashCost
	turns chan struct{}
	// dummy is checked where there is no such user, so that an answer takes as long as if there were.
	dummy string
}

func newHasher(cost HashCost) *hasher {
	if cost == (HashCost{}) {
		cost = defaultHashCost
	}
	h := &hasher{cost: cost, turns: make(chan struct{}, maxHashing)}
	h.dummy = h.hash(rand.Text())
	return h
}

// hash returns the password's hash in the form that Argon2's own tools write.
func (h *hasher) hash(password string) string {
	var salt [saltLen]byte
	_, _ = rand.Read(salt[:]) // never fails
	sum := h.key(password, salt[:], h.cost)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=1$%s$%s", argon2.Version, h.cost.MemoryKiB, h.cost.Passes,
		base64.RawStdEncoding.EncodeToString(salt[:]), base64.RawStdEncoding.EncodeToString(sum))
}

func (h *hasher) key(password string, salt []byte, cost HashCost) []byte {
	h.turns <- struct{}{}
	defer func() { <-h.turns }()
	return argon2.IDKey([]byte(password), salt, cost.Passes, cost.MemoryKiB, 1, hashLen)
}

// matches compares in constant time. An empty hash matches nothing, after the same work.
func (h *hasher) matches(hash, password string) bool {
	known := hash != ""
	if !known {
		hash = h.dummy
	}
	if len(password) > maxPasswordLen {
		return false
	}
	var version int
	var cost HashCost
	fields := strings.Split(hash, "$")
	if len(fields) != 6 {
		return false
	}
	if _, err := fmt.Sscanf(fields[2], "v=%d", &version); err != nil || version != argon2.Version {
		return false
	}
	if _, err := fmt.Sscanf(fields[3], "m=%d,t=%d,p=1", &cost.MemoryKiB, &cost.Passes); err != nil {
		return false
	}
	salt, err := base64.RawStdEncoding.DecodeString(fields[4])
	if err != nil {
		return false
	}
	want, err := base64.RawStdEncoding.DecodeString(fields[5])
	if err != nil {
		return false
	}
	return subtle.ConstantTimeCompare(h.key(password, salt, cost), want) == 1 && known
}

// checkPassword refuses what Entra does: fewer than 8 characters, more than 256, fewer than three of the four kinds.
func checkPassword(password string) error {
	kinds := 0
	for _, set := range []string{
		"abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789", " @#$%^&*-_!+=[]{}|\\:',.?/`~\"();<>",
	} {
		if strings.ContainsAny(password, set) {
			kinds++
		}
	}
	if len(password) < minPasswordLen || len(password) > maxPasswordLen || kinds < 3 {
		return errs.E(errs.Invalid, CodePassword, "the password does not comply with the password policy",
			errs.Hint("use 8 to 256 characters, of at least three of these: lower case, upper case, digits, symbols"))
	}
	return nil
}
