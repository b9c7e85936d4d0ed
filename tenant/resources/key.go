package resources

import (
	"io"
	"time"

	"github.com/ownlake/ownlake/errs"
)

// Key is an account key.
type Key struct {
	Value   []byte    `json:"-"`
	Created time.Time `json:"created"`
}

// keySize is how long the service's account keys are.
const keySize = 64

// KeyNames are the names of an account's keys, in their order.
var KeyNames = [2]string{"key1", "key2"}

func (r *Resources) newKey() (Key, error) {
	value := make([]byte, keySize)
	if _, err := io.ReadFull(r.options.Random, value); err != nil {
		return Key{}, errs.E(errs.Internal, "there are no random bytes", err)
	}
	return Key{Value: value, Created: r.options.Clock().UTC()}, nil
}

// RegenerateKey gives an account a new key in place of the one of that name, which then signs for nothing. The other
// one stays.
func (r *Resources) RegenerateKey(subscription, group, account, name string) (Account, error) {
	key, err := r.newKey()
	if err != nil {
		return Account{}, errs.E(errs.Op("resources.RegenerateKey"), err)
	}
	return r.UpdateAccount(subscription, group, account, func(a *Account) error {
		for i := range KeyNames {
			if KeyNames[i] == name {
				a.Keys[i] = key
				return nil
			}
		}
		return invalidValue(account, "keyName")
	})
}
