package state

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"os"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/errs"
)

const (
	sealName    = "seal.key"
	sealKeySize = 32
)

// seal encrypts secrets with AES-256-GCM under a key of the folder's own. A sealed secret is a fresh nonce and the
// ciphertext, bound to the key of its record.
type seal struct{ aead cipher.AEAD }

// openSeal reads the key, and makes it where there is none. It has its name only when it is whole.
func openSeal(fs vfs.FS, dir string) (*seal, error) {
	name := fs.PathJoin(dir, sealName)
	_, err := fs.Stat(name)
	if errors.Is(err, os.ErrNotExist) {
		err = makeSealKey(fs, dir, name)
	}
	if err != nil {
		return nil, errs.E(errs.Unavailable, errs.Item(name), err)
	}
	key, err := readFile(fs, name)
	if err != nil {
		return nil, err
	}
	if len(key) != sealKeySize {
		return nil, errs.E(errs.Corrupt, errs.Item(name), "the key file does not hold 32 bytes", errs.Hint("restore it from a backup"))
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, errs.E(errs.Internal, err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, errs.E(errs.Internal, err)
	}
	return &seal{aead}, nil
}

func makeSealKey(fs vfs.FS, dir, name string) error {
	key := make([]byte, sealKeySize)
	_, _ = rand.Read(key) // never fails
	f, err := fs.Create(name+".new", vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	_, err = f.Write(key)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := fs.Rename(name+".new", name); err != nil {
		return err
	}
	return syncDir(fs, dir)
}

func (s *seal) seal(key string, secret []byte) []byte {
	nonce := make([]byte, s.aead.NonceSize())
	_, _ = rand.Read(nonce) // never fails
	return s.aead.Seal(nonce, nonce, secret, []byte(key))
}

func (s *seal) open(key string, sealed []byte) ([]byte, error) {
	if len(sealed) < s.aead.NonceSize() {
		return nil, errors.New("too short")
	}
	return s.aead.Open(nil, sealed[:s.aead.NonceSize()], sealed[s.aead.NonceSize():], []byte(key))
}
